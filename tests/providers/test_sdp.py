"""What signalling reads off a session description."""

import pytest

from tests.providers.rig import sections
from tuiphone.core.ports import Candidate, Description
from tuiphone.providers import sdp


@pytest.mark.parametrize(
    ("text", "kind", "direction"),
    [
        (sections("sendonly"), "audio", "sendonly"),
        (sections("inactive", video="recvonly"), "audio", "inactive"),
        (sections("inactive", video="recvonly"), "video", "recvonly"),
        (sections(), "video", None),
        ("v=0\r\na=sendonly\r\nm=audio 9 RTP/AVP 0\r\n", "audio", "sendonly"),
        ("v=0\na=inactive\nm=audio 9 RTP/AVP 0\na=sendrecv\n", "audio", "sendrecv"),
        ("v=0\r\nm=audio 9 RTP/AVP 0\r\n", "audio", "sendrecv"),
        ("v=0\r\nm=audio 0 RTP/AVP 0\r\na=sendonly\r\nm=audio 9 RTP/AVP 0\r\n", "audio", "sendrecv"),
        ("v=0\r\nm=video 0 RTP/AVP 0\r\na=sendrecv\r\n", "video", None),
        ("m=\r\nm=audio\r\na=\r\n", "audio", None),
        ("\x00" * 1000, "audio", None),
        ("", "audio", None),
    ],
)
def test_the_direction_of_a_section_is_read(text: str, kind: str, direction: str | None) -> None:
    assert sdp.direction(text, kind) == direction


@pytest.mark.parametrize(
    ("direction", "holds"), [("sendrecv", False), ("recvonly", False), ("sendonly", True), ("inactive", True)]
)
def test_who_does_not_want_to_hear_us_holds(direction: str, holds: bool) -> None:
    assert sdp.holds(sections(direction)) is holds


def test_a_video_section_that_only_receives_sends_no_picture() -> None:
    assert sdp.sends_video(sections(video="sendrecv"))
    assert not sdp.sends_video(sections(video="recvonly"))
    assert not sdp.sends_video(sections())


AUDIO = "m=audio 9 RTP/AVP 0\r\na=mid:a\r\n"
VIDEO = "m=video 9 RTP/AVP 97\r\na=mid:v\r\na=sendrecv\r\n"


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (Candidate("candidate:1", "a", None), AUDIO + "a=candidate:1\r\n" + VIDEO),
        (Candidate("candidate:1", "a", 1), AUDIO + "a=candidate:1\r\n" + VIDEO),
        (Candidate("candidate:1", "v", 1), AUDIO + VIDEO + "a=candidate:1\r\n"),
        (Candidate("candidate:1", None, 0), AUDIO + "a=candidate:1\r\n" + VIDEO),
        (Candidate("candidate:1", None, 1), AUDIO + VIDEO + "a=candidate:1\r\n"),
        (Candidate("candidate:1", None, 2), AUDIO + VIDEO),
        (Candidate("candidate:1", None, -1), AUDIO + VIDEO),
        (Candidate("candidate:1", None, None), AUDIO + VIDEO),
    ],
)
def test_a_candidate_is_put_into_its_section(candidate: Candidate, expected: str) -> None:
    assert sdp.with_candidates(Description("offer", f"v=0\r\n{AUDIO}{VIDEO}", (candidate,))) == f"v=0\r\n{expected}"


def test_candidates_keep_their_order_and_a_last_line_without_its_end_gets_one() -> None:
    both = tuple(Candidate(f"candidate:{n}", None, 0) for n in (1, 2))
    text = sdp.with_candidates(Description("offer", "v=0\r\nm=audio 9 RTP/AVP 0", both))
    assert text == "v=0\r\nm=audio 9 RTP/AVP 0\r\na=candidate:1\r\na=candidate:2\r\n"


def test_a_description_without_candidates_or_without_sections_stays_as_it_is() -> None:
    assert sdp.with_candidates(Description("answer", sections())) == sections()
    assert sdp.with_candidates(Description("answer", "v=0", (Candidate("candidate:1", "0", 0),))) == "v=0"


@pytest.mark.parametrize("port", ["9", "0", "5004/2"])
def test_sections_of_a_kind_are_refused(port: str) -> None:
    video = f"m=video {port} RTP/AVP 97\r\na=bundle-only\r\na=mid:v\r\n"
    assert sdp.refuse(f"v=0\r\n{AUDIO}{video}", "video") == f"v=0\r\n{AUDIO}m=video 0 RTP/AVP 97\r\na=mid:v\r\n"


def test_lines_that_end_in_a_bare_carriage_return_are_lines() -> None:
    text = "v=0\rm=audio 9 RTP/AVP 0\rm=video 9 RTP/AVP 97\ra=bundle-only\r"
    assert sdp.refuse(text, "video") == "v=0\rm=audio 9 RTP/AVP 0\rm=video 0 RTP/AVP 97\r"


def test_what_is_of_another_kind_is_not_refused() -> None:
    text = f"v=0\r\ns=m=video 9\r\n{AUDIO}a=bundle-only\r\n"
    assert sdp.refuse(text, "video") == text


# -- whole descriptions ------------------------------------------------------------------------------------------------

HOST = Candidate("candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host", "0", 0)
HOST_6 = Candidate("candidate:2 1 udp 2130706430 2001:db8::7 40001 typ host", "0", 0)
MAPPED = Candidate(
    "candidate:3 1 udp 1694498815 198.51.100.7 50000 typ srflx raddr 192.0.2.7 rport 40000 generation 0", "0", 0
)
RELAYED = Candidate("candidate:4 1 udp 16777215 203.0.113.7 60000 typ relay raddr 198.51.100.7 rport 50000", "0", 0)
PICTURE = Candidate("candidate:1 1 udp 2130706431 192.0.2.7 40002 typ host", "1", 1)


def described(*gathered: Candidate, new: tuple[Candidate, ...] = ()) -> Description:
    text = sections(video="sendrecv").replace("s=-", "s=-\r\na=ice-options:trickle")
    return Description("offer", text, new, gathered)


@pytest.mark.parametrize(
    ("candidates", "address", "port"),
    [
        ((HOST,), "IN IP4 192.0.2.7", "40000"),
        ((HOST_6,), "IN IP6 2001:db8::7", "40001"),
        ((HOST_6, HOST), "IN IP4 192.0.2.7", "40000"),
        ((HOST, MAPPED), "IN IP4 198.51.100.7", "50000"),
        ((HOST, HOST_6, MAPPED, RELAYED), "IN IP4 203.0.113.7", "60000"),
    ],
)
def test_a_whole_description_has_the_address_that_is_reached_from_furthest(
    candidates: tuple[Candidate, ...], address: str, port: str
) -> None:
    text = sdp.complete(described(*candidates, PICTURE))
    audio, video = text.split("m=")[1:]
    assert audio.startswith(f"audio {port} ")
    assert f"c={address}\r\n" in audio
    assert audio.count("a=candidate:") == len(candidates)
    assert audio.endswith("a=end-of-candidates\r\n")
    assert video.startswith("video 40002 ")
    assert "trickle" not in text
    assert "0.0.0.0" not in text.replace("o=- 1 1 IN IP4 0.0.0.0", "")


def test_a_later_description_is_as_whole_as_the_first() -> None:
    assert sdp.complete(described(HOST, PICTURE)) == sdp.complete(described(HOST, PICTURE, new=(HOST, PICTURE)))


def test_what_is_refused_or_has_no_address_stays_as_it_is() -> None:
    refused = Description("answer", "v=0\r\nm=video 0 RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n", (), (PICTURE,))
    assert "m=video 0 " in sdp.complete(refused)
    assert sdp.complete(described()) == described().sdp.replace("a=ice-options:trickle\r\n", "")

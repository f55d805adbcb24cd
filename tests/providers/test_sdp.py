"""What signalling reads off a session description."""

import pytest

from tests.providers.rig import sections
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

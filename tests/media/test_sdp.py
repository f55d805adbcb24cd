"""What others write as session descriptions, what aiortc is shown of it, and what we send."""

import re

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from tests.media import descriptions as they
from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate
from tuiphone.media import sdp
from tuiphone.media.layout import Layout


async def answer(layout: Layout, offer: str) -> tuple[str, RTCPeerConnection]:
    """aiortc's answer to an offer, as it would be sent."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    shown = layout.offer_in(sdp.parse(offer))
    await connection.setRemoteDescription(RTCSessionDescription(shown, "offer"))
    text = (await connection.createAnswer()).sdp
    return layout.answer_out(text)[0], connection


async def offer(layout: Layout, *kinds: str) -> tuple[str, RTCPeerConnection]:
    """aiortc's offer of these kinds, as it would be sent, and set."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for kind in kinds:
        connection.addTransceiver(kind)
    await connection.setLocalDescription()
    return layout.offer_out(connection.localDescription.sdp)[0], connection


def m_lines(text: str) -> list[str]:
    return re.findall(r"^m=(\w+ \d+)", text, re.MULTILINE)


def as_answer(text: str) -> str:
    return text.replace("actpass", "active").replace(" 111 63 ", " 96 63 ").replace(":111 ", ":96 ")


@pytest.mark.parametrize(
    "text",
    [they.CHROME_AUDIO, they.CHROME_VIDEO, they.FIREFOX_AUDIO, they.FREESWITCH_OFFER],
    ids=["chrome", "chrome with video", "firefox", "freeswitch"],
)
async def test_offers_are_answered(text: str) -> None:
    sent, connection = await answer(Layout(), text)
    assert m_lines(sent) == [line.split()[0] + " 9" for line in m_lines(text)]
    assert "opus/48000/2" in sent
    assert "useinbandfec=1" in sent
    assert "candidate" not in sent
    await connection.close()


def test_the_codecs_are_ours_best_first_with_the_far_sides_numbers() -> None:
    section = sdp.parse(they.CHROME_AUDIO.replace("111 63 9 0 8", "8 0 9 63 111")).sections[0]
    assert [(codec.name, codec.payload_type) for codec in section.codecs] == [
        *[("opus", 111), ("G722", 9), ("PCMU", 0), ("PCMA", 8)]
    ]
    assert section.codecs[0].parameter("useinbandfec") == "1"
    assert section.codecs[0].parameter("stereo") is None


def test_static_payload_types_need_no_name() -> None:
    text = re.sub(r"a=rtpmap:[089] .*\r\n", "", they.FIREFOX_AUDIO)
    assert [codec.name for codec in sdp.parse(text).sections[0].codecs] == ["opus", "G722", "PCMU", "PCMA"]


def test_fingerprint_and_address_above_the_first_line_hold_for_all() -> None:
    section = sdp.parse(they.FIREFOX_AUDIO).sections[0]
    assert section.security.fingerprints == (("sha-256", they.HASH),)


def test_a_retransmission_is_kept_only_with_its_codec() -> None:
    section = sdp.parse(they.CHROME_VIDEO).sections[1]
    assert [codec.payload_type for codec in section.codecs] == [96, 103, 97, 104]
    assert section.ssrcs == (111111, 222222)


def test_parts_of_a_bundle_share_what_only_the_first_says() -> None:
    bare = re.sub(r"a=(ice|finger|setup).*\r\n", "", they.CHROME_VIDEO_LINE)
    session = sdp.parse(they.CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE 0 1") + bare)
    assert session.sections[1].security == session.sections[0].security
    assert session.sections[1].trouble is None


@pytest.mark.parametrize(
    ("address", "port", "line", "direction"),
    [
        ("0.0.0.0", 9, "", "sendrecv"),
        ("0.0.0.0", 24680, "", "sendonly"),
        ("0.0.0.0", 24680, "a=sendrecv", "sendonly"),
        ("0.0.0.0", 24680, "a=inactive", "inactive"),
        ("192.0.2.10", 24680, "a=sendonly", "sendonly"),
        ("192.0.2.10", 24680, "a=recvonly", "recvonly"),
    ],
)
def test_hold_in_old_and_new_ways(address: str, port: int, line: str, direction: str) -> None:
    text = they.FREESWITCH_OFFER.replace("c=IN IP4 192.0.2.10", f"c=IN IP4 {address}")
    text = text.replace("m=audio 24680", f"m=audio {port}").replace("a=sendrecv", line)
    assert sdp.parse(text).sections[0].direction == direction


# -- answers to the far side -------------------------------------------------------------------------------------------


async def test_what_nobody_knows_is_refused_in_its_place() -> None:
    unknown = they.CHROME_VIDEO_LINE.replace("VP8", "VP9").replace("H264", "H265")
    text = they.CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE 0 1 2") + unknown + they.CHROME_DATA_LINE
    sent, connection = await answer(Layout(), text)
    assert m_lines(sent) == ["audio 9", "video 0", "application 0"]
    assert "a=group:BUNDLE 0\r\n" in sent
    assert [s.mid for s in sdp.parse(sent).sections] == ["0", "1", "2"]
    await connection.close()


async def test_a_part_that_was_refused_before_stays_in_its_place() -> None:
    refused = they.CHROME_VIDEO_LINE.replace("m=video 9", "m=video 0")
    sent, connection = await answer(Layout(), they.CHROME_AUDIO + refused)
    assert m_lines(sent) == ["audio 9", "video 0"]
    await connection.close()


async def test_a_line_that_lives_only_in_the_bundle_is_not_refused() -> None:
    line = they.CHROME_VIDEO_LINE.replace("m=video 9", "m=video 0") + "a=bundle-only\r\n"
    sent, connection = await answer(Layout(), they.CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE 0 1") + line)
    assert m_lines(sent) == ["audio 9", "video 9"]
    await connection.close()


async def test_a_second_sound_line_is_refused() -> None:
    second = they.CHROME_AUDIO[they.CHROME_AUDIO.index("m=audio") :].replace("a=mid:0", "a=mid:9")
    sent, connection = await answer(Layout(), they.CHROME_AUDIO + second)
    assert m_lines(sent) == ["audio 9", "audio 0"]
    await connection.close()


async def test_a_far_side_without_mids_and_bundle_is_answered_without() -> None:
    sent, connection = await answer(Layout(), they.FREESWITCH_OFFER)
    assert "a=mid:" not in sent
    assert "BUNDLE" not in sent
    await connection.close()


async def test_a_far_side_without_bundle_is_answered_without() -> None:
    sent, connection = await answer(Layout(), they.CHROME_AUDIO.replace("a=group:BUNDLE 0\r\n", ""))
    assert "a=mid:0" in sent
    assert "BUNDLE" not in sent
    await connection.close()


async def test_a_far_side_that_does_not_multiplex_is_not_told_to() -> None:
    sent, connection = await answer(Layout(), they.CHROME_AUDIO.replace("a=rtcp-mux\r\n", ""))
    assert "a=rtcp-mux" not in sent
    await connection.close()


async def test_a_renamed_line_is_answered_by_its_new_name() -> None:
    layout = Layout()
    _, connection = await answer(layout, they.CHROME_AUDIO)
    await connection.setLocalDescription()
    renamed = they.CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE sound").replace("a=mid:0", "a=mid:sound")
    shown = layout.offer_in(sdp.parse(renamed))
    await connection.setRemoteDescription(RTCSessionDescription(shown, "offer"))
    sent, _ = layout.answer_out((await connection.createAnswer()).sdp)
    assert "a=mid:sound" in sent
    assert "a=mid:0" not in sent
    assert layout.locate(Candidate("candidate:1", "sound", None)) == ("0", 0)
    await connection.close()


async def test_video_that_ends_is_answered_as_ended_and_the_sound_goes_on() -> None:
    layout = Layout()
    _, connection = await answer(layout, they.CHROME_VIDEO)
    await connection.setLocalDescription()
    ended = they.CHROME_VIDEO.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    shown = layout.offer_in(sdp.parse(ended))
    await connection.setRemoteDescription(RTCSessionDescription(shown, "offer"))
    sent, _ = layout.answer_out((await connection.createAnswer()).sdp)
    assert m_lines(sent) == ["audio 9", "video 0"]
    await connection.close()


# -- answers of the far side -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (("audio",), as_answer(they.CHROME_AUDIO)),
        (("audio",), they.FREESWITCH_ANSWER),
        (("audio",), they.FREESWITCH_ANSWER.replace("a=rtcp-mux\r\n", "")),
        (("audio",), they.FREESWITCH_ANSWER.replace("a=setup:active", "a=setup:actpass")),
        (("audio",), they.FREESWITCH_ANSWER.replace("a=setup:active\r\n", "")),
        (("audio", "video"), they.FREESWITCH_ANSWER),
        (("audio", "video"), they.FREESWITCH_ANSWER + "m=video 0 UDP/TLS/RTP/SAVPF 19\r\n"),
        (("audio", "video"), as_answer(they.CHROME_VIDEO).replace("m=video 9", "m=video 0").replace(" 0 1\r", " 0\r")),
        (("audio", "video"), as_answer(they.CHROME_VIDEO).replace("VP8", "VP9").replace("H264", "X")),
        (("audio",), as_answer(they.CHROME_VIDEO)),
    ],
    ids=["chrome", "no mid", "no mux", "no role", "role left out", "one line of two", "refused", "refused by a browser",
         "unknown video codecs", "one line too many"],
)  # fmt: skip
async def test_answers_are_taken(kinds: tuple[str, ...], text: str) -> None:
    layout = Layout()
    _, connection = await offer(layout, *kinds)
    shown = layout.answer_in(sdp.parse(text))
    await connection.setRemoteDescription(RTCSessionDescription(shown, "answer"))
    assert connection.signalingState == "stable"
    directions = [t.currentDirection for t in connection.getTransceivers()]
    assert directions == ["sendrecv", "inactive"][: len(kinds)]
    again, _ = layout.offer_out((await connection.createOffer()).sdp)
    assert m_lines(again) == ["audio 9", "video 0"][: len(kinds)]
    await connection.close()


async def test_offers_of_ours_keep_the_refused_lines_of_theirs() -> None:
    layout = Layout()
    text = they.CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE 0 2") + they.CHROME_DATA_LINE.replace("mid:2", "mid:1")
    _, connection = await answer(layout, text)
    await connection.setLocalDescription()
    connection.addTransceiver("video")
    await connection.setLocalDescription(await connection.createOffer())
    sent, _ = layout.offer_out(connection.localDescription.sdp)
    assert m_lines(sent) == ["audio 9", "application 0", "video 9"]
    mids = [section.mid for section in sdp.parse(sent).sections]
    assert len(set(mids)) == 3
    await connection.close()


async def test_offers_of_ours_keep_the_numbers_of_the_last_exchange() -> None:
    """A browser refuses numbers that it has given to something else: here 1 is the audio level, and 96 is VP8."""
    layout = Layout()
    _, connection = await answer(layout, they.CHROME_VIDEO)
    await connection.setLocalDescription()
    audio, video = sdp.parse(layout.offer_out((await connection.createOffer()).sdp)[0]).sections
    far = sdp.parse(they.CHROME_VIDEO).sections
    assert [(codec.name, codec.payload_type) for codec in audio.codecs] == [
        *[("opus", 111), ("G722", 9), ("PCMU", 0), ("PCMA", 8)]
    ]
    assert [(c.name, c.payload_type, c.parameter("apt")) for c in video.codecs] == [
        ("VP8", 96, None),
        ("H264", 103, None),
        ("H264", 101, None),  # a profile that was not spoken of, by a number that is free
        ("rtx", 97, "96"),
        ("rtx", 104, "103"),
        ("rtx", 102, "101"),
    ]
    assert set(audio.extensions) <= set(far[0].extensions)
    assert set(video.extensions) <= set(far[1].extensions)
    assert len(audio.extensions) == len(video.extensions) == 2
    await connection.close()


async def test_a_line_added_later_takes_only_free_numbers() -> None:
    layout = Layout()
    _, connection = await answer(layout, they.CHROME_AUDIO.replace(" 63 ", " 97 ").replace(":63 ", ":97 "))
    await connection.setLocalDescription()
    connection.addTransceiver("video")
    await connection.setLocalDescription(await connection.createOffer())
    audio, video = sdp.parse(layout.offer_out(connection.localDescription.sdp)[0]).sections
    assert not set(audio.formats) & set(video.formats)
    assert "97" not in video.formats
    assert video.codecs
    assert set(video.extensions) <= {(2, uri) for _, uri in video.extensions} | set(audio.extensions)
    await connection.close()


async def test_a_fresh_connection_goes_on_with_lines_and_names() -> None:
    layout = Layout()
    text = they.CHROME_VIDEO + they.CHROME_DATA_LINE
    _, connection = await answer(layout, text.replace("BUNDLE 0 1", "BUNDLE 0 1 2").replace("mid:0", "mid:sound"))
    await connection.close()
    fresh = layout.successor()
    assert fresh.awaited == ["audio", "video"]
    sent, connection = await offer(fresh, "audio", "video")
    assert m_lines(sent) == ["audio 9", "video 9", "application 0"]
    assert [section.mid for section in sdp.parse(sent).sections] == ["sound", "1", "2"]
    assert "opus/48000/2" in sent
    assert "rtpmap:111 opus" in sent
    await connection.close()


async def test_the_origin_is_the_same_session_each_time_with_a_higher_version() -> None:
    layout = Layout()
    first, connection = await offer(layout, "audio")
    second, _ = layout.offer_out(connection.localDescription.sdp)
    one, two = (re.search(r"^o=- (\d+) (\d+) ", text, re.MULTILINE) for text in (first, second))
    assert one is not None
    assert two is not None
    assert one[1] == two[1]
    assert int(two[2]) == int(one[2]) + 1
    await connection.close()


async def test_candidates_are_taken_out_and_named_by_their_line() -> None:
    layout = Layout()
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    await connection.setLocalDescription()
    text = connection.localDescription.sdp
    sent, candidates = layout.offer_out(text)
    assert "candidate" not in sent
    assert text.count("a=candidate:") == len(candidates) > 0
    assert {(candidate.mid, candidate.line) for candidate in candidates} == {("0", 0)}
    assert all(candidate.text.startswith("candidate:") for candidate in candidates)
    assert "m=audio 9 " in sent
    assert set(re.findall(r"IN IP4 (\S+)", sent)) == {"0.0.0.0", "127.0.0.1"}
    await connection.close()


def test_candidates_inside_a_description_are_found() -> None:
    assert [(c.line, c.mid) for c in sdp.parse(they.FREESWITCH_ANSWER).candidates] == [(0, None)]


# -- hostile -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no session description"),
        ("hello", "no session description"),
        ("v=0\r\n" + "a=x\r\n" * 20000, "too long"),
        ("v=0\r\n" + "m=audio 9 RTP/SAVPF 0\r\n" * 17, "too many"),
        ("v=0\r\nm=audio\r\n", "cannot be read"),
        ("v=0\r\nm=audio 99999 RTP/SAVPF 0\r\n", "cannot be read"),
        ("v=0\r\nm=audio 9 RTP/\x00 0\r\n", "cannot be read"),
        ("v=0\r\n", "no sound"),
        (they.CHROME_VIDEO_LINE.replace("m=video", "v=0\r\nm=video"), "no sound"),
        (they.CHROME_AUDIO.replace("m=audio 9", "m=audio 0"), "refused"),
        (they.CHROME_AUDIO.replace(f"a=fingerprint:sha-256 {they.HASH}", ""), "not encrypted"),
        (they.CHROME_AUDIO.replace(they.HASH, "00:11"), "not encrypted"),
        (they.CHROME_AUDIO.replace("sha-256", "md5"), "proves nothing"),
        (they.CHROME_AUDIO.replace("a=ice-ufrag:aB3d", "a=ice-ufrag:a b"), "ICE"),
        (they.CHROME_AUDIO.replace("SAVPF 111 63 9 0 8", "SAVPF"), "codec"),
        (they.CHROME_AUDIO.replace("UDP/TLS/RTP/SAVPF", "udp/bfcp"), "nothing this phone knows"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NegotiationFailed, match=sentence) as refusal:
        Layout().offer_in(sdp.parse(text))
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "line",
    [
        "a=mid:x\u2028a=candidate:evil",
        "a=ice-ufrag:aB3d\x0ba=mid:7",
        "a=rtpmap:99999999999999999999 opus/48000/2",
        "a=rtpmap:111 opus/x/2",
        "a=rtpmap:-1 opus/48000/2",
        "a=fmtp:111",
        "a=fmtp:200 apt=x",
        "a=extmap:99 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:x",
        "a=ssrc:99999999999 cname:x",
        "a=ssrc-group:FID x y",
        "a=ssrc-group:FID",
        "a=setup:nonsense",
        "a=group:BUNDLE",
        "a=candidate:",
        "a=rtcp-fb:* nack pli",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xyz",
        "a=sctpmap:5000 webrtc-datachannel 1024",
        "a=end-of-candidates",
        "c=IN IP4 not.an.address",
        "c=",
        "b=AS:garbage",
        "a=",
        "=",
        "\x00\x01",
    ],
)
async def test_odd_lines_do_no_harm(line: str) -> None:
    for text in (they.CHROME_AUDIO + line + "\r\n", they.CHROME_AUDIO.replace("t=0 0\r\n", f"t=0 0\r\n{line}\r\n")):
        sent, connection = await answer(Layout(), text)
        assert m_lines(sent) == ["audio 9"]
        assert [section.mid for section in sdp.parse(sent).sections] == ["0"]
        assert "evil" not in sent + str(sdp.parse(text).candidates)
        await connection.close()


async def test_an_answer_to_another_offer_is_refused() -> None:
    layout = Layout()
    _, connection = await offer(layout, "audio", "video")
    swapped = "v=0\r\n" + they.CHROME_VIDEO_LINE + they.CHROME_AUDIO[they.CHROME_AUDIO.index("m=audio") :]
    with pytest.raises(NegotiationFailed):
        layout.answer_in(sdp.parse(swapped))
    await connection.close()


def test_an_offer_that_leaves_out_the_sound_is_refused() -> None:
    layout = Layout()
    audio = they.CHROME_AUDIO[they.CHROME_AUDIO.index("m=audio") :]
    layout.offer_in(sdp.parse("v=0\r\n" + they.CHROME_VIDEO_LINE + audio))
    with pytest.raises(NegotiationFailed, match="leaves out"):
        layout.offer_in(sdp.parse("v=0\r\n" + they.CHROME_VIDEO_LINE))


async def test_an_offer_that_leaves_out_the_picture_ends_it_and_may_bring_it_back() -> None:
    layout = Layout()
    _, connection = await answer(layout, they.CHROME_VIDEO)
    await connection.setLocalDescription()
    for text, lines in ((they.CHROME_AUDIO, ["audio 9"]), (they.CHROME_VIDEO, ["audio 9", "video 9"])):
        shown = layout.offer_in(sdp.parse(text))
        await connection.setRemoteDescription(RTCSessionDescription(shown, "offer"))
        sent, _ = layout.answer_out((await connection.createAnswer()).sdp)
        assert m_lines(sent) == lines
        await connection.setLocalDescription()
        again, _ = layout.offer_out((await connection.createOffer()).sdp)
        assert m_lines(again) == ["audio 9", "video 9" if len(lines) == 2 else "video 0"]
    await connection.close()


def test_all_that_is_shown_to_aiortc_can_be_read_by_it() -> None:
    for text in (they.CHROME_VIDEO, they.FIREFOX_AUDIO, they.FREESWITCH_OFFER):
        shown = SessionDescription.parse(Layout().offer_in(sdp.parse(text)))
        assert all(media.rtcp_mux and media.rtp.muxId and media.dtls and media.ice.password for media in shown.media)

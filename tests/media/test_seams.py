"""The loop of aiortc's audio sender that is ours: what it sends, counts and leaves out."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from tuiphone.media import seams
from tuiphone.media.voice import Outgoing


class Wire:
    """What a sender gives its transport."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []

    async def _send_rtp(self, data: bytes) -> None:
        self.packets.append(RtpPacket.parse(data))


class Words:
    """A Voice with so many packets."""

    def __init__(self, *packets: Outgoing) -> None:
        self.packets = list(packets)
        self.is_stopped = False

    async def next(self) -> Outgoing:
        if not self.packets:
            raise MediaStreamError
        return self.packets.pop(0)

    def stop(self) -> None:
        self.is_stopped = True


def sender(wire: Wire, *, enabled: bool = True) -> Any:
    private = {
        name: SimpleNamespace(set=lambda: None) for name in ("_RTCRtpSender__rtp_started", "_RTCRtpSender__rtp_exited")
    }
    return SimpleNamespace(
        **private,
        _RTCRtpSender__rtp_header_extensions_map=HeaderExtensionsMap(),
        _RTCRtpSender__mid="0",
        _ssrc=7,
        _enabled=enabled,
        transport=wire,
        _run_rtp=None,
    )


WORDS = (Outgoing(111, b"abc", 0, True), Outgoing(101, b"defg", 960, True), Outgoing(111, b"h", 2880, False))


async def test_packets_go_out_as_the_voice_has_them_and_are_counted_for_reports() -> None:
    wire, words = Wire(), Words(*WORDS)
    made = sender(wire)
    seams.send_packets(made, words)  # type: ignore[arg-type]
    await made._run_rtp(None)
    first = wire.packets[0]
    assert [(p.payload_type, p.payload, p.marker, p.ssrc) for p in wire.packets] == [
        *[(111, b"abc", 1, 7), (101, b"defg", 1, 7), (111, b"h", 0, 7)]
    ]
    assert [p.sequence_number - first.sequence_number for p in wire.packets] == [0, 1, 2]
    assert [(p.timestamp - first.timestamp) % (1 << 32) for p in wire.packets] == [0, 960, 2880]
    assert first.sequence_number < 1 << 15
    assert (made._RTCRtpSender__packet_count, made._RTCRtpSender__octet_count) == (3, 8)
    assert made._RTCRtpSender__rtp_timestamp == wire.packets[-1].timestamp
    assert made._RTCRtpSender__ntp_timestamp > 0
    assert words.is_stopped


async def test_while_we_are_not_to_send_nothing_goes_out_and_time_passes() -> None:
    wire, words = Wire(), Words(*WORDS)
    made = sender(wire, enabled=False)
    seams.send_packets(made, words)  # type: ignore[arg-type]
    await made._run_rtp(None)
    assert wire.packets == words.packets == []


async def test_a_voice_that_fails_ends_the_loop_properly(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Words):
        async def next(self) -> Outgoing:
            raise ZeroDivisionError

    exited: list[bool] = []
    made = sender(Wire())
    made._RTCRtpSender__rtp_exited = SimpleNamespace(set=lambda: exited.append(True))
    seams.send_packets(made, Broken())  # type: ignore[arg-type]
    await made._run_rtp(None)
    assert exited == [True], "the end of the connection would wait for ever"
    assert "broke off" in caplog.text


def test_aiortc_has_the_parts_that_our_loop_stands_in_for() -> None:
    """Also that its sender starts its loop by this name, and counts what it reports in these."""
    assert "_run_rtp" in RTCRtpSender.send.__code__.co_names
    theirs = RTCRtpSender._run_rtp.__code__
    known = {*theirs.co_names, *RTCRtpSender._run_rtcp.__code__.co_names, *RTCRtpSender.stop.__code__.co_names}
    for name in (
        *("rtp_started", "rtp_exited", "rtp_header_extensions_map", "mid"),
        *("ntp_timestamp", "rtp_timestamp", "octet_count", "packet_count"),
    ):
        assert f"_RTCRtpSender__{name}" in known, name

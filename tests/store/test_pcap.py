"""A trace as a capture file and as a ladder: what readers find in it, whatever was blacked out or cut."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tuiphone.core.trace import Trace
from tuiphone.engine.report import frame_row
from tuiphone.store.ladder import WIDTH, ladder
from tuiphone.store.pcap import capture, true_length

INVITE = (
    "INVITE sip:bob@pbx.example SIP/2.0\r\nVia: SIP/2.0/WS h.invalid;branch=z9hG4bK1\r\n"
    'Authorization: Digest username="alice", response="0123456789abcdef0123456789abcdef"\r\n'
    "Content-Type: application/sdp\r\nContent-Length: 63\r\n\r\n"
    "v=0\r\na=ice-pwd:0123456789abcdef01234567\r\na=x:Nguyễn\r\n"
)


@dataclass
class Packet:
    """One datagram of a capture file."""

    at: float
    source: str
    source_port: int
    target: str
    target_port: int
    payload: bytes


def packets(content: bytes) -> Iterator[Packet]:
    """What a reader of the format finds, everything checked on the way."""
    magic, major, minor, _, _, most, link = struct.unpack("<IHHiIII", content[:24])
    assert (magic, major, minor, most, link) == (0xA1B2C3D4, 2, 4, 65_535, 1)
    at = 24
    while at < len(content):
        seconds, micros, kept, size = struct.unpack("<IIII", content[at : at + 16])
        assert kept == size
        frame = content[at + 16 : at + 16 + size]
        assert len(frame) == size
        at += 16 + size
        assert frame[12:14] == b"\x08\x00"
        ip = frame[14:34]
        assert ip[0] == 0x45
        assert sum(struct.unpack("!10H", ip)) % 0xFFFF == 0, "the header's checksum"
        assert struct.unpack("!H", ip[2:4])[0] == size - 14
        source_port, target_port, length, _ = struct.unpack("!HHHH", frame[34:42])
        assert length == size - 34
        numbers = [".".join(map(str, ip[start : start + 4])) for start in (12, 16)]
        yield Packet(seconds + micros / 1e6, numbers[0], source_port, numbers[1], target_port, frame[42:])


def rows(*frames: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Frames as a trace keeps them: way, server, text."""
    clock = iter(range(1_000_000_000, 1_000_001_000))
    trace = Trace(clock=lambda: next(clock) + 0.25)
    for way, where, text in frames:
        getattr(trace, way)(where, text)
    return [frame_row(frame) for frame in trace]


def test_each_frame_is_a_datagram_between_us_and_its_server() -> None:
    found = list(
        packets(
            capture(
                rows(
                    ("sent", "pbx.example:8089", INVITE),
                    ("received", "pbx.example:8089", "SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n"),
                    ("note", "pbx.example:8089", "connected"),
                    ("sent", "127.0.0.1:5066", "OPTIONS sip:x SIP/2.0\r\n\r\n"),
                    ("sent", "[2001:db8::1]:99999", '{"service": 1}'),
                )
            )
        )
    )
    assert [(one.source, one.source_port, one.target, one.target_port) for one in found] == [
        ("192.0.2.1", 5060, "198.51.100.1", 8089),
        ("198.51.100.1", 8089, "192.0.2.1", 5060),
        ("192.0.2.1", 5060, "127.0.0.1", 5066),
        ("192.0.2.1", 5060, "198.51.100.3", 5060),
    ]
    assert [one.at for one in found][:2] == [1_000_000_000.25, 1_000_000_001.25]
    assert found[-1].payload == b'{"service": 1}'


def test_secrets_are_black_and_the_length_is_true_of_what_is_there() -> None:
    (packet,) = packets(capture(rows(("sent", "pbx.example:443", INVITE))))
    head, _, body = packet.payload.partition(b"\r\n\r\n")
    assert b"0123456789abcdef" not in packet.payload
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(body) != 63
    assert "Authorization: Digest •••" in head.decode(), "readers take this field apart"
    assert body.startswith(b"v=0\r\na=ice-pwd:")


@pytest.mark.parametrize("field", ["Content-Length: 99999", "content-length:99999", "l : 99999"])
def test_a_body_that_was_cut_has_the_length_it_has(field: str) -> None:
    body = "x" * 100_000
    (packet,) = packets(capture(rows(("sent", "h:1", f"MESSAGE sip:bob@x SIP/2.0\r\n{field}\r\n\r\n{body}"))))
    head, _, rest = packet.payload.partition(b"\r\n\r\n")
    assert int(head.split(b":")[-1]) == len(rest) < len(body)


@pytest.mark.parametrize(
    "body", ["\U0001f642" * 60_000, "x" * 70_000, "INVITE x SIP/2.0\r\nl: 1\r\n\r\n" + "ữ" * 60_000]
)
def test_nothing_is_longer_than_a_datagram(body: str) -> None:
    assert len(true_length(body)) <= 65_507


def test_a_message_without_an_end_of_its_head_gets_one() -> None:
    assert true_length("SIP/2.0 200 OK\r\nl: 7") == b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"


def test_a_ladder_has_a_rung_a_frame_and_nothing_that_a_terminal_obeys() -> None:
    frames = rows(
        ("sent", "pbx.example:8089", "INVITE sip:bob@x SIP/2.0"),
        ("received", "pbx.example:8089", "SIP/2.0 200 \x1b[2J" + "日本" * 100),
        ("note", "pbx.example:8089", "closed by us"),
        ("sent", "other.example:1", "x"),
    )
    frames[0]["call"] = frames[1]["call"] = "c1"
    lines = list(ladder("home", frames))
    assert len(lines) == 1 + 2 + 4
    assert lines[1].split() == ["us", "pbx.example:8089"]
    assert "A  |-- INVITE" in lines[2]
    assert lines[2].endswith("->|")
    assert "A  |<- SIP/2.0 200" in lines[3]
    assert "\x1b" not in "".join(lines)
    assert {len(lines[2]), len(lines[4]), len(lines[6])} == {17 + WIDTH}

"""A trace as a capture file, for programs that read what went over a network: Wireshark, tshark, sngrep.

The frames went over a WebSocket, mostly encrypted; in the file each is a UDP datagram of its own between two made-up
machines, so that those programs find SIP in it without being told anything.
"""

import ipaddress
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuiphone.core.redact import BLACK

MAX_DATAGRAM = 65_507
"""Bytes that fit into one (RFC 768)."""
US = "192.0.2.1"
"""Of a network for examples (RFC 5737)."""
SIP_PORT = 5060
_GLOBAL = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_ETHERNET = 1
"""The link type that every reader knows."""
_OUR_MAC, _THEIR_MAC = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
_IP = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")
_LENGTH = re.compile(r"(?im)^(content-length|l)([ \t]*:[ \t]*)[^\r\n]*")
_CREDENTIALS = re.compile(rf"(?im)^((?:proxy-)?authorization[ \t]*:[ \t]*)({re.escape(BLACK)})")
_IS_SIP = re.compile(r"(SIP/2\.0 [1-6][0-9]{2}|[A-Z]{3,20} \S+ SIP/2\.0)")


def capture(frames: Sequence[Mapping[str, Any]]) -> bytes:
    """The frames that went either way as a pcap file; notes on the link are no frames."""
    return b"".join(_pieces(frames))


def _pieces(frames: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    yield _GLOBAL.pack(0xA1B2C3D4, 2, 4, 0, 0, 65_535, _ETHERNET)
    servers: dict[str, tuple[str, int]] = {}
    for number, frame in enumerate(frames):
        if frame["way"] == "note" or not frame.get("body"):
            continue
        address = servers.setdefault(frame["where"], _server(frame["where"], len(servers)))
        sent = frame["way"] == "sent"
        packet = _packet(true_length(frame["body"]), (US, SIP_PORT), address, number=number, sent=sent)
        seconds, micros = divmod(round(float(frame["at"]) * 1_000_000), 1_000_000)
        yield _RECORD.pack(seconds & 0xFFFFFFFF, micros, len(packet), len(packet)) + packet


def true_length(body: str) -> bytes:
    """The frame's bytes; of a SIP message with a Content-Length that is true of what is there: blacked-out secrets have
    another length than what was sent, and long bodies are cut."""
    if not _IS_SIP.match(body):
        return body.encode("utf-8", "replace")[:MAX_DATAGRAM]
    head, gap, rest = body.partition("\r\n\r\n")
    content = rest.encode("utf-8", "replace")
    if len(head) + len(content) + 64 > MAX_DATAGRAM:
        content = content[: MAX_DATAGRAM - len(head.encode("utf-8", "replace")) - 64]
    # Readers take these fields apart, and what is black is no credential.
    head = _CREDENTIALS.sub(lambda found: f"{found[1]}Digest {found[2]}", head)
    head = _LENGTH.sub(lambda found: f"{found[1]}{found[2]}{len(content)}", head)
    return (head + (gap or "\r\n\r\n")).encode("utf-8", "replace") + content


def _server(where: str, number: int) -> tuple[str, int]:
    """An address for this server: its own where it is one of four numbers, else one of a network for examples."""
    host, _, port = where.rpartition(":")
    try:
        address = str(ipaddress.IPv4Address(host or where))
    except ValueError:
        address = f"198.51.100.{1 + number % 254}"
    return address, int(port) if port.isascii() and port.isdecimal() and 0 < int(port) < 65_536 else SIP_PORT


def _packet(payload: bytes, us: tuple[str, int], them: tuple[str, int], *, number: int, sent: bool) -> bytes:
    (source, source_port), (target, target_port) = (us, them) if sent else (them, us)
    macs = (_THEIR_MAC + _OUR_MAC) if sent else (_OUR_MAC + _THEIR_MAC)
    # Over IPv4 a checksum of zero says that there is none.
    udp = _UDP.pack(source_port, target_port, _UDP.size + len(payload), 0) + payload
    ends = ipaddress.IPv4Address(source).packed, ipaddress.IPv4Address(target).packed
    size = _IP.size + len(udp)
    head = _IP.pack(0x45, 0, size, number & 0xFFFF, 0, 64, 17, 0, *ends)
    head = _IP.pack(0x45, 0, size, number & 0xFFFF, 0, 64, 17, _checksum(head), *ends)
    return macs + b"\x08\x00" + head + udp


def _checksum(head: bytes) -> int:
    """Of an IP header (RFC 791 section 3.1)."""
    total = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

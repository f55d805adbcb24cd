"""Keys pressed in the sound (RFC 4733), which aiortc knows nothing of: named in descriptions, heard, and sent."""

import asyncio
import re
import secrets
import struct
from collections.abc import Callable
from typing import Any

from aiortc.rtp import RtpPacket

EVENTS = "0123456789*#ABCD"
_RTPMAP = re.compile(r"a=rtpmap:(\d+) ([\w-]+)/(\d+)", re.IGNORECASE)
_PACKET_S = 0.05
_PACKETS = 4
_CONNECTS_S = 10.0
_END = 0x80
_VOLUME = 10


def with_keys(sdp: str, offer: str = "") -> tuple[str, set[int]]:
    """A description of ours with the payloads of keys: those of the offer, or new ones; and their numbers."""
    sections = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)
    numbers: set[int] = set()
    for at, section in enumerate(sections):
        if not section.startswith("m=audio"):
            continue
        rates = {rate for _, name, rate in _RTPMAP.findall(section)}
        found = [(int(number), rate) for number, name, rate in _RTPMAP.findall(_audio(offer)) if _is_keys(name)]
        if not offer:
            taken = {int(number) for number, _, _ in _RTPMAP.findall(sdp)}
            free = (number for number in range(101, 128) if number not in taken)
            found = [(next(free), rate) for rate in sorted(rates & {"8000", "48000"})]
        chosen = [(number, rate) for number, rate in found if rate in rates]
        first, rest = section.split("\r\n", 1)
        lines = "".join(
            f"a=rtpmap:{number} telephone-event/{rate}\r\na=fmtp:{number} 0-16\r\n" for number, rate in chosen
        )
        sections[at] = " ".join([first, *(str(number) for number, _ in chosen)]) + f"\r\n{rest}{lines}"
        numbers |= {number for number, _ in chosen}
    return "".join(sections), numbers


def keys_of(sdp: str) -> dict[int, int]:
    """The payloads of keys in a description, with their clock rates."""
    return {int(number): int(rate) for number, name, rate in _RTPMAP.findall(_audio(sdp)) if _is_keys(name)}


def _audio(sdp: str) -> str:
    return next((one for one in re.split(r"(?=^m=)", sdp, flags=re.MULTILINE) if one.startswith("m=audio")), "")


def _is_keys(name: str) -> bool:
    return name.lower() == "telephone-event"


class Keys:
    """Sits between one transport of aiortc and the sound that it carries."""

    def __init__(self, transport: Any, ssrc: int, pressed: Callable[[str], None]) -> None:
        self.payloads: set[int] = set()
        """Numbers that are keys on what comes in."""
        self._transport = transport
        self._ssrc = ssrc
        self._pressed = pressed
        self._last: tuple[int, int] | None = None
        self._shift = 0
        self._newest: RtpPacket | None = None
        self._sends = False
        self._flows = asyncio.Event()
        self._take, self._send = transport._handle_rtp_data, transport._send_rtp
        transport._handle_rtp_data = self._came
        transport._send_rtp = self._goes

    def sits_at(self, transport: Any) -> bool:
        """Whether this is where it sits."""
        return self._transport is transport

    async def press(self, digits: str, payload: int) -> None:
        """Send keys; meanwhile there is no other sound.

        Raises:
            TimeoutError: there is no connection.
        """
        async with asyncio.timeout(_CONNECTS_S):
            await self._flows.wait()
        self._sends = True
        try:
            for digit in digits:
                await self._press(EVENTS.index(digit), payload)
        finally:
            self._sends = False

    async def _press(self, event: int, payload: int) -> None:
        assert self._newest
        stamp = (self._newest.timestamp + secrets.randbelow(1_000)) & 0xFFFFFFFF
        for number in range(_PACKETS + 2):
            is_end = number >= _PACKETS
            duration = 400 * min(number + 1, _PACKETS)
            packet = RtpPacket(
                payload_type=payload,
                marker=int(number == 0),
                sequence_number=(self._newest.sequence_number + 1) & 0xFFFF,
                timestamp=stamp,
                ssrc=self._ssrc,
                payload=struct.pack("!BBH", event, _VOLUME | (_END if is_end else 0), duration),
            )
            self._newest.sequence_number = packet.sequence_number
            self._shift += 1
            await self._send(packet.serialize(self._transport._rtp_header_extensions_map))
            if not is_end:
                await asyncio.sleep(_PACKET_S)
        self._newest.timestamp = stamp
        await asyncio.sleep(_PACKET_S)

    async def _came(self, data: bytes, arrival_time_ms: int) -> None:
        if len(data) > 12 and data[1] & 0x7F in self.payloads:
            try:
                packet = RtpPacket.parse(data, self._transport._rtp_header_extensions_map)
            except ValueError:
                return
            about = (packet.ssrc, packet.timestamp)
            if about != self._last and len(packet.payload) >= 4 and packet.payload[0] < len(EVENTS):
                self._last = about
                self._pressed(EVENTS[packet.payload[0]])
            return
        await self._take(data, arrival_time_ms)

    async def _goes(self, data: bytes) -> None:
        is_rtcp = len(data) > 1 and 192 <= data[1] <= 223
        if is_rtcp:
            await self._send(data)
            return
        packet = RtpPacket.parse(data, self._transport._rtp_header_extensions_map)
        if packet.ssrc != self._ssrc:
            await self._send(data)  # the picture
            return
        if self._sends:
            self._shift -= 1  # left out, and no gap where it was
            return
        sequence = (packet.sequence_number + self._shift) & 0xFFFF
        packet.sequence_number = sequence
        self._newest = packet
        self._flows.set()
        await self._send(data[:2] + struct.pack("!H", sequence) + data[4:])

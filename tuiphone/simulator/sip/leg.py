"""Calls in a PBX's name to the devices of an extension, by INVITE and with real sound (`simulator/leg.py`)."""

import asyncio
import re
from collections.abc import Callable
from enum import Enum, auto

import numpy as np

from tuiphone.simulator.exchange import BUSY
from tuiphone.simulator.extensions import EXTENSIONS
from tuiphone.simulator.leg import RING_S, Kind, LegCall, Refused
from tuiphone.simulator.sip.calls import RobotCall
from tuiphone.simulator.sip.floor import MOST_CALLS, Floor
from tuiphone.simulator.sip.message import Message
from tuiphone.simulator.sip.peer import SipPeer
from tuiphone.simulator.sip.people import People
from tuiphone.simulator.tape import Tape
from tuiphone.simulator.tracks import FRAME_SAMPLES, RATE_HZ, Echo

RINGBACK_HZ = 425
_ON_SAMPLES, _OFF_SAMPLES = RATE_HZ, 4 * RATE_HZ
_NO_CALLER_ID = re.compile(r"[^0-9A-Za-z+*#._-]")
_BUSY = {BUSY, 600}
_SILENT = {408, 487}


class Says(Enum):
    """What the PBX lets its extension hear."""

    NOTHING = auto()
    RINGBACK = auto()
    ECHO = auto()


class PbxSound(Echo):
    """Silence, the ringback tone (ITU-T E.180, one second in five), or the echo of what is heard: as `says` has it."""

    def __init__(self, says: Callable[[], Says]) -> None:
        super().__init__()
        self._says = says
        self._rings_since: int | None = None
        second = np.arange(RATE_HZ) / RATE_HZ
        self._tone = (6_000 * np.sin(2 * np.pi * RINGBACK_HZ * second)).astype(np.int16)

    def hear(self, samples: np.ndarray) -> None:
        if self._says() is Says.ECHO:
            super().hear(samples)

    def next_samples(self) -> np.ndarray:
        if self._says() is not Says.RINGBACK:
            self._rings_since = None
            return super().next_samples()
        if self._rings_since is None:
            self._rings_since = self.played_samples
        at = (self.played_samples - self._rings_since) % (_ON_SAMPLES + _OFF_SAMPLES)
        return self._tone[at : at + FRAME_SAMPLES] if at < _ON_SAMPLES else np.zeros(FRAME_SAMPLES, np.int16)


class SipLegCall:
    """One call, from before its INVITE; a new connection in its middle hears what the one before heard."""

    def __init__(self, floor: Floor, caller: str) -> None:
        self.call = RobotCall(floor, caller, self._make_peer)
        self._says = Says.NOTHING
        self._tape = Tape()

    async def ringback(self, seconds: float) -> None:
        self._says = Says.RINGBACK
        try:
            async with asyncio.timeout(seconds):
                await self.ended()
        except TimeoutError:
            pass
        finally:
            if self._says is Says.RINGBACK:
                self._says = Says.NOTHING

    def echo(self) -> None:
        self._says = Says.ECHO

    def recording(self) -> bytes:
        return self._tape.wav()

    async def ended(self) -> None:
        await self.call.over.wait()

    async def hang_up(self) -> None:
        self.call.hang_up()

    def _make_peer(self, _: bool) -> SipPeer:
        peer = SipPeer(PbxSound(lambda: self._says))
        peer.tape = self._tape
        return peer


class SipLeg:
    """Rings extensions from the floor of the robots, through the proxy like everybody."""

    def __init__(self, floor: Floor, people: People, uri_of: Callable[[str], str]) -> None:
        self._floor = floor
        self._people = people
        self._uri_of = uri_of

    def is_registered(self, extension: str) -> bool:
        return extension in EXTENSIONS and self._people.is_there(extension)

    async def ring(self, extension: str, caller: str, *, seconds: float = RING_S) -> LegCall:
        if not self.is_registered(extension):
            raise Refused("unregistered")
        if len(self._floor.calls) >= MOST_CALLS:
            raise Refused("busy")
        made = SipLegCall(self._floor, _NO_CALLER_ID.sub("", caller) or "anonymous")
        final: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        async def dial() -> None:
            if final.cancelled():
                return
            answer = await made.call.dial(self._uri_of(extension))
            if not final.done():
                final.set_result(answer)

        def failed() -> None:
            if not final.done():
                final.set_exception(Refused("declined"))

        # Not a part of whoever waits: an INVITE goes on to its final response, and that to its ACK.
        self._floor.tasks.start(dial(), failed=failed)
        try:
            async with asyncio.timeout(seconds):
                answer = await final
        except TimeoutError:
            made.call.hang_up()
            raise Refused("silent") from None
        except asyncio.CancelledError:
            made.call.hang_up()
            raise
        if answer.status >= 300:
            raise Refused(self._kind(answer.status, extension))
        return made

    def _kind(self, status: int, extension: str) -> Kind:
        if status in _BUSY:
            return "busy"
        if status in _SILENT:
            return "silent"
        return "declined" if self.is_registered(extension) else "unregistered"

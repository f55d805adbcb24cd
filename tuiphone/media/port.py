"""One direction of one sound device: opening it by name, and noticing that it died."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TypeVar

from tuiphone.core.errors import MediaError, NoDevice
from tuiphone.media.portaudio import LATENCY_S, PortAudio
from tuiphone.media.stream import Inlet, Outlet, Stream

log = logging.getLogger(__name__)

Found = TypeVar("Found")

HANGS = "The sound system does not answer: calls are silent. If it stays so, start tuiphone again."
HANGS_S = 4.0

RETRY_S = 1.5
MOST_LATENCY_S = 2 * LATENCY_S
STRUGGLE_XRUNS = 4
STRUGGLE_CHECKS = 50
"""So many xruns in so many checks (5 s), and the card gets a larger buffer: the machine is too busy for a small one."""
STALLED_S = 0.5
"""Without a block for so long a stream counts as dead ..."""
STARTING_S = 4.0
"""... but not while it is so young: PulseAudio's null sink stands still for up to 2 s when it starts."""


@dataclass(frozen=True, slots=True)
class StreamStats:
    """How one direction of the card is doing."""

    device: str
    rate: int
    """Hz."""
    blocks: int
    """Moved since it was opened."""
    waiting_ms: float
    """In our own buffer."""
    xruns: int
    dry: int
    """How often nothing was there when it was needed."""
    dropped: int
    """How often too much had piled up."""
    latency_ms: float
    """What the card itself holds."""
    longest_gap_ms: float
    """Between two blocks."""
    corrected: int
    """Samples added (or taken away, negative) because two clocks drift."""


class Port:
    """One direction of one device: what is wished for, what is open, what is wrong."""

    def __init__(self, name: str | None, *, capture: bool) -> None:
        self.name = name
        """None: the default device."""
        self.capture = capture
        self.device: str | None = None
        """The device in use, or the one that would be."""
        self.problem: MediaError | None = None
        self.refusal: MediaError | None = None
        """Why the default device stands in for the wished for one."""
        self.missed = False
        """The wished for device was looked for and is not there."""
        self.lost = False
        """It was open and went away."""
        self.wanted = False
        self.last_wanted = 0.0
        self.stream: Stream | None = None
        self.inlet: Inlet | None = None
        self.outlet: Outlet | None = None
        self.retry_at = 0.0
        self.stale = 0
        self.latency_s = LATENCY_S
        self._xruns = deque([0] * STRUGGLE_CHECKS, STRUGGLE_CHECKS)

    async def look(self, library: PortAudio) -> None:
        """Find out which device would be opened, without opening it."""
        self.device = await self._attempt(library, library.device)

    async def open(self, library: PortAudio) -> None:
        """Open the wished for device, or the default one in its place; `problem` says why it did not work."""
        stream = await self._attempt(library, partial(library.open, latency_s=self.latency_s))
        if stream is None:
            self.device, self.retry_at = None, monotonic() + RETRY_S
            return
        self.stream, self.device, self.stale = stream, stream.device, 0
        self._xruns.extend([0] * STRUGGLE_CHECKS)
        if self.capture:
            self.inlet = Inlet(stream)
        else:
            self.outlet = Outlet(stream)

    async def _attempt(self, library: PortAudio, job: Callable[..., Found]) -> Found | None:
        self.refusal, self.missed = None, False
        for name in dict.fromkeys((self.name, None)):
            future = library.run(partial(job, name, capture=self.capture))
            try:
                found = await asyncio.wait_for(asyncio.wrap_future(future), HANGS_S)
            except MediaError as error:
                self.problem = self.refusal = error
                self.missed = isinstance(error, NoDevice)
            except TimeoutError:
                self.problem = MediaError(HANGS)
                future.add_done_callback(library.discard)
                return None
            else:
                self.problem, self.lost = None, False
                return found
        return None

    async def close(self, library: PortAudio) -> None:
        """Give the device back; one that hangs is left alone."""
        stream, self.stream, self.inlet, self.outlet = self.stream, None, None, None
        if stream is not None:
            future = library.run(lambda: library.close(stream))
            done, _ = await asyncio.wait({asyncio.wrap_future(future)}, timeout=HANGS_S)
            if not done:
                log.error("closing %r hangs; what libraries print is not kept from now on", stream.device)
                library.gag()

    def has_died(self, now: float) -> bool:
        """Whether the stream ended, or no blocks move any more; to be asked again and again."""
        stream = self.stream
        if stream is None:
            return False
        limit = STALLED_S if now - stream.opened > STARTING_S else STARTING_S
        # Twice in a row, because after this process itself stood still (laptop lid) every stream looks stalled once.
        self.stale = self.stale + 1 if now - stream.called > limit else 0
        return stream.finished or self.stale > 1

    def struggles(self) -> bool:
        """Whether the speaker often runs dry; to be asked again and again. Next time the card may hold more."""
        # A larger buffer makes a microphone's sound come in larger pieces and mends nothing.
        if self.stream is None or self.capture or self.latency_s >= MOST_LATENCY_S:
            return False
        self._xruns.append(self.stream.xruns)
        if self._xruns[-1] - self._xruns[0] < STRUGGLE_XRUNS:
            return False
        self.latency_s *= 2
        return True

    def stats(self) -> StreamStats | None:
        """How it is doing; None while it is closed."""
        if self.stream is None:
            return None
        stream, flow = self.stream, self.inlet or self.outlet
        return StreamStats(
            stream.device,
            stream.rate,
            stream.calls,
            1000 * stream.ring.level / stream.frame / stream.rate,
            stream.xruns,
            stream.dry,
            stream.dropped,
            1000 * stream.latency_s,
            1000 * stream.longest_gap_s,
            flow.balance.corrected if flow else 0,
        )

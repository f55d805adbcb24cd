"""What lies between a sound card and the mixer's clock: a ring, and the way in and out of it.

The card's side runs in threads that must never wait for us, so it does next to nothing: it copies bytes and counts.
All that costs something (other rates, stereo cards, drift) happens on the mixer's side.
"""

from threading import Thread
from time import monotonic
from typing import Any

import numpy as np

from tuiphone.media.resample import Balance, Resampler, Samples, stretched
from tuiphone.media.ring import Ring

RATE = 48000
"""Of all sound inside tuiphone, Hz."""
BLOCK = 480
"""Samples the mixer moves at once: 10 ms."""

TARGET_MS = 12.0
"""The least that waits in a ring. More than a block, because two drifting clocks sooner or later pass each other, and
then one side needs two blocks where the other gave one."""
_SETTLING_S = 1.0
"""So long after its opening nothing is concluded from a stream that runs dry."""
_RING_MS = 500
_MOST_MS = 80
"""More than this waiting is thrown away: a card that stood still must not leave delay behind."""
_SILENCE = memoryview(bytes(4 * 8 * 4800))
QUIET = np.zeros(BLOCK, np.int16)
QUIET.flags.writeable = False


class Stream:
    """An open stream of the card, and what its callback left behind."""

    def __init__(self, device: str, rate: int, channels: int, latency_s: float = 0.0) -> None:
        self.device = device
        self.latency_s = latency_s
        """What the card itself holds."""
        self.rate = rate
        self.channels = channels
        self.frame = 2 * channels
        """Bytes of one sample of all channels."""
        self.ring = Ring(self.bytes(_RING_MS))
        self.most = self.bytes(_MOST_MS)
        self.least = self.bytes(TARGET_MS)
        self.opened = self.called = monotonic()
        self.calls = 0
        self.longest_gap_s = 0.0
        """Between two callbacks, since the third one: the first may come late."""
        self.xruns = 0
        """Under- and overflows the card told of."""
        self.dropped = 0
        """How often too much had piled up and was thrown away."""
        self.dry = 0
        """How often nothing was there when it was needed."""
        self.finished = False
        """The stream ended by itself: the card or its server is gone."""
        self.empty = True
        """The speaker has nothing to play."""
        self.handle: Any = None
        """sounddevice's stream."""
        self.reader: Thread | None = None
        """Reads the microphone; speakers have a callback."""
        self.closing = False
        """The reader is to end."""

    def bytes(self, ms: float) -> int:
        """This much time, in bytes."""
        return round(self.rate * ms / 1000) * self.frame

    def ended(self) -> None:
        """PortAudio: the stream is over."""
        self.finished = True

    def captured(self, data: Any, overflowed: bool) -> None:
        """The reader: a block of the microphone, and whether some was lost before it."""
        self._clock()
        if overflowed:
            self.xruns += 1
        self.ring.write(memoryview(data))

    def played(self, data: Any, frames: int, time: Any, status: Any) -> None:
        """PortAudio: a block for the speaker is due."""
        self._clock()
        if status:
            self.xruns += 1
        out = memoryview(data)
        need = len(out)
        ring = self.ring
        level = ring.level
        if level > self.most:
            level = need + self.least
            ring.keep(level)
            self.dropped += 1
        if level < need:
            if not self.empty:
                self.dry += 1
                self.empty = True
            out[:] = _SILENCE[:need]
            return
        self.empty = False
        ring.read(out)

    def _clock(self) -> None:
        now = monotonic()
        gap = now - self.called
        self.called = now
        self.calls += 1
        if gap > self.longest_gap_s and self.calls > 3:
            self.longest_gap_s = gap


class Inlet:
    """The microphone as the mixer sees it: 10 ms of 48 kHz mono whenever it asks."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.balance = Balance(stream.rate, TARGET_MS, most_ms=40)
        self._resampler = Resampler(stream.rate, RATE) if stream.rate != RATE else None
        self._filling = True

    def read(self) -> Samples:
        """The next 10 ms; silence while there is nothing."""
        stream, ring = self.stream, self.stream.ring
        need = self._resampler.needed(BLOCK) if self._resampler else BLOCK
        level = ring.level // stream.frame
        if self._filling:
            if level < need + self.balance.target:
                return QUIET
            self._filling = False
            ring.keep((need + self.balance.target) * stream.frame)
        elif level * stream.frame > stream.most:
            ring.keep((need + self.balance.target) * stream.frame)
            stream.dropped += 1
        take = need - self.balance.step(ring.level // stream.frame - need)
        if ring.level < take * stream.frame:
            stream.dry += 1
            self._filling = True
            if monotonic() - stream.opened > _SETTLING_S:
                self.balance.ran_dry()
            return QUIET
        raw = bytearray(take * stream.frame)
        ring.read(memoryview(raw))
        block = np.frombuffer(raw, np.int16)
        if stream.channels > 1:
            block = block.reshape(-1, stream.channels).mean(axis=1).astype(np.int16)
        block = stretched(block, need)
        return self._resampler.process(block, BLOCK) if self._resampler else block


class Outlet:
    """The speaker as the mixer sees it: takes 10 ms of 48 kHz mono at a time."""

    PAUSE_S = 0.2
    """When nothing was written for so long, running dry was not the machine's fault."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.balance = Balance(stream.rate, TARGET_MS, most_ms=50)
        self._resampler = Resampler(RATE, stream.rate) if stream.rate != RATE else None
        self._dry = 0
        self._wrote = 0.0

    def write(self, block: Samples) -> None:
        """Play these 10 ms next."""
        stream, now = self.stream, monotonic()
        if stream.dry != self._dry:
            self._dry = stream.dry
            if now - self._wrote < self.PAUSE_S and now - stream.opened > _SETTLING_S:
                self.balance.ran_dry()
        self._wrote = now
        if self._resampler:
            block = self._resampler.push(block)
        level = stream.ring.level // stream.frame
        if stream.empty and level < self.balance.target:
            block = np.concatenate((np.zeros(self.balance.target - level, np.int16), block))
        else:
            block = stretched(block, len(block) + self.balance.step(level))
        if stream.channels > 1:
            block = np.repeat(block, stream.channels)
        stream.ring.write(memoryview(block.tobytes()))

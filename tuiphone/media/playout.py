"""Received audio: late, lost, early and doubled packets become a steady 48 kHz stream, as close behind the far side as
the network allows. It stands where aiortc has a jitter buffer, which waits 80 ms always and 300 ms after a loss.

The far side's timestamps are the axis. `_position` is how far sound has been made, `_ready` what of it waits to be
read. Sound is played `Arrivals.target_ms` behind the fastest packet. What is not there by then is made up: from the
copy in the next packet, else by the codec's concealment. When nothing at all is there, sound is made up without moving
the position (`_owed`): so a stalled network costs delay first and words only beyond `LONGEST_MS`. Delay is given back
by taking out whole pitch periods.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiphone.media import decoders
from tuiphone.media.arrivals import Arrivals
from tuiphone.media.numbering import Numbering, Sources
from tuiphone.media.pace import Pace

Samples = NDArray[np.int16]

LONGEST_MS = 400.0
"""Of sound that may wait; what is older is skipped."""
PACKETS = 200
"""That may wait."""
UNREAD_S = 0.5
"""Without a reader for so long, only the newest sound is kept."""

_MS = 48
_STEP = 480
_FRAME = 960
_KEPT = 9600
"""Samples left of what waits when it is too much: the last words, which shortening then catches up with."""
_MOST_GAP = 48000
_SILENT_AFTER = 9600
_PAUSE_SILENT_AFTER = 48000
"""Samples without a packet after which nothing is made up any more; in a pause one comes every 400 ms."""
_LOSSY_PERCENT = 0.5


@dataclass(slots=True)
class _Packet:
    sequence: int
    timestamp: int
    duration: int
    payload: bytes


@dataclass(slots=True)
class Counters:
    """What happened to the far side's packets since the start."""

    received: int = 0
    lost: int = 0
    late: int = 0
    """Came, but after their sound had been made up or skipped."""
    concealed: int = 0
    """Samples made up in the place of real ones."""
    recovered: int = 0
    """Samples taken from the copy in a following packet."""


class Playout:
    """Takes packets as they come, gives sound as it is needed; everything happens on one thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._arrivals = Arrivals()
        self.pace = Pace()
        self._sources = Sources()
        self._decoder: decoders.Decoder | None = None
        self.codec: str | None = None
        """Name of the codec that is being received."""
        self.counters = Counters()
        self.last_arrival: float | None = None
        self.first_heard: Callable[[], object] | None = None
        """Called once, when the first packet comes."""
        self._ready = np.zeros(0, np.int16)
        self._last_read = -1.0
        self._lost_before = 0
        self._history: deque[tuple[float, int, int]] = deque(maxlen=12)
        self._closed = False
        self._clear()

    def _clear(self) -> None:
        self._numbering = Numbering()
        self._packets: dict[int, _Packet] = {}
        self._others: set[int] = set()
        """Numbers behind what was played of packets that hold no sound."""
        self._position: int | None = None
        self._played = -1
        self._fresh = True
        """Nothing was played yet, so there is nothing to conceal."""
        self._owed = 0
        self._drought = 0
        self._paused = False

    # -- packets come -----------------------------------------------------------------------------------------------

    def push(self, codec: str, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Take a packet: its codec's name, its SSRC and the numbers in its RTP header."""
        now = self._clock()
        if self._closed or not self._belongs(codec, source, now) or self._decoder is None:
            return
        duration = self._decoder.duration(payload)
        if duration == 0:
            return
        self.last_arrival = now
        if self.first_heard is not None:
            call, self.first_heard = self.first_heard, None
            call()
        placed = self._numbering.place(sequence, timestamp)
        if placed is None or self._arrivals.is_unrelated(placed[1] * self._decoder.scale, now):
            self._restart()
            placed = self._numbering.place(sequence, timestamp)
            assert placed is not None
        self._count(now)
        if self._numbering.take(placed[0]):
            self._keep(_Packet(placed[0], placed[1] * self._decoder.scale, duration, payload), now)
        self.counters.lost = self._lost_before + self._numbering.missing

    def push_other(self, source: int, sequence: int) -> None:
        """Take note of a packet between those of the sound that holds none itself: it is not missing."""
        if self._closed or not self._sources.is_current(source):
            return
        self.last_arrival = self._clock()
        placed = self._numbering.other(sequence)
        if placed is not None and self._played < placed and len(self._others) < PACKETS:
            self._others.add(placed)

    def _follows(self, packet: _Packet) -> bool:
        """No sound is missing between what was played and this packet: the sender paused."""
        expected = self._played + 1
        while expected in self._others:
            expected += 1
        return packet.sequence == expected

    def _belongs(self, codec: str, source: int, now: float) -> bool:
        """Follow the far side to another source or codec."""
        if not self._sources.is_current(source):
            if not self._sources.follow(source, now):
                return False
            self._restart()
        if codec != self.codec:
            made = decoders.decoder(codec)
            if made is None:
                return False
            if self._decoder is not None:
                self._decoder.close()
            self._decoder, self.codec = made, codec
            self._restart()
        return True

    def _restart(self) -> None:
        """Another stream begins; what is ready of the old one is still played."""
        self._lost_before = self.counters.lost
        self._clear()
        self._arrivals.restart()

    def _count(self, now: float) -> None:
        self.counters.received += 1
        if not self._history or now - self._history[-1][0] >= 0.5:
            self._history.append((now, self.counters.received, self.counters.lost + self.counters.late))

    def _keep(self, packet: _Packet, now: float) -> None:
        """Queue the packet, unless it is too late."""
        late_ms = self._arrivals.add(packet.timestamp, now)
        target = round(self._target_ms() * _MS)
        if self._position is None or now - self._last_read > UNREAD_S:
            self._begin(packet, packet.timestamp - target)
        if packet.timestamp < (self._position or 0) or packet.sequence <= self._played or len(self._packets) >= PACKETS:
            self.counters.late += 1
            return
        if self._owed:
            self._settle(packet)
        self._packets[packet.sequence] = packet
        if self._wait(packet) > LONGEST_MS * _MS:
            self._skip(packet.timestamp - max(target, _KEPT))
        self.pace.arrived(self._wait(packet) / _MS, late_ms, now)

    def _begin(self, packet: _Packet, position: int) -> None:
        """The first packet, or nobody listens: be ready to play from here."""
        self._packets.clear()
        self._others.clear()
        self._position, self._owed = position, 0
        self._played = packet.sequence - 1
        self._fresh = True
        self._ready = self._ready[:0]
        self.pace.restart((packet.timestamp - position) / _MS)

    def _wait(self, packet: _Packet) -> int:
        """How much has to be played before this packet, in samples."""
        assert self._position is not None
        return packet.timestamp - self._position + len(self._ready)

    def _settle(self, packet: _Packet) -> None:
        """After a time without packets: what was made up meanwhile stands for what is missing before this one."""
        assert self._position is not None
        covered = min(self._owed, packet.timestamp - self._position)
        is_pause = self._follows(packet)
        missing = self._owed - covered if is_pause else self._owed
        self.counters.concealed += 0 if self._fresh else min(missing, _SILENT_AFTER)
        self._position += covered
        self._owed = 0

    def _skip(self, position: int) -> None:
        """Too much waits: go on from here."""
        for sequence in [s for s, packet in self._packets.items() if packet.timestamp < position]:
            del self._packets[sequence]
            self.counters.late += 1
            self._played = max(self._played, sequence)
        self._position = position

    def _target_ms(self) -> float:
        return self._arrivals.target_ms(lossy=self.loss_percent >= _LOSSY_PERCENT)

    # -- sound goes -------------------------------------------------------------------------------------------------

    def read(self, samples: int) -> Samples:
        """The next samples, exactly so many."""
        self._last_read = self._clock()
        while len(self._ready) < samples:
            made = self._more()
            self._ready = np.concatenate((self._ready, made)) if len(self._ready) else made
        out, self._ready = self._ready[:samples], self._ready[samples:]
        return out

    def _more(self) -> Samples:
        """Some more of the stream."""
        if self._decoder is None or self._position is None:
            return np.zeros(_STEP, np.int16)
        packet = self._next(self._position)
        if packet is None:
            return self._starve(self._decoder)
        gap = packet.timestamp - self._position
        if gap > _MOST_GAP:
            self._position, gap = packet.timestamp, 0
        if gap > 0:
            return self._bridge(self._decoder, packet, gap)
        return self._play(self._decoder, packet)

    def _next(self, position: int) -> _Packet | None:
        while self._packets:
            packet = self._packets[min(self._packets)]
            if packet.timestamp >= position:
                return packet
            del self._packets[packet.sequence]
            self.counters.late += 1
        return None

    def _starve(self, decoder: decoders.Decoder) -> Samples:
        """Nothing is there: make something up and see what comes."""
        self._owed += _STEP
        self._drought += _STEP
        if self._fresh or self._drought > (_PAUSE_SILENT_AFTER if self._paused else _SILENT_AFTER):
            return np.zeros(_STEP, np.int16)
        made = decoder.conceal(_STEP)
        fade = 1.0 if self._paused else min(1.0, 2 - 2 * self._drought / _SILENT_AFTER)
        return made if fade == 1.0 else np.rint(made * fade).astype(np.int16)

    def _bridge(self, decoder: decoders.Decoder, packet: _Packet, gap: int) -> Samples:
        """A packet is there, but not the one before it: time to make that up."""
        assert self._position is not None
        if self._fresh:
            self._position += gap
            return np.zeros(gap, np.int16)
        if self._follows(packet):
            return self._rest(decoder, packet, gap)
        length = min(gap, _FRAME)
        self._position += length
        if length == gap and (found := decoder.recover(packet.payload, length)) is not None:
            self.counters.recovered += length
            return found
        self.counters.concealed += length
        return decoder.conceal(length)

    def _rest(self, decoder: decoders.Decoder, packet: _Packet, gap: int) -> Samples:
        """Nothing is missing, the sender paused: the best place to give delay back."""
        assert self._position is not None
        excess = round((self.pace.delay_ms - self._target_ms()) * _MS)
        if excess > _STEP:
            spared = min(gap, excess)
            self._position += spared
            self.pace.skipped(spared)
            gap -= spared
        if gap == 0:
            return self._play(decoder, packet)
        length = min(gap, _FRAME)
        self._position += length
        return decoder.conceal(length)

    def _play(self, decoder: decoders.Decoder, packet: _Packet) -> Samples:
        assert self._position is not None
        del self._packets[packet.sequence]
        self._position += packet.duration
        self._played = packet.sequence
        if self._others:
            self._others = {other for other in self._others if other > packet.sequence}
        self._drought = 0
        self._fresh = False
        self._paused = decoder.is_pause(packet.payload)
        block = decoder.decode(packet.payload)
        if block is None:
            self.counters.concealed += packet.duration
            return decoder.conceal(packet.duration)
        return self.pace.fit(block, self._target_ms())

    # -- what is known ----------------------------------------------------------------------------------------------

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550 section 6.4.1)."""
        return self._arrivals.jitter_ms

    @property
    def concealed_ms(self) -> float:
        """Sound made up for lost or late packets since the start."""
        return self.counters.concealed / _MS

    @property
    def loss_percent(self) -> float:
        """Packets lost or late in the last few seconds."""
        if not self._history:
            return 0.0
        _, received, missing = self._history[0]
        received = self.counters.received - received
        missing = self.counters.lost + self.counters.late - missing
        return min(100.0, max(0.0, 100 * missing / max(1, received + missing)))

    def close(self) -> None:
        """Free the codec; from now on there is silence."""
        self._closed = True
        self._packets.clear()
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

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

from tuiphone.media import decoders, stretch
from tuiphone.media.arrivals import Arrivals

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
_MOST_GAP = 48000
_FAR_JUMP = 3000
_SEEN = 1024
_SILENT_AFTER = 9600
_QUIET = 100.0
_OLD_SOURCE_S = 2.0
_SLACK_S = 0.1
_LEAST_SLACK_MS = 5.0
_KEPT = 9600
"""Samples left of what waits when it is too much: the last words, which shortening then catches up with."""


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
    shortened: int = 0
    """Samples taken out to give delay back."""
    lengthened: int = 0


class Playout:
    """Takes packets as they come, gives sound as it is needed; everything happens on one thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._arrivals = Arrivals()
        self._decoder: decoders.Decoder | None = None
        self.codec: str | None = None
        """Name of the codec that is being received."""
        self.counters = Counters()
        self.last_arrival: float | None = None
        self.first_heard: Callable[[], object] | None = None
        """Called once, when the first packet comes."""
        self.wait_ms = 0.0
        """How long sound waits here, on average."""
        self._ready = np.zeros(0, np.int16)
        self._source: int | None = None
        self._old_source: tuple[int, float] | None = None
        self._last_read = -1.0
        self._lost_before = 0
        self._history: deque[tuple[float, int, int]] = deque(maxlen=12)
        self._closed = False
        self._clear()

    def _clear(self) -> None:
        self._packets: dict[int, _Packet] = {}
        self._highest: tuple[int, int] | None = None
        self._seen = [-1] * _SEEN
        self._first = self._unique = 0
        self._position: int | None = None
        self._played = -1
        self._fresh = True
        self._owed = 0
        self._drought = 0
        self._fresh = False
        self._paused = False
        self._delay_ms = 0.0
        self._since_change = 0
        self._slack: deque[tuple[int, float]] = deque(maxlen=4)
        """(tenth of a second, least ms that a packet waited in it)."""

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
        packet = self._unwrapped(sequence, timestamp, duration, payload)
        if packet is None or self._arrivals.is_unrelated(packet.timestamp, now):
            self._restart()
            packet = self._unwrapped(sequence, timestamp, duration, payload)
            assert packet is not None
        self._count(packet, now)
        if packet is not None:
            self._keep(packet, now)

    def _belongs(self, codec: str, source: int, now: float) -> bool:
        """Follow the far side to another source or codec, but not back and forth."""
        if source != self._source:
            if self._old_source is not None and self._old_source[0] == source and now < self._old_source[1]:
                return False
            if self._source is not None:
                self._old_source = self._source, now + _OLD_SOURCE_S
            self._source = source
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

    def _unwrapped(self, sequence: int, timestamp: int, duration: int, payload: bytes) -> _Packet | None:
        """The packet with numbers that do not wrap around; None if they jumped too far to be of this stream."""
        assert self._decoder is not None
        if self._highest is None:
            self._first = sequence + 65536
            self._highest = self._first, timestamp
            return _Packet(self._first, timestamp * self._decoder.scale, duration, payload)
        highest, at = self._highest
        step = (sequence - highest + 32768) % 65536 - 32768
        if abs(step) > _FAR_JUMP:
            return None
        passed = (timestamp - at + (1 << 31)) % (1 << 32) - (1 << 31)
        if step > 0:
            self._highest = highest + step, at + passed
        return _Packet(highest + step, (at + passed) * self._decoder.scale, duration, payload)

    def _count(self, packet: _Packet, now: float) -> None:
        self.counters.received += 1
        if self._seen[packet.sequence % _SEEN] != packet.sequence:
            self._unique += 1
        assert self._highest is not None
        expected = self._highest[0] - self._first + 1
        self.counters.lost = self._lost_before + max(0, expected - self._unique)
        if not self._history or now - self._history[-1][0] >= 0.5:
            self._history.append((now, self.counters.received, self.counters.lost + self.counters.late))

    def _keep(self, packet: _Packet, now: float) -> None:
        """Queue the packet, unless it is a double or too late."""
        if self._seen[packet.sequence % _SEEN] == packet.sequence:
            return
        self._seen[packet.sequence % _SEEN] = packet.sequence
        late_ms = self._arrivals.add(packet.timestamp, now)
        target = round(self._target_ms() * _MS)
        if self._position is None or now - self._last_read > UNREAD_S:
            # The first packet, or nobody listens: be ready to play from here, the target behind.
            self._packets.clear()
            self._position, self._owed = packet.timestamp - target, 0
            self._played = packet.sequence - 1
            self._fresh = True
            self._delay_ms = target / _MS
            self._ready = self._ready[:0]
        if packet.timestamp < self._position or packet.sequence <= self._played:
            self.counters.late += 1
            return
        if self._owed:
            self._settle(packet)
        if len(self._packets) < PACKETS:
            self._packets[packet.sequence] = packet
        wait_ms = (packet.timestamp - self._position + len(self._ready)) / _MS
        if wait_ms > LONGEST_MS:
            self._skip(packet.timestamp - max(target, _KEPT))
            wait_ms = (packet.timestamp - self._position + len(self._ready)) / _MS
        delay = wait_ms + late_ms
        self._delay_ms += (delay - self._delay_ms) * (1 if abs(delay - self._delay_ms) > 30 else 0.25)
        self.wait_ms += (wait_ms - self.wait_ms) / 16
        tenth = int(now / _SLACK_S)
        if self._slack and self._slack[-1][0] == tenth:
            self._slack[-1] = tenth, min(wait_ms, self._slack[-1][1])
        else:
            self._slack.append((tenth, wait_ms))

    def _settle(self, packet: _Packet) -> None:
        """After a time without packets: what was made up meanwhile stands for what is missing before this one."""
        assert self._position is not None
        covered = min(self._owed, packet.timestamp - self._position)
        is_pause = packet.sequence == self._played + 1
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
        return self._arrivals.target_ms(lossy=self.loss_percent >= 0.5)

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
        if self._decoder is None or self._position is None or self._closed:
            return np.zeros(_STEP, np.int16)
        packet = self._next()
        if packet is None:
            return self._starve(self._decoder)
        gap = packet.timestamp - self._position
        if gap > _MOST_GAP:
            self._position, gap = packet.timestamp, 0
        if gap > 0:
            return self._bridge(self._decoder, packet, gap)
        return self._play(self._decoder, packet)

    def _next(self) -> _Packet | None:
        assert self._position is not None
        while self._packets:
            packet = self._packets[min(self._packets)]
            if packet.timestamp >= self._position:
                return packet
            del self._packets[packet.sequence]
            self.counters.late += 1
        return None

    def _starve(self, decoder: decoders.Decoder) -> Samples:
        """Nothing is there: make something up and see what comes."""
        self._owed += _STEP
        self._drought += _STEP
        if self._fresh or (self._drought > _SILENT_AFTER and not self._paused):
            return np.zeros(_STEP, np.int16)
        fade = 1.0 if self._paused else min(1.0, 2 - 2 * self._drought / _SILENT_AFTER)
        made = decoder.conceal(_STEP)
        return made if fade == 1.0 else np.rint(made * fade).astype(np.int16)

    def _bridge(self, decoder: decoders.Decoder, packet: _Packet, gap: int) -> Samples:
        """A packet is there, but not the one before it: time to make that up."""
        assert self._position is not None
        if self._fresh:
            self._position += gap
            return np.zeros(gap, np.int16)
        excess = round((self._delay_ms - self._target_ms()) * _MS)
        is_pause = packet.sequence == self._played + 1
        if is_pause and excess > _STEP:
            # Silence is the best place to give delay back.
            spared = min(gap, excess)
            self._position += spared
            self._delay_ms -= spared / _MS
            self.counters.shortened += spared
            gap -= spared
            if gap == 0:
                return self._play(decoder, packet)
        length = min(gap, _FRAME)
        self._position += length
        if not is_pause and length == gap:
            found = decoder.recover(packet.payload, length)
            if found is not None:
                self.counters.recovered += length
                return found
        if not is_pause:
            self.counters.concealed += length
        return decoder.conceal(length)

    def _play(self, decoder: decoders.Decoder, packet: _Packet) -> Samples:
        assert self._position is not None
        del self._packets[packet.sequence]
        self._position += packet.duration
        self._played = packet.sequence
        self._drought = 0
        self._fresh = False
        self._paused = decoder.is_pause(packet.payload)
        block = decoder.decode(packet.payload)
        if block is None:
            self.counters.concealed += packet.duration
            return decoder.conceal(packet.duration)
        return self._paced(block)

    def _paced(self, block: Samples) -> Samples:
        """Take out or put in a pitch period when sound is played too late or too early."""
        self._since_change += len(block)
        excess = self._delay_ms - self._target_ms()
        if -8 <= excess <= 12:
            return block
        hurry = abs(excess) > 60
        quiet = stretch.loudness(block) < _QUIET
        if self._since_change < (_FRAME if quiet else 2 * _FRAME if hurry else 4 * _FRAME):
            return block
        lag, likeness = stretch.period(block)
        if lag == 0 or not (quiet or hurry or likeness > 0.5):
            return block
        if excess > 0:
            # What no packet of late had to spare is not there to be given back, whatever the delay is reckoned to be.
            if lag / _MS > min(slack for _, slack in self._slack) - _LEAST_SLACK_MS:
                return block
            self._change_delay(-lag)
            self.counters.shortened += lag
            return stretch.shorter(block, lag)
        self._change_delay(lag)
        self.counters.lengthened += lag
        return stretch.longer(block, lag)

    def _change_delay(self, samples: int) -> None:
        self._since_change = 0
        self._delay_ms += samples / _MS
        self._slack = deque(((at, slack + samples / _MS) for at, slack in self._slack), maxlen=self._slack.maxlen)

    # -- what is known ----------------------------------------------------------------------------------------------

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550 section 6.4.1)."""
        return self._arrivals.jitter_ms

    @property
    def delay_ms(self) -> float:
        """How long after the fastest packet's arrival sound is played."""
        return self._delay_ms

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

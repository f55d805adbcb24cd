"""How punctually packets arrive, and how long it therefore pays to wait before their sound is played."""

from collections import deque

import numpy as np

LEAST_MS = 30.0
"""One frame of 20 ms and half a one to spare; on a quiet network that is the whole delay."""
MOST_MS = 200.0
SPARE_MS = 10.0
"""On top of what packets need; the reader comes every 10 ms."""
COPY_MS = 25.0
"""Instead of the spare, while packets get lost: the copy of a lost frame comes with the packet behind it."""

_BIN_MS = 5.0
_BINS = 81
_QUANTILE = 0.975
_FORGET = 0.998
"""Per packet; half of the memory is 7 s old."""
_BUCKET_S = 0.25
_BUCKETS = 32
_RECENT = 8
_MOVED_MS = 60.0
"""If not one packet of two seconds came sooner than this, the way has become longer and that is the new measure."""
_OUT_OF_REACH_MS = 1000.0
_TOGETHER_MS = 5.0


class Arrivals:
    """Lateness is counted from the fastest packet of the last eight seconds, so a slowly drifting clock is followed."""

    def __init__(self) -> None:
        self.jitter_ms = 0.0
        """Interarrival jitter as in RFC 3550 section 6.4.1."""
        self.restart()

    def restart(self) -> None:
        """Another stream begins: what was known of the old one's clock is void."""
        self._fastest: deque[tuple[int, float]] = deque(maxlen=_BUCKETS)
        self._base = 0.0
        self._last: tuple[float, float, float] | None = None
        """Transit, arrival and lateness (ms) of the packet before."""
        self._stalled = False
        self._histogram = np.zeros(_BINS)
        self._weight = 1.0
        self._quantile_ms = 0.0

    def is_unrelated(self, timestamp: int, arrival: float) -> bool:
        """Whether the packet's timestamp (48 kHz) and its arrival (s) have nothing to do with the ones before."""
        if not self._fastest:
            return False
        return abs(arrival * 1000 - timestamp / 48 - self._base) > _OUT_OF_REACH_MS

    def add(self, timestamp: int, arrival: float) -> float:
        """Take note of a packet; returns by how many ms it was later than the fastest."""
        transit = arrival * 1000 - timestamp / 48
        bucket = int(arrival / _BUCKET_S)
        if self._fastest and self._fastest[-1][0] == bucket:
            self._fastest[-1] = bucket, min(transit, self._fastest[-1][1])
        else:
            self._fastest.append((bucket, transit))
            while self._fastest[0][0] <= bucket - _BUCKETS:
                self._fastest.popleft()
            self._follow_the_way(bucket)
        self._base = min(fastest for _, fastest in self._fastest)
        late = transit - self._base
        if self._last is None:
            self._remember(late)
        else:
            before, arrived, lateness = self._last
            self.jitter_ms += (abs(transit - before) - self.jitter_ms) / 16
            # A network that stood still lets go of all it held at once. However many packets that were, it is one
            # event: it counts twice with the lateness of the first. So one stall costs nothing, many raise the delay.
            if arrival * 1000 - arrived < _TOGETHER_MS and late < lateness - _TOGETHER_MS:
                if not self._stalled:
                    self._remember(lateness)
                self._stalled = True
            else:
                self._stalled = False
                self._remember(late)
        self._last = transit, arrival * 1000, late
        return late

    def _follow_the_way(self, bucket: int) -> None:
        recent = [fastest for at, fastest in self._fastest if at > bucket - _RECENT]
        if self._fastest[0][0] <= bucket - _RECENT and min(recent) > self._base + _MOVED_MS:
            self._fastest = deque((entry for entry in self._fastest if entry[0] > bucket - _RECENT), maxlen=_BUCKETS)
            moved = min(_BINS - 1, int((min(recent) - self._base) / _BIN_MS))
            self._histogram = np.concatenate(
                ([self._histogram[: moved + 1].sum()], self._histogram[moved + 1 :], np.zeros(moved))
            )

    def _remember(self, late: float) -> None:
        self._weight /= _FORGET
        self._histogram[min(_BINS - 1, int(late / _BIN_MS))] += self._weight
        if self._weight > 1e9:
            self._histogram /= self._weight
            self._weight = 1.0
        cumulated = np.cumsum(self._histogram)
        place = int(np.searchsorted(cumulated, _QUANTILE * cumulated[-1]))
        self._quantile_ms = (place + 1) * _BIN_MS if place else 0.0

    def target_ms(self, *, lossy: bool) -> float:
        """How long after the fastest packet's arrival sound should be played."""
        spare = COPY_MS if lossy else SPARE_MS
        return min(MOST_MS, max(LEAST_MS, self._quantile_ms + spare))

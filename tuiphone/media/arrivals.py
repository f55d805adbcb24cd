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
_OUT_OF_REACH_MS = 1000.0


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
        self._last: float | None = None
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
        self._base = min(fastest for _, fastest in self._fastest)
        if self._last is not None:
            self.jitter_ms += (abs(transit - self._last) - self.jitter_ms) / 16
        self._last = transit
        late = transit - self._base
        self._remember(late)
        return late

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

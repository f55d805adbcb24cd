"""Remembers how good each call sounded over the last minute, a score a second."""

from collections import deque

from tuiphone.core.call import CallId
from tuiphone.core.ports import MediaStats

SECONDS = 60


class Scores:
    """Mean opinion scores by call, oldest first."""

    def __init__(self) -> None:
        self._scores: dict[CallId, deque[float | None]] = {}
        self._taken_at = float("-inf")

    def take(self, meters: dict[CallId, MediaStats], now: float) -> None:
        """Note the present scores, unless that was done less than a second ago; forget calls that are gone."""
        if 0.0 <= now - self._taken_at < 1.0:
            return
        self._taken_at = now
        for id in set(self._scores) - set(meters):
            del self._scores[id]
        for id, stats in meters.items():
            self._scores.setdefault(id, deque(maxlen=SECONDS)).append(stats.mos)

    def of(self, id: CallId) -> tuple[float | None, ...]:
        """The scores of a call."""
        return tuple(self._scores.get(id, ()))

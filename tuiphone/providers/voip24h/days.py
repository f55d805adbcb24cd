"""Which of the PBX's days a look at its list has to ask for: today, and earlier ones only while a call that began then
can be news (PROTOCOL.md section 7.4)."""

# pyright: strict

from zoneinfo import ZoneInfo

from tuiphone.providers.voip24h.moments import LATE_SECONDS, day_of, start_of

AWAY_DAYS = 7
"""How far back is looked after a pause."""
PAUSE_SECONDS = 2 * 3600.0
"""Who looked longer ago than that was away."""
SHARE = 6.0
"""A call of yesterday that is not over yet lasts as long as today at least, and the longer the rarer: yesterday is
looked at again when another sixth of the time since midnight has gone by."""


class Days:
    """What was looked at; times are seconds since the epoch."""

    def __init__(self, zone: ZoneInfo, looked_at: float | None = None) -> None:
        """`looked_at`: when it was in an earlier life."""
        self._zone = zone
        self._looked_at = looked_at
        self._far_at: float | None = None
        """When everything was looked at that could be news."""

    def since(self, now: float) -> float:
        """When the first day that has to be asked for now begins there."""
        midnight = start_of(day_of(now, self._zone), self._zone)
        looked_at = now if self._looked_at is None else min(self._looked_at, now)
        if self._far_at is None or now - looked_at > PAUSE_SECONDS:
            first = max(looked_at - LATE_SECONDS, now - AWAY_DAYS * 86_400.0)
        elif now - LATE_SECONDS < midnight and abs(now - self._far_at) >= (now - midnight) / SHARE:
            first = now - LATE_SECONDS
        else:
            first = midnight
        return min(midnight, start_of(day_of(first, self._zone), self._zone))

    def looked(self, now: float, since: float) -> None:
        """At that time the days from then on were looked at."""
        self._looked_at = now
        if since <= now - LATE_SECONDS:
            self._far_at = now

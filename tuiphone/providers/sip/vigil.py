"""Whether the server is still there: when to ask for a sign of life, when it counts as gone. No socket, no clock.

HEARD ──a third of the limit passes──> ASKED ──anything comes──> HEARD
  │                                      │
  └──doubt──> DOUBTED ──anything comes─> │ (HEARD)
                 └──its few seconds──────┴──the limit passes──> GONE
"""

# pyright: strict

DOUBT_SECONDS = 2.0
"""How long a server may take that somebody has a reason to doubt."""
LATE_SECONDS = 2.0
"""A clock that stood still for so long, because the machine or this process did, proves nothing about the server."""


class Vigil:
    """Over one connection. Times are seconds of any clock that goes evenly."""

    def __init__(self, limit: float, now: float) -> None:
        self.limit = limit
        """The longest silence that is borne."""
        self._heard_at = now
        self._asked_at: float | None = None
        self._doubt_until: float | None = None
        self._looked_at = now

    @property
    def unanswered_since(self) -> float | None:
        """When the server was asked for a sign of life that has not come."""
        return self._asked_at

    def heard(self, now: float) -> None:
        """Anything came."""
        self._heard_at = now
        self._asked_at = self._doubt_until = None

    def asked(self, now: float) -> None:
        """A sign of life was asked for."""
        if self._asked_at is None:
            self._asked_at = now

    def doubt(self, now: float, seconds: float) -> None:
        """Something happened that may have cut the line: it has to answer soon."""
        until = now + seconds
        self._doubt_until = until if self._doubt_until is None else min(until, self._doubt_until)

    def wants_to_ask(self, now: float) -> bool:
        """It is time to ask, or there is doubt."""
        is_due = now - self._heard_at >= self.limit / 3
        return self._asked_at is None and (is_due or self._doubt_until is not None)

    def is_gone(self, now: float) -> bool:
        """The server has been silent for too long; called often and evenly."""
        stood_still = now - self._looked_at - LATE_SECONDS
        self._looked_at = now
        if stood_still > 0:
            # What came meanwhile has not been read yet.
            self._heard_at += stood_still
            self._doubt_until = None if self._doubt_until is None else self._doubt_until + stood_still
            return False
        if self._doubt_until is not None and now >= self._doubt_until:
            return True
        return now - self._heard_at >= self.limit

"""What aiortc notices late or never: a far side that has fallen silent, and a way that is not found."""

SILENCE_S = 3.0
"""Without a packet of the far side, when there should be fifty a second; aiortc notices after half a minute."""
CONNECT_S = 20.0
"""For an answered call to find a way between the two sides. Without an end-of-candidates mark, which few send, aioice
looks for ever."""


class Silence:
    """Rings when packets that should come do not."""

    def __init__(self) -> None:
        self.rings = False
        self._since: float | None = None

    def look(self, now: float, *, expected: bool, last_packet: float | None) -> bool:
        """Whether it began or stopped ringing just now."""
        if not expected:
            self._since = None
        elif self._since is None:
            self._since = now
        rings = self._since is not None and now - max(self._since, last_packet or 0.0) > SILENCE_S
        changed, self.rings = rings != self.rings, rings
        return changed


class Search:
    """Gives up when no way is found."""

    def __init__(self) -> None:
        self._since: float | None = None

    def look(self, now: float, *, searching: bool) -> bool:
        """Whether it has taken too long."""
        if not searching:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since > CONNECT_S

"""What aiortc notices late or never: a far side that has fallen silent, a way that is cut, one that is not found."""

import asyncio
from collections.abc import Awaitable, Callable

SILENCE_S = 3.0
"""Without a packet of the far side, when there should be fifty a second; aiortc notices after half a minute."""
ASK_S = 3.0
"""Between two questions whether a silent far side is there at all."""
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


class Cut:
    """Of a far side that has fallen silent: whether it is there at all. `told` is told when that changes.

    whole ── silent, and no answer ──> cut ── connected and not silent, or an answer ──> whole
    """

    def __init__(self, told: Callable[[bool], None]) -> None:
        self._told = told
        self._is_cut = False
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    def look(self, now: float, *, silent: bool, connected: bool, ask: Callable[[], Awaitable[bool]]) -> None:
        """Called often; `ask` whether the far side is there."""
        if not silent:
            # Where it was asked about there is another way now, or it has been heard.
            self.close()
            if connected:
                self._set(False)
        elif self._asking is None or (self._asking.done() and now - self._asked_at >= ASK_S):
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask(ask), name="media-ask")

    async def _ask(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self._set(not await ask())

    def _set(self, is_cut: bool) -> None:
        if is_cut is not self._is_cut:
            self._is_cut = is_cut
            self._told(is_cut)

    def close(self) -> None:
        """Nothing is asked any more."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None


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

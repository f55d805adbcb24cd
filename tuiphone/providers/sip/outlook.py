"""Looks out for a server that was out of reach, so that nobody waits for a network that is there again."""

import asyncio

from tuiphone.core.ports import Memory
from tuiphone.providers.sip.link import is_no_way, is_reachable

PAUSE_SECONDS = 1.0
BENEFITS = 2
"""So often a server counts as back although nobody saw it gone: it came back while it was tried."""


class Outlook:
    """By the number of the server we were connected with last, perhaps before the phone was started."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        host, _, port = (memory.get("server") or "").partition(" ")
        self._there = (host, int(port)) if host and port.isdecimal() else None
        self._is_out_of_reach = False
        self._benefits = BENEFITS

    def begin(self) -> None:
        """The servers are tried once more."""
        self._is_out_of_reach = False

    def connected(self, there: tuple[str, int] | None) -> None:
        """A connection to this number and port stands."""
        if there is not None:
            self._there = there
            self._memory.set("server", f"{there[0]} {there[1]}")

    def registered(self) -> None:
        """And it is of use."""
        self._benefits = BENEFITS

    def failed(self, error: Exception) -> None:
        """Why a server was none."""
        self._is_out_of_reach = self._is_out_of_reach or is_no_way(error)

    async def reachable(self) -> None:
        """Return when a server that was out of reach is in reach again."""
        if not self._is_out_of_reach or self._there is None:
            await asyncio.Event().wait()
        while not await is_reachable(self._there):
            self._benefits = BENEFITS
            await asyncio.sleep(PAUSE_SECONDS)
        if self._benefits <= 0:
            # It takes connections and does nothing with them: that is no network that was away.
            await asyncio.Event().wait()
        self._benefits -= 1

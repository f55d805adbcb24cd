"""Where messages go that came, before anybody is told of them; the store's side of it is the engine's."""

from typing import Protocol

from tuiphone.core.events import TextReceived


class Inbox(Protocol):
    """Keeps messages, and tells of each by its TextReceived once it is on the disk."""

    async def keep(self, account: str, text: TextReceived, at: float) -> None:
        """On the disk when this returns, or known there already by its ref; waits its turn while many come.

        Cancelled before its turn, nothing is kept. Raises: StoreError, and nothing is kept
        """
        ...

    def take(self, account: str, text: TextReceived, at: float) -> None:
        """Keep it soon: its server does not want to know."""
        ...

    async def room(self) -> None:
        """Wait while too many wait to be written."""
        ...

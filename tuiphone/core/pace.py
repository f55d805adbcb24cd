"""Pace: what reads from a vendor's network waits while the phone is behind with what it was told before.

Known by its context: an account's keeper sets it for everything its provider starts, so that no vendor has to carry it
from its client to its sockets. TCP then slows the server down; nothing is dropped, and no queue grows without end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeAlias

Room: TypeAlias = Callable[[], Awaitable[None]]

_room: ContextVar[Room | None] = ContextVar("room", default=None)


def keep(room: Room) -> None:
    """From here on, and in all tasks begun from here, wait for this."""
    _room.set(room)


async def room() -> None:
    """Wait until the phone may be told more; at once where nobody set a pace."""
    if (wait := _room.get()) is not None:
        # Many frames may have come in one piece: what the last one began gets its turn, and so does sound.
        await asyncio.sleep(0)
        await wait()

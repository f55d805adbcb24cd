"""One thing to do at a time of the wall clock, however that clock is set meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable

CHECK_SECONDS = 5.0
"""How late it may be after the clock was set or the machine slept: a loop's timers know of neither."""


class Alarm:
    """Does `then` when the wall clock has reached a time; setting another time forgets the one before."""

    def __init__(self, then: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.time) -> None:
        self._then = then
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float | None) -> None:
        """Go off at this time, seconds since the epoch; None: never."""
        self.cancel()
        if at is not None:
            self._task = asyncio.create_task(self._wait(at), name="alarm")

    def cancel(self) -> None:
        """Do not go off."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    async def _wait(self, at: float) -> None:
        while True:
            left = at - self._clock()
            if left <= 0:
                break
            await asyncio.sleep(min(left, CHECK_SECONDS))
        await self._then()

"""A call as long as it goes on, whatever its vendor: what it is doing, what has to happen in time, its one end."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded, ProviderEvent
from tuiphone.providers.negotiation import Negotiation


class Ongoing(ABC):
    """It ends exactly once, by one CallEnded; nothing of it acts afterwards."""

    vendor: ClassVar[str]
    """For the names of tasks."""

    def __init__(self, ref: str, emit: Callable[[ProviderEvent], None]) -> None:
        self.ref = ref
        self.answered = False
        self.is_over = False
        self.negotiation = Negotiation(self.vendor)
        self._emit = emit
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    def failed(self, error: Exception) -> None:
        """Something it was doing failed, while it still went on."""

    @abstractmethod
    def forget(self) -> None:
        """It is over; whoever knows it should not any more."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something that takes time; `failed` is told what fails in it, and the end of the call ends it."""
        task = asyncio.create_task(work, name=f"{self.vendor}-call")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def in_time(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """Unless the next such call, or the end, comes first."""
        self.no_hurry()
        self._timer = asyncio.get_running_loop().call_later(seconds, otherwise)

    def no_hurry(self) -> None:
        """Nothing has to happen in time any more."""
        if self._timer is not None:
            self._timer.cancel()

    def end(self, reason: EndReason, detail: str | None = None) -> None:
        """The call is over; only the first end counts."""
        if self.is_over:
            return
        self.is_over = True
        self.no_hurry()
        self.negotiation.close()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        self.forget()
        self._emit(CallEnded(self.ref, reason, detail))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception) and not self.is_over:
            self.failed(error)

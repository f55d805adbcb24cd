"""Ledger: the state, the one queue of events that changes it, and those who are told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tuiphone.core.errors import PhoneError
from tuiphone.core.events import PhoneEvent
from tuiphone.core.introductions import introduced
from tuiphone.core.ports import Directory
from tuiphone.core.reduce import reduce
from tuiphone.core.state import PhoneState

log = logging.getLogger(__name__)

MAX_QUEUED = 512
"""Events that wait to be taken; who reads from a network waits with more, or a hang-up would come late among them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What listeners receive: an event and the state on both sides of it."""

    account: str
    event: PhoneEvent
    before: PhoneState
    after: PhoneState
    at: float
    """Seconds since the epoch."""


Listener: TypeAlias = Callable[[Change], Awaitable[None]]
Amend: TypeAlias = Callable[[str, PhoneEvent, PhoneState, float], PhoneEvent]
"""Account, event, state before it, time -> the event as it is to be taken."""
Emitted: TypeAlias = tuple[str, PhoneEvent]
"""An account, and an event of it."""
Translate: TypeAlias = Callable[[str, PhoneEvent, PhoneState, float], tuple[Emitted, ...]]
"""As Amend -> the events to be taken in its place, one after the other."""


class Ledger:
    """Takes one event after the other. Listeners are awaited in the order they were added before the next one."""

    def __init__(
        self, clock: Callable[[], float], *, before: Callable[[Change], None], after: Callable[[Change], None]
    ) -> None:
        """`before` and `after` are the phone's own: called before the listeners and after them."""
        self.state = PhoneState()
        self.clock = clock
        self.directory: Directory | None = None
        """Knows people by their addresses; what it calls them is what they are called."""
        self.translate: Translate | None = None
        """Says which events are taken in place of one that was told."""
        self.amendments: list[Amend] = []
        """Have the first word on every event, one after the other."""
        self._before = before
        self._after = after
        self._queue: asyncio.Queue[tuple[str, PhoneEvent, float]] = asyncio.Queue()
        self._has_room = asyncio.Event()
        self._is_over = False
        self._listeners: list[Listener] = []
        self._consumer: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> None:
        """Add a listener, after those already there."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to take events; needs a running loop."""
        self._consumer = asyncio.create_task(self._consume(), name="phone")
        self._consumer.add_done_callback(_stopped)

    def stop(self) -> None:
        """Take no more events."""
        self._is_over = True
        self._has_room.set()
        if self._consumer is not None:
            self._consumer.cancel()

    def emit(self, account: str, event: PhoneEvent) -> None:
        """Queue an event of this account; never waits, never calls back."""
        self._queue.put_nowait((account, event, self.clock()))

    async def room(self) -> None:
        """Wait while too much is queued; not for listeners, who are what it waits for."""
        while self._queue.qsize() >= MAX_QUEUED and not self._is_over:
            self._has_room.clear()
            await self._has_room.wait()

    async def settled(self) -> None:
        """Wait until everything that was queued is taken, and whatever followed from it."""
        await self._queue.join()

    async def _consume(self) -> None:
        while True:
            account, event, at = await self._queue.get()
            try:
                for name, told in self._translated(account, event, at):
                    await self._take(name, told, at)
            finally:
                self._queue.task_done()
                if self._queue.qsize() < MAX_QUEUED:
                    self._has_room.set()

    async def _take(self, account: str, event: PhoneEvent, at: float) -> None:
        before = self.state
        event = self._amended(account, event, at)
        self.state = reduce(before, account, event, at)
        change = Change(account, event, before, self.state, at)
        self._before(change)
        for listener in self._listeners:
            try:
                await listener(change)
            except PhoneError as error:
                log.error("%s", error)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)
        self._after(change)

    def _translated(self, account: str, event: PhoneEvent, at: float) -> tuple[Emitted, ...]:
        try:
            if self.translate is not None:
                return self.translate(account, event, self.state, at)
        except Exception:
            log.exception("what %s means could not be decided", type(event).__name__)
        return ((account, event),)

    def _amended(self, account: str, event: PhoneEvent, at: float) -> PhoneEvent:
        try:
            if self.directory is not None:
                event = introduced(event, account, self.directory)
            for amend in self.amendments:
                event = amend(account, event, self.state, at)
            return event
        except Exception:
            # As with a listener: a call that rings although it should not is better than a phone that stands still.
            log.exception("how to take %s could not be decided", type(event).__name__)
            return event


def _stopped(consumer: asyncio.Task[None]) -> None:
    if not consumer.cancelled() and (error := consumer.exception()) is not None:
        log.critical("the phone takes no events any more", exc_info=error)

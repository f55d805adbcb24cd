"""Messages that come: on the disk before anybody hears of them, many in one go, and never in the way of calls."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tuiphone.core.errors import StoreError
from tuiphone.core.events import TextReceived
from tuiphone.core.model import TextMessage
from tuiphone.store.texts import Texts, Whose

log = logging.getLogger(__name__)

MAX_WAITING = 64
"""Messages that wait to be written; with more, nothing is read from the network until the disk has taken some."""
STUCK_SECONDS = 1.0
"""A disk that takes so long for one go is not waited for: calls want to hear from the network all the same."""
MAX_BATCH = 64
"""Messages that are written in one go; a call that comes in meanwhile waits for no more than that to be on record."""
MAX_UNKEPT = 1000
"""Messages that no server keeps for us. Behind a disk that is stuck nothing is read with more; of what a full one
refused, the oldest are lost then."""
CLOSE_SECONDS = 5.0
"""How long the end of the engine waits for the disk, or for a phone that did not close in time."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A message that came, and who has to know what became of it."""

    message: TextMessage
    whose: Whose
    told: TextReceived | None = None
    """What to tell of it; nothing of a side message, which its call shows already."""
    kept: asyncio.Future[None] | None = None
    """Of those whose server wants to know."""

    @property
    def is_wanted(self) -> bool:
        """Nobody said of it that it is not kept."""
        return self.kept is None or not self.kept.done()


class Inbox:
    """Writes what comes. What cannot be is refused where its server would keep it, else written with the next."""

    def __init__(
        self,
        texts: Texts,
        *,
        tell: Callable[[str, TextReceived], None],
        written: Callable[[], Awaitable[None]],
        failed: Callable[[TextMessage], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        """`tell` of each, `written` after each go, `failed` for the newest that waits for the disk; the writer lets
        those who are told catch up (`room`)."""
        self._texts = texts
        self._tell = tell
        self._written = written
        self._failed = failed
        self._phone_has_room = room
        self._waiting: deque[Arrival] = deque()
        self._has_room = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._began_at = 0.0
        """When the last go began, by the loop's clock."""

    async def keep(self, arrival: Arrival) -> None:
        """On the disk when this returns. Raises: StoreError"""
        await self.room()
        assert arrival.kept is not None
        self.put(arrival)
        await arrival.kept

    def put(self, arrival: Arrival) -> None:
        """Write it soon."""
        self._waiting.append(arrival)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="inbox")
            self._writing.add_done_callback(self._stopped)

    async def room(self) -> None:
        """Wait while too many wait to be written, and the disk is at it."""
        while len(self._waiting) >= MAX_WAITING and self._writing is not None and not self._writing.done():
            self._has_room.clear()
            is_flood = len(self._waiting) >= MAX_UNKEPT
            try:
                async with asyncio.timeout_at(None if is_flood else self._began_at + STUCK_SECONDS):
                    await self._has_room.wait()
            except TimeoutError:
                return

    async def settled(self) -> None:
        """Wait until everything that came is written, or cannot be."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    async def close(self) -> None:
        """Write what waits, once more if need be."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.settled()
                if self._waiting:
                    self._writing = asyncio.create_task(self._write(), name="inbox")
                    await self.settled()
        except TimeoutError:
            log.error("messages could not be written in time")
        if self._waiting:
            log.error("%d messages could not be kept", len(self._waiting))

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            wanted = [arrival for arrival in batch if arrival.is_wanted]
            self._began_at = asyncio.get_running_loop().time()
            try:
                are_new = await self._texts.receive((one.message, one.whose) for one in wanted)
            except StoreError as error:
                self._refuse(wanted, error)
                return
            for arrival, is_new in zip(wanted, are_new, strict=True):
                if arrival.kept is not None and not arrival.kept.done():
                    arrival.kept.set_result(None)
                if is_new and arrival.told is not None:
                    self._tell(arrival.message.account, arrival.told)
            self._has_room.set()
            await self._written()
            await self._phone_has_room()

    def _refuse(self, batch: list[Arrival], error: StoreError) -> None:
        """Let the servers keep what they can keep; the rest waits for the next one that comes."""
        unkept: list[Arrival] = []
        for arrival in (*batch, *self._waiting):
            if arrival.kept is None:
                unkept.append(arrival)
            elif not arrival.kept.done():
                arrival.kept.set_exception(StoreError(str(error)))
        if len(unkept) > MAX_UNKEPT:
            log.error("%d messages that could not be kept are lost", len(unkept) - MAX_UNKEPT)
        self._waiting = deque(unkept[-MAX_UNKEPT:])
        if unkept:
            self._failed(unkept[-1].message)

    def _stopped(self, writing: "asyncio.Task[None]") -> None:
        self._has_room.set()
        if not writing.cancelled() and (error := writing.exception()) is not None:
            log.error("messages could not be written", exc_info=error)

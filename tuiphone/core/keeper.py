"""Keeps one account connected: growing pauses between tries, none at all after refused credentials."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuiphone.core import pace
from tuiphone.core.errors import AccessDenied, PhoneError, TryLater
from tuiphone.core.events import ConnectionChanged, Link
from tuiphone.core.pace import Room
from tuiphone.core.provider import Provider

log = logging.getLogger(__name__)

FIRST_SECONDS = 0.5
STEADY_SECONDS = 10.0
"""A link that lasted this long was a good one: the next pauses begin small again."""
LONGEST_REST_SECONDS = 600.0
"""A server is left alone for so long at most, whatever it wishes."""


@dataclass(slots=True)
class Backoff:
    """Pauses between tries that grow from half a second to a minute, each up to a quarter shorter or longer."""

    first_s: float = FIRST_SECONDS
    longest_s: float = 60.0
    tries: int = 0

    def next(self) -> float:
        """Seconds to wait before the next try."""
        pause = min(self.longest_s, self.first_s * 2.0**self.tries)
        self.tries = min(self.tries + 1, 16)
        # Many phones lose one server at the same moment; jitter keeps them from coming back as one.
        return pause * random.uniform(0.75, 1.25)


class Keeper:
    """Runs an account's provider again and again.

    CONNECTING ──run──> ONLINE ──lost──> WAITING ──pause, `retry`, or the network is there again──> CONNECTING
        └── AccessDenied ──> FAILED, until `retry`
    """

    def __init__(
        self,
        account: str,
        provider: Provider,
        emit: Callable[[str, ConnectionChanged], None],
        clock: Callable[[], float],
        *,
        room: Room | None = None,
    ) -> None:
        """`room` is waited for before each frame that is read (see `pace`)."""
        self.provider = provider
        self._room = room
        self._account = account
        self._emit = emit
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_back = asyncio.Event()
        self._pausing = False
        self._online_at: float | None = None

    def start(self) -> None:
        """Begin to connect, unless it is at it already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(), name=f"link-{self._account}")

    def retry(self) -> None:
        """Connect now: end the pause, or try again although the credentials were refused."""
        self._wake.set()
        self.start()

    def stirred(self) -> None:
        """The machine woke from sleep, or has other addresses: end the pause, or have the link looked at."""
        if self._pausing:
            self._is_back.set()
        else:
            self.provider.stirred()

    def came_online(self) -> None:
        """The provider is logged in; a link counts as steady from here, however long connecting took."""
        self._online_at = asyncio.get_running_loop().time()

    async def stop(self) -> None:
        """Let the link go."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _keep(self) -> None:
        backoff = Backoff()
        loop = asyncio.get_running_loop()
        if self._room is not None:
            pace.keep(self._room)
        while True:
            self._online_at = None
            self._tell(Link.CONNECTING)
            at_least = 0.0
            try:
                await self.provider.run()
                why = "The server closed the connection."
            except AccessDenied as error:
                log.info("%s: refused: %s", self._account, error)
                self._tell(Link.FAILED, str(error))
                return
            except PhoneError as error:
                why = str(error)
                at_least = min(error.seconds, LONGEST_REST_SECONDS) if isinstance(error, TryLater) else 0.0
            except Exception:
                log.exception("%s: the provider failed", self._account)
                why = "Something unexpected went wrong; the log has the details."
            if self._online_at is not None and loop.time() - self._online_at > STEADY_SECONDS:
                backoff.tries = 0
            pause = max(backoff.next(), at_least)
            log.info("%s: %s Next try in %.1f s", self._account, why, pause)
            self._tell(Link.WAITING, why, self._clock() + pause)
            if await self._pause(pause, is_wish=at_least > 0):
                backoff.tries = 0

    async def _pause(self, seconds: float, *, is_wish: bool) -> bool:
        """Wait; True when the network came back meanwhile. Where the pause `is_wish` of the server's, only a person
        ends it."""
        # A `retry` from before the loss is no wish to skip this pause.
        self._wake.clear()
        self._is_back.clear()
        self._pausing = True
        waiting: list[asyncio.Task[Any]] = [asyncio.create_task(self._wake.wait())]
        if not is_wish:
            waiting += [asyncio.create_task(self._is_back.wait()), asyncio.create_task(self._look())]
        try:
            done, _ = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return not done.isdisjoint(waiting[1:])
        finally:
            self._pausing = False
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _look(self) -> None:
        # A provider that is wrong about it makes no busy loop.
        await asyncio.sleep(FIRST_SECONDS)
        try:
            await self.provider.reachable()
        except Exception:
            log.exception("%s: the provider could not tell whether its server is in reach", self._account)
            await asyncio.Event().wait()

    def _tell(self, link: Link, detail: str | None = None, retry_at: float | None = None) -> None:
        self._emit(self._account, ConnectionChanged(link, detail, retry_at))

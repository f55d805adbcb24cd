"""The media of one call, one step after the other. The media engine makes and takes descriptions; calls say when."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import CallMedia, Candidate, Description, IceServer
from tuiphone.providers import sdp

log = logging.getLogger(__name__)

STEP_SECONDS = 12.0
"""How long media may take for one description; gathering addresses takes 5 s where a STUN server is silent."""
MAX_CANDIDATES = 100
"""Of the far side, in one call."""
T = TypeVar("T")


class Negotiation:
    """Takes candidates at any time, and keeps them until there is a description of the far side.

    A step that has begun runs to its end, also when nobody waits for it any more: the media engine cannot be
    interrupted while it opens its sockets. None begins after `close`.
    """

    def __init__(self, of: str) -> None:
        """`of` is the vendor's name, for the names of tasks."""
        self._task_name = f"{of}-media"
        self._media: CallMedia | None = None
        self._order = asyncio.Lock()
        self._steps: set[asyncio.Task[object]] = set()
        self._waiting: deque[Candidate] = deque()
        self._candidates = 0
        self._described = False
        self._closed = False

    @property
    def has_media(self) -> bool:
        """There is sound to make the call with."""
        return self._media is not None

    def use(self, media: CallMedia, servers: tuple[IceServer, ...], *, loopback: bool) -> None:
        """Negotiate with this; called once."""
        media.use_ice(servers, loopback=loopback)
        self._media = media

    async def offer(self, *, fresh: bool = False) -> Description:
        """Our offer, its candidates inside; over a new connection if `fresh`. Raises: NegotiationFailed"""
        return self._complete(await self._step(lambda media: media.offer(fresh=fresh)))

    async def answer(self, offer: Description) -> Description:
        """Our answer to the far side's offer, candidates inside. Raises: NegotiationFailed"""
        answer = self._complete(await self._step(lambda media: media.answer(offer)))
        self._take_candidates()
        return answer

    async def apply(self, answer: Description) -> None:
        """Take the far side's answer. Raises: NegotiationFailed"""
        await self._step(lambda media: media.apply(answer))
        self._take_candidates()

    def candidate(self, candidate: Candidate) -> None:
        """A candidate of the far side came."""
        if self._candidates >= MAX_CANDIDATES or self._closed:
            return
        self._candidates += 1
        self._waiting.append(candidate)
        if self._described:
            self._begin(self._add_waiting)

    def close(self) -> None:
        """The call is over."""
        self._closed = True
        self._waiting.clear()

    def _take_candidates(self) -> None:
        self._described = True
        if self._waiting:
            self._begin(self._add_waiting)

    async def _add_waiting(self, media: CallMedia) -> None:
        while self._waiting:
            await media.add_candidate(self._waiting.popleft())

    async def _step(self, work: Callable[[CallMedia], Awaitable[T]]) -> T:
        step = self._begin(work)
        await asyncio.wait({step})
        return step.result()

    def _begin(self, work: Callable[[CallMedia], Awaitable[T]]) -> asyncio.Task[T]:
        step = asyncio.create_task(self._run(work), name=self._task_name)
        self._steps.add(step)
        step.add_done_callback(self._done)
        return step

    async def _run(self, work: Callable[[CallMedia], Awaitable[T]]) -> T:
        async with self._order:
            if self._media is None or self._closed:
                raise NegotiationFailed("The call has no sound here, or is over.")
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    return await work(self._media)
            except TimeoutError as error:
                raise NegotiationFailed("The sound of the call took too long to set up; try again.") from error

    def _done(self, step: asyncio.Task[object]) -> None:
        self._steps.discard(step)
        if not step.cancelled() and (error := step.exception()) is not None:
            log.debug("a step of the negotiation failed: %s", error)

    def _complete(self, description: Description) -> Description:
        return Description(description.kind, sdp.with_candidates(description))

"""One of the others in a group call: subscribing to what they publish, and again when that breaks (section 8)."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol

from tuiphone.core.errors import NegotiationFailed, PhoneError, RequestTimeout
from tuiphone.core.ports import Branch, CallMedia, Candidate, Description
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.negotiation import MAX_CANDIDATES, STEP_SECONDS
from tuiphone.providers.sdp import with_candidates
from tuiphone.providers.vox import codes

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Before the next tries, in seconds; then it is given up."""
STEADY_SECONDS = 30.0
"""After which a stream that breaks has all its tries again."""


class Stage(Protocol):
    """What a subscription needs of its call."""

    @property
    def media(self) -> CallMedia:
        """What it is heard with. Raises: NegotiationFailed when the call is over."""
        ...

    def ask(self, request: str, /, **fields: Any) -> Awaitable[object]:
        """A request about this conference. Raises: ProviderError."""
        ...


class Subscription:
    """Runs for as long as somebody publishes; the call cancels it when they leave."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self._stage = stage
        self._branch: Branch | None = None
        self._offered: asyncio.Future[str] | None = None
        self._refused: asyncio.Future[None] | None = None
        self._candidates = 0

    async def run(self) -> str:
        """Hear and see them until that cannot be done any more; returns why, as a sentence."""
        loop = asyncio.get_running_loop()
        pauses = iter(PAUSES)
        while True:
            began, why = loop.time(), "the connection to them broke off."
            try:
                await self._once()
            except PhoneError as error:
                why = str(error)
            log.info("the stream of %s in a group call: %s", self.name, why)
            if loop.time() - began > STEADY_SECONDS:
                pauses = iter(PAUSES)
            if (pause := next(pauses, None)) is None:
                return why
            await asyncio.sleep(pause)

    async def _once(self) -> None:
        """Subscribe, and come back when it is lost. Raises: NegotiationFailed, ProviderError"""
        loop = asyncio.get_running_loop()
        lost = asyncio.Event()
        self._candidates = 0
        branch = self._branch = self._stage.media.branch(self.name, lost.set)
        self._offered, self._refused = loop.create_future(), loop.create_future()
        try:
            await self._stage.ask("subscribeToParticipantReq", sImlId=self.name)
            offer = await self._offer()
            answer = await _in_time(branch.answer(Description("offer", offer)))
            sdp = with_candidates(answer)
            await self._stage.ask("subscribeToParticipantViewingReq", sImlId=self.name, sSdp=sdp)
            losing = asyncio.ensure_future(lost.wait())
            try:
                await asyncio.wait({losing, self._refused}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                losing.cancel()
            if self._refused.done():
                self._refused.result()
        finally:
            self._branch = None
            for waiting in (self._offered, self._refused):
                # What nobody looked at is no fault.
                if not waiting.cancel() and not waiting.cancelled():
                    waiting.exception()
            await branch.close()

    async def _offer(self) -> str:
        assert self._offered is not None
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                return await self._offered
        except TimeoutError as error:
            raise RequestTimeout(f"Vox did not offer the sound of {self.name} in time.") from error

    # -- what the server says ---------------------------------------------------------------------------------------

    def offered(self, sdp: str, ret: int) -> None:
        """Here is what they publish; or why not. What was not asked for is nothing."""
        if self._offered is None or self._offered.done():
            return
        if codes.is_success(ret):
            self._offered.set_result(sdp)
        else:
            self._offered.set_exception(codes.failure(ret))

    def viewed(self, ret: int) -> None:
        """What became of our answer."""
        if self._refused is not None and not self._refused.done() and not codes.is_success(ret):
            self._refused.set_exception(codes.failure(ret))

    async def candidate(self, candidate: Candidate) -> None:
        """A candidate of the server came."""
        if self._branch is not None and self._candidates < MAX_CANDIDATES:
            self._candidates += 1
            await self._branch.add_candidate(candidate)


async def _in_time(answering: Coroutine[Any, Any, Description]) -> Description:
    # Not interrupted when it is too late for it, or when they leave: the media engine may be opening its sockets.
    step = asyncio.create_task(answering, name="vox-media")
    step.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    done, _ = await asyncio.wait({step}, timeout=STEP_SECONDS)
    if not done:
        raise NegotiationFailed("Their sound took too long to set up.")
    return step.result()

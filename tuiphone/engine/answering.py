"""What the phone does by itself with a call that comes in: refuse it as busy, or pick it up after a while."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallAnswered, CallStarted, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.policy import PickUp, Treatment, picks_up, treatment
from tuiphone.engine.callers import Callers
from tuiphone.engine.service import Parts
from tuiphone.media.tones import auto_answered

log = logging.getLogger(__name__)


class Answering:
    """A listener of the phone; a call that is left to a person it does not touch."""

    def __init__(self, parts: Parts, callers: Callers, *, clock: Callable[[], float] = time.time) -> None:
        self._parts = parts
        self._callers = callers
        self._clock = clock
        self._waiting: dict[CallId, asyncio.Task[None]] = {}
        """Calls that ring, and what will be done with them."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        """Two calls of the same moment must not both find that there is no other."""

    async def __call__(self, change: Change) -> None:
        """Look at what comes in, and stop waiting where somebody else was quicker."""
        for id in [id for id in self._waiting if not _is_open(change.after.call(id))]:
            self._waiting.pop(id).cancel()
        match change.event:
            case CallStarted(ref=ref, direction=CallDirection.INCOMING) if change.before is not change.after:
                call = change.after.call(CallId(change.account, ref))
                # What rings for a dial of the person's own is left to them.
                if call is not None and call.direction is CallDirection.INCOMING:
                    self._consider(call, change)
            case CallAnswered(ref) if change.before is not change.after:
                call = change.after.call(CallId(change.account, ref))
                if call is not None and call.auto_answered:
                    tone = auto_answered()
                    self._parts.mixer.play(tone, seconds=tone.seconds)
            case _:
                pass

    def _consider(self, call: Call, change: Change) -> None:
        rules = self._callers.rules
        if change.after.is_elsewhere(call) or self._parts.phone.is_wanted(call):
            return
        if treatment(change.after, call.peer, call.id.account, change.at, rules) is Treatment.REFUSE:
            self._begin(call.id, self._refuse(call.id))
        elif (how := picks_up(change.after, call, change.at, rules)) is not None:
            self._begin(call.id, self._pick_up(call.id, how))

    def _begin(self, id: CallId, work: Coroutine[Any, Any, None]) -> None:
        task = self._waiting[id] = asyncio.create_task(work, name=f"answering {id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refuse(self, id: CallId) -> None:
        log.info("%s: refused, nobody is to be disturbed", id)
        await self._try(id, self._parts.phone.reject(id))

    async def _pick_up(self, id: CallId, how: PickUp) -> None:
        await asyncio.sleep(how.after_s)
        async with self._one_at_a_time:
            state = self._parts.phone.state
            call = state.call(id)
            # Everything may be different by now, the settings too.
            now = None if call is None else picks_up(state, call, self._clock(), self._callers.rules)
            if now is None:
                return
            log.info("%s: answered by itself%s", id, ", as the caller asked" if now.asked else "")
            await self._try(id, self._parts.phone.answer(id, muted=now.muted, asked=now.asked))
            await self._parts.phone.settled()

    async def _try(self, id: CallId, work: Awaitable[None]) -> None:
        # From here on the call's own changes must not cancel what we do with it.
        self._waiting.pop(id, None)
        try:
            await work
        except PhoneError as error:
            log.warning("%s: %s", id, error)
            self._parts.phone.emit(ProviderFaulted(str(error), id.ref), account=id.account)

    async def close(self) -> None:
        """Leave everything to people."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _is_open(call: Call | None) -> bool:
    return call is not None and call.state is CallState.INCOMING

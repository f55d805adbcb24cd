"""Do not disturb, whose end outlives the engine; which screen tells of what; and the listeners of this matter."""

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Callable

from tuiphone.control import attention
from tuiphone.core.call import CallState
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallStarted, DisturbChanged, ProviderFaulted
from tuiphone.core.policy import FOREVER, Treatment, treatment
from tuiphone.core.state import PhoneState
from tuiphone.engine.alarm import Alarm
from tuiphone.engine.answering import Answering
from tuiphone.engine.callers import Callers
from tuiphone.engine.hooks import Hooks
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store.memory import AccountMemory, keep

log = logging.getLogger(__name__)

CLAIM_SECONDS = 10.0
"""How long a claim holds; every screen hears of a thing within moments."""
MAX_CLAIMS = 1000
MAX_CLAIM = 600
"""Characters of a claim."""
_PHONE, _KEY = "", "do not disturb"


class AttentionService(Service):
    """Answers what is asked of do not disturb, and looks after calls that nobody is to be disturbed by."""

    def __init__(self, parts: Parts, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parts)
        self._clock = clock
        self._alarm = Alarm(self._end, clock=clock)
        self._callers = Callers(parts)
        self._answering = Answering(parts, self._callers, clock=clock)
        profile = parts.paths.profile
        self._hooks = Hooks(
            lambda: parts.preferences.hooks,
            directory=lambda: parts.directory,
            say=lambda sentence: parts.phone.emit(ProviderFaulted(sentence)),
            environment=dict(os.environ) | ({"TUIPHONE_PROFILE": str(profile)} if profile else {}),
        )
        self._claims: dict[tuple[str, str], float] = {}
        self._changing = asyncio.Lock()

    @property
    def handlers(self) -> Handlers:
        return {attention.SetDisturb: self.set_disturb, attention.ClaimNotice: self.claim}

    async def start(self) -> None:
        """Take up do not disturb where the last engine left it."""
        phone = self.parts.phone
        phone.ring_quietly_if(self._rings_quietly)
        for listener in (self._answering, self._hooks):
            phone.listen(listener)
        await asyncio.to_thread(self._callers.load)
        kept = (await AccountMemory.load(self.parts.database, _PHONE)).get(_KEY)
        with contextlib.suppress(ValueError):
            until = float(kept or "nan")
            if self._clock() < until <= FOREVER:
                phone.emit(DisturbChanged(until))
                self._alarm.set(until)

    async def close(self) -> None:
        self._alarm.cancel()
        await self._answering.close()
        await self._hooks.close()

    # -- do not disturb -----------------------------------------------------------------------------------------

    async def set_disturb(self, command: attention.SetDisturb) -> None:
        """Begin, move or end do not disturb. Raises: NotPossible for a time that has passed; StoreError."""
        until = command.until
        if until is not None and not (math.isfinite(until) and self._clock() < until <= FOREVER):
            raise NotPossible("That time has passed; do not disturb needs one to come.")
        async with self._changing:
            await keep(self.parts.database, _PHONE, _KEY, "" if until is None else repr(until))
            self._alarm.set(until)
            self.parts.phone.emit(DisturbChanged(until))
        if until is not None:
            self._silence(until)

    async def _end(self) -> None:
        log.info("do not disturb is over")
        # What is on the disk needs no change: it is a time that has passed.
        self.parts.phone.emit(DisturbChanged(None))

    def _silence(self, until: float) -> None:
        """What rings already is part of it."""
        phone, now = self.parts.phone, self._clock()
        disturbed = PhoneState(accounts=phone.state.accounts, do_not_disturb=until)
        for call in phone.state.live_calls:
            if call.state is CallState.INCOMING and not call.silenced:
                taken = treatment(disturbed, call.peer, call.id.account, now, self._callers.rules)
                if taken is not Treatment.RING:
                    phone.silence(call.id)

    def _rings_quietly(self, account: str, event: CallStarted, state: PhoneState, at: float) -> bool:
        return treatment(state, event.peer, account, at, self._callers.rules) is not Treatment.RING

    # -- who tells ----------------------------------------------------------------------------------------------

    async def claim(self, command: attention.ClaimNotice) -> attention.Claimed:
        """Whether nobody at this place has claimed this before."""
        what = (command.what[:MAX_CLAIM], command.place[:MAX_CLAIM])
        now = time.monotonic()
        self._claims = {claim: at for claim, at in self._claims.items() if now - at < CLAIM_SECONDS}
        is_yours = what not in self._claims and len(self._claims) < MAX_CLAIMS
        if is_yours:
            self._claims[what] = now
        return attention.Claimed(is_yours)

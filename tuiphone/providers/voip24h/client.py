"""Voip24h as a provider: settings, flags and commands. PROTOCOL.md is the reference."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from zoneinfo import ZoneInfo

from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Finding
from tuiphone.core.errors import AccessDenied, ConnectionLost, RequestFailed, TryLater
from tuiphone.core.events import ConnectionChanged, Link, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address, CallRecord
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import Provider
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.unseen import Unseen
from tuiphone.providers.voip24h.backend import Backend, backend
from tuiphone.providers.voip24h.clocked import Clocked
from tuiphone.providers.voip24h.dialling import Dialling
from tuiphone.providers.voip24h.group import Group
from tuiphone.providers.voip24h.history import History
from tuiphone.providers.voip24h.numbers import reduced
from tuiphone.providers.voip24h.recordings import link_of
from tuiphone.providers.voip24h.settings import Settings as Voip24hSettings
from tuiphone.providers.voip24h.watch import Watch

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
"""Between two looks at the PBX's list."""
QUICK_SECONDS = 5.0
"""The same while the end of a call of ours is looked for."""
ATTENDED_SECONDS = 180.0
"""How long the group is looked at every minute after somebody cared, or after a call of ours."""
DOUBT_SECONDS = 600.0
"""How long a PBX that let us in before may refuse us before it is tried more seldom."""
REST_SECONDS = 300.0
"""How seldom then: its database may be away for a night."""
_PASSING = frozenset({408, 429})


class Voip24h(Provider):
    """One extension of one PBX, commanded over HTTP; its sound is a linked SIP account's, or a desk phone's."""

    name = "voip24h"
    title = "Voip24h"
    capabilities = Capability.DIAL_PHONE | Capability.HISTORY | Capability.RECORDINGS
    max_recording_bytes = 64 * 1024 * 1024
    Settings = Voip24hSettings

    def __init__(self, settings: Voip24hSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._zone = ZoneInfo(settings.timezone)
        self._backend: Backend | None = None
        self._dialling = Dialling(settings.extension, emit, is_linked=settings.linked is not None)
        self._history = History(self._zone)
        self._clock = TheirClock(f"the PBX of extension {settings.extension}", memory)
        self._unseen = Unseen(lambda sentence: emit(ProviderFaulted(sentence)))
        self._stirred = asyncio.Event()
        self._hurries = asyncio.Event()
        self._attended_until = -math.inf
        self._group: Group | None = None
        self._warned: set[str] = set()
        self._was_let_in = False
        self._refused_since: float | None = None

    @property
    def identity(self) -> str | None:
        """Our extension."""
        return self.settings.extension

    @property
    def linked_account(self) -> str | None:
        """The SIP account on the same extension."""
        return self.settings.linked

    @property
    def answers_dial(self) -> bool:
        """As the settings say."""
        return self.settings.auto_answer_dial

    async def run(self) -> None:
        """Ask the PBX something harmless, and look at its list of calls now and then until it does not answer."""
        self._warned.clear()
        self._history.forget()
        asked = Clocked(backend(self.settings, self.trace, self._warn, self._clock), self._clock)
        watch = Watch(self._zone, asked, self._dialling, self.emit, self._unseen, self._clock)
        group = Group(self._zone, asked, self.emit, self.memory, self._warn)
        try:
            await self._log_in(watch)
            self._backend, self._group = asked, group
            self.emit(ConnectionChanged(Link.ONLINE))
            await self._keep_looking(watch, group)
        except asyncio.CancelledError:
            self._dialling.give_up()
            raise
        finally:
            self._backend = self._group = None

    def stirred(self) -> None:
        """Look now."""
        self._attend()
        self._stirred.set()

    def attended(self) -> None:
        """Look at the group now, unless that was done a moment ago, and every minute for a while."""
        self._attend()
        if self._group is not None and self._group.unseen_s >= POLL_SECONDS:
            self._stirred.set()

    def _attend(self) -> None:
        self._attended_until = time.monotonic() + ATTENDED_SECONDS

    async def examine(self) -> AsyncIterator[Finding]:
        """Look at the way to the interface, and whether it takes the secret."""
        from tuiphone.providers.voip24h.examination import examine

        async for finding in examine(self.settings, self.trace):
            yield finding

    # -- commands ---------------------------------------------------------------------------------------------------

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        """Have the PBX ring our extension and then this number."""
        phone = reduced(to.text)
        ref = self._dialling.begin(self._connected(), to, phone)
        self._hurries.set()
        await self._dialling.asked(ref)
        return ref

    async def hangup(self, ref: str) -> None:
        """Be done with a call that was asked for; the PBX cannot be told."""
        self._dialling.hang_up(ref)

    async def history(self, *, before: float | None = None, limit: int = 100) -> tuple[CallRecord, ...]:
        """The calls that the PBX remembers of our extension."""
        if before is None:
            # Asked for when a call is over, which may have been somebody of the group calling back.
            self._attend()
        return await self._history.page(self._connected(), before=before, limit=limit)

    async def recording_link(self, record: CallRecord) -> str | None:
        """Where the PBX has the recording of this call."""
        return await link_of(self._connected(), record, self._dialling.called)

    # -- small things -----------------------------------------------------------------------------------------------

    async def _log_in(self, watch: Watch) -> None:
        try:
            await watch.begin()
        except RequestFailed as error:
            if self._may_pass(error.code):
                raise
            if self._was_let_in:
                raise TryLater(
                    f"{error} It let this account in before and is tried again every {REST_SECONDS / 60:.0f} minutes. "
                    "If that goes on, check the secret and the extension in the account's settings.",
                    REST_SECONDS,
                ) from error
            # The interface has one code for every refusal, and this question is one it never refuses to friends.
            raise AccessDenied(f"{error} Check the secret and the extension in the account's settings.") from error
        self._was_let_in, self._refused_since = True, None

    def _may_pass(self, code: object) -> bool:
        if isinstance(code, int) and (code >= 500 or code in _PASSING):
            return True  # a problem of its own
        if not self._was_let_in:
            return False
        # With these settings we were let in: a partner's API says the same when its database is away for a minute.
        now = time.monotonic()
        self._refused_since = now if self._refused_since is None else self._refused_since
        return now - self._refused_since < DOUBT_SECONDS

    async def _keep_looking(self, watch: Watch, group: Group) -> None:
        due = time.monotonic()
        has_just_dialled = False
        while True:
            if self._stirred.is_set() or time.monotonic() >= due:
                self._stirred.clear()
                due = time.monotonic() + POLL_SECONDS
                if group.is_due(attended=time.monotonic() < self._attended_until):
                    await group.look()
                if await watch.look():
                    self._attend()
            elif not has_just_dialled:
                await self._look_quickly(watch)
            has_just_dialled = await self._pause(due - time.monotonic())

    async def _look_quickly(self, watch: Watch) -> None:
        waiting = self._dialling.waiting
        ids = [dialled.call_id for dialled in waiting if dialled.call_id is not None]
        for call_id in ids:
            await watch.look_for(call_id)
        if len(ids) < len(waiting):
            await watch.look()

    async def _pause(self, seconds: float) -> bool:
        """Until the next look is due, soon where a call of ours has to be found; whether one was dialled meanwhile."""
        self._hurries.clear()
        if self._dialling.waiting:
            seconds = min(QUICK_SECONDS, seconds)
        waiting = [asyncio.create_task(event.wait()) for event in (self._stirred, self._hurries)]
        try:
            await asyncio.wait(waiting, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return self._hurries.is_set()

    def _connected(self) -> Backend:
        if self._backend is None:
            raise ConnectionLost("There is no connection to Voip24h at present; try again in a moment.")
        return self._backend

    def _warn(self, what: str) -> None:
        """Once for each link: a server that makes no sense does so every minute."""
        if what not in self._warned:
            self._warned.add(what)
            log.warning("%s", what)
            self.emit(ProviderFaulted(what))

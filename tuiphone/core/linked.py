"""Accounts that command a PBX and have their sound in another account: what is dialled there rings here, and is one."""

import asyncio
from collections.abc import Awaitable, Callable

from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import Action, Capability
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallEnded, CallMerged, CallSilenced, CallStarted, CallUnlinked
from tuiphone.core.ledger import Change, Ledger
from tuiphone.core.lines import Lines
from tuiphone.core.linker import Linker
from tuiphone.core.linking import WINDOW_SECONDS
from tuiphone.core.model import address_from_text
from tuiphone.core.roster import Roster
from tuiphone.core.switchboard import PathOf, Switchboard

TAKEN_OFF = "It was taken off the screen; where it goes on, hang up at your desk phone."


class Linked(Lines):
    """Commands of calls that are one with another account's, and what the phone does by itself to make them so."""

    ring_within_s = WINDOW_SECONDS
    """How long the PBX may take to ring us for what we dialled."""

    def __init__(self, ledger: Ledger, roster: Roster, switchboard: Switchboard) -> None:
        super().__init__(ledger, roster, switchboard)
        self._linker = Linker(roster, refuse=self._refuse)
        self._deadlines: dict[CallId, asyncio.TimerHandle] = {}
        """Calls that another account is to ring here for."""
        self._wanted: set[CallId] = set()
        """Calls that are picked up as soon as they ring here."""
        self._news: list[asyncio.Future[None]] = []
        """Resolved when something became of such a call."""
        ledger.translate = self._linker.translate

    async def dial(
        self,
        text: str,
        *,
        account: str | None = None,
        video: bool = False,
        caller: str | None = None,
        record: PathOf | None = None,
        camera: str | None = None,
    ) -> CallId:
        """As Commands.dial; where the PBX rings us first, the result is the call that has the sound, if it did."""
        name, to = self._roster.route(text, account)
        call = super().dial(text, account=name, video=video, caller=caller, record=record, camera=camera)
        if self._linker.linked(name, self.state) is None:
            return await call
        with self._linker.asking(name, to) as asking:
            try:
                id = await call
            finally:
                # Whether or not the PBX replied: without an end of its own the call would wait for ever.
                if asking.call is not None:
                    self._expect(asking.call)
        if asking.call is not None:
            self._linker.accepted(asking.call, self._ledger.clock())
        return await self._in_the_end(id)

    async def _in_the_end(self, id: CallId) -> CallId:
        while (call := self.state.call(id)) is not None and call.is_live and call.awaits is not None:
            news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._news.append(news)
            await news
        return id if call is None else call.id

    async def pickup(self, line: str, *, account: str | None = None) -> CallId:
        """As Lines.pickup; where the PBX sends the call here, it is picked up as soon as it rings."""
        id = await super().pickup(line, account=account)
        if (call := self.state.call(id)) is None or call.state is not CallState.INCOMING:
            return id
        return await self._pick_up_what_rings(call.id)

    async def _pick_up_what_rings(self, id: CallId) -> CallId:
        """The person wants this call: no ringer, and it is answered once the account with its sound rings."""
        self._wanted.add(id)
        try:
            self._emit(id.account, CallSilenced(id.ref))
            now = await self._in_the_end(id)
            if (call := self.state.call(now)) is not None and Action.ANSWER in self._can(call):
                await self.answer(now)
            return now
        finally:
            self._wanted.discard(id)

    def is_wanted(self, call: Call) -> bool:
        """The person took this call, which is why it rings here; whoever else decides about calls leaves it alone."""
        return call.id in self._wanted or call.control in self._wanted

    async def hangup(self, id: CallId, reason: str | None = None) -> None:
        """As Commands.hangup; a dial for which the PBX has not rung us yet is over at once, and not picked up later."""
        call = self.state.call(id)
        if call is not None and call.is_live and call.may_be_over and self.state.is_elsewhere(call):
            # Only its PBX could end it, and may have done so when nobody listened.
            return self._emit(call.id.account, CallEnded(call.id.ref, EndReason.OVER, TAKEN_OFF))
        waits = call is not None and call.is_live and call.awaits is not None
        if call is None or not waits or call.direction is CallDirection.INCOMING or reason is not None:
            return await super().hangup(id, reason)
        self._linker.cancel(call.id)
        self._emit(call.id.account, CallEnded(call.id.ref, EndReason.CANCELLED))
        # A vendor that can do nothing about it may still want to know that nobody waits any more.
        provider = self._roster.provider(call.id.account)
        await self._quietly(self._within(provider.hangup(call.id.ref)))

    def _take_dials_back(self, calls: tuple[Call, ...]) -> None:
        """Their account is switched off: what the PBX has yet to ring here for is refused, and no call of somebody."""
        for call in calls:
            if call.awaits is not None and call.direction is CallDirection.OUTGOING:
                self._linker.cancel(call.id)

    async def transfer(self, id: CallId, text: str) -> None:
        """As Commands.transfer; a call that the PBX transferred is over for that reason."""
        await self._hand_on(id, text, Capability.TRANSFER, super().transfer)

    async def forward(self, id: CallId, text: str) -> None:
        """As Commands.forward; a call that the PBX sent on was not missed."""
        await self._hand_on(id, text, Capability.FORWARD, super().forward)

    async def _hand_on(
        self, id: CallId, text: str, capability: Capability, hand_on: Callable[[CallId, str], Awaitable[None]]
    ) -> None:
        call = self.state.call(id)
        at = None if call is None else self.state.handed_on_by(call, capability)
        if call is None or at is None or at != call.control:
            return await hand_on(id, text)
        to = address_from_text(text, self._roster.provider(at.account).capabilities)
        # Beforehand: our leg may be over before the PBX has said that it did.
        self._linker.handed_on(at, to)
        try:
            await hand_on(id, text)
        except BaseException:
            self._linker.handed_on(at, None)
            raise

    # -- what follows from events -------------------------------------------------------------------------------

    def _move_what_waits(self, change: Change) -> None:
        """What is kept for a call goes with it to its other name."""
        match change.event:
            case CallMerged(ref, into):
                id = CallId(change.account, ref)
                self._switchboard.rename(id, into)
                # That it rings here is made known under the name it has now.
                if (announced := self._announced.pop(id, None)) is not None:
                    announced.set()
            case _:
                pass

    def _follow_link(self, change: Change) -> None:
        event, account = change.event, change.account
        match event:
            case CallStarted(ref, awaits=str()) if change.before is not change.after:
                self._expect(CallId(account, ref))
            case CallStarted(ref) if self._linker.takes_up(CallId(account, ref)):
                self._spawn(self._take_up(CallId(account, ref)))
            case CallMerged(ref) | CallUnlinked(ref) | CallEnded(ref):
                if (deadline := self._deadlines.pop(CallId(account, ref), None)) is not None:
                    deadline.cancel()
            case _:
                return
        news, self._news = self._news, []
        for one in news:
            if not one.done():
                one.set_result(None)

    def _expect(self, id: CallId) -> None:
        """The linked account is to ring for this call within the time from now on."""
        if (deadline := self._deadlines.pop(id, None)) is not None:
            deadline.cancel()
        call = self.state.call(id)
        if call is not None and call.is_live and call.awaits is not None and call.control is None:
            loop = asyncio.get_running_loop()
            self._deadlines[id] = loop.call_later(self.ring_within_s, self._is_late, id)

    def _is_late(self, id: CallId) -> None:
        del self._deadlines[id]
        self._emit(id.account, CallUnlinked(id.ref))

    async def _take_up(self, id: CallId) -> None:
        """The PBX rings us for what we dialled: pick up without a word, so that it goes on to whom we called."""
        call, keeper = self.state.call(id), self._roster.find(id.account)
        if call is None or not call.is_live or keeper is None:
            return
        provider = keeper.provider
        try:
            media = self._new_media(provider, video=call.video)
            if media is not None:
                self._switchboard.plug(id, media)
            await self._within(provider.ringing(id.ref, media))
            await self._within(provider.answer(id.ref))
        except PhoneError as error:
            self._emit(id.account, CallEnded(id.ref, EndReason.FAILED, str(error)))
            await self._quietly(self._within(provider.reject(id.ref)))

    def _refuse(self, id: CallId) -> None:
        if (keeper := self._roster.find(id.account)) is not None:
            self._spawn(self._quietly(self._within(keeper.provider.reject(id.ref))))

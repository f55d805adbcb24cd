"""Phone: life, accounts, and what follows from events. What a person can do is in commands.py."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tuiphone.core.call import ACCOUNT_OFF, SOUND_LOST, Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import Action, Capability
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallAnswered,
    CallEnded,
    CallForgotten,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    CallMediaChanged,
    CallStarted,
    CameraChanged,
    CameraSwitched,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    DigitsHeard,
    Link,
    PhoneEvent,
    ProviderEvent,
    ProviderFaulted,
)
from tuiphone.core.groups import Groups
from tuiphone.core.inbox import Inbox
from tuiphone.core.ledger import Change, Ledger, Listener
from tuiphone.core.model import Account, DeskCall, DeskState
from tuiphone.core.operator import Operator
from tuiphone.core.people import People
from tuiphone.core.ports import MediaChange, MediaFactory, MediaLink
from tuiphone.core.provider import Provider
from tuiphone.core.roster import Roster
from tuiphone.core.several import Several
from tuiphone.core.state import PhoneState
from tuiphone.core.switchboard import Switchboard
from tuiphone.core.trace import Trace

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 3.0
"""How long the servers have to hear of the hang-ups when the phone, or an account, is switched off."""
LEFT_SECONDS = 5.0
"""How long after the far side closed its sound its hang-up may take to come by way of the server."""
RESTORED_SECONDS = 15.0
"""How long the media of a call that its provider restored may take to connect."""
FORGET_SECONDS = 3.0
"""How long an ended call stays on the screen."""
NOBODY = ""
"""The account name of events that are the phone's own."""


class Phone(Groups, Several, People, Operator):
    """All accounts and calls. Everything that happens goes through one queue and one consumer.

    The journal comes first among the listeners, so that a call is on record before anything rings.
    """

    def __init__(self, media: MediaFactory | None = None, *, clock: Callable[[], float] = time.time) -> None:
        ledger = Ledger(clock, before=self._before_listeners, after=self._after_listeners)
        switchboard = Switchboard(media, changed=self._media_changed, emit=ledger.emit, clock=clock)
        super().__init__(ledger, Roster(ledger), switchboard)

    # -- life ---------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Add a listener, after those already there."""
        self._ledger.listen(listener)

    def keep_texts_in(self, inbox: Inbox) -> None:
        """From now on messages that come go there first, and are told of once they are kept."""
        self._roster.inbox = inbox

    async def room(self) -> None:
        """Wait while too much that was told has not been taken yet; not for listeners."""
        await self._ledger.room()

    def ring_quietly_if(self, is_quiet: Callable[[str, CallStarted, PhoneState, float], bool]) -> None:
        """Ask this of every call that comes in (its account, state and time given), before anything rings."""

        def amend(account: str, event: PhoneEvent, state: PhoneState, at: float) -> PhoneEvent:
            match event:
                case CallStarted(ref, direction=CallDirection.INCOMING):
                    known = state.call(CallId(account, ref))
                    # What the PBX rings us for because we dialled it is no call of somebody who disturbs.
                    is_ours = known is not None and known.direction is CallDirection.OUTGOING
                    is_loud = is_ours or not is_quiet(account, event, state, at)
                    return event if is_loud else replace(event, quietly=True)
                case _:
                    return event

        self._ledger.amendments.append(amend)

    def forget_missed_if(self, is_done: Callable[[str, DeskCall], bool]) -> None:
        """Ask this of every missed call of an extension group (its account given): one that is done with stays
        so, however often the server tells of it."""

        def amend(account: str, event: PhoneEvent, state: PhoneState, at: float) -> PhoneEvent:
            match event:
                case DeskCallChanged(DeskCall(state=DeskState.MISSED) as call) if is_done(account, call):
                    return DeskCallGone(call.ref)
                case _:
                    return event

        self._ledger.amendments.append(amend)

    def start(self) -> None:
        """Begin to take events; needs a running loop."""
        self._ledger.start()

    async def settled(self) -> None:
        """Wait until the state says everything that was told so far; not for listeners, who are part of that."""
        await self._ledger.settled()

    async def close(self) -> None:
        """Hang up everything, let every link go, finish what listeners have to do."""
        await self._end_all(self.state.live_calls)
        await self._roster.stop_all()
        self._call_over(self.state.live_calls, "The phone was switched off.")
        await self._ledger.settled()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._switchboard.close()
        self._ledger.stop()

    async def _end_all(self, calls: tuple[Call, ...]) -> None:
        """Tell the servers of these calls' end, as far as they listen."""
        hangups = [asyncio.ensure_future(self._quietly(self.hangup(c.id))) for c in calls if self._can_hang_up(c)]
        if hangups:
            _, late = await asyncio.wait(hangups, timeout=GOODBYE_SECONDS)
            for task in late:
                task.cancel()

    def _call_over(self, calls: tuple[Call, ...], why: str) -> None:
        for call in calls:
            reason = EndReason.MISSED if call.state is CallState.INCOMING else EndReason.HUNG_UP
            self._emit(call.id.account, CallEnded(call.id.ref, reason, why))

    def _can_hang_up(self, call: Call) -> bool:
        # Not of calls that ring here: they may go on ringing on the person's other devices.
        return self._roster.find(call.id.account) is not None and Action.HANGUP in self._can(call)

    def emit(self, event: PhoneEvent, *, account: str = NOBODY) -> None:
        """Report something that no provider does (sound, missed calls)."""
        self._emit(account, event)

    # -- accounts -----------------------------------------------------------------------------------------------

    @property
    def traces(self) -> Mapping[str, Trace]:
        """What went over the wire, by account."""
        return self._roster.traces

    def add_account(
        self, account: Account, make: Callable[[Callable[[ProviderEvent], None]], Provider], *, enabled: bool = True
    ) -> None:
        """Take in an account; `make` builds its provider from the emit function. Replaces one of the same name."""
        if (before := self._roster.find(account.name)) is not None:
            self._spawn(before.stop())
        keeper = self._roster.add(account, make)
        if enabled:
            keeper.start()
        else:
            self._emit(account.name, ConnectionChanged(Link.OFF))

    def add_broken_account(self, account: Account, problem: str) -> None:
        """Show an account whose settings cannot be used."""
        self._emit(account.name, AccountAdded(account))
        self._emit(account.name, ConnectionChanged(Link.BROKEN, problem))

    async def remove_account(self, name: str) -> None:
        """Let an account go, its calls too."""
        if self._roster.find(name) is not None:
            await self._end_all(self._calls_of(name))
            await self._roster.remove(name)
        # What its provider said last is still queued, a call that had just begun perhaps.
        await self._ledger.settled()
        self._call_over(self._calls_of(name), ACCOUNT_OFF)
        self._emit(name, AccountRemoved())
        await self._ledger.settled()

    async def switch_account(self, name: str, on: bool) -> None:
        """Connect or disconnect an account. Raises: NotPossible while it has a call that can be hung up."""
        keeper = self._roster.keeper(name)
        if on:
            keeper.start()
            return
        # A call at a desk phone is not ended from here; nobody is kept from leaving it to itself.
        if self._calls_of(name) and Capability.HANGUP in keeper.provider.capabilities:
            raise NotPossible(f"{name} has a call; hang up first.")
        self._take_dials_back(self._calls_of(name))
        await self._roster.stop(name)
        self._call_over(self._calls_of(name), ACCOUNT_OFF)

    def retry_account(self, name: str) -> None:
        """Connect now instead of after the pause, or although the credentials were refused.

        Raises: NotPossible when it is switched off.
        """
        self._roster.retry(name)

    def stirred(self) -> None:
        """The machine woke from sleep, or has other addresses: links are looked at, and those that wait try again."""
        self._roster.stirred()

    def attended(self) -> None:
        """Somebody looks at the desk; to be said every minute while they do."""
        self._roster.attended()

    def _calls_of(self, name: str) -> tuple[Call, ...]:
        return tuple(call for call in self.state.live_calls if call.id.account == name)

    # -- what follows from events -------------------------------------------------------------------------------

    def _before_listeners(self, change: Change) -> None:
        """Media follows the call; sound must not wait for the journal's disk."""
        if change.before is change.after:
            return
        self._seat_conference(change)
        self._give_way(change)
        self._move_what_waits(change)
        event, account = change.event, change.account
        match event:
            case CallStarted(ref=ref, direction=CallDirection.INCOMING):
                self._announced[CallId(account, ref)] = asyncio.Event()
            case CallStarted(ref=ref, media=media) if media is not None:
                self._switchboard.plug(CallId(account, ref), media)
            case CallAnswered(ref):
                if (media := self._switchboard.get(CallId(account, ref))) is not None:
                    media.start()
            case _:
                pass

    def _after_listeners(self, change: Change) -> None:
        self._follow_link(change)
        self._follow_taken(change)
        event, account = change.event, change.account
        match event:
            case ConnectionChanged(link=Link.ONLINE):
                if (keeper := self._roster.find(account)) is not None:
                    keeper.came_online()
            case CallStarted(ref=ref, direction=CallDirection.INCOMING):
                if change.before is not change.after:
                    self._spawn(self._ring(CallId(account, ref)))
            case CallStarted(ref=ref, video=True) if change.before.call(CallId(account, ref)) is None:
                self._emit(account, CameraSwitched(ref, on=True))
            case CallAnswered(ref):
                call = change.after.call(CallId(account, ref))
                if call is not None:
                    self._switchboard.grant(call)
                    self._hold_the_rest(call.id)
                if call is not None and call.media in (MediaLink.FAILED.value, MediaLink.CLOSED.value):
                    self._spawn(self._give_up(call.id))
            case CallEnded(ref):
                self._return_from(change, CallId(account, ref))
                self._bury(CallId(account, ref))
            case CallHeld(ref, on=False) if change.before is not change.after:
                self._hold_the_rest(CallId(account, ref))
            case CallInterrupted(ref, on=False):
                asyncio.get_running_loop().call_later(RESTORED_SECONDS, self._came_back, CallId(account, ref))
            case _:
                pass

    async def _ring(self, id: CallId) -> None:
        """The call is on record: let the far side know that it rings here."""
        call = self.state.call(id)
        keeper = self._roster.find(id.account)
        if call is None or not call.is_live or keeper is None:
            return
        media = self._new_media(keeper.provider, video=call.video)
        if media is not None:
            self._switchboard.plug(id, media)
        if (announced := self._announced.get(id)) is not None:
            # Whoever waits for it runs only after `ringing` has taken the media.
            announced.set()
        try:
            await self._within(keeper.provider.ringing(id.ref, media))
        except PhoneError as error:
            log.warning("%s: ringing: %s", id, error)
            self._emit(id.account, ProviderFaulted(str(error), id.ref))

    def _bury(self, id: CallId) -> None:
        self._answered_here.discard(id)
        self._digits.pop(id, None)
        if (announced := self._announced.pop(id, None)) is not None:
            announced.set()
        self._switchboard.unplug(id)
        asyncio.get_running_loop().call_later(FORGET_SECONDS, self._emit, id.account, CallForgotten(id.ref))

    def _media_changed(self, id: CallId, change: MediaChange) -> None:
        call = self.state.call(id)
        if call is None or not call.is_live:
            return
        if call.media != change.link.value:
            self._emit(id.account, CallMediaChanged(id.ref, change.link.value))
        if call.held_by_peer != change.held_by_peer:
            self._emit(id.account, CallHeldByPeer(id.ref, change.held_by_peer))
        if (call.cameras, call.camera_problem) != (change.cameras, change.camera_problem):
            self._emit(id.account, CameraChanged(id.ref, change.cameras, change.camera_problem))
        if change.digits:
            self._emit(id.account, DigitsHeard(id.ref, change.digits))
        if change.recording_problem is not None:
            self._switchboard.recording_failed(id, change.recording_problem)
        if change.link is MediaLink.FAILED and call.is_answered:
            self._give_up_unless_restoring(call)
        elif change.link is MediaLink.CLOSED and call.is_answered and call.media != change.link.value:
            asyncio.get_running_loop().call_later(LEFT_SECONDS, self._was_left, id)

    def _was_left(self, id: CallId) -> None:
        """With the server out of reach no word of a hang-up comes: the closed sound is all there is of it."""
        call = self.state.call(id)
        if call is not None and call.is_live and call.media == MediaLink.CLOSED.value:
            self._give_up_unless_restoring(call)

    def _came_back(self, id: CallId) -> None:
        """The provider restored the call; what broke off before it did has had its time to connect."""
        call = self.state.call(id)
        if call is not None and call.is_live and call.media in (MediaLink.FAILED.value, MediaLink.CLOSED.value):
            self._give_up_unless_restoring(call)

    def _give_up_unless_restoring(self, call: Call) -> None:
        # A call whose link is being restored gets other media with it, or its end from the provider.
        if call.reconnecting_since is None:
            self._spawn(self._give_up(call.id))

    async def _give_up(self, id: CallId) -> None:
        """The peers cannot reach each other any more: tell the server and end the call here."""
        keeper = self._roster.find(id.account)
        self._emit(id.account, CallEnded(id.ref, EndReason.LOST, SOUND_LOST))
        if keeper is not None:
            await self._quietly(self._within(keeper.provider.hangup(id.ref)))

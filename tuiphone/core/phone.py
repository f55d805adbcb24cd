"""Phone: the one queue of events, the listeners, the commands, and the keeping-up of every account's link."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import Action, Capability, allowed
from tuiphone.core.errors import (
    BadAddress,
    ConnectionLost,
    MediaError,
    NotPossible,
    PhoneError,
    ProviderError,
    RequestTimeout,
)
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallAnswered,
    CallEnded,
    CallForgotten,
    CallHeld,
    CallHeldByPeer,
    CallMediaChanged,
    CallMuted,
    CallSilenced,
    CallStarted,
    CameraSwitched,
    CommandFinished,
    CommandStarted,
    ConnectionChanged,
    Link,
    PhoneEvent,
    ProviderEvent,
    ProviderFaulted,
)
from tuiphone.core.ledger import Change, Ledger, Listener
from tuiphone.core.model import Account, address_from_text
from tuiphone.core.ports import CallMedia, MediaChange, MediaFactory, MediaLink, MediaStats
from tuiphone.core.provider import Provider
from tuiphone.core.roster import Roster
from tuiphone.core.state import PhoneState
from tuiphone.core.switchboard import PathOf, Switchboard

log = logging.getLogger(__name__)

COMMAND_SECONDS = 15.0
"""How long a command may take before the person is told."""
GOODBYE_SECONDS = 3.0
"""How long the servers have to hear of the hang-ups when the phone, or an account, is switched off."""
HOLD_SECONDS = 2.0
"""How long a server may take to hold a call that makes way for another one."""
FORGET_SECONDS = 3.0
"""How long an ended call stays on the screen."""
MAX_DTMF = 64
T = TypeVar("T")
NOBODY = ""
"""The account name of events that are the phone's own."""


class Phone:
    """All accounts and calls. Everything that happens goes through one queue and one consumer.

    The journal comes first among the listeners, so that a call is on record before anything rings.
    """

    def __init__(self, media: MediaFactory | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._ledger = Ledger(clock, before=self._before_listeners, after=self._after_listeners)
        self._emit = self._ledger.emit
        self._switchboard = Switchboard(media, changed=self._media_changed, emit=self._emit, clock=clock)
        self._roster = Roster(self._ledger)
        self._announced: dict[CallId, asyncio.Event] = {}
        """Calls that ring here: set once their provider was given the media to answer with."""
        self._answered_here: set[CallId] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def state(self) -> PhoneState:
        """The phone as it is now."""
        return self._ledger.state

    # -- life ---------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Add a listener, after those already there."""
        self._ledger.listen(listener)

    def start(self) -> None:
        """Begin to take events; needs a running loop."""
        self._ledger.start()

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

    def emit(self, event: PhoneEvent) -> None:
        """Report something that belongs to no account (sound, missed calls)."""
        self._emit(NOBODY, event)

    # -- accounts -----------------------------------------------------------------------------------------------

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
        self._call_over(self._calls_of(name), "The account was switched off.")
        self._emit(name, AccountRemoved())
        await self._ledger.settled()

    async def switch_account(self, name: str, on: bool) -> None:
        """Connect or disconnect an account. Raises: NotPossible while it has a call."""
        keeper = self._roster.keeper(name)
        if on:
            keeper.start()
            return
        if self._calls_of(name):
            raise NotPossible(f"{name} has a call; hang up first.")
        await self._roster.stop(name)

    def retry_account(self, name: str) -> None:
        """Connect now instead of after the pause, or although the credentials were refused.

        Raises: NotPossible when it is switched off.
        """
        self._roster.retry(name)

    def _calls_of(self, name: str) -> tuple[Call, ...]:
        return tuple(call for call in self.state.live_calls if call.id.account == name)

    # -- commands -----------------------------------------------------------------------------------------------

    async def dial(
        self,
        text: str,
        *,
        account: str | None = None,
        video: bool = False,
        caller: str | None = None,
        record: PathOf | None = None,
    ) -> CallId:
        """Call what was typed. `record` gives the path to record to once the call is answered.

        Raises: BadAddress, NotPossible, ConnectionLost and what the provider raises.
        """
        name, to = self._roster.route(text, account)
        provider = self._roster.online(name)
        if caller is not None and caller not in {*provider.numbers, provider.identity}:
            raise BadAddress(f"{name} cannot call from {caller}; it has {', '.join(provider.numbers) or 'no numbers'}.")
        if video and Capability.VIDEO not in provider.capabilities:
            raise NotPossible(f"{name} has no video calls.")
        await self._hold_others(None)
        provider = self._roster.provider(name)  # once more: the account may have gone meanwhile
        media = self._new_media(provider, video=video)
        try:
            ref = await self._within(provider.dial(to, video=video, caller=caller, media=media))
        except BaseException:
            if media is not None:
                self._spawn(self._switchboard.drop(media))
            raise
        id = CallId(name, ref)
        if self.state.call(id) is None:
            await self._ledger.settled()  # whoever gets the id may use it at once
        call = self.state.call(id)
        if record is not None and (call is None or call.is_live):
            self._switchboard.wish(id, record)
            if call is not None and call.is_answered:
                self._switchboard.grant(call)
        return id

    async def answer(self, id: CallId, *, video: bool = False, record: PathOf | None = None) -> None:
        """Pick up, holding other calls first; `record` gives the path to record to.

        Raises: NotPossible and what the provider raises.
        """
        call, provider = self._command(id, Action.ANSWER)
        if record is not None:
            self._switchboard.wish(id, record)
        if id in self._answered_here:
            return  # two screens, or a key that repeats
        self._answered_here.add(id)
        try:
            if (announced := self._announced.get(id)) is not None:
                await self._within(announced.wait())
                self._call(id)  # it may have ended meanwhile, and others need not be held for it
            await self._hold_others(id)
            with self._pending(call, Action.ANSWER):
                if (media := self._switchboard.get(id)) is not None:
                    media.camera(video and call.video)
                await self._within(provider.answer(id.ref, video=video))
                if video and call.video:
                    self._emit(id.account, CameraSwitched(id.ref, on=True))
        except BaseException:
            self._answered_here.discard(id)
            self._switchboard.forgo(id)
            raise

    async def reject(self, id: CallId) -> None:
        """Refuse an incoming call."""
        call, provider = self._command(id, Action.REJECT)
        with self._pending(call, Action.REJECT):
            await self._end_with(call, provider.reject(id.ref), EndReason.REJECTED)

    async def hangup(self, id: CallId) -> None:
        """End or cancel a call; it is over on this side whatever the server says. Rings here: it is rejected."""
        call = self._call(id)
        if call.state is CallState.INCOMING:
            return await self.reject(id)
        call, provider = self._command(id, Action.HANGUP)
        with self._pending(call, Action.HANGUP):
            await self._end_with(call, provider.hangup(id.ref), EndReason.HUNG_UP)

    async def hold(self, id: CallId, on: bool) -> None:
        """Hold, or resume (holding other calls first); at the vendor where it can, else here alone."""
        call = self._call(id)
        if call.state is (CallState.HELD if on else CallState.ACTIVE):
            return
        call, provider = self._command(id, Action.HOLD if on else Action.RESUME)
        if not on:
            await self._hold_others(id)
        media = self._switchboard.get(id)
        with self._pending(call, Action.HOLD if on else Action.RESUME):
            if media is not None:
                media.hold(on)
            if Capability.HOLD not in provider.capabilities:
                self._emit(id.account, CallHeld(id.ref, on))
                return
            try:
                await self._within(provider.hold(id.ref, on))
            except PhoneError as error:
                if media is not None and isinstance(error, ConnectionLost):
                    # Sound goes from peer to peer: without the server hold still works on this side, and another
                    # call can be answered.
                    self._emit(id.account, CallHeld(id.ref, on))
                    return
                if media is not None:
                    media.hold(not on)
                raise

    async def mute(self, id: CallId, on: bool) -> None:
        """Close or open the microphone."""
        _, provider = self._command(id, Action.MUTE)
        if (media := self._switchboard.get(id)) is not None:
            media.mute(on)
        self._emit(id.account, CallMuted(id.ref, on))
        if Capability.MUTE_SIGNAL in provider.capabilities:
            await self._within(provider.mute(id.ref, audio=on, video=not self._call(id).camera))

    async def camera(self, id: CallId, on: bool) -> None:
        """Send our picture or stop."""
        _, provider = self._command(id, Action.CAMERA)
        if (media := self._switchboard.get(id)) is not None:
            media.camera(on)
        self._emit(id.account, CameraSwitched(id.ref, on))
        await self._within(provider.camera(id.ref, on))

    async def dtmf(self, id: CallId, digits: str) -> None:
        """Send digits. Raises: BadAddress for anything but 0-9 * # A-D."""
        wrong = sorted(set(digits.upper()) - set("0123456789*#ABCD"))
        if not digits or wrong or len(digits) > MAX_DTMF:
            raise BadAddress(f"Digits are 0-9, *, # and A-D, at most {MAX_DTMF} at a time.")
        _, provider = self._command(id, Action.DTMF)
        if (media := self._switchboard.get(id)) is not None:
            media.press(digits)
        await self._within(provider.dtmf(id.ref, digits.upper()))

    async def transfer(self, id: CallId, text: str) -> None:
        """Blind transfer to what was typed."""
        call, provider = self._command(id, Action.TRANSFER)
        to = address_from_text(text, provider.capabilities)
        with self._pending(call, Action.TRANSFER):
            await self._within(provider.transfer(id.ref, to))

    async def send_info(self, id: CallId, payload: Any) -> None:
        """Send a side message in the call."""
        _, provider = self._command(id, Action.INFO)
        await self._within(provider.send_info(id.ref, payload))

    async def send_text(self, account: str, to: str, text: str) -> None:
        """Send a message outside calls. Raises: NotPossible when the account has none."""
        provider = self._roster.provider(account)
        if Capability.TEXT not in provider.capabilities:
            raise NotPossible(f"{account} has no text messages.")
        await self._within(provider.send_text(address_from_text(to, provider.capabilities), text))

    def silence(self, id: CallId) -> None:
        """Let the call ring on without the ringer."""
        self._command(id, Action.SILENCE)
        self._emit(id.account, CallSilenced(id.ref))

    def record(self, id: CallId, path: str) -> None:
        """Record the call from now on. Raises: NotPossible, MediaError."""
        call, _ = self._command(id, Action.RECORD)
        if call.recording is None:
            self._switchboard.record(call, path)

    async def stop_recording(self, id: CallId) -> None:
        """Finish the recording."""
        await self._switchboard.stop_recording(id)

    def meters(self) -> Iterator[tuple[CallId, MediaStats]]:
        """How the live calls sound right now."""
        return self._switchboard.meters(self.state.live_calls)

    def stats(self, id: CallId) -> MediaStats | None:
        """How this call sounds, or sounded up to its end while listeners hear of that."""
        return self._switchboard.stats(id)

    # -- what follows from events -------------------------------------------------------------------------------

    def _before_listeners(self, change: Change) -> None:
        """Media follows the call; sound must not wait for the journal's disk."""
        if change.before is change.after:
            return
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
        event, account = change.event, change.account
        match event:
            case ConnectionChanged(link=Link.ONLINE):
                if (keeper := self._roster.find(account)) is not None:
                    keeper.came_online()
            case CallStarted(ref=ref, direction=CallDirection.INCOMING):
                if change.before is not change.after:
                    self._spawn(self._ring(CallId(account, ref)))
            case CallStarted(ref=ref, video=True):
                self._emit(account, CameraSwitched(ref, on=True))
            case CallAnswered(ref):
                call = change.after.call(CallId(account, ref))
                if call is not None:
                    self._switchboard.grant(call)
                if call is not None and call.media == MediaLink.FAILED.value:
                    self._spawn(self._give_up(call.id))
            case CallEnded(ref):
                self._bury(CallId(account, ref))
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
        if (announced := self._announced.pop(id, None)) is not None:
            announced.set()
        self._switchboard.unplug(id)
        asyncio.get_running_loop().call_later(FORGET_SECONDS, self._emit, id.account, CallForgotten(id.ref))

    def _new_media(self, provider: Provider, *, video: bool) -> CallMedia | None:
        return self._switchboard.make(video=video) if Capability.MEDIA in provider.capabilities else None

    def _media_changed(self, id: CallId, change: MediaChange) -> None:
        call = self.state.call(id)
        if call is None or not call.is_live:
            return
        if call.media != change.link.value:
            self._emit(id.account, CallMediaChanged(id.ref, change.link.value))
        if call.held_by_peer != change.held_by_peer:
            self._emit(id.account, CallHeldByPeer(id.ref, change.held_by_peer))
        if change.recording_problem is not None:
            self._switchboard.recording_failed(id, change.recording_problem)
        if change.link is MediaLink.FAILED and call.is_answered:
            self._spawn(self._give_up(id))

    async def _give_up(self, id: CallId) -> None:
        """The peers cannot reach each other any more: tell the server and end the call here."""
        detail = "The sound of the other side broke off and did not come back."
        keeper = self._roster.find(id.account)
        self._emit(id.account, CallEnded(id.ref, EndReason.LOST, detail))
        if keeper is not None:
            await self._quietly(self._within(keeper.provider.hangup(id.ref)))

    # -- small things -------------------------------------------------------------------------------------------

    def _call(self, id: CallId) -> Call:
        call = self.state.call(id)
        if call is None or not call.is_live:
            raise NotPossible("That call is over.")
        return call

    def _command(self, id: CallId, action: Action) -> tuple[Call, Provider]:
        call = self._call(id)
        provider = self._roster.provider(id.account)
        if action not in allowed(call, provider.capabilities):
            raise NotPossible(_why_not(action, call, provider.capabilities))
        return call, provider

    async def _hold_others(self, id: CallId | None) -> None:
        for call in self.state.live_calls:
            keeper = self._roster.find(call.id.account)
            can_hold = keeper is not None and Action.HOLD in allowed(call, keeper.provider.capabilities)
            if call.id == id or not can_hold:
                continue
            try:
                async with asyncio.timeout(HOLD_SECONDS):
                    await self.hold(call.id, on=True)
            except (PhoneError, TimeoutError) as error:
                # Two calls must not hear the microphone at once, whatever that server has to say.
                log.warning("%s: held here only: %s", call.id, error or "no answer")
                if (media := self._switchboard.get(call.id)) is not None:
                    media.hold(True)
                self._emit(call.id.account, CallHeld(call.id.ref, on=True))

    async def _end_with(self, call: Call, command: Awaitable[None], reason: EndReason) -> None:
        """Carry out a command that ends the call; with the server out of reach the call ends here all the same."""
        try:
            await self._within(command)
        except (ProviderError, MediaError) as error:
            if not call.is_answered and call.direction is CallDirection.OUTGOING:
                reason = EndReason.CANCELLED
            detail = f"Ended here; the server could not be told: {error}"
            self._emit(call.id.account, CallEnded(call.id.ref, reason, detail))

    @contextmanager
    def _pending(self, call: Call, action: Action) -> Generator[None]:
        self._emit(call.id.account, CommandStarted(call.id.ref, action))
        try:
            yield
        finally:
            self._emit(call.id.account, CommandFinished(call.id.ref))

    async def _within(self, command: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await command
        except TimeoutError as error:
            raise RequestTimeout(
                f"The server did not answer within {COMMAND_SECONDS:.0f} seconds; try again."
            ) from error

    async def _quietly(self, command: Awaitable[Any]) -> None:
        try:
            await command
        except PhoneError as error:
            log.info("%s", error)

    def _can_hang_up(self, call: Call) -> bool:
        keeper = self._roster.find(call.id.account)
        # Not of calls that ring here: they may go on ringing on the person's other devices.
        return keeper is not None and Action.HANGUP in allowed(call, keeper.provider.capabilities)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task failed", exc_info=error)


_DEEDS = {
    Action.ANSWER: "answered",
    Action.REJECT: "rejected",
    Action.SILENCE: "silenced",
    Action.HANGUP: "hung up",
    Action.HOLD: "put on hold",
    Action.RESUME: "resumed",
    Action.MUTE: "muted",
    Action.DTMF: "sent digits",
    Action.TRANSFER: "transferred",
    Action.CAMERA: "shown a picture",
    Action.RECORD: "recorded",
    Action.INFO: "sent a side message",
}


def _why_not(action: Action, call: Call, capabilities: Capability) -> str:
    match action:
        case Action.CAMERA if Capability.VIDEO in capabilities and not call.video and call.is_answered:
            return "This is an audio call; call again with video to show a picture."
        case Action.TRANSFER if Capability.TRANSFER in capabilities and call.is_answered:
            return f"{call.id.account} can transfer calls with a telephone only, and {call.peer.text} is none."
        case _:
            return f"A call that is {call.state.value} cannot be {_DEEDS[action]} on {call.id.account}."

"""Commands: what a person can do with calls, each refused in a sentence where it makes no sense."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import ANSWER_THERE, HANG_UP_THERE, Action, Capability, allowed
from tuiphone.core.errands import Errands
from tuiphone.core.errors import (
    BadAddress,
    ConnectionLost,
    MediaError,
    NotPossible,
    PhoneError,
    ProviderError,
)
from tuiphone.core.events import (
    CallAutoAnswered,
    CallEnded,
    CallHeld,
    CallJoined,
    CallMuted,
    CallNoted,
    CallSilenced,
    CameraSwitched,
    CommandFinished,
    CommandStarted,
)
from tuiphone.core.ledger import Ledger
from tuiphone.core.model import RecordingFormat, address_from_text
from tuiphone.core.ports import CallMedia, MediaStats, View
from tuiphone.core.provider import Provider
from tuiphone.core.roster import Roster
from tuiphone.core.state import PhoneState, capabilities_of
from tuiphone.core.switchboard import PathOf, Switchboard

log = logging.getLogger(__name__)

HOLD_SECONDS = 2.0
"""How long a server may take to hold a call that makes way for another one."""
MAX_DTMF = 64
MAX_FAREWELL = 100
"""Characters; it is shown beside the name."""
DIGIT_SECONDS = 0.18
"""Between two digits: a tone and a pause that every exchange understands (ITU-T Q.24 asks for 40 ms of each)."""
PAUSE_SECONDS = 2.0
"""What a comma among the digits means."""
MAX_DTMF_SECONDS = 25.0
MAX_NOTE = 2000
"""Characters of a note."""
T = TypeVar("T")


class Commands(Errands):
    """The commands of the Phone. A command asks a provider; what comes of it is told by events."""

    def __init__(self, ledger: Ledger, roster: Roster, switchboard: Switchboard) -> None:
        self._ledger = ledger
        super().__init__(roster)
        self._emit = ledger.emit
        self._switchboard = switchboard
        self._announced: dict[CallId, asyncio.Event] = {}
        """Calls that ring here: set once their provider was given the media to answer with."""
        self._answered_here: set[CallId] = set()
        self._digits: defaultdict[CallId, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Held while digits go out, so that those typed meanwhile come after them."""
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def state(self) -> PhoneState:
        """The phone as it is now."""
        return self._ledger.state

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
        """Call what was typed. `record` gives the path to record to once the call is answered.

        `camera` says what our picture is of, in a video call.

        Raises: BadAddress, NotPossible, NoDevice, ConnectionLost and what the provider raises.
        """
        name, to = self._roster.route(text, account)
        provider = self._roster.online(name)

        def ask(provider: Provider, media: CallMedia | None) -> Awaitable[str]:
            return provider.dial(to, video=video, caller=caller, media=media, recorded=record is not None)

        if caller is not None and caller not in {*provider.numbers, provider.identity}:
            raise BadAddress(f"{name} cannot call from {caller}; it has {', '.join(provider.numbers) or 'no numbers'}.")
        return await self._begin(name, ask, video=video, record=record, camera=camera)

    async def _begin(
        self,
        name: str,
        ask: Callable[[Provider, CallMedia | None], Awaitable[str]],
        *,
        video: bool,
        record: PathOf | None,
        camera: str | None,
    ) -> CallId:
        """Hold other calls, and `ask` the account's provider for a new one with media of its own."""
        if video and Capability.VIDEO not in self._roster.provider(name).capabilities:
            raise NotPossible(f"{name} has no video calls.")
        await self._hold_others()
        provider = self._roster.provider(name)  # once more: the account may have gone meanwhile
        media = self._new_media(provider, video=video)
        try:
            if media is not None and camera is not None:
                media.switch_camera(camera)
            ref = await self._within(ask(provider, media))
        except BaseException:
            if media is not None:
                self._spawn(self._switchboard.drop(media))
            raise
        id = CallId(name, ref)
        if self.state.call(id) is None:
            await self._ledger.settled()  # whoever gets the id may use it at once
        if (call := self.state.call(id)) is not None:
            id = call.id  # it may have become another account's already
        if record is not None and (call is None or call.is_live):
            self._switchboard.wish(id, record)
            if call is not None and call.is_answered:
                self._switchboard.grant(call)
        return id

    async def answer(
        self,
        id: CallId,
        *,
        video: bool = False,
        record: PathOf | None = None,
        muted: bool | None = None,
        asked: bool = False,
        camera: str | None = None,
    ) -> None:
        """Pick up, holding other calls first; `record` gives the path to record to, `camera` what our picture is of.

        With `muted` given the phone itself picks up, with the microphone closed or not; `asked`: as the caller wants.
        Raises: NotPossible, NoDevice and what the provider raises.
        """
        call, provider = self._command(id, Action.ANSWER)
        id = call.id
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
                    if camera is not None:
                        media.switch_camera(camera)
                    if muted:
                        media.mute(True)
                if muted is not None:
                    self._emit(id.account, CallAutoAnswered(id.ref, muted, asked=asked))
                if muted:
                    await self._quietly(self._tell_of_mute(id, on=True))
                await self._within(provider.answer(id.ref, video=video))
                if video and call.video:
                    self._emit(id.account, CameraSwitched(id.ref, on=True))
        except BaseException:
            self._answered_here.discard(id)
            self._switchboard.forgo(id)
            if muted is not None:
                # Whoever picks it up now by hand wants to be heard.
                if (media := self._switchboard.get(id)) is not None:
                    media.mute(False)
                if muted:
                    self._spawn(self._quietly(self._tell_of_mute(id, on=False)))
                self._emit(id.account, CallAutoAnswered(id.ref, muted=False, on=False))
            raise

    async def reject(self, id: CallId, *, busy: bool = False) -> None:
        """Refuse an incoming call; `busy`: only for now, where the account can say so."""
        action = Action.BUSY if busy else Action.REJECT
        call, provider = self._command(id, action)
        with self._pending(call, action):
            ref = call.id.ref
            await self._end_with(call, provider.busy(ref) if busy else provider.reject(ref), EndReason.REJECTED)

    async def hangup(self, id: CallId, reason: str | None = None) -> None:
        """End or cancel a call; it is over on this side whatever the server says. Rings here: it is rejected.

        With a `reason` the far side is told it, or the call goes on where it cannot be. Raises: NotPossible
        """
        call = self._call(id)
        if reason is not None:
            reason = checked_farewell(reason)
            self._command(id, Action.FAREWELL)
        if call.state is CallState.INCOMING:
            return await self.reject(id)
        call, provider = self._command(id, Action.HANGUP)
        with self._pending(call, Action.HANGUP):
            ref = call.id.ref
            ending = provider.hangup(ref) if reason is None else provider.farewell(ref, reason)
            await self._end_with(call, ending, EndReason.HUNG_UP)

    async def hold(self, id: CallId, on: bool) -> None:
        """Hold, or resume (holding other calls first); at the vendor where it can, else here alone.

        Of a conference, holding takes one call out of it; resuming brings back all that are on hold in it.
        """
        call = self._call(id)
        id = call.id
        if call.state is (CallState.HELD if on else CallState.ACTIVE):
            return
        self._command(id, Action.HOLD if on else Action.RESUME)
        if on:
            if call.conference:
                self._emit(id.account, CallJoined(id.ref, on=False))
            return await self._set_hold(id, on=True)
        back = [other.id for other in self.state.conference] if call.conference else []
        await self._hold_others(id, *back)
        await self._set_hold(id, on=False)
        others = [self.state.call(other) for other in back if other != id]
        held = [other.id for other in others if other is not None and other.state is CallState.HELD]
        await asyncio.gather(*(self._set_hold(other, on=False) for other in held))

    async def _set_hold(self, id: CallId, on: bool) -> None:
        call, provider = self._command(id, Action.HOLD if on else Action.RESUME)
        media = self._switchboard.get(id)
        with self._pending(call, Action.HOLD if on else Action.RESUME):
            if media is not None:
                media.hold(on)
            if Capability.HOLD not in provider.capabilities or call.is_group:
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
        """Close or open the microphone; in a conference to all of it."""
        call, _ = self._command(id, Action.MUTE)
        id = call.id
        together = [other.id for other in self.state.conference] if call.conference else [id]
        for other in together:
            if (media := self._switchboard.get(other)) is not None:
                media.mute(on)
            self._emit(other.account, CallMuted(other.ref, on))
        await asyncio.gather(*(self._tell_of_mute(other, on) for other in together))

    async def _tell_of_mute(self, id: CallId, on: bool) -> None:
        provider, call = self._roster.provider(id.account), self.state.call(id)
        if call is not None and Capability.MUTE_SIGNAL in provider.capabilities:
            await self._within(provider.mute(id.ref, audio=on, video=not call.camera))

    async def camera(self, id: CallId, on: bool) -> None:
        """Send our picture or stop; in a call without one, a picture is added first, where the account can."""
        call, provider = self._command(id, Action.CAMERA)
        id = call.id
        is_added = on and not call.video
        if (media := self._switchboard.get(id)) is not None:
            media.camera(on)
        self._emit(id.account, CameraSwitched(id.ref, on))
        try:
            await self._within(provider.camera(id.ref, on))
        except BaseException:
            if is_added:
                if media is not None:
                    media.camera(False)
                self._emit(id.account, CameraSwitched(id.ref, on=False))
            raise

    async def switch_camera(self, id: CallId, name: str | None = None) -> None:
        """Show another of our cameras: the one of this name, else the next one. Raises: NotPossible, NoDevice."""
        call, _ = self._command(id, Action.SWITCH_CAMERA if name is None else Action.CAMERA)
        if not call.camera:
            raise NotPossible("Your camera is off; switch it on first.")
        if (media := self._switchboard.get(call.id)) is not None:
            media.switch_camera(name)

    async def dtmf(self, id: CallId, digits: str) -> None:
        """Send digits one after the other, at a pace that exchanges take; a comma is a pause of two seconds.

        Raises: BadAddress for anything but 0-9 * # A-D and commas, NotPossible when the call ends before the last.
        """
        wrong = sorted(set(digits.upper()) - set("0123456789*#ABCD,"))
        if not digits.strip(",") or wrong or len(digits) > MAX_DTMF:
            raise BadAddress(f"Digits are 0-9, *, # and A-D, with commas for pauses, at most {MAX_DTMF} at a time.")
        if sum(PAUSE_SECONDS if digit == "," else DIGIT_SECONDS for digit in digits) > MAX_DTMF_SECONDS:
            raise BadAddress(f"That takes longer than {MAX_DTMF_SECONDS:.0f} seconds; send it in two parts.")
        id = self._command(id, Action.DTMF)[0].id
        async with self._digits[id]:
            for digit in digits.upper():
                if digit == ",":
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                # Each time, because the call may have ended or changed meanwhile.
                _, provider = self._command(id, Action.DTMF)
                if (media := self._switchboard.get(id)) is not None:
                    media.press(digit)
                await self._within(provider.dtmf(id.ref, digit))
                await asyncio.sleep(DIGIT_SECONDS)

    async def transfer(self, id: CallId, text: str) -> None:
        """Blind transfer to what was typed."""
        call, at, provider = self._handing_on(id, Action.TRANSFER, Capability.TRANSFER)
        to = address_from_text(text, provider.capabilities)
        with self._pending(call, Action.TRANSFER):
            await self._within(provider.transfer(at.ref, to))

    async def forward(self, id: CallId, text: str) -> None:
        """Send a call that rings here on to what was typed."""
        call, at, provider = self._handing_on(id, Action.FORWARD, Capability.FORWARD)
        to = address_from_text(text, provider.capabilities)
        with self._pending(call, Action.FORWARD):
            await self._within(provider.forward(at.ref, to))

    async def send_info(self, id: CallId, payload: Any) -> None:
        """Send a side message in the call."""
        call, provider = self._command(id, Action.INFO)
        await self._within(provider.send_info(call.id.ref, payload))

    async def note(self, id: CallId, text: str) -> None:
        """Keep what the person wrote about a call, also one that has just ended; an empty text takes it back.

        Raises: NotPossible when the call is no longer known, or the text is too long.
        """
        if (call := self.state.call(id)) is None:
            raise NotPossible("That call is no longer shown; write the note in the history.")
        self._emit(call.id.account, CallNoted(call.id.ref, checked_note(text)))
        await self._ledger.settled()

    def silence(self, id: CallId) -> None:
        """Let the call ring on without the ringer."""
        call, _ = self._command(id, Action.SILENCE)
        self._emit(call.id.account, CallSilenced(call.id.ref))

    def is_to_be_recorded(self, call: Call) -> bool:
        """Whether the account's settings want this call recorded from its answer on."""
        keeper = self._roster.find(call.id.account)
        return call.direction is CallDirection.OUTGOING and keeper is not None and keeper.provider.records_calls

    def recording_format(self, call: Call) -> RecordingFormat:
        """In what this call is recorded where the person has no wish: with its picture, and as its vendor does it."""
        keeper = self._roster.find(call.id.account)
        customary = None if keeper is None else keeper.provider.recording_format
        return "webm" if call.video else customary or "ogg"

    def record(self, id: CallId, path: str) -> None:
        """Record the call from now on. Raises: NotPossible, MediaError."""
        call, _ = self._command(id, Action.RECORD)
        if call.recording is None:
            self._switchboard.record(call, path)

    async def stop_recording(self, id: CallId) -> None:
        """Finish the recording."""
        call = self.state.call(id)
        await self._switchboard.stop_recording(id if call is None else call.id)

    def meters(self) -> Iterator[tuple[CallId, MediaStats]]:
        """How the live calls sound right now."""
        return self._switchboard.meters(self.state.live_calls)

    def stats(self, id: CallId) -> MediaStats | None:
        """How this call sounds, or sounded up to its end while listeners hear of that."""
        return self._switchboard.stats(id)

    def views(self, id: CallId) -> tuple[View, ...]:
        """Who may be seen in this call; nobody once it is over."""
        return self._switchboard.views(id)

    # -- small things -------------------------------------------------------------------------------------------

    def _call(self, id: CallId) -> Call:
        call = self.state.call(id)
        if call is None or not call.is_live:
            raise NotPossible("That call is over.")
        return call

    def _command(self, id: CallId, action: Action) -> tuple[Call, Provider]:
        """The call, which may have another id by now, and the provider it is told to. Raises: NotPossible"""
        call = self._call(id)
        provider = self._roster.provider(call.id.account)
        capabilities = self._capabilities(call)
        if action not in allowed(call, capabilities):
            raise NotPossible(_why_not(action, call, capabilities))
        return call, provider

    def _handing_on(self, id: CallId, action: Action, by: Capability) -> tuple[Call, CallId, Provider]:
        """The call, and by which of its names at whom it is handed on. Raises: NotPossible, ConnectionLost"""
        call, own = self._command(id, action)
        at = self.state.handed_on_by(call, by)
        return call, at, own if at == call.id else self._roster.online(at.account)

    def _can(self, call: Call) -> frozenset[Action]:
        return allowed(call, self._capabilities(call))

    def _capabilities(self, call: Call) -> Capability:
        keepers = [self._roster.find(id.account) for id in (call.id, call.control) if id is not None]
        own, *control = [Capability(0) if keeper is None else keeper.provider.capabilities for keeper in keepers]
        return capabilities_of(call, own, *control)

    def _new_media(self, provider: Provider, *, video: bool) -> CallMedia | None:
        return self._switchboard.make(video=video) if Capability.MEDIA in provider.capabilities else None

    async def _hold_others(self, *keep: CallId) -> None:
        """Put every call on hold but these; a conference stays one, and comes back as one."""
        await asyncio.gather(*(self._hold_aside(call.id) for call in self._others_talking(keep)))

    def _others_talking(self, keep: Iterable[CallId]) -> list[Call]:
        return [call for call in self.state.live_calls if call.id not in keep and Action.HOLD in self._can(call)]

    async def _hold_aside(self, id: CallId) -> None:
        try:
            async with asyncio.timeout(HOLD_SECONDS):
                await self._set_hold(id, on=True)
        except (PhoneError, TimeoutError) as error:
            # Two calls must not hear the microphone at once, whatever that server has to say.
            log.warning("%s: held here only: %s", id, error or "no answer")
            if (media := self._switchboard.get(id)) is not None:
                media.hold(True)
            self._emit(id.account, CallHeld(id.ref, on=True))

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

    async def _quietly(self, command: Awaitable[Any]) -> None:
        try:
            await command
        except PhoneError as error:
            log.info("%s", error)

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
    Action.BUSY: "refused as busy",
    Action.FORWARD: "forwarded",
    Action.SILENCE: "silenced",
    Action.HANGUP: "hung up",
    Action.FAREWELL: "ended with a reason",
    Action.HOLD: "put on hold",
    Action.RESUME: "resumed",
    Action.MUTE: "muted",
    Action.DTMF: "sent digits",
    Action.TRANSFER: "transferred",
    Action.TRANSFER_ATTENDED: "transferred after asking",
    Action.CONFERENCE: "joined with others",
    Action.INVITE: "opened to others",
    Action.REMOVE: "closed to somebody",
    Action.CAMERA: "shown a picture",
    Action.SWITCH_CAMERA: "shown another camera",
    Action.RECORD: "recorded",
    Action.INFO: "sent a side message",
}
_ASKED = frozenset({Action.FOLLOW, Action.STAY})


def checked_note(text: str) -> str | None:
    """The note as it is kept; None for an empty one. Raises: NotPossible when it is too long."""
    kept = text.strip()
    if len(kept) > MAX_NOTE:
        raise NotPossible(f"That is {len(kept):,} characters long; a note has at most {MAX_NOTE:,}.")
    return kept or None


def checked_farewell(text: str) -> str:
    """Why a call ends, as the far side is told. Raises: NotPossible when it is no line, or too long a one."""
    said = text.strip()
    if not said or not said.isprintable():
        raise NotPossible("Say in one line of text why the call ends.")
    if len(said) > MAX_FAREWELL:
        raise NotPossible(f"That is {len(said):,} characters long; a reason has at most {MAX_FAREWELL}.")
    return said


def _why_not(action: Action, call: Call, capabilities: Capability) -> str:
    match action:
        case _ if action in _ASKED:
            return f"{call.peer.label} has not asked you to call somebody else."
        case Action.ANSWER | Action.ANSWER_VIDEO if Capability.ANSWER not in capabilities:
            return ANSWER_THERE
        case Action.REJECT if Capability.REJECT not in capabilities:
            return "Reject it at your desk phone."
        case Action.BUSY if call.state is CallState.INCOMING and Capability.REJECT in capabilities:
            return f"{call.id.account} has one way to refuse a call: reject it."
        case Action.HANGUP if Capability.HANGUP not in capabilities:
            return HANG_UP_THERE
        case Action.INVITE | Action.REMOVE if call.is_answered and not call.is_group:
            return f"{call.peer.label} is called alone; call several people together: tuiphone group NAME NAME"
        case Action.REMOVE if call.is_answered and call.direction is CallDirection.INCOMING:
            return "Only who began a group call can take somebody out of it."
        case Action.REMOVE if call.is_answered:
            return "There is nobody to be taken out; the others have not come, or have left."
        case Action.CAMERA if Capability.VIDEO in capabilities and not call.video and call.is_answered:
            return "This is an audio call; call again with video to show a picture."
        case Action.SWITCH_CAMERA if Action.CAMERA in allowed(call, capabilities):
            if not call.camera:
                return "Your camera is off; switch it on first."
            return "There is no other camera; name one, or the path of a file, in config.toml, [video] cameras."
        case Action.TRANSFER_ATTENDED if Capability.TRANSFER_ATTENDED not in capabilities:
            return f"{call.id.account} cannot ask before it transfers; transfer the call as it is."
        case Action.DTMF if Capability.DTMF_PHONE_ONLY in capabilities and call.is_answered:
            return f"{call.id.account} sends digits to telephones only, and {call.peer.text} is none."
        case Action.FAREWELL if call.state is CallState.INCOMING or call.is_group:
            which = "group call" if call.is_group else "call that rings here"
            return f"Nobody can be told why a {which} ends; hang up without a reason."
        case Action.FAREWELL if Capability.FAREWELL in capabilities:
            return f"A telephone cannot be told why a call of {call.id.account} ends; hang up without a reason."
        case Action.FAREWELL:
            return f"{call.id.account} cannot tell the far side why a call ends; hang up without a reason."
        case Action.CONFERENCE if Capability.MEDIA not in capabilities and call.is_answered:
            return f"The sound of {call.id.account} is not here, so its calls cannot be joined with others."
        case Action.TRANSFER | Action.TRANSFER_ATTENDED if Capability.TRANSFER in capabilities and call.is_answered:
            return f"{call.id.account} can transfer calls with a telephone only, and {call.peer.text} is none."
        case _:
            return f"A call that is {call.state.value} cannot be {_DEEDS[action]} on {call.id.account}."

"""Calls from user to user, audio or video (PROTOCOL.md section 4.5). Sound goes from one phone to the other."""

import uuid
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallHeldByPeer, CallRang
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia
from tuiphone.providers.vox import packets
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.incoming import IncomingCall
from tuiphone.providers.vox.mute import Mute
from tuiphone.providers.vox.outgoing import OutgoingCall
from tuiphone.providers.vox.packets import HoldNoticed, MuteKnown, MuteNoticed, OfACall, Offered, Rang, Request

if TYPE_CHECKING:
    from tuiphone.providers.vox.desk import Desk

GLARE_SECONDS = 1.0
"""Two users who call each other: how long the one call may still be answered as well, once the other was."""
SAME_MOMENT = "You called each other at the same moment, and talk in the other call."
OWN_PICTURE = "Own picture"


class AppCall(VoxCall):
    """Either direction: notices of mute and hold, and the end."""

    kind = "Vox app call"

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.notices = Mute(self)
        self.rivals = self.desk.rivals_of(self)
        """Unanswered calls between the same two users, the other way."""
        for rival in self.rivals:
            rival.rivals.append(self)

    def take(self, said: OfACall) -> None:
        """What both sides may say while the call lasts."""
        match said:
            case MuteNoticed():
                self.notices.noticed(said)
            case MuteKnown():
                self.notices.known(said)
            case HoldNoticed(on=on):
                self.desk.emit(CallHeldByPeer(self.ref, on))
            case _:
                super().take(said)

    async def mute(self, *, audio: bool, video: bool) -> None:
        """349, of what has changed; nobody waits for what comes back."""
        self.notices.set(audio=not audio, video=not video)

    async def camera(self, on: bool) -> None:
        """Media shows it, or black; the far side is told like of a mute. Raises: NotPossible"""
        if not self.video:
            raise NotPossible("This is a call without video, and Vox cannot add it to one.")
        self.notices.set(video=on)
        self.describe((OWN_PICTURE, "on" if on else "off"))

    def link_back(self) -> None:
        """What could not be said is said now."""
        super().link_back()
        self.notices.tell()

    def settle_glare(self) -> None:
        """It was answered: of two calls between the same two users one is enough.

        Both sides see them answered in the same order, the server's, and keep the later one.
        """
        for rival in self.rivals:
            if rival.answered:
                rival.leave(EndReason.HUNG_UP, SAME_MOMENT)
            elif isinstance(rival, AppCallOut) and not rival.is_over:
                rival.in_time(GLARE_SECONDS, rival.withdraw)

    def end_request(self, status: int, reason: str) -> Request:
        """199."""
        now = self.desk.now_ms()
        return packets.end(self.call_id, self.peer.text, video=self.video, now=now, status=status, reason=reason)


class AppCallOut(AppCall, OutgoingCall):
    """We call a user."""

    ring_seconds = 45.0

    def __init__(self, desk: "Desk", to: Address, *, video: bool, recorded: bool) -> None:
        super().__init__(desk, f"{uuid.uuid4()}", to, video=video)
        self.is_recorded = recorded

    def begin(self, media: CallMedia | None, *facts: tuple[str, str], caller: str | None = None) -> None:
        """Tell of the call, and offer."""
        super().begin(media, *facts, *(((OWN_PICTURE, "on"),) if self.video else ()), caller=caller)

    def start(self, sdp: str) -> Request:
        """195."""
        return packets.start(
            self.call_id,
            self.peer.text,
            video=self.video,
            sdp=sdp,
            now=self.desk.now_ms(),
            recorded=self.is_recorded,
        )

    def take(self, said: OfACall) -> None:
        """It rings there."""
        match said:
            case Rang(is_waiting=is_waiting):
                self._rings_there(is_waiting)
            case _:
                super().take(said)

    def was_answered(self) -> None:
        """They are told what was closed while it rang."""
        self.settle_glare()
        self.notices.tell()

    def _rings_there(self, is_waiting: bool) -> None:
        if self.answered or not self._offered:
            return
        if not self._rang:
            self._rang = True
            self.desk.emit(CallRang(self.ref))
        if is_waiting:
            self.describe(("Call waiting", f"{self.peer.text} is in another call"))

    def goodbye(self, status: int, reason: str) -> Request | None:
        """199, once it was offered."""
        return self.end_request(status, reason) if self._offered else None

    def withdraw(self) -> None:
        """They called us at the same moment, and that call was answered."""
        self.leave(EndReason.CANCELLED, SAME_MOMENT)


class AppCallIn(AppCall, IncomingCall):
    """A user calls us; rings on all our devices."""

    def __init__(self, desk: "Desk", offered: Offered) -> None:
        super().__init__(desk, offered, Address(AddressKind.USER, offered.caller))

    def ringing_request(self) -> Request:
        """295; that we are in another call is said in it."""
        waiting = self.desk.has_others(self)
        return packets.ringing(self.call_id, self.peer.text, video=self.video, is_waiting=waiting)

    def picked_up(self, sdp: str) -> Request:
        """197."""
        return packets.answer(self.call_id, self.peer.text, video=self.video, sdp=sdp, now=self.desk.now_ms())

    def was_taken(self, video: bool) -> None:
        """Without our picture they are told so."""
        self.settle_glare()
        if self.video:
            self.notices.set(video=video)
            self.describe((OWN_PICTURE, "on" if video else "off"))
        self.notices.tell()

    def goodbye(self, status: int, reason: str) -> Request:
        """199."""
        return self.end_request(status, reason)

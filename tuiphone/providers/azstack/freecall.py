"""Free calls: from user to user, audio or video (PROTOCOL.md section 8). Sound goes from one phone to the other."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallAnswered, CallDescribed, CallRang, CallStarted, Facts
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers import sdp
from tuiphone.providers.azstack import codes, errors, requests
from tuiphone.providers.azstack.call import NO_SOUND, UNANSWERED_SECONDS, Kind, OngoingCall
from tuiphone.providers.azstack.incoming import IncomingCall, Origin
from tuiphone.providers.azstack.messages import (
    CallMessage,
    CallNumber,
    FreeCallAnswered,
    FreeCallCandidate,
    FreeCallChanged,
    FreeCallChangedByMe,
    FreeCallStarted,
    UserInfo,
)
from tuiphone.providers.azstack.requests import Request

if TYPE_CHECKING:
    from tuiphone.providers.azstack.desk import Desk

CONNECTING, RINGING, ANSWERED, NOT_ANSWERED, BUSY, REJECTED, STOP = 100, 180, 200, 400, 600, 603, 700
NAME_SECONDS = 1.0
"""How long an incoming call waits to be told of until its caller's name is known."""
ANSWER_SECONDS = 15.0
"""Between the pick-up and the answer of the other side, which follows it (section 8.3)."""


class FreeCallOut(OngoingCall):
    """We call a user, whose number has to be asked for first."""

    kind = Kind.FREE

    def __init__(self, desk: "Desk", call_id: CallNumber, to: Address, *, video: bool) -> None:
        super().__init__(desk, call_id, to, video=video)
        self._to: int | None = None
        """The user's number, once the call was offered to them."""
        self._answer: Description | None = None
        """It came before the pick-up."""
        self._applied = False

    def begin(self, media: CallMedia | None) -> None:
        """Tell of the call, find the user and offer."""
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.OUTGOING,
                video=self.video,
                facts=self.facts(camera=True),
                media=media,
            )
        )
        if media is None:
            return self.end(EndReason.FAILED, NO_SOUND)
        self.use_media(media)
        self.in_time(self.desk.request_timeout, self._not_begun)
        self.spawn(self._invite())

    async def _invite(self) -> None:
        user = await self.desk.people.find(self.peer.text)
        if user is None:
            return self.end(EndReason.UNREACHABLE, f"AZStack knows no user {self.peer.text}. Check the name.")
        if user.user_id == self.desk.user_id:
            return self.end(EndReason.UNREACHABLE, "That is this account itself; call somebody else.")
        self.peer = _address(user)
        self.desk.emit(CallDescribed(self.ref, (("User id", f"{user.user_id}"),), peer=self.peer))
        offer = await self.negotiation.offer()
        self._to = user.user_id
        self.in_time(UNANSWERED_SECONDS, self.nobody_answered)
        self.desk.post(requests.free_start(self.call_id, to=user.user_id, video=self.video, offer=offer))

    def take(self, message: CallMessage) -> None:
        """The other user did something; 200 and the answer come in this order, but need not."""
        if self._to is None:
            return
        match message:
            case FreeCallChanged(sender=sender) if sender not in (None, self._to):
                pass
            case FreeCallChanged(status=status) if status == ANSWERED:
                self._picked_up()
            case FreeCallChanged(status=status):
                self._progressed(status)
            case FreeCallAnswered(answer=answer):
                self._answer = self._answer or answer
                self._apply()
            case FreeCallCandidate(candidate=candidate):
                self.negotiation.candidate(candidate)
            case _:
                pass

    def _progressed(self, status: int) -> None:
        if (meant := codes.free_end(status)) is not None:
            return self.end_as(meant)
        self.say(codes.FREE, status)
        if status == RINGING and not self.answered:
            self.desk.emit(CallRang(self.ref))

    def _picked_up(self) -> None:
        if self.answered:
            return
        self.answered = True
        self.in_time(ANSWER_SECONDS, self._no_answer)
        self.say(codes.FREE, ANSWERED)
        self.desk.emit(CallAnswered(self.ref))
        self._apply()

    def _apply(self) -> None:
        if self.answered and self._answer is not None and not self._applied:
            self._applied = True
            self.no_hurry()
            self.spawn(self._take_answer(self._answer))

    async def _take_answer(self, answer: Description) -> None:
        await self.negotiation.apply(answer)
        if self.video and sdp.direction(answer.sdp, "video") is None and not self.is_over:
            self.video = False
            self.desk.emit(CallDescribed(self.ref, (("Video", "the other side has none"),), video=False))

    def _no_answer(self) -> None:
        self.leave(EndReason.FAILED, "The other side picked up, but its sound was not agreed on. Call again.")

    def _not_begun(self) -> None:
        self.leave(EndReason.FAILED, str(errors.error("ERR_REQUEST_TIMEOUT")))

    def goodbye(self) -> Request | None:
        """188 status 700, to whom it was offered."""
        return None if self._to is None else requests.free_status(self.call_id, to=self._to, status=STOP)

    def link_lost(self) -> None:
        """Before it is answered, that ends the call on both sides."""
        if not self.answered:
            self.leave(EndReason.LOST, "The connection was lost before the call was answered. Call again.")


class FreeCallIn(IncomingCall):
    """A user calls us; rings on all our devices."""

    kind = Kind.FREE

    def __init__(self, desk: "Desk", started: FreeCallStarted) -> None:
        # What was announced without video gets none, whatever the description says.
        offer = started.offer if started.video else Description("offer", sdp.refuse(started.offer.sdp, "video"))
        peer = Address(AddressKind.USER, f"{started.caller}")
        super().__init__(desk, started.call_id, peer, offer, video=started.video)
        self.caller = started.caller

    @property
    def origin(self) -> Origin:
        """With the vendor's number of the caller."""
        return Kind.FREE, self.call_id, self.caller

    def begin(self) -> None:
        """Find out who calls, and tell of the call."""
        self.spawn(self._introduce())

    async def _introduce(self) -> None:
        with suppress(PhoneError, TimeoutError):
            async with asyncio.timeout(NAME_SECONDS):
                if (user := await self.desk.people.by_id(self.caller)) is not None:
                    self.peer = _address(user)
        if not self.is_over:
            self.announce()

    def take(self, message: CallMessage) -> None:
        """The caller, or another device of ours, did something."""
        match message:
            case FreeCallChanged(sender=sender) if sender not in (None, self.caller):
                pass
            case FreeCallChanged(status=status):
                if (meant := codes.free_end(status)) is not None:
                    self.caller_left("The caller gave up." if status == STOP else meant.sentence)
            case FreeCallChangedByMe(_, status):
                self.happened_elsewhere(codes.free_by_me(status), codes.FREE_BY_ME, status)
            case FreeCallCandidate(candidate=candidate):
                self.negotiation.candidate(candidate)
            case _:
                pass

    def said_of_it(self) -> Facts:
        """The vendor's number of the caller."""
        return self.facts(("User id", f"{self.caller}"))

    def say_ringing(self) -> None:
        """188 status 180."""
        self.desk.post(self._status(RINGING))

    def say_answer(self, answer: Description) -> None:
        """188 status 200, then the answer; the vendor's clients expect them in this order."""
        self.desk.post(self._status(ANSWERED))
        self.desk.post(requests.free_answer(self.call_id, to=self.caller, answer=answer))

    def say_not_answered(self) -> None:
        """188 status 400."""
        self.desk.post_last(self._status(NOT_ANSWERED))

    def goodbye(self) -> Request:
        """Hung up, or rejected."""
        return self._status(STOP if self.answered else REJECTED)

    def _status(self, status: int) -> Request:
        return requests.free_status(self.call_id, to=self.caller, status=status)


def origin(started: FreeCallStarted) -> Origin:
    """What makes it one call and not another."""
    return Kind.FREE, started.call_id, started.caller


def busy(started: FreeCallStarted) -> Request:
    """Refuse a call that is one too many."""
    return requests.free_status(started.call_id, to=started.caller, status=BUSY)


def _address(user: UserInfo) -> Address:
    name = user.fullname if user.fullname and user.fullname != user.username else None
    return Address(AddressKind.USER, user.username or f"{user.user_id}", name)

"""A call to us, from a telephone or from another user: rings here, is answered here, elsewhere or not at all."""

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.events import CallAnswered, CallStarted, Facts
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers.azstack import errors
from tuiphone.providers.azstack.call import NO_SOUND, Kind, OngoingCall
from tuiphone.providers.azstack.codes import Meaning, Table
from tuiphone.providers.azstack.messages import CallNumber

if TYPE_CHECKING:
    from tuiphone.providers.azstack.desk import Desk

Origin: TypeAlias = tuple[Kind, CallNumber, int | str]
"""What makes an incoming call one and not another: its kind, its id and its caller."""
LOST = "The connection was lost while the call rang here. The caller may try again."


class IncomingCall(OngoingCall):
    """Of either kind. Our answer is told when it has been made: until then another device may take the call."""

    def __init__(
        self, desk: "Desk", call_id: CallNumber, peer: Address, offer: Description, *, video: bool = False
    ) -> None:
        super().__init__(desk, call_id, peer, video=video)
        self.called: str | None = None
        """The number of ours that was called."""
        self.may_come_again = False
        """It ended here alone, and the server may announce it once more."""
        self._offer = offer
        self._announced = self._rings = self._answering = False

    # -- what the two kinds say differently -------------------------------------------------------------------------

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """What makes it one call and not another."""

    @abstractmethod
    def said_of_it(self) -> Facts:
        """For the call screen."""

    @abstractmethod
    def say_ringing(self) -> None:
        """Tell the caller that it rings here."""

    @abstractmethod
    def say_answer(self, answer: Description) -> None:
        """Tell the caller that we picked up."""

    @abstractmethod
    def say_not_answered(self) -> None:
        """Tell the caller that nobody did."""

    def begin(self) -> None:
        """It has just come in."""
        self.announce()

    def caller_left(self, sentence: str) -> None:
        """The caller ended the call; before it was answered, that makes it a missed one."""
        if self.answered:
            self.end(EndReason.REMOTE_HUNG_UP)
        else:
            self.end(EndReason.MISSED, sentence)

    def happened_elsewhere(self, meant: Meaning | None, table: Table, code: int) -> None:
        """Another device of ours did this; where it ends nothing it is worth a word."""
        if meant is not None:
            self.end_as(meant)
        elif self._announced:
            self.say(table, code, of="Other device")

    # -- life -------------------------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Tell of the call, once."""
        if self._announced:
            return
        self._announced = True
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.INCOMING,
                video=self.video,
                caller=self.called,
                facts=self.said_of_it(),
            )
        )
        self.in_time(self.desk.ring_seconds, self._not_answered)

    def ring(self, media: CallMedia | None) -> None:
        """It rings here; the microphone stays closed until it is answered."""
        self._rings = True
        if media is not None:
            self.use_media(media)
        self.say_ringing()

    async def answer(self, *, video: bool) -> None:
        """Pick up; what fails in it ends the call. Raises: NotPossible"""
        if self.answered or self._answering:
            raise errors.error("ERR_UNEXPECTED_DATA", "That call has been answered already.")
        if not self._rings:
            raise errors.error("ERR_UNEXPECTED_DATA", "That call is only just coming in; try again.")
        if not self.negotiation.has_media:
            return self.leave(EndReason.FAILED, NO_SOUND)
        self._answering = True
        self.no_hurry()
        await asyncio.wait({self.spawn(self._answer(video))})

    async def _answer(self, video: bool) -> None:
        answer = await self.negotiation.answer(self._offer)
        self.answered = True
        self.say_answer(answer)
        self.desk.emit(CallAnswered(self.ref))
        if self.video:
            await self.camera(video)

    async def reject(self) -> None:
        """Refuse the call."""
        self.leave(EndReason.REJECTED)
        await self.desk.flush()

    async def hangup(self) -> None:
        """End the call; one that still rings is rejected."""
        self.leave(EndReason.HUNG_UP if self.answered else EndReason.REJECTED)
        await self.desk.flush()

    def _not_answered(self) -> None:
        if not self.is_over:
            self.say_not_answered()
            self.end(EndReason.MISSED, "Nobody answered here in time.")

    def link_lost(self) -> None:
        """While it rings, that ends it here; the server may announce it again."""
        if not self.answered:
            self.may_come_again = True
            self.end(EndReason.LOST, LOST)

    def end(self, reason: EndReason, detail: str | None = None) -> None:
        """The call is over; one that nobody has been told of yet is told of first."""
        if not self.is_over:
            self.announce()
        super().end(reason, detail)

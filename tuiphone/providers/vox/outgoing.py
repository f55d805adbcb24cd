"""A call of ours, to a user or to a telephone: offered, then answered, refused or left."""

from abc import abstractmethod
from typing import ClassVar

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import RequestFailed, RequestTimeout
from tuiphone.core.events import CallAnswered, CallDescribed, CallStarted
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers import sdp
from tuiphone.providers.status import Meaning
from tuiphone.providers.vox import endings
from tuiphone.providers.vox.call import NO_SOUND, VoxCall
from tuiphone.providers.vox.packets import NO_ANSWER, Answered, Ended, OfACall, Request


class OutgoingCall(VoxCall):
    """Offers once; the first description of the far side is the answer, whenever it comes."""

    ring_seconds: ClassVar[float]
    """How long to wait for an answer."""
    is_recorded = False
    """The person has it recorded; the far side is told."""
    _offered = _applied = False
    _rang = False

    # -- what the two kinds say differently -------------------------------------------------------------------------

    @abstractmethod
    def start(self, sdp: str) -> Request:
        """What asks the server for the call."""

    # -- life -------------------------------------------------------------------------------------------------------

    def begin(self, media: CallMedia | None, *facts: tuple[str, str], caller: str | None = None) -> None:
        """Tell of the call, and offer."""
        recorded = (("Recorded by you", "they are told of it"),) if self.is_recorded else ()
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.OUTGOING,
                video=self.video,
                caller=caller,
                facts=self.facts(*facts, *recorded),
                media=media,
            )
        )
        if media is None:
            return self.end(EndReason.FAILED, NO_SOUND)
        self.spawn(self._invite(media))

    async def _invite(self, media: CallMedia) -> None:
        await self.use_media(media)
        offer = await self.negotiation.offer()
        self._offered = True
        self.in_time(self.ring_seconds, self._nobody_answered)
        try:
            await self.desk.ask(self.start(offer.sdp))
        except RequestTimeout:
            if not self._rang and not self.answered:
                raise

    def take(self, said: OfACall) -> None:
        """The server, or the far side, did something."""
        match said:
            case Answered() if not self._offered or self.answered:
                pass
            case Answered(sdp=answer):
                self._picked_up(answer)
            case _:
                super().take(said)

    def ended(self, said: Ended) -> None:
        """They hung up, or never picked up."""
        if self.answered:
            self.end(EndReason.REMOTE_HUNG_UP, endings.hung_up(said, self.peer))
        else:
            self.end_as(endings.unanswered(said, self.peer, rang=self._rang))

    def _picked_up(self, answer: str) -> None:
        if not answer and not self._applied:
            return self.bad_description("The call was answered, but its sound was not agreed on. Call again.")
        self.answered = True
        self.no_hurry()
        self.desk.emit(CallAnswered(self.ref))
        self.was_answered()
        self.apply(answer)

    def was_answered(self) -> None:
        """They picked up."""

    def apply(self, answer: str) -> None:
        """Take the first description of the far side; there is one answer to an offer."""
        if answer and not self._applied:
            self._applied = True
            self.spawn(self._take_answer(answer))

    async def _take_answer(self, answer: str) -> None:
        await self.negotiation.apply(Description("answer", answer))
        if self.video and sdp.direction(answer, "video") is None and not self.is_over:
            self.video = False
            self.desk.emit(CallDescribed(self.ref, (("Video", "the other side has none"),), video=False))

    def _nobody_answered(self) -> None:
        self.leave(EndReason.NO_ANSWER, f"Nobody answered within {self.ring_seconds:.0f} seconds.", said=NO_ANSWER)

    def refused(self, error: RequestFailed) -> Meaning:
        """The server has no such user, no credit and so on."""
        return endings.refused(error, self.peer)

    def link_lost(self) -> None:
        """Before it is answered, that ends the call on both sides."""
        if not self.answered:
            self.leave(EndReason.LOST, "The connection was lost before the call was answered. Call again.")

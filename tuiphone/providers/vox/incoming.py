"""A call to us, from a user or a telephone: rings here, is answered here, elsewhere or not at all."""

import asyncio
import logging
from abc import abstractmethod
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NotPossible, ProviderError, RequestFailed
from tuiphone.core.events import CallAnswered, CallStarted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers import sdp
from tuiphone.providers.status import Meaning
from tuiphone.providers.vox import endings
from tuiphone.providers.vox.call import NO_SOUND, VoxCall
from tuiphone.providers.vox.packets import (
    DECLINED,
    NO_ANSWER,
    USER_BUSY,
    Ended,
    HandledElsewhere,
    OfACall,
    Offered,
    Request,
)

if TYPE_CHECKING:
    from tuiphone.providers.vox.desk import Desk

log = logging.getLogger(__name__)

RING_SECONDS = 120.0
"""How long a call rings here; callers give up earlier, but nothing says that they do."""
LOST = "The connection was lost while the call rang here. The caller may try again."


class IncomingCall(VoxCall):
    """Another device of ours may take the call until the server has accepted our answer."""

    def __init__(self, desk: "Desk", offered: Offered, peer: Address) -> None:
        # What was announced without video gets none, whatever the description says.
        described = offered.sdp if offered.video else sdp.refuse(offered.sdp, "video")
        super().__init__(
            desk, offered.call_id, peer, video=offered.video and sdp.direction(described, "video") is not None
        )
        self.offered = offered
        self.may_come_again = False
        """It ended here alone, and the server may announce it once more."""
        self._offer = Description("offer", described)
        self._media: CallMedia | None = None
        self._rings = self._answering = False

    # -- what the two kinds say differently -------------------------------------------------------------------------

    def ringing_request(self) -> Request | None:
        """What tells the caller that it rings here; None where there is no such message."""
        return None

    @abstractmethod
    def picked_up(self, sdp: str) -> Request:
        """What tells the server that we answer."""

    # -- life -------------------------------------------------------------------------------------------------------

    def begin(self, *facts: tuple[str, str]) -> None:
        """Tell of the call; one that cannot be understood is over at once."""
        recorded = (("Recorded by them", "the caller says so"),) if self.offered.is_recorded else ()
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.INCOMING,
                video=self.video,
                caller=self.offered.called or None,
                facts=self.facts(*facts, *recorded),
            )
        )
        if not self._offer.sdp:
            return self.bad_description("The call came without a description of its sound that could be used.")
        self.in_time(RING_SECONDS, self._not_answered)

    def take(self, said: OfACall) -> None:
        """The caller, or another device of ours, did something."""
        match said:
            case HandledElsewhere(was_answered=was_answered):
                if not self.answered:
                    self._handled_elsewhere(was_answered)
            case _:
                super().take(said)

    def _handled_elsewhere(self, was_answered: bool) -> None:
        if was_answered:
            self.end(EndReason.ELSEWHERE)
        else:
            self.end(EndReason.REJECTED, "Declined on another device.")

    def ended(self, said: Ended) -> None:
        """Before it was answered, that makes it a missed call."""
        if self.answered:
            self.end(EndReason.REMOTE_HUNG_UP, endings.hung_up(said, self.peer))
        else:
            self.end(EndReason.MISSED, endings.gave_up(said))

    def ring(self, media: CallMedia | None) -> None:
        """It rings here; the microphone stays closed until it is answered."""
        self._rings = True
        self._media = media
        if (ringing := self.ringing_request()) is not None:
            self.desk.post(ringing)

    async def answer(self, *, video: bool) -> None:
        """Pick up; what fails in it ends the call. Raises: NotPossible, and ConnectionLost while there is no link"""
        if self.answered or self._answering:
            raise NotPossible("That call has been answered already.")
        if not self._rings:
            raise NotPossible("That call is only just coming in; try again.")
        if self._media is None:
            return self.leave(EndReason.FAILED, NO_SOUND, status=DECLINED, said=USER_BUSY)
        self.desk.session()
        self._answering = True
        self.no_hurry()
        await asyncio.wait({self.spawn(self._answer(self._media, video))})

    async def _answer(self, media: CallMedia, video: bool) -> None:
        await self.use_media(media)
        answer = await self.negotiation.answer(self._offer)
        await self.desk.ask(self.picked_up(answer.sdp))
        self.answered = True
        self.desk.emit(CallAnswered(self.ref))
        self.was_taken(video)

    def was_taken(self, video: bool) -> None:
        """It is ours; `video`: with our picture."""

    def refused(self, error: RequestFailed) -> Meaning:
        """Somebody else has it, or it is over."""
        return endings.not_ours(error)

    async def reject(self) -> None:
        """Refuse the call."""
        self.leave(EndReason.REJECTED, status=DECLINED, said=USER_BUSY)
        await self.desk.flush()

    async def hangup(self, why: str = "") -> None:
        """End the call; one that still rings is rejected."""
        if not self.answered:
            return await self.reject()
        await super().hangup(why)

    def _not_answered(self) -> None:
        self.leave(EndReason.MISSED, "Nobody answered here in time.", said=NO_ANSWER)

    def link_back(self) -> None:
        """Say once more that it rings; it may not any more."""
        if self._rings and not self.answered and not self._answering:
            self.spawn(self._ring_on())

    async def _ring_on(self) -> None:
        if (ringing := self.ringing_request()) is None:
            return
        try:
            await self.desk.ask(ringing)
        except RequestFailed:
            if not self._answering:
                self.end(EndReason.MISSED, "The call ended while the connection was lost.")
        except ProviderError as error:
            log.info("%s: does it still ring? %s", self.ref, error)

    def link_lost(self) -> None:
        """While it rings, that ends it here; the server may announce it again."""
        if self._answering and not self.answered:
            # The server may have heard that we pick up, and the caller with it.
            self.leave(EndReason.LOST, LOST)
        elif not self.answered:
            self.may_come_again = True
            self.end(EndReason.LOST, LOST)

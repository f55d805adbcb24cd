"""One Vox call that goes on: what calls to users and to telephones have in common, in both directions."""

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, MediaError, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import CallDescribed, Facts
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia
from tuiphone.providers.ongoing import Ongoing
from tuiphone.providers.status import Meaning
from tuiphone.providers.vox.packets import BAD_SDP, CandidatesCame, Ended, OfACall, Request

if TYPE_CHECKING:
    from tuiphone.providers.vox.desk import Desk

log = logging.getLogger(__name__)

NO_SOUND = "This phone has no sound to make the call with. Check microphone and speaker."


class VoxCall(Ongoing):
    """A call as long as it goes on. Who made it is in outgoing.py and incoming.py, with whom in the other two."""

    vendor = "vox"
    kind: ClassVar[str]
    """The vendor's word for calls of this kind."""

    def __init__(self, desk: "Desk", call_id: str, peer: Address, *, video: bool = False) -> None:
        super().__init__(desk.ref_of(call_id), desk.emit)
        self.desk = desk
        self.call_id = call_id
        self.peer = peer
        self.video = video

    # -- what happens to it -----------------------------------------------------------------------------------------

    def take(self, said: OfACall) -> None:
        """Something was said of this call."""
        match said:
            case CandidatesCame(candidates=candidates):
                for candidate in candidates:
                    self.negotiation.candidate(candidate)
            case Ended():
                self.ended(said)
            case _:
                log.debug("%s: %s says nothing here", self.ref, type(said).__name__)

    @abstractmethod
    def ended(self, said: Ended) -> None:
        """The far side, or the server, ended it."""

    @abstractmethod
    def goodbye(self, status: int, reason: str) -> Request | None:
        """What tells the far side that we end the call as it is now; None when it knows of none."""

    @abstractmethod
    def link_lost(self) -> None:
        """The connection to the server is gone for good, or was when it mattered: only an answered call goes on."""

    def link_back(self) -> None:
        """There is a connection again."""

    @abstractmethod
    def refused(self, error: RequestFailed) -> Meaning:
        """How it ends when the server refuses what the call needs."""

    # -- commands ---------------------------------------------------------------------------------------------------

    def ring(self, media: CallMedia | None) -> None:
        """It rings here: of incoming calls only."""

    async def answer(self, *, video: bool) -> None:
        """Pick up. Raises: NotPossible"""
        raise NotPossible("That call is one of ours; there is nothing to answer.")

    async def reject(self) -> None:
        """Refuse. Raises: NotPossible"""
        raise NotPossible("That call is one of ours; hang up instead.")

    async def hangup(self, why: str = "") -> None:
        """End or cancel the call; it is over here in any case. Users are told why."""
        self.leave(EndReason.HUNG_UP if self.answered else EndReason.CANCELLED, said=why)
        await self.desk.flush()

    async def mute(self, *, audio: bool, video: bool) -> None:
        """Tell the far side what it no longer gets of us, where there is a message for that."""

    async def camera(self, on: bool) -> None:
        """Our picture starts or stops. Raises: NotPossible"""
        raise NotPossible("This is a call without video, and Vox cannot add it to one.")

    async def dtmf(self, digit: str) -> None:
        """Send a digit. Raises: NotPossible, ProviderError"""
        raise NotPossible(f"Vox sends digits to telephones only, and {self.peer.text} is none.")

    # -- for all kinds ----------------------------------------------------------------------------------------------

    async def use_media(self, media: CallMedia) -> None:
        """Negotiate with this; which servers help with that may have to be waited for."""
        self.negotiation.use(media, await self.desk.ice_servers(), loopback=self.desk.is_loopback)

    def leave(self, reason: EndReason, detail: str | None = None, *, status: int = 0, said: str = "") -> None:
        """End the call and tell the far side, with a reason of the vendor's kind where there is one."""
        if self.is_over:
            return
        if (goodbye := self.goodbye(status, said)) is not None:
            self.desk.post_last(goodbye)
        self.end(reason, detail)

    def end_as(self, meant: Meaning) -> None:
        """It ended there; how is known."""
        self.end(meant.reason, meant.sentence)

    def forget(self) -> None:
        """It is over."""
        self.desk.forget(self)

    def describe(self, *facts: tuple[str, str]) -> None:
        """Show more of it."""
        if not self.is_over:
            self.desk.emit(CallDescribed(self.ref, facts))

    def facts(self, *more: tuple[str, str]) -> Facts:
        """The vendor's properties of the call that are no fields of ours."""
        kind = f"{self.kind}, {'video' if self.video else 'audio'}"
        return (("Kind of call", kind), *((label, text) for label, text in more if text), ("Call id", self.call_id))

    def bad_description(self, why: str) -> None:
        """Without an agreement on sound there is no call (section 12)."""
        self.leave(EndReason.FAILED, why, said=BAD_SDP)

    def failed(self, error: Exception) -> None:
        """Without sound, or without an answer to what it asked, there is no call."""
        match error:
            case RequestFailed():
                self.end_as(self.refused(error))
            case ConnectionLost():
                self.link_lost()
            case RequestTimeout():
                self.leave(EndReason.FAILED, str(error))
            case MediaError():
                self.bad_description(str(error))
            case _:
                log.error("a call failed", exc_info=error)
                self.leave(EndReason.FAILED, "The call could not be set up; the log has the details.")

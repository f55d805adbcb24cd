"""One AZStack call that goes on: what all kinds of calls have in common."""

from abc import abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, MediaError, PhoneError
from tuiphone.core.events import CallDescribed, Facts
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia
from tuiphone.providers.azstack import codes, errors
from tuiphone.providers.azstack.codes import Meaning, Table
from tuiphone.providers.azstack.messages import CallMessage, CallNumber
from tuiphone.providers.azstack.requests import Request
from tuiphone.providers.ongoing import Ongoing

if TYPE_CHECKING:
    from tuiphone.providers.azstack.desk import Desk

NO_SOUND = "This phone has no sound to make the call with. Check microphone and speaker."
UNANSWERED_SECONDS = 180.0
"""How long a call of ours may ring: servers end it earlier, but nothing says that they do."""


class Kind(Enum):
    """The three kinds of calls; each has ids of its own."""

    CALLOUT = "call-out (paid)"
    CALLIN = "call-in (paid)"
    FREE = "free call"


class OngoingCall(Ongoing):
    """A call as long as it goes on. It ends exactly once, by one CallEnded; nothing of it acts afterwards."""

    vendor = "azstack"
    kind: ClassVar[Kind]

    def __init__(self, desk: "Desk", call_id: CallNumber, peer: Address, *, video: bool = False) -> None:
        super().__init__(desk.ref_of(call_id), desk.emit)
        self.desk = desk
        self.call_id = call_id
        self.peer = peer
        self.video = video

    # -- what happens to it -----------------------------------------------------------------------------------------

    @abstractmethod
    def take(self, message: CallMessage) -> None:
        """A packet about this call came."""

    @abstractmethod
    def goodbye(self) -> Request | None:
        """What tells the far side that we end the call as it is now; None when it knows of none."""

    @abstractmethod
    def link_lost(self) -> None:
        """The connection to the server is gone: only a call that was answered goes on."""

    # -- commands ---------------------------------------------------------------------------------------------------

    def ring(self, media: CallMedia | None) -> None:
        """It rings here: of incoming calls only."""

    async def answer(self, *, video: bool) -> None:
        """Pick up. Raises: NotPossible"""
        raise errors.error("ERR_UNEXPECTED_DATA", "That call is one of ours; there is nothing to answer.")

    async def reject(self) -> None:
        """Refuse. Raises: NotPossible"""
        raise errors.error("ERR_UNEXPECTED_DATA", "That call is one of ours; hang up instead.")

    async def hangup(self) -> None:
        """End or cancel the call; it is over here in any case."""
        self.leave(EndReason.HUNG_UP if self.answered else EndReason.CANCELLED)
        await self.desk.flush()

    async def camera(self, on: bool) -> None:
        """Our picture starts or stops; there is no packet for it (section 12.4): media shows it, or black."""
        if not self.video:
            raise errors.error("ERR_UNEXPECTED_DATA", "This is a call without video, and AZStack cannot add it to one.")
        self.desk.emit(CallDescribed(self.ref, (_own_picture(on),)))

    # -- for all kinds ----------------------------------------------------------------------------------------------

    def use_media(self, media: CallMedia) -> None:
        """Negotiate with this."""
        self.negotiation.use(media, self.desk.ice_servers, loopback=self.desk.is_loopback)

    def nobody_answered(self) -> None:
        """A call of ours has rung long enough."""
        self.leave(EndReason.NO_ANSWER, f"Nobody answered within {UNANSWERED_SECONDS / 60:.0f} minutes.")

    def leave(self, reason: EndReason, detail: str | None = None) -> None:
        """End the call, and tell the far side."""
        if self.is_over:
            return
        if (goodbye := self.goodbye()) is not None:
            self.desk.post_last(goodbye)
        self.end(reason, detail)

    def forget(self) -> None:
        """It is over."""
        self.desk.forget(self)

    def end_as(self, meant: Meaning) -> None:
        """The far side, or the server, ended the call."""
        # That they hung up is what the reason says already.
        self.end(meant.reason, None if meant.reason is EndReason.REMOTE_HUNG_UP else meant.detail)

    def say(self, table: Table, code: int, *, of: str = "Status") -> None:
        """Show how the call fares in the vendor's words."""
        said = codes.word(table, code)
        self.desk.emit(CallDescribed(self.ref, ((of, f"{said} ({code})" if code in table else said),)))

    def facts(self, *more: tuple[str, str], camera: bool = False) -> Facts:
        """The vendor's properties of the call that are no fields of ours."""
        kind = f"{self.kind.value}, {'video' if self.video else 'audio'}"
        picture = (_own_picture(camera),) if self.video else ()
        return (
            ("Kind of call", kind),
            *((label, text) for label, text in more if text),
            *picture,
            ("Call id", f"{self.call_id}"),
        )

    def failed(self, error: Exception) -> None:
        """Without sound, or without an answer to what it asked, there is no call."""
        if isinstance(error, ConnectionLost) and not self.answered:
            return self.link_lost()
        if isinstance(error, MediaError):
            error = errors.error("ERR_WEBRTC", str(error))
        elif not isinstance(error, PhoneError):
            self.desk.log.error("a call failed", exc_info=error)
            error = errors.error("ERR_WEBRTC", "The call could not be set up; the log has the details.")
        self.leave(EndReason.FAILED, str(error))


def _own_picture(on: bool) -> tuple[str, str]:
    return ("Own picture", "on" if on else "off")

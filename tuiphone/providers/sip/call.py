"""One SIP call that goes on: what both directions have in common once there is a dialog."""

import logging
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import MediaError, NotPossible, PhoneError, RequestFailed
from tuiphone.core.events import (
    CallDescribed,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    DigitsHeard,
    Facts,
    ProviderFaulted,
)
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia
from tuiphone.providers import sdp
from tuiphone.providers.ongoing import Ongoing
from tuiphone.providers.sip import descriptions, digits, endings, inside, names, reasons
from tuiphone.providers.sip.descriptions import Descriptions
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.mending import Mending
from tuiphone.providers.sip.message import BadMessage, Message, Request, Response
from tuiphone.providers.sip.referral import Referral
from tuiphone.providers.sip.refresh import Refresh
from tuiphone.providers.sip.renegotiation import Renegotiation
from tuiphone.providers.sip.restoration import Restoration
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transfer import Transfer

if TYPE_CHECKING:
    from tuiphone.providers.sip.desk import Desk

log = logging.getLogger(__name__)

NO_SOUND = "This phone has no sound to make the call with. Check microphone and speaker."
GOODBYE_SECONDS = 2.0
"""How long hanging up waits for the word that it was heard."""
MAX_SHOWN = 100


class SipCall(Ongoing):
    """A call as long as it goes on. How it began is in outgoing.py and incoming.py."""

    vendor = "sip"
    is_outgoing = False
    """The Call-ID is ours."""

    def __init__(self, desk: "Desk", call_id: str, peer: Address, *, video: bool = False) -> None:
        super().__init__(desk.ref_of(call_id), desk.emit)
        self.desk = desk
        self.agent = desk.agent
        self.call_id = call_id
        self.peer = peer
        self.video = video
        self.media: CallMedia | None = None
        self.dialog: Dialog | None = None
        """Once somebody picked up."""
        self.far_allows: frozenset[str] = frozenset()
        """Methods the far side takes, as far as it said."""
        self._far_agent: str | None = None
        self.negotiation = self.descriptions = Descriptions(self.vendor)
        self.refresh = Refresh(self, desk.settings.session_expires)
        self.renegotiation = Renegotiation(self)
        self.restoration = Restoration(self)
        self.mending = Mending(self)
        self.transferring = Transfer(self)
        self.referral = Referral(self)
        self._held_by_peer = False

    # -- what comes in ----------------------------------------------------------------------------------------------

    def take(self, incoming: Incoming) -> None:
        """A request inside the dialog of the answered call."""
        inside.take(self, incoming)

    def bye_came(self, request: Request) -> None:
        """The far side ended it."""
        if (handed := self.transferring.handed_to or self.referral.followed_to) is not None:
            return self.end(EndReason.TRANSFERRED, handed)
        meant = endings.hung_up(reasons.parse(request.headers))
        self.end(meant.reason, meant.sentence or None)

    def pressed(self, keys: str) -> None:
        """The far side pressed keys, by INFO."""
        if keys:
            self.desk.emit(DigitsHeard(self.ref, keys))

    def learn(self, message: Message) -> None:
        """What a message of the far side says of it besides its matter."""
        self._far_agent = _agent(message) or self._far_agent
        try:
            allows = message.tags("Allow")
        except BadMessage:
            return
        if allows:
            self.far_allows = frozenset(method.upper() for method in allows)

    def is_from_far(self, message: Message) -> bool:
        """The far side itself wrote it, and no server on the way, as far as its name tells."""
        return self._far_agent is not None and _agent(message) == self._far_agent

    def identified(self, message: Message) -> None:
        """Somebody else is at the other end now, as the server vouches for (RFC 3325, RFC 5876)."""
        try:
            said = message.address("P-Asserted-Identity")
        except BadMessage:
            return
        if said is None or not (said.uri.is_sip or said.uri.scheme == "tel"):
            return
        who = names.address_of(said, self.desk.settings)
        if self.is_somebody_else(who) and not self.is_over:
            self.peer = who
            self.desk.emit(CallDescribed(self.ref, (("Connected with", who.label),), peer=who))

    def is_somebody_else(self, who: Address) -> bool:
        """Whether this is not the far side as it is known."""
        return (who.kind, who.text) != (self.peer.kind, self.peer.text)

    # -- what becomes of it -----------------------------------------------------------------------------------------

    def use_media(self, media: CallMedia) -> None:
        """Negotiate with this from now on."""
        self.media = media
        media.tell_of_cuts(self.mending.cut)
        self.descriptions.use(media, self.desk.ice_servers, loopback=self.desk.is_loopback)

    def far_side_described(self) -> None:
        """Tell of hold and of video, where the last descriptions changed them."""
        if self.is_over or not self.descriptions.remote:
            return
        holds = descriptions.holds(self.descriptions.remote)
        if holds is not self._held_by_peer:
            self._held_by_peer = holds
            self.desk.emit(CallHeldByPeer(self.ref, holds))
        shown = descriptions.shows(self.descriptions.remote) and descriptions.shows(self.descriptions.local)
        # On hold a picture is inactive, and comes back.
        if shown is not self.video and (shown or sdp.direction(self.descriptions.remote, "video") is None):
            self.video = shown
            self.desk.emit(CallDescribed(self.ref, video=shown))

    def vanished(self) -> None:
        """The far side says that it no longer knows the call, or says nothing at all (RFC 3261 section 12.2.1.2)."""
        detail = "The other side no longer knows this call; it ended there before."
        if self.restoration.is_on:
            detail = "The other side ended the call while the connection was lost."
        self.leave(EndReason.LOST, detail)

    def leave(self, reason: EndReason, detail: str | None = None, *, headers: Iterable[tuple[str, str]] = ()) -> None:
        """End the call and tell the far side, as soon as it can be told."""
        if self.is_over:
            return
        self.say_goodbye(headers)
        self.end(reason, detail)

    @abstractmethod
    def say_goodbye(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Tell the far side that the call, as it stands, is over."""

    def link_lost(self) -> None:
        """The connection to the server is gone; only an answered call goes on."""
        self.renegotiation.link_lost()
        if self.answered:
            self.restoration.link_lost()

    def link_back(self) -> None:
        """There is a connection again, and we are registered."""
        if self.answered:
            self.restoration.begin()

    def forget(self) -> None:
        """It is over."""
        self.refresh.stop()
        self.renegotiation.close()
        self.restoration.close()
        self.mending.close()
        self.referral.close()
        self.transferring.close()
        if self.dialog is not None:
            self.dialog.end()
            self.agent.forget(self.dialog)
        self.desk.forget(self)

    def failed(self, error: Exception) -> None:
        """Something the call was doing failed."""
        match error:
            case MediaError() if self.answered:
                self.leave(EndReason.FAILED, f"The two sides could not agree on the sound: {error}")
            case PhoneError():
                self.leave(EndReason.FAILED, str(error))
            case _:
                log.error("a call failed", exc_info=error)
                self.leave(EndReason.FAILED, "The call could not be set up; the log has the details.")

    def fault(self, detail: str) -> None:
        """Something went wrong that does not end the call."""
        if not self.is_over:
            self.desk.emit(ProviderFaulted(detail, self.ref))

    def describe(self, *facts: tuple[str, str]) -> None:
        """Show more of it."""
        if not self.is_over:
            self.desk.emit(CallDescribed(self.ref, facts))

    def interrupted(self, on: bool) -> None:
        """The way to the far side is lost and being restored, or there again."""
        if not self.is_over:
            self.desk.emit(CallInterrupted(self.ref, on))

    def facts(self, *more: tuple[str, str | None]) -> Facts:
        """The vendor's properties of the call that are no fields of ours."""
        return (*((label, text) for label, text in more if text), ("Call id", self.call_id[:MAX_SHOWN]))

    # -- commands ---------------------------------------------------------------------------------------------------

    async def hangup(self) -> None:
        """End or cancel the call; it is over here in any case."""
        self.leave(EndReason.HUNG_UP if self.answered else EndReason.CANCELLED)
        await self.desk.flush(GOODBYE_SECONDS)

    async def hold(self, on: bool) -> None:
        """Offer with the direction that media has been told of. Raises: NotPossible, MediaError, ProviderError"""
        self._check_answered()
        await self.renegotiation.renegotiate()
        if not self.is_over:
            self.desk.emit(CallHeld(self.ref, on))

    async def camera(self, on: bool) -> None:
        """Our picture starts or stops; what was agreed on without one is agreed on anew. Raises: as `hold`"""
        if not on or sdp.sends_video(self.descriptions.local):
            return
        self._check_answered()
        if self.media is None:
            raise NotPossible(NO_SOUND)
        self.media.with_video()
        self.media.camera(True)
        await self.renegotiation.renegotiate()
        if not self.is_over and not descriptions.shows(self.descriptions.remote):
            raise NotPossible(f"{self.peer.label} takes no picture; the call goes on with sound only.")

    async def dtmf(self, keys: str) -> None:
        """Press keys, in the sound or by INFO as the settings say. Raises: NotPossible, ProviderError"""
        how = self.desk.settings.dtmf
        if how != "info" and self.media is not None and await self.media.dtmf(keys):
            return
        if how == "rtp":
            raise NotPossible("The other side takes no digits in the sound; set dtmf to auto or info in the account.")
        for key in keys:
            request = self.talking().request("INFO", body=digits.body(key), content_type=digits.RELAY)
            response = await self.ask(request)
            if not response.is_success:
                raise RequestFailed(response.status, f"The other side takes no digits ({response.status}).")

    async def transfer(self, to: Address) -> None:
        """Hand the call over to somebody. Raises: NotPossible, BadAddress, ProviderError"""
        self._check_answered()
        await self.transferring.blind(to)

    async def join(self, other: "SipCall") -> None:
        """Connect the far sides of this call and the other one, which we talk to. Raises: NotPossible, ProviderError"""
        self._check_answered()
        other._check_answered()
        await self.transferring.attended(other)

    async def follow(self, media: CallMedia | None) -> str | None:
        """Call who the far side named. Raises: NotPossible, ProviderError"""
        return await self.referral.follow(media)

    async def stay(self) -> None:
        """Do not call who the far side named. Raises: NotPossible, ProviderError"""
        await self.referral.stay()

    # -- for all of these -------------------------------------------------------------------------------------------

    async def ask(self, request: Request, *, timeout: float | None = None) -> Response:
        """Send a request of the call; one that the far side does not know the call of ends it.

        Raises: ProviderError
        """
        response = await self.agent.ask(request, timeout=timeout)
        if response.status in (408, 481) and not self.is_over:
            self.vanished()
        return response

    def talking(self) -> Dialog:
        """The dialog. Raises: NotPossible when there is none, or none any more"""
        if self.dialog is None or self.is_over:
            raise NotPossible("That call is over, or has not been answered.")
        return self.dialog

    def _check_answered(self) -> None:
        if not self.answered:
            raise NotPossible("That call has not been answered yet.")
        self.talking()


def _agent(message: Message) -> str | None:
    return message.headers.get("User-Agent") or message.headers.get("Server")

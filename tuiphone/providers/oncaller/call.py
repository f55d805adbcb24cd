"""One OnCaller call that goes on: what both directions have in common. Media is negotiation.py's business."""

import asyncio
import logging
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import MediaError, NotPossible, ProviderError, RequestFailed
from tuiphone.core.events import (
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    Facts,
    InfoReceived,
    ProviderFaulted,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, Description, IceServer
from tuiphone.providers.oncaller import codes, requests, wire
from tuiphone.providers.oncaller.messages import (
    CallPush,
    CandidateCame,
    DescriptionCame,
    DoneElsewhere,
    InfoCame,
    Progressed,
    Reply,
    Stopped,
)
from tuiphone.providers.oncaller.negotiation import Negotiation
from tuiphone.providers.oncaller.requests import MediaProblem, Request

if TYPE_CHECKING:
    from tuiphone.providers.oncaller.desk import Desk

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 2.0
"""How long the end of a call waits for the server's word on it."""
NO_SOUND, NO_AGREEMENT = 1000, 1001


class OngoingCall:
    """A call as long as it goes on. It ends exactly once, by one CallEnded."""

    def __init__(self, desk: "Desk", ref: str, *, outgoing: bool, peer: Address, video: bool) -> None:
        self.ref = ref
        self.call_id = ""
        self.is_over = False
        self.desk = desk
        self.peer = peer
        self.video = video
        self.answered = False
        self.ice: tuple[IceServer, ...] = ()
        self.media: CallMedia | None = None
        self.negotiation = Negotiation(self, outgoing=outgoing)
        self._handed_to: Address | None = None
        self._held_by_peer = False

    # -- packets ----------------------------------------------------------------------------------------------------

    def take(self, push: CallPush) -> None:
        """A packet about this call came."""
        match push:
            case DescriptionCame(_, device, description):
                self.negotiation.describe(device, description)
            case CandidateCame(_, device, candidate):
                self.negotiation.candidate(device, candidate)
            case Progressed():
                self.progressed(push)
            case Stopped():
                self._stopped()
            case DoneElsewhere(_, code):
                self.done_elsewhere(code)
            case InfoCame(_, text):
                self.desk.emit(InfoReceived(self.ref, text))

    def progressed(self, push: Progressed) -> None:
        """Of calls of ours only."""

    def done_elsewhere(self, code: int | None) -> None:
        """Another device of ours acted on the call."""
        if code is None and self.answered:
            self.end(EndReason.REMOTE_HUNG_UP)

    def checked(self, reply: Reply) -> None:
        """The server was asked whether the call still exists."""
        if wire.is_gone(reply) and not self.is_over:
            self.desk.post(requests.stop(self.call_id))
            self.end(self.vanished(), "The server knows this call no more; it may have ended while the link was down.")

    def vanished(self) -> EndReason:
        """How a call ends that the server has forgotten."""
        return EndReason.LOST

    # -- commands ---------------------------------------------------------------------------------------------------

    async def hangup(self) -> None:
        """End or cancel the call; it is over here in any case."""
        reason = EndReason.HUNG_UP if self.answered else EndReason.CANCELLED
        reply = await self.goodbye(requests.stop(self.call_id)) if self.call_id else None
        failed = reply is not None and reply.code != 0
        self.end(reason, codes.sentence(codes.HANGUP, reply.code, reply.message) if reply and failed else None)

    async def goodbye(self, request: Request) -> Reply | None:
        """Send what ends the call and wait a little for what the server says to it."""
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.desk.post(request, lambda reply: None if replied.done() else replied.set_result(reply))
        if not self.desk.is_online:
            return None
        await asyncio.wait([replied], timeout=GOODBYE_SECONDS)
        return replied.result() if replied.done() else None

    async def hold(self, on: bool) -> None:
        """Offer with the direction that media has been told of. Raises: as Negotiation.renegotiate"""
        await self.negotiation.renegotiate()
        self.desk.emit(CallHeld(self.ref, on))

    async def camera(self, on: bool) -> None:
        """Our picture starts or stops; nothing is sent unless it was not agreed on before (section 8.6)."""
        self.desk.emit(CallDescribed(self.ref, (("Local video enabled", _yes(on)),)))
        if on:
            await self.negotiation.send_video()

    async def send(self, request: Request, table: dict[int, str] = codes.IN_CALL) -> None:
        """Send a request of the call. Raises: RequestFailed, ConnectionLost, RequestTimeout"""
        reply = await self.desk.session().request(request)
        if reply.code != 0:
            raise RequestFailed(reply.code, codes.sentence(table, reply.code, reply.message))

    async def transfer(self, to: Address) -> None:
        """Hand the telephone over to a user. Raises: NotPossible, RequestFailed, ConnectionLost, RequestTimeout"""
        if self.peer.kind is not AddressKind.PHONE:
            raise NotPossible("OnCaller transfers only calls with a telephone on the other side.")
        if to.kind is not AddressKind.USER:
            raise NotPossible(f"OnCaller transfers only to users, and {to.text} is a telephone number.")
        self._handed_to = to
        try:
            await self.send(requests.transfer(self.call_id, to.text), codes.TRANSFER)
        except ProviderError:
            self._handed_to = None
            raise
        self._stopped()

    def _stopped(self) -> None:
        """The server says that the call is over, by packet or by granting a transfer; either may come first."""
        if self._handed_to is None:
            self.end(EndReason.REMOTE_HUNG_UP)
        else:
            self.end(EndReason.TRANSFERRED, f"Transferred to {self._handed_to.text}.")

    # -- for the negotiation ----------------------------------------------------------------------------------------

    def send_description(self, description: Description) -> None:
        """Pass ours on to the far side."""
        for request in requests.describe(self.call_id, description):
            self.desk.post(request)

    def negotiation_failed(self, error: MediaError, *, settled: bool) -> None:
        """Without sound there is no call; a failed change of one that has sound leaves it as it was."""
        if settled:
            self.desk.emit(ProviderFaulted(f"The call could not be changed: {error}", self.ref))
        else:
            log.warning("%s: %s", self.ref, error)
            self.give_up(NO_AGREEMENT, "CREATE_PEER_CONNECTION_ERROR", str(error))

    def far_side_described(self, *, holds: bool, video: bool) -> None:
        """Tell of hold and of video, where they change."""
        if holds is not self._held_by_peer:
            self._held_by_peer = holds
            self.desk.emit(CallHeldByPeer(self.ref, holds))
        if video and not self.video:
            self.video = True
            self.desk.emit(CallDescribed(self.ref, self.video_facts(camera=False), video=True))

    # -- for both directions ----------------------------------------------------------------------------------------

    def use_media(self, media: CallMedia) -> None:
        """Negotiate with this from now on."""
        self.negotiation.use(media, self.desk.ice_servers(self.ice), loopback=self.desk.is_loopback)

    def give_up(self, code: int, why: MediaProblem, message: str = "") -> None:
        """End the call because its media fails, with one of the vendor's codes for that."""
        self.desk.post(requests.stop(self.call_id, why))
        self.end(EndReason.FAILED, codes.meaning(codes.MAKE_CALL, code, message or why).sentence)

    def end(self, reason: EndReason, detail: str | None = None) -> None:
        """The call is over; only the first end counts."""
        if not self.is_over:
            self.is_over = True
            self.negotiation.close()
            self.desk.forget(self)
            self.desk.emit(CallEnded(self.ref, reason, detail))

    def facts(self, *more: tuple[str, str], internal: bool, camera: bool) -> Facts:
        """The vendor's properties of a call that are no fields of ours (section 9.1)."""
        both = (("From internal", _yes(internal)), ("Answered on another device", "no"))
        return (*more, *both, *(self.video_facts(camera=camera) if self.video else ()))

    def video_facts(self, *, camera: bool) -> Facts:
        """Those of a video call."""
        return (("Video resolution", self.desk.video_resolution), ("Local video enabled", _yes(camera)))


def _yes(on: bool) -> str:
    return "yes" if on else "no"

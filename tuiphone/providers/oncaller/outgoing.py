"""A call of ours: made, refused, ringing there, picked up (PROTOCOL.md section 5)."""

import uuid
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import BadFrame
from tuiphone.core.events import CallAnswered, CallDescribed, CallRang, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia
from tuiphone.providers.oncaller import codes, requests, wire
from tuiphone.providers.oncaller.call import NO_SOUND, OngoingCall
from tuiphone.providers.oncaller.messages import CallMade, Progressed, Reply
from tuiphone.providers.oncaller.requests import Request

if TYPE_CHECKING:
    from tuiphone.providers.oncaller.desk import Desk


class OutgoingCall(OngoingCall):
    """A call we make. The server gives it its call id with the reply; our first packet carries no SDP."""

    def __init__(self, desk: "Desk", to: Address, *, video: bool) -> None:
        super().__init__(desk, f"out-{uuid.uuid4().hex}", outgoing=True, peer=to, video=video)

    def begin(self, from_number: str, media: CallMedia | None) -> Request:
        """Tell of the call; returns the request to make it with, whose reply goes to `made`."""
        self.media = media
        aliases = (("From alias", from_number), ("To alias", self.peer.text))
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.OUTGOING,
                video=self.video,
                caller=from_number,
                facts=self.facts(*aliases, internal=True, camera=self.video),
                media=media,
            )
        )
        return requests.call(from_number=from_number, to_number=self.peer.text, video=self.video)

    def made(self, reply: Reply) -> None:
        """The server took the call, or refused it."""
        if reply.code != 0:
            meant = codes.meaning(codes.MAKE_CALL, reply.code, reply.message)
            return self.end(meant.reason, meant.sentence)
        try:
            made = wire.call_made(reply)
        except BadFrame:
            return self.end(EndReason.FAILED, "The server took the call but gave it no id. Try again.")
        self.call_id = made.call_id
        if self.is_over:
            # Hung up before it had an id to be hung up by.
            self.desk.forget(self)
            return self.desk.post(requests.stop(self.call_id))
        self.desk.named(self)
        self._describe(made)
        self.ice = made.ice_servers
        self.negotiation.far_is_phone = made.to_phone
        if self.media is None:
            return self.give_up(NO_SOUND, "GET_USER_MEDIA_ERROR")
        self.use_media(self.media)

    def not_made(self) -> None:
        """The server takes too long to say whether it makes the call; a late yes is undone by `made`."""
        if not self.call_id:
            self.end(EndReason.FAILED, "The server did not answer. Try again.")

    def lost_before_made(self) -> None:
        """The link went before the server had said a word about the call."""
        self.end(EndReason.LOST, "The connection was lost before the call was set up. Call again.")

    def progressed(self, push: Progressed) -> None:
        """The far end rings, picks up or does not."""
        match push.code:
            case 180:
                self.desk.emit(CallRang(self.ref))
            case 183:
                self.desk.emit(CallRang(self.ref, early_media=self.negotiation.far_is_phone))
            case 200 if not self.answered:
                self.answered = True
                self.desk.emit(CallAnswered(self.ref))
                self.negotiation.answered(push.device)
            case code if code >= 400:
                meant = codes.progress(code, push.reason)
                self.end(meant.reason, meant.sentence)
            case _:
                pass

    def _describe(self, made: CallMade) -> None:
        facts = [("Call id", made.call_id), ("To type", made.to_type or "not told")]
        if made.custom:
            facts.append(("Custom data from your server", made.custom))
        kind = AddressKind.PHONE if made.to_phone else AddressKind.USER
        if kind is self.peer.kind:
            return self.desk.emit(CallDescribed(self.ref, tuple(facts)))
        # The customer's server routes, so it has the last word on what was called.
        self.peer = Address(kind, self.peer.text, self.peer.name)
        self.desk.emit(CallDescribed(self.ref, tuple(facts), peer=self.peer))

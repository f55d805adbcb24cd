"""A call to us: rings here, is answered here, elsewhere or not at all (PROTOCOL.md section 6)."""

import logging
import uuid
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia
from tuiphone.providers.oncaller import codes, requests
from tuiphone.providers.oncaller.call import NO_SOUND, OngoingCall
from tuiphone.providers.oncaller.messages import Invited, Reply

if TYPE_CHECKING:
    from tuiphone.providers.oncaller.desk import Desk

log = logging.getLogger(__name__)


class IncomingCall(OngoingCall):
    """A call that somebody makes to our user, on all its devices."""

    def __init__(self, desk: "Desk", push: Invited) -> None:
        kind = AddressKind.USER if push.from_internal else AddressKind.PHONE
        peer = Address(kind, push.from_number, push.from_alias if push.from_alias != push.from_number else None)
        super().__init__(desk, f"in-{uuid.uuid4().hex}", outgoing=False, peer=peer, video=push.video)
        self.call_id = push.call_id
        self.ice = push.ice_servers
        self.negotiation.far_is_phone = not push.from_internal
        self._rings = self._answering = False

    def begin(self, push: Invited) -> None:
        """Tell of the call."""
        facts = [("From alias", push.from_alias), ("To alias", push.to_alias), ("Call id", push.call_id)]
        if push.custom:
            facts.append(("Custom data from your server", push.custom))
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.INCOMING,
                video=self.video,
                caller=push.to_number or None,
                facts=self.facts(*facts, internal=push.from_internal, camera=False),
            )
        )

    def ring(self, media: CallMedia | None) -> None:
        """It rings here; an app's offer is answered meanwhile (section 7.3)."""
        self._rings = True
        self.desk.post(requests.ringing(self.call_id), self._rang)
        if media is not None:
            self.media = media
            self.use_media(media)

    def _rang(self, reply: Reply) -> None:
        if reply.code in codes.ANSWER and not self.answered:
            self._end_as(codes.ANSWER, reply)

    async def answer(self, *, video: bool) -> None:
        """Pick up. Raises: NotPossible, ConnectionLost, RequestTimeout, and what adding our picture does"""
        if self.answered or self._answering:
            raise NotPossible("That call has been answered already.")
        if not self._rings:
            raise NotPossible("That call is only just coming in; try again.")
        if self.media is None:
            return self.give_up(NO_SOUND, "GET_USER_MEDIA_ERROR")
        session = self.desk.session()
        self._answering = True
        try:
            # A telephone's offer is dealt with while the server thinks about our answer, which goes out first.
            self.negotiation.answered()
            await session.request(requests.answer(self.call_id), on_reply=self._picked_up)
        finally:
            self._answering = False
        if self.video and not self.is_over:
            await self.camera(video)

    def _picked_up(self, reply: Reply) -> None:
        if self.is_over or self.answered:
            return
        if reply.code != 0:
            return self._end_as(codes.ANSWER, reply)
        self.answered = True
        self.desk.emit(CallAnswered(self.ref))

    async def reject(self) -> None:
        """Refuse the call; it is over here in any case."""
        reply = await self.goodbye(requests.reject(self.call_id))
        if reply is None or reply.code == 0:
            self.end(EndReason.REJECTED)
        else:
            self._end_as(codes.REJECT, reply)

    async def hangup(self) -> None:
        """End the call; one that still rings is rejected."""
        await (super().hangup() if self.answered else self.reject())

    def done_elsewhere(self, code: int | None) -> None:
        """Another device of ours acted on the call (section 6.3)."""
        if self.answered:
            return super().done_elsewhere(code)
        if code in (486, 603):
            self.end(EndReason.REJECTED, "Rejected on another device of yours.")
        elif code == 200 or code is None:
            self.desk.emit(CallDescribed(self.ref, (("Answered on another device", "yes"),)))
            self.end(EndReason.ELSEWHERE, "Answered on another device of yours.")

    def vanished(self) -> EndReason:
        """Missed when it was not answered."""
        return EndReason.LOST if self.answered else EndReason.REMOTE_HUNG_UP

    def _end_as(self, table: dict[int, codes.Meaning], reply: Reply) -> None:
        meant = codes.meaning(table, reply.code, reply.message)
        self.end(meant.reason, meant.sentence)

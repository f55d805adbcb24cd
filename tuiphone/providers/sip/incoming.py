"""A call to us: rings here, is answered here, on another device or not at all."""

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, MediaError, NotPossible
from tuiphone.core.events import CallAnswered, CallStarted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers.sip import descriptions, endings, inside, intercom, names, reasons
from tuiphone.providers.sip.call import MAX_SHOWN, NO_SOUND, SipCall
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.early import Ringing
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import BadMessage, Request
from tuiphone.providers.sip.serving import Incoming

if TYPE_CHECKING:
    from tuiphone.providers.sip.desk import Desk

log = logging.getLogger(__name__)

RING_SECONDS = 300.0
"""How long a call rings here; callers give up earlier, but nothing says that they do."""
LOST = "The connection was lost while the call rang here. The caller may try again."


class IncomingCall(SipCall):
    """One INVITE outside any dialog, and what comes of it."""

    def __init__(self, desk: "Desk", invite: Incoming) -> None:
        """Raises: BadMessage for one that makes no dialog"""
        request = invite.request
        dialog = Dialog.from_request(request, invite.local_tag)
        offer = descriptions.found_in(request)
        shown = offer is not None and descriptions.shows(offer)
        super().__init__(desk, request.call_id, names.address_of(request.from_, desk.settings), video=shown)
        self.dialog = dialog
        self.invite = invite
        self.learn(request)
        self._offer = offer
        self._ringing = Ringing(self, invite)
        self._rings = self._answering = self._wants_answer = False
        invite.cancelled = self._taken_back
        invite.unacked = self._not_heard
        self.agent.in_dialog(dialog, self.take)

    def begin(self) -> None:
        """Tell of the call."""
        request = self.invite.request
        wants = "to be picked up by itself, as an intercom" if intercom.seconds(request) is not None else None
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.INCOMING,
                video=self.video,
                caller=names.address_of(request.to, self.desk.settings).text,
                facts=self.facts(
                    ("From", str(request.from_.uri.bare())[:MAX_SHOWN]),
                    ("Vouched for", _shown(request, "P-Asserted-Identity")),
                    ("Forwarded by", _shown(request, "Diversion")),
                    ("Handed on by", _shown(request, "Referred-By")),
                    ("Their phone", (request.headers.get("User-Agent") or "")[:MAX_SHOWN] or None),
                    ("Wants", wants),
                ),
                answer_wish=intercom.wish_of(request, self.desk.settings.auto_answer_intercom),
            )
        )
        # The caller may say how long it waits (RFC 3261 section 13.3.1).
        self.in_time(min(_waits(request) or RING_SECONDS, RING_SECONDS), self._not_answered)

    # -- what comes in ----------------------------------------------------------------------------------------------

    def take(self, incoming: Incoming) -> None:
        """A request inside the dialog, also while it rings."""
        request = incoming.request
        match request.method:
            case "PRACK":
                self._ringing.take(incoming)
            case "ACK" if self._wants_answer and request.cseq.number == self.invite.request.cseq.number:
                self._wants_answer = False
                self._take_answer(request)
            case "BYE" if not self.answered:
                incoming.respond(200)
                self.invite.respond(487)
                self.end(EndReason.MISSED, "The caller gave up.")
            case "UPDATE" if not self.answered and not self._ringing.is_settled and request.body:
                # RFC 3311 section 5.2: their first offer has no answer yet.
                incoming.respond(500, headers=(("Retry-After", "5"),))
            case "INVITE" if not self.answered:
                incoming.respond(500, headers=(("Retry-After", "5"),))
            case "REFER" | "INFO" if not self.answered:
                incoming.respond(403)
            case _:
                inside.take(self, incoming)

    def _taken_back(self, cancel: Request) -> None:
        meant = endings.taken_back(reasons.parse(cancel.headers))
        self.end(meant.reason, meant.sentence)

    def _not_heard(self) -> None:
        self.leave(EndReason.LOST, "The caller did not hear that you answered.")

    def _not_answered(self) -> None:
        self.give_up(480, EndReason.MISSED, "Nobody answered in time.")

    # -- what becomes of it -----------------------------------------------------------------------------------------

    def ring(self, media: CallMedia | None) -> None:
        """It rings here; the microphone stays closed until it is answered."""
        self._rings = True
        if media is not None:
            self.use_media(media)
        self.spawn(self._ringing.ring())

    async def answer(self, *, video: bool) -> None:
        """Pick up; what fails in it ends the call. Raises: NotPossible, and ConnectionLost while there is no link"""
        if self.answered or self._answering:
            raise NotPossible("That call has been answered already.")
        if not self._rings:
            raise NotPossible("That call is only just coming in; try again.")
        if self.media is None:
            return self.give_up(480, EndReason.FAILED, NO_SOUND)
        if not self.agent.is_open:
            raise ConnectionLost("There is no connection to the server just now; try again in a moment.")
        self._answering = True
        self.no_hurry()
        await asyncio.wait({self.spawn(self._answer())})

    async def _answer(self) -> None:
        await self._ringing.heard()
        body = ""
        if self._offer is not None:
            body = (await self.descriptions.answer(Description("offer", self._offer))).sdp
        elif not self._ringing.is_settled:
            body = (await self.descriptions.offer()).sdp
            self._wants_answer = True
        if self.is_over or self.dialog is None:
            return
        self.answered = True
        self.dialog.confirm()
        headers = self.refresh.answers(self.invite.request)
        kind = descriptions.SDP if body else None
        if not self.invite.respond(200, headers=headers, body=body.encode(), content_type=kind):
            self.answered = False
            return self.end(EndReason.MISSED, LOST)
        self.desk.emit(CallAnswered(self.ref))
        self.far_side_described()

    def _take_answer(self, ack: Request) -> None:
        answer = descriptions.found_in(ack)
        if answer is None:
            return self.leave(EndReason.FAILED, "The caller did not say how its sound comes.")
        self.spawn(self._apply(answer))

    async def _apply(self, answer: str) -> None:
        await self.descriptions.apply(Description("answer", answer))
        self.far_side_described()

    async def reject(self) -> None:
        """Refuse the call, on all devices (RFC 3261 section 21.6.2)."""
        self.give_up(603, EndReason.REJECTED, None)

    async def busy(self) -> None:
        """Say that we are busy; the server may have a mailbox for that."""
        self.give_up(486, EndReason.REJECTED, "The caller was told that you are busy.")

    async def forward(self, to: Address) -> None:
        """Send the call on. Raises: NotPossible, BadAddress"""
        if self.answered:
            raise NotPossible("That call has been answered; transfer it instead.")
        uri = names.uri_of(to, self.desk.settings)
        self.invite.respond(302, headers=(("Contact", str(NameAddr(None, uri))),))
        self.end(EndReason.TRANSFERRED, f"Forwarded to {to.label}.")

    async def hangup(self) -> None:
        """End the call; one that still rings is rejected."""
        await (super().hangup() if self.answered else self.reject())

    def give_up(self, status: int, reason: EndReason, detail: str | None) -> None:
        """End a call that was not answered with a status for the caller."""
        if not self.is_over:
            self.invite.respond(status)
            self.end(reason, detail)

    def say_goodbye(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """BYE, or a refusal."""
        if self.answered and self.dialog is not None:
            self.desk.goodbye(self.dialog, headers)
        else:
            self.invite.respond(480)

    def failed(self, error: Exception) -> None:
        """What the caller offers does not fit, or something else went wrong."""
        if not self.answered and isinstance(error, MediaError):
            return self.give_up(488, EndReason.FAILED, f"The two sides could not agree on the sound: {error}")
        super().failed(error)

    def link_lost(self) -> None:
        """A call that rings cannot be answered any more: the way back to the caller is gone with the link."""
        super().link_lost()
        if not self.answered:
            self.end(EndReason.MISSED, LOST)


def _waits(request: Request) -> int | None:
    try:
        return request.expires
    except BadMessage:
        return None


def _shown(request: Request, name: str) -> str | None:
    """Who is named in a field, for the person."""
    try:
        who = request.address(name)
    except BadMessage:
        return None
    if who is None:
        return None
    text = str(who.uri.bare())
    return f"{who.display} ({text})"[:MAX_SHOWN] if who.display else text[:MAX_SHOWN]

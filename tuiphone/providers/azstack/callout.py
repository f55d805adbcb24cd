"""Callout: a paid call of ours to a telephone (PROTOCOL.md section 6)."""

from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.events import CallAnswered, CallRang, CallStarted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers.azstack import codes, errors, requests
from tuiphone.providers.azstack.call import NO_SOUND, UNANSWERED_SECONDS, Kind, OngoingCall
from tuiphone.providers.azstack.messages import (
    CallMessage,
    CallNumber,
    CalloutBegun,
    CalloutGarbled,
    CalloutProgressed,
    CalloutReady,
)
from tuiphone.providers.azstack.requests import Request

if TYPE_CHECKING:
    from tuiphone.providers.azstack.desk import Desk

RINGING_OTHER, RINGING, ANSWERED = 180, 183, 200


class Callout(OngoingCall):
    """500, then 610 and 504 in any order; our offer (501) follows 504, progress (503) our offer."""

    kind = Kind.CALLOUT

    def __init__(self, desk: "Desk", call_id: CallNumber, to: Address) -> None:
        super().__init__(desk, call_id, to)
        self._may_offer = self._offered = False

    def begin(self, caller: str | None, media: CallMedia | None) -> None:
        """Tell of the call and ask the server for it."""
        tags = self.desk.tags
        facts = (("From number", caller or "chosen by AZStack"), ("To number", self.peer.text), ("Tags", tags or ""))
        self.desk.emit(
            CallStarted(
                self.ref, self.peer, CallDirection.OUTGOING, caller=caller, facts=self.facts(*facts), media=media
            )
        )
        if media is None:
            return self.end(EndReason.FAILED, NO_SOUND)
        self.use_media(media)
        self.in_time(self.desk.request_timeout, self._not_begun)
        self.desk.post(requests.callout_start(self.call_id, to=self.peer.text, caller=caller, tags=tags))

    @property
    def waits_to_offer(self) -> bool:
        """The server has not yet said whether it makes the call."""
        return not self._may_offer

    def take(self, message: CallMessage) -> None:
        """The server, or the telephone behind it, did something."""
        match message:
            case CalloutBegun(status=status, charging_error=error):
                if (meant := codes.callout_refusal(status, error)) is not None:
                    errors.error("ERR_UNEXPECTED_RECEIVED_DATA", meant.detail)
                    self.end_as(meant)
            case CalloutReady() if not self._may_offer:
                self._may_offer = True
                self.in_time(UNANSWERED_SECONDS, self.nobody_answered)
                self.spawn(self._offer())
            case CalloutProgressed(code=code, sdp=answer) if code == ANSWERED:
                self._picked_up(answer)
            case CalloutProgressed(code=code):
                self._progressed(code)
            case CalloutGarbled(service):
                self.desk.log.warning("service %d cannot be read", service)
                self.leave(EndReason.FAILED, str(errors.error("ERR_SOCKET_PARSE_BODY")))
            case _:
                pass

    async def _offer(self) -> None:
        offer = await self.negotiation.offer()
        self._offered = True
        self.desk.post(requests.callout_offer(self.call_id, to=self.peer.text, sdp=offer.sdp))

    def _progressed(self, code: int) -> None:
        if (meant := codes.callout_end(code)) is not None:
            return self.end_as(meant)
        self.say(codes.CALLOUT, code)
        if code in (RINGING, RINGING_OTHER) and not self.answered:
            self.desk.emit(CallRang(self.ref))

    def _picked_up(self, answer: str | None) -> None:
        if self.answered:
            return
        if not self._offered:
            return self.leave(EndReason.FAILED, "AZStack says the call was answered before it was set up. Try again.")
        if answer is None:
            return self.leave(EndReason.FAILED, "The call was answered, but its sound was not agreed on. Try again.")
        self.answered = True
        self.no_hurry()
        self.say(codes.CALLOUT, ANSWERED)
        self.desk.emit(CallAnswered(self.ref))
        self.spawn(self.negotiation.apply(Description("answer", answer)))

    def _not_begun(self) -> None:
        self.leave(EndReason.FAILED, str(errors.error("ERR_REQUEST_TIMEOUT")))

    def goodbye(self) -> Request:
        """502; also where the start timed out, which the vendor's SDK forgets (section 19)."""
        return requests.callout_stop(self.call_id, to=self.peer.text)

    def link_lost(self) -> None:
        """Before it is answered, that ends the call on both sides."""
        if not self.answered:
            self.leave(EndReason.LOST, "The connection was lost before the call was answered. Call again.")

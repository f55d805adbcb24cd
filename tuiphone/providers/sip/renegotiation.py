"""Offers and answers in a dialog, ours and theirs, one at a time (RFC 3261 section 14, RFC 3311, RFC 6337)."""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuiphone.core.errors import MediaError, NegotiationFailed, NotPossible, PhoneError, RequestFailed, RequestTimeout
from tuiphone.core.ports import Description
from tuiphone.providers.sip import descriptions, endings, reasons
from tuiphone.providers.sip.asking import InviteHandle
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.message import Request, Response
from tuiphone.providers.sip.reliable import InOrder
from tuiphone.providers.sip.serving import Incoming

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

ATTEMPTS = 5
ANSWER_SECONDS = 13.0
"""How long the far side may take to answer an offer."""
THEIR_SECONDS = 10.0
"""How long an offer of ours waits for one of theirs to be through."""
GLARE_PAUSES_S = {True: (2.1, 4.0), False: (0.0, 2.0)}
"""Before another try, for who made the Call-ID and for the other one (RFC 3261 section 14.1)."""
MAX_PAUSE_S = 10


class Renegotiation:
    """Of one call: whose offer is under way.

                      we offer                      they offer
        ours <────────────────────── idle ──────────────────────> theirs
          └── final response ──────────^ ^───── ACK, or a refusal ──┘

    Of two that meet, each side refuses the other's with 491; a second one of theirs before its time with 500.
    """

    def __init__(self, call: "SipCall") -> None:
        self._call = call
        self._turn = asyncio.Lock()
        self._ours: InviteHandle | None = None
        self._theirs: Incoming | None = None
        self._their_turns = 0
        self.answered = 0
        """Offers of theirs that we answered."""
        self._wants_answer = False
        """Our offer went out in the 200 to their INVITE; their ACK has the answer."""
        self._idle = asyncio.Event()
        self._idle.set()

    # -- we offer ---------------------------------------------------------------------------------------------------

    async def renegotiate(self, *, fresh: bool = False, unless: Callable[[], bool] = lambda: False) -> None:
        """Offer what media wants now and have it answered; over a new connection if `fresh`.

        Before each try it is asked whether there is still need of it.
        Raises: NotPossible, NegotiationFailed, RequestFailed, RequestTimeout, ConnectionLost
        """
        async with self._turn:
            for _ in range(ATTEMPTS):
                await self._their_turn_is_over()
                if unless():
                    return
                response = await self._offer(fresh=fresh)
                if response.is_success:
                    return
                await asyncio.sleep(self._pause(response))
        raise RequestFailed(491, "Both sides keep changing the call at the same time; try again.")

    async def _their_turn_is_over(self) -> None:
        try:
            async with asyncio.timeout(THEIR_SECONDS):
                await self._idle.wait()
        except TimeoutError as error:
            raise RequestTimeout("The other side is changing the call and does not finish; try again.") from error

    def _pause(self, response: Response) -> float:
        """Seconds until another try makes sense. Raises: RequestFailed when none does"""
        status = response.status
        if status == 491:
            return random.uniform(*GLARE_PAUSES_S[self._call.is_outgoing])
        if status == 422 and self._call.refresh.timer.too_short(response.headers.get("Min-SE")):
            return 0.0
        wait = (response.headers.get("Retry-After") or "").split(";")[0].split("(")[0].strip()
        if status in (500, 503) and wait.isascii() and wait.isdecimal() and int(wait[:6]) <= MAX_PAUSE_S:
            return float(wait)
        # While a lost link is being restored, a server that cannot reach the far side may say no more than that.
        is_patient = self._call.restoration.is_on or (status == 408 and self._call.mending.is_on)
        if status in (408, 481) and (not is_patient or self._call.is_from_far(response)):
            self._call.vanished()
        meant = endings.refused(status, response.reason, reasons.parse(response.headers))
        raise RequestFailed(status, f"The other side did not agree to the change: {meant.sentence}")

    async def _offer(self, *, fresh: bool) -> Response:
        dialog = self._call.dialog
        if dialog is None or self._call.is_over:
            raise NotPossible("That call is over.")
        offer = await self._make(fresh=fresh)
        headers = self._call.refresh.timer.asks()
        request = dialog.request("INVITE", headers=headers, body=offer.sdp.encode(), content_type=descriptions.SDP)
        final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        order = InOrder()
        self._idle.clear()
        handle = self._ours = self._call.agent.invite(
            request,
            heard=lambda response: self._heard(handle, dialog, order, final, response),
            failed=partial(self._not_sent, final),
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await final
        except TimeoutError as error:
            # A late answer is taken all the same.
            handle.cancel()
            raise RequestTimeout("The other side did not answer to that; try again.") from error

    async def _make(self, *, fresh: bool) -> Description:
        """Our offer. What they offered while it was made goes first, and makes it worthless."""
        for _ in range(ATTEMPTS):
            before = self._their_turns
            offer = await self._call.descriptions.offer(fresh=fresh)
            if self._call.is_over:
                raise NotPossible("That call is over.")
            if before == self._their_turns:
                return offer
            await self._their_turn_is_over()
        raise RequestFailed(491, "The other side keeps changing the call; try again.")

    def _heard(
        self, handle: InviteHandle, dialog: Dialog, order: InOrder, final: "asyncio.Future[Response]", said: Response
    ) -> None:
        if said.status < 200:
            self._call.desk.acknowledge(dialog, order, said)
            return
        if not said.is_success:
            self._ours_is_over(handle)
            if not final.done():
                final.set_result(said)
            return
        handle.ack(said, dialog.request("ACK", cseq=handle.request.cseq.number))
        if self._ours is not handle or self._call.is_over:
            return
        dialog.refresh(said)
        self._call.learn(said)
        self._call.spawn(self._apply(handle, final, said))

    async def _apply(self, handle: InviteHandle, final: "asyncio.Future[Response]", said: Response) -> None:
        try:
            answer = descriptions.found_in(said)
            if answer is None:
                raise NegotiationFailed("The other side agreed without a description of its sound.")
            await self._call.descriptions.apply(Description("answer", answer))
            self._call.refresh.answered(said)
            self._call.identified(said)
            self._call.far_side_described()
            if not final.done():
                final.set_result(said)
        except PhoneError as error:
            if final.done():
                self._call.fault(str(error))
            else:
                final.set_exception(error)
        finally:
            self._ours_is_over(handle)

    def _not_sent(self, final: "asyncio.Future[Response]", error: PhoneError) -> None:
        if self._ours is not None:
            self._ours_is_over(self._ours)
        if not final.done():
            final.set_exception(error)

    def _ours_is_over(self, handle: InviteHandle) -> None:
        if self._ours is handle:
            self._ours = None
            self._settle()

    # -- they offer -------------------------------------------------------------------------------------------------

    def take_invite(self, incoming: Incoming) -> None:
        """The far side wants to change the call; without a description it wants our offer."""
        if self._is_taken(incoming):
            self._begin(incoming)

    def take_update(self, incoming: Incoming, dialog: Dialog | None = None) -> None:
        """As well, or only a sign of life; also in an early dialog (RFC 3311 section 5.2)."""
        if descriptions.found_in(incoming.request) is not None or descriptions.is_foreign(incoming.request):
            if self._is_taken(incoming):
                self._begin(incoming, dialog)
            return
        if (refusal := self._call.refresh.refusal(incoming.request)) is not None:
            incoming.respond(422, headers=refusal)
            return
        self._agree(incoming, dialog or self._call.dialog, "")

    def _is_taken(self, incoming: Incoming) -> bool:
        if self._call.is_over:
            incoming.respond(481)
        elif self._ours is not None:
            incoming.respond(491)
        elif self._theirs is not None:
            incoming.respond(500, headers=(("Retry-After", f"{random.randint(0, MAX_PAUSE_S)}"),))
        elif descriptions.is_foreign(incoming.request):
            incoming.respond(415, headers=(("Accept", descriptions.SDP),))
        elif (refusal := self._call.refresh.refusal(incoming.request)) is not None:
            incoming.respond(422, headers=refusal)
        else:
            return True
        return False

    def take_over(self, incoming: Incoming, agreed: Callable[[], None]) -> None:
        """An INVITE from outside takes the place of the dialog there is; `agreed` is called just before its 200."""
        if self._is_taken(incoming):
            self._begin(incoming, agreed=agreed)

    def _begin(
        self, incoming: Incoming, dialog: Dialog | None = None, agreed: Callable[[], None] = lambda: None
    ) -> None:
        self._theirs = incoming
        self._their_turns += 1
        self._idle.clear()
        incoming.cancelled = lambda _: self._theirs_is_over(incoming)
        self._call.spawn(self._answer(incoming, dialog, agreed))

    async def _answer(self, incoming: Incoming, dialog: Dialog | None, agreed: Callable[[], None]) -> None:
        offer = descriptions.found_in(incoming.request)
        try:
            if offer is None:
                ours = await self._call.descriptions.offer()
            else:
                ours = await self._call.descriptions.answer(Description("offer", offer))
        except MediaError as error:
            log.info("%s: a change was refused: %s", self._call.ref, error)
            if self._theirs is incoming:
                incoming.respond(488, headers=(("Warning", '399 tuiphone "No sound could be agreed on"'),))
                self._theirs_is_over(incoming)
            return
        if self._theirs is not incoming or self._call.is_over:
            return
        self._wants_answer = offer is None
        self.answered += 1
        if incoming.request.method == "INVITE":
            incoming.unacked = self._call.vanished
        agreed()
        self._agree(incoming, dialog or self._call.dialog, ours.sdp)
        if incoming.request.method != "INVITE":
            self._theirs_is_over(incoming)
        if offer is not None:
            self._call.far_side_described()

    def _agree(self, incoming: Incoming, dialog: Dialog | None, sdp: str) -> None:
        headers = self._call.refresh.answers(incoming.request) if self._call.answered else ()
        if dialog is not None:
            dialog.refresh(incoming.request)
        if sdp:
            incoming.respond(200, headers=headers, body=sdp.encode(), content_type=descriptions.SDP)
        else:
            incoming.respond(200, headers=headers)
        self._call.identified(incoming.request)

    def take_ack(self, request: Request) -> None:
        """They have our answer, or sent theirs to our offer."""
        incoming, wants = self._theirs, self._wants_answer
        if incoming is None or request.cseq.number != incoming.request.cseq.number:
            return
        self._wants_answer = False
        if not wants:
            return self._theirs_is_over(incoming)
        answer = descriptions.found_in(request)
        if answer is None:
            self._theirs_is_over(incoming)
            return self._call.fault("The other side asked for a change of the call and did not finish it.")
        self._call.spawn(self._take_answer(incoming, answer))

    async def _take_answer(self, incoming: Incoming, answer: str) -> None:
        try:
            await self._call.descriptions.apply(Description("answer", answer))
            self._call.far_side_described()
        except MediaError as error:
            self._call.fault(f"The other side's change of the call did not work: {error}")
        finally:
            self._theirs_is_over(incoming)

    def _theirs_is_over(self, incoming: Incoming) -> None:
        if self._theirs is incoming:
            self._theirs = None
            self._settle()

    def _settle(self) -> None:
        if self._ours is None and self._theirs is None:
            self._idle.set()

    def link_lost(self) -> None:
        """What they wanted cannot be answered any more."""
        if self._theirs is not None:
            self._theirs_is_over(self._theirs)

    def close(self) -> None:
        """The call is over: an offer of theirs that waits is refused."""
        incoming, self._theirs = self._theirs, None
        if incoming is not None and not incoming.is_answered:
            incoming.respond(487 if incoming.request.method == "INVITE" else 481)
        self._idle.set()

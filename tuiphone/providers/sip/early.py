"""Our ringing before we answer: said once, or reliably where the caller insists on that (RFC 3262 section 3)."""

import asyncio
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.ports import Description
from tuiphone.providers.sip import descriptions
from tuiphone.providers.sip.reliable import MAX_RSEQ, RAck, first_rseq
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transaction import T1, TIMEOUT

if TYPE_CHECKING:
    from tuiphone.providers.sip.incoming import IncomingCall


class Ringing:
    """Of one call that rings here."""

    def __init__(self, call: "IncomingCall", invite: Incoming) -> None:
        self._call = call
        self._invite = invite
        self._rseq = min(first_rseq(), MAX_RSEQ - 1)
        self._is_sent = False
        self._offered = False
        self._acknowledged = asyncio.Event()
        self._through = asyncio.Event()
        """What came with the acknowledgement has been applied."""
        self.is_settled = False
        """Offer and answer went by in it; the 200 has no description."""

    async def ring(self) -> None:
        """180; again and again until it is acknowledged, where it has to be."""
        if "100rel" not in self._invite.request.required:
            self._invite.respond(180)
            return
        body, kind = b"", None
        if descriptions.found_in(self._invite.request) is None:
            # The first reliable response to an INVITE without an offer has ours (section 5).
            offer = await self._call.descriptions.offer()
            body, kind, self._offered = offer.sdp.encode(), descriptions.SDP, True
        headers = (("Require", "100rel"), ("RSeq", f"{self._rseq}"))
        self._is_sent = True
        pause, waited = T1, 0.0
        while not self._acknowledged.is_set():
            if waited >= TIMEOUT:
                return self._call.give_up(504, EndReason.MISSED, "The caller did not hear that it rings here.")
            if not self._invite.respond(180, headers=headers, body=body, content_type=kind):
                return
            try:
                async with asyncio.timeout(pause):
                    await self._acknowledged.wait()
            except TimeoutError:
                waited, pause = waited + pause, 2 * pause

    def take(self, incoming: Incoming) -> None:
        """A PRACK came."""
        request = incoming.request
        said = RAck.parse(request.headers.get("RAck"))
        expected = RAck(self._rseq, self._invite.request.cseq.number, "INVITE")
        if said != expected or not self._is_sent or self._acknowledged.is_set():
            incoming.respond(481)
            return
        self._acknowledged.set()
        answer = descriptions.found_in(request)
        if self._offered and answer is not None:
            self._call.spawn(self._settle(answer))
        elif answer is not None:
            # It would be an offer, and theirs in the INVITE has no answer yet (section 5).
            incoming.respond(488)
            return
        else:
            self._through.set()
        incoming.respond(200)

    async def _settle(self, answer: str) -> None:
        await self._call.descriptions.apply(Description("answer", answer))
        self.is_settled = True
        self._through.set()

    async def heard(self) -> None:
        """A response with a description has to be acknowledged before the call is answered (section 3)."""
        if self._is_sent and self._offered:
            await self._through.wait()

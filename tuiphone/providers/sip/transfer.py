"""Handing a call over by REFER: blind, or to somebody we talk to (RFC 3515, RFC 5589); NOTIFY tells how it goes."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import NotPossible, ProviderError, RequestFailed
from tuiphone.core.model import Address
from tuiphone.providers.sip import endings, names, progress
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import BadMessage
from tuiphone.providers.sip.progress import Progress
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.uri import Uri

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 180.0
"""How long the other side may take to tell what came of it."""
_SENTENCES = {
    403: "The other side may not transfer calls.",
    405: "The other side cannot transfer calls.",
    420: "The other side cannot transfer calls in this way.",
    501: "The other side cannot transfer calls.",
    603: "The other side does not want to be transferred.",
}


class Transfer:
    """Of one call, one at a time.

    idle ── REFER ──> asked ── 2xx ──> under way ── NOTIFY 2xx, or BYE ──> the call is over, TRANSFERRED
     ^                  │                  │
     └──────────────────┴── 3xx-6xx ───────┘        the call goes on
    """

    def __init__(self, call: "SipCall") -> None:
        self._call = call
        self._to: str | None = None
        self._other: SipCall | None = None
        self._number: int | None = None
        """The CSeq of our REFER, by which NOTIFY names it."""
        self._timer: asyncio.TimerHandle | None = None
        self.handed_to: str | None = None
        """A sentence, while the far side may leave us because of a transfer."""

    async def blind(self, to: Address) -> None:
        """Raises: NotPossible, BadAddress, RequestFailed, RequestTimeout, ConnectionLost"""
        await self._refer(names.uri_of(to, self._call.desk.settings), to.label)

    async def attended(self, other: "SipCall") -> None:
        """The far side is to take our place in the other call. Raises: as `blind`"""
        dialog = other.dialog
        if dialog is None or other is self._call:
            raise NotPossible("A call is joined with another one that was answered.")
        replaces = Replaces(dialog.call_id, to_tag=dialog.remote_tag, from_tag=dialog.local_tag)
        # Contacts of phones behind a WebSocket lead nowhere from elsewhere, unless the server made them (RFC 5627).
        is_global = dialog.target.param("gr") is not None or _leads_nowhere(dialog.remote.uri)
        uri = dialog.target if is_global else dialog.remote.uri.bare()
        await self._refer(replace(uri, headers=(("Replaces", str(replaces)),)), other.peer.label, other)

    async def _refer(self, uri: Uri, to: str, other: "SipCall | None" = None) -> None:
        dialog = self._call.dialog
        if dialog is None or self._call.is_over:
            raise NotPossible("That call is over.")
        if self._to is not None:
            raise NotPossible("That call is being transferred already.")
        self._to, self._other, self._number = to, other, None
        self.handed_to = f"Transferred to {to}."
        if other is not None:
            other.transferring.handed_to = f"Transferred: {self._call.peer.label} talks to {to} now."
        us = NameAddr(None, self._call.agent.identity.aor)
        refer_to = ("Refer-To", str(NameAddr(None, uri)))
        try:
            response = await self._call.ask(dialog.request("REFER", headers=(refer_to, ("Referred-By", str(us)))))
        except (ProviderError, asyncio.CancelledError):
            self._forget()
            raise
        if not response.is_success:
            self._forget()
            sentence = _SENTENCES.get(response.status, endings.refused(response.status, response.reason).sentence)
            raise RequestFailed(response.status, f"The call was not transferred: {sentence}")
        if self._to is None or self._call.is_over:
            return
        self._number = response.cseq.number
        if (response.headers.get("Refer-Sub") or "").strip().lower() == "false":
            return self._done()
        self._call.describe(("Transfer", f"asked to call {to}"))
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._nothing_heard)

    def take(self, incoming: Incoming) -> None:
        """A NOTIFY came."""
        request = incoming.request
        event = request.word("Event")
        if event is None or event.value.lower() != "refer":
            return _refuse(incoming, 489)
        number = event.param("id")
        if self._to is None or (number and self._number is not None and number != f"{self._number}"):
            return _refuse(incoming, 481)
        incoming.respond(200)
        try:
            state = request.word("Subscription-State")
        except BadMessage:
            state = None
        told = progress.parse(request.content_type, request.body)
        if told is not None and told.is_final:
            return self._done() if told.went_well else self._refused(told)
        if state is not None and state.value.lower() == "terminated":
            # It was begun, and more is not told.
            return self._done()
        if told is not None and told.status > 100:
            self._call.describe(("Transfer", f"{self._to}: {told.phrase or told.status}"))

    def _done(self) -> None:
        to, other = self._to, self._other
        sentence = self.handed_to
        self._forget()
        if other is not None:
            other.leave(EndReason.TRANSFERRED, f"Transferred: {self._call.peer.label} talks to {to} now.")
        self._call.leave(EndReason.TRANSFERRED, sentence)

    def _refused(self, told: Progress) -> None:
        to = self._to
        self._forget()
        self._call.describe(("Transfer", f"{to}: {told.status} {told.phrase}".strip()))
        sentence = endings.refused(told.status, told.phrase).sentence
        self._call.fault(f"{to} did not take the call: {sentence} {self._call.peer.label} is still here.")

    def _nothing_heard(self) -> None:
        to = self._to
        self._forget()
        self._call.fault(f"Nothing more was heard of the transfer to {to}; {self._call.peer.label} is still here.")

    def _forget(self) -> None:
        self.close()
        if self._other is not None and not self._other.is_over:
            self._other.transferring.handed_to = None
        self._to = self._other = self.handed_to = None

    def close(self) -> None:
        """The call is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _refuse(incoming: Incoming, status: int) -> None:
    incoming.respond(status, headers=(("Allow-Events", "refer"),) if status == 489 else ())


def _leads_nowhere(uri: Uri) -> bool:
    return uri.host.lower().rstrip(".").endswith(".invalid")

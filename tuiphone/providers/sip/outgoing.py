"""A call of ours: rings at one phone or several, is answered by the first that picks up, sent elsewhere or refused."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import AccessDenied, ConnectionLost, MediaError, PhoneError, RequestTimeout
from tuiphone.core.events import CallAnswered, CallDescribed, CallRang, CallStarted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers.sip import descriptions, endings, reasons
from tuiphone.providers.sip.asking import InviteHandle
from tuiphone.providers.sip.call import MAX_SHOWN, NO_SOUND, SipCall
from tuiphone.providers.sip.fork import Branch, Fork
from tuiphone.providers.sip.message import Pairs, Response
from tuiphone.providers.sip.progress import Progress
from tuiphone.providers.sip.redirection import Redirection
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.uri import Uri
from tuiphone.providers.status import Meaning

if TYPE_CHECKING:
    from tuiphone.providers.sip.desk import Desk

log = logging.getLogger(__name__)

RING_SECONDS = 180.0
"""How long nothing new may come of a call that nobody has answered (Timer C, RFC 3261 section 16.6)."""
ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
_PROGRESS = {181: "is being forwarded", 182: "is waiting in a queue"}


class OutgoingCall(SipCall):
    """One call of ours. The first description that comes back is applied, and may be heard before anybody answers."""

    is_outgoing = True

    def __init__(self, desk: "Desk", to: Address, uri: Uri, *, video: bool, headers: Pairs = ()) -> None:
        super().__init__(desk, desk.new_call_id(), to, video=video)
        self.watcher: Callable[[Progress], None] | None = None
        """Told how it goes: who asked us to call."""
        self._uri = uri
        self._first = to
        """Who was called, where the call was sent elsewhere since."""
        self._headers = tuple(headers)
        self._redirection = Redirection(self, uri)
        self._handle: InviteHandle | None = None
        self._fork = Fork(self.agent, self._take_early)
        self._offer = ""
        self._applied: Branch | None = None
        """Whose description is the answer to our offer."""
        self._answer = ""
        self._winner: Branch | None = None
        self._is_early = self._rang = False

    def begin(
        self,
        media: CallMedia | None,
        caller: str | None,
        *facts: tuple[str, str | None],
        picked_up_for: Address | None = None,
    ) -> None:
        """Tell of the call, and make it."""
        self.desk.emit(
            CallStarted(
                self.ref,
                self.peer,
                CallDirection.OUTGOING,
                video=self.video,
                caller=caller,
                facts=self.facts(("To", str(self._uri.bare())), *facts),
                media=media,
                picked_up_for=picked_up_for,
            )
        )
        if media is None:
            return self.end(EndReason.FAILED, NO_SOUND)
        self.use_media(media)
        self.spawn(self._invite())

    async def _invite(self) -> None:
        # An answer that was applied went with its own connection.
        self._offer = (await self.descriptions.offer(fresh=self._applied is not None)).sdp
        self._applied = None
        self._send()

    def _send(self) -> None:
        self._fork = fork = Fork(self.agent, self._take_early)
        headers = (*self.refresh.timer.asks(), *self._headers)
        request = self.agent.request(
            "INVITE",
            self._uri,
            call_id=self.call_id,
            headers=headers,
            body=self._offer.encode(),
            content_type=descriptions.SDP,
        )
        handle = self._handle = self.agent.invite(
            request,
            heard=lambda response: self._heard(handle, fork, response),
            failed=lambda error: self.not_answered(error) if handle is self._handle else None,
        )
        self.in_time(RING_SECONDS, self._nobody_answered)

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _heard(self, handle: InviteHandle, fork: Fork, response: Response) -> None:
        if response.is_success:
            return self._accepted(handle, fork, response)
        if self.is_over or self.answered or handle is not self._handle:
            return
        if response.is_final:
            return self._refused(response)
        self._progressed(fork, response)

    def _progressed(self, fork: Fork, response: Response) -> None:
        """1xx: it rings at a phone, and is heard perhaps."""
        branch = fork.branch(self._handle.request, response) if self._handle is not None else None
        if branch is not None and not self.desk.acknowledge(branch.dialog, branch.order, response):
            return
        self.in_time(RING_SECONDS, self._nobody_answered)
        match response.status:
            case 100:
                return
            case 199 if branch is not None:
                return fork.drop(branch)
            case status if status in _PROGRESS:
                self.describe(("Progress", _PROGRESS[status]))
        early = descriptions.found_in(response)
        if early is not None and branch is not None and self._applied is None:
            self._applied, self._answer = branch, early
            self._is_early = True
            self.spawn(self._apply(early))
            self._rings(early=True)
        elif response.status != 183 or early is not None:
            self._rings(early=False)
        if self.watcher is not None:
            self.watcher(Progress(response.status, reasons.plain(response.reason)))

    def _rings(self, *, early: bool) -> None:
        if not self._rang or early:
            self._rang = True
            self.desk.emit(CallRang(self.ref, early_media=early))

    def _take_early(self, branch: Branch, incoming: Incoming) -> None:
        """A request of a phone: after its answer as in any call, before it only few make sense."""
        if branch is self._winner:
            return self.take(incoming)
        match incoming.request.method:
            case "UPDATE" if branch is self._applied:
                self.renegotiation.take_update(incoming, branch.dialog)
            case "UPDATE" if not incoming.request.body:
                incoming.respond(200)
            case "UPDATE":
                # RFC 3311 section 5.2: our offer has no answer in this dialog.
                incoming.respond(491)
            case "BYE":
                incoming.respond(200)
            case "ACK":
                pass
            case "OPTIONS" | "INFO" | "NOTIFY" | "MESSAGE":
                self.take(incoming)
            case _:
                incoming.respond(481)

    def _accepted(self, handle: InviteHandle, fork: Fork, response: Response) -> None:
        """2xx: the first one wins the call; others are confirmed and ended at once."""
        branch = fork.branch(handle.request, response)
        if branch is None:
            return
        dialog = branch.dialog
        if branch is not self._winner:
            dialog.confirm(response)
        handle.ack(response, dialog.request("ACK", cseq=handle.request.cseq.number))
        if branch is self._winner:
            return
        if self.is_over or self.answered or handle is not self._handle:
            fork.drop(branch)
            return self.desk.goodbye(dialog, (("Reason", ELSEWHERE),) if self.answered else ())
        self._winner, self.dialog, self.answered = branch, dialog, True
        self.no_hurry()
        fork.only(branch)
        self.learn(response)
        answer = descriptions.found_in(response)
        if answer is None and self._applied is not branch:
            return self.leave(EndReason.FAILED, "The other side picked up without a description of its sound.")
        self.refresh.answered(response)
        self.desk.emit(CallAnswered(self.ref))
        self.identified(response)
        if self.watcher is not None:
            self.watcher(Progress(200, "OK"))
        if self._applied is None:
            self._applied = branch
            self.spawn(self._apply(answer or ""))
        else:
            self.spawn(self._settle(branch, answer))

    async def _apply(self, answer: str) -> None:
        await self.descriptions.apply(Description("answer", answer))
        if self.answered:
            self.far_side_described()

    async def _settle(self, branch: Branch, answer: str | None) -> None:
        """Who picked up after early media: the same phone goes on, another one needs a connection of its own."""
        self._applied = branch
        if answer is None or descriptions.same_place(answer, self._answer):
            return self.far_side_described()
        try:
            await self.renegotiation.renegotiate(fresh=True)
        except ConnectionLost:
            return
        except PhoneError as error:
            self.leave(EndReason.FAILED, f"The phone that picked up could not be heard: {error}")

    def _refused(self, response: Response) -> None:
        """3xx-6xx."""
        status = response.status
        if status == 422 and self.refresh.timer.too_short(response.headers.get("Min-SE")):
            return self._send()
        self._fork.only(None)
        self._handle = None
        if self._redirection.takes(response):
            return
        if self.watcher is not None:
            self.watcher(Progress(status, reasons.plain(response.reason)))
            self.watcher = None
        meant = self.refusal(response)
        self.end(meant.reason, meant.sentence)

    def refusal(self, response: Response) -> Meaning:
        """What it means that there is nobody and nowhere else to try."""
        return endings.refused(response.status, response.reason, reasons.parse(response.headers))

    def not_answered(self, error: PhoneError) -> None:
        """There will be no answer."""
        if not self.is_over and not self.answered:
            self.failed(error)

    # -- sent elsewhere ---------------------------------------------------------------------------------------------

    async def follow(self, media: CallMedia | None) -> str | None:
        """Call where the call was sent, or who the far side named. Raises: as SipCall.follow"""
        if not self._redirection.is_asked:
            return await super().follow(media)
        self._uri, self.peer = self._redirection.followed()
        facts = (("To", str(self._uri.bare())), ("Redirected from", self._first.label[:MAX_SHOWN]))
        self.desk.emit(CallDescribed(self.ref, facts, peer=self.peer))
        self._rang = False
        self.in_time(RING_SECONDS, self._nobody_answered)
        if self._applied is not None:
            self.spawn(self._invite())
        else:
            self._send()
        return None

    async def stay(self) -> None:
        """Do not. Raises: as SipCall.stay"""
        if not self._redirection.is_asked:
            return await super().stay()
        self.not_followed()

    def not_followed(self) -> None:
        """Nobody wants to go where it was sent."""
        label = self._redirection.refused()
        self.end(EndReason.CANCELLED, f"The call was sent to {label}, and you did not follow.")

    # -- what becomes of it -----------------------------------------------------------------------------------------

    def _nobody_answered(self) -> None:
        self.leave(EndReason.NO_ANSWER, f"Nobody answered within {RING_SECONDS / 60:.0f} minutes.")

    def say_goodbye(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """BYE, or CANCEL; who picks up at the same moment is told BYE."""
        if self.dialog is not None:
            self.desk.goodbye(self.dialog, headers)
        elif self._handle is not None:
            self._handle.cancel()

    def failed(self, error: Exception) -> None:
        """What it takes to make the call failed."""
        match error:
            case ConnectionLost() if not self.answered:
                self.end(EndReason.LOST, "The connection was lost before the call was answered. Call again.")
            case RequestTimeout() if not self.answered:
                reason = EndReason.NO_ANSWER if self._rang else EndReason.UNREACHABLE
                self.leave(reason, "The server did not answer. Try again.")
            case AccessDenied() if not self.answered:
                self.end(EndReason.FAILED, str(error))
            case MediaError() if self._is_early and not self.answered:
                self.leave(EndReason.FAILED, f"The other side's sound could not be set up: {error}")
            case _:
                super().failed(error)

    def forget(self) -> None:
        """It is over."""
        if not self.answered:
            self._fork.only(None)
        if self.watcher is not None:
            watcher, self.watcher = self.watcher, None
            if not self.answered:
                watcher(Progress(487, "Request Terminated"))
        super().forget()

    def owns(self, wanted: Replaces) -> bool:
        """Whether a phone it rings at is at the other end of this dialog."""
        branch = self._fork.find(wanted.from_tag)
        return branch is not None and branch.dialog.key == (wanted.call_id, wanted.to_tag, wanted.from_tag)

    def picked_up_elsewhere(self) -> None:
        """Somebody takes the call for whom we call: the INVITE is taken back (RFC 3891 section 3)."""
        if self._handle is not None:
            self._handle.cancel(ELSEWHERE)
            self._handle = None
        self._fork.only(None)
        self.no_hurry()
        if not self.answered:
            self.answered = True
            self.desk.emit(CallAnswered(self.ref))

"""Calls of robots: the user agent's side of INVITE and of all that may come inside its dialog."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip.dialog import Dialog
from tuiphone.simulator.sip.fields import new_tag, params_of, parse_named, split_list, tag_of
from tuiphone.simulator.sip.message import Message, response
from tuiphone.simulator.sip.peer import MakePeer, SipPeer, has_picture

if TYPE_CHECKING:
    from tuiphone.simulator.sip.floor import Floor

logger = logging.getLogger(__name__)

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE"
SUPPORTED = "100rel, replaces, timer"
SDP = ("Content-Type", "application/sdp")
MOST_DIGITS = 1_000
_LOST_S = 60.0
_T1_S, _T2_S, _GIVE_UP_S = 0.5, 4.0, 32.0


class RobotCall:
    """One call of one robot, made or received."""

    def __init__(self, floor: "Floor", name: str, make_peer: MakePeer, invite: Message | None = None) -> None:
        self.floor = floor
        self.name = name
        self.ref = invite.call_id if invite else secrets.token_hex(12)
        self.invite = invite
        """The one that came, or the last that we sent."""
        self.dialog: Dialog | None = None
        self.peer: SipPeer | None = None
        self.digits = ""
        """Keys that the other side pressed."""
        self.answered = False
        self.over = asyncio.Event()
        self.acknowledged = asyncio.Event()
        self.tasks = Tasks()
        self.munge: Callable[[str], str] = lambda sdp: sdp
        """Makes our descriptions odd."""
        self.tag = new_tag()
        self.reliably = False
        """Provisional responses of this call are acknowledged (RFC 3262)."""
        self.takes_no_cancel = False
        """Answers when it is cancelled, as if the two had crossed."""
        self.is_deaf = False
        """Responds to nothing any more."""
        self.refuses_again: list[int] = []
        """Statuses for the next re-INVITEs and UPDATEs."""
        self.cancel_reason = ""
        self.refreshes = 0
        """Re-INVITEs and UPDATEs that came."""
        self.last_answer: Message | None = None
        self.notified: list[str] = []
        """What NOTIFYs about transfers said."""
        self.make_peer = make_peer
        self._local: str | None = None
        self._frames = 0
        self._rseq = secrets.randbelow(1_000) + 1
        self._pracked: dict[int, asyncio.Event] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._tags: set[str] = set()
        self._early: dict[str, Dialog] = {}
        self._refers = 0
        if invite:
            self.dialog = Dialog.called(invite, self.tag, floor.contact(name))

    # -- being called -----------------------------------------------------------------------------------------------

    def respond(self, status: int, *headers: tuple[str, str], reason: str = "", body: str = "") -> Message:
        """Respond to the INVITE that came."""
        assert self.invite
        answer = response(self.invite, status, reason, tag=self.tag, body=body)
        if status < 300:
            for row in self.invite.rows("record-route"):
                answer.headers.append(("Record-Route", row))
            answer.headers += [
                ("Contact", self.floor.contact(self.name)), ("Allow", ALLOW), ("Supported", SUPPORTED),
                ("Server", "tuiphone simulator"),
            ]  # fmt: skip
        answer.headers += headers
        self.floor.out(answer)
        return answer

    async def ring(self, status: int = 180, *, sdp: str = "") -> None:
        """Ring; reliably where that was asked for, and then until it was acknowledged."""
        assert self.invite
        headers = (SDP,) if sdp else ()
        if not self.reliably:
            self.respond(status, *headers, body=sdp)
            return
        self._rseq += 1
        number, done = self._rseq, asyncio.Event()
        self._pracked[number] = done
        message = self.respond(status, *headers, ("Require", "100rel"), ("RSeq", str(number)), body=sdp)
        await self._repeat(message, done)

    async def describe(self, invite: Message | None = None) -> str:
        """Our answer to the offer of an INVITE, or our offer when it has none."""
        invite = invite or self.invite
        offer = invite.body if invite else ""
        if offer:
            self._leave_unless(offer)
            peer = self._made_peer(has_picture(offer))
            sdp = await peer.take_offer(offer)
        elif self.peer:
            sdp = await self.peer.offer_again()
        else:
            sdp = await self._made_peer(False).first_offer()
        self._local = self.munge(sdp)
        return self._local

    async def answer(self, *headers: tuple[str, str], sdp: str | None = None) -> None:
        """Answer the call; the 2xx is repeated until its ACK comes (RFC 3261, section 13.3.1.4)."""
        if self.over.is_set() or self.answered:
            return
        sdp = self._local if sdp is None else sdp
        body = await self.describe() if sdp is None else sdp
        if self.over.is_set():
            return  # cancelled meanwhile
        self.answered = True
        self.acknowledged.clear()
        content = (SDP,) if body else ()
        message = self.last_answer = self.respond(200, *headers, *content, body=body)
        self.tasks.start(self._repeat(message, self.acknowledged, failed=self.hang_up))

    def refuse(self, status: int, *headers: tuple[str, str], reason: str = "") -> None:
        """Refuse the call."""
        if not self.over.is_set() and not self.answered:
            self.respond(status, *headers, reason=reason)
            self.end()

    def timer(self) -> list[tuple[str, str]]:
        """What our answer says of a session timer; whoever calls may want us to refresh (RFC 4028, section 9)."""
        headers = timer(self.invite) if self.invite else []
        if headers and headers[0][1].endswith("refresher=uas"):
            self.tasks.start(self.refresh(float(headers[0][1].partition(";")[0])))
        return headers

    async def refresh(self, seconds: float) -> None:
        """Refresh the session for as long as there is a call."""
        while True:
            await asyncio.sleep(seconds / 2)
            if self.answered:
                await self.ask("UPDATE", ("Supported", "timer"), ("Session-Expires", f"{seconds:g};refresher=uac"))

    def is_replaced_by(self, call_id: str, mine: str, theirs: str) -> bool:
        """Whether a Replaces names this call: one that is up, or that we are making."""
        if self.over.is_set():
            return False
        if self.answered and self.dialog:
            dialog = self.dialog
            return (dialog.call_id, dialog.local_tag, dialog.remote_tag) == (call_id, mine, theirs)
        is_ours = self.dialog is None and self.invite is not None and self.invite.call_id == call_id
        return is_ours and bool(self.invite) and tag_of(self.invite.get("from")) == mine and theirs in self._tags

    def cancelled(self, request: Message) -> None:
        """The caller gave up."""
        self.cancel_reason = request.get("reason")
        if self.takes_no_cancel:
            self.tasks.start(self.answer())
        else:
            self.refuse(487)

    async def wait(self, seconds: float) -> None:
        """Take one's time, as the pace has it."""
        await asyncio.sleep(seconds * self.floor.pace())

    # -- calling ----------------------------------------------------------------------------------------------------

    async def dial(self, to: str, *headers: tuple[str, str], video: bool = False, with_offer: bool = True) -> Message:
        """Call somebody; the final response, after which the call is up or over."""
        offer = self.munge(await self._made_peer(video).first_offer()) if with_offer else ""
        content = (SDP,) if offer else ()
        invite = self.invite = self.floor.request(
            "INVITE", to, self.name, *headers, ("Allow", ALLOW), ("Supported", "100rel, replaces"), *content,
            call_id=self.ref, body=offer,
        )  # fmt: skip
        self.floor.calls[self.ref] = self
        answer = await self.floor.ask(invite, provisional=self._progressed)
        if answer.status >= 300:
            self.end()
            return answer
        self.dialog = Dialog.calling(invite, answer)
        if self.over.is_set():
            self.floor.out(self.dialog.request("ACK", cseq=invite.cseq))
            self.floor.out(self.dialog.request("BYE"))
            return answer
        self.answered = True
        await self._take_answer(invite, answer, with_offer=with_offer)
        return answer

    def _progressed(self, message: Message) -> None:
        self._tags.add(tag_of(message.get("to")))
        if self.invite and message.get("rseq") and "100rel" in message.tokens("require"):
            made = Dialog.calling(self.invite, message)
            early = self._early.setdefault(made.remote_tag, made)
            rack = f"{message.get('rseq')} {message.get('cseq')}"
            self.tasks.start(self.floor.tell(early.request("PRACK", ("RAck", rack))))

    async def _take_answer(self, invite: Message, answer: Message, *, with_offer: bool) -> None:
        assert self.dialog
        self.dialog.refresh(answer)
        try:
            if with_offer:
                if answer.body and self.peer:
                    await self.peer.take_answer(answer.body)
                self.floor.out(self.dialog.request("ACK", cseq=invite.cseq))
            else:
                self._leave_unless(answer.body)
                sdp = self.munge(await self._made_peer(has_picture(answer.body)).take_offer(answer.body))
                self.floor.out(self.dialog.request("ACK", SDP, body=sdp, cseq=invite.cseq))
        except ValueError as error:
            logger.info("%s cannot use a description: %s", self.name, error)
            self.floor.out(self.dialog.request("ACK", cseq=invite.cseq))
            self.hang_up()

    # -- while it lasts ---------------------------------------------------------------------------------------------

    async def ask(self, method: str, *headers: tuple[str, str], body: str = "") -> Message:
        """Send a request inside the dialog; its final response."""
        assert self.dialog
        return await self.floor.ask(self.dialog.request(method, *headers, body=body))

    async def invite_again(self, *headers: tuple[str, str], sdp: str = "") -> Message:
        """A re-INVITE; without a description the other side makes the offer."""
        assert self.dialog
        content = (SDP,) if sdp else ()
        invite = self.dialog.request("INVITE", ("Allow", ALLOW), ("Supported", SUPPORTED), *headers, *content, body=sdp)
        answer = await self.floor.ask(invite)
        if answer.status < 300:
            await self._take_answer(invite, answer, with_offer=bool(sdp))
        elif answer.status in (408, 481):
            self.end()
        return answer

    def hang_up(self, *headers: tuple[str, str]) -> None:
        """End the call, in whatever state it is."""
        if self.over.is_set():
            return
        if self.answered and self.dialog:
            self.floor.tasks.start(self.floor.tell(self.dialog.request("BYE", *headers)))
        elif self.dialog:
            self.respond(480)
        elif self.invite:
            self.floor.cancel(self.invite, *headers)
        self.end()

    def end(self) -> None:
        """Let go of a call that is over."""
        if not self.over.is_set():
            self.over.set()
            self.floor.tasks.start(self._release())

    def take(self, request: Message) -> None:
        """A request inside the dialog."""
        assert self.dialog
        if self.is_deaf:
            return
        if not self.dialog.is_in_order(request):
            self.floor.reply(request, 500, reason="CSeq Is Not Newer")
            return
        self.refreshes += request.method in ("INVITE", "UPDATE")
        if request.method in ("INVITE", "UPDATE") and self.refuses_again:
            self.floor.reply(request, self.refuses_again.pop(0))
            return
        match request.method:
            case "ACK":
                self.acknowledged.set()
                if request.body and self.peer and self.invite and not self.invite.body:
                    self.tasks.start(self.peer.take_answer(request.body), failed=self.hang_up)
            case "BYE":
                self.floor.reply(request, 200)
                self.end()
            case "INVITE":
                self.dialog.refresh(request)
                self.invite = request
                self.tasks.start(self._reinvited(request), failed=lambda: self.floor.reply(request, 488))
            case "UPDATE":
                self.dialog.refresh(request)
                self.tasks.start(self._updated(request), failed=lambda: self.floor.reply(request, 488))
            case "PRACK":
                self._acknowledged_early(request)
            case "INFO":
                self._informed(request)
            case "REFER":
                self._referred(request)
            case "NOTIFY":
                self.floor.reply(request, 200)
                self.notified.append(request.body.strip())
                if request.body.startswith("SIP/2.0 200"):
                    self.hang_up()
            case "OPTIONS" | "MESSAGE":
                self.floor.reply(request, 200, ("Allow", ALLOW))
            case _:
                self.floor.reply(request, 405, ("Allow", ALLOW))

    async def _reinvited(self, request: Message) -> None:
        self.answered = True
        sdp = await self.describe(request)
        message = self.respond(200, *timer(request), SDP, body=sdp)
        self.acknowledged.clear()
        await self._repeat(message, self.acknowledged, failed=self.hang_up)

    async def _updated(self, request: Message) -> None:
        sdp = await self.describe(request) if request.body else ""
        content = (SDP,) if sdp else ()
        contact = ("Contact", self.floor.contact(self.name))
        self.floor.reply(request, 200, contact, *timer(request), *content, body=sdp)

    def _acknowledged_early(self, request: Message) -> None:
        number = request.get("rack").split(" ")[0]
        done = self._pracked.get(int(number)) if number.isdecimal() else None
        if done is None or done.is_set():
            self.floor.reply(request, 481)
            return
        self.floor.reply(request, 200)
        done.set()

    def _informed(self, request: Message) -> None:
        kind = request.get("content-type").partition(";")[0].strip().lower()
        if kind == "application/dtmf-relay":
            fields = dict(line.split("=", 1) for line in request.body.splitlines() if "=" in line)
            self.pressed(next((value.strip() for key, value in fields.items() if key.strip() == "Signal"), ""))
        elif kind == "application/dtmf":
            self.pressed(request.body.strip())
        elif request.body:
            self.floor.reply(request, 415)
            return
        self.floor.reply(request, 200)

    async def press(self, digits: str, *, in_sound: bool) -> bool:
        """Press keys; false when the other side takes none this way."""
        if in_sound:
            return self.peer is not None and await self.peer.press(digits)
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=160\r\n"
            answer = await self.ask("INFO", ("Content-Type", "application/dtmf-relay"), body=body)
            if answer.status >= 300:
                return False
        return True

    @property
    def frames(self) -> int:
        """How many pieces of sound came in."""
        return self._frames + (self.peer.frames["audio"] if self.peer else 0)

    def pressed(self, digits: str) -> None:
        """The other side pressed keys, by INFO or in its sound."""
        self.digits = (self.digits + digits)[:MOST_DIGITS]

    def _referred(self, request: Message) -> None:
        try:
            to = parse_named(request.get("refer-to")).uri
        except ValueError:
            self.floor.reply(request, 400, reason="Bad Refer-To")
            return
        self.floor.reply(request, 202, ("Contact", self.floor.contact(self.name)))
        self._refers += 1
        event = "refer" if self._refers == 1 else f"refer;id={request.cseq}"
        self.floor.tasks.start(self._transferred(to, event, request.get("referred-by")))

    async def _transferred(self, to: str, event: str, by: str) -> None:
        """Call whom we are told to, and report how it goes (RFC 3515, section 2.4.5)."""

        def report(line: str, state: str) -> None:
            headers = ("Event", event), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0")
            if self.dialog and not self.over.is_set():
                request = self.dialog.request("NOTIFY", *headers, body=f"SIP/2.0 {line}\r\n")
                self.floor.tasks.start(self.floor.tell(request))

        report("100 Trying", "active;expires=60")
        uri, replaces = self.floor.referral(to)
        headers = [("Referred-By", by)] if by else []
        if replaces:
            headers.append(("Replaces", replaces))
        other = self.floor.new_call(self.name)
        answer = await other.dial(uri, *headers)
        report(f"{answer.status} {answer.reason}", "terminated;reason=noresource")

    async def _repeat(self, message: Message, done: asyncio.Event, failed: Callable[[], None] | None = None) -> None:
        pause, waited = _T1_S, 0.0
        while waited < _GIVE_UP_S and not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await done.wait()
                    return
            waited += pause
            pause = min(2 * pause, _T2_S)
            if not self.over.is_set():
                self.floor.out(message)
        if failed and not self.over.is_set():
            failed()

    def _leave_unless(self, sdp: str) -> None:
        """Let go of a connection that this description does not go on with."""
        if self.peer and not self.peer.is_same(sdp):
            self._frames = self.frames
            self.floor.tasks.start(self.peer.close())
            self.peer = None

    def _made_peer(self, video: bool) -> SipPeer:
        if self.peer is None:
            self.peer = self.make_peer(video)
            self.peer.pressed = self.pressed
            self.peer.lost = partial(self._lost, self.peer)
        return self.peer

    def _lost(self, peer: SipPeer) -> None:
        """A new connection may come in the place of one that broke, but not for ever."""

        def give_up() -> None:
            if self.peer is peer:
                self.hang_up()

        self._timers.append(asyncio.get_running_loop().call_later(_LOST_S, give_up))

    async def _release(self) -> None:
        for one in self._timers:
            one.cancel()
        self.tasks.cancel()
        await self.tasks.finish()
        self._frames = self.frames
        peer, self.peer = self.peer, None
        if peer:
            await peer.close()
        self.floor.released(self)


def timer(request: Message) -> list[tuple[str, str]]:
    """What the answer to a request with a session timer says: who asked refreshes, unless it wants us to."""
    asked, *parts = split_list(request.get("session-expires"), ";") or [""]
    if not asked.isdecimal():
        return []
    refresher = "uas" if params_of(parts).get("refresher") == "uas" else "uac"
    return [("Session-Expires", f"{asked};refresher={refresher}"), *require_timer(request)]


def require_timer(request: Message) -> list[tuple[str, str]]:
    """Require, where it is understood."""
    return [("Require", "timer")] if "timer" in request.tokens("supported") else []

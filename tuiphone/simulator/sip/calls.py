"""Calls of robots: the user agent's side of INVITE, from either end; what comes inside the dialog is in `inside`."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip.dialog import Dialog
from tuiphone.simulator.sip.fields import new_tag, params_of, split_list, tag_of
from tuiphone.simulator.sip.medium import Medium, succeeds
from tuiphone.simulator.sip.message import Message, response
from tuiphone.simulator.sip.peer import MakePeer

if TYPE_CHECKING:
    from tuiphone.simulator.sip.floor import Floor

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE"
SUPPORTED = "100rel, replaces, timer"
SDP = ("Content-Type", "application/sdp")
_GLARE_S = 1.5
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
        self.medium = Medium(make_peer, floor.tasks, self.hang_up)
        self.answered = False
        self.over = asyncio.Event()
        self.acknowledged = asyncio.Event()
        self.tasks = Tasks()
        self.tag = new_tag()
        self.reliably = invite is not None and "100rel" in invite.tokens("require")
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
        self.is_inviting = False
        """A re-INVITE of ours is under way."""
        self.rings_reliably: dict[int, asyncio.Event] = {}
        """By RSeq, set once it was acknowledged."""
        self.refers = 0
        """Transfers that were asked of us."""
        self._rseq = secrets.randbelow(1_000) + 1
        self._tags: set[str] = set()
        self._early: dict[str, Dialog] = {}
        self.is_called = invite is not None
        if invite:
            self.dialog = Dialog.called(invite, self.tag, floor.contact(name))

    @property
    def other(self) -> str:
        """The name of whoever is at the other end."""
        header = self.invite.get("from" if self.is_called else "to") if self.invite else ""
        return self.floor.user_of(header) if header else ""

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
        self.rings_reliably[number] = done
        message = self.respond(status, *headers, ("Require", "100rel"), ("RSeq", str(number)), body=sdp)
        await self.repeat(message, done)

    async def describe(self) -> str:
        """Our answer to the offer of the INVITE that came, or our offer when it has none."""
        return await self.medium.describe(self.invite.body if self.invite else "")

    async def answer(self, *headers: tuple[str, str], sdp: str | None = None) -> None:
        """Answer the call; the 2xx is repeated until its ACK comes (RFC 3261, section 13.3.1.4)."""
        if self.over.is_set() or self.answered:
            return
        sdp = self.medium.local if sdp is None else sdp
        body = await self.describe() if sdp is None else sdp
        if self.over.is_set():
            return  # cancelled meanwhile
        self.answered = True
        self.acknowledged.clear()
        content = (SDP,) if body else ()
        message = self.last_answer = self.respond(200, *headers, *content, body=body)
        self.tasks.start(self.repeat(message, self.acknowledged, failed=self.hang_up))

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
        offer = await self.medium.describe("", video=video) if with_offer else ""
        content = (SDP,) if offer else ()
        invite = self.invite = self.floor.request(
            "INVITE", to, self.name, *headers, ("Allow", ALLOW), ("Supported", "100rel, replaces"), *content,
            call_id=self.ref, body=offer,
        )  # fmt: skip
        if self.over.is_set():
            return response(invite, 487)  # given up before anybody heard of it
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
        if with_offer:
            is_good = not answer.body or await self.medium.accept(answer.body)
            ack = self.dialog.request("ACK", cseq=invite.cseq)
        else:
            is_good = bool(answer.body) and await succeeds(self.medium.describe(answer.body))
            sdp = self.medium.local or ""
            ack = self.dialog.request("ACK", SDP, body=sdp, cseq=invite.cseq)
        self.floor.out(ack)
        if not is_good:
            self.hang_up()

    # -- while it lasts ---------------------------------------------------------------------------------------------

    async def ask(self, method: str, *headers: tuple[str, str], body: str = "") -> Message:
        """Send a request inside the dialog; its final response."""
        assert self.dialog
        return await self.floor.ask(self.dialog.request(method, *headers, body=body))

    async def invite_again(self, *headers: tuple[str, str], sdp: str = "") -> Message:
        """A re-INVITE; without a description the other side makes the offer. Where both have begun one, we wait and try
        again (RFC 3261, section 14.1)."""
        assert self.dialog
        headers = (("Allow", ALLOW), ("Supported", SUPPORTED), *headers, *((SDP,) if sdp else ()))
        for pause in (_GLARE_S, 2 * _GLARE_S, 0):
            invite = self.dialog.request("INVITE", *headers, body=sdp)
            self.is_inviting = True
            answer = await self.floor.ask(invite)
            self.is_inviting = False
            if answer.status != 491 or not pause:
                break
            await self.wait(pause)
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

    async def press(self, digits: str, *, in_sound: bool) -> bool:
        """Press keys; false when the other side takes none this way."""
        if in_sound:
            return self.medium.peer is not None and await self.medium.peer.press(digits)
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=160\r\n"
            answer = await self.ask("INFO", ("Content-Type", "application/dtmf-relay"), body=body)
            if answer.status >= 300:
                return False
        return True

    async def repeat(self, message: Message, done: asyncio.Event, failed: Callable[[], None] | None = None) -> None:
        """Send it again and again until that is done, or for half a minute."""
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

    async def _release(self) -> None:
        self.tasks.cancel()
        await self.tasks.finish()
        await self.medium.close()
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

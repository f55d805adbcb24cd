"""The user agent of all robots: what comes for them, what they send, and their transactions."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip.calls import RobotCall
from tuiphone.simulator.sip.fields import branch_of, new_branch, new_tag, parse_named, parse_uri, split_list, tag_of
from tuiphone.simulator.sip.inside import take
from tuiphone.simulator.sip.message import Message, response
from tuiphone.simulator.sip.peer import SipPeer

MOST_CALLS = 1_000
HOST = "robots.invalid"
_EXTENSIONS = {"100rel", "replaces", "timer"}
_ANSWER_S = 40.0
_INVITE_S = 300.0

Ring = Callable[[RobotCall], Coroutine[Any, Any, None]]
"""What a robot does when called."""
Cast = Callable[[str], "tuple[Ring, Callable[[bool], SipPeer]]"]
"""The behaviour and the media of a robot by its name."""


class Floor:
    """One hop for all robots; it sends by `deliver`, never at once, so that nobody is called back while it speaks."""

    token = "robots"
    is_there = True
    is_trusted = True

    def __init__(self, domain: str, cast: Cast, deliver: Callable[[Message], None], pace: Callable[[], float]) -> None:
        self.pace = pace
        """What their pauses are multiplied by."""
        self.calls: dict[str, RobotCall] = {}
        self.past: dict[str, RobotCall] = {}
        """Calls that are over, for those who ask what was heard."""
        self.tasks = Tasks()
        self.listened: Callable[[str], None] = lambda user: None
        """Called with whoever called the mailbox."""
        self.texted: Callable[[Message, str], None] = lambda message, name: None
        """Called with each MESSAGE and the robot it is for."""
        self._domain = domain
        self._cast = cast
        self._deliver = deliver
        self._waiting: dict[str, asyncio.Queue[Message]] = {}

    def current(self) -> "Floor":
        return self

    def send(self, message: Message) -> None:
        asyncio.get_running_loop().call_soon(self._take, message.copy())

    def contact(self, name: str) -> str:
        """The Contact of a robot."""
        return f"<sip:{name}@{HOST};transport=ws>"

    def new_call(self, name: str) -> RobotCall:
        """A call that this robot will make."""
        return RobotCall(self, name, self._cast(name)[1])

    def whole(self, call_id: str) -> RobotCall | None:
        """A robot's call, that is up or was of late; of a fork the one that was answered."""
        found = self.all_of(call_id)
        return next((one for one in found if one.answered), found[0] if found else None)

    def all_of(self, call_id: str) -> list[RobotCall]:
        """The same with all devices of a fork."""
        return [one for one in [*self.calls.values(), *self.past.values()] if one.ref.rstrip("'") == call_id]

    def out(self, message: Message) -> None:
        """Send: a response as it is, a request with a Via of ours."""
        if message.method and not message.has("via"):
            message.headers.insert(0, ("Via", f"SIP/2.0/WS {HOST};branch={new_branch()}"))
        asyncio.get_running_loop().call_soon(self._deliver, message.copy())

    def reply(self, request: Message, status: int, *headers: tuple[str, str], reason: str = "", body: str = "") -> None:
        """Respond to anything but a first INVITE."""
        answer = response(request, status, reason, tag=new_tag(), body=body)
        answer.headers += headers
        self.out(answer)

    def request(
        self, method: str, to: str, name: str, *headers: tuple[str, str], call_id: str = "", body: str = ""
    ) -> Message:
        """A request outside dialogs, from a robot."""
        made = Message(method=method, uri=to, body=body)
        made.headers = [
            ("Max-Forwards", "70"),
            ("From", f'"{name.capitalize()}" <sip:{name}@{self._domain}>;tag={new_tag()}'),
            ("To", f"<{to.partition('?')[0]}>"),
            ("Call-ID", call_id or secrets.token_hex(12)),
            ("CSeq", f"{secrets.randbelow(1_000) + 1} {method}"),
            ("Contact", self.contact(name)),
            *headers,
        ]
        return made

    async def ask(self, request: Message, *, provisional: Callable[[Message], None] = lambda message: None) -> Message:
        """Send a request and wait for its final response; one that does not come counts as 408."""
        self.out(request)
        branch = branch_of(request.get("via"))
        answers = self._waiting[branch] = asyncio.Queue()
        patience = _ANSWER_S if request.method != "INVITE" else _INVITE_S
        try:
            async with asyncio.timeout(patience):
                while True:
                    answer = await answers.get()
                    if answer.status >= 200:
                        break
                    provisional(answer)
        except TimeoutError:
            answer = response(request, 408)
        finally:
            del self._waiting[branch]
        if request.method == "INVITE" and answer.status >= 300:
            ack = Message(method="ACK", uri=request.uri)
            for header in ("Via", "From", "Call-ID"):
                ack.set(header, request.get(header))
            ack.set("To", answer.get("to"))
            ack.set("CSeq", f"{request.cseq} ACK")
            self.out(ack)
        return answer

    async def tell(self, request: Message) -> None:
        """Send a request whose answer does not matter."""
        await self.ask(request)

    def cancel(self, invite: Message, *headers: tuple[str, str]) -> None:
        """Cancel an INVITE of ours."""
        cancel = Message(method="CANCEL", uri=invite.uri)
        for header in ("Via", "From", "To", "Call-ID"):
            cancel.set(header, invite.get(header))
        cancel.set("CSeq", f"{invite.cseq} CANCEL")
        cancel.set("Max-Forwards", "70")
        cancel.headers += headers
        self.out(cancel)

    def address_of(self, header: str) -> str:
        """The URI of a From or To, without parameters."""
        return parse_named(header).uri.partition(";")[0]

    def user_of(self, header: str) -> str:
        """The user in a From or To."""
        return parse_uri(parse_named(header).uri).user

    def referral(self, to: str) -> tuple[str, str]:
        """Whom a Refer-To names, and the value of the Replaces header inside it."""
        replaces = parse_uri(to).headers.get("Replaces", "")
        return to.partition("?")[0], replaces

    def released(self, call: RobotCall) -> None:
        """A call is over and its media is gone."""
        if self.calls.get(call.ref) is call:
            del self.calls[call.ref]
        self.past[call.ref] = call
        while len(self.past) > 200:
            del self.past[next(iter(self.past))]

    async def close(self) -> None:
        """End every call."""
        for call in list(self.calls.values()):
            call.end()
        for queue in self._waiting.values():
            queue.put_nowait(Message(status=500, reason="Closing"))
        await self.tasks.finish()

    def _take(self, message: Message) -> None:
        if message.status:
            if answers := self._waiting.get(branch_of(message.get("via"))):
                answers.put_nowait(message)
            return
        call = self._call_of(message)
        unknown = message.tokens("require") - _EXTENSIONS
        if unknown and message.method not in ("ACK", "CANCEL"):
            self.reply(message, 420, ("Unsupported", ", ".join(sorted(unknown))))
        elif message.method == "CANCEL":
            self.reply(message, 200 if call else 481)
            if call and not call.answered:
                call.cancelled(message)
        elif tag_of(message.get("to")):
            if call:
                take(call, message)
            elif message.method != "ACK":
                self.reply(message, 481)
        elif message.method == "INVITE" and len(self.calls) >= MOST_CALLS:
            self.reply(message, 503)
        elif message.method == "INVITE":
            self._invited(message)
        elif message.method == "MESSAGE":
            self.texted(message, parse_uri(message.uri).user)
        elif message.method == "OPTIONS":
            self.reply(message, 200, ("Accept", "application/sdp"))
        elif message.method != "ACK":
            self.reply(message, 405, ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE"))

    def _call_of(self, message: Message) -> RobotCall | None:
        for call in self._with(message.call_id):
            if message.method == "CANCEL":
                if call.invite and branch_of(call.invite.get("via")) == branch_of(message.get("via")):
                    return call
            elif call.dialog and call.dialog.local_tag == tag_of(message.get("to")):
                return call
        return None

    def _with(self, call_id: str) -> Iterable[RobotCall]:
        # Two robots may be in one fork, or at both ends of a call, so the reference is not enough.
        return [call for call in self.calls.values() if call.dialog and call.dialog.call_id == call_id]

    def _invited(self, invite: Message) -> None:
        name = parse_uri(invite.uri).user
        if invite.has("replaces"):
            self._replaced(invite, name)
            return
        ring, make_peer = self._cast(name)
        call = RobotCall(self, name, make_peer, invite)
        self._starts(call, ring)

    def _starts(self, call: RobotCall, ring: Ring) -> None:
        while call.ref in self.calls:
            call.ref += "'"
        self.calls[call.ref] = call
        call.tasks.start(ring(call), failed=lambda: call.refuse(488))

    def _replaced(self, invite: Message, name: str) -> None:
        """An INVITE in the place of a call that we have (RFC 3891, section 3)."""
        call_id, *parts = split_list(invite.get("replaces"), ";")
        params = parse_named(f"<sip:x>;{';'.join(parts)}").params
        mine, theirs = params.get("to-tag", ""), params.get("from-tag", "")
        for older in list(self.calls.values()):
            if older.is_replaced_by(call_id.strip(), mine, theirs):
                break
        else:
            self.reply(invite, 481)
            return
        call = RobotCall(self, older.name, older.medium.make_peer, invite)

        async def ring(call: RobotCall) -> None:
            await call.describe()
            await call.answer(*call.timer())
            older.hang_up()

        self._starts(call, ring)

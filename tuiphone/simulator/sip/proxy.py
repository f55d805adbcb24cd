"""Requests on their way to one or several places, and the responses back (RFC 3261, section 16; RFC 6026)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tuiphone.simulator.sip.fields import branch_of, new_branch, new_tag
from tuiphone.simulator.sip.flow import Hop
from tuiphone.simulator.sip.message import Message, response

_LINGER_S = 32.0
_NON_INVITE_S = 32.0
ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


@dataclass(frozen=True, slots=True)
class Target:
    """One place a request may go to."""

    uri: str
    hop: Hop


class Follower:
    """Somebody who wants to know how a request fares; this one does not."""

    def heard(self, message: Message) -> None:
        """One of the places said something."""

    def refused(self, status: int) -> None:
        """It came to nothing."""


@dataclass(eq=False, slots=True)
class Branch:
    """One copy of a request, at one place."""

    branch: str
    hop: Hop
    request: Message
    rings: bool = False
    final: Message | None = None
    cancel: str | None = None
    """Asked to be cancelled, with this reason; done at the first provisional response (section 9.1)."""
    cancel_sent: bool = False


@dataclass(eq=False, slots=True)
class Forwarding:
    """One request and its copies."""

    request: Message
    source: Hop
    follower: "Follower"
    branches: list[Branch] = field(default_factory=list)
    answered: bool = False
    """A final response went back."""
    timer: asyncio.TimerHandle | None = None

    @property
    def key(self) -> str:
        """What its ACK and CANCEL have in common with it."""
        return branch_of(self.request.get("via"))


class Proxy:
    """Keeps every request until it is answered, and a while longer for what may still come."""

    def __init__(self, via: Callable[[], str], ring_seconds: Callable[[], float]) -> None:
        self._via = via
        self._ring_seconds = ring_seconds
        self._forwardings: dict[str, Forwarding] = {}
        self._branches: dict[str, tuple[Forwarding, Branch]] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def forward(
        self,
        request: Message,
        source: Hop,
        targets: list[Target],
        *,
        record_routes: Callable[[Hop], list[str]],
        follower: Follower | None = None,
    ) -> None:
        """Send a request on to all targets at once; the best final response, or each 2xx, goes back."""
        going = Forwarding(request, source, follower or Follower())
        if going.key in self._forwardings:
            return  # a copy of one that is under way
        if request.method == "INVITE":
            source.current().send(response(request, 100))
        self._forwardings[going.key] = going
        seconds = self._ring_seconds() if request.method == "INVITE" else _NON_INVITE_S
        going.timer = asyncio.get_running_loop().call_later(seconds, self._too_long, going)
        for target in targets:
            branch = self._branch(going, target, record_routes(target.hop))
            going.branches.append(branch)
        for branch in going.branches:
            if branch.hop.is_there:
                branch.hop.send(branch.request)
            else:
                self._fail(going, branch, 430)

    def pass_ack(self, ack: Message, hop: Hop, uri: str) -> None:
        """Send on the ACK of a 2xx; it is never answered."""
        ack = ack.copy()
        ack.uri = uri
        ack.put_first("Via", f"{self._via()};branch={new_branch()}")
        hop.current().send(ack)

    def is_ack_of_refusal(self, ack: Message) -> bool:
        """Whether this ACK ends here, for it is of a final response that this server passed back or made."""
        going = self._forwardings.get(branch_of(ack.get("via")))
        return going is not None and going.request.method == "INVITE"

    def cancel(self, request: Message) -> bool:
        """Cancel what a CANCEL names; false when there is nothing of the kind."""
        going = self._forwardings.get(branch_of(request.get("via")))
        if going is None or going.request.method != "INVITE":
            return False
        for branch in going.branches:
            self._cancel(branch, request.get("reason"))
        return True

    def responded(self, message: Message) -> None:
        """A response came from somewhere."""
        found = self._branches.get(branch_of(message.get("via")))
        if found is None or message.status == 100:
            if found:
                self._provisional(found[1])
            return
        going, branch = found
        vias = message.all("via")[1:]
        if not vias or message.cseq_method != going.request.method:
            return  # of our own CANCEL, or broken
        message = message.copy()
        message.set("Via", *vias)
        going.follower.heard(message)
        if message.status < 200:
            self._provisional(branch)
            going.source.current().send(message)
        elif message.status < 300:
            self._succeeded(going, branch, message)
        else:
            self._refused(going, branch, message)

    def close(self) -> None:
        """Forget everything."""
        for going in self._forwardings.values():
            if going.timer:
                going.timer.cancel()
        for timer in self._timers:
            timer.cancel()
        self._forwardings.clear()
        self._branches.clear()
        self._timers.clear()

    def _branch(self, going: Forwarding, target: Target, record_routes: list[str]) -> Branch:
        name = new_branch()
        copy = going.request.copy()
        copy.uri = target.uri
        copy.put_first("Via", f"{self._via()};branch={name}")
        hops = copy.get("max-forwards")
        copy.set("Max-Forwards", str(int(hops) - 1 if hops.isdecimal() else 70))
        for value in reversed(record_routes):
            copy.put_first("Record-Route", value)
        branch = Branch(name, target.hop.current(), copy)
        self._branches[name] = (going, branch)
        return branch

    def _provisional(self, branch: Branch) -> None:
        branch.rings = True
        if branch.cancel is not None:
            self._cancel(branch, branch.cancel)

    def _succeeded(self, going: Forwarding, branch: Branch, message: Message) -> None:
        is_first = branch.final is None
        branch.final = message
        if going.request.method == "INVITE" or not going.answered:
            going.answered = True
            going.source.current().send(message)
        if is_first:
            for other in going.branches:
                self._cancel(other, ELSEWHERE)
            self._finish(going)

    def _refused(self, going: Forwarding, branch: Branch, message: Message) -> None:
        if going.request.method == "INVITE":
            self._acknowledge(branch, message)
        if branch.final:
            return
        branch.final = message
        if message.status >= 600:
            for other in going.branches:
                self._cancel(other, "")
        self._settle(going)

    def _settle(self, going: Forwarding) -> None:
        """With every place having refused, say so to the source."""
        if not going.answered and all(branch.final for branch in going.branches):
            self._refuse(going, _best([one.final for one in going.branches if one.final]))

    def _refuse(self, going: Forwarding, message: Message) -> None:
        going.answered = True
        going.follower.refused(message.status)
        going.source.current().send(message)
        self._finish(going)

    def _acknowledge(self, branch: Branch, message: Message) -> None:
        ack = Message(method="ACK", uri=branch.request.uri)
        ack.set("Via", branch.request.get("via"))
        ack.set("Max-Forwards", "70")
        ack.set("From", branch.request.get("from"))
        ack.set("To", message.get("to"))
        ack.set("Call-ID", branch.request.call_id)
        ack.set("CSeq", f"{branch.request.cseq} ACK")
        branch.hop.current().send(ack)

    def _cancel(self, branch: Branch, reason: str) -> None:
        if branch.final or branch.cancel_sent:
            return
        branch.cancel = reason
        if not branch.rings:
            return
        branch.cancel_sent = True
        cancel = Message(method="CANCEL", uri=branch.request.uri)
        cancel.set("Via", branch.request.get("via"))
        cancel.set("Max-Forwards", "70")
        for name in ("From", "To", "Call-ID"):
            cancel.set(name, branch.request.get(name))
        cancel.set("CSeq", f"{branch.request.cseq} CANCEL")
        if reason:
            cancel.set("Reason", reason)
        branch.hop.current().send(cancel)
        self._later(_LINGER_S, self._unanswered_cancel, branch)

    def _unanswered_cancel(self, branch: Branch) -> None:
        found = self._branches.get(branch.branch)
        if found and not branch.final:
            self._fail(found[0], branch, 487)

    def _too_long(self, going: Forwarding) -> None:
        if going.request.method == "INVITE":
            for branch in going.branches:
                self._cancel(branch, "")
        if not going.answered:
            self._refuse(going, response(going.request, 408, tag=new_tag()))

    def _fail(self, going: Forwarding, branch: Branch, status: int) -> None:
        branch.final = response(going.request, status, tag=new_tag())
        self._settle(going)

    def _finish(self, going: Forwarding) -> None:
        if going.timer:
            going.timer.cancel()
            going.timer = None
        self._later(_LINGER_S, self._forget, going)

    def _forget(self, going: Forwarding) -> None:
        if self._forwardings.get(going.key) is going:
            del self._forwardings[going.key]
        for branch in going.branches:
            self._branches.pop(branch.branch, None)

    def _later(self, seconds: float, do: Callable[..., None], *arguments: object) -> None:
        def run() -> None:
            self._timers.discard(timer)
            do(*arguments)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)


def _best(finals: list[Message]) -> Message:
    """Which of several refusals goes back (section 16.7, point 6); challenges of all branches go together."""

    def rank(message: Message) -> tuple[int, int, int]:
        status = message.status
        first = 0 if status >= 600 else status // 100
        late = status in (408, 487, 480)
        return first, 0 if status in (401, 407, 415, 420, 484) else 2 if late else 1, status

    return min(finals, key=rank)

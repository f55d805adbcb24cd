"""The server itself: who may send what, where it goes, and what it answers (RFC 3261, sections 8.2 and 16)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.sip.callbook import Callbook, Passing
from tuiphone.simulator.sip.digest import Digest, Verdict
from tuiphone.simulator.sip.fields import new_tag, parse_named, parse_uri, split_list, tag_of
from tuiphone.simulator.sip.floor import HOST, Floor
from tuiphone.simulator.sip.flow import Flow, Heardbook, Hop
from tuiphone.simulator.sip.message import Malformed, Message, response
from tuiphone.simulator.sip.people import People, owner
from tuiphone.simulator.sip.proxy import Follower, Proxy, Target
from tuiphone.simulator.sip.registrar import Binding, Registrar
from tuiphone.simulator.sip.watchers import Watchers

_OF_DIALOGS = {"ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "NOTIFY"}
_KNOWN = _OF_DIALOGS | {"REGISTER", "INVITE", "OPTIONS", "MESSAGE", "REFER", "SUBSCRIBE", "PUBLISH"}
_MAKES_ROUTES = {"INVITE", "SUBSCRIBE", "REFER"}
_ALLOW = ", ".join(sorted(_KNOWN))


class Switchboard:
    """Takes every message from every hop."""

    def __init__(
        self,
        settings: dict[str, Any],
        *,
        address: Callable[[], str],
        digest: Digest,
        people: People,
        registrar: Registrar,
        proxy: Proxy,
        floor: Floor,
        watchers: Watchers,
        heard: Heardbook,
    ) -> None:
        self._settings = settings
        self._address = address
        self._digest = digest
        self._people = people
        self._registrar = registrar
        self._proxy = proxy
        self._floor = floor
        self._watchers = watchers
        self._callbook = watchers.callbook
        self._heard = heard
        self._flows: dict[str, Hop] = {floor.token: floor}

    def opened(self, flow: Flow) -> None:
        """A socket came."""
        self._flows[flow.token] = flow

    def forget(self) -> None:
        """Forget every socket, as a server that was started again has."""
        self._flows = {self._floor.token: self._floor}

    def heard(self, frame: str | bytes, flow: Flow) -> None:
        """A frame came from a socket; what is no SIP is answered where that can be, and otherwise passed over."""
        try:
            message = Message.parse(frame)
        except Malformed as wrong:
            self._refuse_broken(frame, flow, str(wrong))
            return
        self._heard.add(flow.user or (_user_of(message) if message.method else ""), message)
        name = message.method or message.cseq_method
        if name not in split_list(str(self._settings["unanswered"])):
            self.received(message, flow)

    def received(self, message: Message, hop: Hop) -> None:
        """A message came from a socket or from a robot."""
        if message.status:
            if not self._watchers.responded(message):
                self._proxy.responded(message)
            return
        if isinstance(hop, Flow):
            _mark(message)
        try:
            self._request(message, hop)
        except ValueError as error:
            self._answer(message, hop, 400, str(error))

    def _request(self, request: Message, hop: Hop) -> None:
        uri = parse_uri(request.uri)
        if request.method == "CANCEL":
            self._answer(request, hop, 200 if self._proxy.cancel(request) else 481)
            return
        if request.method == "ACK" and self._proxy.is_ack_of_refusal(request):
            return
        if request.method not in _KNOWN:
            self._answer(request, hop, 405, headers=[("Allow", _ALLOW)])
            return
        if request.get("max-forwards") == "0":
            self._answer(request, hop, 483)
            return
        if required := request.all("proxy-require"):
            self._answer(request, hop, 420, headers=[("Unsupported", ", ".join(required))])
            return
        if status := self._refusals().get(request.method):
            self._answer(request, hop, status, headers=_retry_after(self._settings))
            return
        route = self._strip_routes(request)
        if tag_of(request.get("to")):
            self._in_dialog(request, hop, route)
        elif request.method in ("REGISTER", "SUBSCRIBE", "PUBLISH"):
            if user := self._who(request, hop, "WWW-Authenticate", "Authorization", 401):
                self._mine(request, hop, user)
        elif request.method in ("ACK", "BYE", "PRACK", "UPDATE", "INFO"):
            if request.method != "ACK":
                self._answer(request, hop, 481)
        elif uri.where in self._own() and not uri.user and request.method == "OPTIONS":
            self._answer(request, hop, 200, headers=[("Allow", _ALLOW), ("Accept", "application/sdp")])
        elif self._who(request, hop, "Proxy-Authenticate", "Proxy-Authorization", 407):
            self._outside(request, hop)

    def _mine(self, request: Message, hop: Hop, user: str) -> None:
        """A request that ends here."""
        if request.method == "SUBSCRIBE":
            self._watchers.subscribed(request, hop, user)
        elif request.method == "PUBLISH":
            self._watchers.published.take(request, hop, user)
        elif isinstance(hop, Flow):
            self._register(request, hop, user)

    def _register(self, request: Message, flow: Flow, user: str) -> None:
        asked = parse_uri(parse_named(request.get("to")).uri)
        if asked.user != user:
            self._answer(request, flow, 403, "Not Your Address")
            return
        answer = self._registrar.register(request, user, flow)
        for row in str(self._settings["register_header"]).split("|"):
            name, colon, value = row.partition(":")
            if colon:
                answer.headers.append((name.strip(), value.strip()))
        flow.send(answer)

    def _outside(self, request: Message, hop: Hop) -> None:
        """A request that begins something."""
        if request.method == "INVITE" and (line := self._picked_up(request)):
            self._pick_up(request, hop, line)
            return
        binding = self._binding(request.uri)
        uri = parse_uri(request.uri)
        if binding:
            targets = [Target(binding.contact, binding.flow)] if binding.is_there else []
        elif uri.host == HOST:
            targets = [Target(request.uri, self._floor)]
        elif uri.scheme == "tel" or uri.where in self._own():
            found = self._people.targets(uri.user)
            if found is None:
                self._fails(request, hop, 404)
                return
            targets = [one for one in found if not (one.hop is hop and isinstance(hop, Flow))]
        else:
            self._fails(request, hop, 404, "No Such Domain Here")
            return
        if not targets:
            self._fails(request, hop, 480)
            return
        follower = None
        if request.method == "INVITE":
            callee = owner(binding.user if binding else uri.user)
            follower = _Following(self._callbook, self._callbook.began(request, _user_of(request), callee))
        self._forward(request, hop, targets, follower)

    def _picked_up(self, request: Message) -> str:
        """Whose call an INVITE to the code for pickup is meant to take; empty for any other INVITE."""
        code, uri = str(self._settings["pickup_code"]), parse_uri(request.uri)
        is_ours = uri.scheme == "tel" or uri.where in self._own()
        return uri.user.removeprefix(code) if code and is_ours and uri.user.startswith(code) else ""

    def _pick_up(self, request: Message, hop: Hop, line: str) -> None:
        """Send the INVITE to who calls there: only they can have an unanswered call replaced (RFC 3891, section 3)."""
        found = self._callbook.ringing_at(owner(line))
        if found is None or request.has("replaces"):
            self._fails(request, hop, 404, "Nothing Rings There")
            return
        passing, leg = found
        binding = self._binding(passing.caller_contact)
        target = Target(binding.contact, binding.flow) if binding else Target(passing.caller_contact, self._floor)
        request = request.copy()
        request.uri = target.uri
        named = f"{passing.call_id};to-tag={passing.caller_tag};from-tag={leg.tag};early-only"
        request.headers += [("Replaces", named), ("Require", "replaces")]
        follower = _Following(self._callbook, self._callbook.began(request, _user_of(request), passing.caller))
        self._forward(request, hop, [target], follower)

    def _in_dialog(self, request: Message, hop: Hop, route: str) -> None:
        if request.method == "SUBSCRIBE" and (found := self._watchers.find(request)):
            self._watchers.refreshed(found, request, hop)
            return
        target, uri = self._next(request, route)
        if request.method == "BYE":
            self._callbook.hung_up(request)
        if request.method == "ACK":
            if target:
                self._proxy.pass_ack(request, target, uri)
            return
        if target is None or not target.current().is_there:
            self._answer(request, hop, 481 if target is None else 430)
            return
        self._forward(request, hop, [Target(uri, target)])

    def _forward(self, request: Message, hop: Hop, targets: list[Target], follower: Follower | None = None) -> None:
        def record_routes(other: Hop) -> list[str]:
            return self._record_routes(hop, other) if request.method in _MAKES_ROUTES else []

        self._proxy.forward(request, hop, targets, record_routes=record_routes, follower=follower)

    def _next(self, request: Message, route: str) -> tuple[Hop | None, str]:
        """Where a request inside a dialog goes, and with which Request-URI."""
        if binding := self._binding(request.uri):
            return self._flows.get(route) or binding.flow, binding.contact
        if found := self._flows.get(route):
            return found, request.uri
        return (self._floor if parse_uri(request.uri).host == HOST else None), request.uri

    def _binding(self, uri: str) -> Binding | None:
        return self._registrar.find(uri)

    def _record_routes(self, source: Hop, target: Hop) -> list[str]:
        """One for each way: the upper names whom the caller wants to reach, the lower whom the called (RFC 5658)."""
        if not self._settings["record_route"]:
            return []
        where = self._address()
        return [f"<sip:{one.current().token}@{where};transport=ws;lr;ob>" for one in (target, source)]

    def _strip_routes(self, request: Message) -> str:
        """Take our own Routes off; the user part of the last of them."""
        routes, last = request.all("route"), ""
        while routes:
            uri = parse_uri(parse_named(routes[0]).uri)
            if uri.where not in self._own():
                break
            last = uri.user
            del routes[0]
        request.set("Route", *routes)
        return last

    def _refusals(self) -> dict[str, int]:
        pairs = (one.partition(":") for one in split_list(str(self._settings["refuse"])))
        return {method: int(status) for method, _, status in pairs if status.isdecimal()}

    def _own(self) -> set[str]:
        domain, where = str(self._settings["domain"]), self._address()
        return {domain, where, where.rpartition(":")[0], "localhost"}

    def _who(self, request: Message, hop: Hop, challenge: str, header: str, status: int) -> str:
        """Whoever sent it, after a challenge where that is needed; empty when it is refused."""
        sender = _user_of(request)
        if hop.is_trusted or self._settings["auth"] == "none":
            return sender or "anonymous"
        verdict, user = self._digest.check(request, header)
        if verdict is Verdict.RIGHT and user == sender:
            return user
        if verdict is Verdict.RIGHT:
            self._answer(request, hop, 403, "From Is Somebody Else")
        elif verdict is Verdict.WRONG and int(self._settings["wrong_password"]):
            self._answer(request, hop, int(self._settings["wrong_password"]))
        else:
            values = self._digest.challenges(stale=verdict is Verdict.STALE)
            self._answer(request, hop, status, headers=[(challenge, value) for value in values])
        return ""

    def _fails(self, request: Message, hop: Hop, status: int, reason: str = "") -> None:
        self._answer(request, hop, status, reason)

    def _answer(
        self, request: Message, hop: Hop, status: int, reason: str = "", headers: list[tuple[str, str]] | None = None
    ) -> None:
        if request.method == "ACK":
            return
        answer = response(request, status, reason, tag=new_tag())
        answer.headers += headers or []
        hop.current().send(answer)

    def _refuse_broken(self, frame: str | bytes, flow: Flow, why: str) -> None:
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        lines = [line for line in text.split("\r\n\r\n")[0].split("\r\n")[:100] if line]
        if not lines or not lines[0].endswith("SIP/2.0") or lines[0].startswith("ACK "):
            return
        kept = ("via", "v", "from", "f", "to", "t", "call-id", "i", "cseq")
        answer = Message(status=400, reason=why.capitalize())
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.strip().lower() in kept:
                answer.headers.append((name.strip(), value.strip()))
        if answer.has("via"):
            flow.send(answer)


@dataclass(frozen=True, slots=True)
class _Following(Follower):
    """Writes into the book of calls how one fares."""

    callbook: Callbook
    passing: Passing

    def heard(self, message: Message) -> None:
        self.callbook.responded(self.passing, message)

    def refused(self, status: int) -> None:
        self.callbook.refused(self.passing, status)


def _retry_after(settings: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Retry-After", str(settings["retry_after"]))] if settings["retry_after"] else []


def _user_of(message: Message) -> str:
    try:
        return parse_uri(parse_named(message.get("from")).uri).user
    except ValueError:
        return ""


def _mark(message: Message) -> None:
    """Say in the Via where the request really came from (section 18.2.1; RFC 3581)."""
    vias = message.all("via")
    parts = [part for part in split_list(vias[0], ";") if part.lower() != "rport"]
    message.set("Via", ";".join([*parts, "received=127.0.0.1"]), *vias[1:])

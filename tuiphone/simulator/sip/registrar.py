"""Who is where: registrations with outbound, GRUU and Path (RFC 3261, section 10; RFC 5626, 5627, 3327, 3608)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from tuiphone.simulator.sip.fields import Named, new_tag, parse_named, parse_uri
from tuiphone.simulator.sip.flow import Flow
from tuiphone.simulator.sip.message import Message, response

MOST_BINDINGS = 20


@dataclass(eq=False, slots=True)
class Binding:
    """One device of a user, as it registered."""

    user: str
    contact: str
    """The URI."""
    params: dict[str, str]
    flow: Flow
    instance: str
    reg_id: str
    call_id: str
    cseq: int
    temporary: str
    ends_at: float
    timer: asyncio.TimerHandle | None = None

    @property
    def is_there(self) -> bool:
        """Whether its socket lives."""
        return self.flow.is_there


class Registrar:
    """All registrations of this server's users; `changed` is told whose did."""

    def __init__(self, settings: dict[str, Any], changed: Callable[[str], None]) -> None:
        self._settings = settings
        self._changed = changed
        self._bindings: dict[str, list[Binding]] = {}
        self._flows: dict[tuple[str, str], Flow] = {}
        self.server_uri = ""

    def of(self, user: str) -> list[Binding]:
        """The devices of a user whose sockets live."""
        return [one for one in self._bindings.get(user, []) if one.is_there]

    def all_of(self, user: str) -> list[Binding]:
        """The same, with those whose socket broke."""
        return list(self._bindings.get(user, []))

    def users(self) -> list[str]:
        """Everybody who registered."""
        return [user for user, found in self._bindings.items() if found]

    def find(self, uri: str) -> Binding | None:
        """The device with this contact or GRUU."""
        asked = parse_uri(uri)
        for binding in (one for found in self._bindings.values() for one in found):
            mine = parse_uri(binding.contact)
            if (mine.user, mine.where) == (asked.user, asked.where):
                return binding
            if asked.params.get("gr") and self._settings["gruu"] and binding.instance:
                public = asked.user == binding.user and asked.params["gr"] == _urn(binding.instance)
                if public or asked.user == binding.temporary:
                    return binding
        return None

    def register(self, request: Message, user: str, flow: Flow) -> Message:
        """Carry out a REGISTER whose sender is known."""
        rows = request.all("contact")
        try:
            contacts = [] if rows == ["*"] else [parse_named(row) for row in rows]
            for contact in contacts:
                parse_uri(contact.uri)
        except ValueError:
            return response(request, 400, "Bad Contact", tag=new_tag())
        seconds = [self._seconds(request, contact) for contact in contacts]
        least = int(self._settings["min_expires"])
        if any(0 < one < least for one in seconds):
            refusal = response(request, 423, tag=new_tag())
            refusal.set("Min-Expires", str(least))
            return refusal
        found = self._bindings.setdefault(user, [])
        if rows == ["*"]:
            if request.get("expires") != "0":
                return response(request, 400, "Bad Expires", tag=new_tag())
            for binding in list(found):
                self._remove(binding)
        was_there = bool(self.of(user))
        for contact, duration in zip(contacts, seconds, strict=True):
            if not self._update(request, user, flow, contact, duration):
                return response(request, 500, "CSeq Is Not Newer", tag=new_tag())
        flow.user = user
        if bool(self.of(user)) != was_there or rows == ["*"]:
            self._changed(user)
        return self._accepted(request, user)

    def broken(self, flow: Flow) -> None:
        """A socket is gone; what was registered over it stays, but is no place to send to."""
        for binding in self._bindings.get(flow.user, []):
            if binding.flow is flow:
                self._changed(flow.user)
                return

    def close(self) -> None:
        """Forget everything."""
        for found in self._bindings.values():
            for binding in found:
                if binding.timer:
                    binding.timer.cancel()
        self._bindings.clear()
        self._flows.clear()

    def gruus(self, binding: Binding) -> dict[str, str]:
        """The public and the temporary GRUU of a device."""
        domain = self._settings["domain"]
        return {
            "pub-gruu": f"sip:{binding.user}@{domain};gr={_urn(binding.instance)}",
            "temp-gruu": f"sip:{binding.temporary}@{domain};gr",
        }

    def _seconds(self, request: Message, contact: Named) -> int:
        asked = contact.params.get("expires") or request.get("expires")
        most = int(self._settings["max_expires"])
        return min(int(asked), most) if asked.isdecimal() else most

    def _update(self, request: Message, user: str, flow: Flow, contact: Named, seconds: int) -> bool:
        found = self._bindings[user]
        instance = contact.params.get("+sip.instance", "")
        outbound = bool(self._settings["outbound"]) and "outbound" in request.tokens("supported")
        reg_id = contact.params.get("reg-id", "") if outbound else ""
        older = next((one for one in found if _is_same(one, contact, instance, reg_id)), None)
        if older and older.call_id == request.call_id and older.cseq >= request.cseq and older.flow is flow:
            return False
        if instance:
            # Calls and subscriptions of the device go on over its newest socket.
            before = self._flows.get((user, instance))
            if before is not None and before is not flow:
                before.successor = flow
            if seconds:
                self._flows[user, instance] = flow
            for gone in [one for one in found if one.instance == instance and not one.is_there and one is not older]:
                self._remove(gone)
        temporary = older.temporary if older else new_tag()
        if older:
            self._remove(older)
        if not seconds or len(found) >= MOST_BINDINGS:
            return True
        loop = asyncio.get_running_loop()
        params = {name: value for name, value in contact.params.items() if name != "expires"}
        binding = Binding(
            user, contact.uri, params, flow, instance, reg_id, request.call_id, request.cseq, temporary,
            loop.time() + seconds,
        )  # fmt: skip
        binding.timer = loop.call_later(seconds, self._expired, binding)
        found.append(binding)
        return True

    def _accepted(self, request: Message, user: str) -> Message:
        answer = response(request, 200, tag=new_tag())
        supported = request.tokens("supported")
        now = asyncio.get_running_loop().time()
        for binding in self._bindings[user]:
            row = f"<{binding.contact}>;expires={max(0, round(binding.ends_at - now))}"
            params = dict(binding.params)
            if "gruu" in supported and self._settings["gruu"] and binding.instance:
                params |= self.gruus(binding)
            for name, value in params.items():
                row += f";{name}" if not value else f";{name}={_written(name, value)}"
            answer.headers.append(("Contact", row))
        if any(one.reg_id for one in self._bindings[user]):
            answer.set("Require", "outbound")
            answer.set("Flow-Timer", str(self._settings["flow_timer"]))
        if "path" in supported and self._settings["path_header"]:
            answer.set("Path", f"<{self.server_uri};lr;ob>")
            answer.set("Supported", "path, outbound")
        if self._settings["service_route"]:
            answer.set("Service-Route", f"<{self.server_uri};lr;orig>")
        answer.set("Date", formatdate(usegmt=True))
        return answer

    def _expired(self, binding: Binding) -> None:
        was_there = bool(self.of(binding.user))
        self._remove(binding)
        if was_there != bool(self.of(binding.user)):
            self._changed(binding.user)

    def _remove(self, binding: Binding) -> None:
        if binding.timer:
            binding.timer.cancel()
        found = self._bindings.get(binding.user, [])
        if binding in found:
            found.remove(binding)


def _is_same(binding: Binding, contact: Named, instance: str, reg_id: str) -> bool:
    if reg_id or binding.reg_id:
        return (binding.instance, binding.reg_id) == (instance, reg_id)
    mine, other = parse_uri(binding.contact), parse_uri(contact.uri)
    return (mine.user, mine.where) == (other.user, other.where)


def _urn(instance: str) -> str:
    return instance.strip("<>")


def _written(name: str, value: str) -> str:
    plain = value.replace(".", "").replace("-", "").isalnum()
    if plain and not name.startswith(("+", "pub-", "temp-")):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

"""The settings of a SIP account and the rules between them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.providers.checks import address_problem, number_problems

MAX_TEXT = 200
DTMF = ("auto", "rtp", "info")
INTERCOM = ("off", "muted", "on")
_LIMITS = {"expires": (60, 86_400), "keep_alive": (5, 600), "session_expires": (90, 86_400), "max_calls": (1, 50)}
_USER = re.compile(r"[^\s@<>\"\\]+")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[\w](?:[\w.-]*[\w])?\.?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(\S.*)")
_TAKEN = ("host", "connection", "upgrade", "content-length", "transfer-encoding")
_ROUTE = re.compile(r"<?sips?:[^\s<>,]+>?")
_CODE = re.compile(r"[0-9A-Za-z*#+._-]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach the server, as whom, and how to behave there."""

    user: str = setting("Your user name or extension at the server.", example="100")
    domain: str = setting(
        "The domain of your SIP address, what stands after the @; without a server address, where to look it up.",
        example="pbx.example",
    )
    password: Secret | None = setting("Your SIP password.", default=None, ask=True)
    server: str | None = setting(
        "WebSocket address of the server, with its path; looked up in the DNS by the domain when left out.",
        default=None,
        example="wss://pbx.example:8089/ws",
        ask=True,
    )
    servers: tuple[str, ...] = setting(
        "More WebSocket addresses, tried in turn when the one before does not answer.",
        default=(),
        example='["wss://edge2.pbx.example/ws"]',
    )
    path: str = setting("Path of the WebSocket, where the address is looked up in the DNS.", default="/ws")
    auth_user: str | None = setting("Name to log in with, where it is not the user name.", default=None)
    display_name: str | None = setting("Your name as others see it.", default=None, example="Alice", ask=True)
    numbers: tuple[str, ...] = setting(
        "Telephone numbers to call from, the usual one first; sent as P-Preferred-Identity.",
        default=(),
        example='["+84240000001"]',
    )
    headers: tuple[str, ...] = setting(
        "Extra HTTP headers for the WebSocket's opening.", default=(), example='["X-Tenant: acme"]'
    )
    bearer_token: Secret | None = setting(
        "Token for the WebSocket's opening, sent as Authorization: Bearer, where a proxy wants one.", default=None
    )
    ca_file: str | None = setting(
        "PEM file of the authority that signed the server's certificate, where the system does not know it.",
        default=None,
        example="~/pbx-ca.pem",
    )
    certificate: str | None = setting("PEM file of your client certificate, where the server wants one.", default=None)
    certificate_key: str | None = setting(
        "PEM file of its private key, where that is not in the same file.", default=None
    )
    routes: tuple[str, ...] = setting(
        "SIP proxies that every request goes by, in this order.", default=(), example='["sip:edge.pbx.example;lr"]'
    )
    expires: int = setting("Seconds a registration is asked for; the server may grant fewer.", default=600)
    keep_alive: int = setting("Seconds between signs of life; a server silent for as long counts as lost.", default=15)
    session_expires: int = setting(
        "Seconds after which a call that neither side refreshes is over (RFC 4028).", default=1800
    )
    max_calls: int = setting("Calls at once, ringing ones too; who calls beyond that hears busy.", default=4)
    dtmf: str = setting(
        "How pressed digits are sent: rtp (RFC 4733), info (SIP INFO), or auto for rtp where the far side takes it.",
        default="auto",
    )
    lines: tuple[str, ...] = setting(
        "Extensions whose lines to watch: free, ringing or busy, with pickup.", default=(), example='["101", "102"]'
    )
    pickup_code: str | None = setting(
        "The PBX's feature code for directed pickup, dialled before the extension that rings; when left out, the call "
        "is taken by INVITE with Replaces, as far as the PBX tells enough of it.",
        default=None,
        example="*8",
    )
    mailbox: str | None = setting(
        "Number to call to hear voicemail; what the server names when left out.", default=None, example="*97"
    )
    auto_answer_intercom: str = setting(
        "Calls whose caller asks for it (intercom, paging) are picked up by themselves: off, muted, or on. "
        "With on, whoever can call you hears your room without you having touched anything.",
        default="off",
    )
    presence: bool = setting("Watch who of the contacts is there, where the server tells.", default=True)
    ice_servers: tuple[IceServer, ...] | None = setting(
        "STUN and TURN servers for sound and picture; none when left out.", default=None
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The WebSocket addresses in the order to try them; none: look them up by the domain."""
        return tuple(dict.fromkeys((self.server, *self.servers) if self.server else self.servers))

    @property
    def aor(self) -> str:
        """The address of record without its scheme."""
        return f"{self.user}@{self.domain}"

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        if not _USER.fullmatch(self.user) or self.user.startswith(("sip:", "sips:")):
            yield "user", "Give what stands before the @ of your SIP address, and nothing else."
        if not _HOST.fullmatch(self.domain):
            yield "domain", "Give what stands after the @ of your SIP address: a name, without port, path or scheme."
        for key, address in (("server", self.server), *(("servers", each) for each in self.servers)):
            if address is not None and (problem := _address_problem(address)):
                yield key, problem
        for key in ("user", "domain", "auth_user", "display_name", "mailbox"):
            value = getattr(self, key)
            if value is not None and (len(value) > MAX_TEXT or not value.isprintable()):
                yield key, f"It can have {MAX_TEXT} characters that one can see."
        if not self.path.startswith("/") or not self.path.isprintable() or " " in self.path or "#" in self.path:
            yield "path", "Give what stands after the host of a WebSocket address; it begins with a slash."
        yield from number_problems(self.numbers)
        for header in self.headers:
            if (found := _HEADER.fullmatch(header)) is None or not header.isprintable():
                yield "headers", f'{header[:40]!r} is no header; write it as "Name: value".'
            elif found[1].lower() in _TAKEN or found[1].lower().startswith("sec-websocket"):
                yield "headers", f"{found[1]} is the connection's own; leave it out."
        yield from self._file_problems()
        for route in self.routes:
            if not _ROUTE.fullmatch(route):
                yield "routes", f"{route[:60]!r} is no proxy; write it as sip:host;lr."
        for key, (least, most) in _LIMITS.items():
            if not least <= getattr(self, key) <= most:
                unit = "calls" if key == "max_calls" else "seconds"
                yield key, f"It can be {least:,} to {most:,} {unit}, not {getattr(self, key):,}."
        if self.pickup_code is not None and not _CODE.fullmatch(self.pickup_code):
            yield "pickup_code", 'Give up to 20 digits, letters, * and #, like "*8"; the extension follows by itself.'
        if self.auto_answer_intercom not in INTERCOM:
            yield "auto_answer_intercom", f"It can be {', '.join(INTERCOM)}, not {self.auto_answer_intercom[:40]!r}."
        if self.dtmf not in DTMF:
            yield "dtmf", f"It can be {', '.join(DTMF)}, not {self.dtmf[:40]!r}."

    def _file_problems(self) -> Iterable[tuple[str, str]]:
        for key in ("ca_file", "certificate", "certificate_key"):
            name = getattr(self, key)
            if name is not None and not Path(name).expanduser().is_file():
                yield key, f"There is no file {name[:200]}."
        if self.certificate_key is not None and self.certificate is None:
            yield "certificate", "certificate_key is of no use without its certificate."


def _address_problem(address: str) -> str | None:
    if problem := address_problem(address, "ws"):
        return problem
    if urlsplit(address).fragment or not address.isprintable() or " " in address:
        return f"{address[:100]!r} is no address of the form wss://host:port/path."
    return None

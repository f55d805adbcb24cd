"""The settings of a Prostiezvonki account, and what can be wrong with them (section 2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret

DEFAULT_PORT = 10150
MAX_PASSWORD = 32
"""Characters (section 2 of PROTOCOL.md)."""
MAX_MASK = 511
MAX_TEXT = 100
_EXTENSION = re.compile(r"[0-9*#+]{1,20}")
_NUMBER = re.compile(r"\+?[0-9*#]{1,20}")
_SCHEME = re.compile(r"wss?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach the server of Prostiezvonki beside the PBX, and as which extension."""

    host: str = setting(
        "Where the server is: ws://host:port, wss://host:port, or the host alone, which is ws:// at port 10150 then. "
        "By ws:// everybody on the way can read along, the password too.",
        example="wss://pbx.example:10150",
    )
    extension: str = setting("Your extension at the PBX.", example="101")
    password: Secret | None = setting(
        "Password of the server, 32 characters at most; none where it wants none.", default=None, ask=True
    )
    sip_account: str | None = setting(
        "Name of the SIP account on the same extension, which carries the sound; without it calls are answered on "
        "your desk phone.",
        default=None,
        example="desk-sip",
        ask=True,
    )
    auto_transfer_to: str | None = setting(
        "Number or extension that gets every call at once that comes to the PBX and may be redirected.",
        default=None,
        example="102",
    )
    broadcast_mask: int = setting(
        "Which events of other extensions to be told, as a sum: 1 waits at the PBX, 2 rings, 4 ended, 8 dials, 16 far "
        "end answered, 32 answered; 63 for who talks to whom and what was missed, 0 for none.",
        default=0,
    )
    broadcast_group: str = setting(
        "Group of extensions whose events to be told, where the server has groups.", default=""
    )
    client_type: str = setting("What the server takes us for; licences are for one type each.", default="jsapi")
    protocol_version: int = setting("Version of the protocol that is asked for.", default=2)
    verify_tls: bool = setting(
        "Check the server's certificate; no only for one that it signed itself, in a network you trust.", default=True
    )

    @property
    def url(self) -> str:
        """The server's address, without the log-in; port first, scheme second (section 2)."""
        text = self.host.strip()
        text = text if re.search(r":[0-9]+$", text) else f"{text}:{DEFAULT_PORT}"
        return f"{text}/" if _SCHEME.match(text) else f"ws://{text}/"

    @property
    def sends_to(self) -> str | None:
        """Where calls go that may be redirected; an empty text means nowhere."""
        return (self.auto_transfer_to or "").strip() or None

    @property
    def linked(self) -> str | None:
        """The account that carries the sound; an empty text means none."""
        return (self.sip_account or "").strip() or None

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        if problem := self._host_problem():
            yield "host", problem
        if not _EXTENSION.fullmatch(self.extension):
            yield "extension", f"{self.extension[:40]!r} is no extension: up to 20 digits, and nothing else."
        if self.password is not None and (problem := password_problem(self.password.length)):
            yield "password", problem
        if self.sends_to is not None and not _NUMBER.fullmatch(self.sends_to):
            yield "auto_transfer_to", f"{self.sends_to[:40]!r} is neither a number nor an extension."
        if not 0 <= self.broadcast_mask <= MAX_MASK:
            yield "broadcast_mask", f"It can be 0 to {MAX_MASK}, not {self.broadcast_mask}."
        if not 1 <= self.protocol_version <= 99:
            yield "protocol_version", f"It can be 1 to 99, not {self.protocol_version}."
        if not self.client_type.strip():
            yield "client_type", "The server lets nobody in without it; it is usually jsapi."
        for key in ("client_type", "broadcast_group", "sip_account"):
            value = getattr(self, key)
            if value is not None and (len(value) > MAX_TEXT or not value.isprintable()):
                yield key, f"It can have {MAX_TEXT} characters that one can see."

    def _host_problem(self) -> str | None:
        text = self.host.strip()
        bare = _SCHEME.sub("", text, count=1)
        shown = f"{text[:80]!r}"
        if not bare:
            return "Give the host of the server, as ws://host:port or wss://host:port."
        if "://" in bare:
            return f"{shown} is no address of the form ws://host:port or wss://host:port."
        if "@" in bare:
            return "There is no name and password in the address; give them as extension and password."
        if any(character in bare for character in "/?#\\"):
            return f"{shown} has something after the port; give ws://host:port and no more, not even a slash."
        if not bare.isprintable() or " " in bare:
            return f"{shown} has blanks in it, or what nobody can see; type it by hand."
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return f"{shown} is no address: an IPv6 number stands in brackets, a port is 1 to 65535."
        if not host or not port:
            return f"{shown} is no address of the form ws://host:port or wss://host:port."
        return None


def password_problem(length: int | None) -> str | None:
    """Why a password of so many characters cannot be used, as a sentence."""
    if length is None or length <= MAX_PASSWORD:
        return None
    return f"It has {length} characters; Prostiezvonki takes {MAX_PASSWORD} at most."

"""What stands inside headers: lists, parameters, addresses and URIs (RFC 3261, sections 19.1 and 20)."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

MAGIC = "z9hG4bK"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Uri:
    """A sip, sips or tel URI; of a tel URI the user is the number."""

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Host and port as they are compared."""
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class Named:
    """An address of a From, To, Contact, Route or Refer-To header."""

    display: str
    uri: str
    params: dict[str, str]

    @property
    def tag(self) -> str:
        """The tag, empty when there is none."""
        return self.params.get("tag", "")


def split_list(value: str, mark: str = ",") -> list[str]:
    """The parts between marks that stand in no quotes and no angle brackets."""
    return [part.strip() for part in _parts(value, mark) if part.strip()]


def _parts(value: str, mark: str) -> Iterator[str]:
    start, quoted, angled, escaped = 0, False, False, False
    for at, letter in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = letter == "\\", letter != '"'
        elif letter == '"':
            quoted = True
        elif letter in "<>":
            angled = letter == "<"
        elif letter == mark and not angled:
            yield value[start:at]
            start = at + 1
    yield value[start:]


def unquoted(value: str) -> str:
    """A text without the quotes around it."""
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def params_of(parts: list[str]) -> dict[str, str]:
    """Parameters by their names in lower case; one without a value is empty."""
    pairs = (part.partition("=") for part in parts)
    return {name.strip().lower(): unquoted(value) for name, _, value in pairs}


def parse_uri(text: str) -> Uri:
    """Read a URI.

    Raises:
        ValueError: it is none that this server knows.
    """
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in ("sip", "sips", "tel"):
        raise ValueError(f"a URI that is none of SIP's: {text[:60]!r}")
    rest, _, header_text = rest.partition("?")
    pairs = (one.partition("=") for one in header_text.split("&"))
    headers = {name: unquote(value) for name, _, value in pairs if name}
    if scheme == "tel":
        number, *more = rest.split(";")
        return Uri(scheme, unquote(number), "", None, params_of(more), headers)
    user, at, rest = rest.rpartition("@")
    place, *more = rest.split(";")
    host, port = place, ""
    if place.startswith("["):
        host, _, after = place.partition("]")
        host, port = f"{host}]", after.removeprefix(":")
    elif ":" in place:
        host, _, port = place.partition(":")
    if not host or (port and not (port.isdecimal() and int(port) < 65536)):
        raise ValueError(f"a URI without a host: {text[:60]!r}")
    name = unquote(user.partition(":")[0].partition(";")[0]) if at else ""
    if not name.isprintable():
        raise ValueError("a URI with a name that cannot be printed")
    return Uri(scheme, name, host.lower(), int(port) if port else None, params_of(more), headers)


def parse_named(value: str) -> Named:
    """Read an address.

    Raises:
        ValueError: it is none.
    """
    value = value.strip()
    display = _QUOTED.match(value)
    start = value.find("<", display.end() if display else 0)
    if start >= 0:
        uri, closed, rest = value[start + 1 :].partition(">")
        if not closed or not uri.strip():
            raise ValueError(f"an address without an end: {value[:60]!r}")
        return Named(unquoted(value[:start]), uri.strip(), params_of(split_list(rest, ";")))
    uri, *parts = split_list(value, ";") or [""]
    if not uri:
        raise ValueError("an empty address")
    return Named("", uri, params_of(parts))


def tag_of(value: str) -> str:
    """The tag of a From or To header, empty when there is none or the header is broken."""
    try:
        return parse_named(value).tag
    except ValueError:
        return ""


def branch_of(via: str) -> str:
    """The branch of a Via header."""
    return params_of(split_list(via, ";")[1:]).get("branch", "")


def new_branch() -> str:
    """A branch as RFC 3261 makes them."""
    return f"{MAGIC}{secrets.token_hex(10)}"


def new_tag() -> str:
    """A tag, or any other word that nobody else has."""
    return secrets.token_hex(8)

"""Values of header fields: addresses, Via, CSeq, words with parameters, and lists of them (RFC 3261 section 20)."""

# pyright: strict

import re
from dataclasses import dataclass, replace

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.uri import MAX_PARAMS, Params, Uri

MAX_CSEQ = 2**31 - 1
MAX_SECONDS = 2**32 - 1

TOKEN = re.compile(r"[\w.!%*+`'~-]+", re.ASCII)
_PLAIN_VALUE = re.compile(r"[\w.!%*+`'~:\[\]-]+", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PARAM = re.compile(r'\s*;\s*(?:([^\s;=,"<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?)?\s*')
_VIA = re.compile(
    r"SIP\s*/\s*2\.0\s*/\s*([A-Za-z0-9.!%*_+`'~-]+)\s+(\[[0-9A-Fa-f:.]+\]|[\w.-]+)\s*+(?::\s*([0-9]{1,5}))?\s*+(?=;|$)",
    re.I,
)
_CSEQ = re.compile(r"([0-9]{1,10})\s+([\w.!%*+`'~-]+)", re.ASCII)


def split_commas(value: str) -> list[str]:
    """The members of a list; commas inside quotes or angle brackets separate nothing (section 7.3.1).

    Raises: BadMessage when a quote or bracket is not closed.
    """
    if "," not in value:
        return [value.strip()] if value and not value.isspace() else []
    if '"' not in value and "<" not in value:
        return [piece for each in value.split(",") if (piece := each.strip())]
    pieces: list[str] = []
    start = at = 0
    end = len(value)
    while at < end:
        letter = value[at]
        if letter == '"':
            found = _QUOTED.match(value, at)
            if found is None:
                raise BadMessage("A quoted string is not closed.")
            at = found.end()
            continue
        if letter == "<":
            at = value.find(">", at)
            if at < 0:
                raise BadMessage("An angle bracket is not closed.")
        elif letter == ",":
            pieces.append(value[start:at])
            start = at + 1
        at += 1
    pieces.append(value[start:])
    return [piece for each in pieces if (piece := each.strip())]


def whole(value: str, what: str, limit: int = MAX_SECONDS) -> int:
    """A number that is not negative and not too large.

    Raises: BadMessage
    """
    value = value.strip()
    if not (value.isascii() and value.isdecimal()) or len(value) > 10 or (number := int(value)) > limit:
        raise BadMessage(f"The {what} is no number, or too large.")
    return number


def params_of(text: str) -> Params:
    """Parameters as they follow a value, each after its semicolon; names in small letters, values without quotes.

    Raises: BadMessage
    """
    if not text or text.isspace():
        return ()
    found: list[tuple[str, str | None]] = []
    at = 0
    while at < len(text):
        match = _PARAM.match(text, at)
        if match is None or len(found) > MAX_PARAMS:
            raise BadMessage("The parameters of a header field cannot be read.")
        at = match.end()
        name, quoted, plain = match.groups()
        # An empty one is a slip that harms nothing.
        if name:
            found.append((name.lower(), plain if quoted is None else _ESCAPED.sub(r"\1", quoted)))
    return tuple(found)


def params_text(params: Params) -> str:
    """Parameters as they are written, with quotes where a value needs them."""
    return "".join(f";{name}" if value is None else f";{name}={_value_text(name, value)}" for name, value in params)


def quoted(text: str) -> str:
    """A quoted string (section 25.1)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value_text(name: str, value: str) -> str:
    # Feature tags want the quotes always (RFC 3840 section 9).
    return value if _PLAIN_VALUE.fullmatch(value) and not name.startswith("+") else quoted(value)


def find(params: Params, name: str) -> str | None:
    """The value of a parameter; empty for one without a value, None for one that is not there."""
    return next((value or "" for key, value in params if key == name), None)


@dataclass(frozen=True, slots=True)
class NameAddr:
    """Somebody's address with a name and parameters: From, To, Contact, Route, Refer-To and the like."""

    display: str | None
    uri: Uri
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        """One address, with or without angle brackets.

        Raises: BadMessage
        """
        text = text.strip()
        display: str | None = None
        start = 0
        if text.startswith('"'):
            found = _QUOTED.match(text)
            if found is None:
                raise BadMessage("The quotes around a name are not closed.")
            display = _ESCAPED.sub(r"\1", found[1]) or None
            start = found.end()
            if text[start:].lstrip()[:1] != "<":
                raise BadMessage("After a name stands no address.")
        opened = text.find("<", start)
        if opened < 0:
            # Without brackets parameters are the field's (section 20), and what would need brackets is an error.
            address, semicolon, rest = text.partition(";")
            if "?" in address.partition("@")[2] or "," in address:
                raise BadMessage("An address with a question mark or comma is not in angle brackets.")
            return cls(None, Uri.parse(address.rstrip()), params_of(semicolon + rest))
        closed = text.find(">", opened)
        if closed < 0:
            raise BadMessage("An address's angle bracket is not closed.")
        if display is None:
            # What needs quotes and has none can only be a name, where one address is wanted.
            display = text[start:opened].strip() or None
            if display is not None and '"' in display:
                raise BadMessage("The quotes around a name are not where they belong.")
        # Spaces inside the brackets are wrong and harmless (RFC 4475 section 3.1.2.15).
        return cls(display, Uri.parse(text[opened + 1 : closed].strip()), params_of(text[closed + 1 :]))

    @classmethod
    def parse_list(cls, text: str) -> "tuple[NameAddr, ...]":
        """Addresses separated by commas.

        Raises: BadMessage
        """
        return tuple(cls.parse(piece) for piece in split_commas(text))

    @property
    def tag(self) -> str | None:
        """Which of the dialogs of this address (section 19.3)."""
        return find(self.params, "tag") or None

    def param(self, name: str) -> str | None:
        """The value of a parameter of the field; those of the URI are in `uri`."""
        return find(self.params, name)

    def with_tag(self, tag: str | None) -> "NameAddr":
        """The same with another tag, or with none."""
        kept = tuple(pair for pair in self.params if pair[0] != "tag")
        return replace(self, params=kept if tag is None else (*kept, ("tag", tag)))

    def with_params(self, *params: tuple[str, str | None]) -> "NameAddr":
        """The same with these parameters besides, or in place of those of the same names."""
        names = {name for name, _ in params}
        return replace(self, params=(*(pair for pair in self.params if pair[0] not in names), *params))

    def __str__(self) -> str:
        name = "" if self.display is None else f"{quoted(self.display)} "
        return f"{name}<{self.uri}>{params_text(self.params)}"


@dataclass(frozen=True, slots=True)
class Via:
    """One hop a request took, and where its responses go (section 20.42)."""

    transport: str
    """In capitals."""
    host: str
    port: int | None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> "Via":
        """One hop.

        Raises: BadMessage
        """
        found = _VIA.match(text)
        if found is None or ((port := int(found[3]) if found[3] else None) is not None and port > 65535):
            raise BadMessage("A Via cannot be read.")
        return cls(found[1].upper(), found[2], port, params_of(text[found.end() :]))

    @property
    def branch(self) -> str:
        """Names the transaction; empty for what was written before RFC 3261."""
        return find(self.params, "branch") or ""

    @property
    def sent_by(self) -> str:
        """Who sent it, as compared by section 17.2.3."""
        host = self.host.lower()
        return host if self.port is None else f"{host}:{self.port}"

    def param(self, name: str) -> str | None:
        """The value of a parameter."""
        return find(self.params, name)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{params_text(self.params)}"


@dataclass(frozen=True, slots=True)
class CSeq:
    """Which request of a dialog, and its method (section 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> "CSeq":
        """A number below 2**31 and a method.

        Raises: BadMessage
        """
        found = _CSEQ.fullmatch(text.strip())
        if found is None or (number := int(found[1])) > MAX_CSEQ:
            raise BadMessage("The CSeq cannot be read, or its number is too large.")
        return cls(number, found[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@dataclass(frozen=True, slots=True)
class Word:
    """A value with parameters: Event, Subscription-State, Content-Type, Reason and the like."""

    value: str
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> "Word":
        """The value up to the first semicolon, and what follows.

        Raises: BadMessage
        """
        value, semicolon, rest = text.partition(";")
        return cls(value.strip(), params_of(semicolon + rest))

    def param(self, name: str) -> str | None:
        """The value of a parameter; empty for one without a value, None for one that is not there."""
        return find(self.params, name)

    def __str__(self) -> str:
        return f"{self.value}{params_text(self.params)}"

"""SIP, SIPS and TEL URIs (RFC 3261 section 19.1, RFC 3966); others are kept as they came."""

# pyright: strict

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import quote, unquote

from tuiphone.providers.sip.faults import BadMessage

MAX_URI = 8192
MAX_PARAMS = 64
Params: TypeAlias = tuple[tuple[str, str | None], ...]
Key: TypeAlias = tuple[object, ...]

# Section 25.1, without the letters and digits that `quote` always leaves alone.
_MARK = "-_.!~*'()"
_USER = f"{_MARK}&=+$,;?/"
_PASSWORD = f"{_MARK}&=+$,"
_PARAM = f"{_MARK}[]/:&+$"
_HEADER = f"{_MARK}[]/?:+$"
# The underscore is in no host name and in many a network.
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::([0-9]{1,5}))?")
_NUMBER = re.compile(r"\+?[0-9A-Fa-f*#().-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_CLEAN = re.compile(r"[^\s<>\"\x00-\x1f\x7f]+")
"""What may stand anywhere in a URI; more than the grammar allows, as letters that are not ASCII."""
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DECIDING = ("user", "ttl", "method", "maddr")
"""Parameters that make another URI by being in only one of two (section 19.1.4)."""


@dataclass(frozen=True, slots=True)
class Uri:
    """An address of SIP or of the telephone network.

    Escapes are undone, but for those of `%`, of control characters and of what is no UTF-8: so nothing harmful is
    inside, and the URI is written again as it was.
    """

    scheme: str
    user: str | None = None
    """The number of a `tel:` URI."""
    password: str | None = None
    host: str = ""
    """As written, an IPv6 address in brackets; all the rest of a URI that is neither SIP nor TEL."""
    port: int | None = None
    params: Params = ()
    """Names in small letters."""
    headers: tuple[tuple[str, str], ...] = ()
    """Fields the request is to have, as `Replaces` in a Refer-To; all escapes are undone."""

    @classmethod
    def parse(cls, text: str) -> "Uri":
        """The URI that was written.

        Raises: BadMessage
        """
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or len(text) > MAX_URI or not _CLEAN.fullmatch(text):
            raise _bad(text)
        if scheme in ("sip", "sips"):
            return _sip(scheme, rest, text)
        if scheme == "tel":
            number, _, params = rest.partition(";")
            if not _NUMBER.fullmatch(number):
                raise _bad(text)
            return cls("tel", number, params=_params(params, text))
        if not rest or not _SCHEME.fullmatch(scheme):
            raise _bad(text)
        return cls(scheme, host=rest)

    @property
    def is_sip(self) -> bool:
        """A SIP or SIPS URI: the only ones a request can be sent to."""
        return self.scheme in ("sip", "sips")

    def param(self, name: str) -> str | None:
        """The value of a parameter; empty for one without a value, None for one that is not there."""
        return next((value or "" for key, value in self.params if key == name), None)

    def header(self, name: str) -> str | None:
        """The value of a header field inside the URI."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_params(self, **params: str | None) -> "Uri":
        """The same with these parameters; None is a parameter without a value."""
        kept = tuple(pair for pair in self.params if pair[0] not in params)
        return replace(self, params=(*kept, *params.items()))

    def without(self, *names: str) -> "Uri":
        """The same without these parameters."""
        return replace(self, params=tuple(pair for pair in self.params if pair[0] not in names))

    def bare(self) -> "Uri":
        """Who it is, without parameters, header fields and a password."""
        return replace(self, password=None, params=(), headers=())

    def key(self) -> Key:
        """The same for URIs that are equal, to find them in a table (section 19.1.4).

        Parameters that only one of them has and that decide nothing are left out; `matches` compares those as well.
        """
        if self.scheme == "tel":
            number = re.sub(r"[().-]", "", self.user or "").lower()
            return ("tel", number, frozenset((key, (value or "").lower()) for key, value in self.params))
        deciding = tuple(_lower(self.param(name)) for name in _DECIDING)
        headers = frozenset((name.lower(), value) for name, value in self.headers)
        return (self.scheme, self.user, self.password, self.host.lower(), self.port, deciding, headers)

    def matches(self, other: "Uri") -> bool:
        """Both are the same by all rules of section 19.1.4."""
        if self.key() != other.key():
            return False
        theirs = dict(other.params)
        return all(_lower(value) == _lower(theirs[name]) for name, value in self.params if name in theirs)

    def __str__(self) -> str:
        params = "".join(
            f";{name}" if value is None else f";{name}={_quoted(value, _PARAM)}" for name, value in self.params
        )
        if self.scheme == "tel":
            return f"tel:{self.user}{params}"
        if not self.is_sip:
            return f"{self.scheme}:{self.host}"
        who = ""
        if self.user is not None:
            secret = "" if self.password is None else f":{_quoted(self.password, _PASSWORD)}"
            who = f"{_quoted(self.user, _USER)}{secret}@"
        port = "" if self.port is None else f":{self.port}"
        headers = "&".join(f"{quote(name, safe=_HEADER)}={quote(value, safe=_HEADER)}" for name, value in self.headers)
        return f"{self.scheme}:{who}{self.host}{port}{params}{'?' if headers else ''}{headers}"


def _sip(scheme: str, rest: str, text: str) -> Uri:
    user = password = None
    who, at, where = rest.partition("@")
    if at:
        user, colon, secret = who.partition(":")
        # A user of no letters is no user; some phones write `sip:@host`.
        user, password = _unescaped(user) or None, _unescaped(secret) if user and colon else None
    else:
        where = rest
    where, _, headers = where.partition("?")
    where, _, params = where.partition(";")
    found = _HOST_PORT.fullmatch(where)
    if found is None or ((port := int(found[2]) if found[2] else None) is not None and port > 65535):
        raise _bad(text)
    if not params and not headers:
        return Uri(scheme, user, password, found[1], port)
    return Uri(scheme, user, password, found[1], port, _params(params, text), _headers(headers, text))


def _params(text: str, whole: str) -> Params:
    if not text:
        return ()
    pieces = text.split(";")
    if len(pieces) > MAX_PARAMS:
        raise _bad(whole)
    found: list[tuple[str, str | None]] = []
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if name:
            found.append((_unescaped(name).lower(), _unescaped(value) if equals else None))
    return tuple(found)


def _headers(text: str, whole: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    pieces = text.split("&")
    if len(pieces) > MAX_PARAMS:
        raise _bad(whole)
    pairs: Iterable[tuple[str, str, str]] = (piece.partition("=") for piece in pieces if piece)
    return tuple((unquote(name), unquote(value)) for name, _, value in pairs)


def _unescaped(text: str) -> str:
    return text if "%" not in text else _ESCAPES.sub(_run_unescaped, text)


def _run_unescaped(found: re.Match[str]) -> str:
    """Several escapes in a row, because a letter may be made of several bytes."""
    try:
        said = bytes.fromhex(found[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return found[0]
    return "".join(letter if letter.isprintable() and letter not in '%<>" ' else quote(letter) for letter in said)


def _quoted(text: str, safe: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    if "%" not in text:
        return quote(text, safe=safe)
    return quote(_BARE_PERCENT.sub("%25", text), safe=safe + "%")


def _lower(value: str | None) -> str | None:
    return None if value is None else value.lower()


def _bad(text: str) -> BadMessage:
    return BadMessage(f"{text[:100]!r} is no SIP or telephone address.")

"""The query string, which is the whole log-in (3)."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST_PASSWORD = 32
_KEYS = ("CID", "CT", "GID", "PhoneNumber", "BroadcastEventsMask", "BroadcastGroup", "PzProtocolVersion")


class Denied(Exception):
    """The log-in is refused with 4008; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who somebody says to be."""

    extension: str
    client_type: str
    mask: int
    """The bits of the events of other extensions that they want."""
    group: str


def logged_in(raw_path: str, users: Mapping[str, str]) -> Login:
    """Who logs in with the request target of a handshake, as it came: a `+` in base64 is no blank.

    Raises:
        Denied: nobody does.
    """
    fields: dict[str, str] = {}
    for part in raw_path.partition("?")[2].split("&"):
        key, _, value = part.partition("=")
        # What is unquoted by this alone is a % with two hex digits.
        fields.setdefault(key, unquote(value))
    if missing := [key for key in _KEYS if key not in fields]:
        raise Denied(f"Bad query: no {missing[0]}")
    extension, mask = fields["PhoneNumber"], fields["BroadcastEventsMask"]
    if not extension or fields["GID"] != extension or not fields["CT"]:
        raise Denied("Bad query")
    if not (_is_number(mask) and _is_number(fields["PzProtocolVersion"])):
        raise Denied("Bad query: not a number")
    _check(fields["CID"], users.get(extension))
    return Login(extension, fields["CT"], int(mask), fields["BroadcastGroup"])


def _check(cid: str, password: str | None) -> None:
    try:
        given = base64.b64decode(cid, validate=True).decode()
    except ValueError:
        raise Denied("Bad query: CID is not base64 of a text") from None
    if len(given) > LONGEST_PASSWORD:
        raise Denied("The password is too long")
    if not hmac.compare_digest(given.encode(), (password or "").encode()) or password is None:
        raise Denied("Authorization failed")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10

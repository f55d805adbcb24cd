"""Reads what a browser or another program hands over as `tel:`, `sip:` or `callto:` link; it may be anybody's."""

import re
from urllib.parse import unquote_to_bytes

from tuiphone.core.errors import BadAddress
from tuiphone.core.model import MAX_ADDRESS

SCHEMES = ("tel", "sip", "callto")
"""What the desktop may send us."""
MAX_LINK = 2048
LONG_NUMBER = 7
"""So many digits are a telephone number wherever they stand."""
_SCHEME = re.compile(r"(tel|sips?|callto):(//)?", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SHELL = frozenset('`$&|<>;"\\')
"""What a shell would make something of: some terminals hand what they are to run to one, whatever we think of it."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")


def number_from_link(link: str) -> str:
    """What to put into the number field for this link, as if it had been typed; `sip:` addresses keep their scheme.

    Parameters and headers of the link are left out: a context, a transport or a subject changes nobody's number, and a
    page must not choose them for us. A plain number or name comes back as it is.

    Raises: BadAddress, with a sentence, for what is no number anybody could mean to call.
    """
    if len(link) > MAX_LINK:
        raise BadAddress(f"That link is {len(link):,} characters long; no number is.")
    typed = link.strip()
    if not (scheme := _SCHEME.match(typed)):
        if _ANY_SCHEME.match(typed):
            raise BadAddress(f"{_quoted(typed)} is no link to a number; tuiphone opens tel:, sip: and callto:.")
        return _checked(typed)
    rest = typed[scheme.end() :]
    match scheme[1].lower():
        case "tel":
            return _telephone(rest)
        case "callto":
            return _checked(_decoded(rest.split("?", 1)[0].split(";", 1)[0]))
        case _:
            return _sip(rest)


def _telephone(rest: str) -> str:
    # RFC 3966: parameters come after a semicolon, and are separated before anything is decoded.
    number = _checked(_decoded(rest.split(";", 1)[0].split("?", 1)[0]))
    if any(character in number for character in "*#"):
        raise BadAddress(f"{_quoted(number)} is a service code, which a link must not dial; type it if you mean it.")
    digits = sum(character.isdecimal() for character in number)
    if not digits:
        raise BadAddress(f"There is no telephone number in the link: {_quoted(number)}")
    # A short number would be taken for a user's name without its scheme.
    return number if number.startswith("+") or digits >= LONG_NUMBER else f"tel:{number}"


def _sip(rest: str) -> str:
    # RFC 3261, 19.1: sip:user:password@host:port;parameters?headers
    user, at, host = rest.rpartition("@")
    host = re.split(r"[;?]", host, maxsplit=1)[0].rstrip("/")
    user = _decoded(re.split(r"[:;]", user, maxsplit=1)[0])
    if not at or not user or not _HOST.fullmatch(host):
        raise BadAddress(f"sip:{_quoted(rest)} names nobody; it has the form sip:user@host.")
    if "@" in user or "*" in user or "#" in user:
        raise BadAddress(f"{_quoted(user)} is no user a link may call; type it if you mean it.")
    return _checked(f"sip:{user}@{host}")


def _decoded(text: str) -> str:
    """Percent escapes undone, once."""
    if _ESCAPE.search(text):
        raise BadAddress(f"The link is broken off or wrongly encoded: {_quoted(text)}")
    try:
        return unquote_to_bytes(text).decode().strip(" ")
    except UnicodeError as error:
        raise BadAddress(f"The link is not UTF-8 text: {_quoted(text)}") from error


def _checked(text: str) -> str:
    if not text:
        raise BadAddress("There is no number in that link.")
    if not text.isprintable():
        raise BadAddress("That link has line breaks or control characters in it, which no number has.")
    if _SHELL & set(text):
        raise BadAddress(f"{_quoted(text)} has characters in it that no number has.")
    if text.startswith("-"):
        raise BadAddress(f"{_quoted(text)} is no number.")
    if len(text) > MAX_ADDRESS:
        raise BadAddress(f"The number in that link is {len(text):,} characters long; at most {MAX_ADDRESS} make sense.")
    return text


def _quoted(text: str) -> str:
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"

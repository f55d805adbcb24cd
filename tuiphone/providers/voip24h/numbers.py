"""Telephone numbers, extensions and ids of calls: what is sent, and what is made of those that come; pure
(PROTOCOL.md sections 4 and 10)."""

# pyright: strict

import re
from typing import Any

from tuiphone.core.errors import BadAddress
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.providers.fields import MAX_ID, is_int
from tuiphone.providers.voip24h.moments import LAST

_CALL_ID = re.compile(r"\d{9,11}\.\d+", re.ASCII)
_EXTENSION = re.compile(r"[0-9]{1,12}", re.ASCII)


def reduced(number: str) -> str:
    """A number as it is sent: digits, and one + in front if it had one. Raises: BadAddress when nothing is left."""
    typed = number.strip()
    digits = "".join(letter for letter in typed if letter.isascii() and letter.isdecimal())
    if not digits:
        raise BadAddress("There is no digit in that; type a number to call.")
    return f"+{digits}" if typed.startswith("+") else digits


def is_extension(text: str) -> bool:
    """It can be somebody's extension."""
    return _EXTENSION.fullmatch(text) is not None


def is_call_id(text: str) -> bool:
    """An Asterisk unique id: the second in which the call began, and a serial number."""
    return len(text) <= MAX_ID and _CALL_ID.fullmatch(text) is not None


def began_at(call_id: str) -> float | None:
    """When the call of this id began, in seconds since the epoch; None when the id does not say."""
    at = float(call_id.split(".", 1)[0]) if is_call_id(call_id) else None
    return at if at is not None and at < LAST else None


def number_from_wire(value: Any) -> str:
    """Somebody's number as text.

    A JSON number has lost the 0 that national numbers begin with: nine or ten digits get it back, but for the hotlines
    that begin with 1800 and 1900.
    """
    if is_int(value) and value > 0:
        digits = str(value)
        is_national = len(digits) in (9, 10) and not digits.startswith(("1800", "1900"))
        return f"0{digits}"[:MAX_ADDRESS] if is_national else digits[:MAX_ADDRESS]
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value.strip()[:MAX_ADDRESS] if letter.isprintable())


def whole_from_wire(value: Any) -> int | None:
    """A whole number that may be written as a text; None for anything else."""
    if isinstance(value, str):
        written = value.strip()
        digits = written.removeprefix("-")
        return int(written) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
    return value if is_int(value) else None


def text_from_wire(value: Any, limit: int = MAX_ID) -> str:
    """A short text; a JSON number as it was written, anything else as an empty text."""
    if is_int(value):
        value = str(value)
    return "".join(each for each in value.strip()[:limit] if each.isprintable()) if isinstance(value, str) else ""

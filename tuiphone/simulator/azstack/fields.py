"""Fields of packets that have to be of a shape; what is not is None."""

from typing import Any

CallNumber = int | str
_MOST = 2**53
_LONGEST = 100


def number(body: dict[str, Any], key: str) -> int | None:
    """An integer that JavaScript has too."""
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST else None


def text(body: dict[str, Any], key: str, *, longest: int = 1000) -> str | None:
    """A text of a limited length."""
    value = body.get(key)
    return value if isinstance(value, str) and len(value) <= longest else None


def call_number(body: dict[str, Any]) -> CallNumber | None:
    """The `callId`: the client's clock, or any short text."""
    found = number(body, "callId")
    return text(body, "callId", longest=_LONGEST) if found is None else found

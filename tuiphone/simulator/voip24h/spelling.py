"""How the newer and the older interface of the vendor write the same call (section 8)."""

from collections.abc import Iterable, Mapping
from typing import Any


def duration(seconds: int, style: str) -> int | str:
    """Seconds, or a text of hours, minutes and seconds, or of minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    match style:
        case "hms":
            return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"
        case "ms":
            return f"{minutes:02}:{rest:02}"
        case _:
            return seconds


def plain(status: str) -> str:
    """A status or kind for comparing: capitals, blanks for underscores."""
    return status.strip().upper().replace("_", " ")


def asked(query: Mapping[str, str], name: str) -> set[str]:
    """The values of a list with commas; none asks for all."""
    return {plain(one) for one in query.get(name, "").split(",") if one.strip()}


def is_asked(values: set[str], having: Iterable[str]) -> bool:
    """Whether one of these is among the values asked for, or nothing was."""
    return not values or any(plain(one) in values for one in having)


def whole(query: Mapping[str, str], name: str, *, otherwise: int, most: int) -> int:
    """A number of a query.

    Raises:
        ValueError: it is none, or too large.
    """
    text = query.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise ValueError(name)
    return min(int(text), most)


def with_case(value: Any, style: str) -> Any:
    """The same with all keys in lower or upper case, or with a capital first; mixed leaves them."""
    if style == "mixed":
        return value
    if isinstance(value, dict):
        return {getattr(str(key), style)(): with_case(one, style) for key, one in value.items()}
    return [with_case(one, style) for one in value] if isinstance(value, list) else value

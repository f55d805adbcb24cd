"""Times to come, as people write them: `30m`, `1h30m`, `17:00`, `tomorrow 8:00`."""

import re
import time

from tuiphone.core.errors import PhoneError

MAX_DAYS = 366
_LENGTH = re.compile(r"(?:(\d{1,4})\s*d)?\s*(?:(\d{1,4})\s*h)?\s*(?:(\d{1,5})\s*(?:m|min)?)?", re.IGNORECASE)
_TIME = re.compile(r"(?:(tomorrow)\s+)?(\d{1,2})[:.](\d{2})", re.IGNORECASE)


class BadTime(PhoneError):
    """A text is no time to come; the text of this is a sentence."""


def after_length(text: str, now: float) -> float:
    """The time when a length like `30m`, `1h30m`, `2d` or `45` (minutes) from now is over. Raises: BadTime."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise BadTime(f"{_shown(text)!r} is no length of time; write it like 30m, 1h30m or 2d.")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    seconds = ((days * 24 + hours) * 60 + minutes) * 60
    if not 0 < seconds <= MAX_DAYS * 86400:
        raise BadTime(f"{_shown(text)} is no length between a minute and a year; write it like 30m, 1h30m or 2d.")
    return now + seconds


def time_to_come(text: str, now: float) -> float:
    """The next time the clock shows this, `17:00` or `tomorrow 8:00`. Raises: BadTime."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not (int(found[2]) < 24 and int(found[3]) < 60):
        raise BadTime(f"{_shown(text)!r} is no time of day; write it like 17:00 or tomorrow 8:00.")
    hour, minute = int(found[2]), int(found[3])
    today = _at(now, 0, hour, minute)
    if found[1]:
        return _at(now, 1, hour, minute)
    return today if today > now else _at(now, 1, hour, minute)


def read(text: str, now: float) -> float:
    """A time of day or a length of time, whichever it is. Raises: BadTime."""
    if ":" in text or "." in text:
        return time_to_come(text, now)
    try:
        return after_length(text, now)
    except BadTime:
        raise BadTime(f"{_shown(text)!r} is no time; write one like 17:00, tomorrow 8:00, 30m or 1h30m.") from None


def _at(now: float, days: int, hour: int, minute: int) -> float:
    # By the calendar, not by seconds: a day on which clocks are changed has not 24 hours.
    then = time.localtime(now)
    return time.mktime((then.tm_year, then.tm_mon, then.tm_mday + days, hour, minute, 0, 0, 0, -1))


def _shown(text: str) -> str:
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return clean if len(clean) <= 40 else f"{clean[:39]}…"

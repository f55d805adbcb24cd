"""Dates and lengths of time as Voip24h writes them, in the zone of the PBX (PROTOCOL.md section 4); pure."""

# pyright: strict

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tuiphone.core.errors import NotPossible
from tuiphone.providers.fields import is_int

MAX_SECONDS = 7 * 86_400
"""No call lasts longer."""
LAST = 4_102_444_800.0
"""The year 2100: what is said to be later is no time of a call, and the last years of all have no next day."""
BEGINNING, BEGINNING_YEAR = 0.0, 1970
"""No call was earlier."""
LATE_SECONDS = 12 * 3600.0
"""A call is listed when it is over, under the time it began: so far back it may be new."""
_LENGTH = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7})(?:\.\d{1,9})?", re.ASCII)


def zone_problem(name: str) -> str | None:
    """Why this is no time zone, as a sentence."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return f"{name!r} is no time zone; write it like Asia/Ho_Chi_Minh or UTC."
    return None


def epoch(text: str, zone: ZoneInfo, *, near: float | None = None) -> float | None:
    """Seconds since the epoch of `YYYY-MM-DD HH:MM:SS`; None for anything else, and for what is no real time.

    Of the hour that comes twice when clocks are put back, the one that is nearer to `near`, else the first.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        at, again = moment.timestamp(), moment.replace(fold=1).timestamp()
    except (ValueError, OverflowError):
        return None
    if near is not None and at < again and abs(again - near) < abs(at - near):
        at = again
    # A day alone is no moment, and zeros are what a database has for nothing.
    return at if len(text.strip()) > len("YYYY-MM-DD") and 0 < at < LAST else None


def day_of(at: float, zone: ZoneInfo) -> date:
    """The PBX's day at this time."""
    return datetime.fromtimestamp(at, zone).date()


def clock(at: float, zone: ZoneInfo) -> str:
    """`YYYY-MM-DD HH:MM:SS` there."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def start_of(day: date, zone: ZoneInfo) -> float:
    """When this day begins there, in seconds since the epoch."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def lately(now: float, zone: ZoneInfo) -> tuple[float, float]:
    """The PBX's days in which a call may have begun that is new in its list: today, and until noon yesterday."""
    return start_of(day_of(now - LATE_SECONDS, zone), zone), start_of(day_of(now, zone) + timedelta(days=1), zone)


def wire_days(start: float, end: float, zone: ZoneInfo) -> tuple[str, str]:
    """The whole days, both ends included, that hold every moment from `start` on and before `end`, as `DD/MM/YYYY`.

    Raises: NotPossible when the end comes first
    """
    if end <= start:
        raise NotPossible("That time ends before it begins; turn the two dates round.")
    first, last = day_of(start, zone), day_of(end - 0.001, zone)
    return f"{first:%d/%m/%Y}", f"{last:%d/%m/%Y}"


def day_end(at: float, zone: ZoneInfo) -> float:
    """When the PBX's day of this time is over."""
    return start_of(day_of(at, zone) + timedelta(days=1), zone)


def months_before(end: float, count: int, zone: ZoneInfo) -> float:
    """When the first of so many months began there, of which the last is that of the moment before `end`."""
    day = day_of(end - 0.001, zone)
    months = day.year * 12 + day.month - count
    if months < BEGINNING_YEAR * 12:
        return BEGINNING
    return max(BEGINNING, start_of(date(months // 12, months % 12 + 1, 1), zone))


def talk_and_ringing(billed: Any, whole: Any) -> tuple[float | None, float]:
    """How long one talked, and how long it rang before; of a call of which they say how long one was billed for it, and
    how long it was in all."""
    talk, length = seconds(billed), seconds(whole)
    if talk is None or length is None:
        return (length if talk is None else talk), 0.0
    return talk, max(0.0, length - talk)


def seconds(value: Any) -> float | None:
    """A length of time: seconds as a number or a text, `MM:SS` or `HH:MM:SS`; None for anything else."""
    if is_int(value):
        return float(value) if 0 <= value <= MAX_SECONDS else None
    if not isinstance(value, str) or (found := _LENGTH.fullmatch(value.strip())) is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    total = (hours * 60 + minutes) * 60 + rest
    return float(total) if total <= MAX_SECONDS else None

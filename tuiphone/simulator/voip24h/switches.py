"""The switches, as `--set voip24h.KEY=VALUE`, and as the control call `set` turns them (section 9)."""

import math
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

VIETNAM = "Asia/Ho_Chi_Minh"
DEFAULTS: dict[str, Any] = {
    "port": 8124,
    "timezone": VIETNAM,
    # the partner's interface
    "secret": "sim-secret",
    "api_version": "1.1",  # 1.0 has no duration and no getCallData
    "sim_resp_text": 0,  # respCode as text
    "sim_numbers": 0,  # telephone numbers as JSON numbers, without their leading 0
    # the interface v3
    "api_key": "sim-key",
    "api_secret": "sim-api-secret",
    "token_seconds": 0.0,  # how long a token lasts; 0: a day, or seven when asked
    "token_style": "live",  # text has status 1000, `expried` and `isLonglive`, as the vendor writes it
    # the interface dial
    "dial_voip": "5e1f" * 10,
    "dial_secret": "c0de" * 8,
    "dial_keys": "mixed",  # or lower, upper or title: the case of all keys
    "billsec": "int",  # or hms, or ms: how v3 and dial write a duration
    # calls
    "desk_phones": "",  # extensions, with commas, that have a desk phone where no SIP device is
    "caller_id": "phone",  # or extension, or none: what the PBX's call to its extension says
    "ring_seconds": 30.0,
    "desk_answer_seconds": 1.0,
    "desk_talk_seconds": 5.0,
    "ringback_seconds": 1.0,
    "no_answer_seconds": 20.0,
    # recordings
    "link_host": "",  # of links, as localhost:8000 in the vendor's samples; empty: this one
    "listen_html": 0,  # links to listen lead to a page
    # trouble
    "sim_delay_ms": 0,
    "sim_http_status": 0,  # of everything that is answered
    "sim_garbage": 0,  # 1: a page instead of JSON; 2: nothing at all; 3: data is a text
    "sim_pad_bytes": 0,  # blanks after each answer
    "clock_behind": 0.0,  # seconds that its clock is late, for calls that begin and for the dates of answers
    "gzip": 1,  # answers are packed for whoever takes them so
}
FIXED = ("port", "timezone")
"""Those that cannot be turned while it runs."""
_CHOICES = {
    "api_version": ("1.0", "1.1"),
    "token_style": ("live", "text"),
    "dial_keys": ("mixed", "lower", "upper", "title"),
    "billsec": ("int", "hms", "ms"),
    "caller_id": ("phone", "extension", "none"),
}


def checked(key: str, value: Any) -> Any:
    """The value as the switch has it.

    Raises:
        ValueError: there is no such switch, or it cannot have this value.
    """
    if key not in DEFAULTS:
        raise ValueError(f"there is no switch {key}")
    try:
        kind = type(DEFAULTS[key])
        value = kind(value)
    except (TypeError, ValueError):
        raise ValueError(f"{key} cannot be {value!r}") from None
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ValueError(f"{key} is one of {', '.join(_CHOICES[key])}")
    if isinstance(value, int | float) and not 0 <= value < math.inf:
        raise ValueError(f"{key} is 0 or more")
    if key == "timezone":
        zone_of(str(value))
    return value


def zone_of(name: str) -> tzinfo:
    """The time zone of this name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == VIETNAM:  # a machine may have no list of zones, and this one is simple
            return timezone(timedelta(hours=7))
        raise ValueError(f"there is no time zone {name!r}") from None

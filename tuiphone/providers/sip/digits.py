"""Pressed keys in INFO requests: `application/dtmf-relay`, which most exchanges take, and `application/dtmf`."""

# pyright: strict

import re

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"
DURATION_MS = 160
"""As long as exchanges want a tone to be, and then some (ITU-T Q.24 asks for 40 ms)."""
MAX_DIGITS = 32
_SIGNAL = re.compile(r"^\s*Signal\s*=\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_EVENTS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"""Keys by their number among the telephone-events (RFC 4733 section 3.2), which some phones write."""


def body(digit: str) -> bytes:
    """The body of an INFO request for one key."""
    return f"Signal={digit}\r\nDuration={DURATION_MS}\r\n".encode()


def pressed(content_type: str | None, body: bytes) -> str | None:
    """The keys that an INFO request tells of; None when it is about something else, empty when it names no key."""
    text = body[:200].decode("utf-8", "replace")
    if content_type == RELAY:
        match = _SIGNAL.search(text)
        said = match[1] if match is not None else ""
    elif content_type == PLAIN:
        said = text.strip()
    else:
        return None
    said = _EVENTS.get(said, said).upper()
    return said if re.fullmatch(rf"[0-9*#A-D]{{1,{MAX_DIGITS}}}", said) else ""

"""Messages that wait in a mailbox, as a message summary says it (RFC 3842)."""

# pyright: strict

import re
from dataclasses import dataclass

from tuiphone.core.errors import BadFrame
from tuiphone.providers.sip.message import BadMessage
from tuiphone.providers.sip.uri import Uri

SUMMARY = "application/simple-message-summary"
EVENT = "message-summary"
MAX_COUNT = 99_999
_COUNTS = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Summary:
    """What waits, and where it is heard."""

    new: int
    old: int = 0
    account: Uri | None = None


def read_summary(body: bytes) -> Summary:
    """What a summary says of voice messages (section 5.2); of one that only says that something waits, one is counted.

    Raises: BadFrame
    """
    fields: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", body.decode("utf-8", "replace")).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    waiting = fields.get("messages-waiting", "").lower()
    found = _COUNTS.match(fields.get("voice-message", ""))
    if found is None and waiting not in ("yes", "no"):
        raise BadFrame("A message summary does not say whether messages wait.")
    new, old = (min(int(found[1]), MAX_COUNT), min(int(found[2]), MAX_COUNT)) if found else (int(waiting == "yes"), 0)
    return Summary(new, old, _account(fields.get("message-account")))


def _account(text: str | None) -> Uri | None:
    if not text:
        return None
    try:
        uri = Uri.parse(text.strip("<> "))
    except BadMessage:
        return None
    return uri if uri.is_sip or uri.scheme == "tel" else None

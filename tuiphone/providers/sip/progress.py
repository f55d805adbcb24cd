"""How a call that one side was asked to make goes: `message/sipfrag` in NOTIFY (RFC 3420, RFC 3515 section 2.4.5)."""

# pyright: strict

import re
from dataclasses import dataclass

from tuiphone.providers.sip import reasons

CONTENT_TYPE = "message/sipfrag;version=2.0"
_STATUS = re.compile(r"SIP/2\.0\s+([1-6][0-9]{2})(?:[ \t]+([^\r\n]*))?")


@dataclass(frozen=True, slots=True)
class Progress:
    """A status line."""

    status: int
    phrase: str = ""

    @property
    def is_final(self) -> bool:
        """It went well or badly; nothing follows."""
        return self.status >= 200

    @property
    def went_well(self) -> bool:
        """Somebody answered."""
        return 200 <= self.status < 300

    @property
    def body(self) -> bytes:
        """For a NOTIFY."""
        return f"SIP/2.0 {self.status} {self.phrase}\r\n".encode()


def parse(content_type: str | None, body: bytes) -> Progress | None:
    """What a NOTIFY tells; None for what is no such body."""
    if content_type != "message/sipfrag":
        return None
    match = _STATUS.match(body[:512].decode("utf-8", "replace").lstrip())
    if match is None:
        return None
    return Progress(int(match[1]), reasons.plain(match[2] or ""))

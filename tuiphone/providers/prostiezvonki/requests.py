"""Builders of everything we send to Prostiezvonki. Pure."""

# pyright: strict

import base64
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape

from tuiphone.providers.prostiezvonki.messages import Kind

MAX_SMS = 670
"""Characters of a text (section 5)."""
_DIALLED = frozenset("0123456789*#+")


@dataclass(frozen=True, slots=True)
class Request:
    """A command to the server, still without its number."""

    method: str
    data: tuple[tuple[str, str], ...]

    def document(self, number: int) -> str:
        """The request as XML; its ProtocolVersion is 1, whatever the log-in says (section 4.2)."""
        data = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.data)
        return (
            f"<Request><ProtocolVersion>1</ProtocolVersion><Method>{self.method}</Method>"
            f"<RequestID>{number}</RequestID><Data>{data}</Data></Request>"
        )


def number_to_wire(text: str) -> str:
    """What of a number the server is told: digits, `*`, `#` and `+`."""
    return "".join(character for character in text if character in _DIALLED)


def call(*, own: str, to: str) -> Request:
    """Have the PBX ring our telephone and dial the number once it is picked up."""
    return Request("Call", (("From", own), ("To", number_to_wire(to))))


def transfer(call_id: str, to: str) -> Request:
    """Send a call on: a live one, one that rings, or one that waits at the PBX."""
    return Request("Transfer", (("CallID", call_id), ("To", number_to_wire(to))))


def sms(*, own: str, to: str, text: str) -> Request:
    """Have the telephone that is paired with our extension send a text; always in base64 (section 5)."""
    packed = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return Request(
        "Generate",
        (("Event", str(int(Kind.SMS_HANDED))), ("From", own), ("To", number_to_wire(to)), ("Smstext", packed)),
    )


def login_query(
    *, password: str, client_type: str, extension: str, broadcast_mask: int, broadcast_group: str, version: int
) -> str:
    """The whole log-in (section 3): the password as raw base64, the rest escaped only where a URL would break."""
    packed = base64.b64encode(password.encode("utf-8", "replace")).decode()
    pairs = (
        ("CID", packed),
        ("CT", quote(client_type, safe="")),
        ("GID", quote(extension, safe="*+")),
        ("PhoneNumber", quote(extension, safe="*+")),
        ("BroadcastEventsMask", str(broadcast_mask)),
        ("BroadcastGroup", quote(broadcast_group, safe="")),
        ("PzProtocolVersion", str(version)),
    )
    return "&".join(f"{name}={value}" for name, value in pairs)

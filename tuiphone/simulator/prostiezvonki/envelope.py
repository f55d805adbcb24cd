"""Frames: base64 of XML without TLS, XML with it (4). What comes is read here, what goes is written here."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_LONGEST_ID = 20


class Code(IntEnum):
    """Of a response (4.3)."""

    OK = 0
    UNREADABLE = 1
    NO_REQUEST_ID = 2
    NO_METHOD = 3
    NO_DATA = 4
    NO_CALL = 5
    NOT_ALLOWED = 6


class Refusal(Exception):
    """A request is not carried out."""

    def __init__(self, code: Code, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    id: str | None
    """None where it is missing or no number."""
    method: str
    data: Mapping[str, str]


NO_REQUEST = Request(None, "", {})


def request(frame: str, *, plain: bool) -> Request:
    """The request in a frame.

    Raises:
        Refusal: it cannot be read.
    """
    try:
        root = fromstring(_unpacked(frame, plain=plain), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise Refusal(Code.UNREADABLE, "This is no frame of XML, or it has a DOCTYPE.") from error
    if root.tag != "Request":
        raise Refusal(Code.UNREADABLE, "The element is not Request.")
    number = (root.findtext("RequestID") or "").strip()
    data = root.find("Data")
    return Request(
        id=number if number.isascii() and number.isdecimal() and len(number) < _LONGEST_ID else None,
        method=(root.findtext("Method") or "").strip(),
        data={} if data is None else {str(one.tag): (one.text or "").strip() for one in data},
    )


def packed(xml: str, *, plain: bool) -> str:
    """The frame for an XML text."""
    return xml if plain else base64.b64encode(xml.encode(errors="replace")).decode()


def event(attributes: Mapping[str, str]) -> str:
    """One bare event; the attributes in their order."""
    return f"<Event {' '.join(f'{name}={quoteattr(_clean(value))}' for name, value in attributes.items())}/>"


def response(code: Code, request_id: str, details: str, data: Mapping[str, str]) -> str:
    """The answer to a request."""
    inside = "".join(f"<{name}>{escape(_clean(value))}</{name}>" for name, value in data.items())
    body = f"<Data>{inside}</Data>" if inside else "<Data/>"
    said = escape(_clean(details))
    return f"<Response><Code>{code}</Code><RequestID>{request_id}</RequestID><Details>{said}</Details>{body}</Response>"


def _unpacked(frame: str, *, plain: bool) -> str:
    if plain:
        content = frame
    else:
        raw = base64.b64decode(frame.strip(), validate=True).partition(b"\0")[0]
        try:
            content = raw.decode()
        except UnicodeDecodeError:
            content = raw.decode("cp1251")
    return content.partition("\0")[0].strip()


def _clean(text: str) -> str:
    # What cannot stand in XML at all, escaped or not: most control characters, halves of pairs, two that are none.
    return "".join(
        one
        for one in text
        if (one >= " " or one in "\t\n\r") and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff"
    )

"""What frames say and how they are wrapped, in both directions. What we ask for is in requests.py.

Pure: no socket, no clock.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.providers.prostiezvonki.messages import (
    CallTold,
    Finished,
    Kind,
    Message,
    Response,
    SmsHanded,
    SmsStatus,
    Strange,
)

MAX_ELEMENTS = 2000
MAX_EVENTS = 200
"""Of one frame."""
MAX_CALL_ID = 100
MAX_TEXT = 300
MAX_LINK = 2000
MAX_MORE = 12
"""Attributes without a meaning that are kept of an event."""
MILLISECONDS = 10**11
"""A time above this is in milliseconds (section 6)."""
MAX_TIME = 4 * 10**9
"""Later is no time of a call."""
MAX_TALK_S = 7 * 86_400

_CALLS = frozenset({Kind.OFFERED, Kind.RINGING, Kind.DIALLED, Kind.FAR_ANSWERED, Kind.TAKEN})
_KNOWN = frozenset(
    {"type", "callID", "from", "to", "line", "missed", "missedFinal", "start", "end", "duration", "direction", "record"}
)


class Element(Protocol):
    """What is read of an element of ElementTree."""

    tag: str
    text: str | None
    attrib: dict[str, str]

    def iter(self) -> Iterator["Element"]:
        """This element and all inside it."""
        ...

    def __iter__(self) -> Iterator["Element"]: ...


# -- frames (section 4.1) -------------------------------------------------------------------------------------------


def wrap(document: str, *, is_tls: bool) -> str:
    """A document as a frame: as it is where TLS carries it, in base64 where it does not."""
    return document if is_tls else base64.b64encode(document.encode()).decode()


def unwrap(frame: str, *, is_tls: bool) -> str:
    """The document of a frame, up to its first NUL, without blanks around it.

    Raises: BadFrame, for what is not base64 where it has to be
    """
    if is_tls:
        return frame.split("\0", 1)[0].strip()
    packed = "".join(frame.split())
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadFrame("A frame is not base64.") from error
    raw = raw.split(b"\0", 1)[0].strip()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1251", "replace")


def decode(document: str) -> Iterator[Message]:
    """What a document says: every Event and Response in it, at any depth; events without a callID say nothing.

    Raises: BadFrame, for what is not XML, declares entities or a DOCTYPE, or is too large
    """
    told = 0
    for element in _read(document).iter():
        match element.tag.rpartition("}")[2]:
            case "Event":
                message = _event(element.attrib)
            case "Response":
                message = _response(element)
            case _:
                continue
        told += 1
        if told > MAX_EVENTS:
            raise BadFrame(f"A frame has more than {MAX_EVENTS} events.")
        if message is not None:
            yield message


def _read(document: str) -> Element:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if document.count("<") > 2 * MAX_ELEMENTS:
        raise BadFrame("A frame has too many elements.")
    try:
        return fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise BadFrame("A frame is not XML, or not of the safe kind.") from error


# -- events (section 6) ---------------------------------------------------------------------------------------------


def _event(said: Mapping[str, str]) -> Message | None:
    call_id = said.get("callID", "").strip()
    if not 0 < len(call_id) <= MAX_CALL_ID or not call_id.isprintable():
        return None
    number = _whole(said.get("type"))
    caller, called = _tidy(said.get("from"), MAX_ADDRESS), _tidy(said.get("to"), MAX_ADDRESS)
    match number:
        case _ if number in _CALLS:
            line, late = _tidy(said.get("line")) or None, said.get("missed") == "1"
            return CallTold(Kind(number), call_id, caller, called, line, late, _more(said))
        case Kind.FINISHED:
            return _finished(said, call_id, caller, called)
        case Kind.SMS_HANDED:
            return SmsHanded(call_id, caller, called)
        case Kind.SMS_STATUS:
            return SmsStatus(call_id, caller, called, _whole(said.get("result")))
        case _:
            return Strange(_tidy(said.get("type"), 20))


def _finished(said: Mapping[str, str], call_id: str, caller: str, called: str) -> Finished:
    talk = _whole(said.get("duration"))
    return Finished(
        call_id,
        caller,
        called,
        talk_s=float(talk) if talk is not None and 0 <= talk <= MAX_TALK_S else None,
        outgoing={"0": False, "1": True}.get(said.get("direction", "").strip()),
        started_at=_time(said.get("start")),
        ended_at=_time(said.get("end")),
        record=_link(said.get("record")),
        line=_tidy(said.get("line")) or None,
        late=said.get("missed") == "1",
        more=_more(said),
    )


def _time(text: str | None) -> float | None:
    value = _whole(text)
    if value is None:
        return None
    seconds = value / 1000 if value > MILLISECONDS else float(value)
    return seconds if 0 < seconds <= MAX_TIME else None


def _link(text: str | None) -> str | None:
    found = (text or "").strip()
    is_link = found.lower().startswith(("http://", "https://", "ftp://"))
    return found if is_link and len(found) <= MAX_LINK and found.isprintable() and " " not in found else None


def _more(said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    pairs = ((_tidy(name, 40), _tidy(value)) for name, value in said.items() if name not in _KNOWN)
    return tuple(islice(((name, value) for name, value in pairs if name and value), MAX_MORE))


# -- responses (section 4.3) ----------------------------------------------------------------------------------------


def _response(element: Element) -> Response | None:
    children = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
    code, request_id = _whole(children.get("Code")), _whole(children.get("RequestID"))
    if code is None or request_id is None:
        return None
    return Response(code, request_id, _tidy(children.get("Details")))


# -- small things ---------------------------------------------------------------------------------------------------


def _whole(text: str | None) -> int | None:
    """An integer and nothing else; a longer one than fits into 64 bits is none."""
    digits = (text or "").strip()
    is_whole = 0 < len(digits) <= 20 and digits.isascii() and digits.removeprefix("-").isdecimal()
    return int(digits) if is_whole else None


def _tidy(text: str | None, limit: int = MAX_TEXT) -> str:
    """Text of the network in one line that can be shown, cut to a sane length."""
    shown = "".join(letter if letter.isprintable() else " " for letter in (text or "")[: 4 * limit])
    return " ".join(shown.split())[:limit]

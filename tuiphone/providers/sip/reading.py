"""Reads messages: tolerant of what is meant well, within limits, and with the right refusal for the rest.

RFC 3261 section 7, RFC 7118 section 5; RFC 4475 says what of the odd is to be borne.
"""

# pyright: strict

import re

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import TOKEN, quoted, whole
from tuiphone.providers.sip.headers import KEYS, Headers
from tuiphone.providers.sip.kinds import MAKES_DIALOG, Message, Request, Response
from tuiphone.providers.sip.uri import Uri
from tuiphone.providers.sip.writing import REASONS

MAX_MESSAGE = 64 * 1024
MAX_HEADERS = 200
MAX_HEADER = 8 * 1024

_ONCE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type", "Expires")
"""Fields that make no sense twice; which of the two would be meant, the next one along the way may see otherwise."""
_WITH_CONTACT = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE", "REGISTER"})
_WITH_EXPIRES = frozenset({"SUBSCRIBE", "REGISTER", "PUBLISH"})
_STATUS = re.compile(r"SIP/([0-9]+\.[0-9]+) +([0-9]+)(?: (.*))?", re.I)
_VERSION = re.compile(r"SIP/([0-9]+\.[0-9]+)", re.I)


def parse(frame: str | bytes) -> Request | Response:
    """One message that fills a whole frame.

    Raises: BadMessage, with the response to send where there is one.
    """
    head, body = _split(frame[:MAX_MESSAGE])
    lines = _unfolded(head)
    if not lines:
        raise BadMessage("A message is empty.", None)
    headers, fault = _headers(lines)
    if len(frame) > MAX_MESSAGE:
        fault = BadMessage("A message is too large.", 513)
    first = lines[0]
    if first[:4].upper() == "SIP/":
        if fault is not None:
            raise BadMessage(str(fault), None)
        return _response(first, headers, body)
    try:
        if fault is not None:
            raise fault
        return _request(first, headers, body)
    except BadMessage as error:
        raise BadMessage(str(error), error.status, _refusal(error, first, headers)) from error


def _split(frame: str | bytes) -> tuple[str, bytes]:
    if isinstance(frame, bytes):
        ends = [(at, at + len(gap)) for gap in (b"\r\n\r\n", b"\n\n") if (at := frame.find(gap, _start(frame))) >= 0]
        end, begin = min(ends, default=(len(frame), len(frame)))
        return frame[:end].decode("utf-8", "replace").lstrip("\r\n"), frame[begin:]
    frame = frame.lstrip("\r\n")
    head, _, body = frame.partition("\r\n\r\n")
    if (at := head.find("\n\n")) >= 0:
        head, body = head[:at], frame[at + 2 :]
    return head, body.encode("utf-8", "replace")


def _start(frame: bytes) -> int:
    return len(frame) - len(frame.lstrip(b"\r\n"))


def _unfolded(head: str) -> list[str]:
    """The lines; one that begins with a space goes on where the last one ended (section 7.3.1)."""
    if not head:
        return []
    lines = head.replace("\r\n", "\n").split("\n")
    if "\n " not in head and "\n\t" not in head:
        return lines
    parts: list[list[str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and parts:
            parts[-1].append(line.strip())
        else:
            parts.append([line.rstrip()])
    return [" ".join(part) for part in parts]


def _headers(lines: list[str]) -> tuple[Headers, BadMessage | None]:
    """The fields that can be read, and the first fault that forbids to go on.

    A line that is none is as good as a field nobody knows: not looked at (section 8.2.2).
    """
    pairs: list[tuple[str, str]] = []
    fault: BadMessage | None = None
    if len(lines[0]) > MAX_HEADER:
        fault = BadMessage("The first line is too long.", 414)
    for line in lines[1 : MAX_HEADERS + 1]:
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if len(line) > MAX_HEADER:
            fault = fault or BadMessage("A header field is too long.", 413)
        elif colon and (name in KEYS or TOKEN.fullmatch(name)):
            pairs.append((name, value.strip()))
    if len(lines) > MAX_HEADERS + 1:
        fault = fault or BadMessage("There are too many header fields.", 413)
    return Headers(pairs), fault


def _response(first: str, headers: Headers, body: bytes) -> Response:
    found = _STATUS.fullmatch(first)
    if found is None or found[1] != "2.0":
        raise BadMessage("A response's first line cannot be read.", None)
    status, reason = found[2], found[3]
    if len(status) != 3 or not 100 <= int(status) <= 699:
        raise BadMessage("A response has a status that does not exist.", None)
    try:
        response = Response(int(status), reason or "", headers=headers, body=_body(headers, body))
        _check(response)
    except BadMessage as error:
        # Nobody answers a response.
        raise BadMessage(str(error), None) from error
    return response


def _request(first: str, headers: Headers, body: bytes) -> Request:
    method, _, rest = first.partition(" ")
    # More spaces than one are wrong and harmless (RFC 4475 section 3.1.2.8).
    uri, _, last = rest.strip().rpartition(" ")
    version = _VERSION.fullmatch(last)
    if not TOKEN.fullmatch(method) or version is None:
        raise BadMessage("The first line is neither of a request nor of a response.")
    if version[1] != "2.0":
        raise BadMessage(f"SIP/{version[1][:8]} is not spoken here.", 505)
    uri = uri.strip()
    if uri.startswith("<") or " " in uri:
        raise BadMessage("The address of the first line has brackets or spaces.")
    request = Request(method, Uri.parse(uri), headers=headers, body=_body(headers, body))
    if request.uri.headers:
        # Section 19.1.1 has none here; taken over, they would be fields of somebody else's making.
        raise BadMessage("The address of the first line has header fields.")
    _check(request)
    if request.cseq.method != method:
        raise BadMessage("The method of the CSeq is another one than that of the request.")
    _ = request.max_forwards
    return request


def _check(message: Message) -> None:
    """What its method needs can be read (section 8.2.2 has the rest ignored), and stands there once."""
    for name in _ONCE:
        if message.headers.count(name) > 1 and len({*message.headers.all(name)}) > 1:
            raise BadMessage(f"There is more than one {name}.")
    _ = message.via, message.from_, message.to, message.call_id
    method = message.cseq.method
    if method in _WITH_CONTACT:
        _ = message.contacts
        if method in MAKES_DIALOG:
            _ = message.record_routes
    if method in _WITH_EXPIRES:
        _ = message.expires


def _body(headers: Headers, body: bytes) -> bytes:
    """What belongs to the message (section 18.3); without a length all of it (RFC 7118 section 5)."""
    said = headers.get("Content-Length")
    if said is None:
        return body
    size = whole(said, "Content-Length")
    if size > len(body):
        raise BadMessage("The body is shorter than its Content-Length.")
    if size < len(body) and size == len(body.decode("utf-8", "replace")):
        # Some count letters where bytes are meant; cut, the text would lose its end.
        return body
    return body[:size]


def _refusal(error: BadMessage, first: str, headers: Headers) -> Response | None:
    """The answer to a request that cannot be read, if there is a way back to who sent it; an ACK has none."""
    if error.status is None or "Via" not in headers or first.startswith("ACK "):
        return None
    copied = ("via", "from", "to", "call-id", "cseq")
    kept = [(name, value) for name, value in headers if name.lower() in copied]
    if error.status == 400:
        # Says to whoever debugs the other side what is meant (section 20.43).
        kept.append(("Warning", f"399 tuiphone {quoted(str(error))}"))
    return Response(error.status, REASONS[error.status], headers=Headers(kept))

"""SIP messages: read tolerantly and within limits, written strictly (RFC 3261 section 7, RFC 7118 section 5)."""

# pyright: strict

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from tuiphone.providers.sip.faults import BadMessage as BadMessage
from tuiphone.providers.sip.fields import TOKEN, CSeq, NameAddr, Via, Word, split_commas, whole
from tuiphone.providers.sip.uri import Uri

MAX_MESSAGE = 64 * 1024
MAX_HEADERS = 200
MAX_HEADER = 8 * 1024
MAX_HOPS = 255

Pairs: TypeAlias = Iterable[tuple[str, str]]

_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding",
    "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
    "y": "Identity",
}  # fmt: skip
_ONCE = ("from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "expires")
"""Fields that make no sense twice; which of the two would be meant, the next one along the way may see otherwise."""
_LINE = re.compile(r"(\S+) +(\S.*?) +SIP/([0-9]+\.[0-9]+) *", re.I)
_STATUS = re.compile(r"SIP/([0-9]+\.[0-9]+) +([0-9]+)(?: (.*))?", re.I)
_UNSAFE = re.compile(r"[\r\n\0]+")
_FOLDED = re.compile(r"[ \t]*\r?\n[ \t]+")
_CALL_ID = re.compile(r"[^\s,;]{1,512}")

REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily",
    305: "Use Proxy", 380: "Alternative Service", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 412: "Conditional Request Failed",
    413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
    423: "Interval Too Brief", 433: "Anonymity Disallowed", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete",
    485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event",
    491: "Request Pending", 493: "Undecipherable", 494: "Security Agreement Required", 500: "Server Internal Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
    505: "Version Not Supported", 513: "Message Too Large", 580: "Precondition Failure", 600: "Busy Everywhere",
    603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip
"""What a status is called (RFC 3261 section 21 and the RFCs that added to it)."""


class Headers:
    """The header fields of a message in their order; names have no case, and short ones are spelt out."""

    __slots__ = ("_pairs", "_table")

    def __init__(self, pairs: Pairs = ()) -> None:
        self._pairs = tuple((_COMPACT.get(name.lower(), name), value) for name, value in pairs)
        self._table: dict[str, list[str]] | None = None

    def get(self, name: str) -> str | None:
        """The first value of a field; it may be a list."""
        values = self._all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """The values of all fields of the name, lists as they came."""
        return list(self._all(name))

    def values(self, name: str) -> list[str]:
        """The values of all fields of the name, lists split at their commas.

        Raises: BadMessage when a quote or bracket is not closed.
        """
        return [piece for value in self._all(name) for piece in split_commas(value)]

    def items(self) -> tuple[tuple[str, str], ...]:
        """All fields in their order."""
        return self._pairs

    def with_(self, name: str, value: str) -> "Headers":
        """The same with this one value, where the field stood or at the end."""
        key = _key(name)
        pairs: list[tuple[str, str]] = []
        is_there = False
        for pair in self._pairs:
            if pair[0].lower() != key:
                pairs.append(pair)
            elif not is_there:
                pairs.append((name, value))
                is_there = True
        return Headers(pairs if is_there else (*pairs, (name, value)))

    def without(self, name: str) -> "Headers":
        """The same without any field of the name."""
        key = _key(name)
        return Headers(pair for pair in self._pairs if pair[0].lower() != key)

    def plus(self, *pairs: tuple[str, str], first: bool = False) -> "Headers":
        """The same with more fields, at the end or in front."""
        return Headers((*pairs, *self._pairs) if first else (*self._pairs, *pairs))

    def _all(self, name: str) -> list[str]:
        if self._table is None:
            self._table = {}
            for key, value in self._pairs:
                self._table.setdefault(key.lower(), []).append(value)
        return self._table.get(_key(name), [])

    def __contains__(self, name: str) -> bool:
        return bool(self._all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"


def _key(name: str) -> str:
    key = name.lower()
    return _COMPACT[key].lower() if key in _COMPACT else key


@dataclass(frozen=True)
class Message:
    """What requests and responses have in common; fields are read when they are asked for, once."""

    headers: Headers = field(kw_only=True, default_factory=Headers)
    body: bytes = field(kw_only=True, default=b"")

    @cached_property
    def call_id(self) -> str:
        """The dialog's or registration's own name. Raises: BadMessage"""
        found = self._needed("Call-ID").strip()
        if not _CALL_ID.fullmatch(found):
            raise BadMessage("The Call-ID cannot be read.")
        return found

    @cached_property
    def cseq(self) -> CSeq:
        """The number and method. Raises: BadMessage"""
        return CSeq.parse(self._needed("CSeq"))

    @cached_property
    def from_(self) -> NameAddr:
        """Who asks. Raises: BadMessage"""
        return NameAddr.parse(self._needed("From"))

    @cached_property
    def to(self) -> NameAddr:
        """Who was asked. Raises: BadMessage"""
        return NameAddr.parse(self._needed("To"))

    @cached_property
    def vias(self) -> tuple[Via, ...]:
        """The hops, newest first. Raises: BadMessage"""
        return tuple(Via.parse(each) for each in self.headers.values("Via"))

    @property
    def via(self) -> Via:
        """The newest hop. Raises: BadMessage"""
        if not self.vias:
            raise BadMessage("There is no Via.")
        return self.vias[0]

    @cached_property
    def contacts(self) -> tuple[NameAddr, ...]:
        """Where the sender can be reached directly; none for `*`. Raises: BadMessage"""
        return self._addresses("Contact")

    @property
    def contact(self) -> NameAddr | None:
        """The first of the contacts. Raises: BadMessage"""
        return self.contacts[0] if self.contacts else None

    @cached_property
    def record_routes(self) -> tuple[NameAddr, ...]:
        """Proxies that want to stay on the way. Raises: BadMessage"""
        return self._addresses("Record-Route")

    @cached_property
    def supported(self) -> frozenset[str]:
        """Extensions the sender knows, in small letters."""
        return self.tags("Supported")

    @cached_property
    def required(self) -> frozenset[str]:
        """Extensions the sender insists on, in small letters."""
        return self.tags("Require")

    @cached_property
    def content_type(self) -> str | None:
        """The kind of the body in small letters, without parameters; None when nobody said."""
        value = self.headers.get("Content-Type")
        return None if value is None else "".join(value.partition(";")[0].lower().split()) or None

    @property
    def expires(self) -> int | None:
        """Seconds; None when nobody said. Raises: BadMessage"""
        value = self.headers.get("Expires")
        return None if value is None else whole(value, "Expires")

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def tags(self, name: str) -> frozenset[str]:
        """A field that lists words, in small letters."""
        return frozenset(value.lower() for value in self.headers.values(name))

    def word(self, name: str) -> Word | None:
        """A field that is a word with parameters. Raises: BadMessage"""
        value = self.headers.get(name)
        return None if value is None else Word.parse(value)

    def address(self, name: str) -> NameAddr | None:
        """The first address of a field, as Refer-To or P-Asserted-Identity. Raises: BadMessage"""
        values = self.headers.values(name)
        return NameAddr.parse(values[0]) if values else None

    def _addresses(self, name: str) -> tuple[NameAddr, ...]:
        values = self.headers.values(name)
        return () if values == ["*"] else tuple(NameAddr.parse(each) for each in values)

    def _needed(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise BadMessage(f"There is no {name}.")
        return value


@dataclass(frozen=True)
class Request(Message):
    """Somebody asks for something."""

    method: str
    uri: Uri

    @cached_property
    def max_forwards(self) -> int | None:
        """How many hops are left; None when nobody said. Raises: BadMessage"""
        value = self.headers.get("Max-Forwards")
        return None if value is None else whole(value, "Max-Forwards", MAX_HOPS)


@dataclass(frozen=True)
class Response(Message):
    """The answer to a request; one below 200 is not the last."""

    status: int
    reason: str

    @property
    def is_final(self) -> bool:
        """No other answer follows."""
        return self.status >= 200

    @property
    def is_success(self) -> bool:
        """It was done."""
        return 200 <= self.status < 300


def parse(frame: str | bytes) -> Request | Response:
    """One message that fills a whole frame.

    Raises: BadMessage, with the response to send where there is one.
    """
    if len(frame) > MAX_MESSAGE:
        raise BadMessage("A message is too large.", 513)
    head, body = _split(frame)
    lines = _unfolded(head)
    if not lines:
        raise BadMessage("A message is empty.", None)
    headers, fault = _headers(lines)
    first = lines[0]
    if status := _STATUS.fullmatch(first):
        if fault is not None:
            raise BadMessage(str(fault), None)
        return _response(status, headers, body)
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadMessage("The first line is neither of a request nor of a response.", 400, _refusal(400, headers))
    method, uri, version = line.groups()
    try:
        if fault is not None:
            raise fault
        if version != "2.0":
            raise BadMessage(f"SIP/{version} is not spoken here.", 505)
        return _request(method, uri, headers, body)
    except BadMessage as error:
        answer = None if method == "ACK" or error.status is None else _refusal(error.status, headers, str(error))
        raise BadMessage(str(error), error.status, answer) from error


def encode(message: Request | Response) -> str:
    """The message as it is sent, with the length of its body.

    Bodies are text here; a binary one would need a binary frame.
    """
    if isinstance(message, Request):
        first = f"{message.method} {message.uri} SIP/2.0"
    else:
        first = f"SIP/2.0 {message.status} {_UNSAFE.sub(' ', message.reason)}"
    lines = [first]
    # A line break inside a value would begin a field of somebody else's making.
    lines += [
        f"{name}: {_UNSAFE.sub(' ', value)}" for name, value in message.headers if name.lower() != "content-length"
    ]
    body = message.text
    size = len(message.body) if len(body) == len(message.body) else len(body.encode())
    return "\r\n".join((*lines, f"Content-Length: {size}", "", body))


def reply(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Pairs = (),
    body: bytes = b"",
) -> Response:
    """The response to a request with what it has to repeat (section 8.2.6.2)."""
    kept: list[tuple[str, str]] = []
    for name, value in request.headers:
        match name.lower():
            case "via" | "from" | "call-id" | "cseq":
                kept.append((name, value))
            case "to":
                kept.append((name, _tagged(value, to_tag) if status > 100 else value))
            case "record-route" if 100 < status < 300:
                kept.append((name, value))
            case "timestamp" if status == 100:
                kept.append((name, value))
            case _:
                pass
    return Response(status, reason or REASONS.get(status, "Unknown"), headers=Headers((*kept, *headers)), body=body)


def _tagged(value: str, tag: str | None) -> str:
    if tag is None:
        return value
    try:
        return value if NameAddr.parse(value).tag else f"{value};tag={tag}"
    except BadMessage:
        return value


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
    if "\n " in head or "\n\t" in head:
        head = _FOLDED.sub(" ", head)
    return [line.rstrip("\r") for line in head.split("\n")] if head else []


def _headers(lines: list[str]) -> tuple[Headers, BadMessage | None]:
    """The fields that can be read, and the first fault among them: an answer is made of the others."""
    pairs: list[tuple[str, str]] = []
    fault: BadMessage | None = None
    for line in lines[1 : MAX_HEADERS + 1]:
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if len(line) > MAX_HEADER:
            fault = fault or BadMessage("A header field is too long.", 413)
        elif not colon or not TOKEN.fullmatch(name):
            fault = fault or BadMessage("A line is no header field.")
        else:
            pairs.append((name, value.strip()))
    if len(lines) > MAX_HEADERS + 1:
        fault = fault or BadMessage("There are too many header fields.", 413)
    return Headers(pairs), fault


def _response(found: re.Match[str], headers: Headers, body: bytes) -> Response:
    version, status, reason = found.groups()
    if version != "2.0" or len(status) != 3 or not 100 <= int(status) <= 699:
        raise BadMessage("A response has a status or version that does not exist.", None)
    try:
        response = Response(int(status), reason or "", headers=headers, body=_body(headers, body))
        _check(response)
    except BadMessage as error:
        # Nobody answers a response.
        raise BadMessage(str(error), None) from error
    return response


def _request(method: str, uri: str, headers: Headers, body: bytes) -> Request:
    if not TOKEN.fullmatch(method):
        raise BadMessage("The method is no word.")
    if uri.startswith("<") or " " in uri:
        raise BadMessage("The address of the first line has brackets or spaces.")
    request = Request(method, Uri.parse(uri), headers=headers, body=_body(headers, body))
    _check(request)
    if request.cseq.method != method:
        raise BadMessage("The method of the CSeq is another one than that of the request.")
    _ = request.max_forwards
    return request


def _check(message: Message) -> None:
    """What is always needed can be read, and stands there once (section 8.1.1)."""
    for name in _ONCE:
        values = message.headers.all(name)
        if len(values) > 1 and len({*values}) > 1:
            raise BadMessage(f"There is more than one {name.title()}.")
    _ = message.via, message.from_, message.to, message.call_id, message.cseq, message.contacts, message.expires


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


def _refusal(status: int, headers: Headers, sentence: str | None = None) -> Response | None:
    """The answer to a request that cannot be read, if there is any way back to who sent it."""
    if "Via" not in headers:
        return None
    copied = ("via", "from", "to", "call-id", "cseq")
    kept = [(name, value) for name, value in headers if name.lower() in copied]
    warning = () if sentence is None else (("Warning", f'399 tuiphone "{sentence}"'),)
    return Response(status, REASONS[status], headers=Headers((*kept, *(warning if status == 400 else ()))))

"""SIP messages as this server reads and writes them (RFC 3261, section 7): a start line, headers in order, a body."""

from collections.abc import Iterable
from typing import Self

from tuiphone.simulator.sip.fields import branch_of, split_list

VERSION = "SIP/2.0"
MOST_BYTES = 64 * 1024
MOST_HEADERS = 200

_COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
    "i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "o": "event", "r": "refer-to",
    "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires",
}  # fmt: skip
REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 204: "No Notification",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
    423: "Interval Too Brief", 430: "Flow Failed", 439: "First Hop Lacks Outbound Support",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
    484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
    600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip


class Malformed(Exception):
    """What came is no SIP message; the text says why."""


class Message:
    """A request when it has a method, otherwise a response."""

    __slots__ = ("body", "headers", "method", "reason", "status", "uri")

    def __init__(
        self,
        *,
        method: str = "",
        uri: str = "",
        status: int = 0,
        reason: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: str = "",
    ) -> None:
        self.method = method
        self.uri = uri
        self.status = status
        self.reason = reason
        self.headers = list(headers)
        self.body = body

    @classmethod
    def parse(cls, frame: str | bytes) -> Self:
        """Read one WebSocket message, which holds exactly one SIP message (RFC 7118, section 4.2).

        Raises:
            Malformed: it does not.
        """
        if len(frame) > MOST_BYTES:
            raise Malformed("too long")
        try:
            text = frame if isinstance(frame, str) else frame.decode()
        except UnicodeDecodeError:
            raise Malformed("no UTF-8") from None
        head, _, body = text.lstrip("\r\n").partition("\r\n\r\n")
        first, *lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
        if len(lines) > MOST_HEADERS:
            raise Malformed("too many headers")
        made = cls._started(first)
        made.body = body
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise Malformed(f"no header: {line[:60]!r}")
            made.headers.append((name.strip(), value.strip()))
        length = made.get("content-length")
        if length and (not length.isdecimal() or int(length) != len(body.encode())):
            raise Malformed("the Content-Length is not that of the body")
        for needed in ("via", "from", "to", "call-id", "cseq"):
            if not made.get(needed):
                raise Malformed(f"there is no {needed}")
        if not made.all("via") or not branch_of(made.all("via")[0]):
            raise Malformed("the Via has no branch")
        number, _, method = made.get("cseq").partition(" ")
        if not number.isdecimal() or (made.method and method.strip() != made.method):
            raise Malformed("the CSeq does not fit")
        return made

    @classmethod
    def _started(cls, line: str) -> Self:
        words = line.split(" ", 2)
        if len(words) == 3 and words[0] == VERSION and words[1].isdecimal() and len(words[1]) == 3:
            return cls(status=int(words[1]), reason=words[2])
        if len(words) == 3 and words[2] == VERSION and words[0].isascii():
            return cls(method=words[0], uri=words[1])
        raise Malformed(f"no start line: {line[:60]!r}")

    def text(self) -> str:
        """The message as it goes on the wire."""
        start = f"{self.method} {self.uri} {VERSION}" if self.method else f"{VERSION} {self.status} {self.reason}"
        lines = [start, *(f"{name}: {value}" for name, value in self.headers if _key(name) != "content-length")]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body.encode())}", "", self.body])

    def copy(self) -> "Message":
        """The same, to be changed."""
        return Message(
            method=self.method,
            uri=self.uri,
            status=self.status,
            reason=self.reason,
            headers=self.headers,
            body=self.body,
        )

    def get(self, name: str) -> str:
        """The first header of that name, empty when there is none."""
        return next((value for key, value in self.headers if _key(key) == name.lower()), "")

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return any(_key(key) == name.lower() for key, _ in self.headers)

    def rows(self, name: str) -> list[str]:
        """Every header of that name, as written."""
        return [value for key, value in self.headers if _key(key) == name.lower()]

    def all(self, name: str) -> list[str]:
        """The values of a header that is a list, whether on one line or on several."""
        return [value for row in self.rows(name) for value in split_list(row)]

    def tokens(self, name: str) -> set[str]:
        """The same in lower case, for option tags and methods."""
        return {value.lower() for value in self.all(name)}

    def set(self, name: str, *values: str) -> None:
        """These values instead of what there was, at the place of the first; none removes the header."""
        place = next((at for at, (key, _) in enumerate(self.headers) if _key(key) == name.lower()), len(self.headers))
        left = [(key, value) for key, value in self.headers if _key(key) != name.lower()]
        self.headers = left[:place] + [(name, value) for value in values] + left[place:]

    def put_first(self, name: str, value: str) -> None:
        """One more value, on top of the others of that name."""
        self.set(name, value, *self.all(name))

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.get("call-id")

    @property
    def cseq(self) -> int:
        """The number in CSeq."""
        return int(self.get("cseq").partition(" ")[0])

    @property
    def cseq_method(self) -> str:
        """The method in CSeq."""
        return self.get("cseq").partition(" ")[2].strip()


def response(request: Message, status: int, reason: str = "", *, tag: str = "", body: str = "") -> Message:
    """A response with what it has to copy (RFC 3261, section 8.2.6); `tag` is added to a To that has none."""
    made = Message(status=status, reason=reason or REASONS.get(status, "Unknown"), body=body)
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        made.headers.extend((name, value) for value in request.rows(name))
    if tag and ";tag=" not in made.get("to").lower():
        made.set("To", f"{made.get('to')};tag={tag}")
    return made


def _key(name: str) -> str:
    lowered = name.lower()
    return _COMPACT.get(lowered, lowered)

"""Messages as they are sent, and responses made of requests (RFC 3261 sections 7 and 8.2.6)."""

# pyright: strict

import re

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.headers import Headers, Pairs
from tuiphone.providers.sip.kinds import Request, Response

_BREAKS = re.compile(r"[\r\n]+")
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


def encode(message: Request | Response) -> str:
    """The message as it is sent, with the length of its body.

    Bodies are text here; a binary one would need a binary frame.
    """
    if isinstance(message, Request):
        first = f"{message.method} {message.uri} SIP/2.0"
    else:
        first = f"SIP/2.0 {message.status} {_BREAKS.sub(' ', message.reason)}"
    lines = [first]
    # A line break inside a value would begin a field of somebody else's making.
    lines += [
        f"{name}: {_BREAKS.sub(' ', value)}" for name, value in message.headers if name.lower() != "content-length"
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

"""What every message of ours has besides its own matter: Via, Contact, Supported, Allow and the like."""

# pyright: strict

from collections.abc import Iterable
from dataclasses import dataclass, field

from tuiphone.providers.sip.fields import NameAddr, Via
from tuiphone.providers.sip.makers import branch
from tuiphone.providers.sip.message import Request, Response
from tuiphone.providers.sip.uri import Uri

MAX_FORWARDS = "70"
WITH_CONTACT = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE"})
"""Methods whose sender has to say where it is reached; a REGISTER without it only asks (section 10.2.3)."""
_DESCRIBED = frozenset({"INVITE", "UPDATE", "OPTIONS"})
"""Methods that ask what the other side can do."""


@dataclass(slots=True)
class Identity:
    """Who we are; the registration changes `contact` when the server gives us a better one."""

    aor: Uri
    display: str | None
    username: str
    password: str = field(repr=False)
    contact: NameAddr
    via_host: str
    """A random name under `.invalid` (RFC 7118 section 5)."""
    user_agent: str


def dress_request(
    request: Request, identity: Identity, *, transport: str, supported: Iterable[str], allow: str
) -> Request:
    """The request with a Via of its own in front and whatever it lacks (section 8.1.1)."""
    headers = request.headers.without("Via")
    via = Via(transport, identity.via_host, None, (("branch", branch()),))
    front = [("Via", str(via))]
    back: list[tuple[str, str]] = []
    if "Max-Forwards" not in headers:
        front.append(("Max-Forwards", MAX_FORWARDS))
    if request.method in WITH_CONTACT and "Contact" not in headers:
        back.append(("Contact", str(identity.contact)))
    if request.method not in ("ACK", "CANCEL") and "Supported" not in headers:
        back.append(("Supported", ", ".join(supported)))
    if request.method in _DESCRIBED and "Allow" not in headers:
        back.append(("Allow", allow))
    if "User-Agent" not in headers:
        back.append(("User-Agent", identity.user_agent))
    headers = headers.plus(*front, first=True).plus(*back)
    return Request(request.method, request.uri, headers=headers, body=request.body)


def dress_response(
    response: Response, request: Request, identity: Identity, *, supported: Iterable[str], allow: str
) -> Response:
    """The response with what its receiver needs to go on (sections 12.1.1 and 13.3.1.4)."""
    if response.status <= 100:
        return response
    headers = response.headers
    more: list[tuple[str, str]] = []
    if response.status < 300:
        if request.method in WITH_CONTACT and "Contact" not in headers:
            more.append(("Contact", str(identity.contact)))
        if request.method in _DESCRIBED:
            more += [pair for pair in (("Allow", allow), ("Supported", ", ".join(supported))) if pair[0] not in headers]
    if "Server" not in headers:
        more.append(("Server", identity.user_agent))
    return Response(response.status, response.reason, headers=headers.plus(*more), body=response.body)

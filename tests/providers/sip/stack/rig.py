"""An agent without a socket: its clock stands until it is moved, and what it sends is kept."""

from dataclasses import dataclass, field

from tuiphone.providers.sip.agent import Agent, Identity
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Headers, Request, Response, encode, parse, reply
from tuiphone.providers.sip.uri import Uri

PASSWORD = "correct horse battery"
BOB = Uri.parse("sip:bob@example.com")


@dataclass
class Line:
    """The agent of alice@example.com, and the server at the other end of its link."""

    frames: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    now: float = 1000.0

    def __post_init__(self) -> None:
        contact = NameAddr.parse("<sip:alice@a1b2.invalid;transport=ws>")
        identity = Identity(
            aor=Uri.parse("sip:alice@example.com"),
            display="Alice",
            username="alice",
            password=PASSWORD,
            contact=contact,
            via_host="a1b2.invalid",
            user_agent="tuiphone/test",
        )
        self.agent = Agent(identity, clock=lambda: self.now, note=self.notes.append)
        self.open()

    def open(self) -> None:
        """A link to the server."""
        self.agent.opened(self.frames.append, where="sip.example.com:443")

    @property
    def sent(self) -> list[Request | Response]:
        """All that the agent sent."""
        return [parse(frame) for frame in self.frames]

    @property
    def last(self) -> Request | Response:
        """What the agent sent last."""
        return parse(self.frames[-1])

    @property
    def request(self) -> Request:
        """The request the agent sent last."""
        return next(message for message in reversed(self.sent) if isinstance(message, Request))

    @property
    def response(self) -> Response:
        """The response the agent sent last."""
        return next(message for message in reversed(self.sent) if isinstance(message, Response))

    def methods(self) -> list[str | int]:
        """Everything sent, in a word each."""
        return [message.method if isinstance(message, Request) else message.status for message in self.sent]

    def pass_time(self, seconds: float) -> None:
        """The clock moves, in steps small enough for every timer."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 0.1)
            self.agent.wake()

    def hear(self, message: Request | Response | str) -> None:
        """A message from the server."""
        self.agent.received(message if isinstance(message, str) else encode(message))

    def answer(
        self,
        status: int,
        *headers: tuple[str, str],
        to_tag: str | None = "far",
        request: Request | None = None,
        body: bytes = b"",
    ) -> Response:
        """The server answers the last request; gives the answer."""
        request = request or self.request
        more = headers
        if request.method == "INVITE" and 100 < status < 300:
            more = (("Contact", f"<sip:bob@{to_tag}.invalid;transport=ws>"), *headers)
        response = reply(request, status, to_tag=to_tag if status > 100 else None, headers=more, body=body)
        self.hear(response)
        return response


def asked(
    method: str = "INVITE",
    *,
    branch: str = "z9hG4bKfar1",
    call_id: str = "call-1",
    cseq: int = 1,
    from_tag: str = "far",
    to_tag: str | None = None,
    cseq_method: str | None = None,
    uri: str = "sip:alice@a1b2.invalid;transport=ws",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Request:
    """A request as it comes from Bob."""
    to = "<sip:alice@example.com>" + (f";tag={to_tag}" if to_tag else "")
    pairs = [
        ("Via", f"SIP/2.0/WS server.example.com;branch={branch}"),
        ("Max-Forwards", "69"),
        ("To", to),
        ("From", f"Bob <sip:bob@example.com>;tag={from_tag}"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} {cseq_method or method}"),
        ("Contact", "<sip:bob@b1.invalid;transport=ws>"),
        *headers,
    ]
    return Request(method, Uri.parse(uri), headers=Headers(pairs), body=body)

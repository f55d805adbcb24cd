"""One dialog: the lasting relation of two phones, in which calls and subscriptions live (RFC 3261 section 12)."""

# pyright: strict

from dataclasses import dataclass, field
from enum import Enum

from tuiphone.providers.sip.fields import MAX_CSEQ, CSeq, NameAddr
from tuiphone.providers.sip.message import Headers, Pairs, Request, Response
from tuiphone.providers.sip.uri import Uri

MAX_ROUTES = 32


class DialogState(Enum):
    """How far a dialog has come."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


@dataclass(slots=True, kw_only=True)
class Dialog:
    """Who the two sides are, how requests reach the other one, and which came last.

                1xx with a tag                2xx
        (none) ----------------> EARLY --------------> CONFIRMED
          |                        |                       |
          |          2xx           | 3xx-6xx, CANCEL       | BYE, 481, the last usage ended
          +------------------------|-----------> CONFIRMED |
                                   v                       v
                                     TERMINATED <----------+

    The owner of the call or subscription moves it with `confirm` and `end`.
    """

    call_id: str
    local_tag: str
    remote_tag: str
    """Empty for a phone older than RFC 3261 (section 12.1.1)."""
    local: NameAddr
    remote: NameAddr
    target: Uri
    """Where the other side itself is reached; its Contact."""
    routes: tuple[NameAddr, ...] = ()
    """Proxies on the way, the nearest first."""
    local_cseq: int = 0
    remote_cseq: int | None = None
    state: DialogState = field(default=DialogState.EARLY)

    @classmethod
    def from_response(cls, request: Request, response: Response) -> "Dialog":
        """The dialog that a response to our request makes (section 12.1.2)."""
        return cls(
            call_id=request.call_id,
            local_tag=request.from_.tag or "",
            remote_tag=response.to.tag or "",
            local=request.from_,
            remote=response.to,
            target=_contact(response) or request.uri,
            routes=tuple(reversed(response.record_routes))[:MAX_ROUTES],
            local_cseq=request.cseq.number,
            state=DialogState.CONFIRMED if response.is_success else DialogState.EARLY,
        )

    @classmethod
    def from_request(cls, request: Request, local_tag: str) -> "Dialog":
        """The dialog that our response to a request makes (section 12.1.1); it is early until `confirm`."""
        return cls(
            call_id=request.call_id,
            local_tag=local_tag,
            remote_tag=request.from_.tag or "",
            local=request.to.with_tag(local_tag),
            remote=request.from_,
            target=_contact(request) or request.from_.uri,
            routes=request.record_routes[:MAX_ROUTES],
            remote_cseq=request.cseq.number,
        )

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the dialog: Call-ID, our tag, theirs."""
        return self.call_id, self.local_tag, self.remote_tag

    def confirm(self, response: Response | None = None) -> None:
        """The call or subscription stands; a 2xx we got for our request says the final way (section 13.2.2.4)."""
        if self.state is DialogState.EARLY:
            self.state = DialogState.CONFIRMED
            if response is not None:
                self.routes = tuple(reversed(response.record_routes))[:MAX_ROUTES]
        if response is not None:
            self.refresh(response)

    def end(self) -> None:
        """Nothing lives in it any more."""
        self.state = DialogState.TERMINATED

    def request(
        self,
        method: str,
        *,
        headers: Pairs = (),
        body: bytes = b"",
        content_type: str | None = None,
        cseq: int | None = None,
    ) -> Request:
        """A request inside (section 12.2.1.1); the agent adds Via and what else each needs.

        `cseq` is for ACK, which has the number of its INVITE; all others count on.
        """
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        pairs: list[tuple[str, str]] = [
            ("To", str(self.remote)),
            ("From", str(self.local)),
            ("Call-ID", self.call_id),
            ("CSeq", str(CSeq(cseq, method))),
        ]
        uri, routes = self.target, self.routes
        if routes and routes[0].uri.param("lr") is None:
            # A strict router wants its own address in the first line and the target last.
            uri = routes[0].uri.without("method")
            routes = (*routes[1:], NameAddr(None, self.target))
        pairs += [("Route", str(route)) for route in routes]
        pairs += headers
        if content_type is not None:
            pairs.append(("Content-Type", content_type))
        return Request(method, uri, headers=Headers(pairs), body=body)

    def take(self, request: Request) -> bool:
        """Whether a request comes in order (section 12.2.2); one that does not is answered with 500.

        The agent asks this of every request it hands on.
        """
        number = request.cseq.number
        if request.method == "ACK":
            return True
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def refresh(self, target: "Uri | Request | Response") -> None:
        """The other side moved: its new Contact, or the message that says it (section 12.2)."""
        if isinstance(target, Uri):
            self.target = target
        else:
            self.target = _contact(target) or self.target

    def bump(self, number: int) -> None:
        """A request was sent again under a higher number, for its credentials."""
        self.local_cseq = min(max(self.local_cseq, number), MAX_CSEQ)


def _contact(message: Request | Response) -> Uri | None:
    """Where the sender is reached; phones older than RFC 3261, and many a 180, do not say."""
    contact = message.contact
    return contact.uri if contact is not None and contact.uri.is_sip else None

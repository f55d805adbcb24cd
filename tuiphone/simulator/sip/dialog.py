"""The robots' end of a dialog (RFC 3261, section 12): what its requests have to say, and which come in order."""

from dataclasses import dataclass, field

from tuiphone.simulator.sip.fields import parse_named, tag_of
from tuiphone.simulator.sip.message import Message


@dataclass(eq=False, slots=True)
class Dialog:
    """Local and remote are the values of From and To, tags inside."""

    call_id: str
    local: str
    remote: str
    target: str
    contact: str
    """Our own Contact, with its angle brackets."""
    routes: list[str] = field(default_factory=list)
    cseq: int = 0
    remote_cseq: int = 0

    @classmethod
    def called(cls, invite: Message, tag: str, contact: str) -> "Dialog":
        """That of a request which came."""
        return cls(
            invite.call_id,
            f"{invite.get('to')};tag={tag}",
            invite.get("from"),
            target_of(invite),
            contact,
            invite.all("record-route"),
            0,
            invite.cseq,
        )

    @classmethod
    def calling(cls, invite: Message, answer: Message) -> "Dialog":
        """That of a request which we sent, by a response that has a tag."""
        routes = list(reversed(answer.all("record-route")))
        return cls(
            invite.call_id,
            invite.get("from"),
            answer.get("to"),
            target_of(answer) or invite.uri,
            invite.get("contact"),
            routes,
            invite.cseq,
        )

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return tag_of(self.local)

    @property
    def remote_tag(self) -> str:
        """Theirs."""
        return tag_of(self.remote)

    def request(self, method: str, *headers: tuple[str, str], body: str = "", cseq: int | None = None) -> Message:
        """The next request; `cseq` for an ACK, which has that of its INVITE."""
        if cseq is None:
            self.cseq += 1
        made = Message(method=method, uri=self.target, body=body)
        made.headers = [
            *(("Route", route) for route in self.routes),
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq if cseq is None else cseq} {method}"),
            ("Contact", self.contact),
            *headers,
        ]
        return made

    def is_in_order(self, request: Message) -> bool:
        """Take the number of a request; false when it is not above the last."""
        if request.method != "ACK":
            if request.cseq <= self.remote_cseq:
                return False
            self.remote_cseq = request.cseq
        return True

    def refresh(self, message: Message) -> None:
        """Take a new Contact of the other side (RFC 3261, section 12.2)."""
        self.target = target_of(message) or self.target


def target_of(message: Message) -> str:
    """The URI of a Contact, empty when there is none."""
    try:
        return parse_named(message.get("contact")).uri
    except ValueError:
        return ""

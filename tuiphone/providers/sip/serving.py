"""A request of somebody else, as its owner here answers it."""

# pyright: strict

from collections.abc import Callable
from typing import Protocol

from tuiphone.providers.sip.message import Pairs, Request, Response, reply
from tuiphone.providers.sip.transaction import ServerTransaction


class Answers(Protocol):
    """What answering needs of the agent."""

    def answer(self, incoming: "Incoming", response: Response) -> bool:
        """Send a response to this; whether it still could be."""
        ...


class Incoming:
    """A request that came, and the way to answer it."""

    def __init__(
        self, request: Request, local_tag: str, transaction: ServerTransaction | None, answers: Answers
    ) -> None:
        self.request = request
        self.local_tag = local_tag
        """Our tag in the answers; a dialog made of the request has to have it."""
        self.cancelled: Callable[[Request], None] | None = None
        """Told the CANCEL of an INVITE, which is answered already; its Reason may say why."""
        self.unacked: Callable[[], None] | None = None
        """Told that nobody confirmed our 2xx in time: the call is dead, and owes a BYE (section 13.3.1.4)."""
        self.transaction = transaction
        self._answers = answers

    @property
    def is_answered(self) -> bool:
        """A final response went out, or none is wanted."""
        return self.transaction is None or self.transaction.is_answered

    def respond(
        self,
        status: int,
        reason: str | None = None,
        *,
        headers: Pairs = (),
        body: bytes = b"",
        content_type: str | None = None,
        to_tag: str | None = None,
    ) -> bool:
        """Answer it; what is late (the caller gave up, the link was lost) is dropped, and False says so.

        A 2xx to an INVITE is sent again until its ACK comes.
        """
        pairs = [*headers]
        if content_type is not None:
            pairs.append(("Content-Type", content_type))
        self.local_tag = to_tag or self.local_tag
        response = reply(self.request, status, reason, to_tag=self.local_tag, headers=pairs, body=body)
        return self._answers.answer(self, response)

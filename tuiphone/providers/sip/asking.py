"""Requests of ours until their final response: credentials are added when a server asks for them."""

# pyright: strict

import asyncio
from collections.abc import Callable
from typing import Protocol

from tuiphone.core.errors import AccessDenied, PhoneError, RequestTimeout
from tuiphone.providers.sip.digest import Attempts
from tuiphone.providers.sip.invites import cancellation
from tuiphone.providers.sip.message import Request, Response, reply
from tuiphone.providers.sip.transaction import ClientTransaction

MAX_RINGING = 64
"""Phones that may ring for one call."""
MAX_ANSWERS = 16
"""Phones of them that may answer at once."""


class Asks(Protocol):
    """What asking needs of the agent."""

    def begin(self, request: Request, asking: "Asking", *, is_new: bool) -> ClientTransaction:
        """Start a transaction for the request with a fresh Via; a new one gets the credentials that are known."""
        ...

    def cancel(self, transaction: ClientTransaction, cancel: Request) -> None:
        """Send a CANCEL of the transaction."""
        ...

    def authorized(self, request: Request, response: Response, attempts: Attempts) -> Request:
        """The request for another try, with credentials. Raises: AccessDenied"""
        ...

    def transmit(self, request: Request) -> None:
        """Send a request that has no transaction: an ACK."""
        ...


class Asking:
    """One request, through as many transactions as its credentials need."""

    def __init__(self, agent: Asks, request: Request) -> None:
        self._agent = agent
        self._attempts = Attempts()
        self._transaction: ClientTransaction | None = None
        self._is_cancelled = False
        self.request = request
        """As it was sent last."""

    def start(self) -> None:
        """Send it."""
        self._transaction = self._agent.begin(self.request, self, is_new=self._attempts.rounds == 0)
        self.request = self._transaction.request

    def received(self, response: Response) -> None:
        """A response came, or the last one was made up here."""
        if response.status in (401, 407) and not self._is_cancelled:
            try:
                self.request = self._agent.authorized(self.request, response, self._attempts)
            except AccessDenied as error:
                return self.failed(error)
            return self.start()
        self.heard(response)

    def timed_out(self) -> None:
        """Nobody answered."""
        self.failed(RequestTimeout(f"Nobody answered the {self.request.method} in time."))

    def heard(self, response: Response) -> None:
        """A response for whoever asked."""
        raise NotImplementedError

    def failed(self, error: PhoneError) -> None:
        """There will be none."""
        raise NotImplementedError


class Question(Asking):
    """Any request but INVITE, as something to wait for."""

    def __init__(self, agent: Asks, request: Request, provisional: Callable[[Response], None] | None) -> None:
        super().__init__(agent, request)
        self._provisional = provisional
        self.answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    @property
    def transaction(self) -> ClientTransaction | None:
        """The one under way."""
        return self._transaction

    def heard(self, response: Response) -> None:
        """A provisional response is told, the final one is the answer."""
        if not response.is_final:
            if self._provisional is not None:
                self._provisional(response)
        elif not self.answer.done():
            self.answer.set_result(response)

    def failed(self, error: PhoneError) -> None:
        """The wait is over."""
        if not self.answer.done():
            self.answer.set_exception(error)


class InviteHandle(Asking):
    """An INVITE of ours under way.

    `heard` gets every provisional response, the 2xx of every phone that answers, or the one final response of
    another kind; `failed` what else ended it.
    """

    def __init__(
        self,
        agent: Asks,
        request: Request,
        *,
        heard: Callable[[Response], None],
        failed: Callable[[PhoneError], None],
    ) -> None:
        super().__init__(agent, request)
        self._heard = heard
        self._failed = failed
        self._reason: str | None = None
        self._may_cancel = False
        self._is_cancel_sent = False
        self._is_over = False
        self._ringing: set[str] = set()
        self._answered: set[str] = set()
        """Tags of phones."""
        self._acks: dict[str, Request] = {}
        """By the tag of the phone that answered."""

    def cancel(self, reason_header: str | None = None) -> None:
        """We no longer want it (section 9.1): told when the far side is known to have it, and once.

        A 2xx may still come; it has to be confirmed and then ended with BYE.
        """
        if self._is_cancelled or self._is_over:
            return
        self._is_cancelled = True
        self._reason = reason_header
        if self._may_cancel:
            self._send_cancel()

    def ack(self, response: Response, ack_request: Request) -> None:
        """Confirm a 2xx; the same goes out for each copy of it. `ack_request` is made by its dialog."""
        tag = response.to.tag or ""
        # Section 22.1 wants the credentials of the INVITE in it. No server asks an ACK for them, and whoever answered
        # would get those that were for a proxy; so they stay here, as with the phones of browsers.
        self._acks[tag] = ack_request
        self._agent.transmit(ack_request)

    def received(self, response: Response) -> None:
        """Keeps CANCEL's rules and confirms copies of a 2xx; more phones than there can be are not heard."""
        tag = response.to.tag or ""
        if 100 < response.status < 300:
            phones, limit = (self._answered, MAX_ANSWERS) if response.is_final else (self._ringing, MAX_RINGING)
            if tag not in phones and len(phones) >= limit:
                return
            phones.add(tag)
        if not response.is_final:
            self._may_cancel = True
            if self._is_cancelled:
                self._send_cancel()
        elif response.is_success:
            if (known := self._acks.get(tag)) is not None:
                return self._agent.transmit(known)
            self._is_over = True
        elif self._is_cancelled and response.status in (401, 407):
            response = reply(self.request, 487)
        super().received(response)

    def start(self) -> None:
        """Send it; what was learnt of the last try is no longer true."""
        self._may_cancel = False
        super().start()

    def heard(self, response: Response) -> None:
        """Passed on."""
        self._is_over = self._is_over or response.is_final
        self._heard(response)

    def failed(self, error: PhoneError) -> None:
        """Passed on, once."""
        if not self._is_over:
            self._is_over = True
            self._failed(error)

    def _send_cancel(self) -> None:
        if self._transaction is not None and not self._is_over and not self._is_cancel_sent:
            self._is_cancel_sent = True
            cancel = cancellation(self._transaction.request, reason=self._reason)
            self._agent.cancel(self._transaction, cancel)

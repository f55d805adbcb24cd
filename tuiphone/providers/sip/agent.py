"""The user agent of one account: every SIP message goes through it; it has no socket and outlives all of them."""

# pyright: strict

import asyncio
import secrets
from collections.abc import Callable

from tuiphone.core.errors import ConnectionLost, PhoneError, RequestTimeout
from tuiphone.providers.sip.asking import Asking, InviteHandle, Question
from tuiphone.providers.sip.confirming import Confirming
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.digest import Attempts, Credentials
from tuiphone.providers.sip.fields import MAX_CSEQ, CSeq, NameAddr
from tuiphone.providers.sip.makers import branch as branch
from tuiphone.providers.sip.makers import call_id as call_id
from tuiphone.providers.sip.makers import tag as tag
from tuiphone.providers.sip.message import BadMessage, Headers, Pairs, Request, Response, encode, parse, reply
from tuiphone.providers.sip.outfit import Identity as Identity
from tuiphone.providers.sip.outfit import dress_request, dress_response
from tuiphone.providers.sip.reception import Reception, Take, dialog_key
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transaction import TIMEOUT, Asked, ClientTransaction, Effect, Heard, Send, TimedOut
from tuiphone.providers.sip.transactions import Transactions
from tuiphone.providers.sip.uri import Uri

EXTENSIONS = ("replaces", "100rel", "timer", "outbound", "gruu", "norefersub")
RETRY_SECONDS = 5
"""When somebody may ask again who asked too often."""
ASK_SECONDS = TIMEOUT + 8
"""How long one answer may take with all the tries for its credentials."""
MAX_NOTES = 10
"""Notes a second; more would push out the messages they are about."""

_new_call_id = call_id


class Agent:
    """Asks, answers, and finds whom a message is for.

    Requests inside dialogs go to whoever called `in_dialog`, others to whoever called `on`. Of a lost link it tells
    those who wait; dialogs stay.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        clock: Callable[[], float] | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.identity = identity
        self.routes: tuple[NameAddr, ...] = ()
        """Proxies that requests outside dialogs go through (Service-Route, or of the settings)."""
        self.supported: tuple[str, ...] = EXTENSIONS
        """Extensions we know: said in Supported, and allowed in Require."""
        self.transport = "WS"
        """As in Via: WSS where the link is encrypted."""
        self._clock = clock
        self._note = note
        self._notes = (0, 0)
        self._reception = Reception()
        self._credentials = Credentials(identity.username, identity.password)
        self._transactions = Transactions()
        self._confirming = Confirming()
        self._send: Callable[[str], None] | None = None
        self._where = ""
        self._timer: asyncio.TimerHandle | None = None
        self._cseq = secrets.randbelow(10_000) + 1

    # -- the link -----------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """There is a link."""
        return self._send is not None

    @property
    def where(self) -> str:
        """The server of this link, or of the last one, as `host:port`."""
        return self._where

    def use_password(self, password: str) -> None:
        """The password as it is now; a command may give another one each time."""
        if password != self.identity.password:
            self.identity.password = password
            self._credentials = Credentials(self.identity.username, password)

    def opened(self, send: Callable[[str], None], *, where: str) -> None:
        """A link stands; `where` names its server."""
        self.lost()
        self._send, self._where = send, where
        self._credentials.forget()

    def lost(self) -> None:
        """The link is gone: whoever waits for an answer gets ConnectionLost; dialogs stay."""
        self._send = None
        waiting = [each.owner for each in self._transactions.lost()]
        self._confirming.clear()
        self._schedule()
        for asking in waiting:
            if isinstance(asking, Asking):
                asking.failed(ConnectionLost(f"The connection to {self._where} was lost before it answered."))

    def received(self, frame: str | bytes) -> None:
        """One frame came; what cannot be read is refused or dropped."""
        if self._send is None:
            return
        if len(frame) <= 4 and not frame.strip():
            # RFC 5626 section 3.5.1: a double line break asks for a single one.
            if len(frame) == 4:
                self._send("\r\n")
            return
        try:
            message = parse(frame)
        except BadMessage as error:
            self._say(f"A message could not be read: {error}")
            if error.response is not None:
                self._transmit(_tagged(error.response))
            return
        if isinstance(message, Response) or self._has_room(message):
            self._perform(self._transactions.received(message, self._now()))

    def wake(self) -> None:
        """Time passed; called by itself, and by tests that have a clock of their own."""
        now = self._now()
        self._perform(self._transactions.wake(now))
        again, dead = self._confirming.wake(now)
        for response in again:
            self._transmit(response)
        for incoming in dead:
            if incoming.unacked is not None:
                incoming.unacked()
        self._schedule()

    # -- asking -------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        uri: Uri,
        *,
        to: NameAddr | None = None,
        call_id: str | None = None,
        headers: Pairs = (),
        body: bytes = b"",
        content_type: str | None = None,
        routes: tuple[NameAddr, ...] | None = None,
    ) -> Request:
        """A request outside dialogs (section 8.1.1); what else it needs is added when it is sent.

        `routes` is for REGISTER, which does not take the Service-Route.
        """
        sender = NameAddr(self.identity.display, self.identity.aor, (("tag", tag()),))
        pairs: list[tuple[str, str]] = [
            ("To", str(to or NameAddr(None, uri.without("method")))),
            ("From", str(sender)),
            ("Call-ID", call_id or _new_call_id()),
            ("CSeq", str(CSeq(self._next_cseq(), method))),
        ]
        pairs += [("Route", str(route)) for route in (self.routes if routes is None else routes)]
        pairs += headers
        if content_type is not None:
            pairs.append(("Content-Type", content_type))
        return Request(method, uri, headers=Headers(pairs), body=body)

    async def ask(
        self, request: Request, *, provisional: Callable[[Response], None] | None = None, timeout: float | None = None
    ) -> Response:
        """Send any request but INVITE and wait for its final response, whatever it says.

        Raises: ConnectionLost, RequestTimeout, AccessDenied when a server's challenge cannot be answered or it
        refuses the password
        """
        self._needs_link()
        question = Question(self, request, provisional)
        question.start()
        try:
            async with asyncio.timeout(timeout or ASK_SECONDS):
                return await question.answer
        except TimeoutError as error:
            raise RequestTimeout(f"Nobody answered the {request.method} in time.") from error
        finally:
            if question.transaction is not None:
                self._transactions.abandon(question.transaction)

    def invite(
        self, request: Request, *, heard: Callable[[Response], None], failed: Callable[[PhoneError], None]
    ) -> InviteHandle:
        """Send an INVITE, inside a dialog or not.

        Raises: ConnectionLost when there is no link
        """
        self._needs_link()
        handle = InviteHandle(self, request, heard=heard, failed=failed)
        handle.start()
        return handle

    # -- answering ----------------------------------------------------------------------------------------------

    def on(self, method: str, take: Take) -> None:
        """Requests of this method outside dialogs go there."""
        self._reception.on(method, take)

    def in_dialog(self, dialog: Dialog, take: Take, *, counts: bool = True) -> None:
        """Requests inside the dialog go there, those that come in order; so does the ACK of a 2xx."""
        self._reception.in_dialog(dialog, take, counts=counts)

    def forget(self, dialog: Dialog) -> None:
        """The dialog is over; what still comes is answered with 481."""
        self._reception.forget(dialog)
        self._confirming.forget(dialog.key)

    def expect(self, request: Request, take: Take) -> None:
        """Requests of a dialog that is not known yet, as a NOTIFY that overtakes the answer to our SUBSCRIBE."""
        self._reception.expect(request, take)

    def expect_no_more(self, request: Request) -> None:
        """The end of `expect`."""
        self._reception.expect_no_more(request)

    @property
    def dialogs(self) -> dict[tuple[str, str, str], Dialog]:
        """The dialogs there are."""
        return self._reception.dialogs

    @property
    def inside(self) -> tuple[str, ...]:
        """Methods we take inside dialogs, besides those of `on`."""
        return self._reception.inside

    @inside.setter
    def inside(self, methods: tuple[str, ...]) -> None:
        self._reception.inside = methods

    @property
    def allow(self) -> str:
        """The value of Allow: all methods we take."""
        return self._reception.allow

    # -- for Asking and Incoming --------------------------------------------------------------------------------

    def begin(self, request: Request, asking: Asking, *, is_new: bool) -> ClientTransaction:
        """See `Asks`."""
        if is_new:
            request = self._credentials.sign(request)
        client, effects = self._transactions.begin(self._dressed(request), self._now())
        client.owner = asking
        self._perform(effects)
        return client

    def cancel(self, transaction: ClientTransaction, cancel: Request) -> None:
        """See `Asks`."""
        _, effects = self._transactions.begin(cancel, self._now())
        self._transactions.cancelled(transaction, self._now())
        self._perform(effects)

    def authorized(self, request: Request, response: Response, attempts: Attempts) -> Request:
        """See `Asks`."""
        request = self._credentials.answer(request, response, attempts)
        dialog = self.dialogs.get((request.call_id, request.from_.tag or "", request.to.tag or ""))
        if dialog is not None:
            dialog.bump(number := max(dialog.local_cseq, request.cseq.number) + 1)
        elif request.to.tag is not None:
            number = request.cseq.number + 1
        else:
            number = self._next_cseq(request.cseq.number)
        headers = request.headers.with_("CSeq", str(CSeq(number, request.method)))
        return Request(request.method, request.uri, headers=headers, body=request.body)

    def transmit(self, request: Request) -> None:
        """See `Asks`."""
        self._transmit(self._dressed(request))

    def answer(self, incoming: Incoming, response: Response) -> bool:
        """See `Answers`."""
        transaction, request = incoming.transaction, incoming.request
        if transaction is None or transaction.owner is not incoming or transaction.is_answered:
            return False
        response = dress_response(response, request, self.identity, supported=self.supported, allow=self.allow)
        if request.method == "INVITE" and response.is_success:
            self._confirming.add(dialog_key(request, incoming.local_tag), incoming, response, self._now())
        self._perform(self._transactions.respond(transaction, response, self._now()))
        return True

    # -- inside -------------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()

    def _say(self, text: str) -> None:
        second, count = self._notes
        now = int(self._now())
        self._notes = (now, count + 1 if now == second else 1)
        if self._note is not None and self._notes[1] <= MAX_NOTES:
            self._note(text)

    def _needs_link(self) -> None:
        if self._send is None:
            raise ConnectionLost("There is no connection to the server; it is tried again by itself.")

    def _next_cseq(self, above: int = 0) -> int:
        self._cseq = max(self._cseq, above) % MAX_CSEQ + 1
        return self._cseq

    def _dressed(self, request: Request) -> Request:
        return dress_request(
            request, self.identity, transport=self.transport, supported=self.supported, allow=self.allow
        )

    def _transmit(self, message: Request | Response) -> None:
        if self._send is not None:
            self._send(encode(message))

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [due for due in (self._transactions.due, self._confirming.due) if due is not None]
        if times:
            delay = max(0.0, min(times) - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self.wake)

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(message):
                    self._transmit(message)
                case Heard(transaction, response):
                    self._heard(transaction, response)
                case Asked(transaction, request):
                    incoming = Incoming(request, request.to.tag or tag(), transaction, self)
                    if transaction is not None:
                        transaction.owner = incoming
                    self._asked(incoming)
                case TimedOut(transaction):
                    if isinstance(transaction.owner, Asking):
                        transaction.owner.timed_out()
                case _:
                    self._say("A message that belongs to nothing was dropped.")
        self._schedule()

    def _heard(self, transaction: ClientTransaction, response: Response) -> None:
        asking = transaction.owner
        if not isinstance(asking, Asking):
            return
        if response.is_success:
            self._credentials.heard(response)
        try:
            asking.received(response)
        except PhoneError as error:
            self._say(f"A response could not be used: {error}")

    def _has_room(self, request: Request) -> bool:
        if request.method in ("ACK", "CANCEL") or self._transactions.knows(request):
            return True
        if self._reception.has_room(request) and self._transactions.make_room():
            return True
        self._say("Too many requests at once; one was told to come back later.")
        self._transmit(reply(request, 503, to_tag=tag(), headers=[("Retry-After", str(RETRY_SECONDS))]))
        return False

    def _asked(self, incoming: Incoming) -> None:
        request = incoming.request
        try:
            match request.method:
                case "ACK":
                    self._confirming.confirmed(dialog_key(request, request.to.tag or ""), request.cseq.number)
                    self._reception.acknowledged(incoming)
                case "CANCEL":
                    self._cancelled(incoming)
                case _:
                    transaction = incoming.transaction
                    is_merged = transaction is not None and self._transactions.is_merged(transaction)
                    problem = self._reception.problem(request, frozenset(self.supported), is_merged=is_merged)
                    if problem is None:
                        self._reception.dispatch(incoming)
                    else:
                        incoming.respond(problem[0], headers=problem[1])
        except BadMessage as error:
            self._say(f"A request could not be read: {error}")
            incoming.respond(error.status or 400)
        except PhoneError as error:
            self._say(f"A request could not be answered: {error}")
            incoming.respond(500)

    def _cancelled(self, incoming: Incoming) -> None:
        """Section 9.2: the CANCEL is answered in any case, the INVITE only if nobody answered it before."""
        transaction = self._transactions.invite_of(incoming.request)
        if transaction is None or not isinstance(transaction.owner, Incoming):
            incoming.respond(481)
            return
        invited = transaction.owner
        incoming.respond(200, to_tag=invited.local_tag)
        if invited.respond(487) and invited.cancelled is not None:
            invited.cancelled(incoming.request)


def _tagged(response: Response) -> Response:
    """A refusal of what could not be read, with a tag where To can be."""
    value = response.headers.get("To")
    if value is None or "tag=" in value.lower():
        return response
    headers = response.headers.with_("To", f"{value};tag={tag()}")
    return Response(response.status, response.reason, headers=headers, body=response.body)

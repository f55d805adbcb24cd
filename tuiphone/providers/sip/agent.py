"""The user agent of one account: every SIP message goes through it; it has no socket and outlives all of them."""

# pyright: strict

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tuiphone.core.errors import ConnectionLost, PhoneError, RequestTimeout
from tuiphone.providers.sip.asking import Asking, InviteHandle, Question
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.digest import Attempts, Credentials
from tuiphone.providers.sip.fields import MAX_CSEQ, CSeq, NameAddr, Via
from tuiphone.providers.sip.message import BadMessage, Headers, Pairs, Request, Response, encode, parse, reply
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transaction import (
    T1,
    T2,
    TIMEOUT,
    Asked,
    ClientTransaction,
    Effect,
    Heard,
    Send,
    TimedOut,
)
from tuiphone.providers.sip.transactions import COOKIE, Transactions
from tuiphone.providers.sip.uri import Uri

MAX_DIALOGS = 256
RETRY_SECONDS = 5
"""When somebody who rang too often may ring again."""
ASK_SECONDS = TIMEOUT + 8
"""How long one answer may take with all the tries for its credentials."""

_MAKES_DIALOG = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY"})
_WITH_CONTACT = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE", "REGISTER"})
_INSIDE = ("BYE", "INFO", "PRACK", "UPDATE", "NOTIFY")
"""Methods that exist only inside dialogs."""

Take: TypeAlias = Callable[[Incoming], None]


def tag() -> str:
    """A new tag: nobody can guess it, and so nobody else can end a call with it."""
    return secrets.token_hex(8)


def branch() -> str:
    """A new name for a transaction."""
    return COOKIE + secrets.token_hex(12)


def call_id() -> str:
    """A new Call-ID; it says nothing of the machine."""
    return secrets.token_hex(16)


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


@dataclass(slots=True)
class _Unconfirmed:
    """A 2xx of ours whose ACK has not come."""

    incoming: Incoming
    response: Response
    until: float
    pause: float
    at: float


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
        self.supported: tuple[str, ...] = ("replaces", "100rel", "timer", "outbound", "gruu", "norefersub")
        """Extensions we know: said in Supported, and allowed in Require."""
        self.inside: tuple[str, ...] = _INSIDE
        """Methods we take inside dialogs, besides those of `on`."""
        self.dialogs: dict[tuple[str, str, str], Dialog] = {}
        self.transport = "WS"
        self._clock = clock
        self._note = note or _ignore
        self._credentials = Credentials(identity.username, identity.password)
        self._transactions = Transactions()
        self._unconfirmed: dict[tuple[str, str, str, int], _Unconfirmed] = {}
        self._takes: dict[str, Take] = {}
        self._dialog_takes: dict[tuple[str, str, str], Take] = {}
        self._half: dict[tuple[str, str], Take] = {}
        self._send: Callable[[str], None] | None = None
        self._where = ""
        self._timer: asyncio.TimerHandle | None = None
        self._cseq = secrets.randbelow(10_000) + 1

    # -- the link -----------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """There is a link."""
        return self._send is not None

    def use_password(self, password: str) -> None:
        """The password as it is now; a command may give another one each time."""
        if password != self.identity.password:
            self.identity.password = password
            self._credentials = Credentials(self.identity.username, password)

    def opened(self, send: Callable[[str], None], *, where: str) -> None:
        """A link stands; `where` names its server."""
        self.lost()
        self._send = send
        self._where = where
        self._credentials.forget()

    def lost(self) -> None:
        """The link is gone: whoever waits for an answer gets ConnectionLost; dialogs stay."""
        self._send = None
        lost = [each.owner for each in self._transactions.lost()]
        self._unconfirmed.clear()
        self._schedule()
        for asking in lost:
            if isinstance(asking, Asking):
                asking.failed(ConnectionLost("The connection to the server was lost before it answered."))

    def received(self, frame: str | bytes) -> None:
        """One frame came; what cannot be read is refused or dropped."""
        if not frame.strip():
            # RFC 5626 section 3.5.1: a double line break asks for a single one.
            if len(frame) == 4 and self._send is not None:
                self._send("\r\n")
            return
        try:
            message = parse(frame)
        except BadMessage as error:
            self._note(f"A message could not be read: {error}")
            if error.response is not None:
                self._transmit(_tagged(error.response))
            return
        if isinstance(message, Request) and not self._has_room(message):
            return
        self._perform(self._transactions.received(message, self._now()))

    def wake(self) -> None:
        """Time passed; called by itself, and by tests that have a clock of their own."""
        now = self._now()
        self._perform(self._transactions.wake(now))
        for key, each in list(self._unconfirmed.items()):
            if now >= each.until:
                del self._unconfirmed[key]
                if each.incoming.unacked is not None:
                    each.incoming.unacked()
            elif now >= each.at:
                each.pause = min(2 * each.pause, T2)
                each.at = now + each.pause
                self._transmit(each.response)
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
    ) -> Request:
        """A request outside dialogs (section 8.1.1); what else it needs is added when it is sent."""
        sender = NameAddr(self.identity.display, self.identity.aor, (("tag", tag()),))
        pairs: list[tuple[str, str]] = [
            ("To", str(to or NameAddr(None, uri.without("method")))),
            ("From", str(sender)),
            ("Call-ID", call_id or _new_call_id()),
            ("CSeq", str(CSeq(self._next_cseq(), method))),
        ]
        pairs += [("Route", str(route)) for route in self.routes]
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
        self._takes[method] = take

    def in_dialog(self, dialog: Dialog, take: Take) -> None:
        """Requests inside the dialog go there, in order; so does the ACK of a 2xx."""
        self.dialogs[dialog.key] = dialog
        self._dialog_takes[dialog.key] = take

    def forget(self, dialog: Dialog) -> None:
        """The dialog is over; what still comes is answered with 481."""
        self.dialogs.pop(dialog.key, None)
        self._dialog_takes.pop(dialog.key, None)

    def expect(self, request: Request, take: Take) -> None:
        """Requests of a dialog that is not known yet, as a NOTIFY that overtakes the answer to our SUBSCRIBE."""
        self._half[request.call_id, request.from_.tag or ""] = take

    def expect_no_more(self, request: Request) -> None:
        """The end of `expect`."""
        self._half.pop((request.call_id, request.from_.tag or ""), None)

    @property
    def allow(self) -> str:
        """The value of Allow: all methods we take."""
        methods = dict.fromkeys(("INVITE", "ACK", "CANCEL", *self._takes, *self.inside))
        return ", ".join(methods)

    # -- for Asking and Incoming --------------------------------------------------------------------------------

    def begin(self, request: Request, asking: Asking) -> ClientTransaction:
        """See `Asks`."""
        request = self._complete(self._credentials.sign(request))
        client, effects = self._transactions.begin(request, self._now())
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
            number = max(dialog.local_cseq, request.cseq.number) + 1
            dialog.bump(number)
        elif request.to.tag:
            number = request.cseq.number + 1
        else:
            number = self._next_cseq(request.cseq.number)
        headers = request.headers.without("Via").with_("CSeq", str(CSeq(number, request.method)))
        return Request(request.method, request.uri, headers=headers, body=request.body)

    def transmit(self, request: Request) -> None:
        """See `Asks`."""
        self._transmit(self._complete(request))

    def answer(self, incoming: Incoming, response: Response) -> bool:
        """See `Answers`."""
        transaction = incoming.transaction
        if transaction is None or transaction.owner is not incoming or transaction.is_answered:
            return False
        response = self._dressed(incoming.request, response)
        if incoming.request.method == "INVITE" and response.is_success:
            now = self._now()
            key = (*_dialog_key(incoming.request, incoming.local_tag), incoming.request.cseq.number)
            self._unconfirmed[key] = _Unconfirmed(incoming, response, now + TIMEOUT, T1, now + T1)
        self._perform(self._transactions.respond(transaction, response, self._now()))
        return True

    # -- inside -------------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()

    def _needs_link(self) -> None:
        if self._send is None:
            raise ConnectionLost("There is no connection to the server; it is tried again by itself.")

    def _next_cseq(self, above: int = 0) -> int:
        self._cseq = max(self._cseq, above) + 1
        if self._cseq > MAX_CSEQ:
            self._cseq = 1
        return self._cseq

    def _complete(self, request: Request) -> Request:
        """The request with a Via of its own in front and whatever is missing."""
        identity = self.identity
        via = Via(self.transport, identity.via_host, None, (("branch", branch()),))
        headers = request.headers.without("Via")
        more: list[tuple[str, str]] = []
        if "Max-Forwards" not in headers:
            more.append(("Max-Forwards", "70"))
        if request.method in _WITH_CONTACT and "Contact" not in headers:
            more.append(("Contact", str(identity.contact)))
        if request.method not in ("ACK", "CANCEL"):
            if "Supported" not in headers:
                more.append(("Supported", ", ".join(self.supported)))
            if request.method in ("INVITE", "UPDATE", "OPTIONS") and "Allow" not in headers:
                more.append(("Allow", self.allow))
        if "User-Agent" not in headers:
            more.append(("User-Agent", identity.user_agent))
        headers = headers.plus(("Via", str(via)), *more[:1], first=True).plus(*more[1:])
        return Request(request.method, request.uri, headers=headers, body=request.body)

    def _dressed(self, request: Request, response: Response) -> Response:
        """The response with what its receiver needs to go on."""
        headers = response.headers
        more: list[tuple[str, str]] = []
        if response.status > 100 and response.status < 300:
            if request.method in _WITH_CONTACT and "Contact" not in headers:
                more.append(("Contact", str(self.identity.contact)))
            if request.method in ("INVITE", "UPDATE", "OPTIONS"):
                more += [("Allow", self.allow)] if "Allow" not in headers else []
                more += [("Supported", ", ".join(self.supported))] if "Supported" not in headers else []
        if response.status > 100:
            more.append(("Server", self.identity.user_agent))
        return Response(response.status, response.reason, headers=headers.plus(*more), body=response.body)

    def _transmit(self, message: Request | Response) -> None:
        if self._send is not None:
            self._send(encode(message))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(message):
                    self._transmit(message)
                case Heard(transaction, response):
                    self._heard(transaction, response)
                case Asked(transaction, request):
                    self._asked(Incoming(request, request.to.tag or tag(), transaction, self if transaction else None))
                case TimedOut(transaction):
                    if isinstance(transaction.owner, Asking):
                        transaction.owner.timed_out()
                case _:
                    self._note("A message that belongs to nothing was dropped.")
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [each.at for each in self._unconfirmed.values()]
        if (due := self._transactions.due) is not None:
            times.append(due)
        if times:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, min(times) - self._now()), self.wake)

    def _heard(self, transaction: ClientTransaction, response: Response) -> None:
        asking = transaction.owner
        if not isinstance(asking, Asking):
            return
        if response.is_success:
            self._credentials.heard(response)
        try:
            asking.received(response)
        except BadMessage as error:
            self._note(f"A response could not be read: {error}")

    def _has_room(self, request: Request) -> bool:
        if request.method in ("ACK", "CANCEL") or self._transactions.knows(request):
            return True
        is_new = request.to.tag is None and request.method in _MAKES_DIALOG
        if not self._transactions.is_full and not (is_new and len(self.dialogs) >= MAX_DIALOGS):
            return True
        self._note("Too many requests at once; one was told to come back later.")
        refusal = reply(request, 503, to_tag=tag(), headers=[("Retry-After", str(RETRY_SECONDS))])
        self._transmit(refusal)
        return False

    def _asked(self, incoming: Incoming) -> None:
        request, transaction = incoming.request, incoming.transaction
        if transaction is not None:
            transaction.owner = incoming
        try:
            if request.method == "ACK":
                self._acknowledged(incoming)
            elif request.method == "CANCEL":
                self._cancelled(incoming)
            elif (problem := self._problem(incoming)) is not None:
                status, *headers = problem
                incoming.respond(status, headers=headers)
            else:
                self._dispatch(incoming)
        except BadMessage as error:
            self._note(f"A request could not be read: {error}")
            incoming.respond(error.status or 400)
        except PhoneError as error:
            self._note(f"A request could not be answered: {error}")
            incoming.respond(500)

    def _problem(self, incoming: Incoming) -> tuple[int, *tuple[tuple[str, str], ...]] | None:
        """What is to be checked of every request (section 8.2), in its order."""
        request = incoming.request
        known = {*self._takes, *self.inside, "INVITE"}
        if request.method not in known:
            return 405, ("Allow", self.allow)
        if not request.uri.is_sip and request.uri.scheme != "tel":
            return (416,)
        if incoming.transaction is not None and self._transactions.is_merged(incoming.transaction):
            return (482,)
        if missing := sorted(request.required - {*self.supported}):
            return 420, ("Unsupported", ", ".join(missing))
        coding = request.headers.get("Content-Encoding")
        if coding is not None and coding.lower() != "identity" and request.body:
            return 415, ("Accept-Encoding", "identity")
        return None

    def _dispatch(self, incoming: Incoming) -> None:
        request = incoming.request
        if request.to.tag is not None:
            key = _dialog_key(request, request.to.tag)
            dialog, take = self.dialogs.get(key), self._dialog_takes.get(key)
            if dialog is not None and take is not None:
                if dialog.take(request):
                    take(incoming)
                else:
                    incoming.respond(500)
                return
            half = self._half.get((request.call_id, request.to.tag))
            if half is not None:
                half(incoming)
            else:
                incoming.respond(481)
            return
        take = self._takes.get(request.method)
        if take is not None:
            take(incoming)
        elif request.method in self.inside:
            incoming.respond(481)
        else:
            incoming.respond(405, headers=[("Allow", self.allow)])

    def _acknowledged(self, incoming: Incoming) -> None:
        request = incoming.request
        key = _dialog_key(request, request.to.tag or "")
        self._unconfirmed.pop((*key, request.cseq.number), None)
        if (take := self._dialog_takes.get(key)) is not None:
            take(incoming)

    def _cancelled(self, incoming: Incoming) -> None:
        transaction = self._transactions.invite_of(incoming.request)
        if transaction is None:
            incoming.respond(481)
            return
        invited = transaction.owner
        if not isinstance(invited, Incoming):
            return
        incoming.respond(200, to_tag=invited.local_tag)
        if transaction.is_answered:
            return
        invited.respond(487)
        if invited.cancelled is not None:
            invited.cancelled(incoming.request)


def _dialog_key(request: Request, local_tag: str) -> tuple[str, str, str]:
    return request.call_id, local_tag, request.from_.tag or ""


def _tagged(response: Response) -> Response:
    """A refusal of what could not be read, with a tag where To can be."""
    value = response.headers.get("To")
    if value is None or "tag=" in value.lower():
        return response
    headers = response.headers.with_("To", f"{value};tag={tag()}")
    return Response(response.status, response.reason, headers=headers, body=response.body)


def _new_call_id() -> str:
    return call_id()


def _ignore(_: str) -> None:
    pass

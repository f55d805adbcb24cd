"""All transactions of an account: finds the one a message belongs to, wakes those whose time has come; no I/O."""

# pyright: strict

import heapq
import itertools
from typing import TypeAlias

from tuiphone.providers.sip.makers import COOKIE
from tuiphone.providers.sip.message import Request, Response
from tuiphone.providers.sip.transaction import (
    Asked,
    ClientTransaction,
    Effect,
    InviteClient,
    InviteServer,
    ServerTransaction,
    State,
    Stray,
    Transaction,
)

MAX_SERVERS = 256
"""Requests of others under way at once; who rings the bell more often is told to come back later."""
SPARE_ALARMS = 64

_Key: TypeAlias = tuple[object, ...]


class Transactions:
    """The table of both sides' transactions."""

    def __init__(self, *, limit: int = MAX_SERVERS) -> None:
        self._limit = limit
        self._clients: dict[_Key, ClientTransaction] = {}
        self._servers: dict[_Key, ServerTransaction] = {}
        self._answered: dict[_Key, ServerTransaction] = {}
        """Those of them that only wait for an ACK, or for copies."""
        self._merging: dict[_Key, ServerTransaction] = {}
        """By what two copies of a request have in common that took different ways."""
        self._alarms: list[tuple[float, int, Transaction]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    @property
    def due(self) -> float | None:
        """When `wake` has to be called next."""
        while self._alarms and self._alarms[0][2].deadline != self._alarms[0][0]:
            # The transaction has moved on, or is over.
            at, _, transaction = heapq.heappop(self._alarms)
            if transaction.alarm == at:
                transaction.alarm = None
        return self._alarms[0][0] if self._alarms else None

    def make_room(self) -> bool:
        """Whether one more request of others can be borne; the oldest that has its answer goes for it."""
        if len(self._servers) < self._limit:
            return True
        for key, server in self._answered.items():
            # Nothing is lost but a copy of the answer for who asks again.
            self._forget_server(key, server)
            return True
        return False

    def begin(self, request: Request, now: float) -> tuple[ClientTransaction, list[Effect]]:
        """A request of ours, with its Via; an ACK has no transaction."""
        client = InviteClient(request) if request.method == "INVITE" else ClientTransaction(request)
        self._clients[_client_key(request)] = client
        return client, self._done(client, client.start(now))

    def respond(self, server: ServerTransaction, response: Response, now: float) -> list[Effect]:
        """Our answer to somebody's request."""
        effects = server.respond(response, now)
        if server.is_answered:
            self._answered[_server_key(server.request)] = server
        return self._done(server, effects)

    def cancelled(self, client: ClientTransaction, now: float) -> None:
        """A CANCEL for this went out."""
        if isinstance(client, InviteClient):
            client.cancelled(now)
            self._done(client, [])

    def abandon(self, client: ClientTransaction) -> None:
        """Nobody waits for it any more."""
        client.state, client.deadline = State.TERMINATED, None
        self._done(client, [])

    def received(self, message: Request | Response, now: float) -> list[Effect]:
        """A message came in."""
        if isinstance(message, Response):
            client = self._client_of(message)
            return [Stray(message)] if client is None else self._done(client, client.received(message, now))
        server = self._servers.get(_server_key(message))
        if server is not None:
            return self._done(server, server.received(message, now))
        if message.method == "ACK":
            return [Asked(None, message)]
        server = InviteServer(message, now) if message.method == "INVITE" else ServerTransaction(message, now)
        self._servers[_server_key(message)] = server
        if message.to.tag is None:
            self._merging.setdefault(_merging_key(message), server)
        return self._done(server, [Asked(server, message)])

    def knows(self, request: Request) -> bool:
        """The request belongs to a transaction there is already."""
        return _server_key(request) in self._servers

    def is_merged(self, server: ServerTransaction) -> bool:
        """The same request came by another way already (section 8.2.2.2)."""
        request = server.request
        first = self._merging.get(_merging_key(request)) if request.to.tag is None else None
        return first is not None and first is not server

    def invite_of(self, cancel: Request) -> InviteServer | None:
        """The INVITE that a CANCEL means (section 9.2)."""
        found = self._servers.get(_server_key(cancel, "INVITE"))
        return found if isinstance(found, InviteServer) else None

    def wake(self, now: float) -> list[Effect]:
        """Time passed."""
        effects: list[Effect] = []
        while (due := self.due) is not None and due <= now:
            _, _, transaction = heapq.heappop(self._alarms)
            transaction.deadline = transaction.alarm = None
            effects += self._done(transaction, transaction.wake(now))
        return effects

    def lost(self) -> list[ClientTransaction]:
        """The link is gone, and every transaction with it; those of ours nobody will answer."""
        clients = [client for client in self._clients.values() if client.state is not State.ACCEPTED]
        for transaction in (*self._clients.values(), *self._servers.values()):
            transaction.state = State.TERMINATED
        for table in (self._clients, self._servers, self._answered, self._merging):
            table.clear()
        self._alarms.clear()
        return clients

    def _client_of(self, response: Response) -> ClientTransaction | None:
        """Section 17.1.3; and because a branch can be guessed at, the rest has to be the same as well."""
        if len(response.vias) != 1:
            return None
        client = self._clients.get((response.via.branch, response.cseq.method))
        if client is None:
            return None
        asked = client.request
        is_ours = (
            response.cseq.number == asked.cseq.number
            and response.call_id == asked.call_id
            and response.from_.tag == asked.from_.tag
        )
        return client if is_ours else None

    def _done(self, transaction: Transaction, effects: list[Effect]) -> list[Effect]:
        """A machine moved: remember when to wake it, or forget it."""
        if transaction.is_over:
            if isinstance(transaction, ServerTransaction):
                self._forget_server(_server_key(transaction.request), transaction)
            elif isinstance(transaction, ClientTransaction):
                self._clients.pop(_client_key(transaction.request), None)
        elif transaction.deadline is not None and transaction.deadline != transaction.alarm:
            transaction.alarm = transaction.deadline
            heapq.heappush(self._alarms, (transaction.deadline, next(self._order), transaction))
            self._tidy()
        return effects

    def _tidy(self) -> None:
        """Lets go of transactions that are over before their time, as most are."""
        if len(self._alarms) <= SPARE_ALARMS + 2 * len(self):
            return
        kept: list[tuple[float, int, Transaction]] = []
        for alarm in self._alarms:
            at, _, transaction = alarm
            if transaction.deadline == at:
                kept.append(alarm)
            elif transaction.alarm == at:
                transaction.alarm = None
        heapq.heapify(kept)
        self._alarms = kept

    def _forget_server(self, key: _Key, server: ServerTransaction) -> None:
        server.deadline = None
        if self._servers.get(key) is server:
            del self._servers[key]
            self._answered.pop(key, None)
        merging = _merging_key(server.request)
        if self._merging.get(merging) is server:
            del self._merging[merging]


def _client_key(request: Request) -> _Key:
    return request.via.branch, request.method


def _server_key(request: Request, method: str | None = None) -> _Key:
    """Section 17.2.3; without a branch of RFC 3261's kind, by what older phones keep the same."""
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    via = request.via
    if via.branch.startswith(COOKIE) and len(via.branch) > len(COOKIE):
        return via.branch, via.sent_by, method
    return str(request.uri), request.from_.tag, request.call_id, request.cseq.number, str(via), method


def _merging_key(request: Request) -> _Key:
    return request.from_.tag, request.call_id, request.cseq.number, request.method

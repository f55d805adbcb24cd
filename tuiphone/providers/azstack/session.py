"""One connection to AZStack: sends, pairs replies with requests, shows that we live, drops what is no packet."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from tuiphone.core.errors import BadFrame, ConnectionLost, PhoneError
from tuiphone.core.ports import IceServer
from tuiphone.providers.azstack import errors, labels, requests, wire
from tuiphone.providers.azstack.messages import LoggedIn, Message
from tuiphone.providers.azstack.requests import Request, Service
from tuiphone.providers.azstack.socket import PacketSocket
from tuiphone.providers.together import together

T = TypeVar("T")

MAX_UNSENT = 1000
"""Packets that wait to be sent; a server that lets so many pile up is no server."""
FLUSH_SECONDS = 1.0
MAX_BAD_PACKETS = 100
"""Of one connection; single ones are dropped, as the vendor's client does."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    take: Callable[[Message], Any]
    """Gives the result, or None when this packet is not the (whole) reply."""
    result: asyncio.Future[Any]


class Session:
    """A connection, from the open socket until it is lost. Sending never waits; a writer does."""

    def __init__(
        self, socket: PacketSocket, *, request_timeout: float, ping_interval: float, log: logging.Logger
    ) -> None:
        self.where = socket.where
        self.is_loopback = socket.is_loopback
        self.user_id: int | None = None
        """AZStack's number for us, once logged in."""
        self.ice_servers: tuple[IceServer, ...] = ()
        """Those AZStack names for this connection."""
        self._socket = socket
        self._request_timeout = request_timeout
        self._ping_interval = ping_interval
        self._log = log
        self._unsent: asyncio.Queue[Request] = asyncio.Queue(MAX_UNSENT)
        self._is_stuck = asyncio.Event()
        self._waiting: dict[int, _Waiting] = {}
        self._locks: dict[int, asyncio.Lock] = {}
        self._lost = False

    def logged_in(self, said: LoggedIn) -> None:
        """Keep what the log-in says."""
        self.user_id, self.ice_servers = said.user_id, said.ice_servers

    def post(self, request: Request) -> None:
        """Send a packet; nothing happens when the link is gone."""
        if self._lost:
            return
        try:
            self._unsent.put_nowait(request)
        except asyncio.QueueFull:
            self._is_stuck.set()

    async def flush(self) -> None:
        """Wait a little until everything posted so far is out."""
        if not self._lost:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._unsent.join()

    async def ask(
        self,
        request: Request,
        take: Callable[[Message], T | None],
        *,
        reply: int | None = None,
        timeout: float | None = None,
    ) -> T:
        """Send a request and wait until `take` makes a result of packets of the service `reply`, which is the request's
        own by default, within `timeout` where that is shorter than usual. `take` sees each before the next is read.

        One request of a kind is open at a time, because nothing else tells their replies apart (section 3).

        Raises: RequestTimeout, ConnectionLost, BadFrame, and what `take` raises
        """
        service = request.service if reply is None else reply
        seconds = min(self._request_timeout, timeout or self._request_timeout)
        try:
            async with asyncio.timeout(seconds), self._locks.setdefault(service, asyncio.Lock()):
                if self._lost:
                    raise errors.error("ERR_SOCKET_NOT_CONNECTED")
                waiting = _Waiting(take, asyncio.get_running_loop().create_future())
                self._waiting[service] = waiting
                try:
                    self.post(request)
                    return await waiting.result
                finally:
                    del self._waiting[service]
        except TimeoutError as error:
            sentence = f"{self.where} did not answer within {seconds:g} seconds. Try again."
            raise errors.error("ERR_REQUEST_TIMEOUT", sentence) from error

    async def run(self, handle: Callable[[Message], None]) -> NoReturn:
        """Read until the link is lost; requests that wait are told of it.

        Raises: ConnectionLost, BadFrame when the server sends little else
        """
        try:
            await together(
                "azstack",
                reader=self._read(handle),
                writer=self._write(),
                pinger=self._ping(),
                watch=self._watch(),
            )
            raise ConnectionLost(f"The connection to {self.where} came to an end.")
        finally:
            self._lose()

    # -- reading ----------------------------------------------------------------------------------------------------

    async def _read(self, handle: Callable[[Message], None]) -> NoReturn:
        bad = 0
        while True:
            try:
                service, body = await self._socket.receive()
                self._take(service, body, handle)
            except BadFrame as error:
                bad += 1
                self._log.warning("dropped a packet: %s", error)
                if bad >= MAX_BAD_PACKETS:
                    raise BadFrame(f"{self.where} does not speak AZStack's protocol: {error}") from error

    def _take(self, service: int, body: dict[str, Any] | None, handle: Callable[[Message], None]) -> None:
        if self._log.isEnabledFor(logging.DEBUG):
            self._log.debug("received: %s", labels.label({"service": service, "body": body or {}}, sent=False).text)
        try:
            messages = list(wire.decode(service, body))
        except BadFrame as error:
            if (waiting := self._waiting.get(service)) is not None and not waiting.result.done():
                # It was the reply, by all we know: there will be no other.
                waiting.result.set_exception(errors.error("ERR_SOCKET_PARSE_BODY", f"{error} Try again."))
            raise
        if not messages and service not in wire.KNOWN and service != Service.PING:
            self._log.debug("a packet of a service we do not know: %d", service)
        for message in messages:
            if not self._is_reply(service, message):
                handle(message)

    def _is_reply(self, service: int, message: Message) -> bool:
        waiting = self._waiting.get(service)
        if waiting is None or waiting.result.done():
            return False
        try:
            result = waiting.take(message)
        except PhoneError as error:
            waiting.result.set_exception(error)
            return True
        if result is not None:
            waiting.result.set_result(result)
        return result is not None

    # -- writing ----------------------------------------------------------------------------------------------------

    async def _write(self) -> NoReturn:
        while True:
            request = await self._unsent.get()
            if self._log.isEnabledFor(logging.DEBUG):
                frame = {"service": int(request.service), "body": request.body}
                self._log.debug("sent: %s", labels.label(frame, sent=True).text)
            await self._socket.send(request.service, request.body)
            self._unsent.task_done()

    async def _ping(self) -> NoReturn:
        while True:
            await asyncio.sleep(self._ping_interval)
            self.post(requests.ping())

    async def _watch(self) -> NoReturn:
        await self._is_stuck.wait()
        raise ConnectionLost(f"{self.where} takes nothing in any more; the network may be gone.")

    def _lose(self) -> None:
        self._lost = True
        for waiting in self._waiting.values():
            if not waiting.result.done():
                waiting.result.set_exception(ConnectionLost(f"The connection to {self.where} was lost meanwhile."))

"""One IML connection: sends, pairs replies with requests, shows that it lives, drops what cannot be read."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from google.protobuf.message import Message

from tuiphone.core.errors import BadFrame, ConnectionLost, RequestTimeout
from tuiphone.core.ports import IceServer
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.together import together
from tuiphone.providers.vox import codes, wire
from tuiphone.providers.vox.socket import PacketSocket
from tuiphone.providers.vox.wire import BrokenStream, Packet, Unread

log = logging.getLogger(__name__)

CLIENT_ID = "tuiphone"
MAX_TRANSACTION = 2**53
PING_SECONDS = 30.0
FLUSH_SECONDS = 1.0
ICE_SECONDS = 2.0
MAX_UNSENT = 1000
"""Packets that wait to be sent; a server that lets so many pile up is no server."""
MAX_BAD_PACKETS = 20
"""Of one connection that cannot be decoded (section 12)."""


class Session:
    """A connection, from the open socket until it is lost. Sending never waits; a writer does.

    Whoever `ask`s gets on with the reply before the next packet is looked at.
    """

    def __init__(self, socket: PacketSocket, *, user: str, numbers: Iterator[int]) -> None:
        """`numbers` gives the transactions theirs, which are never used twice."""
        self.where = socket.where
        self.is_loopback = socket.is_loopback
        self.user = user
        self.media_bucket = ""
        """Where the vendor keeps pictures of people."""
        self.ice_servers: tuple[IceServer, ...] = ()
        """Those of the settings, and those the server offers once it has told."""
        self._ice_told = asyncio.Event()
        self._ahead_ms = 0
        self._socket = socket
        self._numbers = numbers
        self._unsent: asyncio.Queue[Message] = asyncio.Queue(MAX_UNSENT)
        self._is_stuck = asyncio.Event()
        self._waiting: dict[tuple[str, int], asyncio.Future[Message]] = {}
        self._lost = False

    # -- asking and telling -----------------------------------------------------------------------------------------

    async def ask(self, name: str, /, **fields: Any) -> Message:
        """Send a request (`loginReq` for example) and wait for its reply; the headers are filled in.

        Raises: RequestFailed with the code and sentence of codes.py, RequestTimeout, ConnectionLost
        """
        if self._lost:
            raise ConnectionLost(f"The connection to {self.where} was lost meanwhile.")
        number = next(self._numbers)
        request = self._request(name, number, fields)
        key = wire.reply_kind(wire.KINDS[name]).name, number
        replied: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[key] = replied
        try:
            self._send(request)
            async with asyncio.timeout(REQUEST_SECONDS):
                reply = await replied
        except TimeoutError as error:
            raise RequestTimeout(
                f"{self.where} did not answer within {REQUEST_SECONDS:.0f} seconds. Try again."
            ) from error
        finally:
            del self._waiting[key]
        if not codes.is_success(ret := return_code(reply)):
            raise codes.failure(ret)
        return reply

    def post(self, name: str, /, **fields: Any) -> None:
        """Send a request whose reply changes nothing; without a link nothing happens."""
        self._send(self._request(name, next(self._numbers), fields))

    def reply(self, request: Message, ret: int = codes.OK, /, **fields: Any) -> None:
        """Answer a request of the server: fields of the same name are given back, ours are filled in."""
        kind = wire.reply_kind(wire.packet_of(request).kind)
        reply = wire.named(kind.name, ullTransId=transaction(request))
        ours = {"sMobNu": self.user, "ret": ret, "eReturnCode": ret}
        for field in wire.fields_of(reply):
            if field.name in ours:
                setattr(reply, field.name, ours[field.name])
            elif field.name in request.DESCRIPTOR.fields_by_name and not field.is_repeated and not field.message_type:
                setattr(reply, field.name, getattr(request, field.name))
        for name, value in fields.items():
            setattr(reply, name, value)
        self._send(reply)

    async def flush(self) -> None:
        """Wait a little until everything posted so far is out."""
        if not self._lost:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._unsent.join()

    # -- what the server told -----------------------------------------------------------------------------------------

    def set_clock(self, server_ms: int) -> None:
        """Keep how far the server's clock is from ours; nonsense is no clock."""
        ahead = server_ms - round(time.time() * 1000)
        self._ahead_ms = ahead if abs(ahead) < 10 * 366 * 86_400_000 else 0

    def now_ms(self) -> int:
        """The server's time, in the milliseconds that its messages have."""
        return round(time.time() * 1000) + self._ahead_ms

    def our_time(self, server_ms: int) -> float:
        """A time of the server's as seconds of our clock."""
        return (server_ms - self._ahead_ms) / 1000

    def set_ice_servers(self, servers: tuple[IceServer, ...]) -> None:
        """These are to be used from now on; the server has told of its own, or does not."""
        self.ice_servers = servers
        self._ice_told.set()

    async def ice(self) -> tuple[IceServer, ...]:
        """The ICE servers, for which a call that begins right after the log-in has to wait a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ICE_SECONDS):
                await self._ice_told.wait()
        return self.ice_servers

    # -- running ------------------------------------------------------------------------------------------------------

    async def run(self, handle: Callable[[Packet], None]) -> NoReturn:
        """Read until the link is lost; `handle` gets every request of the server, and whoever is in charge replies.

        Raises: ConnectionLost, BadFrame when what comes is not IML
        """
        try:
            await together(
                "vox",
                reader=self._read(handle),
                writer=self._write(),
                pinger=self._ping(),
                watch=self._watch(),
            )
            raise ConnectionLost(f"The connection to {self.where} came to an end.")
        finally:
            self._lose()

    async def _read(self, handle: Callable[[Packet], None]) -> NoReturn:
        stream, bad = wire.Stream(), 0
        try:
            while True:
                for packet in await self._socket.receive(stream):
                    if isinstance(packet, Packet):
                        self._take(packet, handle)
                    else:
                        bad += packet.is_bad
                        self._drop(packet, bad)
                    # Whoever waited for it gets on first; and a server that sends much keeps nobody waiting.
                    await asyncio.sleep(0)
        except BrokenStream as broken:
            await self._socket.close(broken.code)
            raise BadFrame(f"{self.where} does not speak Vox's protocol: {broken}") from broken

    def _take(self, packet: Packet, handle: Callable[[Packet], None]) -> None:
        if packet.kind.is_request:
            handle(packet)
            return
        waiting = self._waiting.get((packet.kind.name, transaction(packet.message)))
        if waiting is None or waiting.done():
            log.debug("a reply that nobody waits for: %s", packet.kind.name)
        else:
            waiting.set_result(packet.message)

    def _drop(self, packet: Unread, bad: int) -> None:
        what = "that cannot be decoded" if packet.is_bad else "of an unknown type"
        log.info("%s: dropped a packet %s (family %d, type %d)", self.where, what, packet.family, packet.number)
        if bad > MAX_BAD_PACKETS:
            raise BrokenStream(wire.PROTOCOL_ERROR, "too many of its packets cannot be read.")

    async def _write(self) -> NoReturn:
        while True:
            message = await self._unsent.get()
            try:
                await self._socket.send(message)
            except ValueError as error:
                log.warning("not sent: %s", error)
            self._unsent.task_done()

    async def _ping(self) -> NoReturn:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._socket.ping()

    async def _watch(self) -> NoReturn:
        await self._is_stuck.wait()
        raise ConnectionLost(f"{self.where} takes nothing in any more; the network may be gone.")

    def _request(self, name: str, number: int, fields: dict[str, Any]) -> Message:
        headers = {"sMobNu": self.user, "sClientId": CLIENT_ID, "ullTransId": number}
        return wire.named(name, stHdrs=headers, **fields)

    def _send(self, message: Message) -> None:
        if self._lost:
            return
        try:
            self._unsent.put_nowait(message)
        except asyncio.QueueFull:
            self._is_stuck.set()

    def _lose(self) -> None:
        self._lost = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionLost(f"The connection to {self.where} was lost meanwhile."))


def transaction(message: Message) -> int:
    """The number that a request and its reply share; 0 when it is missing."""
    headers = getattr(message, "stHdrs", None)
    return int(getattr(message if headers is None else headers, "ullTransId", 0))


def return_code(reply: Message) -> int:
    """What a reply says of its request; 0 when it is missing (codes.py)."""
    return int(getattr(reply, "ret", 0) or getattr(reply, "eReturnCode", 0))

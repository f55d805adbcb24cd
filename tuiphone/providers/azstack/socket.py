"""PacketSocket: one connection to AZStack's servers, over python-socketio, that carries packets."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import msgspec

from tuiphone.core.errors import BadFrame, ConnectionLost
from tuiphone.core.trace import MAX_BODY, Trace
from tuiphone.providers.azstack.engine_io import MAX_FRAME_BYTES, Channel
from tuiphone.providers.links import CLOSE_SECONDS, CONNECT_SECONDS, place, unreachable

EVENT = "WebPacket"
MAX_WAITING = 1000
"""Packets nobody has read yet."""
MAX_WAITING_CHARACTERS = 2 * MAX_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class _Packet:
    service: int
    body: str | None


@dataclass(frozen=True, slots=True)
class _Bad:
    why: str
    raw: str


class PacketSocket:
    """A connection whose every packet is a service number and an object, its body; for one reader."""

    def __init__(self, where: str, *, timeout: float, trace: Trace, secrets: frozenset[str]) -> None:
        """For `open` only."""
        self.where = where
        self._trace = trace
        self._secrets = secrets
        self._waiting: deque[_Packet | _Bad] = deque()
        self._characters = 0
        self._news = asyncio.Event()
        self._is_open = asyncio.Event()
        self._writing = asyncio.Lock()
        self._channel = Channel(where, timeout=timeout, trace=trace, bad=self._take_bad, over=self._wake)
        self._client: Any = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        timeout: float = CONNECT_SECONDS,
        trace: Trace | None = None,
        secrets: frozenset[str] = frozenset(),
    ) -> "PacketSocket":
        """Connect to a socket.io server of either generation; every packet goes into `trace`, with the values of the
        keys `secrets` blacked out besides those of the usual names.

        Raises: ConnectionLost
        """
        where = place(url)
        trace = Trace() if trace is None else trace
        opened = cls(where, timeout=timeout, trace=trace, secrets=secrets)
        try:
            async with asyncio.timeout(timeout):
                await opened._connect(url)
        except TimeoutError as error:
            await opened.close()
            lost = unreachable(where, error, timeout)
            trace.note(where, f"not connected: {lost}")
            raise lost from error
        except BaseException:
            await opened.close()
            raise
        return opened

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        return self._channel.is_loopback

    async def send(self, service: int, body: Mapping[str, Any]) -> None:
        """Send one packet; it is out of our hands afterwards.

        Raises: ConnectionLost
        """
        text = msgspec.json.encode(body).decode()
        async with self._writing:
            self._check()
            self._trace.sent(
                self.where, {"service": service, "body": dict(body)}, size=len(text), secrets=self._secrets
            )
            self._channel.expect_write()
            await self._client.emit(EVENT, {"service": service, "body": text})
            await self._channel.written()

    async def receive(self) -> tuple[int, dict[str, Any] | None]:
        """The next packet: its service, and its body unless that is no text of a JSON object.

        Raises: BadFrame for something that is no packet, after which the link is still good; ConnectionLost
        """
        while not self._waiting:
            self._check()
            self._news.clear()
            await self._news.wait()
        match self._waiting.popleft():
            case _Packet(service, text):
                self._characters -= len(text or "")
                body = _decoded(text)
                # A text that is no JSON may hold halves of characters, which no log could write.
                shown = {
                    "service": service,
                    "body": (text or "").encode(errors="replace").decode() if body is None else body,
                }
                self._trace.received(self.where, shown, size=len(text or ""), secrets=self._secrets)
                return service, body
            case _Bad(why, raw):
                self._characters -= len(raw)
                self._trace.received(self.where, raw, size=len(raw))
                raise BadFrame(why)

    async def close(self) -> None:
        """Say goodbye and let go; takes a second or so at most."""
        if self._client is None:
            return
        # A task of its own: given up half-way the library would never let go of this client.
        leaving = asyncio.ensure_future(self._client.disconnect())
        try:
            await asyncio.wait({leaving})
        finally:
            await self._channel.let_go()
            tasks = {leaving, self._client.eio.read_loop_task, self._client.eio.write_loop_task} - {None}
            _, late = await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    # -- inside -------------------------------------------------------------------------------------------------

    async def _connect(self, url: str) -> None:
        # Loading the library takes a third of a second, which calls would hear as a gap.
        make = await asyncio.to_thread(_library)
        # What these two would log may hold a token; what matters of it is in the trace.
        quiet = logging.getLogger(f"{__name__}.socketio")
        quiet.setLevel(logging.CRITICAL)
        self._client = client = make(
            bad=self._take_bad,
            where=self.where,
            http_session=self._channel,
            reconnection=False,
            timestamp_requests=False,
            handle_sigint=False,
            logger=quiet,
            engineio_logger=quiet,
        )
        client.on("connect", self._is_open.set)
        client.on("*", self._take)
        await client.connect(url, transports=["websocket"], wait=False)
        # Should the library ever give up without our knowing why, whoever reads must not wait for ever.
        client.eio.read_loop_task.add_done_callback(
            lambda _: self._channel.fail(f"The connection to {self.where} broke off.", "broke off")
        )
        await self._is_open.wait()
        self._check()

    def _check(self) -> None:
        if self._channel.lost is not None:
            raise ConnectionLost(str(self._channel.lost)) from self._channel.lost

    def _wake(self) -> None:
        self._news.set()
        self._is_open.set()

    def _take(self, event: Any, *arguments: Any) -> None:
        match arguments:
            case ({"service": int(service), **rest},) if event == EVENT and type(service) is int:
                body = rest.get("body")
                self._keep(_Packet(service, body if isinstance(body, str) else None))
            case _:
                self._take_bad(f"{self.where} sent an event that is no packet.", json.dumps([event, *arguments]))

    def _take_bad(self, why: str, raw: str) -> None:
        self._keep(_Bad(why, raw[: 2 * MAX_BODY]))

    def _keep(self, item: _Packet | _Bad) -> None:
        if self._channel.lost is not None:
            return
        self._waiting.append(item)
        self._characters += len(item.raw if isinstance(item, _Bad) else item.body or "")
        if len(self._waiting) > MAX_WAITING or self._characters > MAX_WAITING_CHARACTERS:
            self._waiting.clear()
            self._channel.fail(f"{self.where} sent more than could be read.", "flooded by the server")
        self._news.set()


def _decoded(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        body = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None


@cache
def _library() -> Any:
    """The class of the library's client, guarded against what it chokes on."""
    import socketio

    class Client(socketio.AsyncClient):
        def __init__(self, *, bad: Callable[[str, str], None], where: str, **options: Any) -> None:
            super().__init__(**options)
            self._bad, self._where = bad, where

        # The one private name: it is where the library takes packets apart, in a task of its own for each.
        async def _handle_eio_message(self, data: Any) -> None:
            try:
                await super()._handle_eio_message(data)
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                self._bad(f"{self._where} sent {len(data)} characters that are no packet.", str(data))

    return Client

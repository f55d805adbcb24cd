"""One connection to OnCaller: numbers requests, pairs replies, answers pings, notices silence."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from tuiphone.core.errors import BadFrame, ConnectionLost, ProviderError, RequestTimeout
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.links import JsonSocket
from tuiphone.providers.oncaller import requests, wire
from tuiphone.providers.oncaller.messages import Pinged, Push, Reply
from tuiphone.providers.oncaller.requests import Request

log = logging.getLogger(__name__)

MAX_WAITING = 1000
"""Requests without a reply, and frames not yet sent; a server that lets so many pile up is no server."""
MAX_BAD_FRAMES = 100
"""Of one connection; single ones are dropped, as the vendor's client does."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    reply: Callable[[Reply], None] | None
    lost: Callable[[], None] | None


class Session:
    """A connection, from the open socket until it is lost. Sending never waits; a writer does."""

    def __init__(self, socket: JsonSocket, numbers: Iterator[int]) -> None:
        self.silence_s: float | None = None
        """The link counts as lost when nothing arrived for so long."""
        self.is_loopback = socket.is_loopback
        self._socket = socket
        self._numbers = numbers
        self._unsent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._waiting: dict[tuple[int, int], _Waiting] = {}
        self._lost = False

    def ask(
        self,
        request: Request,
        *,
        on_reply: Callable[[Reply], None] | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        """Send a request. `on_reply` is called before the next frame is looked at, however late the reply comes;
        `on_lost` when the link goes first."""
        if self._lost:
            if on_lost is not None:
                on_lost()
            return
        number = next(self._numbers)
        if request.service in wire.REPLIES:
            self._waiting[request.service, number] = _Waiting(on_reply, on_lost)
        self._unsent.put_nowait(request.frame(number))

    async def request(self, request: Request, *, on_reply: Callable[[Reply], None] | None = None) -> Reply:
        """Send a request and wait for its reply; `on_reply` hears of it first, and even if it comes too late.

        Raises: RequestTimeout, ConnectionLost
        """
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def took(reply: Reply) -> None:
            if on_reply is not None:
                on_reply(reply)
            if not replied.done():
                replied.set_result(reply)

        def on_lost() -> None:
            if not replied.done():
                replied.set_exception(ConnectionLost(f"The connection to {self._socket.where} was lost meanwhile."))

        self.ask(request, on_reply=took, on_lost=on_lost)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                return await replied
        except TimeoutError as error:
            raise RequestTimeout(
                f"{self._socket.where} did not answer within {REQUEST_SECONDS:.0f} seconds."
            ) from error

    async def run(self, handle: Callable[[Push], None]) -> NoReturn:
        """Read until the link is lost; requests that wait are told of it.

        Raises: ConnectionLost, BadFrame when the server sends little else
        """
        writer = asyncio.create_task(self._write(), name="oncaller-writer")
        bad = 0
        try:
            while True:
                try:
                    frame = await self._receive()
                    for message in wire.decode(frame):
                        self._take(message, handle)
                except BadFrame as error:
                    bad += 1
                    log.warning("dropped a frame: %s", error)
                    if bad >= MAX_BAD_FRAMES:
                        raise BadFrame(f"{self._socket.where} does not speak OnCaller's protocol: {error}") from error
                if len(self._waiting) > MAX_WAITING or self._unsent.qsize() > MAX_WAITING:
                    raise ConnectionLost(f"{self._socket.where} does not answer any more.")
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            self._lose()

    async def _receive(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.silence_s):
                return await self._socket.receive()
        except TimeoutError as error:
            raise ConnectionLost(f"{self._socket.where} has been silent for {self.silence_s:.0f} seconds.") from error

    def _take(self, message: Reply | Push, handle: Callable[[Push], None]) -> None:
        match message:
            case Reply(service, number):
                waiting = self._waiting.pop((service, number), None)
                if waiting is not None and waiting.reply is not None:
                    waiting.reply(message)
            case Pinged():
                self.ask(requests.pong())
            case _:
                handle(message)

    async def _write(self) -> None:
        while True:
            frame = await self._unsent.get()
            try:
                await self._socket.send(frame)
            except ProviderError as error:
                log.info("%s", error)
                await self._socket.close()
                return

    def _lose(self) -> None:
        self._lost = True
        waiting, self._waiting = list(self._waiting.values()), {}
        for each in waiting:
            if each.lost is not None:
                each.lost()

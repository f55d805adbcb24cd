"""One WebSocket of one client: frames go out in order without anybody waiting for them."""

import asyncio
import contextlib
import json
import logging
from typing import Any

from aiohttp import web

logger = logging.getLogger(__name__)

MOST_WAITING = 2000
"""Frames a client may leave unread before its socket is dropped."""
_CLOSE_S = 0.4


class Link:
    """Sends to a socket from code that must not wait."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket = socket
        self._transport = transport
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._writer = asyncio.create_task(self._write())

    def send(self, service: int, body: dict[str, Any]) -> None:
        """Queue one envelope."""
        try:
            # ASCII alone, for half a surrogate pair from one client must not stop the writer of another.
            text = json.dumps({"service": service, "body": body})
        except RecursionError:
            logger.warning("a frame of service %d is nested too deeply to pass on", service)
            return
        self.send_raw(text)

    def send_raw(self, text: str) -> None:
        """Queue any text."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Cut the socket as a failing network does, without a closing handshake."""
        self._writer.cancel()
        if self._transport:
            self._transport.abort()

    async def close(self) -> None:
        """Close in the ordinary way, or without ceremony when the client does not take part."""
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        try:
            await asyncio.wait_for(self._socket.close(), _CLOSE_S)
        except (ConnectionError, TimeoutError):
            self.drop()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                text = await self._waiting.get()
                with contextlib.suppress(UnicodeEncodeError):
                    await self._socket.send_str(text)

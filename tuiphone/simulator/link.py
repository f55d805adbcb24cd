"""One WebSocket of one client: frames go out in order without anybody waiting for them."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

MOST_WAITING = 2000
"""Frames a client may leave unread before its socket is dropped."""


class Link:
    """Sends to a socket from code that must not wait."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._writer = asyncio.create_task(self._write())

    def send(self, service: int, body: dict[str, Any]) -> None:
        """Queue one envelope."""
        self.send_raw(json.dumps({"service": service, "body": body}, ensure_ascii=False))

    def send_raw(self, text: str) -> None:
        """Queue any text."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Cut the socket as a failing network does, without a closing handshake."""
        self._writer.cancel()
        request = self._socket._req
        if request is not None and request.transport is not None:
            request.transport.abort()

    async def close(self) -> None:
        """Close in the ordinary way."""
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(self._socket.close(), 1.0)

    async def _write(self) -> None:
        while True:
            text = await self._waiting.get()
            try:
                await self._socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return

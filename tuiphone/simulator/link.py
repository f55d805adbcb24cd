"""One WebSocket of one client of a simulated vendor: texts go out in order without anybody waiting for them."""

import asyncio
import contextlib

from aiohttp import WSCloseCode, web

MOST_WAITING = 2000
"""Texts a client may leave unread before its socket is dropped."""
MOST_WAITING_CHARACTERS = 8 * 1024 * 1024
"""The same in characters: texts may be long."""
_CLOSE_S = 0.4


class Link:
    """Sends to a socket from code that must not wait."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket = socket
        self._transport = transport
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue(MOST_WAITING)
        self._waiting_characters = 0
        self._writer = asyncio.create_task(self._write())

    def send_raw(self, text: str | bytes) -> None:
        """Queue any text, or the bytes of a binary frame."""
        self._waiting_characters += len(text)
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.drop()
        if self._waiting_characters > MOST_WAITING_CHARACTERS:
            self.drop()

    def drop(self) -> None:
        """Cut the socket as a failing network does, without a closing handshake."""
        self._writer.cancel()
        if self._transport:
            self._transport.abort()

    async def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close in the ordinary way, or without ceremony when the client does not take part."""
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        try:
            await asyncio.wait_for(self._socket.close(code=code, message=reason.encode()), _CLOSE_S)
        except (ConnectionError, TimeoutError):
            self.drop()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                text = await self._waiting.get()
                with contextlib.suppress(UnicodeEncodeError):
                    await (self._socket.send_bytes(text) if isinstance(text, bytes) else self._socket.send_str(text))
                self._waiting_characters -= len(text)

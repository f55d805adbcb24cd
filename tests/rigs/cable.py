"""The network between a phone and its server, as far as TCP goes: it is pulled out, or goes dead, when a test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Cable:
    """Passes bytes between whoever connects to `port` and a port of this machine."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._ways: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.is_in = True
        """Otherwise nobody can connect."""
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def laid(cls, to: int) -> AsyncIterator["Cable"]:
        """One that is gone with the block."""
        cable = cls(to)
        server = await asyncio.start_server(cable._connected, "127.0.0.1", 0)
        cable.port = server.sockets[0].getsockname()[1]
        try:
            yield cable
        finally:
            server.close()
            cable.pull()
            await asyncio.gather(*cable._ways, return_exceptions=True)

    @property
    def url(self) -> str:
        """For WebSockets."""
        return f"ws://127.0.0.1:{self.port}/"

    def pull(self) -> None:
        """Break every connection; nobody connects until `plug`."""
        self.is_in = False
        for writer in self._writers:
            writer.transport.abort()
        for way in self._ways:
            way.cancel()

    def plug(self) -> None:
        """Who connects from now on gets through."""
        self.is_in = True
        self._flows.set()

    def deaden(self) -> None:
        """Connections stay open, but nothing comes through them any more."""
        self._flows.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_in:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, far_writer}
        ways = {
            asyncio.create_task(self._pass(reader, far_writer)),
            asyncio.create_task(self._pass(far_reader, writer)),
        }
        self._ways |= ways
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._ways -= ways
        for one in (writer, far_writer):
            one.transport.abort()
        self._writers -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()

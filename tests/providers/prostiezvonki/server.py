"""A server that says only what a test has it say, in the wrapping of the plain or the secured wire."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from defusedxml.ElementTree import fromstring
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes import FakeMemory, soon, until
from tests.providers.rig import Account, account
from tuiphone.core.events import ConnectionChanged
from tuiphone.core.secret import Secret
from tuiphone.providers.prostiezvonki.client import Prostiezvonki
from tuiphone.providers.prostiezvonki.settings import Settings

PASSWORD = "a long password"
PARTY = "73430112233"


def settings(host: str = "ws://127.0.0.1:1", **more: Any) -> Settings:
    """Settings of extension 101."""
    return Settings(**({"host": host, "extension": "101", "password": Secret(PASSWORD)} | more))


def event(type: int, call_id: str | None = "18468", **more: Any) -> str:
    """An Event; `frm` stands for from."""
    said = {"type": type, "callID": call_id} | {key.replace("frm", "from"): value for key, value in more.items()}
    pairs = " ".join(f'{name}="{value}"' for name, value in said.items() if value is not None)
    return f"<Event {pairs}/>"


class Connection:
    """One client at the server."""

    def __init__(self, socket: ServerConnection, *, is_tls: bool) -> None:
        self.socket = socket
        self.path = "" if socket.request is None else socket.request.path
        self.requests: list[dict[str, str]] = []
        """What the client asked for and nobody has looked at."""
        self._is_tls = is_tls

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                assert isinstance(frame, str)
                document = frame if self._is_tls else base64.b64decode(frame, validate=True).decode()
                request = fromstring(document)
                said = {child.tag: child.text or "" for child in request if child.tag != "Data"}
                self.requests.append(said | {child.tag: child.text or "" for child in request.find("Data")})

    async def hear(self, method: str) -> dict[str, str]:
        """The next request of this method; others before it stay."""
        await until(lambda: any(request["Method"] == method for request in self.requests))
        request = next(request for request in self.requests if request["Method"] == method)
        self.requests.remove(request)
        return request

    async def say(self, *documents: str) -> None:
        """Push frames."""
        for document in documents:
            await self.socket.send(document if self._is_tls else base64.b64encode(document.encode()).decode())

    async def respond(self, method: str, code: int = 0, details: str = "OK") -> dict[str, str]:
        """Answer the next request of this method; returns it."""
        request = await self.hear(method)
        await self.say(
            f"<Response><Code>{code}</Code><RequestID>{request['RequestID']}</RequestID>"
            f"<Details>{details}</Details><Data/></Response>"
        )
        return request


class ScriptedServer:
    """Clients wait in `arrivals`."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.arrivals: asyncio.Queue[Connection] = asyncio.Queue()
        self.host = ""
        self.pings: list[bytes] = []
        self._tls = tls
        self._server: Server | None = None

    async def _serve(self, socket: ServerConnection) -> None:
        connection = Connection(socket, is_tls=self._tls is not None)
        self.arrivals.put_nowait(connection)
        await connection.read()

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await serve(self._serve, "127.0.0.1", 0, ssl=self._tls, ping_interval=None, max_size=None)
        scheme = "ws" if self._tls is None else "wss"
        self.host = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def client(self) -> Connection:
        """The next client that connects."""
        return await soon(self.arrivals.get())


@asynccontextmanager
async def connected(
    memory: FakeMemory | None = None, **more: Any
) -> AsyncIterator[tuple[ScriptedServer, Connection, Account]]:
    """A scripted server with extension 101 logged in."""
    async with ScriptedServer() as server, account(settings(server.host, **more), memory, Prostiezvonki) as desk:
        desk.start()
        client = await server.client()
        await client.say("<Hello/>")
        await desk.told(ConnectionChanged)
        yield server, client, desk

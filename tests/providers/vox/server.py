"""A server that says only what a test has it say, framed as PROTOCOL.md section 4 has it; and an account to watch."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from google.protobuf.message import Message
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes import FakeMemory, soon, until
from tests.providers.rig import Account, account, told
from tuiphone.core.events import ConnectionChanged
from tuiphone.core.secret import Secret
from tuiphone.providers.vox import wire
from tuiphone.providers.vox.client import Vox
from tuiphone.providers.vox.settings import Settings

PATIENCE = 15.0
PASSWORD = "correct horse battery"
PASS_HASH = hashlib.sha256(f"alice{PASSWORD}".encode()).hexdigest()
SERVER = "server"
FIRST_TRANSACTION = 9_000_000


def settings(url: str, **more: Any) -> Settings:
    """Settings of alice."""
    given: dict[str, Any] = {
        "iml_url": url,
        "rest_url": "http://127.0.0.1:9/api/user",
        "project_id": "pid_test",
        "username": "alice",
        "password": Secret(PASSWORD),
        "from_user": "18005550100",
    }
    return Settings(**(given | more))


class Connection:
    """One connection of a client; what it says waits in `packets` until somebody looks at it."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._stream = wire.Stream()
        self._numbers = iter(range(FIRST_TRANSACTION, FIRST_TRANSACTION + 100_000))
        self.frames: list[bytes] = []
        """Every frame, as it came."""
        self.packets: list[Message] = []
        self.log: list[str] = []
        """The names of everything it ever said."""
        self.is_over = asyncio.Event()
        self.lets_go = True
        """Answers who logs out, who would wait a moment otherwise."""

    @property
    def close_code(self) -> int | None:
        """With what the client closed it."""
        return self._socket.close_code

    async def read(self) -> None:
        """Take in what the client says until it leaves."""
        try:
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    assert isinstance(frame, bytes), "a text frame"
                    self.frames.append(frame)
                    for packet in self._stream.feed(frame):
                        assert isinstance(packet, wire.Packet), packet
                        self.log.append(packet.kind.name)
                        self.packets.append(packet.message)
                        if packet.kind.name == "logoutReq" and self.lets_go:
                            await self.reply(packet.message)
        finally:
            self.is_over.set()

    async def hear(self, name: str, **fields: Any) -> Any:
        """The next packet of this name whose fields are these; others before it stay."""

        def found() -> Message | None:
            for packet in self.packets:
                same = packet.DESCRIPTOR.name == name
                if same and all(getattr(packet, key) == value for key, value in fields.items()):
                    return packet
            return None

        await until(found, seconds=PATIENCE)
        packet = found()
        assert packet is not None
        self.packets = [each for each in self.packets if each is not packet]
        return packet

    def heard(self, name: str) -> list[Any]:
        """All packets of this name that nobody has looked at."""
        return [packet for packet in self.packets if packet.DESCRIPTOR.name == name]

    async def say(self, name: str, /, **fields: Any) -> int:
        """Ask the client something (`userJoinedReq` for example), as `sender` where that is given.

        Returns the number that the reply will have.
        """
        number = next(self._numbers)
        headers = {"sMobNu": fields.pop("sender", SERVER), "sClientId": SERVER, "ullTransId": number}
        await self.say_message(wire.named(name, stHdrs=headers, **fields))
        return number

    async def ask(self, name: str, /, **fields: Any) -> Any:
        """Ask the client something and hear its reply."""
        number = await self.say(name, **fields)
        return await self.hear(f"{name.removesuffix('Req')}Res", ullTransId=number)

    async def reply(self, request: Any, /, ret: int = 1, **fields: Any) -> None:
        """Answer what the client asked; what the request says is given back where the reply has it."""
        name = f"{request.DESCRIPTOR.name.removesuffix('Req')}Res"
        reply = wire.named(name, ullTransId=request.stHdrs.ullTransId, **fields)
        known = reply.DESCRIPTOR.fields_by_name
        for key in ("sCallId", "sDstNumber"):
            if key in known and key in request.DESCRIPTOR.fields_by_name and key not in fields:
                setattr(reply, key, getattr(request, key))
        setattr(reply, "ret" if "ret" in known else "eReturnCode", ret)
        await self.say_message(reply)

    async def take(self, name: str, /, ret: int = 1, **fields: Any) -> Any:
        """Hear the next request of this name and answer it; returns the request."""
        request = await self.hear(name)
        await self.reply(request, ret, **fields)
        return request

    async def say_message(self, message: Message) -> None:
        """Send a packet in a frame of its own."""
        await self.say_bytes(wire.encode(message))

    async def say_bytes(self, frame: bytes | str) -> None:
        """Send a frame as it is."""
        with suppress(ConnectionClosed):
            await self._socket.send(frame)

    async def log_in(self, **more: Any) -> Any:
        """Let the client in; returns what it logged in with. The request for ICE servers waits."""
        return await self.take("loginReq", **more)

    async def beat(self) -> None:
        """Come back when the client has dealt with everything said so far."""
        await self.ask("userPendingNotificationsReq")

    async def leave(self) -> None:
        """Close as a server does."""
        await self._socket.close()

    def go_deaf(self) -> None:
        """Take nothing in any more, not even a ping."""
        self._socket.protocol.receive_data = lambda data: None  # type: ignore[method-assign]

    def drop(self) -> None:
        """The line is cut."""
        self._socket.transport.abort()


class ScriptedServer:
    """IML at one address; connections wait in `arrivals`."""

    def __init__(self) -> None:
        self.arrivals: asyncio.Queue[Connection] = asyncio.Queue()
        self.connections: list[Connection] = []
        self._server: Server | None = None
        self.url = ""

    async def _serve(self, socket: ServerConnection) -> None:
        connection = Connection(socket)
        self.connections.append(connection)
        self.arrivals.put_nowait(connection)
        await connection.read()

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await serve(self._serve, "127.0.0.1", 0, compression=None, max_size=2**22)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        for connection in self.connections:
            connection.drop()
        self._server.close()
        await self._server.wait_closed()

    async def client(self) -> Connection:
        """The next connection."""
        return await soon(self.arrivals.get())

    async def accept(self, **more: Any) -> Connection:
        """Let the next client in."""
        client = await self.client()
        await client.log_in(**more)
        return client


@asynccontextmanager
async def vox(url: str, memory: FakeMemory | None = None, **more: Any) -> AsyncIterator[Account]:
    """alice's account, gone with the block."""
    async with account(settings(url, **more), memory, kind=Vox) as alice:
        yield alice


@asynccontextmanager
async def connected(**more: Any) -> AsyncIterator[tuple[ScriptedServer, Connection, Account]]:
    """A server with alice logged in, whose only ICE servers are those of the settings."""
    async with ScriptedServer() as server, vox(server.url, **more) as alice:
        alice.start()
        client = await server.accept()
        await told(alice, ConnectionChanged)
        await client.take("getStunTurnReq")
        yield server, client, alice

"""A server that says only what a test has it say, framed as PROTOCOL.md section 2.2 has it; and an account to watch."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

from aiohttp import WSMsgType, web
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes import until
from tests.providers.rig import Account, account, told
from tuiphone.core.events import ConnectionChanged
from tuiphone.core.secret import Secret
from tuiphone.providers.azstack.client import AZStack
from tuiphone.providers.azstack.settings import Settings

PATIENCE = 15.0
USER_ID = 387212
CREDENTIALS = "correct horse battery"
ICE = [{"url": "turn:turn.example:3478?transport=udp", "username": "u", "password": "relay password"}]


@cache
def _made(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """The application's key; making one takes a moment."""
    return _made(bits)


def public_key(bits: int = 2048) -> str:
    """Its public half, as the vendor gives it out."""
    key = private_key(bits).public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def read_token(token: str, bits: int = 2048) -> dict[str, Any]:
    """What a token says."""
    raw = b64decode(token, validate=True)
    assert len(raw) == bits // 8
    return json.loads(private_key(bits).decrypt(raw, padding.PKCS1v15()))


def settings(url: str, **more: Any) -> Settings:
    """Settings of alice; times are short unless a test wants other ones."""
    given: dict[str, Any] = {
        "url": url,
        "app_id": "0123456789abcdef0123456789abcdef",
        "public_key": public_key(),
        "user_id": "alice",
        "fullname": "Alice A",
        "user_credentials": Secret(CREDENTIALS),
        "numbers": ("84000387212", "84000387299"),
        "request_timeout": PATIENCE,
    }
    return Settings(**(given | more))


class Connection:
    """One connection of a client; what it says waits in `packets` until somebody looks at it."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket = socket
        self._transport = transport
        self.packets: list[tuple[int, dict[str, Any]]] = []
        self.log: list[int] = []
        """The services of everything it ever said."""
        self.is_over = asyncio.Event()

    async def serve(self) -> None:
        """Speak Engine.IO 3 until the client leaves."""
        try:
            async for frame in self._socket:
                if frame.type is WSMsgType.TEXT:
                    await self._take(frame.data)
        finally:
            self.is_over.set()

    async def _take(self, text: str) -> None:
        if text.startswith("2"):
            await self.say_frame(f"3{text[1:]}")
        elif text.startswith("42"):
            event, packet = json.loads(text[2:])
            assert event == "WebPacket"
            self.log.append(packet["service"])
            self.packets.append((packet["service"], json.loads(packet["body"])))

    async def hear(self, service: int) -> dict[str, Any]:
        """The body of the next packet of this service; others before it stay."""
        await until(lambda: any(number == service for number, _ in self.packets), seconds=PATIENCE)
        found = next(packet for packet in self.packets if packet[0] == service)
        self.packets.remove(found)
        return found[1]

    def heard(self, service: int) -> list[dict[str, Any]]:
        """Bodies of all packets of this service that nobody has looked at."""
        return [body for number, body in self.packets if number == service]

    async def say(self, service: Any, /, **body: Any) -> None:
        """Send a packet."""
        await self.say_body(service, json.dumps(body))

    async def say_body(self, service: Any, body: Any) -> None:
        """Send a packet whose body is exactly this."""
        await self.say_frame("42" + json.dumps(["WebPacket", {"service": service, "body": body}]))

    async def say_frame(self, text: str) -> None:
        """Send a frame as it is."""
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    async def log_in(self, **more: Any) -> dict[str, Any]:
        """Let the client in; returns what it logged in with."""
        said = await self.hear(179)
        body = {"userId": USER_ID, "username": "alice", "fullname": "Alice A", "ice_server": ICE} | more
        await self.say(162, **body)
        return said

    async def users(self, *found: dict[str, Any], service: int = 165, **more: Any) -> dict[str, Any]:
        """Answer the next question for users; returns it."""
        asked = await self.hear(service)
        await self.say(service, **({"r": 1, "done": 1, "purpose": asked["purpose"], "userInfoList": found} | more))
        return asked

    def drop(self) -> None:
        """The line is cut, if it is not over already."""
        if not self._transport.is_closing():
            self._transport.abort()

    async def leave(self) -> None:
        """Close as a server does."""
        await self.say_frame("41")
        await self._socket.close()


class ScriptedServer:
    """Both of the vendor's servers at one address; connections wait in `arrivals`."""

    def __init__(self, **times: int) -> None:
        self._times = {"pingInterval": 25_000, "pingTimeout": 5000} | times
        self.arrivals: asyncio.Queue[Connection] = asyncio.Queue()
        self.connections: list[Connection] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        assert dict(request.query)["transport"] == "websocket"
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        assert request.transport is not None
        connection = Connection(socket, request.transport)
        self.connections.append(connection)
        hello = {"sid": "s", "upgrades": [], **self._times}
        await connection.say_frame(f"0{json.dumps(hello)}")
        await connection.say_frame("40")
        self.arrivals.put_nowait(connection)
        await connection.serve()
        return socket

    async def __aenter__(self) -> "ScriptedServer":
        app = web.Application()
        app.router.add_get("/socket.io/", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        for connection in self.connections:
            connection.drop()
        await self._runner.cleanup()

    async def client(self) -> Connection:
        """The next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.arrivals.get()

    async def slave(self, *, ip: str = "10.0.0.7", port: int = 9000) -> Connection:
        """Be the master for the next connection, and return the one after it, which wants to log in."""
        master = await self.client()
        await master.hear(29)
        await master.say(29, ip=ip, port=port)
        return await self.client()

    async def accept(self, **more: Any) -> Connection:
        """Let the next client in."""
        slave = await self.slave()
        await slave.log_in(**more)
        return slave


@asynccontextmanager
async def azstack(url: str, **more: Any) -> AsyncIterator[Account]:
    """alice's account, gone with the block."""
    async with account(settings(url, **more), kind=AZStack) as alice:
        yield alice


@asynccontextmanager
async def connected(**more: Any) -> AsyncIterator[tuple[ScriptedServer, Connection, Account]]:
    """A server with alice logged in."""
    async with ScriptedServer() as server, azstack(server.url, **more) as alice:
        alice.start()
        client = await server.accept()
        await told(alice, ConnectionChanged)
        yield server, client, alice

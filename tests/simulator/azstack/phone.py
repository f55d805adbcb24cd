"""An AZStack client written from PROTOCOL.md alone: WebSockets, framing and token by hand; it checks all it gets."""

import asyncio
import base64
import contextlib
import itertools
import json
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.simulator.azstack.media import Media

PATIENCE_S = 12.0
FROM_SERVER = {29, 162, 186, 187, 188, 199, 610, 504, 503, 505, 506, 508, 601, 509, 164, 165, 105, 39, 41}
_numbers = itertools.count(1_700_000_000)


async def about(url: str) -> dict[str, str]:
    """GET /azstack-simulator.json."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{url}azstack-simulator.json")).json()


def encrypted(public_key: str, text: bytes) -> str:
    """A token of this text."""
    key = load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, RSAPublicKey)
    return base64.b64encode(key.encrypt(text, PKCS1v15())).decode()


def token_text(user: str) -> bytes:
    """What a token says."""
    content = {"sdkVersion": "2.2.4", "namespace": "", "azStackUserID": user, "userCredentials": ""}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


class Socket:
    """One connection, from its open packet on."""

    def __init__(self, url: str, *, eio: int = 3) -> None:
        self.url = f"{url.replace('http', 'ws', 1)}socket.io/?EIO={eio}&transport=websocket"
        self.times: dict[str, Any] = {}
        self.history: list[tuple[int, dict[str, Any]]] = []
        """Every packet, in order."""
        self.pongs: list[str] = []
        self._unseen: list[tuple[int, dict[str, Any]]] = []
        self._news = asyncio.Event()
        self._wrong: list[str] = []

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect; the server opens, and connects us unasked."""
        self.socket = await connect(self.url, proxy=None, max_size=2**20, close_timeout=0.5)
        async with asyncio.timeout(PATIENCE_S):
            opening = await self.socket.recv(decode=True)
            assert isinstance(opening, str)
            assert opening[0] == "0"
            self.times = json.loads(opening[1:])
            assert self.times["upgrades"] == []
            assert self.times["sid"]
            assert await self.socket.recv() == "40"
        self._reader = asyncio.create_task(self._read(self.socket))

    async def close(self) -> None:
        """Leave as the SDK does, and report frames that broke the protocol."""
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send("41")
        await self.socket.close()
        await self._reader
        assert not self._wrong, self._wrong

    def break_link(self) -> None:
        """Cut the socket without a word."""
        self.socket.transport.abort()

    async def lost(self) -> None:
        """Wait until the server is gone."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reader

    async def send_text(self, text: str | bytes) -> None:
        """Any frame."""
        await self.socket.send(text)

    async def send(self, service: int, **body: Any) -> None:
        """One packet."""
        packet = {"service": service, "body": json.dumps(body)}
        await self.send_text("42" + json.dumps(["WebPacket", packet]))

    async def expect(self, service: int, **fields: Any) -> dict[str, Any]:
        """Wait for a packet with these fields that was not asked for before."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._news.clear()
                    for position, (kind, body) in enumerate(self._unseen):
                        if kind == service and fields.items() <= body.items():
                            del self._unseen[position]
                            return body
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {service} {fields}; there was {self._unseen}") from None

    def got(self, service: int, **fields: Any) -> list[dict[str, Any]]:
        """All packets so far of that service with these fields, seen or not."""
        return [body for kind, body in self.history if kind == service and fields.items() <= body.items()]

    def codes(self, service: int, call_id: Any) -> list[int]:
        """The codes or statuses of a call, in order."""
        return [body.get("code", body.get("status")) for body in self.got(service, callId=call_id)]

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._take(text)
        except ConnectionClosed:
            pass

    def _take(self, text: str | bytes) -> None:
        try:
            assert isinstance(text, str)
            if text[0] == "3":
                self.pongs.append(text[1:])
            else:
                assert text.startswith("42[")
                name, packet = json.loads(text[2:])
                assert name == "WebPacket"
                assert set(packet) == {"service", "body"}
                assert packet["service"] in FROM_SERVER
                assert isinstance(packet["body"], str)
                body = json.loads(packet["body"])
                assert isinstance(body, dict)
                self.history.append((packet["service"], body))
                self._unseen.append((packet["service"], body))
            self._news.set()
        except (AssertionError, ValueError, TypeError) as error:
            self._wrong.append(f"{text!r}: {error!r}")

    async def pong(self, count: int = 1) -> None:
        """Wait for that many pongs."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.pongs) < count:
                self._news.clear()
                await self._news.wait()


class Phone(Socket):
    """One device of one user: the slave connection. The test does everything after the log-in."""

    def __init__(self, url: str, user: str) -> None:
        super().__init__(url)
        self.base = url
        self.user = user
        self.id = 0
        self.medias: list[Media] = []

    @property
    def number(self) -> str:
        return f"84{self.id:09}"

    async def credentials(self, **other: Any) -> dict[str, Any]:
        """The body of 179, after asking the master for a chat server."""
        simulator = await about(self.base)
        async with Socket(self.base) as master:
            await master.send(29, azStackUserId=self.user)
            server = await master.expect(29)
        return {
            "slaveIp": server["ip"],
            "slavePort": server["port"],
            "token": encrypted(simulator["publicKey"], token_text(self.user)),
            "fullname": f"{self.user.capitalize()} Ở Nhà",
            "namespace": "",
            "appId": simulator["appId"],
            "sdkVersion": "2.2.4",
            "screenSize": "360x640",
            **other,
        }

    async def log_in(self, **other: Any) -> dict[str, Any]:
        """179; its 162."""
        await self.send(179, **await self.credentials(**other))
        reply = await self.expect(162)
        self.id = reply.get("userId", 0)
        return reply

    async def settled(self) -> None:
        """Wait until the server has handled all that was sent, and its packets up to then have come."""
        purpose = next(_numbers) % 100_000
        await self.send(164, purpose=purpose, userIdList=[])
        await self.expect(164, purpose=purpose)

    async def close(self) -> None:
        await asyncio.gather(*(media.close() for media in self.medias))
        await super().close()

    def media(self, **options: Any) -> Media:
        """A peer connection that closes with the phone."""
        made = Media(**options)
        self.medias.append(made)
        return made

    async def begin(self, to: str, **more: Any) -> int:
        """500, to the go-ahead."""
        call_id = next(_numbers)
        await self.send(500, callId=call_id, to=to, **more)
        assert (await self.expect(610, callId=call_id))["status"] == 100
        await self.expect(504, callId=call_id)
        return call_id

    async def dial(self, to: str, *, sdp: str = "v=0\r\n", **more: Any) -> int:
        """500 and 501, with any offer."""
        call_id = await self.begin(to, **more)
        await self.send(501, callId=call_id, to=to, sdp_candidate=sdp)
        assert await self.expect(503, callId=call_id) == {"callId": call_id, "code": 100}
        return call_id

    async def reply(self, started: dict[str, Any], code: int, **more: Any) -> None:
        """506 for a 505."""
        about = {"callType": started["callType"], "destination": started["from"], "phonenumber": started["to"]}
        await self.send(506, callId=started["callId"], **about, code=code, **more)

    async def free(self, to: int, *, sdp: str = "v=0\r\n", kind: int = 1) -> int:
        """186, with any offer."""
        call_id = next(_numbers)
        await self.send(186, callId=call_id, mediaType=kind, to=to, sdp={"type": "offer", "sdp": sdp})
        return call_id

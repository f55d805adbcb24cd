"""A web client of OnCaller written from PROTOCOL.md alone: a WebSocket and aiortc; it checks every frame it gets."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.simulator.talk import Talk

KEY_SID, KEY_SECRET = "SK-oncaller-sim", "oncaller-sim-secret"
PATIENCE_S = 20.0
PUSHES = {29, 30, 32, 33, 37, 38, 55, 102, 104}


def packed(part: bytes | dict[str, Any]) -> str:
    """One part of a token."""
    part = json.dumps(part, separators=(",", ":")).encode() if isinstance(part, dict) else part
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(header: dict[str, Any], payload: dict[str, Any], secret: str = KEY_SECRET) -> str:
    """A token of these parts."""
    text = f"{packed(header)}.{packed(payload)}"
    return f"{text}.{packed(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def token_for(user: str, *, expires: float | None = None) -> str:
    """A good token, an hour long."""
    now = int(time.time())
    header = {"typ": "JWT", "alg": "HS256", "cty": "stringee-api;v=1"}
    payload = {"jti": f"{KEY_SID}-{now}", "iss": KEY_SID, "exp": int(expires or now + 3600), "userId": user}
    return signed(header, payload)


class Phone:
    """One device of one user. Negotiates by itself when `talks` is on; everything else the test does."""

    def __init__(self, url: str, user: str, *, device: str | None = None, talks: bool = True) -> None:
        self.url = url
        self.user = user
        self.device = device or f"web-{uuid.uuid4()}"
        self.talks = talks
        self.calls: dict[str, Talk] = {}
        self.history: list[tuple[int, dict[str, Any]]] = []
        """Every push, in order."""
        self.arrivals: list[tuple[int, dict[str, Any]]] = []
        """Every push and every reply, in order."""
        self.pings = 0
        self.answers_pings = True
        self._unseen: list[tuple[int, dict[str, Any]]] = []
        self._waiting: dict[tuple[int, int], asyncio.Future[dict[str, Any]]] = {}
        self._last_request = 0
        self._news = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._wrong: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect the socket."""
        self._socket = await connect(self.url, proxy=None, max_size=2**20)
        self._reader = asyncio.create_task(self._read(self._socket))

    async def log_in(self, token: object = None) -> dict[str, Any]:
        """AUTHEN; its reply."""
        return await self.request(
            2,
            accesstoken=token_for(self.user) if token is None else token,
            deviceId=self.device,
            browserId="browser-1",
            sessionId="session-1",
            platform=3,
            platformVersion="",
            deviceName="a test",
            screenSize="1280x720",
            sdkVersion="2.6.0",
        )

    async def break_link(self) -> None:
        """Cut the socket without a word."""
        assert self._socket
        self._socket.transport.abort()
        await self.lost()

    async def lost(self) -> None:
        """Wait until the socket is gone."""
        assert self._reader
        async with asyncio.timeout(PATIENCE_S):
            await self._reader

    async def close(self) -> None:
        """Leave, and report frames that broke the protocol."""
        for talk in self.calls.values():
            await talk.close()
        self.calls.clear()
        if self._socket and self._reader:
            await self._socket.close()
            await self._reader
        assert not self._wrong, self._wrong

    async def send_text(self, text: str | bytes) -> None:
        """Any frame."""
        assert self._socket
        await self._socket.send(text)

    async def request(self, service: int, **body: Any) -> dict[str, Any]:
        """Ask, and wait for the reply of the same number and requestId."""
        self._last_request += 1
        number = self._last_request
        reply = self._waiting[service, number] = asyncio.get_running_loop().create_future()
        await self.send_text(json.dumps({"service": service, "body": {**body, "requestId": number}}))
        async with asyncio.timeout(PATIENCE_S):
            return await reply

    async def result(self, service: int, **body: Any) -> int:
        """Ask, and wait for the result code."""
        return (await self.request(service, **body))["r"]

    async def push(self, service: int, *, within: float = PATIENCE_S, **fields: Any) -> dict[str, Any]:
        """Wait for a push with these fields that was not asked for before."""

        def fits(kind: int, body: dict[str, Any]) -> bool:
            return kind == service and all(body.get(name) == value for name, value in fields.items())

        try:
            async with asyncio.timeout(within):
                while True:
                    self._news.clear()
                    for position, (kind, body) in enumerate(self._unseen):
                        if fits(kind, body):
                            del self._unseen[position]
                            return body
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.user}: no {service} {fields}; there was {self._unseen}") from None

    def got(self, service: int, **fields: Any) -> list[dict[str, Any]]:
        """All pushes so far of that number with these fields, seen or not."""
        return [
            body
            for kind, body in self.history
            if kind == service and all(body.get(name) == value for name, value in fields.items())
        ]

    def codes(self, ref: str) -> list[int]:
        """The codes of all 32 of a call, in order."""
        return [body["code"] for body in self.got(32, callId=ref)]

    async def settled(self) -> None:
        """Wait until the server has handled all that was sent, and its pushes up to then have come."""
        await self.request(205, callId="none")

    # -- calls --------------------------------------------------------------------------------------------------

    async def dial(self, to: str, *, hotline: str = "", video: bool = False, pitch_hz: int = 0) -> Talk:
        """Make a call and send the offer."""
        reply = await self.request(26, fromNumber=hotline or self.user, toNumber=to, video=video, custom="")
        assert reply["r"] == 0, reply
        talk = self._talk(reply["callId"], calling=True, external=reply["toType"] == "external", video=video)
        talk.mouth.pitch_hz = pitch_hz
        await talk.offer()
        return talk

    async def rung(self, *, video: bool = False, pitch_hz: int = 0, **fields: Any) -> Talk:
        """Wait for an incoming call, and say that it rings."""
        body = await self.push(33, **fields)
        talk = self.calls.get(body["callId"])
        if talk is None:
            talk = self._talk(body["callId"], calling=False, external=not body["fromInternal"], video=video)
        talk.mouth.pitch_hz = pitch_hz
        assert await self.result(31, callId=talk.ref, code=180) == 0
        return talk

    def _talk(self, ref: str, *, calling: bool, external: bool, video: bool) -> Talk:
        async def send(kind: str, data: dict[str, Any]) -> None:
            assert await self.result(27, callId=ref, type=kind, data=data) in (0, 1, 2)

        talk = self.calls[ref] = Talk(ref, send, calling=calling, external=external, video=video)
        return talk

    # -- frames -------------------------------------------------------------------------------------------------

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._take(text)
        except ConnectionClosed:
            pass

    def _take(self, text: str | bytes) -> None:
        try:
            assert isinstance(text, str)
            frame = json.loads(text)
            assert set(frame) == {"service", "body"}
            service, body = frame["service"], frame["body"]
            assert isinstance(service, int)
            assert isinstance(body, dict)
            self.arrivals.append((service, body))
            if service == 1:
                assert body == {}
                self._pinged()
            elif service in PUSHES:
                assert "requestId" not in body
                self._pushed(service, body)
            else:
                assert isinstance(body["r"], int)
                assert body.get("iceServers", []) is not None
                self._waiting.pop((service, body["requestId"])).set_result(body)
        except (AssertionError, KeyError, ValueError) as error:
            self._wrong.append(f"{text!r}: {error!r}")

    def _pinged(self) -> None:
        self.pings += 1
        if self.answers_pings and self._socket:
            self._last_request += 1
            answer = json.dumps({"service": 1, "body": {"requestId": self._last_request}})
            self._later(lambda socket: socket.send(answer))

    def _later(self, send: Callable[[ClientConnection], Any]) -> None:
        if self._socket:
            task = asyncio.ensure_future(send(self._socket))
            task.add_done_callback(lambda done: done.exception())

    def _pushed(self, service: int, body: dict[str, Any]) -> None:
        self.history.append((service, body))
        self._unseen.append((service, body))
        self._news.set()
        if service == 33 and self.talks:
            assert body.get("iceServers", []) is not None
            external = not body["fromInternal"]
            self._talk(body["callId"], calling=False, external=external, video=body["video"])
        elif service in (29, 30, 32) and (talk := self.calls.get(body["callId"])):
            if service == 29:
                assert body["data"].get("sdpMid", "") is not None or body["data"]["sdpMLineIndex"] is not None
                talk.signalled(body["type"], body["data"], body.get("deviceId"))
            elif service == 32 and body["code"] == 200:
                talk.answered(body.get("deviceId"))

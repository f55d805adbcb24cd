"""An OnCaller account to watch, and a server that says only what a test has it say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes import FakeMedia, FakeMemory, soon, until
from tuiphone.core.events import CallAnswered, CallStarted, ConnectionChanged, Link, ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Candidate, Description
from tuiphone.core.provider import Provider
from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller.client import OnCaller
from tuiphone.providers.oncaller.settings import Settings

T = TypeVar("T", bound=ProviderEvent)


_SECURITY = (
    "a=mid:{mid}\r\na=rtcp-mux\r\na=ice-ufrag:ufrag\r\na=ice-pwd:passwordpasswordpassword\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\na=setup:{{setup}}\r\n"
)


def sections(direction: str = "sendrecv", *, video: str | None = None, setup: str = "actpass") -> str:
    """A session description that a WebRTC engine would take, with directions to choose."""
    parts = [("audio", "96", "opus/48000/2", direction)] + ([("video", "97", "VP8/90000", video)] if video else [])
    text = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0" + (" 1\r\n" if video else "\r\n")
    for mid, (kind, number, codec, way) in enumerate(parts):
        text += f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}\r\nc=IN IP4 0.0.0.0\r\na={way}\r\na=rtpmap:{number} {codec}\r\n"
        text += _SECURITY.format(mid=mid, setup=setup)
    return text


class SdpMedia(FakeMedia):
    """A FakeMedia whose descriptions say whether it holds and whether it sends a picture; one candidate at first."""

    candidate = Candidate("candidate:1 1 udp 1 127.0.0.1 4000 typ host", "0", 0)
    answers_slowly: asyncio.Event | None = None
    shows = True

    def _sdp(self, kind: str) -> str:
        video = ("sendrecv" if self.shows or self.has_camera else "recvonly") if self.video else None
        setup = "actpass" if kind == "offer" else "active"
        return sections("sendonly" if self.is_held else "sendrecv", video=video, setup=setup)

    def _describe(self, kind: Any) -> Description:
        first = sum(entry[0] in ("offer", "answer") for entry in self.log) == 1
        return Description(kind, self._sdp(kind), (self.candidate,) if first else (), (self.candidate,))

    async def offer(self, *, fresh: bool = False) -> Description:
        self._note("offer", *(["fresh"] if fresh else []))
        return self._describe("offer")

    async def answer(self, offer: Description) -> Description:
        self._note("answer", offer)
        if self.answers_slowly is not None:
            await self.answers_slowly.wait()
        return self._describe("answer")

    def verbs(self) -> list[str]:
        """What was asked, in order, without its arguments."""
        return [entry[0] for entry in self.log]


class SlowMedia(FakeMedia):
    """Has one candidate for each section, and takes its time where `may_go_on` is not set."""

    def __init__(self, *, video: bool = False) -> None:
        super().__init__(video=video)
        self.has_camera = video
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    def _describe(self, kind: Any) -> Description:
        text = sections(video="sendrecv" if self.video else None, setup="actpass" if kind == "offer" else "active")
        return Description(kind, text, (Candidate("candidate:1 1 udp 1 127.0.0.1 4000 typ host", "0", 0),))

    async def offer(self, *, fresh: bool = False) -> Description:
        self._note("offer", *(["fresh"] if fresh else []))
        await self.may_go_on.wait()
        return self._describe("offer")

    async def answer(self, offer: Description) -> Description:
        self._note("answer", offer)
        await self.may_go_on.wait()
        return self._describe("answer")

    async def apply(self, answer: Description) -> None:
        self._note("apply", answer)
        await self.may_go_on.wait()

    def verbs(self) -> list[str]:
        """What was asked, in order, without its arguments."""
        return [entry[0] for entry in self.log]


def complete(sdp: str) -> str:
    """A description of SlowMedia's as it is sent."""
    head, audio, *video = sdp.split("m=")
    rest = "".join(f"m={section}" for section in video)
    return f"{head}m={audio}a=candidate:1 1 udp 1 127.0.0.1 4000 typ host\r\n{rest}"


class Account:
    """A provider on its own; `events` is what it told, oldest first."""

    def __init__(self, settings: Any, memory: FakeMemory | None = None, kind: type[Provider] = OnCaller) -> None:
        self.events: list[ProviderEvent] = []
        self.memory = memory or FakeMemory()
        self.provider: Any = kind(settings, self.events.append, self.memory)
        self.running: asyncio.Task[None] | None = None

    def start(self) -> "asyncio.Task[None]":
        """Connect; the task is `run`."""
        self.running = asyncio.create_task(self.provider.run())
        return self.running

    async def online(self) -> None:
        """Wait until it is registered (again)."""
        count = self.count(ConnectionChanged)
        if self.running is None or self.running.done():
            self.start()
        assert self.running is not None
        await until(lambda: self.count(ConnectionChanged) > count or self.running.done())
        if self.running.done():
            self.running.result()
        assert self.all(ConnectionChanged)[-1].link is Link.ONLINE

    def all(self, kind: type[T]) -> list[T]:
        """Its events of this kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def count(self, kind: type[T]) -> int:
        """How many of them."""
        return len(self.all(kind))

    async def told(self, kind: type[T], nth: int = 1) -> T:
        """The nth event of this kind, once it is there."""
        await until(lambda: self.count(kind) >= nth)
        return self.all(kind)[nth - 1]

    async def stop(self) -> None:
        """Let the link go."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)


async def told(account: Account, kind: type[T], nth: int = 1) -> T:
    """The nth event of this kind, once it is there; what ended the link, if that came first."""

    def is_there() -> bool:
        return account.count(kind) >= nth or account.running is None or account.running.done()

    await until(is_there)
    if account.count(kind) < nth and account.running is not None:
        account.running.result()
    return account.all(kind)[nth - 1]


@asynccontextmanager
async def account(
    settings: Any, memory: FakeMemory | None = None, kind: type[Provider] = OnCaller
) -> AsyncIterator[Account]:
    """An account that is gone with the block."""
    made = Account(settings, memory, kind)
    try:
        yield made
    finally:
        await made.stop()


def settings(*addresses: str, **more: Any) -> Settings:
    """Settings of alice with a token nobody looks into."""
    more = {"token": Secret("a token"), "user_id": "alice", "numbers": ("84990000000",)} | more
    return Settings(addresses=addresses, **more)


class Connection:
    """One client at the scripted server."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        """What the client said and nobody has looked at."""

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                self.frames.append(json.loads(text))

    async def hear(self, service: int) -> dict[str, Any]:
        """The body of the next frame of this service; others before it stay."""
        await until(lambda: any(frame["service"] == service for frame in self.frames))
        frame = next(frame for frame in self.frames if frame["service"] == service)
        self.frames.remove(frame)
        return frame["body"]

    def heard(self, service: int) -> list[dict[str, Any]]:
        """Bodies of all frames of this service that nobody has looked at."""
        return [frame["body"] for frame in self.frames if frame["service"] == service]

    async def say(self, service: int, **body: Any) -> None:
        """Push a frame."""
        await self.socket.send(json.dumps({"service": service, "body": body}))

    async def reply(self, service: int, r: int = 0, **body: Any) -> dict[str, Any]:
        """Reply to the next request of this service; returns the request."""
        request = await self.hear(service)
        await self.say(service, r=r, requestId=request["requestId"], **body)
        return request

    async def log_in(self, **body: Any) -> dict[str, Any]:
        """Let the client in."""
        body = {"userId": "alice", "ping_after_ms": 45000, "clients": [], "message": "SUCCESS"} | body
        return await self.reply(2, **body)

    async def beat(self) -> None:
        """Come back when the client has dealt with everything said so far."""
        await self.say(1)
        await self.hear(1)


class ScriptedServer:
    """Says what a test has it say; clients wait in `arrivals`."""

    def __init__(self) -> None:
        self.arrivals: asyncio.Queue[Connection] = asyncio.Queue()
        self._server: Server | None = None
        self.url = ""

    async def _serve(self, socket: ServerConnection) -> None:
        connection = Connection(socket)
        self.arrivals.put_nowait(connection)
        await connection.read()

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await serve(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def client(self) -> Connection:
        """The next client that connects."""
        return await soon(self.arrivals.get())


@asynccontextmanager
async def connected(**more: Any) -> AsyncIterator[tuple[ScriptedServer, Connection, Account]]:
    """A scripted server with alice logged in."""
    async with ScriptedServer() as server, account(settings(server.url, **more)) as alice:
        alice.start()
        client = await server.client()
        await client.log_in()
        await alice.told(ConnectionChanged)
        yield server, client, alice


BOB = Address(AddressKind.USER, "bob")
PHONE = Address(AddressKind.PHONE, "84905550001")
FAR_CANDIDATE = {"candidate": "candidate:9 1 udp 9 127.0.0.1 5000 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


async def make_call(
    client: Connection, alice: Account, to: Address = BOB, media: SdpMedia | None = None, **more: Any
) -> tuple[str, SdpMedia]:
    """Dial and have the server take the call as `call-1`; comes back when our offer and candidate are there."""
    media = media or SdpMedia(video=more.get("video", False))
    ref = await alice.provider.dial(to, media=media, **more)
    kind = "external" if to.kind is AddressKind.PHONE else "internal"
    await client.reply(26, callId="call-1", toType=kind, iceServers=[])
    offer, candidate = await client.hear(27), await client.hear(27)
    assert (offer["type"], candidate["type"]) == ("sdp", "candidate")
    return ref, media


async def talk(
    client: Connection, alice: Account, to: Address = BOB, media: SdpMedia | None = None, **more: Any
) -> tuple[str, SdpMedia]:
    """Dial and have the far end pick up."""
    ref, media = await make_call(client, alice, to, media, **more)
    answer = sections(video="sendrecv" if media.video else None)
    await client.say(29, callId="call-1", type="sdp", data={"type": "answer", "sdp": answer})
    await client.say(32, callId="call-1", code=200, reason="OK")
    await until(lambda: "apply" in media.verbs())
    assert alice.count(CallAnswered) == 1
    return ref, media


async def invite(
    client: Connection, alice: Account, *, phone: bool = False, call_id: str = "call-1", **more: Any
) -> str:
    """Have somebody call; returns the ref."""
    number = PHONE.text if phone else "bob"
    count = alice.count(CallStarted)
    body = {"fromNumber": number, "toNumber": "alice", "fromInternal": not phone, "video": False} | more
    await client.say(33, callId=call_id, **body)
    return (await alice.told(CallStarted, count + 1)).ref


async def say_sdp(client: Connection, kind: str, sdp: str | None = None, *, device: str | None = None) -> None:
    """Push a description of the far side, and a candidate after it."""
    more = {} if device is None else {"deviceId": device}
    await client.say(29, callId="call-1", type="sdp", data={"type": kind, "sdp": sdp or sections()}, **more)
    await client.say(29, callId="call-1", type="candidate", data=FAR_CANDIDATE, **more)

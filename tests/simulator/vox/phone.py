"""A device of a Vox user, written from PROTOCOL.md alone: a WebSocket, hand-made bytes and aiortc."""

import asyncio
import hashlib
import uuid
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamTrack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.simulator.talk import Ear, Mouth
from tests.simulator.vox.tables import parts, rows
from tests.simulator.vox.wire import CONFERENCE_FIELDS, Body, Message, packet, parsed
from tuiphone.simulator.vox import Vox

PATIENCE_S = 15.0
PASSWORDS = {"alice": "pw1", "bob": "pw2", "carol": "pw3"}
SDP = "v=0\r\n"


class Phone:
    """Replies to what the server asks by itself; everything else the test does."""

    def __init__(self, user: str, device: str) -> None:
        self.user = user
        self.device = device
        self.asked: list[tuple[int, int, Body]] = []
        """Every request of the server so far: family, type and body."""
        self.arrivals: list[tuple[int, int]] = []
        """Family and type of all that came, in order."""
        self.close_code: int | None = None
        self.media: list[Media] = []
        self._unseen: list[tuple[int, int, Body]] = []
        self._waiting: dict[tuple[int, int, int], asyncio.Future[Body]] = {}
        self._last_transaction = 0
        self._news = asyncio.Event()
        self._buffer = b""
        self._wrong: list[str] = []
        self._reader: asyncio.Task[None] | None = None
        self.socket: ClientConnection

    async def open(self, vox: Vox) -> None:
        """Connect the socket."""
        self.socket = await connect(vox.url, proxy=None, max_size=2**21, close_timeout=0.5)
        self._reader = asyncio.create_task(self._read(self.socket))

    async def log_in(self, *, password: str | None = None, project: str = "pid_demo") -> Body:
        """Type 7; the reply."""
        password = PASSWORDS.get(self.user, "") if password is None else password
        pass_hash = hashlib.sha256((self.user + password).encode()).hexdigest()
        app: Message = [(1, ""), (2, ""), (3, project), (4, "")]
        return await self.ask(7, [(2, pass_hash), (4, 4), (5, "-"), (13, app), (14, self.device)])

    async def ask(self, kind: int, fields: Message | None = None, *, family: int = 0) -> Body:
        """Send a request with the common headers, and wait for its reply."""
        self._last_transaction += 1
        number = self._last_transaction
        headers: Message = [(1, self.user), (2, "tuiphone"), (3, number)]
        reply = self._waiting[family, kind + 1, number] = asyncio.get_running_loop().create_future()
        await self.socket.send(packet(kind, [(1, headers), *(fields or [])], family=family))
        async with asyncio.timeout(PATIENCE_S):
            return await reply

    async def ret(self, kind: int, fields: Message | None = None, *, family: int = 0) -> int:
        """Send a request; the return code of its reply."""
        reply = await self.ask(kind, fields, family=family)
        if family == 4:
            return reply.num(4 if kind in (47, 49) else 3)
        return reply.num(next(one.number for one in rows()[kind + 1][1] if one.name in ("ret", "eReturnCode")))

    async def expect(self, kind: int, *, family: int = 0, **texts: str) -> Body:
        """Wait for a request of the server that was not asked for before; `f3="x"` wants that text in field 3."""

        def fits(body: Body) -> bool:
            return all(body.text(int(name[1:])) == value for name, value in texts.items())

        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._news.clear()
                    for position, (its_family, its_kind, body) in enumerate(self._unseen):
                        if (its_family, its_kind) == (family, kind) and fits(body):
                            del self._unseen[position]
                            return body
                    await self._news.wait()
        except TimeoutError:
            there = [(one[0], one[1]) for one in self._unseen]
            raise AssertionError(f"{self.user}: no {kind} {texts}; there was {there}") from None

    async def alert(self, kind: int, about: str = "") -> Body:
        """Wait for a conference's alert of that kind, about that user."""
        while True:
            body = await self.expect(13, family=4)
            if body.num(2) == kind and about in ("", body.part(5).text(1)):
                return body

    def got(self, kind: int, *, family: int = 0) -> list[Body]:
        """All requests so far of that type."""
        return [body for its_family, its_kind, body in self.asked if (its_family, its_kind) == (family, kind)]

    async def settled(self) -> None:
        """Wait until the server has handled all that was sent, and what it asked up to then has come."""
        await self.ask(315, [(2, 1)])

    async def lost(self) -> None:
        """Wait until the socket is gone."""
        assert self._reader
        async with asyncio.timeout(PATIENCE_S):
            await self._reader

    async def break_link(self) -> None:
        """Cut the socket without a word."""
        self.socket.transport.abort()
        await self.lost()

    async def close(self) -> None:
        """Leave, and report packets that broke the protocol."""
        for media in self.media:
            await media.close()
        if self._reader:
            await self.socket.close()
            await self._reader
        assert not self._wrong, self._wrong

    def talk(self, *, pitch_hz: int = 0, video: bool = False, sends: bool = True) -> "Media":
        """A WebRTC connection."""
        media = Media(pitch_hz=pitch_hz, video=video, sends=sends)
        self.media.append(media)
        return media

    # -- calls ------------------------------------------------------------------------------------------------------

    async def call(self, to: str, sdp: str = SDP, *, kind: int = 1, ref: str = "") -> str:
        """Type 195; the call's id."""
        ref = ref or str(uuid.uuid4())
        fields: Message = [(2, to), (3, kind), (4, ref), (5, sdp), (6, True), (7, 1_700_000_000_000)]
        assert await self.ret(195, fields) == 1
        return ref

    async def dial(self, number: str, sdp: str = SDP, *, ref: str = "") -> str:
        """Type 15; the call's id."""
        ref = ref or uuid.uuid4().hex[:16]
        assert await self.ret(15, [(2, number), (3, 4), (4, ref), (5, sdp), (7, 4)]) == 1
        return ref

    async def answer(self, ref: str, to: str, sdp: str = SDP) -> int:
        """Type 197; the return code."""
        return await self.ret(197, [(2, to), (3, 1), (4, ref), (5, sdp), (6, 1_700_000_001_000)])

    async def end(self, ref: str, to: str, reason: str = "") -> int:
        """Type 199; the return code."""
        return await self.ret(199, [(2, to), (3, 1), (4, ref), (5, 1_700_000_002_000), (7, reason)])

    async def history(self, size: int = 100, offset: int = 0, other: str = "") -> Body:
        """Type 299; the reply."""
        return await self.ask(299, [(2, size), (3, offset), *([(4, other)] if other else [])])

    # -- packets ----------------------------------------------------------------------------------------------------

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                assert isinstance(frame, bytes)
                self._buffer += frame
                while self._take():
                    pass
        except ConnectionClosed:
            pass
        self.close_code = socket.close_code

    def _take(self) -> bool:
        if len(self._buffer) < 10:
            return False
        family, kind, length = (int.from_bytes(self._buffer[a:b]) for a, b in ((0, 2), (2, 4), (4, 8)))
        if len(self._buffer) < 10 + length:
            return False
        mark, payload = self._buffer[8:10], self._buffer[10 : 10 + length]
        self._buffer = self._buffer[10 + length :]
        try:
            assert mark == b"\r\n"
            envelope = parsed(payload)
            assert envelope.pop(1) == [1]
            [(number, [data])] = envelope.items()
            assert number == (CONFERENCE_FIELDS[kind] if family == 4 else kind + 1)
            assert isinstance(data, bytes)
            if family == 0:
                _check(rows()[kind][0], rows()[kind][1], data)
            self._sort(family, kind, Body(data))
        except (AssertionError, KeyError, ValueError, IndexError) as error:
            self._wrong.append(f"{family} {kind} {payload!r}: {error!r}")
        return True

    def _sort(self, family: int, kind: int, body: Body) -> None:
        self.arrivals.append((family, kind))
        if kind % 2 == 0:
            self._waiting.pop((family, kind, body.num(1))).set_result(body)
            return
        headers = body.part(1)
        assert headers.text(2)
        assert 1 <= headers.num(3) <= 2**53
        self.asked.append((family, kind, body))
        self._unseen.append((family, kind, body))
        self._news.set()
        self._reply(family, kind, headers.num(3))

    def _reply(self, family: int, kind: int, number: int) -> None:
        task = asyncio.ensure_future(self.socket.send(packet(kind + 1, [(1, number), (3, 1)], family=family)))
        task.add_done_callback(lambda done: done.exception())


def _check(name: str, fields: Any, data: bytes) -> None:
    """Whether all required fields are there, and no others than the table has."""
    there = parsed(data)
    known = {one.number: one for one in fields}
    assert there.keys() <= known.keys(), f"{name}: unknown fields"
    for one in fields:
        assert not one.is_required or one.number in there, f"{name}: {one.name} is missing"
        assert one.repeats or len(there.get(one.number, [])) <= 1, f"{name}: {one.name} is there twice"
        if one.kind in parts():
            for value in there.get(one.number, []):
                _check(one.kind, parts()[one.kind], value)


class Media:
    """The media of one call, or of one side of a conference."""

    def __init__(self, *, pitch_hz: int, video: bool, sends: bool) -> None:
        self.mouth = Mouth()
        self.mouth.pitch_hz = pitch_hz
        self.ear = Ear()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._listen)
        if sends:
            self.connection.addTrack(self.mouth)
            if video:
                self.connection.addTrack(VideoStreamTrack())

    async def offer(self) -> str:
        """The SDP of an offer."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp: str) -> str:
        """Take an offer; the SDP of the answer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take an answer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(self.connection.close(), 5)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self.ear.listen(track)))

"""A Desk on its own: what it says goes into a list, what the server says is handed to it as decoded packets."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar

from google.protobuf.message import Message

from tests.fakes import until
from tests.providers.rig import SlowMedia, sections
from tests.providers.vox.server import settings
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import CallEnded, CallStarted, ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Candidate, IceServer
from tuiphone.providers.vox import codes, vox_pb2, wire
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.desk import Desk
from tuiphone.providers.vox.session import Session

T = TypeVar("T", bound=ProviderEvent)

BOB = Address(AddressKind.USER, "bob")
PHONE = Address(AddressKind.PHONE, "+84905550001")
DID = "18005550100"
ICE = IceServer(("stun:stun.example.net:3478",))
THEIRS = "00000000-0000-4000-8000-000000000001"
"""The id of a call that bob makes."""
FROM_PHONE = "AbCdEfGhIjKlMn12"
CANDIDATE = '{"ice":{"candidate":"candidate:9 1 udp 9 127.0.0.1 5000 typ host","sdpMid":"0","sdpMLineIndex":0}}'
FAR = Candidate("candidate:9 1 udp 9 127.0.0.1 5000 typ host", "0", 0)
VOICE, VIDEO, PSTN = vox_pb2.VOICE, vox_pb2.VIDEO, vox_pb2.PSTN
MIC, PICTURE, BOTH = vox_pb2.MEDIA_VOICE, vox_pb2.MEDIA_VIDEO, vox_pb2.MEDIA_BOTH


class FakeSession:
    """A connection that writes down what is to be sent, and answers what it is asked at once, well or badly."""

    is_loopback = True
    user = "alice"

    def __init__(self) -> None:
        self.sent: list[Message] = []
        """Requests, oldest first; as they would be on the wire."""
        self.replies: list[Message] = []
        self.refuses: dict[str, int] = {}
        """Name of a request -> the return code it is refused with."""
        self.silent: set[str] = set()
        """Names of requests that get no reply as long as the link lasts."""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask(self, name: str, /, **fields: Any) -> Message:
        self.post(name, **fields)
        if name in self.silent:
            await asyncio.shield(self.lost)
        if self.lost.done():
            raise ConnectionLost("The connection was lost meanwhile.")
        if ret := self.refuses.get(name):
            raise codes.failure(ret)
        return wire.named(f"{name.removesuffix('Req')}Res")

    def post(self, name: str, /, **fields: Any) -> None:
        if not self.lost.done():
            message = wire.named(name, stHdrs={"sMobNu": self.user}, **fields)
            wire.encode(message)
            self.sent.append(message)

    def reply(self, request: Message, ret: int = codes.OK, /, **fields: Any) -> None:
        sent: list[Message] = []
        real = Session.__new__(Session)
        real.user = self.user
        real._send = sent.append  # type: ignore[method-assign]
        real.reply(request, ret, **fields)
        self.replies += sent

    async def flush(self) -> None:
        """Everything is out at once."""

    async def ice(self) -> tuple[IceServer, ...]:
        return (ICE,)

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Table:
    """A Desk at work; `events` is what it told, oldest first."""

    def __init__(self, **more: Any) -> None:
        self.events: list[ProviderEvent] = []
        self.media: list[SlowMedia] = []
        self.session = FakeSession()
        self.desk = Desk(settings("ws://127.0.0.1:9/", **more), self.events.append)
        self._numbers: Iterator[int] = count(1)

    # -- the link ---------------------------------------------------------------------------------------------------

    def connect(self, session: FakeSession | None = None) -> FakeSession:
        """Another connection, logged in."""
        self.session = session or FakeSession()
        self.desk.open(self.session)  # type: ignore[arg-type]
        return self.session

    def lose(self, *, for_good: bool = False) -> None:
        """The link is gone: first its requests fail, then the desk hears of it."""
        self.session.lost.set_result(None)
        self.desk.close()
        if for_good:
            self.desk.give_up()

    def say(self, name: str, /, of: str = "bob", **fields: Any) -> Any:
        """The server says this, over the wire; returns the reply."""
        message = wire.named(name, stHdrs={"sMobNu": of, "ullTransId": next(self._numbers)}, **fields)
        (packet,) = wire.Stream().feed(wire.encode(message))
        assert isinstance(packet, wire.Packet)
        before = len(self.session.replies)
        self.desk.take(packet.message)
        replies = self.session.replies[before:]
        assert len(replies) == 1, "each request gets one reply"
        (reply,) = replies
        assert wire.KINDS[reply.DESCRIPTOR.name].number == packet.number + 1
        assert reply.ullTransId == packet.message.stHdrs.ullTransId  # type: ignore[attr-defined]
        return reply

    def sent(self, name: str) -> list[Any]:
        """The requests of this name, oldest first."""
        return [message for message in self.session.sent if message.DESCRIPTOR.name == name]

    @property
    def numbers(self) -> list[int]:
        """Types of all that was asked on this connection, oldest first."""
        return [wire.KINDS[message.DESCRIPTOR.name].number for message in self.session.sent]

    async def sends(self, name: str, count: int = 1) -> Any:
        """Wait until this has been asked so often; the last of them."""
        await until(lambda: len(self.sent(name)) >= count)
        return self.sent(name)[count - 1]

    # -- the calls --------------------------------------------------------------------------------------------------

    def all(self, kind: type[T]) -> list[T]:
        """The events of this kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def told(self, kind: type[T], count: int = 1) -> T:
        """Wait until so many events of this kind were told; the last of them."""
        await until(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    def call(self, ref: str) -> VoxCall:
        """The call of this ref, which has to go on."""
        call = self.desk.find(ref)
        assert call is not None
        return call

    async def dial(
        self, to: Address = BOB, *, video: bool = False, recorded: bool = False, media: SlowMedia | None = None
    ) -> tuple[VoxCall, SlowMedia]:
        """Call somebody."""
        media = media or SlowMedia(video=video)
        self.media.append(media)
        ref = await self.desk.dial(to, video=video, media=media, recorded=recorded)
        return self.call(ref), media

    async def invited(self, to: Address = BOB, **more: Any) -> tuple[VoxCall, SlowMedia]:
        """A call of ours that is on its way."""
        call, media = await self.dial(to, **more)
        name = "callStartReq" if to.kind is AddressKind.PHONE else "directAudioVideoCallStartReq"
        await until(lambda: any(each.sCallId == call.call_id for each in self.sent(name)))
        return call, media

    async def talk(self, to: Address = BOB, *, video: bool = False, **more: Any) -> tuple[VoxCall, SlowMedia]:
        """A call of ours that was picked up."""
        call, media = await self.invited(to, video=video, **more)
        answer = sections(video="sendrecv" if video else None, setup="active")
        if to.kind is AddressKind.PHONE:
            self.say("callAnswerReq", of=to.text, sCallId=call.call_id, sSdp=answer, ret=1)
        else:
            kind = VIDEO if video else VOICE
            self.say("directAudioVideoCallAnswerReq", stCallType=kind, sCallId=call.call_id, sSdp=answer)
        await until(lambda: "apply" in media.verbs())
        return call, media

    async def app_call(
        self, call_id: str = THEIRS, *, video: bool = False, of: str = "bob", **more: Any
    ) -> tuple[VoxCall, SlowMedia]:
        """Bob calls, and it rings here."""
        offer = sections(video="sendrecv" if video else None)
        about = {"sDstMobNu": "alice", "stCallType": VIDEO if video else VOICE, "sCallActive": True} | more
        self.say("directAudioVideoCallStartReq", of=of, sCallId=call_id, **({"sSdp": offer} | about))
        return self.ring(call_id, video=video)

    async def phone_call(self, call_id: str = FROM_PHONE, **more: Any) -> tuple[VoxCall, SlowMedia]:
        """A telephone calls, and it rings here."""
        about = {"sDstMobNu": "alice", "stCallType": PSTN, "sMediaServerId": "ms-7", "sDidNumber": DID} | more
        self.say("incomingCallStartReq", of=PHONE.text, sCallId=call_id, **({"sSdp": sections()} | about))
        return self.ring(call_id)

    def ring(self, call_id: str, *, video: bool = False) -> tuple[VoxCall, SlowMedia]:
        """The phone has it ring."""
        call, media = self.desk._calls[call_id], SlowMedia(video=video)
        self.media.append(media)
        call.ring(media)
        return call, media

    async def idle(self) -> None:
        """Let everything that can happen at once happen."""
        for _ in range(20):
            await asyncio.sleep(0)

    def ended(self) -> CallEnded:
        """The one end there was."""
        (end,) = self.all(CallEnded)
        return end

    def started(self) -> CallStarted:
        """The one call there was."""
        (start,) = self.all(CallStarted)
        return start


@asynccontextmanager
async def table(**more: Any) -> AsyncIterator[Table]:
    """A Desk that is connected. In the end every call is over, exactly once, and nothing of any runs."""
    at = Table(**more)
    at.connect()
    yield at
    for call in list(at.desk._calls.values()):
        await call.hangup()
    if not at.session.lost.done():
        at.lose(for_good=True)
    for media in at.media:
        media.may_go_on.set()  # as real media is when it is closed
    born, gone = [event.ref for event in at.all(CallStarted)], [event.ref for event in at.all(CallEnded)]
    assert sorted(born) == sorted(gone), "each call ends, and ends once"
    assert len(set(born)) == len(born), "no two calls have one name"
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("vox")])

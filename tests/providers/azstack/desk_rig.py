"""A Desk on its own: what it says goes into a list, what the server says is handed to it as decoded packets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from tests.fakes import until
from tests.providers.rig import SlowMedia, sections
from tuiphone.core.errors import BadFrame
from tuiphone.core.events import CallEnded, CallStarted, ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import IceServer
from tuiphone.providers.azstack import wire
from tuiphone.providers.azstack.call import OngoingCall
from tuiphone.providers.azstack.desk import Desk
from tuiphone.providers.azstack.messages import CallMessage, UserInfo
from tuiphone.providers.azstack.requests import Request
from tuiphone.providers.azstack.settings import Settings

T = TypeVar("T", bound=ProviderEvent)

US, BOB_ID, CAROL_ID = 387212, 387213, 387214
PHONE = Address(AddressKind.PHONE, "84900000200")
BOB = Address(AddressKind.USER, "bob")
NUMBERS = ("84000387212", "84000387299")
CANDIDATE = {"sdpMid": "0", "sdpMLineIndex": 0, "sdp": "candidate:9 1 udp 9 127.0.0.1 5000 typ host"}


class FakeSession:
    """A connection that writes down what is to be sent."""

    is_loopback = True
    user_id = US

    def __init__(self) -> None:
        self.ice_servers = (IceServer(("stun:stun.example.net:3478",)),)
        self.posts: list[Request] = []

    def post(self, request: Request) -> None:
        json.dumps(request.body)
        self.posts.append(request)

    async def flush(self) -> None:
        """Everything is out at once."""


class FakePeople:
    """Knows bob and carol; says so at once, unless it is told to wait."""

    def __init__(self) -> None:
        known = [UserInfo(BOB_ID, "bob", "Bob B.", True, None), UserInfo(CAROL_ID, "carol", "Carol", True, None)]
        self.known = [*known, UserInfo(US, "alice", "Alice", True, None)]
        self.fails: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked: list[Any] = []

    async def _find(self, **wanted: Any) -> UserInfo | None:
        self.asked.append(wanted)
        await self.may_answer.wait()
        if self.fails is not None:
            raise self.fails
        (key, value), *_ = wanted.items()
        return next((user for user in self.known if getattr(user, key) == value), None)

    async def find(self, name: str) -> UserInfo | None:
        return await self._find(username=name)

    async def by_id(self, id: int) -> UserInfo | None:
        return await self._find(user_id=id)


class Table:
    """A Desk at work; `events` is what it told, oldest first."""

    def __init__(self, settings: Settings) -> None:
        self.events: list[ProviderEvent] = []
        self.people = FakePeople()
        self.media: list[SlowMedia] = []
        self.session = FakeSession()
        self.desk = Desk(settings, self.events.append, self.people)  # type: ignore[arg-type]

    # -- the link ---------------------------------------------------------------------------------------------------

    def connect(self) -> FakeSession:
        """Another connection, logged in."""
        self.session = FakeSession()
        self.desk.open(self.session)  # type: ignore[arg-type]
        return self.session

    def say(self, service: int, /, **body: Any) -> None:
        """The server says this, by way of JSON and the decoder; what it must not say raises nothing."""
        try:
            messages = list(wire.decode(service, json.loads(json.dumps(body))))
        except BadFrame:
            return
        for message in messages:
            self.desk.take(message)  # type: ignore[arg-type]

    def take(self, message: CallMessage) -> None:
        """The server says this, already decoded."""
        self.desk.take(message)

    def sent(self, service: int) -> list[dict[str, Any]]:
        """The bodies that were sent to this service, oldest first."""
        return [dict(request.body) for request in self.session.posts if request.service == service]

    @property
    def services(self) -> list[int]:
        """All that was sent on this connection, oldest first."""
        return [int(request.service) for request in self.session.posts]

    async def sends(self, service: int, count: int = 1) -> dict[str, Any]:
        """Wait until this has been sent so often; the last of them."""
        await until(lambda: len(self.sent(service)) >= count)
        return self.sent(service)[count - 1]

    # -- the calls --------------------------------------------------------------------------------------------------

    def all(self, kind: type[T]) -> list[T]:
        """The events of this kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def told(self, kind: type[T], count: int = 1) -> T:
        """Wait until so many events of this kind were told; the last of them."""
        await until(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    def call(self, ref: str) -> OngoingCall:
        """The call of this ref, which has to go on."""
        call = self.desk.find(ref)
        assert call is not None
        return call

    async def dial(
        self, to: Address = PHONE, *, video: bool = False, caller: str | None = None, media: SlowMedia | None = None
    ) -> tuple[OngoingCall, SlowMedia]:
        """Call somebody."""
        media = media or SlowMedia(video=video)
        self.media.append(media)
        ref = await self.desk.dial(to, video=video, caller=caller, media=media)
        return self.call(ref), media

    async def callin(self, call_id: Any = 7, **more: Any) -> tuple[OngoingCall, SlowMedia]:
        """A telephone calls, and it rings here."""
        count = len(self.all(CallStarted))
        body = {"callType": 2, "from": "84912345678", "to": NUMBERS[0], "sdp_candidate": sections()} | more
        self.say(505, callId=call_id, **body)
        return self._ring(await self.told(CallStarted, count + 1))

    async def free_call(self, call_id: Any = 9, *, video: bool = False, **more: Any) -> tuple[OngoingCall, SlowMedia]:
        """Bob calls, and it rings here."""
        count = len(self.all(CallStarted))
        offer = {"type": "offer", "sdp": sections(video="sendrecv" if video else None)}
        body = {"mediaType": 2 if video else 1, "from": BOB_ID, "to": US, "sdp": offer} | more
        self.say(186, callId=call_id, **body)
        return self._ring(await self.told(CallStarted, count + 1))

    def _ring(self, started: CallStarted) -> tuple[OngoingCall, SlowMedia]:
        call, media = self.call(started.ref), SlowMedia(video=started.video)
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


@asynccontextmanager
async def table(**settings: Any) -> AsyncIterator[Table]:
    """A Desk that is connected. In the end every call is over, exactly once, and nothing of any runs."""
    given = {"app_id": "app", "public_key": "key", "user_id": "alice", "fullname": "Alice", "numbers": NUMBERS}
    at = Table(Settings(**given | settings))
    at.connect()
    yield at
    for call in list(at.desk._calls.values()):
        await call.hangup()
    at.desk.close()
    for media in at.media:
        media.may_go_on.set()  # as real media is when it is closed
    born, gone = [event.ref for event in at.all(CallStarted)], [event.ref for event in at.all(CallEnded)]
    assert sorted(born) == sorted(gone), "each call ends, and ends once"
    assert len(set(born)) == len(born), "no two calls have one name"
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("azstack")])

"""Stand-ins for what core asks of the leaves, for unit tests: they do as told and write down what was asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tuiphone.core.call import Attendance, CallDirection, EndReason, Participant
from tuiphone.core.capability import Capability
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallStarted,
    ConnectionChanged,
    ContactsChanged,
    DeskCallGone,
    Link,
    PresenceChanged,
    ProviderEvent,
)
from tuiphone.core.model import Address, AddressKind, CallRecord, Contact, ContactAddress, Presence, room
from tuiphone.core.ports import (
    Branch,
    CallMedia,
    Candidate,
    Description,
    IceServer,
    MediaChange,
    MediaLink,
    MediaStats,
    View,
)
from tuiphone.core.provider import Provider

EVERYTHING = ~Capability(0) & ~(
    Capability.TRANSFER_PHONE_ONLY
    | Capability.TEXT_USERS_ONLY
    | Capability.DTMF_PHONE_ONLY
    | Capability.FAREWELL_USERS_ONLY
    | Capability.DIAL_URI
    | Capability.ADD_VIDEO
)
"""What no vendor has together with the rest is left out, and what changes how addresses and audio calls are taken."""


class FakeMemory:
    """A Memory that lasts as long as the test."""

    def __init__(self, kept: dict[str, str] | None = None) -> None:
        self.kept = dict(kept or {})

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def set(self, key: str, value: str) -> None:
        self.kept[key] = value


class FakeBranch:
    """A Branch that writes down what it was told in the `log` of its call."""

    def __init__(self, media: "FakeMedia", name: str, lost: Callable[[], None]) -> None:
        self.name = name
        self.lost = lost
        self.candidates: list[Candidate] = []
        self.is_closed = False
        self._media = media

    async def answer(self, offer: Description) -> Description:
        self._media._note("branch answer", self.name, offer)
        return Description("answer", f"v=0 answer to {self.name}")

    async def add_candidate(self, candidate: Candidate) -> None:
        self.candidates.append(candidate)

    async def close(self) -> None:
        self.is_closed = True
        self._media._note("branch close", self.name)


class FakeMedia:
    """A CallMedia that writes down what it was told in `log`; descriptions are canned."""

    def __init__(self, *, video: bool = False, changed: Callable[[MediaChange], None] | None = None) -> None:
        self.video = video
        self.changed = changed or (lambda change: None)
        self.log: list[tuple[Any, ...]] = []
        self.figures = MediaStats()
        self.sides: tuple[View, ...] = ()
        self.cameras = ("front", "back")
        """The one in use first; told with every change in a call with picture."""
        self.ice: tuple[tuple[IceServer, ...], bool] | None = None
        self.candidates: list[Candidate] = []
        self.is_started = self.is_closed = self.is_muted = self.is_held = self.has_camera = self.is_joined = False
        self.recording: str | None = None
        self.takes_events = True
        """The far side knows telephone-events."""
        self.fails: dict[str, Exception] = {}
        """Method -> what it raises."""
        self.branches: list[FakeBranch] = []
        """All there ever were, oldest first."""
        self.cut: Callable[[bool], None] = lambda on: None
        """Tell of a way to the far side that is cut, or there again."""

    def branch(self, name: str, lost: Callable[[], None]) -> Branch:
        self._note("branch", name)
        self.branches.append(FakeBranch(self, name, lost))
        return self.branches[-1]

    @property
    def heard(self) -> list[str]:
        """Whose branches are open."""
        return [branch.name for branch in self.branches if not branch.is_closed]

    def _note(self, verb: str, *what: Any) -> None:
        self.log.append((verb, *what))
        if verb in self.fails:
            raise self.fails[verb]

    def use_ice(self, servers: tuple[IceServer, ...], *, loopback: bool) -> None:
        self.ice = (servers, loopback)
        self._note("use_ice", servers, loopback)

    def tell_of_cuts(self, told: Callable[[bool], None]) -> None:
        self.cut = told

    async def offer(self, *, fresh: bool = False) -> Description:
        self._note("offer", *(["fresh"] if fresh else []))
        return Description("offer", f"v=0 offer {sum(entry[0] == 'offer' for entry in self.log)}")

    async def answer(self, offer: Description) -> Description:
        self._note("answer", offer)
        return Description("answer", "v=0 answer")

    async def apply(self, answer: Description) -> None:
        self._note("apply", answer)

    async def add_candidate(self, candidate: Candidate) -> None:
        self.candidates.append(candidate)
        self._note("add_candidate", candidate)

    def start(self) -> None:
        self.is_started = True
        self._note("start")

    def mute(self, on: bool) -> None:
        self.is_muted = on
        self._note("mute", on)

    def hold(self, on: bool) -> None:
        self.is_held = on
        self._note("hold", on)

    def join(self, on: bool) -> None:
        self.is_joined = on
        self._note("join", on)

    def camera(self, on: bool) -> None:
        self.has_camera = on
        self._note("camera", on)

    def with_video(self) -> None:
        self.video = True
        self._note("with_video")

    def switch_camera(self, name: str | None = None) -> None:
        self._note("switch_camera", name)
        first = self.cameras[1] if name is None else name
        self.cameras = (first, *(other for other in self.cameras if other != first))
        self.changed(MediaChange(MediaLink.CONNECTED, cameras=self.cameras))

    def press(self, digits: str) -> None:
        self._note("press", digits)

    async def dtmf(self, digits: str) -> bool:
        self._note("dtmf", digits)
        return self.takes_events

    def record(self, path: str, about: dict[str, object]) -> None:
        self._note("record", path, about)
        self.recording = path

    async def stop_recording(self) -> None:
        self._note("stop_recording")
        self.recording = None

    def stats(self) -> MediaStats:
        return self.figures

    def views(self) -> tuple[View, ...]:
        return self.sides

    async def close(self) -> None:
        self.is_closed = True
        self._note("close")

    def tell(self, link: MediaLink, *, held_by_peer: bool = False, digits: str = "") -> None:
        """Report by itself, as real media does."""
        self.changed(MediaChange(link, held_by_peer, cameras=self.cameras if self.video else (), digits=digits))


class FakeFactory:
    """A MediaFactory that keeps what it made in `made`."""

    def __init__(self) -> None:
        self.made: list[FakeMedia] = []

    def create(self, *, video: bool, changed: Callable[[MediaChange], None]) -> CallMedia:
        media = FakeMedia(video=video, changed=changed)
        self.made.append(media)
        return media

    @property
    def last(self) -> FakeMedia:
        """The one made most recently."""
        return self.made[-1]


@dataclass(frozen=True, slots=True)
class FakeSettings:
    """Settings of a FakeProvider."""

    user: str = "me"


class FakeProvider(Provider):
    """A vendor that does at once what it is asked, and nothing else.

    `fails[verb]` is raised instead, `stalls` names verbs that never come back, `log` is what was asked.
    """

    name = "fake"
    title = "Fake"
    capabilities = EVERYTHING
    Settings = FakeSettings

    def __init__(
        self,
        emit: Callable[[ProviderEvent], None],
        *,
        capabilities: Capability = EVERYTHING,
        numbers: tuple[str, ...] = (),
        settings: FakeSettings | None = None,
    ) -> None:
        super().__init__(settings or FakeSettings(), emit, FakeMemory())
        self.capabilities = capabilities  # type: ignore[misc]  # tests want another set for each object
        self._numbers = numbers
        self.log: list[tuple[Any, ...]] = []
        self.media: dict[str, CallMedia | None] = {}
        self.fails: dict[str, Exception] = {}
        self.stalls: set[str] = set()
        self.runs = 0
        self.past: tuple[CallRecord, ...] = ()
        """What the server knows of past calls."""
        self.connects = True
        """False: `run` never gets as far as being registered."""
        self.text_ref: str | None = None
        """What `send_text` returns."""
        self.roster: tuple[Contact, ...] = ()
        """What the vendor keeps."""
        self.presences: dict[Address, Presence] = {}
        """What is told of those who are watched."""
        self._loss: asyncio.Future[None] | None = None
        self._refs = 0

    @property
    def identity(self) -> str | None:
        return self.settings.user

    @property
    def numbers(self) -> tuple[str, ...]:
        return self._numbers

    async def run(self) -> None:
        self.runs += 1
        if "run" in self.fails:
            raise self.fails["run"]
        self._loss = asyncio.get_running_loop().create_future()
        if self.connects:
            self.emit(ConnectionChanged(Link.ONLINE))
        await self._loss

    @property
    def is_running(self) -> bool:
        """`run` is under way."""
        return self._loss is not None and not self._loss.done()

    def lose(self, error: Exception | None = None) -> None:
        """The link ends: `run` raises this error, or returns."""
        assert self._loss is not None
        if error is None:
            self._loss.set_result(None)
        else:
            self._loss.set_exception(error)

    def incoming(self, peer: str = "bob", *, video: bool = False, name: str | None = None, **more: Any) -> str:
        """Somebody calls; returns the call's ref."""
        ref = self._next_ref()
        self.emit(CallStarted(ref, Address(AddressKind.USER, peer, name), CallDirection.INCOMING, video, **more))
        return ref

    def _next_ref(self) -> str:
        self._refs += 1
        return f"{self._refs}"

    async def _do(self, verb: str, *what: Any) -> None:
        self.log.append((verb, *what))
        if verb in self.stalls:
            await asyncio.get_running_loop().create_future()
        if verb in self.fails:
            raise self.fails[verb]

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        ref = self._next_ref()
        self.media[ref] = media
        if "dial" not in self.fails:
            self.emit(CallStarted(ref, to, CallDirection.OUTGOING, video, caller, media=media))
        await self._do("dial", to, video, caller, *(["recorded"] if recorded else []))
        return ref

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        self.media[ref] = media
        await self._do("ringing", ref)

    async def answer(self, ref: str, *, video: bool = False) -> None:
        await self._do("answer", ref, video)
        self.emit(CallAnswered(ref))

    async def reject(self, ref: str) -> None:
        await self._do("reject", ref)
        self.emit(CallEnded(ref, EndReason.REJECTED))

    async def busy(self, ref: str) -> None:
        await self._do("busy", ref)
        self.emit(CallEnded(ref, EndReason.REJECTED))

    async def hangup(self, ref: str) -> None:
        await self._do("hangup", ref)
        self.emit(CallEnded(ref, EndReason.HUNG_UP))

    async def farewell(self, ref: str, reason: str) -> None:
        await self._do("farewell", ref, reason)
        self.emit(CallEnded(ref, EndReason.HUNG_UP))

    async def hold(self, ref: str, on: bool) -> None:
        await self._do("hold", ref, on)
        self.emit(CallHeld(ref, on))

    async def mute(self, ref: str, *, audio: bool, video: bool) -> None:
        await self._do("mute", ref, audio, video)

    async def camera(self, ref: str, on: bool) -> None:
        await self._do("camera", ref, on)

    async def dtmf(self, ref: str, digits: str) -> None:
        await self._do("dtmf", ref, digits)

    async def transfer(self, ref: str, to: Address) -> None:
        await self._do("transfer", ref, to)
        self.emit(CallEnded(ref, EndReason.TRANSFERRED))

    async def forward(self, ref: str, to: Address) -> None:
        await self._do("forward", ref, to)
        self.emit(CallEnded(ref, EndReason.TRANSFERRED))

    async def join(self, ref: str, other: str) -> None:
        await self._do("join", ref, other)
        for one in (ref, other):
            self.emit(CallEnded(one, EndReason.TRANSFERRED))

    async def send_info(self, ref: str, payload: Any) -> None:
        await self._do("send_info", ref, payload)

    async def send_text(self, to: Address, text: str) -> str | None:
        await self._do("send_text", to, text)
        return self.text_ref

    async def history(self, *, before: float | None = None, limit: int = 100) -> tuple[CallRecord, ...]:
        await self._do("history", before, limit)
        known = sorted(self.past, key=lambda record: record.started_at, reverse=True)
        return tuple(record for record in known if before is None or record.started_at < before)[:limit]

    async def start_group(
        self, people: tuple[Address, ...], *, video: bool = False, media: CallMedia | None = None
    ) -> str:
        ref = self._next_ref()
        self.media[ref] = media
        if "start_group" not in self.fails:
            participants = tuple(Participant(one, Attendance.INVITED) for one in people)
            us = Participant(Address(AddressKind.USER, "me"), Attendance.JOINED, is_us=True)
            peer = room(None, people)
            self.emit(
                CallStarted(ref, peer, CallDirection.OUTGOING, video, participants=(us, *participants), media=media)
            )
        await self._do("start_group", people, video)
        return ref

    async def invite(self, ref: str, people: tuple[Address, ...]) -> None:
        await self._do("invite", ref, people)

    async def remove(self, ref: str, people: tuple[Address, ...]) -> None:
        await self._do("remove", ref, people)

    async def pickup(self, line: Address, *, media: CallMedia | None = None) -> str:
        ref = self._next_ref()
        self.media[ref] = media
        if "pickup" not in self.fails:
            self.emit(CallStarted(ref, line, CallDirection.OUTGOING, media=media))
        await self._do("pickup", line)
        self.emit(CallAnswered(ref))
        return ref

    async def redirect(self, ref: str, to: Address) -> None:
        await self._do("redirect", ref, to)
        self.emit(DeskCallGone(ref))

    async def follow(self, ref: str, *, media: CallMedia | None = None) -> str | None:
        """A call that is not answered was redirected and goes on; else a new one is made and takes its place."""
        await self._do("follow", ref, media is not None)
        if media is None:
            return None
        made = self._next_ref()
        self.media[made] = media
        self.emit(CallStarted(made, Address(AddressKind.USER, "carol"), CallDirection.OUTGOING, media=media))
        self.emit(CallEnded(ref, EndReason.TRANSFERRED))
        return made

    async def stay(self, ref: str) -> None:
        await self._do("stay", ref)

    async def contacts(self) -> Iterable[Contact]:
        await self._do("contacts")
        return self.roster

    async def add_contact(self, address: Address) -> None:
        await self._do("add_contact", address)
        self.roster += (Contact(0, address.label, (ContactAddress(address),)),)
        self.emit(ContactsChanged(self.roster))

    async def remove_contact(self, address: Address) -> None:
        await self._do("remove_contact", address)
        self.roster = tuple(one for one in self.roster if address not in [known.address for known in one.addresses])
        self.emit(ContactsChanged(self.roster))

    async def publish(self, presence: Presence) -> None:
        await self._do("publish", presence)

    async def presence(self, addresses: Iterable[Address]) -> None:
        watched = tuple(addresses)
        await self._do("presence", watched)
        for who in watched:
            if who in self.presences:
                self.emit(PresenceChanged(who, self.presences[who]))

    def asked(self, verb: str) -> list[tuple[Any, ...]]:
        """What was asked of this verb, oldest first."""
        return [entry[1:] for entry in self.log if entry[0] == verb]


async def until(true: Callable[[], Any], *, seconds: float = 15.0) -> None:
    """Let the loop run until this holds. Raises: AssertionError after the deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not true():
        assert loop.time() < deadline, "it never came true"
        await asyncio.sleep(0.001)


async def soon(work: Awaitable[Any], *, seconds: float = 15.0) -> Any:
    """The result of something that has to come within the deadline."""
    async with asyncio.timeout(seconds):
        return await work

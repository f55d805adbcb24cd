"""The others in one group call: who is asked, who came, who is heard, as the server tells it in several ways
(PROTOCOL.md section 8)."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from tuiphone.core.call import Attendance
from tuiphone.core.errors import ProviderError
from tuiphone.core.events import CallDescribed, ParticipantsChanged, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address
from tuiphone.providers.negotiation import MAX_CANDIDATES
from tuiphone.providers.vox import vox_pb2
from tuiphone.providers.vox.attendees import Attendees, users_of
from tuiphone.providers.vox.conference import Alert, Conference
from tuiphone.providers.vox.packets import candidates_in
from tuiphone.providers.vox.streams import Scene, Streams

LOOK_SECONDS = 3.0
"""Between two looks, while it rings here, at who is in it: the server tells that to those only who are."""
COME_SECONDS = 60.0
"""So long somebody who was asked is waited for; that they do not exist, or are not there, no server says."""


class Room(Scene, Protocol):
    """The call, as far as it matters to who is in it."""

    ref: str

    @property
    def is_over(self) -> bool:
        """Nothing is told of it any more."""
        ...

    @property
    def is_in(self) -> bool:
        """We are in it."""
        ...

    def met(self) -> None:
        """We are in it, and so is somebody else."""
        ...


class Company:
    """Tells of them, and has those heard who came."""

    def __init__(
        self, room: Room, conference: Conference, attendees: Attendees, emit: Callable[[ProviderEvent], None]
    ) -> None:
        self.attendees = attendees
        self._call = room
        self._conference = conference
        self._emit = emit
        self._peer = attendees.room
        self._streams = Streams(room, self._cannot_hear)
        self._early: set[str] = set()
        """Who published before we were in."""
        self._waiting: dict[str, asyncio.Task[None]] = {}
        """Until whoever was asked is given up."""

    # -- asking -----------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """As long as it rings here: find out who is in it, again and again."""
        while True:
            with suppress(ProviderError):
                await self.ask()
            await asyncio.sleep(LOOK_SECONDS)

    async def ask(self) -> Iterable[str]:
        """Ask who is there. Raises: ProviderError"""
        there = await self._conference.participants()
        for name in there:
            if name != self.attendees.us:
                self.attendees.note(name, Attendance.JOINED)
        self.heed()
        return there

    async def refresh(self) -> None:
        """Ask who is there, and who is to be heard. Raises: ProviderError"""
        await self.ask()
        for name in await self._conference.publishers():
            self.attendees.note(name, Attendance.JOINED)
            self._hear(name)
        self.heed()

    async def invite(self, people: Iterable[Address]) -> None:
        """Ask more people to come. Raises: NotPossible, ProviderError"""
        names = users_of(people, but=self.attendees.us)
        await self._conference.add(names)
        self._asked(*names)
        self.tell()

    async def remove(self, people: Iterable[Address]) -> None:
        """Take people out. Raises: ProviderError"""
        names = [one.text for one in people]
        await self._conference.remove(names)
        for name in names:
            self._gone(name)

    # -- who is there -----------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """We are in it now."""
        self.attendees.note(self.attendees.us, Attendance.JOINED)
        self._wait_for([one.address.text for one in self.attendees.everybody if one.state is Attendance.INVITED])
        self.heed()
        for name in self._early:
            self._hear(name)

    def heed(self) -> None:
        """Tell of those who came and left; the first who comes answers a call of ours."""
        self.tell()
        if self._call.is_in and self.attendees.is_anybody_here:
            self._call.met()

    def tell(self) -> None:
        """Who is there, and what the call is called after them."""
        if self._call.is_over:
            return
        self._emit(ParticipantsChanged(self._call.ref, self.attendees.everybody))
        if (peer := self.attendees.room) != self._peer:
            self._peer = peer
            self._emit(CallDescribed(self._call.ref, peer=peer))

    def muted(self, name: str, on: bool) -> bool:
        """Somebody is silent, or no longer; whether that is news."""
        is_news = self.attendees.mute(name, on)
        if is_news:
            self.tell()
        return is_news

    def _asked(self, *names: str) -> None:
        # News that they are asked may come after the news that they are in it already.
        asked = [name for name in names if self.attendees.state(name) is not Attendance.JOINED]
        for name in asked:
            self.attendees.note(name, Attendance.INVITED)
        if self._call.is_in:
            self._wait_for(asked)

    def _wait_for(self, names: list[str]) -> None:
        for name in names:
            # Whoever is asked once more has all the time again.
            if (before := self._waiting.pop(name, None)) is not None:
                before.cancel()
            if self.attendees.state(name) is Attendance.INVITED:
                self._waiting[name] = self._call.spawn(self._give_up(name))

    async def _give_up(self, name: str) -> None:
        await asyncio.sleep(COME_SECONDS)
        if self.attendees.state(name) is Attendance.INVITED:
            self.attendees.note(name, Attendance.ABSENT)
            self.tell()

    def _gone(self, name: str) -> None:
        if self.attendees.state(name) is not None:
            self._streams.close(name)
            self.attendees.note(name, Attendance.LEFT)
            self.tell()

    # -- hearing them -----------------------------------------------------------------------------------------------

    def _hear(self, name: str) -> None:
        is_here = self.attendees.state(name) is Attendance.JOINED and name != self.attendees.us
        if is_here and self._call.is_in and not self._call.is_over:
            self._streams.open(name)

    def _cannot_hear(self, name: str, why: str) -> None:
        self._emit(ProviderFaulted(f"{name} cannot be heard in the group call: {why}", self._call.ref))

    # -- what the server says ---------------------------------------------------------------------------------------

    def alerted(self, kind: int, name: str) -> None:
        """News of one of the others."""
        match kind:
            case Alert.ADDED:
                self._asked(name)
                self.heed()
            case Alert.PUBLISHER_JOINED:
                if not self.attendees.note(name, Attendance.JOINED):
                    self._streams.renew(name)
                self.heed()
                if not self._call.is_in and self.attendees.state(name) is not None:
                    self._early.add(name)
                self._hear(name)
            case Alert.LEFT | Alert.REMOVED:
                self._gone(name)
            case _:
                pass

    def offered(self, name: str, sdp: str, code: int) -> None:
        """What one of them publishes, if it may be had."""
        if (stream := self._streams.find(name)) is not None:
            stream.offered(sdp, code)

    def viewed(self, name: str, code: int) -> None:
        """Whether our answer to that was taken."""
        if (stream := self._streams.find(name)) is not None:
            stream.viewed(code)

    def take_candidates(self, message: vox_pb2.iceConferenceReq) -> bool:
        """Candidates of one of their streams; False where they are of none."""
        if (stream := self._streams.find(message.sImlId)) is None:
            return False
        for candidate in candidates_in(message.sJsonIceCandidates[:MAX_CANDIDATES]):
            self._call.spawn(stream.candidate(candidate))
        return True

"""Our phone in these tests: the provider and the real media of its calls, without the engine around them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from tests.fakes import FakeMemory
from tests.media.peers import Side
from tests.media.peers import until as until_slowly
from tests.providers.rig import Account, T
from tests.rigs.kamailio import DOMAIN
from tests.rigs.pulse import Sound, loudness
from tuiphone.core.call import CallDirection
from tuiphone.core.events import CallAnswered, CallEnded, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import MediaLink
from tuiphone.core.secret import Secret
from tuiphone.providers.sip.client import Sip
from tuiphone.providers.sip.settings import Settings

OUR_HZ = 600.0
SECONDS = 60.0
"""A browser on a busy machine takes its time."""


def person(name: str) -> Address:
    """Somebody at the server."""
    return Address(AddressKind.USER, name)


class Ours(Account):
    """An account, and a Side for each of its calls; what our microphone says is a tone."""

    def __init__(self, url: str, user: str, **settings: Any) -> None:
        values = {"server": url, "password": Secret(f"pw-{user}"), "expires": 60} | settings
        super().__init__(Settings(user=user, domain=DOMAIN, **values), FakeMemory(), Sip)
        self.user = user
        self.sides: dict[str, Side] = {}

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, user: str, **settings: Any) -> AsyncIterator["Ours"]:
        """One at the server there that is registered; it hangs up and is gone with the block."""
        made = cls(url, user, **settings)
        try:
            await made.online()
            yield made
        finally:
            for ref in made.open_calls():
                await made.provider.hangup(ref)
            await made.stop()
            for side in made.sides.values():
                await side.peer.close()

    async def told(self, kind: type[T], nth: int = 1) -> T:
        """The nth event of this kind, once it is there."""
        await self.until(lambda: self.count(kind) >= nth)
        return self.all(kind)[nth - 1]

    def open_calls(self) -> list[str]:
        """Those that have begun and not ended."""
        over = {event.ref for event in self.all(CallEnded)}
        return [event.ref for event in self.all(CallStarted) if event.ref not in over]

    async def dial(self, name: str, *, video: bool = False) -> str:
        """Call somebody; comes back when they have picked up, with the call's ref."""
        count = self.count(CallAnswered)
        ref = await self.begin(name, video=video)
        await self.answered(count + 1)
        return ref

    async def begin(self, name: str, *, video: bool = False) -> str:
        """Call somebody; comes back at once."""
        side = Side(OUR_HZ, video=video)
        ref = await self.provider.dial(person(name), video=video, media=side.peer)
        self.sides[ref] = side
        return ref

    async def ring(self, nth: int = 1) -> str:
        """The ref of the nth call to us, once it rings here."""

        def incoming() -> list[CallStarted]:
            return [event for event in self.all(CallStarted) if event.direction is CallDirection.INCOMING]

        await self.until(lambda: len(incoming()) >= nth)
        started = incoming()[nth - 1]
        side = self.sides[started.ref] = Side(OUR_HZ, video=started.video)
        await self.provider.ringing(started.ref, side.peer)
        return started.ref

    async def pick_up(self, nth: int = 1, *, video: bool = False) -> str:
        """Take the nth call to us; comes back when it is up."""
        count = self.count(CallAnswered)
        ref = await self.ring(nth)
        await self.provider.answer(ref, video=video)
        await self.answered(count + 1)
        return ref

    async def answered(self, nth: int = 1) -> CallAnswered:
        """The nth call that was picked up; its sound begins, as the phone's core would have it."""
        answered = await self.told(CallAnswered, nth)
        self.sides[answered.ref].peer.start()
        return answered

    async def hold(self, ref: str, on: bool) -> None:
        """Hold or resume, as the phone's core has it done."""
        self.sides[ref].peer.hold(on)
        await self.provider.hold(ref, on)

    async def until(self, fits: Callable[[], object]) -> None:
        """Wait for something, with patience. Raises: AssertionError with what was told meanwhile"""
        try:
            await until_slowly(fits, SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}; told: {self.events}") from error

    def sound(self, ref: str, seconds: float) -> Sound:
        """What was heard last in this call; shorter where there was not so much yet."""
        heard = self.sides[ref].line.heard if self.sides[ref].mixer.lines else []
        return np.concatenate([np.zeros(0, np.int16), *heard[-round(seconds * 100) :]])

    async def hears(self, ref: str, wanted: bool = True) -> None:
        """Come back when there is sound in this call, or silence for a while."""
        await self.until(lambda: self.sides[ref].link is MediaLink.CONNECTED)
        await self.until(lambda: (loudness(self.sound(ref, 1.5)) > 0.002) is wanted)

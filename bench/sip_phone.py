"""A SIP account without the engine around it, for benches: with real media or with none at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes import FakeMemory
from tests.media.peers import Side
from tests.providers.rig import SdpMedia
from tests.rigs.kamailio import DOMAIN
from tuiphone.core.events import CallAnswered, CallEnded, CallRang, ConnectionChanged, ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, MediaLink
from tuiphone.core.secret import Secret
from tuiphone.providers.sip.client import Sip
from tuiphone.providers.sip.settings import Settings

HZ = 440.0
MOST = 50
"""Calls at once."""
SECONDS = 60.0


class Phone:
    """One account, connected. `told` gets its events."""

    def __init__(self, url: str, user: str, *, sound: bool, told: Callable[[ProviderEvent], None]) -> None:
        settings = Settings(
            user=user, domain=DOMAIN, password=Secret(f"pw-{user}"), server=url, max_calls=MOST, presence=False
        )
        self._sound = sound
        self._told = told
        self._changed = asyncio.Condition()
        self.sides: dict[str, Side] = {}
        self.rang: set[str] = set()
        self.answered: set[str] = set()
        self.ended: set[str] = set()
        self.is_online = False
        self.provider = Sip(settings, self._take, FakeMemory())

    @classmethod
    @asynccontextmanager
    async def at(
        cls, url: str, user: str, *, sound: bool, told: Callable[[ProviderEvent], None] = lambda event: None
    ) -> AsyncIterator["Phone"]:
        """One that is registered, and gone with the block."""
        phone = cls(url, user, sound=sound, told=told)
        running = asyncio.create_task(phone.provider.run())
        try:
            await phone.until(lambda: phone.is_online or running.done())
            if running.done():
                running.result()
            yield phone
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for side in phone.sides.values():
                await side.peer.close()

    async def until(self, fits: Callable[[], Any]) -> None:
        """As soon as an event makes it so. Raises: TimeoutError"""
        async with asyncio.timeout(SECONDS), self._changed:
            await self._changed.wait_for(fits)

    async def dial(self, user: str) -> str:
        """Call somebody."""
        media, side = self._media()
        ref = await self.provider.dial(Address(AddressKind.USER, user), media=media)
        if side is not None:
            self.sides[ref] = side
        return ref

    async def pick_up(self, ref: str) -> None:
        """Take a call that rings."""
        media, side = self._media()
        if side is not None:
            self.sides[ref] = side
        await self.provider.ringing(ref, media)
        await self.provider.answer(ref)

    async def until_connected(self) -> None:
        """Sound can pass in all calls. Raises: TimeoutError"""
        async with asyncio.timeout(SECONDS):
            while any(side.link is not MediaLink.CONNECTED for side in self.sides.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def hang_up(self) -> None:
        """All calls, at once; comes back when they are over."""
        going_on = self.answered - self.ended
        await asyncio.gather(*(self.provider.hangup(ref) for ref in going_on))
        await self.until(lambda: going_on <= self.ended)
        for ref in going_on & self.sides.keys():
            await self.sides.pop(ref).peer.close()

    def _media(self) -> tuple[CallMedia, Side | None]:
        if not self._sound:
            return SdpMedia(), None
        side = Side(HZ)
        return side.peer, side

    def _take(self, event: ProviderEvent) -> None:
        match event:
            case ConnectionChanged():
                self.is_online = event.link.value == "registered"
            case CallRang():
                self.rang.add(event.ref)
            case CallAnswered():
                self.answered.add(event.ref)
                if event.ref in self.sides:
                    self.sides[event.ref].peer.start()
            case CallEnded():
                self.ended.add(event.ref)
                if event.ref in self.sides and event.ref not in self.answered:
                    del self.sides[event.ref]
            case _:
                pass
        self._told(event)
        asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

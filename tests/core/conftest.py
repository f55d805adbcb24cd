"""A phone on stand-ins, in a loop whose clock jumps: pauses of a minute take no time, and nothing depends on speed."""

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from tests.fakes import EVERYTHING, FakeFactory, FakeProvider
from tuiphone.core.call import Call, CallId
from tuiphone.core.capability import Capability
from tuiphone.core.events import CallAnswered, Link
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone
from tuiphone.core.ports import MediaLink

NOW = 1_000_000.0
"""Seconds since the epoch when the loop's clock stands at nought."""


class _JumpingSelector(selectors.BaseSelector):
    """Instead of waiting for the next timer, sets the clock to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("everything waits and no timer is set: this would hang for ever")
        self.now += max(0.0, timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of every test in this folder."""
    return {"jumping": _JumpingLoop}


async def settle() -> None:
    """Everything that can happen without time passing has happened."""
    await asyncio.sleep(0.001)


class Rig:
    """A phone, its media and its providers."""

    def __init__(self) -> None:
        self.factory = FakeFactory()
        self.phone = Phone(self.factory, clock=lambda: NOW + asyncio.get_running_loop().time())
        self.changes: list[Change] = []
        self.phone.listen(self._hear)

    async def _hear(self, change: Change) -> None:
        self.changes.append(change)

    async def add(
        self, name: str = "home", capabilities: Capability = EVERYTHING, *, numbers: tuple[str, ...] = ()
    ) -> FakeProvider:
        """An account that is registered."""
        made: list[FakeProvider] = []

        def make(emit: Any) -> FakeProvider:
            made.append(FakeProvider(emit, capabilities=capabilities, numbers=numbers))
            return made[0]

        self.phone.add_account(Account(name, "fake", capabilities), make)
        await settle()
        state = self.phone.state.account(name)
        assert state is not None
        assert state.link is Link.ONLINE
        return made[0]

    def call(self, id: CallId) -> Call:
        """The call as it is now."""
        found = self.phone.state.call(id)
        assert found is not None
        return found

    async def talk(self, provider: FakeProvider, to: str = "bob", *, account: str = "home") -> CallId:
        """A call of ours that was answered."""
        id = await self.phone.dial(to, account=account)
        provider.emit(CallAnswered(id.ref))
        await settle()
        return id

    async def watch(self, provider: FakeProvider) -> CallId:
        """A video call of ours that was answered, with the camera on."""
        id = await self.phone.dial("bob", video=True)
        provider.emit(CallAnswered(id.ref))
        await settle()
        self.factory.last.tell(MediaLink.CONNECTED)
        await settle()
        return id

    async def ring(self, provider: FakeProvider, account: str = "home", **more: Any) -> CallId:
        """A call that rings here."""
        ref = provider.incoming(**more)
        await settle()
        return CallId(account, ref)

    def events(self, kind: type) -> list[Any]:
        """Events of this kind, in order."""
        return [change.event for change in self.changes if isinstance(change.event, kind)]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.phone.start()
    yield rig
    await rig.phone.close()

"""A phone on stand-ins for the engine's services."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.fakes import FakeFactory, FakeProvider, until
from tuiphone.core.call import CallId
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone

AddAccount = Callable[..., Awaitable[FakeProvider]]


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """A phone without accounts."""
    phone = Phone(FakeFactory())
    phone.start()
    yield phone
    await phone.close()


@pytest.fixture
def add_account(phone: Phone) -> AddAccount:
    """Gives the phone an account that is registered."""

    async def add(name: str = "home", **more: Any) -> FakeProvider:
        made: list[FakeProvider] = []

        def make(emit: Any) -> FakeProvider:
            made.append(FakeProvider(emit))
            return made[0]

        phone.add_account(Account(name, "fake", Capability.MEDIA, **more), make)
        await until(lambda: (known := phone.state.account(name)) is not None and known.link is Link.ONLINE)
        return made[0]

    return add


async def rings(phone: Phone, provider: FakeProvider, peer: str = "bob", **more: Any) -> CallId:
    """Somebody calls the account `home`."""
    id = CallId("home", provider.incoming(peer, **more))
    await until(lambda: phone.state.call(id) is not None)
    return id

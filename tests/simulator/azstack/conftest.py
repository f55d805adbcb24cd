"""A simulated AZStack in this process, on a free port, and phones to use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.simulator.azstack.phone import Phone
from tuiphone.simulator.azstack import AZStack, server
from tuiphone.simulator.azstack.token import Keys

LogIn = Callable[..., Awaitable[Phone]]
Serve = Callable[..., Awaitable[AZStack]]


@pytest.fixture(scope="session")
def keys() -> Keys:
    """One key pair for all: making one takes a moment."""
    return Keys()


@pytest.fixture
async def serve(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Starts a server with other settings than the usual ones."""
    monkeypatch.setattr(server, "Keys", lambda file: keys if file is None else Keys(file))
    running: list[AZStack] = []

    async def start(**settings: Any) -> AZStack:
        made = AZStack("127.0.0.1", {"port": 0, **settings})
        running.append(made)
        await made.start()
        return made

    yield start
    for one in running:
        await one.close()


@pytest.fixture
async def simulator(serve: Serve) -> AZStack:
    return await serve()


@pytest.fixture
async def log_in() -> AsyncIterator[LogIn]:
    """Connects devices of users, and closes them at the end."""
    phones: list[Phone] = []

    async def arrive(simulator: AZStack, user: str) -> Phone:
        phone = Phone(simulator.url, user)
        await phone.open()
        phones.append(phone)
        assert (await phone.log_in())["resultCode"] == 0
        return phone

    yield arrive
    for phone in phones:
        await phone.close()

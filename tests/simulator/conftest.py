"""A simulated OnCaller in this process, on a free port, and phones to use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.simulator.phone import Phone
from tuiphone.simulator.oncaller import OnCaller

LogIn = Callable[..., Awaitable[Phone]]
Serve = Callable[..., Awaitable[OnCaller]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server with other settings than the usual ones."""
    running: list[OnCaller] = []

    async def start(**settings: Any) -> OnCaller:
        server = OnCaller("127.0.0.1", {"port": 0, **settings})
        running.append(server)
        await server.start()
        return server

    yield start
    for server in running:
        await server.close()


@pytest.fixture
async def server(serve: Serve) -> OnCaller:
    return await serve()


@pytest.fixture
async def log_in() -> AsyncIterator[LogIn]:
    """Connects phones, and closes them at the end."""
    phones: list[Phone] = []

    async def connect(server: OnCaller, user: str, *, device: str | None = None, talks: bool = True) -> Phone:
        phone = Phone(f"ws://127.0.0.1:{server.port}/any/path", user, device=device, talks=talks)
        phones.append(phone)
        await phone.open()
        assert (await phone.log_in())["r"] == 0
        return phone

    yield connect
    for phone in phones:
        await phone.close()

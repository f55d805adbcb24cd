"""A simulated SIP server in this process, on a free port, and phones to use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.simulator.sip.phone import Phone
from tuiphone.simulator.sip import Sip

Serve = Callable[..., Awaitable[Sip]]
Join = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server with other settings than the usual ones."""
    running: list[Sip] = []

    async def start(**settings: Any) -> Sip:
        server = Sip("127.0.0.1", {"port": 0, "pace": 0.1, **settings})
        running.append(server)
        await server.start()
        return server

    yield start
    for server in running:
        await server.close()


@pytest.fixture
async def server(serve: Serve) -> Sip:
    return await serve()


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Connects and registers phones, and closes them at the end."""
    phones: list[Phone] = []

    async def connect(server: Sip, user: str, *, registers: bool = True, **about: Any) -> Phone:
        phone = Phone(server.url, user, **about)
        phones.append(phone)
        await phone.open()
        if registers:
            assert (await phone.register()).status == 200
        return phone

    yield connect
    for phone in phones:
        await phone.close()


@pytest.fixture
async def alice(server: Sip, join: Join) -> Phone:
    return await join(server, "alice")


@pytest.fixture
async def bob(server: Sip, join: Join) -> Phone:
    return await join(server, "bob")


@pytest.fixture
async def serve_short(serve: Serve) -> Sip:
    """One where nothing rings for long."""
    return await serve(ring_seconds=0.3)

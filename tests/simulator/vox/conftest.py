"""A simulated Vox in this process, on free ports, and phones to use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.simulator.vox.phone import Phone
from tuiphone.simulator.vox import Vox

LogIn = Callable[..., Awaitable[Phone]]
Serve = Callable[..., Awaitable[Vox]]
Control = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server with other settings than the usual ones."""
    running: list[Vox] = []

    async def start(**settings: Any) -> Vox:
        vox = Vox("127.0.0.1", {"port": 0, **settings})
        running.append(vox)
        await vox.start()
        return vox

    yield start
    for vox in running:
        await vox.close()


@pytest.fixture
async def vox(serve: Serve) -> Vox:
    return await serve()


@pytest.fixture
async def connect() -> AsyncIterator[LogIn]:
    """Connects phones that do not log in, and closes them at the end."""
    phones: list[Phone] = []

    async def make(vox: Vox, user: str = "alice", *, device: str | None = None) -> Phone:
        phone = Phone(user, device or f"{user}-1")
        phones.append(phone)
        await phone.open(vox)
        return phone

    yield make
    for phone in phones:
        await phone.close()


@pytest.fixture
def log_in(connect: LogIn) -> LogIn:
    """Connects phones and logs them in."""

    async def make(vox: Vox, user: str, *, device: str | None = None) -> Phone:
        phone = await connect(vox, user, device=device)
        assert (await phone.log_in()).num(2) == 1
        return phone

    return make


@pytest.fixture
async def control(vox: Vox) -> AsyncIterator[Control]:
    """POST /sim/<what> on the accounts' port."""
    async with httpx.AsyncClient(trust_env=False) as client:

        async def post(what: str, **body: object) -> httpx.Response:
            return await client.post(f"http://127.0.0.1:{vox.rest_port}/sim/{what}", json=body)

        yield post

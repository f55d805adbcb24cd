"""A simulated Prostiezvonki in this process, on a free port, and clients of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.simulator.prostiezvonki.client import Client, query
from tuiphone.simulator.prostiezvonki import Prostiezvonki

LogIn = Callable[..., Awaitable[Client]]
Serve = Callable[..., Awaitable[Prostiezvonki]]
Control = Callable[..., Awaitable[httpx.Response]]

QUICK = {"port": 0, "answer_after_s": 0.05, "talk_s": 0.05, "refuse_after_s": 0.05}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server, quick ones where nothing else is said."""
    running: list[Prostiezvonki] = []

    async def start(**settings: Any) -> Prostiezvonki:
        server = Prostiezvonki("127.0.0.1", {**QUICK, **settings})
        running.append(server)
        await server.start()
        return server

    yield start
    for server in running:
        await server.close()


@pytest.fixture
async def server(serve: Serve) -> Prostiezvonki:
    return await serve()


@pytest.fixture
async def log_in() -> AsyncIterator[LogIn]:
    """Connects clients, and closes them at the end."""
    clients: list[Client] = []

    async def connect(server: Prostiezvonki, extension: str = "101", **login: Any) -> Client:
        client = Client()
        clients.append(client)
        await client.open(server, query(extension, **login))
        return client

    yield connect
    for client in clients:
        await client.close()


@pytest.fixture
async def control(server: Prostiezvonki) -> AsyncIterator[Control]:
    """POST /sim/<what> on its port."""
    async with httpx.AsyncClient(trust_env=False) as http:

        async def post(what: str, **body: object) -> httpx.Response:
            return await http.post(f"{server.http_url}sim/{what}", json=body)

        yield post

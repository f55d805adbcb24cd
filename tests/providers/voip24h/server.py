"""A PBX on loopback that says only what a test has it say, its rows, and an account to watch."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from inspect import isawaitable
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.providers.rig import Account, account
from tuiphone.core.secret import Secret
from tuiphone.providers.voip24h.client import Voip24h
from tuiphone.providers.voip24h.settings import Settings

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SECRET = "PartnerSecret4Tests0"
KEY, KEY_SECRET = "0f" * 20, "1e" * 16


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str] = field(repr=False)
    text: str = field(repr=False, default="")

    @property
    def kind(self) -> str:
        """What the partner API is asked for."""
        return self.body["requestType"] if isinstance(self.body, dict) and "requestType" in self.body else self.path

    @property
    def data(self) -> dict[str, Any]:
        """With what."""
        return self.body["data"]


Answer = Callable[[Asked], Any]


class Pbx:
    """Answers by `answer`: a JSON value, a response, or something to wait for that gives one."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.connections: set[Any] = set()
        self.url = ""

    def kinds(self) -> list[str]:
        """What was asked, oldest first."""
        return [asked.kind for asked in self.asked]

    def of(self, kind: str) -> list[Asked]:
        """The requests of one kind."""
        return [asked for asked in self.asked if asked.kind == kind]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = dict(await request.post())
        asked = Asked(request.method, request.path, dict(request.query), body, dict(request.headers), text)
        self.asked.append(asked)
        said = self.answer(asked)
        if isawaitable(said):
            said = await said
        if said is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if callable(said):
            return await said(request)
        return said if isinstance(said, web.StreamResponse) else web.json_response(said)


@asynccontextmanager
async def pbx(answer: Answer) -> AsyncIterator[Pbx]:
    """A server that is gone with the block."""
    made = Pbx(answer)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


def good(data: Any = None, **more: Any) -> dict[str, Any]:
    """A reply of the partner API."""
    return {"respCode": 0, "respMsg": "Success", "data": data} | more


def bad(message: str = "Invalid partner secret", **more: Any) -> dict[str, Any]:
    """A refusal of it."""
    return {"respCode": -1, "respMsg": message, "data": None} | more


def settings(url: str | None = None, **more: Any) -> Settings:
    """Of extension 101."""
    given: dict[str, Any] = {"base_url": url, "extension": "101", "partner_secret": Secret(SECRET)}
    return Settings(**(given | more))


def v3_settings(url: str | None = None, **more: Any) -> Settings:
    """The same for v3."""
    given = {"backend": "v3", "api_key": Secret(KEY), "api_secret": Secret(KEY_SECRET), "partner_secret": None}
    return settings(url, **(given | more))


def dial_settings(url: str | None = None, **more: Any) -> Settings:
    """The same for dial."""
    given = {"backend": "dial", "dial_voip": Secret(KEY), "dial_secret": Secret(KEY_SECRET), "partner_secret": None}
    return settings(url, **(given | more))


def local(at: float, zone: ZoneInfo = HANOI) -> str:
    """As the PBX writes a time."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def row(at: float, serial: int = 1, **more: Any) -> dict[str, Any]:
    """A call of the partner API that went out and was not answered."""
    return {
        "callId": f"{int(at)}.{serial}",
        "user": "101",
        "phoneNumber": "0900000001",
        "callType": "OUTBOUND",
        "callStatus": "NO ANSWER",
        "callDate": local(int(at)),
    } | more


@asynccontextmanager
async def phone(given: Settings, memory: Any = None) -> AsyncIterator[Account]:
    """An account of it; gone with the block."""
    async with account(given, memory, Voip24h) as made:
        yield made


@asynccontextmanager
async def online(answer: Answer, memory: Any = None, **more: Any) -> AsyncIterator[tuple[Pbx, Account]]:
    """A partner API and an account that it let in."""
    async with pbx(answer) as server, phone(settings(server.url, **more), memory) as made:
        await asyncio.wait_for(made.online(), 15)
        yield server, made


def awaiting(event: asyncio.Event, then: Any) -> Awaitable[Any]:
    """An answer that comes when the event does."""

    async def work() -> Any:
        await event.wait()
        return then

    return work()

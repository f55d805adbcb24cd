"""The simulator as a process of its own, accounts that come back by themselves, and a link that can be cut."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.providers.rig import Account
from tuiphone.core.errors import ProviderError
from tuiphone.core.events import ConnectionChanged
from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller.settings import Settings


@dataclass(frozen=True, slots=True)
class Simulator:
    """Where it listens."""

    url: str
    http_url: str
    kill: Callable[[], None]
    """End it without a word to anybody."""

    def settings(self, user: str, *, url: str | None = None, **more: Any) -> Settings:
        """Settings of one of its users."""
        keys: dict[str, Any] = {"key_sid": "SK-oncaller-sim", "key_secret": Secret("oncaller-sim-secret")}
        more = {"numbers": ("84990000000",), "ice_servers": ()} | keys | more
        return Settings(addresses=(url or self.url,), user_id=user, **more)

    async def post(self, path: str, **body: Any) -> Any:
        """One of its control calls."""
        request = urllib.request.Request(f"{self.http_url}{path}", json.dumps(body).encode(), method="POST")
        return await asyncio.to_thread(self._fetch, request)

    async def state(self) -> Any:
        """What it knows of calls."""
        return await asyncio.to_thread(self._fetch, urllib.request.Request(f"{self.http_url}sim/state"))

    @staticmethod
    def _fetch(request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=15) as reply:
            return json.load(reply)


@contextmanager
def simulator(**switches: Any) -> Iterator[Simulator]:
    """A simulator that ends with the block."""
    switches = {"port": 0} | switches
    given = [word for key, value in switches.items() for word in ("--set", f"oncaller.{key}={value}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "tuiphone.simulator", "--only", "oncaller", "--until-stdin-closes", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())["oncaller"]
        yield Simulator(said["url"], said["http_url"], process.kill)
    finally:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def user(settings: Settings) -> AsyncIterator[Account]:
    """An account that is registered, and comes back whenever its link is lost."""
    account = Account(settings)

    async def keep() -> None:
        while True:
            with suppress(ProviderError):
                await account.provider.run()
            await asyncio.sleep(0.02)

    account.running = asyncio.create_task(keep())
    try:
        await account.told(ConnectionChanged)
        yield account
    finally:
        await account.stop()


class Cutter:
    """Stands between a client and a server and cuts the link at a frame of the test's choice."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.url = ""
        self.frames = 0
        """That went through, both ways, since `cut_at` was set."""
        self._cut_at: int | None = None
        self._swallow = False
        self.cut_frame: tuple[str, int] | None = None
        """Which way it went (`up` to the server, `down` to the client) and its service."""
        self.cuts = 0
        self._abort: Callable[[], None] = lambda: None

    def cut_at(self, frame: int, *, swallow: bool) -> None:
        """Cut at this frame from now on, counted from 1; it gets lost (`swallow`) or is the last to get through."""
        self.frames, self._cut_at, self._swallow = 0, frame, swallow

    def cut(self) -> None:
        """Now."""
        self.cuts += 1
        self._cut_at = None
        self._abort()

    async def _serve(self, near: ServerConnection) -> None:
        async with connect(self._target, compression=None) as far:

            def abort() -> None:
                near.transport.abort()
                far.transport.abort()

            self._abort = abort

            async def pump(source: Any, drain: Any, way: str) -> None:
                dead = False
                with suppress(ConnectionClosed):
                    async for frame in source:
                        self.frames += 1
                        last = self.frames == self._cut_at
                        if last:
                            self.cut_frame = way, json.loads(frame)["service"]
                        dead = dead or (last and self._swallow)
                        if not dead:
                            await drain.send(frame)
                        if last and way == "up" and self._swallow:
                            # The way up dies a moment before the way down, as half-dead links do; what is sent up
                            # meanwhile is lost too, and what came down was not lost with it.
                            asyncio.get_running_loop().call_later(0.05, self.cut)
                        elif last:
                            self.cut()

            await asyncio.wait(
                [asyncio.create_task(pump(near, far, "up")), asyncio.create_task(pump(far, near, "down"))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            abort()

    async def __aenter__(self) -> "Cutter":
        self._server = await serve(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._abort()
        await self._server.wait_closed()

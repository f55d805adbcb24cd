"""JsSIP in headless Chromium: the phones that people have in web pages, as far ends for tests.

One browser serves a whole module; each phone in it is a page of its own and goes with its connection.
"""

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from tests.rigs.node_server import HOME

SECONDS = 60.0
"""On a busy machine a browser takes its time."""


class JsPhone:
    """One phone. `do` has it do something, `hear` waits for what happens to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._told = asyncio.Condition()
        self.events: list[dict[str, Any]] = []
        """What happened and nobody has looked at."""
        self.past: list[dict[str, Any]] = []
        """What happened, all of it."""
        self._reading = asyncio.create_task(self._read())

    async def do(self, verb: str, *values: Any) -> Any:
        """What a function of jssip_page.js returns. Raises: AssertionError with what it complains of."""
        number = next(self._ids)
        coming = self._replies[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"do": verb, "with": values, "id": number}).encode() + b"\n")
        async with asyncio.timeout(SECONDS):
            reply = await coming
        assert "error" not in reply, f"{verb}: {reply['error']}; before: {self.past}"
        return reply.get("value")

    async def hear(self, event: str, **fits: Any) -> dict[str, Any]:
        """The next event of this name with these values; what came before it is passed over."""

        def is_it(one: dict[str, Any]) -> bool:
            return one["event"] == event and fits.items() <= one.items()

        try:
            async with asyncio.timeout(SECONDS), self._told:
                await self._told.wait_for(lambda: any(map(is_it, self.events)))
        except TimeoutError:
            raise AssertionError(f"no {event} {fits} among {self.past}") from None
        at = next(number for number, one in enumerate(self.events) if is_it(one))
        found = self.events[at]
        del self.events[: at + 1]
        return found

    async def hears_sound(self, wanted: bool = True, *, span_s: float = 0.4) -> bool:
        """Whether what is heard within so long is sound (or, not wanted, silence)."""
        before = await self.do("sound")
        await asyncio.sleep(span_s)
        after = await self.do("sound")
        return (after["energy"] - before["energy"] > 1e-4 * span_s) is wanted

    async def until(self, fits: Callable[[dict[str, Any]], object]) -> None:
        """Come back when what `sound` of jssip_page.js says fits."""
        async with asyncio.timeout(SECONDS):
            # The browser tells of this only when it is asked.
            while not fits(await self.do("sound")):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def until_sound(self, wanted: bool = True) -> None:
        """Come back when something is heard (or nothing any more)."""
        async with asyncio.timeout(SECONDS):
            while not await self.hears_sound(wanted):
                pass

    async def close(self) -> None:
        """Switch it off without a goodbye."""
        self._reading.cancel()
        self._writer.close()
        await asyncio.gather(self._reading, self._writer.wait_closed(), return_exceptions=True)

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                told = json.loads(line)
                if "id" in told:
                    self._replies.pop(told["id"]).set_result(told)
                    continue
                async with self._told:
                    self.events.append(told)
                    self.past.append(told)
                    self._told.notify_all()
        finally:
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_result({"error": "the browser is gone"})


class Browser:
    """A Chromium. Close it, or use it as a context manager."""

    def __init__(self) -> None:
        assert (HOME / "node_modules" / "jssip").is_dir(), "node's packages are not there; `make test` installs them"
        self._process = subprocess.Popen(
            ["node", "jssip.js"], cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "Chromium does not start"
        self._port = int(json.loads(line)["port"])

    @asynccontextmanager
    async def phone(self, url: str, user: str, **more: Any) -> AsyncIterator[JsPhone]:
        """A phone of this user, registered at this server; `more` are options of JsSIP's."""
        phone = JsPhone(*await asyncio.open_connection("127.0.0.1", self._port))
        try:
            await phone.do("register", url, user, more)
            yield phone
        finally:
            await phone.close()

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

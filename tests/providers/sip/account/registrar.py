"""A registrar on loopback that says what a test has it say, and a device that registers there."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fakes import FakeMemory, until
from tuiphone.core.secret import Secret
from tuiphone.core.trace import Trace
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.providers.sip.registration import Registration
from tuiphone.providers.sip.settings import Settings


class Asked:
    """A request as it came."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.method = text.split(" ", 1)[0]

    def get(self, name: str) -> str:
        """The value of a header field; empty for one that is not there."""
        found = re.search(rf"(?im)^{name}: (.*?)\r?$", self.text)
        return found[1] if found else ""

    @property
    def expires(self) -> int:
        return int(self.get("Expires") or 0)

    def reply(self, status: str, *headers: str) -> str:
        """A response in the words of the request."""
        kept = [line for line in self.text.split("\r\n") if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")]
        return "\r\n".join((f"SIP/2.0 {status}", *kept, f"To: {self.get('To')};tag=t", *headers, "", ""))

    def granted(self, *headers: str, seconds: int | None = None) -> str:
        """A 200 for its Contact."""
        contact = re.sub(r";expires=\d+", "", self.get("Contact"))
        if self.expires:
            headers = (f"Contact: {contact};expires={self.expires if seconds is None else seconds}", *headers)
        return self.reply("200 OK", *headers)


Answer = Callable[[Asked], str | None]


class Registrar:
    """Answers by `answer`, which a test may replace; None is silence."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.pings = 0
        self.answer: Answer = Asked.granted
        self.connections: list[ServerConnection] = []
        self.opened = 0
        self.answers_pings = True
        self.url = ""
        self.server: Server | None = None

    async def talk(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.opened += 1
        with suppress(ConnectionClosed):
            async for text in connection:
                assert isinstance(text, str)
                if text == "\r\n\r\n":
                    self.pings += 1
                    if self.answers_pings:
                        await connection.send("\r\n")
                    continue
                asked = Asked(text)
                self.asked.append(asked)
                if asked.method.isalpha() and (answer := self.answer(asked)) is not None:
                    await connection.send(answer)
        self.connections.remove(connection)

    def registers(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "REGISTER"]

    def drop(self) -> None:
        """Every connection breaks."""
        for connection in self.connections:
            connection.transport.abort()


@asynccontextmanager
async def registrar(*, tls: ssl.SSLContext | None = None, port: int = 0, **more: Any) -> AsyncIterator[Registrar]:
    """One that is gone with the block."""
    made = Registrar()
    more = {"subprotocols": [Subprotocol("sip")], "ping_interval": None, "close_timeout": 0.2} | more
    async with serve(made.talk, "127.0.0.1", port, ssl=tls, **more) as server:
        made.server = server
        made.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
        yield made


class Device:
    """A Registration and what it told."""

    def __init__(self, *urls: str, memory: FakeMemory | None = None, lookup: Lookup | None = None, **more: Any) -> None:
        given = {"user": "alice", "domain": "pbx.example", "password": Secret("wonderland"), "servers": urls} | more
        self.trace = Trace()
        self.told: list[str] = []
        self.memory = memory or FakeMemory()
        self.registration = Registration(
            Settings(**given),
            self.memory,
            trace=self.trace,
            online=lambda: self.told.append("online"),
            lost=lambda: self.told.append("lost"),
            lookup=lookup,
        )
        self.task: asyncio.Task[None] | None = None

    def start(self) -> "asyncio.Task[None]":
        self.task = asyncio.create_task(self.registration.run())
        return self.task

    async def online(self) -> None:
        """Start, and wait until it is registered."""
        task = self.start()
        await until(lambda: self.registration.is_online or task.done())
        if task.done():
            await task

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def fails(self) -> BaseException:
        """Run until it is over, and say how that ended."""
        task = self.task or self.start()
        await until(task.done)
        error = task.exception()
        assert error is not None
        return error


@asynccontextmanager
async def device(*urls: str, **more: Any) -> AsyncIterator[Device]:
    """One that is gone with the block."""
    made = Device(*urls, **more)
    try:
        yield made
    finally:
        await made.stop()

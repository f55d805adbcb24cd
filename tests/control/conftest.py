"""An engine's phone and control server on stand-ins, behind a real Unix socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import EVERYTHING, FakeFactory, FakeProvider, until
from tuiphone.control import protocol
from tuiphone.control.accounts import ReloadAccounts, Reloaded
from tuiphone.control.client import RemotePhone
from tuiphone.control.history import HistoryPage, ReadHistory, Suggest, Suggestions
from tuiphone.control.server import ControlServer
from tuiphone.control.sound import Devices, ListDevices, SoundDevice
from tuiphone.core.call import Call, CallId
from tuiphone.core.events import Link
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone

Attach = Callable[..., Awaitable[RemotePhone]]


class Desk:
    """Services that write down what was asked."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.fails: dict[type, Exception] = {}
        self.stopped: list[str] = []
        self.results: dict[type, Any] = {
            ReadHistory: HistoryPage((), 7),
            Suggest: Suggestions(()),
            ListDevices: Devices((SoundDevice("mic", is_default=True),), ()),
            ReloadAccounts: Reloaded(),
        }

    def welcome(self) -> protocol.Welcome:
        return protocol.Welcome(
            version=protocol.VERSION,
            pid=1,
            release="0",
            profile=None,
            owned=True,
            log_file="/log",
            recordings="/recordings",
            preferences=protocol.Preferences(theme="midnight"),
        )

    records_every_call = False

    def recording_path(self, call: Call) -> str:
        return f"/recordings/{call.peer.text}.ogg"

    async def carry_out(self, command: Any) -> Any:
        self.log.append(command)
        if (error := self.fails.get(type(command))) is not None:
            raise error
        return self.results.get(type(command))

    def stop(self, reason: str) -> None:
        self.stopped.append(reason)


class Engine:
    """A phone with one registered account, `home`, and its control server."""

    def __init__(self, socket: Path, *, owned: bool = True) -> None:
        self.socket = socket
        self.factory = FakeFactory()
        self.phone = Phone(self.factory)
        self.desk = Desk()
        self.server = ControlServer(self.phone, self.desk, owned=owned)
        self.phone.listen(self.server)
        self.provider: FakeProvider

    async def start(self) -> None:
        self.phone.start()

        def make(emit: Any) -> FakeProvider:
            self.provider = FakeProvider(emit)
            return self.provider

        self.phone.add_account(Account("home", "fake", EVERYTHING), make)
        await until(lambda: [known.link for known in self.phone.state.accounts] == [Link.ONLINE])
        await self.server.start(self.socket)

    async def ring(self, **more: Any) -> CallId:
        id = CallId("home", self.provider.incoming(**more))
        await until(lambda: self.phone.state.call(id) is not None)
        return id

    async def close(self) -> None:
        await self.server.close("The test is over.")
        await self.phone.close()


@pytest.fixture
async def engine(run_dir: Path) -> AsyncIterator[Engine]:
    engine = Engine(run_dir / "socket")
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
async def attach(run_dir: Path) -> AsyncIterator[Attach]:
    """Attaches a screen (or with `screen=False` a tool) to the socket of this test."""
    attached: list[RemotePhone] = []

    async def attach(*, screen: bool = True) -> RemotePhone:
        phone = RemotePhone(run_dir / "socket", screen=screen, program="test")
        attached.append(phone)
        await phone.attach()
        return phone

    yield attach
    for phone in attached:
        await phone.close()


class Line:
    """A raw line to the control socket, for saying what no client of ours would say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def hear(self) -> protocol.Update | None:
        """The next line; None when the engine hung up."""
        async with asyncio.timeout(10):
            try:
                raw = await self.reader.readline()
            except ConnectionError:
                return None
        return protocol.read_from_engine(raw) if raw else None

    def stop_reading(self) -> None:
        """From now on what comes stays in the system's buffer."""
        self._transport.pause_reading()

    def read_on(self) -> None:
        self._transport.resume_reading()

    @property
    def _transport(self) -> asyncio.ReadTransport:
        assert isinstance(self.writer.transport, asyncio.ReadTransport)
        return self.writer.transport

    async def hear_out(self) -> list[protocol.Update]:
        """Everything up to the engine's hanging up."""
        heard: list[protocol.Update] = []
        while (update := await self.hear()) is not None:
            heard.append(update)
        return heard


@pytest.fixture
async def raw(run_dir: Path) -> AsyncIterator[Callable[[], Awaitable[Line]]]:
    """Opens raw lines to the socket of this test."""
    lines: list[Line] = []

    async def connect() -> Line:
        line = Line(*await asyncio.open_unix_connection(str(run_dir / "socket"), limit=protocol.MAX_UPDATE))
        lines.append(line)
        return line

    yield connect
    for line in lines:
        line.writer.transport.abort()

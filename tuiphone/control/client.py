"""RemotePhone: the engine's verbs for whoever is attached to it: the app, the command line, scripts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tuiphone.control import protocol
from tuiphone.control.accounts import AccountVerbs
from tuiphone.control.attention import AttentionVerbs
from tuiphone.control.base import REPLY_SECONDS, EngineGone
from tuiphone.control.calls import CallVerbs
from tuiphone.control.cards import CardVerbs
from tuiphone.control.contacts import ContactVerbs
from tuiphone.control.desk import DeskVerbs
from tuiphone.control.groups import GroupVerbs
from tuiphone.control.history import HistoryVerbs
from tuiphone.control.lines import LineVerbs
from tuiphone.control.links import LinkVerbs, Opened
from tuiphone.control.logbook import LogbookVerbs
from tuiphone.control.pictures import PictureVerbs
from tuiphone.control.protocol import (
    Alert,
    Command,
    Failure,
    Garbled,
    Goodbye,
    Happened,
    Meters,
    Refused,
    Reply,
    Result,
    StateChanged,
    Welcome,
)
from tuiphone.control.recordings import RecordingVerbs
from tuiphone.control.settings import SettingVerbs
from tuiphone.control.sound import SoundVerbs
from tuiphone.control.texts import TextVerbs
from tuiphone.core import errors
from tuiphone.core.call import CallId
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState

News = StateChanged | Meters | Alert | Happened | Opened | Goodbye
"""What arrives unasked."""


class NoEngine(errors.PhoneError):
    """There is no engine at this socket."""


class RemotePhone(
    CallVerbs,
    GroupVerbs,
    LineVerbs,
    DeskVerbs,
    HistoryVerbs,
    CardVerbs,
    RecordingVerbs,
    ContactVerbs,
    TextVerbs,
    AccountVerbs,
    SoundVerbs,
    SettingVerbs,
    LogbookVerbs,
    AttentionVerbs,
    LinkVerbs,
    PictureVerbs,
):
    """A phone in another process. `attach` first; then read `news` in one task and call the verbs from anywhere.

    Every verb raises the PhoneError the engine reports, EngineGone when the line breaks, or RequestTimeout.
    """

    def __init__(self, socket: Path | str, *, screen: bool, program: str = "") -> None:
        self.socket = Path(socket)
        self.state = PhoneState()
        self.screens = 0
        self.meters: dict[CallId, MediaStats] = {}
        self.welcome: Welcome | None = None
        self._screen = screen
        self._program = program
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Result | None]] = {}
        self._last_id = 0
        self._news: asyncio.Queue[News | None] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None
        self._goodbye: str | None = None
        self._meters_told = True

    @property
    def is_attached(self) -> bool:
        """The line is up."""
        return self._reading is not None and not self._reading.done()

    async def attach(self, timeout: float = 5.0) -> Welcome:
        """Connect and introduce ourselves; `state` is filled on return. May be called again when the line is down.

        Raises: NoEngine when nobody listens there, EngineGone when it refuses us or says nothing.
        """
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(str(self.socket), limit=protocol.MAX_UPDATE)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NoEngine("No tuiphone engine is running for this profile; start one with: tuiphone engine") from error
        except OSError as error:
            raise NoEngine(f"The engine's socket {self.socket} cannot be opened: {error.strerror or error}.") from error
        self._news, self._meters_told, self._goodbye, self.meters = asyncio.Queue(), True, None, {}
        self._send(protocol.Attach(version=protocol.VERSION, screen=self._screen, program=self._program))
        try:
            async with asyncio.timeout(timeout):
                first = await self._read()
                match first:
                    case Welcome():
                        self.welcome = first
                    case Refused(reason):
                        raise EngineGone(reason)
                    case _:
                        raise EngineGone("The engine did not say welcome; is this tuiphone's socket?")
                self._take(await self._read())
        except TimeoutError as error:
            await self.close()
            raise EngineGone("The engine does not answer; end it with: tuiphone stop") from error
        except EngineGone:
            await self.close()
            raise
        self._reading = asyncio.create_task(self._read_on(), name="control-reader")
        return first

    async def news(self) -> AsyncIterator[News]:
        """What the engine tells, until the line ends; a slow reader gets one Meters for many."""
        while (item := await self._news.get()) is not None:
            if isinstance(item, Meters):
                self._meters_told = True
            yield item

    @property
    def farewell(self) -> str | None:
        """Why the engine ended, if it said so."""
        return self._goodbye

    async def close(self) -> None:
        """Leave without a word; calls go on."""
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        self._fail_waiting()

    async def request(self, command: Command, timeout: float = REPLY_SECONDS) -> Result | None:
        """Send any command and wait for its result."""
        if not self.is_attached:
            raise EngineGone("The phone's engine is not running.")
        id = self._last_id = self._last_id + 1
        future: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = future
        try:
            self._send(protocol.Request(id, command))
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError as error:
            raise errors.RequestTimeout("The engine did not answer in time.") from error
        finally:
            self._waiting.pop(id, None)

    # -- verbs --------------------------------------------------------------------------------------------------

    async def quit(self) -> None:
        """Leave for good: an engine that a screen started ends with its last screen."""
        await self._last_word(protocol.Quit())

    async def stop(self) -> None:
        """End the engine."""
        await self._last_word(protocol.Stop())

    # -- the line -----------------------------------------------------------------------------------------------

    async def _last_word(self, command: protocol.Quit | protocol.Stop) -> None:
        # The engine may be gone before its reply gets through, which is what was asked for.
        with contextlib.suppress(EngineGone):
            await self.request(command, timeout=10.0)
        await self.close()

    def _send(self, message: protocol.Attach | protocol.Request) -> None:
        raw = protocol.line(message)
        if len(raw) > protocol.MAX_REQUEST:
            raise errors.NotPossible(
                f"That is {len(raw):,} bytes long; the engine takes at most {protocol.MAX_REQUEST:,}."
            )
        if self._writer is None or self._writer.is_closing():
            raise EngineGone("The phone's engine is not running.")
        self._writer.write(raw)

    async def _read(self) -> protocol.Update:
        assert self._reader is not None
        try:
            raw = await self._reader.readline()
        except (OSError, ValueError) as error:
            raise EngineGone("The line to the phone's engine broke.") from error
        if not raw.endswith(b"\n"):
            raise EngineGone(self._goodbye or "The phone's engine has ended.")
        try:
            return protocol.read_from_engine(raw)
        except Garbled as error:
            self._goodbye = f"The engine and this program are of different versions ({error})."
            raise EngineGone(self._goodbye) from error

    async def _read_on(self) -> None:
        try:
            while True:
                self._take(await self._read())
        except EngineGone:
            pass
        finally:
            self._fail_waiting()
            self._news.put_nowait(None)

    def _take(self, update: protocol.Update) -> None:
        match update:
            case Reply(id, result):
                if (future := self._waiting.get(id)) is not None and not future.done():
                    future.set_result(result)
            case Failure(id, kind, text):
                if (future := self._waiting.get(id)) is not None and not future.done():
                    future.set_exception(_error(kind, text))
            case StateChanged(state, screens):
                self.state, self.screens = state, screens
                self._news.put_nowait(update)
            case Meters(calls):
                self.meters = {meter.call: meter.stats for meter in calls}
                if self._meters_told:
                    self._meters_told = False
                    self._news.put_nowait(update)
            case Goodbye(reason):
                self._goodbye = reason
                self._news.put_nowait(update)
            case Alert() | Happened() | Opened():
                self._news.put_nowait(update)
            case Welcome() | Refused():
                pass

    def _fail_waiting(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EngineGone(self._goodbye or "The phone's engine has ended."))
                # Whoever asked may have been cancelled; an exception nobody fetches would be logged as lost.
                future.exception()


def _error(kind: str, text: str) -> errors.PhoneError:
    known = getattr(errors, kind, None)
    if kind == "RequestFailed" or not (isinstance(known, type) and issubclass(known, errors.PhoneError)):
        return errors.RequestFailed(kind, text) if kind == "RequestFailed" else errors.PhoneError(text)
    return known(text)

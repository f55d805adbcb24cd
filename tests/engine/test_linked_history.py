"""History and recordings of an account that commands the calls of a linked one: asked for, paired, fetched."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import FakeProvider, soon, until
from tests.media.test_player import make
from tests.media.test_recordings_played import Stage
from tests.rigs.file_server import FileServer, file
from tests.rigs.pulse import sine
from tuiphone.control import recordings as asked
from tuiphone.core.call import CallDirection, CallId, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.events import CallEnded, CallStarted, Link, RecordLogged
from tuiphone.core.model import Account, Address, AddressKind, CallRecord, RecordResult
from tuiphone.engine import afterwards
from tuiphone.engine.history import HistoryService
from tuiphone.engine.recordings import RecordingService
from tuiphone.media.player import Player

AN = Address(AddressKind.PHONE, "0901234567", "An")
SOUND = (
    Capability.MEDIA
    | Capability.RECEIVE
    | Capability.ANSWER
    | Capability.HANGUP
    | Capability.DIAL_PHONE
    | Capability.EXTENSION
)
COMMANDS = Capability.DIAL_PHONE | Capability.HISTORY | Capability.RECORDINGS
REF = "1532857052.131132"
DIAL = "1"
"""What the account calls what it dials."""


class Silent(RecordingService):
    """Plays to nobody."""

    def __init__(self, parts: Any) -> None:
        parts.player = Player(Stage())
        super().__init__(parts)


class Control(FakeProvider):
    """Commands the calls of the account `sip`; `links` is where its server keeps recordings, by its own references."""

    def __init__(self, emit: Any) -> None:
        super().__init__(emit, capabilities=COMMANDS)
        self.links: dict[str, str] = {}

    @property
    def linked_account(self) -> str | None:
        return "sip"

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({"127.0.0.1"})

    async def recording_link(self, record: CallRecord) -> str | None:
        await self._do("recording_link", record.account, record.ref)
        return self.links.get(record.ref)


class Whole:
    """A phone with both accounts, and what its server knows."""

    def __init__(self, engine: EngineDesk) -> None:
        self.engine = engine

    async def add(self) -> None:
        self.sip = await self.engine.add("sip", SOUND)
        made: list[Control] = []

        def build(emit: Any) -> Control:
            made.append(Control(emit))
            return made[0]

        self.engine.phone.add_account(Account("desk", "fake", COMMANDS, country="VN"), build)
        await until(lambda: (known := self.engine.phone.state.account("desk")) and known.link is Link.ONLINE)
        (self.control,) = made
        await until(lambda: self.control.asked("history"))

    async def call(self) -> None:
        """A call is dialled through the one account, and picked up as the other's when the PBX rings."""
        phone = self.engine.phone
        dialled = asyncio.create_task(phone.dial(AN.text, account="desk"))
        await until(lambda: phone.state.live_calls)
        self.sip.emit(CallStarted("s1", AN, CallDirection.INCOMING))
        assert await soon(dialled) == CallId("sip", "s1")
        await until(lambda: phone.state.live_calls[0].is_answered)
        assert [call.control for call in phone.state.calls] == [CallId("desk", DIAL)]

    async def end(self) -> None:
        self.sip.emit(CallEnded("s1", EndReason.HUNG_UP))
        await self.engine.phone.settled()

    async def row(self, holds: Callable[[CallRecord], Any] = lambda row: True) -> CallRecord:
        """The one row there is, once this holds of it."""
        async with asyncio.timeout(15):
            while True:
                (row,) = (await self.engine.parts.history.page()).records
                if holds(row):
                    return row
                await asyncio.sleep(0.001)

    async def paired(self) -> CallRecord:
        """The one row, once the vendor's record is with it."""
        return await self.row(lambda row: row.vendor_ref)


def theirs(ref: str = REF, **more: Any) -> CallRecord:
    at = time.time()
    record = CallRecord(
        0, "", ref, replace(AN, text="+84901234567", name=None), False, False, at, None, at, RecordResult.BUSY
    )
    return replace(record, **more)


@pytest.fixture
async def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Whole]:
    monkeypatch.setattr(afterwards, "PAUSES", (0.01,) * 500)
    async with desk(tmp_path, HistoryService, Silent) as engine:
        whole = Whole(engine)
        await whole.add()
        yield whole


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as running:
        yield running


async def test_a_server_is_asked_after_the_call_until_it_tells_of_it(phone: Whole) -> None:
    before = len(phone.control.asked("history"))
    await phone.call()
    assert len(phone.control.asked("history")) == before
    await phone.end()
    await until(lambda: len(phone.control.asked("history")) > before + 1)
    row = await phone.row()
    assert (row.account, row.control_account, row.vendor_ref, row.result) == (
        "sip",
        "desk",
        None,
        RecordResult.ANSWERED,
    )
    phone.control.past = (theirs(),)
    row = await phone.paired()
    assert (row.account, row.vendor_ref, row.result, row.answered_at) == ("sip", REF, RecordResult.BUSY, None)
    calm = phone.engine.service(HistoryService)._afterwards._tasks["desk"]
    await until(calm.done)


async def test_a_record_pushed_before_our_own_end_of_the_call_is_not_rubbed_out_by_it(phone: Whole) -> None:
    await phone.call()
    phone.control.emit(RecordLogged(theirs(DIAL, recording_url="https://vendor.example/r.mp3")))
    await phone.engine.phone.settled()
    await phone.end()
    row = await phone.row(lambda row: row.result is RecordResult.BUSY)
    assert (row.control_ref, row.recording_url) == (DIAL, "https://vendor.example/r.mp3")


async def test_the_recording_is_asked_of_the_account_that_commanded_the_call_by_what_its_server_calls_it(
    phone: Whole, server: FileServer, tmp_path: Path
) -> None:
    content = make(tmp_path / "a.wav", sine(440, 1)).read_bytes()
    server.answers["/r"] = file(content)
    phone.control.links[REF] = server.url("/r")
    phone.control.past = (theirs(result=RecordResult.ANSWERED),)
    await phone.call()
    await phone.end()
    await phone.paired()
    service = phone.engine.service(RecordingService)
    (line,) = (await service.handlers[asked.ReadRecordings](asked.ReadRecordings())).recordings
    await service.handlers[asked.FetchRecording](asked.FetchRecording(line.record))
    row = await phone.row(lambda row: row.recording)
    assert Path(row.recording or "").read_bytes() == content
    assert phone.control.asked("recording_link") == [("desk", REF)]


@pytest.mark.parametrize("first", ["none", "broken"])
async def test_another_account_of_the_same_extension_gives_the_recording_that_the_first_has_not(
    phone: Whole, server: FileServer, tmp_path: Path, first: str
) -> None:
    content = make(tmp_path / "a.wav", sine(440, 1)).read_bytes()
    server.answers["/r"] = file(content)
    server.answers["/broken"] = file(b"<html>gone</html>")
    made: list[Control] = []

    def build(emit: Any) -> Control:
        made.append(Control(emit))
        return made[0]

    if first == "broken":
        phone.control.links[REF] = server.url("/broken")
    phone.control.past = (theirs(result=RecordResult.ANSWERED),)
    await phone.call()
    await phone.end()
    row = await phone.paired()
    phone.engine.phone.add_account(Account("second", "fake", COMMANDS, country="VN", linked="sip"), build)
    await until(lambda: (known := phone.engine.phone.state.account("second")) and known.link is Link.ONLINE)
    made[0].links[""] = server.url("/r")
    await phone.engine.service(RecordingService).handlers[asked.FetchRecording](asked.FetchRecording(row.id))
    row = await phone.row(lambda row: row.recording)
    assert Path(row.recording or "").read_bytes() == content
    assert phone.control.asked("recording_link") == [("desk", REF)]
    assert made[0].asked("recording_link") == [("second", "")]


async def test_a_call_that_is_not_listed_yet_has_its_recording_refused_in_a_sentence(phone: Whole) -> None:
    await phone.call()
    await phone.end()
    row = await phone.row()
    service = phone.engine.service(RecordingService)
    await service.handlers[asked.Play](asked.Play(row.id))
    await until(lambda: phone.engine.phone.state.downloads and phone.engine.phone.state.downloads[0].problem)
    assert "does not list this call yet" in (phone.engine.phone.state.downloads[0].problem or "")
    assert phone.control.asked("recording_link") == [("desk", DIAL)]


async def test_the_calls_stay_when_the_account_that_commanded_them_is_removed(phone: Whole) -> None:
    phone.control.past = (theirs(),)
    await phone.call()
    await phone.end()
    row = await phone.paired()
    await phone.engine.phone.remove_account("desk")
    assert await phone.row() == row

"""The history in the engine: vendors' pages fetched, pushed records, names of contacts, notes, export."""

import csv
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import FakeProvider, soon, until
from tuiphone.control import history as asked
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import CallEnded, CallStarted, ListChanged, MissedCounted, RecordLogged
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.engine.history import HistoryService
from tuiphone.engine.past import FIRST_PAGES, PAGE
from tuiphone.engine.service import Service

NOW = time.time()
HOUR = 3600.0
BOB = Address(AddressKind.PHONE, "+84901234567", "Bob")


def record(number: int, ago: float, **more: Any) -> CallRecord:
    at = NOW - ago
    values: dict[str, Any] = {
        "peer": BOB,
        "incoming": True,
        "answered_at": None,
        "ended_at": at + 20,
        "result": RecordResult.MISSED,
    } | more
    return CallRecord(99, "nobody", f"v{number}", video=False, started_at=at, **values)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineDesk]:
    made: list[Service] = []

    class Kept(HistoryService):
        def __init__(self, parts: Any) -> None:
            super().__init__(parts)
            made.append(self)

    async with desk(tmp_path, Kept) as engine:
        engine.service = made[0]  # type: ignore[attr-defined]
        yield engine


async def ask(engine: EngineDesk, command: Any) -> Any:
    return await soon(engine.service.handlers[type(command)](command))  # type: ignore[attr-defined]


async def total(engine: EngineDesk, line: str = "") -> int:
    return (await ask(engine, asked.ReadHistory(text=line))).total


def knows(*records: CallRecord) -> Any:
    def prepare(provider: FakeProvider) -> None:
        provider.past = records

    return prepare


async def test_an_account_that_comes_online_brings_its_newest_records_and_older_ones_on_demand(
    engine: EngineDesk,
) -> None:
    many = tuple(record(number, number * HOUR) for number in range(1, 651))
    provider = await engine.add(prepare=knows(*many))
    await until(lambda: len(provider.asked("history")) == FIRST_PAGES)
    await until(lambda: len(engine.events(ListChanged)) == FIRST_PAGES)
    fetched = [await total(engine)]
    assert FIRST_PAGES * (PAGE - 1) <= fetched[0] <= FIRST_PAGES * PAGE

    async def more() -> asked.Fetched:
        return await ask(engine, asked.FetchOlder())

    while (found := await more()).added:
        fetched.append(found.added)
    assert sum(fetched) == await total(engine) == 650
    assert not found.has_older
    assert max(fetched[1:]) <= PAGE
    page = await ask(engine, asked.ReadHistory(limit=1))
    assert (page.records[0].account, page.records[0].started_at) == ("work", NOW - HOUR)
    # An import of years is no news.
    assert engine.phone.state.missed == 0


async def test_what_was_missed_while_nobody_was_here_counts_as_missed(engine: EngineDesk) -> None:
    await engine.parts.history.add_many([replace(record(1, 10 * HOUR), account="work")])
    known = (record(1, 10 * HOUR), record(2, 12 * HOUR), record(3, 2 * HOUR), record(4, HOUR, result=RecordResult.BUSY))
    await engine.add(prepare=knows(*known))
    await until(lambda: engine.phone.state.missed == 1)
    assert engine.events(MissedCounted)[-1] == MissedCounted(1)
    assert await total(engine) == 4


async def test_a_pushed_record_of_our_call_brings_its_recording_and_is_told(engine: EngineDesk) -> None:
    provider = await engine.add()
    provider.emit(CallStarted("c1", replace(BOB, text="0901234567"), CallDirection.INCOMING))
    provider.emit(CallEnded("c1", EndReason.MISSED))
    await until(lambda: engine.phone.state.missed == 1)
    (ours,) = (await ask(engine, asked.ReadHistory())).records
    pushed = replace(record(7, 0), started_at=ours.started_at + 3, recording_url="https://vendor.example/7")
    changes = len(engine.events(ListChanged))
    provider.emit(RecordLogged(pushed))
    await until(lambda: len(engine.events(ListChanged)) > changes)
    (found,) = (await ask(engine, asked.ReadHistory())).records
    assert (found.ref, found.recording_url) == ("c1", "https://vendor.example/7")


async def test_a_server_cannot_name_our_files_nor_times_that_are_none(engine: EngineDesk) -> None:
    sound = record(1, HOUR, recording="/etc/passwd", note="ours", lost_at_crash=True, answered_at=float("inf"))
    odd = [
        replace(record(2, 0), started_at=at, ended_at=at) for at in (float("nan"), -5.0, 0.0, 1e300, NOW + 30 * 86400)
    ]
    provider = await engine.add(prepare=knows(sound, *odd))
    await until(lambda: provider.asked("history"))
    await ask(engine, asked.FetchOlder())
    (found,) = (await ask(engine, asked.ReadHistory())).records
    assert (found.recording, found.note, found.lost_at_crash, found.answered_at) == (None, None, False, None)


async def test_a_server_that_repeats_itself_is_not_asked_for_ever(engine: EngineDesk) -> None:
    provider = await engine.add()

    async def always(**_: Any) -> tuple[CallRecord, ...]:
        provider.log.append(("history",))
        return tuple(record(number, HOUR) for number in range(PAGE))

    provider.history = always  # type: ignore[method-assign]
    for _ in range(5):
        found = await ask(engine, asked.FetchOlder())
    assert not found.has_older
    assert len(provider.asked("history")) < 6


async def test_a_server_that_does_not_answer_is_named_and_the_others_are_asked(engine: EngineDesk) -> None:
    good = await engine.add("good")
    bad = await engine.add("bad", prepare=lambda provider: provider.fails.update(history=ConnectionLost("Gone.")))
    plain = await engine.add("plain", Capability.RECEIVE)
    await until(lambda: good.asked("history") and bad.asked("history"))
    good.past = (record(1, HOUR),)
    engine.service._past._reaches.clear()  # type: ignore[attr-defined]
    found = await ask(engine, asked.FetchOlder())
    assert (found.added, found.problems) == (1, ("bad: Gone.",))
    assert plain.asked("history") == []
    assert (await ask(engine, asked.FetchOlder())).has_older, "who did not answer in time may know of older ones"


async def test_contacts_names_win(engine: EngineDesk) -> None:
    class Book:
        def name_of(self, address: Address, account: str | None = None) -> str | None:
            return "Robert" if address.text == BOB.text else None

        def is_favourite(self, address: Address, account: str | None = None) -> bool:
            return False

    engine.parts.directory = Book()
    await engine.parts.history.add_many([replace(record(1, HOUR), account="work")])
    assert (await ask(engine, asked.ReadHistory())).records[0].peer.name == "Robert"


async def test_a_note_and_a_deletion_of_what_is_gone_are_refused(engine: EngineDesk) -> None:
    await engine.parts.history.add_many([replace(record(1, HOUR), account="work")])
    (id,) = await engine.parts.history.ids()
    await ask(engine, asked.NoteRecord(id, "Ring back"))
    assert await total(engine, "noted ring") == 1
    await ask(engine, asked.RemoveRecord(id))
    with pytest.raises(NotPossible, match="not in the history any more"):
        await ask(engine, asked.NoteRecord(id, "x"))
    with pytest.raises(NotPossible, match="not in the history any more"):
        await ask(engine, asked.RemoveRecord(id))


async def test_what_a_filter_shows_is_exported_whole_with_formulas_disarmed(engine: EngineDesk, tmp_path: Path) -> None:
    evil = Address(AddressKind.USER, "=cmd()", '@SUM(1+1)*cmd|"/c calc"!A0')
    given = [record(number, number * HOUR) for number in range(1, 1201)] + [
        record(0, 0, peer=evil, detail="+1+1", answered_at=NOW + 5, result=RecordResult.ANSWERED)
    ]
    await engine.parts.history.add_many(replace(one, account="work") for one in given)
    target = tmp_path / "calls.csv"
    exported = await ask(engine, asked.ExportHistory(path=str(target)))
    assert (exported.calls, exported.done, exported.path) == (1201, True, str(target))
    with target.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 1201
    assert lines[0]["name"].startswith("'@SUM")
    assert (lines[0]["number"], lines[0]["detail"], lines[1]["number"]) == ("'=cmd()", "'+1+1", BOB.text)
    assert lines[0]["began"][10] == "T"
    assert lines[0]["began"][-6] in "+-"
    assert (lines[0]["talk_seconds"], lines[0]["direction"], lines[0]["video"]) == ("15.0", "in", "no")

    # A name that is taken is not touched unasked, and nothing is left lying about.
    again = await ask(engine, asked.ExportHistory(text="answered", path=str(target)))
    assert (again.done, len(target.read_text().splitlines())) == (False, 1202)
    assert (await ask(engine, asked.ExportHistory(text="answered", path=str(target), replace=True))).calls == 1
    assert len(target.read_text().splitlines()) == 2
    shown = tmp_path / "calls.JSON"
    await ask(engine, asked.ExportHistory(text="missed", path=str(shown)))
    assert json.loads(shown.read_text())[0]["began"] == lines[1]["began"]
    assert len(json.loads(shown.read_text())) == 1200
    assert not list(tmp_path.glob(".tuiphone-*"))


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "Where to"),
        ("calls.csv", "depends on where one stands"),
        ("/nowhere/at/all.csv", "There is no folder /nowhere/at"),
        ("/tmp", "is a folder"),
        ("/dev/null", "is no ordinary file"),
        ("/tmp/calls.txt", r"should end with \.csv or \.json"),
        ("/tmp/\0.csv", "Where to"),
    ],
)
async def test_a_path_that_is_none_is_refused_in_a_sentence(engine: EngineDesk, path: str, problem: str) -> None:
    with pytest.raises(NotPossible, match=problem):
        await ask(engine, asked.ExportHistory(path=path))

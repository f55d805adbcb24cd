"""The journal: what a call leaves in the history, and what a crash cannot take."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallRang,
    CallRecorded,
    CallStarted,
    PhoneEvent,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account, Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.reduce import reduce
from tuiphone.core.state import PhoneState, with_account
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal

ALICE = Address(AddressKind.USER, "alice", "Alice")
IN, OUT = CallDirection.INCOMING, CallDirection.OUTGOING


class Line:
    """Takes events to the journal as the phone would."""

    def __init__(self, history: History, journal: Journal) -> None:
        self.history = history
        self.journal = journal
        self.state = with_account(PhoneState(), Account("work", "acme", Capability(0)))
        self.now = 1000.0

    async def happen(self, *events: PhoneEvent) -> None:
        for event in events:
            before, self.now = self.state, self.now + 1
            self.state = reduce(before, "work", event, self.now)
            await self.journal(Change("work", event, before, self.state, self.now))

    async def records(self) -> tuple[CallRecord, ...]:
        return (await self.history.page()).records


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "h.sqlite")
    yield database
    await database.close()


@pytest.fixture
def counts() -> list[int]:
    return []


@pytest.fixture
async def line(database: Database, counts: list[int]) -> AsyncIterator[Line]:
    history = History(database, counts.append)
    journal = Journal(history)
    yield Line(history, journal)
    await journal.close()


def rows(file: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT ref, result, seen, ended_at FROM calls").fetchall()


async def test_an_incoming_call_is_on_the_disk_as_missed_before_it_may_ring(line: Line, database: Database) -> None:
    await line.happen(CallStarted("1", ALICE, IN))
    assert rows(database.file) == [("1", "missed", 0, None)]


@pytest.mark.parametrize(
    ("then", "result"),
    [
        ((CallAnswered("1"), CallEnded("1", EndReason.HUNG_UP)), "answered"),
        ((CallEnded("1", EndReason.NO_ANSWER),), "not answered"),
    ],
)
async def test_a_call_picked_up_for_somebody_is_one_that_its_caller_made(
    line: Line, then: tuple[PhoneEvent, ...], result: str
) -> None:
    await line.happen(CallStarted("1", ALICE, OUT, picked_up_for=Address(AddressKind.USER, "101")), *then)
    (record,) = await line.records()
    assert (record.peer, record.incoming, record.result.value, record.seen) == (ALICE, True, result, True)


async def test_dialing_does_not_wait_for_the_disk(line: Line, database: Database) -> None:
    loop = asyncio.get_running_loop()
    blocked = loop.create_future()
    database.later(lambda _: asyncio.run_coroutine_threadsafe(asyncio.wait_for(blocked, 10), loop).result())
    await asyncio.wait_for(line.happen(CallStarted("1", ALICE, OUT)), 5)
    assert rows(database.file) == []
    blocked.set_result(None)
    await database.flush()
    assert rows(database.file) == [("1", "not answered", 1, None)]


async def test_a_ringing_call_is_no_history_and_not_missed_yet(line: Line) -> None:
    await line.happen(CallStarted("1", ALICE, IN))
    assert await line.records() == ()
    assert await line.history.count_missed() == 0
    assert (await line.history.earlier(ALICE)).calls == 0


async def test_an_answered_call_keeps_its_times_and_its_recording(line: Line, counts: list[int]) -> None:
    await line.happen(
        CallStarted("1", ALICE, IN, video=True),
        CallAnswered("1"),
        CallRecorded("1", "/tmp/a.ogg"),
        CallRecorded("1", None),
        CallEnded("1", EndReason.REMOTE_HUNG_UP),
    )
    (record,) = await line.records()
    assert (record.started_at, record.answered_at, record.ended_at, record.talk_s) == (1001.0, 1002.0, 1005.0, 3.0)
    assert record.result is RecordResult.ANSWERED
    assert record.detail == "the other side hung up"
    assert record.recording == "/tmp/a.ogg"
    assert record.video
    assert record.seen
    assert counts == [0]


async def test_a_missed_call_is_counted_until_it_is_seen(line: Line, database: Database, counts: list[int]) -> None:
    for ref in ("1", "2"):
        await line.happen(CallStarted(ref, ALICE, IN), CallEnded(ref, EndReason.REMOTE_HUNG_UP))
    await database.flush()
    assert [record.seen for record in await line.records()] == [False, False]
    await line.happen(CallStarted("3", ALICE, IN))
    await line.history.mark_seen()
    assert counts == [0, 1, 2, 0]
    assert rows(database.file)[-1] == ("3", "missed", 0, None), "a call that rings cannot have been seen as missed"
    await line.happen(CallEnded("3", EndReason.CANCELLED))
    assert await line.history.count_missed() == 1


@pytest.mark.parametrize(
    ("direction", "reason", "result", "seen"),
    [
        (IN, EndReason.REMOTE_HUNG_UP, RecordResult.MISSED, False),
        (IN, EndReason.NO_ANSWER, RecordResult.MISSED, False),
        (IN, EndReason.LOST, RecordResult.MISSED, False),
        (IN, EndReason.ELSEWHERE, RecordResult.ELSEWHERE, True),
        (IN, EndReason.REJECTED, RecordResult.REJECTED, True),
        (IN, EndReason.HUNG_UP, RecordResult.REJECTED, True),
        (IN, EndReason.FAILED, RecordResult.FAILED, True),
        (OUT, EndReason.BUSY, RecordResult.BUSY, True),
        (OUT, EndReason.REJECTED, RecordResult.REJECTED, True),
        (OUT, EndReason.NO_ANSWER, RecordResult.NOT_ANSWERED, True),
        (OUT, EndReason.CANCELLED, RecordResult.NOT_ANSWERED, True),
        (OUT, EndReason.HUNG_UP, RecordResult.NOT_ANSWERED, True),
        (OUT, EndReason.BAD_NUMBER, RecordResult.FAILED, True),
        (OUT, EndReason.UNREACHABLE, RecordResult.FAILED, True),
        (OUT, EndReason.LOST, RecordResult.FAILED, True),
    ],
)
async def test_an_unanswered_call_is_listed_by_how_it_ended(
    line: Line, direction: CallDirection, reason: EndReason, result: RecordResult, seen: bool
) -> None:
    await line.happen(CallStarted("1", ALICE, direction), CallEnded("1", reason))
    (record,) = await line.records()
    assert (record.result, record.seen) == (result, seen)
    expected = EndReason.MISSED if (result, reason) == (RecordResult.MISSED, EndReason.REMOTE_HUNG_UP) else reason
    if reason is EndReason.NO_ANSWER and direction is IN:
        expected = EndReason.MISSED
    assert record.detail == expected.value


async def test_the_vendors_reason_is_kept_in_words(line: Line) -> None:
    await line.happen(CallStarted("1", ALICE, OUT), CallEnded("1", EndReason.FAILED, "The trunk is down."))
    assert (await line.records())[0].detail == "The trunk is down."


async def test_a_call_answered_and_then_lost_was_answered(line: Line) -> None:
    await line.happen(CallStarted("1", ALICE, OUT), CallRang("1"), CallAnswered("1"), CallEnded("1", EndReason.LOST))
    (record,) = await line.records()
    assert (record.result, record.detail) == (RecordResult.ANSWERED, "connection lost")


async def test_a_name_learned_during_the_call_is_kept(line: Line) -> None:
    await line.happen(
        CallStarted("1", Address(AddressKind.PHONE, "+84901"), IN),
        CallDescribed("1", peer=Address(AddressKind.PHONE, "+84901", "Nguyễn An")),
        CallEnded("1", EndReason.REMOTE_HUNG_UP),
    )
    assert (await line.history.page(text="nguyen")).records[0].peer.name == "Nguyễn An"


async def test_a_ref_used_again_is_another_call(line: Line) -> None:
    for _ in range(2):
        await line.happen(CallStarted("1", ALICE, IN), CallEnded("1", EndReason.CANCELLED))
        line.state = with_account(PhoneState(), Account("work", "acme", Capability(0)))
    assert len(await line.records()) == 2


@pytest.mark.parametrize("name", ["\ud800 broken", "a\0b", "[red]\x1b[2J", "x" * 1_000_000, "'); DROP TABLE calls; --"])
async def test_a_hostile_caller_name_is_journaled_all_the_same(line: Line, name: str) -> None:
    await line.happen(
        CallStarted("1", Address(AddressKind.USER, name, name), IN), CallEnded("1", EndReason.CANCELLED, name)
    )
    (record,) = await line.records()
    assert record.peer.name
    assert len(record.peer.name) <= 1000


async def test_live_calls_have_a_heartbeat_and_an_idle_phone_has_none(database: Database) -> None:
    history = History(database)
    beaten = asyncio.Event()

    def clock() -> float:
        beaten.set()
        return 5000.0

    journal = Journal(history, clock=clock, heartbeat_s=0.01)
    line = Line(history, journal)
    await line.happen(CallStarted("1", ALICE, OUT))
    tasks = len(asyncio.all_tasks())
    await line.happen(CallAnswered("1"))
    assert len(asyncio.all_tasks()) == tasks + 1
    await asyncio.wait_for(beaten.wait(), 10)
    await database.flush()
    assert await database.read(lambda it: it.execute("SELECT alive_at FROM calls").fetchone()) == (5000.0,)
    await line.happen(CallEnded("1", EndReason.HUNG_UP))
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == tasks
    await journal.close()


async def test_repair_finishes_what_a_dead_engine_left_open(line: Line, database: Database, counts: list[int]) -> None:
    await line.happen(
        CallStarted("rang", ALICE, IN),
        CallStarted("dialed", ALICE, OUT),
        CallStarted("talked", ALICE, IN),
        CallAnswered("talked"),
        CallStarted("over", ALICE, OUT),
        CallEnded("over", EndReason.BUSY),
    )
    line.history.beat_later(2000.0)
    assert await line.history.repair() == 3
    found = {record.ref: record for record in await line.records()}
    assert {ref: (record.result, record.seen, record.lost_at_crash) for ref, record in found.items()} == {
        "rang": (RecordResult.MISSED, False, True),
        "dialed": (RecordResult.NOT_ANSWERED, True, True),
        "talked": (RecordResult.ANSWERED, True, True),
        "over": (RecordResult.BUSY, True, False),
    }
    assert found["talked"].talk_s == 2000.0 - 1004.0
    assert counts[-1] == 1
    assert await line.history.repair() == 0


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_journal import ALICE, IN, Line
from tuiphone.core.events import CallStarted
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal

async def main():
    history = History(await Database.open(Path(sys.argv[1])))
    await Line(history, Journal(history)).happen(CallStarted("lost", ALICE, IN))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_an_engine_killed_the_moment_it_may_ring_has_not_lost_the_missed_call(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(file), str(Path(__file__).parent), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == -9, errors.decode()
    database = await Database.open(file)
    try:
        history = History(database)
        assert await history.repair() == 1
        (record,) = (await history.page(missed=True)).records
        assert (record.ref, record.peer, record.seen, record.lost_at_crash) == ("lost", ALICE, False, True)
        assert await history.count_missed() == 1
    finally:
        await database.close()

"""Filters on the database: the same calls as a slow reading finds, whatever was written meanwhile."""

import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bench.history import fill_database
from tests.filtering import filtered
from tuiphone.core.call import CallId
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.store.columns import COMMON
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.migrations import MIGRATIONS

NOW = 1_795_269_720.0
NAMES = (None, "Nguyễn Văn An", "Trần Thị Lan", "Ольга Петрова", "佐藤 愛子", 'O\'Neil "Bob"', "100% _x_", "Đào")
NUMBERS = ("+84901234567", "0901 234 568", "100", "bob_1", "佐藤", "(024) 7300-0999", "+12015550123")
LINES = (
    "", "nguyen", "an", "n", "佐", "愛子", "o'neil", '"van an"', "bob", "100%", "_x_", "0901234567", "090 123", "4567",
    "+84 24 7300 0999", "missed", "answered in", "out -missed", "video", "recorded", "-recorded noted", "noted",
    "account:work", "-account:work", "account:nobody lan", "from:today", "to:yesterday", "from:-3d to:-1d", "min:60s",
    "max:30s", "min:30 max:90 in", "-nguyen", "-an missed", "printer", "call back", "nguyen missed account:home", "zzz",
    "from:nonsense lan", "*", '"', "%",
)  # fmt: skip


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "h.sqlite")
    yield database
    await database.close()


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


def made_up(chance: random.Random, number: int) -> CallRecord:
    at = NOW - chance.randrange(6 * 86400)
    result = chance.choice(tuple(RecordResult))
    answered = at + 4.0 if result is RecordResult.ANSWERED else None
    peer = Address(chance.choice(tuple(AddressKind)), chance.choice(NUMBERS), chance.choice(NAMES))
    return CallRecord(
        0,
        chance.choice(("home", "work", "pbx")),
        f"r{number}",
        peer,
        chance.random() < 0.5,
        chance.random() < 0.2,
        at,
        answered,
        at + chance.choice((5.0, 20.0, 34.0, 64.0, 300.0)),
        result,
        recording_url="https://vendor.example/r" if chance.random() < 0.2 else None,
        note=chance.choice((None, None, "Call back about the Printer")),
    )


async def compare(history: History) -> None:
    everything = await history.records(await history.ids())
    assert [record.started_at for record in everything] == sorted(
        (record.started_at for record in everything), reverse=True
    )
    for line in LINES:
        wanted, problems = filtered(everything, line, NOW)
        page = await history.page(line, limit=1000, now=NOW)
        assert [record.id for record in page.records] == [record.id for record in wanted], line
        assert (page.total, page.problems) == (len(wanted), problems), line


async def test_a_filter_finds_what_a_slow_reading_finds_whatever_changes_meanwhile(
    history: History, database: Database
) -> None:
    chance = random.Random(5)
    await history.add_many(made_up(chance, number) for number in range(300))
    await compare(history)
    ids = list(await history.ids())
    # What is filtered is in memory by now, and has to follow whatever is written.
    await history.add_many(made_up(chance, number) for number in range(300, 340))
    await history.set_note(ids[0], "printer")
    await history.set_note(ids[1], None)
    for id in ids[5:25]:
        assert await history.remove(id)
    await database.write(lambda it: it.execute("UPDATE calls SET recording = '/r.ogg' WHERE id % 3 = 0").rowcount)
    await compare(history)


async def test_a_word_that_was_looked_for_before_is_found_in_what_is_new(history: History) -> None:
    known = Address(AddressKind.USER, "x", "Somebody")
    given = CallRecord(0, "a", "1", known, True, False, NOW, None, NOW, RecordResult.MISSED)
    await history.add_many([given])
    assert (await history.page("zorro")).total == 0
    await history.add_many([replace(given, ref="2", peer=replace(known, name="Zorro"), started_at=NOW - 500)])
    assert (await history.page("zorro")).total == 1
    assert (await history.page("somebody")).total == 1


async def test_calls_are_found_by_what_the_contacts_call_people_now(history: History) -> None:
    def met(ref: str, number: str, name: str | None = None) -> CallRecord:
        peer = Address(AddressKind.PHONE, number, name)
        return CallRecord(0, "a", ref, peer, True, False, NOW - len(ref), None, NOW, RecordResult.MISSED)

    book: list[tuple[str, str]] = []

    async def contacts() -> list[tuple[str, str]]:
        return list(book)

    history.contacts = contacts
    await history.add_many([met("1", "+84901234567"), met("22", "0901234567", "NGUYEN A"), met("333", "+84901234568")])
    assert (await history.page("mum")).total == 0
    book += [("+84901234567", "Mụm at home"), ("@a/bob", "Bobby")]
    history.contacts_changed()
    assert (await history.page("mum home")).total == 2
    await history.add_many([met("4444", "0084 901 234 567"), met("55555", "bob"), met("666666", "+1901234567")])
    assert (await history.page("mum")).total == 3
    assert (await history.page("bobby")).total == 1
    assert (await history.page("-mum")).total == 3
    book.clear()
    history.contacts_changed()
    assert (await history.page("mum")).total == 0


async def test_a_write_that_fails_is_forgotten(history: History, database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM calls")
        connection.execute("INSERT INTO nowhere VALUES (1)")

    await history.add_many(made_up(random.Random(1), number) for number in range(20))
    before = await history.ids()
    with pytest.raises(Exception, match="nowhere"):
        await database.write(half)
    assert await history.ids() == before
    await history.remove(before[0])
    assert (await history.page("zzz")).total == 0
    assert await history.ids() == before[1:]


async def test_any_page_of_many_is_at_hand_and_the_one_with_a_record_too(history: History, database: Database) -> None:
    await database.write(lambda it: fill_database(it, 20_000, 3_000, now=NOW))
    page = await history.page(start=19_990, limit=100)
    assert (len(page.records), page.total, page.start) == (10, 20_000, 19_990)
    ids = await history.ids("answered")
    wanted = ids[1234]
    page = await history.page("answered", around=wanted, limit=100)
    assert page.start == 1200
    assert page.records[34].id == wanted
    assert (await history.page("answered", start=10**9)).records == ()
    # The same people in another order of looking: by the full-text index, and one by one.
    many, few = await history.page("nguyen"), await history.page("o'neil")
    everything = await history.records(ids)
    assert many.total > COMMON > few.total > 0
    assert (await history.page("nguyen answered")).total == len(filtered(everything, "nguyen", NOW)[0])


async def test_an_older_database_of_many_calls_is_brought_up_to_date_and_searched(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        for number in (0, 1):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.executemany(
            "INSERT INTO calls (account, ref, kind, peer, name, folded, incoming, video, started_at, ended_at, result, "
            "seen) VALUES ('a', ?, 'phone', ?, 'Đỗ An', ?, 1, 0, ?, ?, 'missed', 1)",
            ((f"r{n}", f"+8490{n:07}", f"do an\n+8490{n:07}", NOW - n, NOW - n + 5) for n in range(5000)),
        )
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    database = await Database.open(file)
    try:
        history = History(database)
        assert (await history.page("do an")).total == 5000
        (found,) = (await history.page("0900004321")).records
        assert found.peer.text == "+84900004321"
    finally:
        await database.close()


async def test_a_stranger_is_not_found_by_the_name_of_a_contact_whose_calls_were_deleted(history: History) -> None:
    async def contacts() -> list[tuple[str, str]]:
        return [("+84901111111", "Olga")]

    def of(number: str, at: float) -> CallRecord:
        peer = Address(AddressKind.PHONE, number)
        return CallRecord(0, "a", f"r{at}", peer, True, False, at, None, at + 5, RecordResult.MISSED)

    history.contacts = contacts
    await history.add_many([of("+84901111111", NOW - 90)])
    (known,) = await history.ids("olga")
    await history.remove(known)
    await history.add_many([of("+84902222222", NOW - 60)])
    assert await history.ids("olga") == []


async def test_deleting_a_call_takes_what_a_search_would_find_of_it(history: History, database: Database) -> None:
    secret = CallRecord(
        0, "a", "r", Address(AddressKind.USER, "x", "Zorro"), True, False, NOW, None, NOW, RecordResult.MISSED
    )
    await history.add_many([secret, CallRecord(0, "a", "s", secret.peer, True, False, 5.0, None, 6.0, secret.result)])
    first, second = await history.ids("zorro")
    await history.set_note(first, "the fox")
    assert (await history.page("fox")).total == 1
    await history.remove(first)
    assert await history.ids("zorro") == [second]
    await history.remove(second)

    def left(connection: sqlite3.Connection) -> tuple[int, int]:
        found = connection.execute("SELECT count(*) FROM words_index WHERE words_index MATCH '\"zorro\"'").fetchone()[0]
        return connection.execute("SELECT count(*) FROM words").fetchone()[0], found

    assert await database.read(left) == (0, 0)
    assert not await history.remove(second)


async def test_a_change_of_a_finished_call_is_told_and_nothing_else(history: History, database: Database) -> None:
    told: list[str] = []
    history.changed = lambda: told.append("changed")
    chance = random.Random(3)
    await history.add_many([made_up(chance, 1)])
    assert told == ["changed"]
    (id,) = await history.ids()
    await history.mark_seen()
    await history.set_note(id + 1, "nobody's")
    assert told == ["changed"]
    await history.note_call(CallId((await history.records([id]))[0].account, "r1"), "Ring back")
    assert told == ["changed"] * 2
    assert (await history.page("ring noted")).total == 1

"""The database: migrations, a newer or spoiled file, two processes, work in order and off the loop."""

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tuiphone.core.errors import StoreError
from tuiphone.store import db
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.memory import AccountMemory, forget
from tuiphone.store.migrations import MIGRATIONS


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "h.sqlite")
    yield database
    await database.close()


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


async def test_a_new_database_is_private_and_in_wal_mode(database: Database) -> None:
    mode = await database.read(lambda it: it.execute("PRAGMA journal_mode").fetchone()[0])
    assert mode == "wal"
    assert database.notice is None
    assert version(database.file) == len(MIGRATIONS)
    await database.write(lambda it: it.execute("INSERT INTO memory VALUES ('a', 'k', 'v')").rowcount)
    for file in database.file.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_an_older_database_is_brought_up_to_date_with_its_records(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO calls (account, ref, kind, peer, folded, incoming, video, started_at, ended_at, result, seen) "
            "VALUES ('a', 'r', 'phone', '+84', '+84', 1, 0, 5.0, 6.0, 'missed', 0)"
        )
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    database = await Database.open(file)
    try:
        page = await History(database).page()
        assert [record.peer.text for record in page.records] == ["+84"]
        assert (await AccountMemory.load(database, "a")).get("k") is None
    finally:
        await database.close()
    assert version(file) == len(MIGRATIONS)


async def test_a_failing_migration_leaves_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "h.sqlite"
    await (await Database.open(file)).close()
    broken = (*MIGRATIONS, ("CREATE TABLE extra (x)", "CREATE NONSENSE"))
    monkeypatch.setattr("tuiphone.store.db.MIGRATIONS", broken)
    with pytest.raises(StoreError, match="NONSENSE"):
        await Database.open(file)
    assert version(file) == len(MIGRATIONS)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE future (x)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"newer tuiphone.*99.*update tuiphone"):
        await Database.open(file)
    assert file.read_bytes() == before
    assert os.listdir(tmp_path) == ["h.sqlite"]


@pytest.mark.parametrize("kind", ["garbage", "damaged"])
async def test_a_spoiled_database_is_kept_aside_and_a_new_one_begun(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "h.sqlite"
    if kind == "garbage":
        file.write_bytes(b"this is no database at all " * 400)
    else:
        database = await Database.open(file)
        await database.write(
            lambda it: it.executemany(
                "INSERT INTO memory VALUES ('a', ?, ?)", [(str(n), "x" * 500) for n in range(500)]
            )
        )
        await database.close()
        with file.open("r+b") as stream:
            stream.seek(4096 * 5)
            stream.write(b"\xa5" * 4096 * 20)
    spoiled = file.read_bytes()
    database = await Database.open(file)
    try:
        assert database.notice is not None
        kept = [name for name in os.listdir(tmp_path) if ".broken-" in name]
        assert len(kept) == 1
        assert kept[0] in database.notice
        assert (tmp_path / kept[0]).read_bytes() == spoiled
        assert (await History(database).page()).total == 0
    finally:
        await database.close()


async def test_a_directory_in_place_of_the_database_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        await Database.open(tmp_path)


async def test_a_failed_write_is_rolled_back_and_the_database_goes_on(database: Database) -> None:
    def half(it: sqlite3.Connection) -> None:
        it.execute("INSERT INTO memory VALUES ('a', 'k', 'v')")
        it.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="nowhere"):
        await database.write(half)
    assert await database.read(lambda it: it.execute("SELECT count(*) FROM memory").fetchone()) == (0,)


async def test_a_disk_that_gets_full_is_told_once_until_there_is_room_again(database: Database) -> None:
    told: list[str] = []
    database.tell(told.append)

    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO memory VALUES ('a', hex(randomblob(8)), hex(randomblob(4000)))")

    def limit(pages: int) -> None:
        database.later(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").close())

    limit(1)
    with pytest.raises(StoreError, match="disk is full"):
        await database.write(fill)
    database.later(fill)
    await database.flush()
    assert len(told) == 1
    assert "the disk is full; make room" in told[0]
    limit(1_000_000)
    await database.write(fill)
    limit(1)
    database.later(fill)
    await database.flush()
    assert len(told) == 2


async def test_work_runs_in_order_in_one_thread_beside_the_loop(database: Database) -> None:
    seen: list[tuple[int, int]] = []
    told: list[int] = []
    for number in range(50):
        database.later(lambda _, number=number: seen.append((number, threading.get_ident())) or number, told.append)
    await database.flush()
    assert [number for number, _ in seen] == list(range(50))
    assert told == list(range(50))
    threads = {thread for _, thread in seen}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_a_slow_disk_does_not_stop_the_loop(database: Database) -> None:
    release = threading.Event()
    writing = asyncio.ensure_future(database.write(lambda _: release.wait(10)))
    turns = 0
    while turns < 5:
        await asyncio.sleep(0)
        turns += 1
    assert not writing.done()
    release.set()
    assert await writing


async def test_closing_writes_what_waits_and_then_refuses(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    database = await Database.open(file)
    memory = await AccountMemory.load(database, "work")
    memory.set("device", "42")
    await database.close()
    await database.close()
    with pytest.raises(StoreError, match="is closed"):
        await database.read(lambda _: None)
    again = await Database.open(file)
    assert (await AccountMemory.load(again, "work")).get("device") == "42"
    await again.close()


async def test_memory_belongs_to_one_account_and_can_be_forgotten(database: Database) -> None:
    work, home = await AccountMemory.load(database, "work"), await AccountMemory.load(database, "home")
    work.set("device", "1")
    work.set("device", "2")
    home.set("device", "\ud800")
    assert work.get("device") == "2"
    assert (await AccountMemory.load(database, "work")).get("device") == "2"
    await forget(database, "work")
    assert (await AccountMemory.load(database, "work")).get("device") is None
    assert (await AccountMemory.load(database, "home")).get("device") == "?"


async def test_memory_drops_absurd_amounts(database: Database) -> None:
    memory = await AccountMemory.load(database, "work")
    memory.set("big", "x" * 1_000_000)
    for number in range(300):
        memory.set(f"key{number}", "v")
    assert memory.get("big") is None
    assert memory.get("key199") == "v"
    assert memory.get("key200") is None


WRITER = """
import asyncio, sys
from pathlib import Path
from tuiphone.store import db
from tuiphone.store.db import Database

async def main(file, name):
    database = await Database.open(Path(file))
    for number in range(50):
        await database.write(lambda it, number=number: it.execute(
            "INSERT INTO memory VALUES (?, ?, 'v')", (name, str(number))).rowcount)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_may_open_and_write_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(file), name, stderr=asyncio.subprocess.PIPE
        )
        for name in ("one", "two")
    ]
    for process in processes:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    database = await Database.open(file)
    try:
        assert await database.read(lambda it: it.execute("SELECT count(*) FROM memory").fetchone()) == (100,)
    finally:
        await database.close()


@pytest.mark.parametrize(("size", "was_killed"), [("small", False), ("large", True)])
async def test_damage_is_found_in_a_small_database_and_in_a_large_one_that_was_not_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str, was_killed: bool
) -> None:
    file = tmp_path / "history.sqlite"
    database = await Database.open(file)
    await database.write(lambda c: c.execute("INSERT INTO memory VALUES ('a', 'k', ?)", ("x" * 60_000,)))
    await database.close()
    content = bytearray(file.read_bytes())
    content[-8192:] = b"\xff" * 8192
    file.write_bytes(content)
    if size == "large":
        monkeypatch.setattr(db, "ALWAYS_CHECKED", 0)
        again = await Database.open(file)
        assert again.notice is None
        await again.close()
    if was_killed:
        file.with_name("history.sqlite-wal").touch()
    again = await Database.open(file)
    assert again.notice is not None
    await again.close()


async def test_who_gives_more_than_the_disk_takes_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "MAX_LATER", 5)
    goes_on = threading.Event()
    database.later(lambda _: goes_on.wait(60))
    for number in range(1, 5):
        await database.room()
        database.later(
            lambda it, number=number: it.execute("INSERT INTO memory VALUES ('a', ?, '')", (number,)).close()
        )
    waiting = asyncio.ensure_future(database.room())
    await asyncio.sleep(0.05)
    was_through = waiting.done()
    goes_on.set()
    async with asyncio.timeout(30):
        await waiting
    await database.flush()
    kept = await database.read(lambda it: it.execute("SELECT count(*) FROM memory").fetchone()[0])
    assert (was_through, kept) == (False, 4)

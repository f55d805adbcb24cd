"""One SQLite connection in a thread of its own, so that the phone's loop never waits for a disk."""

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

from tuiphone.core.errors import StoreError
from tuiphone.store.migrations import MIGRATIONS

BUSY_SECONDS = 5.0
"""How long to wait for another process that writes."""

ALWAYS_CHECKED = 64 * 1024 * 1024
"""Bytes of a database that is looked through at every start, in under half a second. A larger one only after an engine
that did not close it: a million calls take ten."""

MAX_LATER = 500
"""Writes that wait for the disk before who gives more of them waits as well."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Database:
    """The history's database; work is done in the order it was given."""

    def __init__(self, file: Path, executor: ThreadPoolExecutor, connection: Connection, notice: str | None) -> None:
        self.file = file
        self.notice = notice
        """A sentence for the person, when an unreadable database was put aside."""
        self._executor = executor
        self._connection = connection
        self._waiting: set[asyncio.Future[Any]] = set()
        self._tell: Callable[[str], None] | None = None
        self._is_failing = False

    @classmethod
    async def open(cls, file: Path) -> "Database":
        """Open the database, bring it up to date, and begin a new one when it is missing or spoiled.

        Raises: StoreError when it is newer than this program, or cannot be opened at all.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        try:
            connection, notice = await asyncio.get_running_loop().run_in_executor(executor, _open, file)
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(file, executor, connection, notice)

    def tell(self, failed: Callable[[str], None]) -> None:
        """Whom to tell, in a sentence, that writing begins to fail: a full disk is no secret of the log."""
        self._tell = failed

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds; it runs in the database's thread.

        Raises: StoreError.
        """
        return await self._submit(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that is on the disk when this returns.

        Raises: StoreError; nothing of it is kept then.
        """
        try:
            result = await self._submit(lambda connection: _transaction(connection, work))
        except StoreError as error:
            self._failed(error)
            raise
        self._is_failing = False
        return result

    def later(self, work: Callable[[Connection], T], then: Callable[[T], None] | None = None) -> None:
        """Write soon, after what was given before; a failure is logged, a success told to `then` on the loop."""
        future = self._submit(lambda connection: _transaction(connection, work))
        self._waiting.add(future)

        def done(finished: asyncio.Future[T]) -> None:
            self._waiting.discard(finished)
            if finished.cancelled():
                return
            if error := finished.exception():
                _log.error("%s", error)
                self._failed(error)
                return
            self._is_failing = False
            if then is not None:
                then(finished.result())

        future.add_done_callback(done)

    async def room(self) -> None:
        """Wait while too much that was given to `later` is not through."""
        while len(self._waiting) >= MAX_LATER:
            await asyncio.wait(tuple(self._waiting), return_when=asyncio.FIRST_COMPLETED)

    def _failed(self, error: BaseException) -> None:
        # Once, not for every write until there is room again.
        if self._tell is not None and not self._is_failing:
            self._tell(str(error))
        self._is_failing = True

    async def flush(self) -> None:
        """Wait until everything given to `later` is through."""
        while self._waiting:
            await asyncio.wait(tuple(self._waiting))

    async def close(self) -> None:
        """Finish what is waiting and close; closing twice is harmless."""
        await self.flush()
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, self._connection.close)
        except RuntimeError:  # closed before
            return
        self._executor.shutdown(wait=False)

    def _submit(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        try:
            return asyncio.get_running_loop().run_in_executor(
                self._executor, _mapped, work, self._connection, self.file
            )
        except RuntimeError as error:
            raise StoreError(f"The history {self.file} is closed; start tuiphone again.") from error


def _mapped(work: Callable[[Connection], T], connection: Connection, file: Path) -> T:
    try:
        return work(connection)
    except sqlite3.Error as error:
        raise StoreError(_sentence(error, file)) from error


def _transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    # IMMEDIATE: a transaction that reads first and writes then cannot wait for another writer, it just fails.
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _sentence(error: sqlite3.Error, file: Path) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return f"The history {file} cannot be written, the disk is full; make room."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"The history {file} is held by another program; end that one."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"The history {file} cannot be opened or written; correct its permissions or its path."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"The history {file} is damaged ({error}); start tuiphone again, which puts it aside."
        case _:
            return f"The history {file} failed ({error}); look at the disk it is on."


def _open(file: Path) -> tuple[Connection, str | None]:
    try:
        return _connect(file), None
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreError(_sentence(error, file)) from error
        kept = _put_aside(file)
        notice = f"The history could not be read ({error}); it was kept as {kept} and a new one begun."
        _log.error("%s", notice)
    try:
        return _connect(file), notice
    except sqlite3.Error as error:
        raise StoreError(_sentence(error, file)) from error


def _connect(file: Path) -> Connection:
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite's own files take over this mode
    except OSError as error:
        what = error.strerror or error
        raise StoreError(f"The history {file} cannot be opened ({what}); correct its permissions or path.") from error
    # SQLite takes its log away when the last one closes; where it lies there, somebody died.
    was_left_open = file.with_name(f"{file.name}-wal").exists()
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _refuse_newer(connection, file)
        _use_wal(connection)
        # FULL, not NORMAL: a missed call must survive a power cut too, and a call costs only a handful of commits.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        found = ("ok",)
        if was_left_open or file.stat().st_size <= ALWAYS_CHECKED:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found[0] != "ok":
            damaged = sqlite3.DatabaseError(str(found[0]).split("\n")[-1])
            damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damaged
        for number, statements in enumerate(MIGRATIONS, start=1):
            _transaction(connection, lambda it, number=number, statements=statements: _migrate(it, number, statements))
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_newer(connection: Connection, file: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(
            f"The history {file} was written by a newer tuiphone (its form is {version}, this one knows "
            f"{len(MIGRATIONS)}); update tuiphone, or use another profile."
        )


def _use_wal(connection: Connection) -> None:
    # Changing the mode does not wait for others as everything else does: two processes that start at once need this.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(connection: Connection, number: int, statements: tuple[str, ...]) -> None:
    # Asked again inside the transaction: another process may have taken the step meanwhile.
    if connection.execute("PRAGMA user_version").fetchone()[0] >= number:
        return
    for statement in statements:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {number}")


def _put_aside(file: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept, attempt = file.with_name(f"{file.name}.broken-{stamp}"), 1
    while kept.exists():
        kept, attempt = file.with_name(f"{file.name}.broken-{stamp}-{attempt}"), attempt + 1
    try:
        for suffix in ("-wal", "-shm", ""):
            part = file.with_name(file.name + suffix)
            if part.exists():
                part.rename(kept.with_name(kept.name + suffix))
    except OSError as error:
        what = error.strerror or error
        raise StoreError(f"The history {file} is damaged and cannot be put aside ({what}); move it by hand.") from error
    return kept

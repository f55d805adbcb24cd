"""CallRecords in the database: written while a call lives, searched and paged afterwards. journal.py drives it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from tuiphone.core.call import Call
from tuiphone.core.model import Address, AddressKind, CallRecord
from tuiphone.store import rows
from tuiphone.store.db import Database

MAX_PAGE = 1000
CRASHED = "tuiphone stopped during this call"
RECENT_CALLS = 2000
"""How far back suggestions look."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the history, newest first."""

    records: tuple[CallRecord, ...]
    total: int
    """How many match in all."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody there were calls with."""

    address: Address
    account: str
    """Of the last call."""
    calls: int
    last_at: float


class History:
    """Every call of this profile. All methods may raise StoreError."""

    def __init__(self, database: Database, missed_changed: Callable[[int], None] | None = None) -> None:
        self._database = database
        self._missed_changed = missed_changed
        self._missed: int | None = None

    # -- written while a call lives

    async def save(self, call: Call) -> None:
        """Write the call as it stands; it is on the disk when this returns."""
        self._count_told(await self._database.write(lambda connection: _save(connection, call)))

    def save_later(self, call: Call) -> None:
        """Write the call as it stands soon, in order."""
        self._database.later(lambda connection: _save(connection, call), self._count_told)

    def beat_later(self, at: float) -> None:
        """Note that the engine is alive in the calls that are not over."""
        self._database.later(lambda connection: _beat(connection, at))

    async def repair(self) -> int:
        """Finish records a dead engine left open; returns how many. Only for the engine that owns the profile."""
        repaired, missed = await self._database.write(lambda connection: (_repair(connection), _count(connection)))
        self._count_told(missed)
        return repaired

    async def add_many(self, records: Iterable[CallRecord]) -> int:
        """Add finished records, whatever their `id`; those known already are left out. Returns how many are new."""
        known = tuple(records)
        added, missed = await self._database.write(lambda connection: _add(connection, known))
        self._count_told(missed)
        return added

    # -- asked afterwards; a call that is not over is no history yet

    async def page(
        self,
        *,
        text: str = "",
        account: str | None = None,
        missed: bool = False,
        before: int | None = None,
        limit: int = 100,
    ) -> Page:
        """Records, newest first; `text` is looked for in names and numbers, `before` is the id of a record."""
        conditions = ["ended_at IS NOT NULL"]
        values: list[object] = []
        for word in rows.words(text):
            conditions.append("instr(folded, ?) > 0")
            values.append(word)
        if account is not None:
            conditions.append("account = ?")
            values.append(rows.clean(account))
        if missed:
            conditions.append("result = 'missed'")
        limit = max(1, min(limit, MAX_PAGE))

        def work(connection: Connection) -> Page:
            where = " AND ".join(conditions)
            total = connection.execute(f"SELECT count(*) FROM calls WHERE {where}", values).fetchone()[0]
            if before is not None:
                where += " AND (started_at, id) < (SELECT started_at, id FROM calls WHERE id = ?)"
            found = connection.execute(
                f"SELECT {rows.COLUMNS} FROM calls WHERE {where} ORDER BY started_at DESC, id DESC LIMIT ?",
                [*values, *([] if before is None else [before]), limit],
            )
            return Page(tuple(map(rows.record_of, found)), total)

        return await self._database.read(work)

    async def get(self, id: int) -> CallRecord | None:
        """One record."""

        def work(connection: Connection) -> CallRecord | None:
            row = connection.execute(f"SELECT {rows.COLUMNS} FROM calls WHERE id = ?", (id,)).fetchone()
            return None if row is None else rows.record_of(row)

        return await self._database.read(work)

    async def earlier(self, address: Address) -> tuple[int, float | None]:
        """How many calls there were with this address, and when the last one began."""

        def work(connection: Connection) -> tuple[int, float | None]:
            return connection.execute(
                "SELECT count(*), max(started_at) FROM calls WHERE kind = ? AND peer = ? AND ended_at IS NOT NULL",
                (address.kind.value, rows.clean(address.text)),
            ).fetchone()

        return await self._database.read(work)

    async def peers(self, text: str = "", *, now: float, limit: int = 8) -> tuple[Peer, ...]:
        """Whom the text may mean, best first by how recently and how often there were calls."""
        wanted = rows.words(text)
        return await self._database.read(lambda connection: _peers(connection, wanted, now, limit))

    async def count_missed(self) -> int:
        """Missed calls nobody has seen."""
        return await self._database.read(_count)

    async def mark_seen(self) -> None:
        """All missed calls have been looked at."""

        def work(connection: Connection) -> int:
            connection.execute("UPDATE calls SET seen = 1 WHERE seen = 0 AND ended_at IS NOT NULL")
            return _count(connection)

        self._count_told(await self._database.write(work))

    def _count_told(self, missed: int) -> None:
        if missed != self._missed and self._missed_changed is not None:
            self._missed_changed(missed)
        self._missed = missed


def _save(connection: Connection, call: Call) -> int:
    rows.save(connection, call)
    return _count(connection)


def _add(connection: Connection, records: Iterable[CallRecord]) -> tuple[int, int]:
    return sum(rows.add(connection, record) for record in records), _count(connection)


def _beat(connection: Connection, at: float) -> None:
    connection.execute("UPDATE calls SET alive_at = ? WHERE ended_at IS NULL", (at,))


def _repair(connection: Connection) -> int:
    return connection.execute(
        """
        UPDATE calls SET
            ended_at = max(coalesce(alive_at, 0), coalesce(answered_at, 0), started_at),
            detail = ?,
            lost_at_crash = 1
        WHERE ended_at IS NULL
        """,
        (CRASHED,),
    ).rowcount


def _count(connection: Connection) -> int:
    return connection.execute("SELECT count(*) FROM calls WHERE seen = 0 AND ended_at IS NOT NULL").fetchone()[0]


def _peers(connection: Connection, wanted: tuple[str, ...], now: float, limit: int) -> tuple[Peer, ...]:
    found: dict[tuple[str, str], Peer] = {}
    weights: dict[tuple[str, str], float] = {}
    for account, kind, peer, name, text, started_at in connection.execute(
        "SELECT account, kind, peer, name, folded, started_at FROM calls ORDER BY started_at DESC, id DESC LIMIT ?",
        (RECENT_CALLS,),
    ):
        if not all(word in text for word in wanted):
            continue
        key = (kind, peer)
        # A call counts half after a day, a third after two.
        weights[key] = weights.get(key, 0.0) + 1.0 / (1.0 + max(0.0, now - started_at) / 86400.0)
        known = found.get(key)
        if known is None:
            found[key] = Peer(Address(AddressKind(kind), peer, name), account, 1, started_at)
        else:
            address = known.address if known.address.name else Address(AddressKind(kind), peer, name)
            found[key] = Peer(address, known.account, known.calls + 1, known.last_at)
    best = sorted(found, key=lambda key: weights[key], reverse=True)
    return tuple(found[key] for key in best[:limit])

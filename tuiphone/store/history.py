"""CallRecords in the database: written while a call lives, filtered and paged afterwards. journal.py drives it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import TypeVar

from tuiphone.core import filters
from tuiphone.core.call import Call, CallId
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.twins import NO_KIN, Kin
from tuiphone.store import numbers, pairing, rows
from tuiphone.store.columns import Columns
from tuiphone.store.db import Database
from tuiphone.store.watch import Watch

T = TypeVar("T")
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
    start: int = 0
    """How many of them are newer than this stretch."""
    problems: tuple[str, ...] = ()
    """What of the filter was not understood, a sentence each."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody there were calls with."""

    address: Address
    account: str
    """Of the last call."""
    calls: int
    last_at: float
    weight: float = 0.0
    """The more the more often and the more recently."""


@dataclass(frozen=True, slots=True)
class Dealings:
    """The calls there were with somebody."""

    calls: int = 0
    last_at: float | None = None
    """When the last one began."""
    latest: tuple[CallRecord, ...] = ()
    """The last of them, newest first."""


class History:
    """Every call of this profile. All methods may raise StoreError."""

    def __init__(self, database: Database, missed_changed: Callable[[int], None] | None = None) -> None:
        self.changed: Callable[[], None] = lambda: None
        """Told that a finished call is new, changed or gone."""
        self.country_of: Callable[[str], str | None] = lambda account: None
        """By which country's rules an account's numbers are read."""
        self.kin_of: Callable[[str], Kin] = lambda account: NO_KIN
        """Which other calls an account's server may tell of."""
        self.contacts: Callable[[], Awaitable[Iterable[tuple[str, str]]]] | None = None
        """Tells the contacts: keys of addresses (numbers.key_of) and names, by which a filter finds calls too."""
        self._are_contacts_new = True
        self._known: tuple[tuple[str, str], ...] = ()
        self._database = database
        self._missed_changed = missed_changed
        self._missed: int | None = None
        self._columns = Columns()
        self._is_loaded = False
        self._loading = asyncio.Lock()
        self._watch = Watch()

    # -- written while a call lives

    async def save(self, call: Call) -> None:
        """Write the call as it stands; it is on the disk when this returns."""
        self._told(await self._write(lambda connection: _save(connection, call)))

    def save_later(self, call: Call) -> None:
        """Write the call as it stands soon, in order."""
        self._database.later(self._watch.over(lambda connection: _save(connection, call)), self._told)

    def unite_later(self, parts: Iterable[Call], call: Call) -> None:
        """Make the rows of these one soon, in order: they turned out to be this call."""
        known = tuple(parts)
        self._database.later(self._watch.over(lambda connection: _unite(connection, known, call)), self._told)

    def beat_later(self, at: float) -> None:
        """Note that the engine is alive in the calls that are not over."""
        self._database.later(lambda connection: _beat(connection, at))

    async def room(self) -> None:
        """Wait while too much of what is to be written soon is not written."""
        await self._database.room()

    async def repair(self) -> int:
        """Finish records a dead engine left open; returns how many. Only for the engine that owns the profile."""
        repaired, missed = await self._write(lambda connection: (_repair(connection), _count(connection)))
        self._told(missed)
        return repaired

    async def add_many(self, records: Iterable[CallRecord]) -> int:
        """Add finished records, whatever their `id`; what is known already, in whatever form, is left as it is but
        for the vendor's recording. Returns how many are new."""
        known = tuple(records)
        added, missed = await self._write(lambda connection: self._add(connection, known))
        self._told(missed)
        return added

    async def set_note(self, id: int, note: str | None) -> bool:
        """Write what the person says about a call; whether there is such a call."""
        return await self._change(lambda connection: rows.set_note(connection, id, note))

    async def note_call(self, id: CallId, note: str | None) -> bool:
        """Keep a note with the record of this call, or take it back; says whether there is one."""

        def work(connection: Connection) -> bool:
            row = connection.execute(
                "SELECT id FROM calls WHERE account = ? AND ref = ? ORDER BY started_at DESC LIMIT 1",
                (rows.clean(id.account), rows.clean(id.ref)),
            ).fetchone()
            return row is not None and rows.set_note(connection, row[0], note)

        return await self._change(work)

    async def remove(self, id: int) -> bool:
        """Delete a record; whether there was one."""
        return await self._change(lambda connection: rows.remove(connection, id))

    # -- asked afterwards; a call that is not over is no history yet

    async def load(self) -> None:
        """Read what the filters need, if that is not done yet; a call that comes in meanwhile does not wait."""
        async with self._loading:
            last: int | None = 0
            while not self._is_loaded:
                last = await self._read(lambda connection, after=last or 0: self._columns.load(connection, after))
                self._is_loaded = last is None
        await self._load_contacts()

    def contacts_changed(self) -> None:
        """Ask for the contacts again before the next filter."""
        self._are_contacts_new = True

    async def _load_contacts(self) -> None:
        if self.contacts is not None and self._are_contacts_new:
            self._are_contacts_new = False
            try:
                known = tuple(await self.contacts())
            except BaseException:
                self._are_contacts_new = True
                raise
            if known != self._known:
                # Who is there is told as a change of the contacts too, and far oftener than names change.
                self._known = known
                await self._read(lambda connection: self._columns.name(connection, known))

    async def page(
        self,
        text: str = "",
        *,
        account: str | None = None,
        missed: bool = False,
        before: int | None = None,
        around: int | None = None,
        start: int = 0,
        limit: int = 100,
        accounts: Sequence[str] = (),
        now: float | None = None,
    ) -> Page:
        """Records that match a filter line (core/filters.py), newest first.

        From the `start`-th on, or from the one after the record `before`, or of pages of `limit` the one that has the
        record `around`. `accounts` are further names that a filter may mean.
        """
        limit = max(1, min(limit, MAX_PAGE))
        is_plain = not text.strip() and account is None and not missed and before is around is None and not start
        if is_plain and not self._is_loaded:
            # What every screen asks first need not wait for what filters need.
            return await self._read(lambda connection: _newest(connection, limit))
        await self.load()

        def work(connection: Connection) -> Page:
            columns = self._fresh(connection)
            known = tuple(sorted({*columns.accounts, *accounts}))
            wanted = filters.parse(text, now=time.time() if now is None else now, accounts=known)
            if account is not None:
                wanted = replace(wanted, accounts=frozenset((wanted.accounts or {account}) & {account}))
            if missed:
                wanted = replace(wanted, results=frozenset({RecordResult.MISSED}))
            found = columns.find(connection, wanted)
            first = start
            if before is not None:
                first = len(found) if (at := columns.rank_of(before, found)) is None else at + 1
            elif around is not None:
                rank = columns.rank_of(around, found) or 0
                first = rank - rank % limit
            first = max(0, min(first, len(found)))
            places = found[max(0, len(found) - first - limit) : len(found) - first][::-1]
            ids = [int(id) for id in columns.ids[places]]
            return Page(_records(connection, ids), len(found), first, wanted.problems)

        return await self._read(work)

    async def ids(self, text: str = "", *, accounts: Sequence[str] = ()) -> Sequence[int]:
        """The ids of all records that match a filter line, newest first, as it is now."""
        await self.load()

        def work(connection: Connection) -> Sequence[int]:
            columns = self._fresh(connection)
            known = tuple(sorted({*columns.accounts, *accounts}))
            wanted = filters.parse(text, now=time.time(), accounts=known)
            return columns.ids[columns.find(connection, wanted)][::-1].tolist()

        return await self._read(work)

    async def records(self, ids: Sequence[int]) -> tuple[CallRecord, ...]:
        """These records, without those that are gone."""
        return await self._read(lambda connection: _records(connection, ids))

    async def is_told_of(self, call: Call) -> bool:
        """The vendor has a record of this call; or we have none any more."""
        return await self._database.read(lambda connection: rows.is_told_of(connection, call))

    async def newest_at(self, account: str) -> float | None:
        """When the newest call of an account began."""
        await self.load()
        return await self._read(lambda connection: self._fresh(connection).newest_at(account))

    async def get(self, id: int) -> CallRecord | None:
        """One record."""

        def work(connection: Connection) -> CallRecord | None:
            row = connection.execute(f"SELECT {rows.COLUMNS} FROM calls WHERE id = ?", (id,)).fetchone()
            return None if row is None else rows.record_of(row)

        return await self._database.read(work)

    async def earlier(
        self, address: Address, account: str | None = None, *, country: str | None = None, latest: int = 0
    ) -> Dealings:
        """How many calls there were with this address, in whatever form, when the last one began, and the last ones.

        Users and extensions are other people at another account; telephone numbers are not. Without an account, a
        number is read by the rules of `country`.
        """
        country = country if account is None else self.country_of(account)

        def work(connection: Connection) -> Dealings:
            # Here, because numbering plans are read: not for the phone's loop.
            wanted = numbers.key_of(address, country, account)
            found: list[tuple[float, int, str, str, str]] = []
            for name, kind, peer, calls, at in connection.execute(*_maybe_with(address)):
                known = Address(AddressKind(kind), peer)
                if numbers.key_of(known, self.country_of(name), name if account is not None else None) == wanted:
                    found.append((at, calls, name, kind, peer))
            # The newest calls are with those whose last call was newest.
            found.sort(reverse=True)
            last = _latest(connection, [form for _, _, *form in found[:latest]], latest)
            return Dealings(sum(calls for _, calls, *_ in found), found[0][0] if found else None, last)

        return await self._read(work)

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

        self._told(await self._write(work))

    # -- what changed -------------------------------------------------------------------------------------------

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._database.read(self._watch.over(work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._database.write(self._watch.over(work))

    async def _change(self, work: Callable[[Connection], bool]) -> bool:
        done, missed = await self._write(lambda connection: (work(connection), _count(connection)))
        self._told(missed)
        return done

    def _told(self, missed: int) -> None:
        if missed != self._missed and self._missed_changed is not None:
            self._missed_changed(missed)
        self._missed = missed
        if self._watch.has_news():
            self.changed()

    def _fresh(self, connection: Connection) -> Columns:
        if touched := self._watch.take():
            self._columns.update(connection, touched)
        return self._columns

    def _add(self, connection: Connection, records: Iterable[CallRecord]) -> tuple[int, int]:
        added = 0
        for record in records:
            kin = self.kin_of(record.account)
            if (twin := pairing.twin_of(connection, record, self.country_of, kin)) is None:
                added += rows.add(connection, record)
            else:
                rows.merge(connection, twin, record, kin)
        return added, _count(connection)


def _save(connection: Connection, call: Call) -> int:
    rows.save(connection, call)
    return _count(connection)


def _unite(connection: Connection, parts: Iterable[Call], call: Call) -> int:
    rows.unite(connection, parts, call)
    return _count(connection)


def _maybe_with(address: Address) -> tuple[str, tuple[object, ...]]:
    """A query for all addresses this one may be, and its values."""
    columns = "SELECT account, kind, peer, count(*), max(started_at) FROM calls WHERE ended_at IS NOT NULL"
    grouped = "GROUP BY account, kind, peer"
    digits = numbers.digits_of(address.text)
    if digits is None:
        return f"{columns} AND kind = ? AND peer = ? {grouped}", (address.kind.value, rows.clean(address.text))
    if len(digits) < numbers.MIN_DIGITS:
        # An extension is a user to one vendor and a number to another.
        return f"{columns} AND kind IN ('user', 'phone') AND peer = ? {grouped}", (rows.clean(address.text),)
    # Country codes and leading zeros differ; the end of a number does not.
    ends = f'"{digits[-numbers.MIN_DIGITS :]}"'
    return f"{columns} AND peer_words IN (SELECT rowid FROM words_index WHERE words_index MATCH ?) {grouped}", (ends,)


def _latest(connection: Connection, forms: Sequence[Sequence[str]], limit: int) -> tuple[CallRecord, ...]:
    """The newest calls with any of these: account, kind and address each."""
    found: list[CallRecord] = []
    for form in forms:
        rows_of_it = connection.execute(
            f"SELECT {rows.COLUMNS} FROM calls WHERE account = ? AND kind = ? AND peer = ? AND ended_at IS NOT NULL "
            "ORDER BY started_at DESC, id DESC LIMIT ?",
            (*form, limit),
        )
        found += map(rows.record_of, rows_of_it)
    return tuple(sorted(found, key=lambda record: (record.started_at, record.id), reverse=True)[:limit])


def _newest(connection: Connection, limit: int) -> Page:
    total = connection.execute(
        "SELECT (SELECT count(*) FROM calls) - (SELECT count(*) FROM calls WHERE ended_at IS NULL)"
    ).fetchone()[0]
    found = connection.execute(
        f"SELECT {rows.COLUMNS} FROM calls WHERE ended_at IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT ?",
        (limit,),
    )
    return Page(tuple(map(rows.record_of, found)), total)


def _records(connection: Connection, ids: Sequence[int]) -> tuple[CallRecord, ...]:
    found: dict[int, CallRecord] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        marks = ", ".join("?" * len(part))
        for row in connection.execute(f"SELECT {rows.COLUMNS} FROM calls WHERE id IN ({marks})", part):
            record = rows.record_of(row)
            found[record.id] = record
    return tuple(found[id] for id in ids if id in found)


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
        "SELECT coalesce(placed_by, account), kind, peer, name, folded, started_at FROM calls "
        "ORDER BY started_at DESC, id DESC LIMIT ?",
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
    return tuple(replace(found[key], weight=weights[key]) for key in best[:limit])

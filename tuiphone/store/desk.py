"""Missed calls of extension groups, and which of them are done with: vendors tell of them again and again."""

from collections.abc import Mapping
from sqlite3 import Connection

from tuiphone.core.desk import MAX_DESK, still_missed
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.store.db import Database
from tuiphone.store.rows import clean

MAX_DONE = 2000
"""Of one account; older ones are forgotten."""
MOST_TALKS = 2000
"""Calls of the history that are looked at for a talk with somebody; nobody misses that many in between."""


class DeskBook:
    """What the desks of all accounts are to be shown again after a restart. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, account: str) -> tuple[tuple[DeskCall, ...], dict[str, float]]:
        """The missed calls of this account that are not done with, oldest first; and the refs of those that are, with
        when they came in."""

        def work(connection: Connection) -> tuple[tuple[DeskCall, ...], dict[str, float]]:
            found = connection.execute(
                "SELECT ref, kind, peer, name, since, at_kind, at_peer, at_name, line FROM desk_calls "
                "WHERE account = ? AND done_at IS NULL ORDER BY since LIMIT ?",
                (account, MAX_DESK),
            ).fetchall()
            done = connection.execute(
                "SELECT ref, since FROM desk_calls WHERE account = ? AND done_at IS NOT NULL", (account,)
            ).fetchall()
            return tuple(map(_call_of, found)), dict(done)

        return await self._database.read(work)

    async def keep(self, changes: Mapping[tuple[str, str], DeskCall | None], at: float) -> None:
        """Keep these missed calls by account and ref; None for one that is done with since `at`. On the disk then."""

        def work(connection: Connection) -> None:
            for (account, ref), call in changes.items():
                if call is not None:
                    connection.execute(_KEEP, (account, clean(ref), *_values(call)))
                else:
                    connection.execute(_DONE, {"account": account, "ref": clean(ref), "at": at})
            for account in {account for account, _ in changes}:
                connection.execute(_SHORTEN, (account, account, MAX_DONE))

        await self._database.write(work)

    async def reached(self, calls: frozenset[DeskCall]) -> frozenset[DeskCall]:
        """Those whose number was talked with since, as the history says."""
        if not calls:
            return calls

        def work(connection: Connection) -> frozenset[DeskCall]:
            since = min(call.since for call in calls)
            found = connection.execute(
                "SELECT kind, peer, answered_at FROM calls WHERE started_at >= ? AND answered_at IS NOT NULL "
                "ORDER BY started_at DESC LIMIT ?",
                (since, MOST_TALKS),
            ).fetchall()
            talks = [(Address(AddressKind(kind), peer), at) for kind, peer, at in found]
            return calls.difference(still_missed(calls, talks))

        return await self._database.read(work)


async def forget(database: Database, account: str) -> None:
    """Drop everything of this account, because it was removed. Raises: StoreError."""
    await database.write(
        lambda connection: connection.execute("DELETE FROM desk_calls WHERE account = ?", (account,)).rowcount
    )


_KEEP = (
    "INSERT INTO desk_calls (account, ref, kind, peer, name, since, at_kind, at_peer, at_name, line) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, ref) DO UPDATE SET kind = excluded.kind, "
    "peer = excluded.peer, name = excluded.name, since = excluded.since, at_kind = excluded.at_kind, "
    "at_peer = excluded.at_peer, at_name = excluded.at_name, line = excluded.line, done_at = NULL"
)
_DONE = "UPDATE desk_calls SET done_at = :at WHERE account = :account AND ref = :ref AND done_at IS NULL"
_SHORTEN = (
    "DELETE FROM desk_calls WHERE account = ? AND done_at IS NOT NULL AND ref IN (SELECT ref FROM desk_calls "
    "WHERE account = ? AND done_at IS NOT NULL ORDER BY done_at DESC, since DESC LIMIT -1 OFFSET ?)"
)


def _values(call: DeskCall) -> tuple[str | float | None, ...]:
    at = call.at
    rang = (None, None, None) if at is None else (at.kind.value, clean(at.text), _optional(at.name))
    return (
        call.peer.kind.value,
        clean(call.peer.text),
        _optional(call.peer.name),
        call.since,
        *rang,
        _optional(call.line),
    )


def _optional(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _call_of(row: tuple[object, ...]) -> DeskCall:
    ref, kind, peer, name, since, at_kind, at_peer, at_name, line = row
    at = None if at_kind is None else Address(AddressKind(at_kind), str(at_peer), _text(at_name))
    who = Address(AddressKind(kind), str(peer), _text(name))
    return DeskCall(str(ref), who, DeskState.MISSED, float(str(since)), at, _text(line))


def _text(value: object) -> str | None:
    return None if value is None else str(value)

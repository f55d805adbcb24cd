"""Which calls of the history have a recording: a file here, or a link to the vendor's."""

from sqlite3 import Connection

from tuiphone.core.model import CallRecord
from tuiphone.store import rows
from tuiphone.store.db import Database

MOST = 20_000
"""Records looked at, the newest; older ones are found in the history."""
_HAS_FILE = "recording = ? AND (recording IS NOT NULL OR recording_url IS NOT NULL)"
"""With the condition of the index `calls_recorded`, which is used only where that stands."""


class Recorded:
    """The history as far as it is about recordings. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def records(self, asking: tuple[str, ...] = (), beside: tuple[str, ...] = ()) -> tuple[CallRecord, ...]:
        """Finished calls that have a recording somewhere, newest first.

        `asking` are accounts whose vendors have to be asked call by call, so that any call with a talk may have one;
        `beside` are others that command the extension of one of those.
        """

        def work(connection: Connection) -> tuple[CallRecord, ...]:
            columns = f"SELECT {rows.COLUMNS} FROM calls WHERE ended_at IS NOT NULL AND"
            found = connection.execute(
                f"{columns} (recording IS NOT NULL OR recording_url IS NOT NULL) ORDER BY started_at DESC LIMIT ?",
                (MOST,),
            ).fetchall()
            wheres = (
                (f"account IN ({_marks(asking)}) AND control_account IS NULL", asking),
                (f"control_account IN ({_marks(asking + beside)})", asking + beside),
            )
            for where, accounts in wheres if asking else ():
                found += connection.execute(
                    f"{columns} {where} AND answered_at IS NOT NULL AND recording IS NULL AND recording_url IS NULL "
                    "ORDER BY started_at DESC LIMIT ?",
                    (*accounts, MOST),
                ).fetchall()
            return tuple(map(rows.record_of, found))

        return await self._database.read(work)

    async def attach(self, record: int, path: str) -> None:
        """This call has this file; on the disk when this returns."""
        await self._database.write(
            lambda connection: (
                connection.execute("UPDATE calls SET recording = ? WHERE id = ?", (rows.clean(path), record)).rowcount
            )
        )

    async def owners(self, path: str) -> tuple[int, ...]:
        """Ids of the calls that have this file."""

        def work(connection: Connection) -> tuple[int, ...]:
            found = connection.execute(f"SELECT id FROM calls WHERE {_HAS_FILE}", (rows.clean(path),))
            return tuple(id for (id,) in found)

        return await self._database.read(work)

    async def detach(self, path: str) -> None:
        """The file is gone; on the disk when this returns."""
        await self._database.write(
            lambda connection: (
                connection.execute(f"UPDATE calls SET recording = NULL WHERE {_HAS_FILE}", (rows.clean(path),)).rowcount
            )
        )


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))

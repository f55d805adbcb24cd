"""What providers remember from one run to the next, per account."""

import logging
from sqlite3 import Connection

from tuiphone.store.db import Database

MAX_VALUE = 64 * 1024
MAX_KEYS = 200

_log = logging.getLogger(__name__)


class AccountMemory:
    """core's Memory over the database: read at the start, written in the background."""

    def __init__(self, database: Database, account: str, values: dict[str, str]) -> None:
        self._database = database
        self._account = account
        self._values = values

    @classmethod
    async def load(cls, database: Database, account: str) -> "AccountMemory":
        """The memory of this account. Raises: StoreError."""
        rows = await database.read(
            lambda connection: connection.execute(
                "SELECT key, value FROM memory WHERE account = ?", (account,)
            ).fetchall()
        )
        return cls(database, account, dict(rows))

    def get(self, key: str) -> str | None:
        """What was kept under this key."""
        return self._values.get(key)

    def set(self, key: str, value: str) -> None:
        """Keep a value; written soon, not at once. Absurd amounts, which only a server could cause, are dropped."""
        if self._values.get(key) == value:
            return
        if len(value) > MAX_VALUE or (key not in self._values and len(self._values) >= MAX_KEYS):
            _log.warning("%s: %s is too much to remember", self._account, key[:64])
            return
        value = value.encode("utf-8", "replace").decode()
        self._values[key] = value
        self._database.later(lambda connection: _keep(connection, self._account, key, value))


async def keep(database: Database, account: str, key: str, value: str) -> None:
    """Keep a value of this account ("" for the phone itself); on the disk when this returns. Raises: StoreError."""
    await database.write(lambda connection: _keep(connection, account, key, value))


def _keep(connection: Connection, account: str, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO memory (account, key, value) VALUES (?, ?, ?) "
        "ON CONFLICT (account, key) DO UPDATE SET value = excluded.value",
        (account, key, value),
    )


async def forget(database: Database, account: str) -> None:
    """Drop everything this account remembers, because it was removed. Raises: StoreError."""
    await database.write(
        lambda connection: connection.execute("DELETE FROM memory WHERE account = ?", (account,)).rowcount
    )

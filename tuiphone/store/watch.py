"""Which calls changed, as SQLite itself tells it, whoever changed them and with which statement."""

from collections.abc import Callable
from sqlite3 import Connection
from typing import TypeVar

T = TypeVar("T")
_COLUMNS = (
    "account, ref, kind, peer, name, peer_words, incoming, video, started_at, answered_at, ended_at, result, detail, "
    "recording, recording_url, note, control_account, placed_by"
)
_TRIGGERS = (
    "CREATE TEMP TRIGGER IF NOT EXISTS calls_added AFTER INSERT ON main.calls WHEN new.ended_at IS NOT NULL "
    "BEGIN SELECT touched(new.id); END",
    f"CREATE TEMP TRIGGER IF NOT EXISTS calls_changed AFTER UPDATE OF {_COLUMNS} ON main.calls "
    "WHEN new.ended_at IS NOT NULL BEGIN SELECT touched(new.id); END",
    "CREATE TEMP TRIGGER IF NOT EXISTS calls_removed AFTER DELETE ON main.calls BEGIN SELECT touched(old.id); END",
)


class Watch:
    """Collects the ids of finished calls that are new, changed or gone."""

    def __init__(self) -> None:
        self._touched: set[int] = set()
        self._touches = self._touches_told = 0

    def over(self, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
        """The same work, watched."""

        def watched(connection: Connection) -> T:
            # Asked every time: what was made in a transaction that failed is gone again.
            if connection.execute("SELECT 1 FROM temp.sqlite_schema WHERE name = 'calls_removed'").fetchone() is None:
                connection.create_function("touched", 1, self._touch)
                for trigger in _TRIGGERS:
                    connection.execute(trigger)
            return work(connection)

        return watched

    def take(self) -> set[int]:
        """The ids since the last time; in the database's thread. One that was rolled back may be among them."""
        touched, self._touched = self._touched, set()
        return touched

    def has_news(self) -> bool:
        """Something changed since this was last asked."""
        touches = self._touches
        has_news, self._touches_told = touches != self._touches_told, touches
        return has_news

    def _touch(self, id: int) -> None:
        self._touched.add(id)
        self._touches += 1

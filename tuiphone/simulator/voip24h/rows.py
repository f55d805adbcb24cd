"""What the PBX keeps of each call, and how its interfaces look for it (sections 4 and 9)."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

MOST_ROWS = 5_000
INBOUND, OUTBOUND, EXTERNAL = "INBOUND", "OUTBOUND", "EXTERNAL"
ANSWERED, NO_ANSWER, BUSY, FAILED, MISSED = "ANSWERED", "NO ANSWER", "BUSY", "FAILED", "MISSED"
_FIRST_SERIAL = 1_001


@dataclass(frozen=True, slots=True)
class Row:
    """One call that is over."""

    id: str
    """Start second and serial number, as Asterisk's unique ids."""
    extension: str
    number: str
    kind: str
    status: str
    talk_s: int = 0
    ring_s: int = 0
    sound: bytes | None = None
    """A WAV file of what was really said."""

    @property
    def started_at(self) -> int:
        """Seconds since 1970."""
        return int(self.id.partition(".")[0])

    @property
    def is_incoming(self) -> bool:
        """Whether somebody called the extension."""
        return self.kind == INBOUND

    @property
    def caller(self) -> str:
        """Who called."""
        return self.number if self.is_incoming else self.extension

    @property
    def callee(self) -> str:
        """Who was called."""
        return self.extension if self.is_incoming else self.number


class Rows:
    """All of them; the oldest are forgotten."""

    def __init__(self, zone: tzinfo, clock: Callable[[], float] = time.time) -> None:
        self.zone = zone
        self._clock = clock
        self._rows: dict[str, Row] = {}
        self._serials = itertools.count(_FIRST_SERIAL)

    def new_id(self, *, at: float | None = None, even: bool | None = None) -> str:
        """An id for a call that begins; `even` says how its last digit has to be."""
        serial = next(one for one in self._serials if even in (None, one % 2 == 0))
        return f"{int(self._clock() if at is None else at)}.{serial}"

    def add(self, row: Row) -> None:
        """Enter a call that ended."""
        self._rows[row.id] = row
        if len(self._rows) > 2 * MOST_ROWS:
            del self._rows[min(self._rows, key=lambda one: self._rows[one].started_at)]

    def find(self, id: str) -> Row | None:
        """The call of this id."""
        return self._rows.get(id)

    def newest(self, wanted: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """Those wanted, the newest first, of which there are no more than an answer may hold."""
        found = sorted(filter(wanted, self._rows.values()), key=_moment, reverse=True)
        return found[:MOST_ROWS]

    def time_of(self, row: Row) -> datetime:
        """When it began, by the PBX's clock."""
        return datetime.fromtimestamp(row.started_at, self.zone)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())


def _moment(row: Row) -> tuple[int, int]:
    start, _, serial = row.id.partition(".")
    return int(start), int(serial)

"""Entry: one thing that happened, as the log page shows it."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How much an entry matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return (Level.INFO, Level.WARNING, Level.ERROR).index(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, in a sentence; without secrets."""

    id: int
    """Grows with each entry while an engine runs."""
    at: float
    """Seconds since the epoch; of the last time, when it happened many times."""
    level: Level
    text: str
    account: str | None = None
    call: str | None = None
    """Ref of the call it is about."""
    detail: str | None = None
    """More lines: figures, a traceback."""
    count: int = 1
    """How many times it happened in a row."""
    people: tuple[str, ...] = ()
    """Names and numbers in the text, for a report that leaves them out."""

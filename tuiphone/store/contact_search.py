"""A search through everybody: what is typed, who has it, in the order of the list."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import NamedTuple, TypeAlias

from tuiphone.core.filters import folded
from tuiphone.store.numbers import digits_of

Terms: TypeAlias = tuple[tuple[tuple[str, ...], ...], ...]
MAX_SEARCH = 200
"""Characters of a search that count; nobody types more."""


@dataclass(frozen=True, slots=True)
class Group:
    """People who stand together in the list."""

    favourite: bool
    account: str | None
    """Whose roster; None for the address book."""
    count: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Who was found."""

    ids: tuple[int, ...]
    groups: tuple[Group, ...]


class Row(NamedTuple):
    """What is looked through; a tuple, because there are many."""

    rank: int
    """-1 for a favourite."""
    sort: str
    id: int
    folded: str
    account: str | None
    shadowed: int


def terms(text: str) -> Terms:
    """For each word of a search, or each number typed in groups, what it may stand as: all parts of one of these."""
    found: list[tuple[tuple[str, ...], ...]] = []
    groups: list[str] = []
    for word in (*folded(text[:MAX_SEARCH]).split(), ""):
        if (digits := digits_of(word)) is not None or word.isdecimal():
            groups.append(digits or word)
            continue
        if groups:
            whole = "".join(groups)
            # 0084... is +84... where 00 leads abroad.
            abroad = ((f"+{whole[2:]}",),) if whole.startswith("00") and len(whole) > 4 else ()
            found.append(tuple(dict.fromkeys((tuple(groups), (whole,), *abroad))))
            groups = []
        if word:
            found.append(((word,),))
    return tuple(found)


def everybody(connection: Connection) -> list[Row]:
    """All there are, in the order of the flat list."""
    # Sorted here: reading the rows in the order of an index takes three times as long.
    found = connection.execute("SELECT -favourite, sort, id, folded, account, shadowed FROM contacts").fetchall()
    found.sort()
    return list(map(Row._make, found))


def _having(rows: list[Row], parts: tuple[str, ...]) -> list[Row]:
    for part in parts:
        rows = [row for row in rows if part in row.folded]
    return rows


def find(rows: Iterable[Row], wanted: Terms, grouped: bool) -> Listed:
    """Those who have all that is wanted, by book if `grouped`."""
    found = list(rows) if grouped else [row for row in rows if not row.shadowed]
    for alternatives in wanted:
        if len(alternatives) == 1:
            found = _having(found, alternatives[0])
        else:
            either = {row.id for parts in alternatives for row in _having(found, parts)}
            found = [row for row in found if row.id in either]
    if grouped:
        found.sort(key=lambda row: (row.rank, row.account is not None, row.account or ""))
    counts = Counter((row.rank < 0, None if row.rank < 0 else row.account) for row in found)
    groups = tuple(Group(favourite, account, count) for (favourite, account), count in counts.items())
    return Listed(tuple(row.id for row in found), groups)

"""What the filters ask of every call, as arrays in memory, so that a filter is a few passes over numbers.

Why not SQL alone, measured with a million calls on 2 cores: the narrowest covering index takes 80, 190 and 270 ms to
count with one, two and three conditions; a common name (`nguyen`, a quarter of them) takes 110 ms to count in a
full-text index over the calls and far longer together with a condition; and neither can jump to the last or the
300,000th line without walking there. Here a call costs 34 bytes, the count is exact, any line is one index away, and a
filter takes 2 to 50 ms (`python -m bench history`).

Words are looked up by SQLite's full-text index (trigrams, so that parts of names and numbers are found), but over the
*different* names, numbers and notes, not over the calls: a phone with a million calls knows some ten thousand people.
A word that is in very many of them, or too short for a trigram, is found faster by looking at each.
"""

from collections.abc import Callable, Iterable
from sqlite3 import Connection
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tuiphone.core.filters import Filter, Term
from tuiphone.core.model import RecordResult
from tuiphone.store.nicknames import Nicknames

CHUNK = 10_000
"""Rows read at a time: whoever has to write an incoming call does not wait longer than some 15 ms."""
MAX_WORDS = 32
"""Words whose places are remembered, because one more letter asks for the others again."""
MAX_RESULTS = 4
TRIGRAM = 3
COMMON = 2000
"""Finds of the full-text index beyond which looking at everything is faster."""

_RESULT_NUMBER = {result: number for number, result in enumerate(RecordResult)}
_CASES = " ".join(f"WHEN '{result.value}' THEN {number}" for result, number in _RESULT_NUMBER.items())
_FACTS = f"""
SELECT id, started_at, CASE WHEN answered_at IS NULL THEN 0.0 ELSE max(0.0, ended_at - answered_at) END, account,
    coalesce(peer_words, 0), coalesce(note_words, 0), CASE result {_CASES} ELSE 0 END,
    incoming | (video << 1) | ((recording IS NOT NULL OR recording_url IS NOT NULL) << 2)
    | ((note IS NOT NULL) << 3), coalesce(control_account, account)
FROM calls WHERE ended_at IS NOT NULL
"""
_TYPES = ("i8", "f8", "f4", "i2", "i4", "i4", "u1", "u1", "i2")
_ID, _AT, _TALK, _ACCOUNT, _PEER, _NOTE, _RESULT, _FLAGS, _CONTROL = range(9)
_INCOMING, _VIDEO, _RECORDED, _NOTED = 1, 2, 4, 8

Array: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]


class Columns:
    """Facts of every finished call, oldest first. Lives in the database's thread."""

    def __init__(self) -> None:
        self._columns: list[Array] = [np.empty(0, kind) for kind in _TYPES]
        self._loaded: list[list[Array]] = []
        self._accounts: dict[str, int] = {}
        self._most_words = 0
        self._words: dict[str, Mask] = {}
        self._results: dict[Filter, Array] = {}
        self._nicknames = Nicknames()

    @property
    def accounts(self) -> tuple[str, ...]:
        """Those there are calls of."""
        return tuple(sorted(self._accounts))

    @property
    def ids(self) -> Array:
        """Ids of the records, oldest first."""
        return self._columns[_ID]

    # -- filling ------------------------------------------------------------------------------------------------

    def load(self, connection: Connection, after: int) -> int | None:
        """Read the next chunk of rows with higher ids than `after`; returns its last id, None at the end."""
        if not after:
            # A reading before this one may have been broken off.
            self._loaded = []
        rows = connection.execute(f"{_FACTS} AND id > ? ORDER BY id LIMIT {CHUNK}", (after,)).fetchall()
        if rows:
            self._loaded.append(self._arrays(rows))
            return rows[-1][0]
        if self._loaded:
            self._columns = [np.concatenate(parts) for parts in zip(*self._loaded, strict=True)]
            self._loaded = []
            self._sort()
        return None

    def update(self, connection: Connection, touched: Iterable[int]) -> None:
        """Read these rows anew: some are new, some changed, some gone."""
        ids = sorted(touched)
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows += connection.execute(f"{_FACTS} AND id IN ({marks})", part).fetchall()
        kept = ~np.isin(self.ids, np.array(ids, "i8"))
        self._columns = [column[kept] for column in self._columns]
        if rows:
            fresh = self._arrays(rows)
            newest = len(self.ids) == 0 or fresh[_AT].min() > self._columns[_AT][-1]
            self._columns = [np.concatenate(pair) for pair in zip(self._columns, fresh, strict=True)]
            if not newest or len(rows) > 1:
                self._sort()
        self._forget_answers()

    def name(self, connection: Connection, known: Iterable[tuple[str, str]]) -> None:
        """The contacts are these now: keys of addresses, and names."""
        self._nicknames.load(known)
        self._nicknames.follow(connection)
        self._forget_answers()

    def _forget_answers(self) -> None:
        self._results.clear()
        self._words.clear()

    def _arrays(self, rows: list[tuple[Any, ...]]) -> list[Array]:
        columns: list[Any] = list(zip(*rows, strict=True))
        for which in (_ACCOUNT, _CONTROL):
            columns[which] = [self._accounts.setdefault(name, len(self._accounts)) for name in columns[which]]
        self._most_words = max(self._most_words, max(columns[_PEER]), max(columns[_NOTE]))
        return [np.array(column, kind) for column, kind in zip(columns, _TYPES, strict=True)]

    def _sort(self) -> None:
        order = np.lexsort((self._columns[_ID], self._columns[_AT]))
        self._columns = [column[order] for column in self._columns]

    # -- asking -------------------------------------------------------------------------------------------------

    def find(self, connection: Connection, wanted: Filter) -> Array:
        """Where the calls that match are, oldest first."""
        if wanted.terms and self._nicknames.follow(connection):
            self._forget_answers()
        if (found := self._results.get(wanted)) is None:
            found = self._find(wanted, lambda word: self._places(connection, word))
            while len(self._results) >= MAX_RESULTS:
                self._results.pop(next(iter(self._results)))
            self._results[wanted] = found
        return found

    def rank_of(self, id: int, found: Array) -> int | None:
        """How many of these calls are newer than the record: its own number, if it is one of them."""
        place = np.flatnonzero(self.ids == id)
        return len(found) - int(np.searchsorted(found, place[0], "right")) if len(place) else None

    def newest_at(self, account: str) -> float | None:
        """When the newest call of this account began, one that it commands among them."""
        number = self._accounts.get(account, -1)
        found = np.flatnonzero((self._columns[_ACCOUNT] == number) | (self._columns[_CONTROL] == number))
        return float(self._columns[_AT][found[-1]]) if len(found) else None

    def _find(self, wanted: Filter, places: Callable[[str], Mask]) -> Array:
        at = self._columns[_AT]
        first = 0 if wanted.since is None else int(np.searchsorted(at, wanted.since))
        last = len(at) if wanted.until is None else int(np.searchsorted(at, wanted.until))
        columns = [column[first:last] for column in self._columns]
        masks = [*self._masks(wanted, columns), *(_has(term, columns, places) for term in wanted.terms)]
        if not masks:
            return np.arange(first, max(first, last), dtype="i4")
        mask = masks[0]
        for other in masks[1:]:
            mask = mask & other
        return (np.flatnonzero(mask) + first).astype("i4")

    def _masks(self, wanted: Filter, columns: list[Array]) -> Iterable[Mask]:
        flags = columns[_FLAGS]
        for bit, on in (
            (_INCOMING, wanted.incoming),
            (_VIDEO, wanted.video),
            (_RECORDED, wanted.recorded),
            (_NOTED, wanted.noted),
        ):
            if on is not None:
                yield (flags & bit).astype(bool) == on
        if wanted.results is not None:
            yield _any_of(columns[_RESULT], [_RESULT_NUMBER[result] for result in wanted.results])
        if wanted.accounts is not None:
            numbers = [self._accounts[name] for name in wanted.accounts if name in self._accounts]
            yield _any_of(columns[_ACCOUNT], numbers) | _any_of(columns[_CONTROL], numbers)
        if wanted.min_s is not None:
            yield columns[_TALK] >= wanted.min_s
        if wanted.max_s is not None:
            yield columns[_TALK] <= wanted.max_s

    def _places(self, connection: Connection, word: str) -> Mask:
        """Of each entry of `words`, whether this is in it."""
        if (mask := self._words.get(word)) is None:
            mask = np.zeros(self._most_words + 1, bool)
            found = np.array([*_entries_with(connection, word), *self._nicknames.having(word)], "i8")
            mask[found[found <= self._most_words]] = True
            while len(self._words) >= MAX_WORDS:
                self._words.pop(next(iter(self._words)))
            self._words[word] = mask
        return mask


def _has(term: Term, columns: list[Array], places: Callable[[str], Mask]) -> Mask:
    entries: Mask | None = None
    for parts in term.alternatives:
        together = places(parts[0])
        for part in parts[1:]:
            together = together & places(part)
        entries = together if entries is None else entries | together
    assert entries is not None
    mask = np.take(entries, columns[_PEER])
    if columns[_NOTE].any():
        mask = mask | np.take(entries, columns[_NOTE])
    return ~mask if term.negated else mask


def _any_of(column: Array, numbers: list[int]) -> Mask:
    mask = np.zeros(len(column), bool)
    for number in numbers:
        mask |= column == number
    return mask


def _entries_with(connection: Connection, word: str) -> list[int]:
    if len(word) >= TRIGRAM:
        quoted = '"' + word.replace('"', '""') + '"'
        found = connection.execute(
            f"SELECT rowid FROM words_index WHERE words_index MATCH ? LIMIT {COMMON + 1}", (quoted,)
        ).fetchall()
        if len(found) <= COMMON:
            return [id for (id,) in found]
    return [id for (id,) in connection.execute("SELECT id FROM words WHERE instr(folded, ?) > 0", (word,))]

"""What the contacts call the people of the history: a filter finds calls by it, also those from before."""

import re
from collections.abc import Iterable
from sqlite3 import Connection

from tuiphone.core.filters import digits_in, folded
from tuiphone.store.numbers import MIN_DIGITS

COUNTRY_DIGITS = 4
"""How much longer a number can be with its country code, or with the zeros before it."""
_DIGITS = re.compile(r"\+?[0-9]+")


class Nicknames:
    """Names of the contacts by the entries of `words` that have their numbers; lives in the database's thread."""

    def __init__(self) -> None:
        self._by_end: dict[str, list[tuple[str, str]]] = {}
        self._by_text: dict[str, list[str]] = {}
        self._names: dict[int, str] = {}
        self._looked_up_to = 0

    def load(self, known: Iterable[tuple[str, str]]) -> None:
        """Take in the contacts anew: the key of an address (numbers.key_of) and whose it is."""
        self.__init__()
        for key, name in known:
            kind, rest = key[:1], key[1:]
            if kind in ("+", "#"):
                digits = rest.lstrip("+0")
                self._by_end.setdefault(digits[-MIN_DIGITS:], []).append((digits, folded(name)))
            else:
                self._by_text.setdefault(folded(rest.partition("/")[2]), []).append(folded(name))

    def follow(self, connection: Connection) -> bool:
        """Look at the entries that are new; says whether anybody is among them."""
        if not self._by_end and not self._by_text:
            return False
        before = len(self._names)
        for id, text in connection.execute("SELECT id, folded FROM words WHERE id > ?", (self._looked_up_to,)):
            self._looked_up_to = max(self._looked_up_to, id)
            if names := self._names_of(text.rpartition("\n")[2]):
                self._names[id] = "\n".join(dict.fromkeys(names))
        return len(self._names) != before

    def having(self, word: str) -> list[int]:
        """The entries whose contact has this in the name."""
        return [id for id, names in self._names.items() if word in names]

    def _names_of(self, peer: str) -> list[str]:
        number = digits_in(peer)
        if not _DIGITS.fullmatch(number) or len(number) < MIN_DIGITS:
            return self._by_text.get(peer, [])
        digits = number.lstrip("+0")
        found = self._by_end.get(digits[-MIN_DIGITS:], ())
        return [name for known, name in found if _is_same(digits, known)]


def _is_same(first: str, second: str) -> bool:
    shorter, longer = sorted((first, second), key=len)
    return longer.endswith(shorter) and len(longer) - len(shorter) <= COUNTRY_DIGITS

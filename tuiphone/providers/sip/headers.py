"""The header fields of a message (RFC 3261 section 7.3)."""

# pyright: strict

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from tuiphone.providers.sip.fields import split_commas

Pairs: TypeAlias = Iterable[tuple[str, str]]

_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding",
    "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
    "y": "Identity",
}  # fmt: skip
_USUAL = (
    *("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type", "Expires"),
    *("Route", "Record-Route", "Supported", "Require", "Allow", "User-Agent", "Server", "Event", "Date", "Accept"),
    *("WWW-Authenticate", "Proxy-Authenticate", "Authorization", "Proxy-Authorization", "Session-Expires", "Min-SE"),
    *("Allow-Events", "Subscription-State", "Refer-To", "Referred-By", "Replaces", "Reason", "RSeq", "RAck", "Path"),
)


class Headers:
    """The header fields of a message in their order; a name is found in any case, and by its compact form."""

    __slots__ = ("_pairs", "_table")

    def __init__(self, pairs: Pairs = ()) -> None:
        spelt: list[tuple[str, str]] = []
        table: dict[str, list[str]] = {}
        for name, value in pairs:
            if len(name) == 1:
                name = _COMPACT.get(name.lower(), name)
            spelt.append((name, value))
            key = KEYS.get(name) or name.lower()
            if key in table:
                table[key].append(value)
            else:
                table[key] = [value]
        self._pairs = tuple(spelt)
        self._table = table

    def get(self, name: str) -> str | None:
        """The first value of a field; it may be a list."""
        values = self._all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """The values of all fields of the name, lists as they came."""
        return list(self._all(name))

    def values(self, name: str) -> list[str]:
        """The values of all fields of the name, lists split at their commas.

        Raises: BadMessage when a quote or bracket is not closed.
        """
        return [piece for value in self._all(name) for piece in split_commas(value)]

    def items(self) -> tuple[tuple[str, str], ...]:
        """All fields in their order."""
        return self._pairs

    def with_(self, name: str, value: str) -> "Headers":
        """The same with this one value, where the field stood or at the end."""
        key = _key(name)
        pairs: list[tuple[str, str]] = []
        is_there = False
        for pair in self._pairs:
            if pair[0].lower() != key:
                pairs.append(pair)
            elif not is_there:
                pairs.append((name, value))
                is_there = True
        return Headers(pairs if is_there else (*pairs, (name, value)))

    def without(self, name: str) -> "Headers":
        """The same without any field of the name."""
        key = _key(name)
        return Headers(pair for pair in self._pairs if pair[0].lower() != key)

    def plus(self, *pairs: tuple[str, str], first: bool = False) -> "Headers":
        """The same with more fields, at the end or in front."""
        return Headers((*pairs, *self._pairs) if first else (*self._pairs, *pairs))

    def count(self, name: str) -> int:
        """How many fields of the name there are."""
        return len(self._all(name))

    def _all(self, name: str) -> list[str]:
        return self._table.get(KEYS.get(name) or _key(name), [])

    def __contains__(self, name: str) -> bool:
        return bool(self._all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"


def _key(name: str) -> str:
    return _COMPACT[name.lower()].lower() if len(name) == 1 and name.lower() in _COMPACT else name.lower()


KEYS = {name: name.lower() for name in _USUAL}
"""Of names as they are mostly written: there are a dozen in each message."""

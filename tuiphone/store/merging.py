"""Which contacts are the same person, told by their numbers, and one contact made of several. Pure, and slow for many:
it is done before a transaction begins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tuiphone.core.filters import folded
from tuiphone.core.model import Contact, ContactAddress
from tuiphone.store.contact_rows import Prepared, cleaned, prepared
from tuiphone.store.numbers import Countries

MAX_SHARERS = 3
"""So many people of different names may be one person with several; a number that more have is a switchboard's."""


def same_person(people: Sequence[tuple[str, tuple[str, ...]]]) -> list[list[int]]:
    """Which of these (name, keys of the addresses) belong together, each group in order."""
    names = [folded(name) for name, _ in people]
    holders: dict[str, list[int]] = {}
    for at, (_, keys) in enumerate(people):
        for key in keys:
            holders.setdefault(key, []).append(at)
    leader = list(range(len(people)))

    def find(at: int) -> int:
        while leader[at] != at:
            leader[at] = at = leader[leader[at]]
        return at

    def join(first: int, second: int) -> None:
        low, high = sorted((find(first), find(second)))
        leader[high] = low

    for sharers in holders.values():
        if len({names[at] for at in sharers}) <= MAX_SHARERS:
            for at in sharers[1:]:
                join(sharers[0], at)
        else:
            by_name: dict[str, int] = {}
            for at in sharers:
                join(by_name.setdefault(names[at], at), at)
    groups: dict[int, list[int]] = {}
    for at in range(len(people)):
        groups.setdefault(find(at), []).append(at)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to the address book."""

    new: tuple[Prepared, ...] = ()
    changed: tuple[Prepared, ...] = ()
    gone: tuple[int, ...] = ()
    """Ids."""
    merged: int = 0
    """Who was added to somebody."""
    unchanged: int = 0
    """Who was there already, with all they have."""


def plan_of_taking(known: Sequence[Prepared], coming: Sequence[Prepared], countries: Countries) -> Plan:
    """How these people come into the book; those who are known are added to."""
    everybody = [*known, *coming]
    new: list[Prepared] = []
    changed: list[Prepared] = []
    merged = unchanged = 0
    for group in _groups(everybody):
        # Of people who are there twice already the first gets what is new; making them one is another command.
        first = person = everybody[group[0]]
        is_known = group[0] < len(known)
        for at in group[1:]:
            if at < len(known):
                continue
            before = person.contact
            person = _both(person, everybody[at], countries)
            merged += is_known and person.contact != before
            unchanged += person.contact == before
        if not is_known:
            new.append(person)
        elif person.contact != first.contact:
            changed.append(person)
    return Plan(tuple(new), tuple(changed), (), merged, unchanged)


def plan_of_merging(known: Sequence[Prepared], countries: Countries) -> Plan:
    """How those who are the same person become one."""
    changed: list[Prepared] = []
    gone: list[int] = []
    for group in _groups(known):
        person = known[group[0]]
        for at in group[1:]:
            person = _both(person, known[at], countries)
            gone.append(known[at].contact.id)
        if len(group) > 1:
            changed.append(person)
    return Plan((), tuple(changed), tuple(gone), len(gone) + len(changed))


def _groups(people: Sequence[Prepared]) -> Iterable[list[int]]:
    return same_person([(person.contact.name, person.keys) for person in people])


def _both(first: Prepared, second: Prepared, countries: Countries) -> Prepared:
    both = cleaned(combined(first.contact, first.keys, second.contact, second.keys))
    return first if both == first.contact else prepared(both, countries)


def combined(first: Contact, keys: Sequence[str], second: Contact, second_keys: Sequence[str]) -> Contact:
    """The first with what only the second has; a name that is lost is kept in the note."""
    addresses: dict[str, ContactAddress] = {}
    for key, one in (*zip(keys, first.addresses, strict=True), *zip(second_keys, second.addresses, strict=True)):
        known = addresses.get(key)
        if known is None:
            addresses[key] = one
        elif known.label is None or known.account is None:
            addresses[key] = replace(known, label=known.label or one.label, account=known.account or one.account)
    name, other = first.name, second.name
    if _is_number(name) and not _is_number(other):
        name, other = other, name
    notes = [note for note in (first.note, second.note) if note]
    if second.note and first.note and second.note in first.note:
        notes.pop()
    told = "\n".join(notes)
    if not _is_number(other) and folded(other) != folded(name) and other not in told:
        notes.append(f"Also: {other}")
    return replace(
        first,
        name=name,
        addresses=tuple(addresses.values()),
        favourite=first.favourite or second.favourite,
        note="\n".join(notes) or None,
    )


def _is_number(name: str) -> bool:
    return not any(character.isalpha() for character in name)

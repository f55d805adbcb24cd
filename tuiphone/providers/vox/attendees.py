"""Who is in a group call, as far as its server has told: pure, and bounded whatever the server says."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tuiphone.core.call import Attendance, Participant
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import Address, AddressKind, room
from tuiphone.providers.vox.settings import id_problem

MAX_ATTENDEES = 100
MAX_TITLE = 200


class Attendees:
    """We and the others, in the order in which they were heard of."""

    def __init__(self, us: str, title: str | None) -> None:
        self.us = us
        self._title = _clean(title)
        self._there = {us: Participant(user(us), Attendance.INVITED, is_us=True)}

    def note(self, name: str, state: Attendance) -> bool:
        """Somebody stands so with the call now; whether that is news."""
        known = self._there.get(name)
        if known is None:
            if len(self._there) >= MAX_ATTENDEES or id_problem(name) is not None:
                return False
            known = Participant(user(name), state)
        elif known.state is state:
            return False
        # Who comes back is heard again.
        self._there[name] = replace(known, state=state, muted=known.muted and state is Attendance.JOINED)
        return True

    def mute(self, name: str, on: bool) -> bool:
        """Somebody is silent, or no longer; whether that is news."""
        known = self._there.get(name)
        if known is None or known.muted == on:
            return False
        self._there[name] = replace(known, muted=on)
        return True

    def state(self, name: str) -> Attendance | None:
        """Where somebody stands with the call; None for a stranger."""
        known = self._there.get(name)
        return None if known is None else known.state

    @property
    def is_anybody_here(self) -> bool:
        """Somebody besides us came."""
        return any(one.state is Attendance.JOINED and not one.is_us for one in self._there.values())

    @property
    def everybody(self) -> tuple[Participant, ...]:
        """As the phone is told."""
        return tuple(self._there.values())

    @property
    def room(self) -> Address:
        """The peer of the call: all the others, under the title that whoever began it gave it."""
        return room(self._title, self._others())

    def _others(self) -> Iterator[Address]:
        return (one.address for one in self._there.values() if not one.is_us)


def user(name: str) -> Address:
    """A user of the project."""
    return Address(AddressKind.USER, name)


def users_of(people: Iterable[Address], *, but: str) -> tuple[str, ...]:
    """The names of these people, each once, without our own. Raises: NotPossible where that is none of the project."""
    names: dict[str, None] = {}
    for one in people:
        if one.kind is not AddressKind.USER:
            raise NotPossible(f"{one.text} is a telephone; group calls of Vox are among its users.")
        if problem := id_problem(one.text):
            raise NotPossible(problem)
        names[one.text] = None
    names.pop(but, None)
    if not names:
        raise NotPossible("A group call is with others; name somebody besides yourself.")
    return tuple(names)


def title_of(ours: str, people: Iterable[str]) -> str:
    """What a call of ours is called at the others: everybody's names."""
    return ", ".join((ours, *people))[:MAX_TITLE]


def _clean(title: str | None) -> str | None:
    kept = "".join(one if one.isprintable() else " " for one in (title or "")[:MAX_TITLE]).strip()
    return kept or None

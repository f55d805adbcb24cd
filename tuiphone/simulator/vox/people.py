"""Who there is: users with their passwords, contacts and profiles, and the robots among them (sections 3 and 11)."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_USERS = 10_000
MOST_CONTACTS = 1_000
_NAME = re.compile(r"[A-Za-z0-9+\-_.@]{1,64}")
_MOST_PASSWORD = 256
_PROFILE_FIELDS = ("sUserName", "sPresenceStatusMsg", "sProfilePicId")
_LISTED_NAME = 64
_PROFILE_TEXT = 1024


@dataclass(slots=True)
class Person:
    """One user or robot."""

    name: str
    password: str | None
    """None for a robot: nobody logs in as one."""
    contacts: dict[str, int] = field(default_factory=dict)
    """Names, with the kind of contact."""
    profile: dict[str, str] = field(default_factory=dict)
    seen_ms: int = 0
    """When the person last came or went."""


class People:
    """The one user table of both ports."""

    def __init__(self, passwords: dict[str, str], robots: Iterable[str]) -> None:
        self._people = {name: Person(name, password) for name, password in passwords.items()}
        self._people |= {name: Person(name, None, seen_ms=now_ms()) for name in robots}

    def find(self, name: str) -> Person | None:
        """The person of that name."""
        return self._people.get(name)

    def create(self, name: str, password: str) -> bool:
        """Add a user; false when the name is taken or cannot be one, or the password is empty."""
        wrong = not _NAME.fullmatch(name) or not 0 < len(password) <= _MOST_PASSWORD
        if wrong or name in self._people or len(self._people) >= MOST_USERS:
            return False
        self._people[name] = Person(name, password)
        return True

    def delete(self, name: str) -> bool:
        """Remove a user; false when there is none of that name. Others keep the name in their contacts."""
        person = self._people.get(name)
        if person is None or person.password is None:
            return False
        del self._people[name]
        return True

    def log_in(self, name: str, pass_hash: str) -> Person | None:
        """The user, when the hash is that of the password (section 5)."""
        person = self._people.get(name)
        if person is None or person.password is None:
            return None
        expected = hashlib.sha256(f"{name}{person.password}".encode()).hexdigest()
        return person if hmac.compare_digest(expected.encode(), pass_hash.encode("utf-8", "replace")) else None

    def who_list(self, name: str) -> Iterator[Person]:
        """Everybody who has that name in the contacts."""
        return (person for person in self._people.values() if name in person.contacts)

    def change_profile(self, person: Person, profile: dict[str, Any]) -> dict[str, str]:
        """Take over the fields that are given; what changed."""
        given = {name: str(profile[name])[:_PROFILE_TEXT] for name in _PROFILE_FIELDS if name in profile}
        changed = {name: value for name, value in given.items() if person.profile.get(name, "") != value}
        person.profile |= changed
        return changed


def is_listable(name: str) -> bool:
    """Whether a name may stand among contacts; those of another alphabet than our users' are simply unknown."""
    return 0 < len(name) <= _LISTED_NAME and not any(one.isspace() or not one.isprintable() for one in name)


def now_ms() -> int:
    """The time as the wire counts it."""
    return time.time_ns() // 1_000_000

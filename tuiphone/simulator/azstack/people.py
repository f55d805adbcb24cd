"""The users of the simulated application: created when they first log in, known by name and by number."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

FIRST_ID = 387_212
MOST_USERS = 10_000
MOST_LOGS = 200
_NUMBER = re.compile(r"84(\d{9})")


@dataclass(eq=False, slots=True)
class User:
    """One user; `name` is what the application calls it, `id` what AZStack does."""

    id: int
    name: str
    fullname: str
    last_visit_ms: int = 0
    logs: "deque[dict[str, Any]]" = field(default_factory=lambda: deque(maxlen=MOST_LOGS))
    """Entries of paid calls as 601 has them, newest first."""

    @property
    def number(self) -> str:
        """The telephone number that rings this user."""
        return f"84{self.id:09}"

    def left(self) -> None:
        """A device of this user disconnected."""
        self.last_visit_ms = time.time_ns() // 1_000_000


class People:
    """All users."""

    def __init__(self) -> None:
        self._by_name: dict[str, User] = {}
        self._by_id: dict[int, User] = {}

    def named(self, name: str) -> User | None:
        """The user of that name."""
        return self._by_name.get(name)

    def numbered(self, user_id: int) -> User | None:
        """The user of that AZStack number."""
        return self._by_id.get(user_id)

    def owner_of(self, number: str) -> User | None:
        """The user whom that telephone number rings."""
        match = _NUMBER.fullmatch(number)
        return self._by_id.get(int(match[1])) if match else None

    def made(self, name: str, fullname: str = "") -> User | None:
        """The user of that name, created when there is none yet; None when there are too many."""
        if user := self._by_name.get(name):
            return user
        if len(self._by_name) >= MOST_USERS:
            return None
        user = User(FIRST_ID + len(self._by_name), name, fullname)
        self._by_name[name] = self._by_id[user.id] = user
        return user

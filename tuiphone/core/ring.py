"""Ring: the newest entries of something that never ends, bounded in their number and in their size."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """Forgets the oldest entries when there are too many, or when they are too large together."""

    def __init__(self, *, entries: int, size: int) -> None:
        self.dropped = 0
        """How many were forgotten."""
        self._entries = entries
        self._size = size
        self._used = 0
        self._kept: deque[tuple[T, int]] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[T]:
        return (item for item, _ in self._kept)

    def newest_first(self) -> Iterator[T]:
        """From the newest to the oldest; cheap to leave early."""
        return (item for item, _ in reversed(self._kept))

    @property
    def newest(self) -> T | None:
        """The last one that was added."""
        return self._kept[-1][0] if self._kept else None

    def add(self, item: T, size: int) -> None:
        """Keep this; `size` is about how many bytes it takes."""
        self._kept.append((item, size))
        self._used += size
        while len(self._kept) > self._entries or (self._used > self._size and len(self._kept) > 1):
            self._used -= self._kept.popleft()[1]
            self.dropped += 1

    def remove(self, item: T) -> None:
        """Take one out, looked for from the newest on."""
        for at in range(len(self._kept) - 1, -1, -1):
            if self._kept[at][0] is item:
                self._used -= self._kept[at][1]
                del self._kept[at]
                return

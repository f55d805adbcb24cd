"""What ends calls and may have been lost with a link: said again after the next log-in, for as long as it is of use."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

RESUME_SECONDS = 30.0
"""How long after it was meant to be said an end of a call is still worth saying."""
DOUBTFUL_SECONDS = 5.0
"""What was sent this shortly before the link was lost may not have arrived."""
MAX_GOODBYES = 500
T = TypeVar("T")


class Goodbyes(Generic[T]):
    """The last ones, oldest first; `T` is how the vendor's package writes a packet."""

    def __init__(self) -> None:
        self._said: deque[tuple[T, float]] = deque(maxlen=MAX_GOODBYES)

    def add(self, packet: T) -> None:
        """This is being said, or would be if there were a link."""
        self._said.append((packet, time.monotonic()))

    def link_lost(self) -> None:
        """What was said a while ago has arrived."""
        now = time.monotonic()
        doubtful = [(packet, at) for packet, at in self._said if now - at < DOUBTFUL_SECONDS]
        self._said = deque(doubtful, maxlen=MAX_GOODBYES)

    def due(self) -> Iterator[T]:
        """There is a link again: what to say by it."""
        now = time.monotonic()
        yield from (packet for packet, at in list(self._said) if now - at < RESUME_SECONDS)

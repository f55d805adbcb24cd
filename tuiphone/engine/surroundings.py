"""Notices what no server tells: the machine slept, or has other addresses. Links may be dead then without a word."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SLEPT_SECONDS = 5.0
"""The wall clock went on for so much longer than the one that stands still while the machine sleeps."""
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses of the documentation (RFC 5737, RFC 3849): nothing is sent to them, the system only says how it would."""


def own_addresses() -> frozenset[str]:
    """Our addresses by which the rest of the world is reached now; none without a network."""
    return frozenset(filter(None, (source_of(family, host) for family, host in _ANYWHERE)))


def source_of(family: int, host: str) -> str | None:
    """Our address on the way to this one; None when there is no way."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
        asked.connect((host, 9))
        return str(asked.getsockname()[0])
    return None


class Surroundings:
    """Looks round every second; cheap, as it only asks the system."""

    def __init__(
        self,
        stirred: Callable[[], None],
        *,
        addresses: Callable[[], Iterable[str]] = own_addresses,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stirred = stirred
        self._addresses = addresses
        self._wall, self._steady = wall, steady
        self._known = frozenset(addresses())
        self._ahead = wall() - steady()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="surroundings")

    async def close(self) -> None:
        """Look no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def look(self) -> None:
        """Compare with how it was a moment ago."""
        ahead, before = self._wall() - self._steady(), self._ahead
        known, addresses = self._known, frozenset(self._addresses())
        self._ahead, self._known = ahead, addresses
        if slept := ahead - before > SLEPT_SECONDS:
            log.info("the machine slept for %.0f s, or its clock was set", ahead - before)
        if addresses != known:
            log.info("own addresses: %s", ", ".join(sorted(addresses)) or "none")
        if slept or addresses != known:
            self._stirred()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

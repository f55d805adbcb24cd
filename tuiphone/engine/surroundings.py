"""Notices what no server tells: the machine slept, or has other addresses. Links may be dead then without a word."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Iterable

import ifaddr

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SLEPT_SECONDS = 5.0
"""The wall clock went on for so much longer than the one that stands still while the machine sleeps."""


def own_addresses() -> frozenset[str]:
    """The addresses by which this machine is on a network; none without one."""
    # IPv6 writes an address with its scope, as a tuple.
    found = (ip.ip if isinstance(ip.ip, str) else ip.ip[0] for each in ifaddr.get_adapters() for ip in each.ips)
    return frozenset(address for address in found if not _is_of_no_use(ipaddress.ip_address(address)))


def _is_of_no_use(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback or address.is_link_local


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

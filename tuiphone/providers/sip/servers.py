"""Which servers to try next, and which to leave alone for a while."""

import logging
import time
from collections.abc import Callable

from tuiphone.core.errors import ConnectionLost, TryLater
from tuiphone.providers.links import place
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.providers.sip.settings import Settings

log = logging.getLogger(__name__)

DOUBT_SECONDS = 60.0
"""A server that failed is tried after the others for so long."""
MAX_REST_SECONDS = 600.0


class Servers:
    """The addresses of the settings, or those the DNS gives; the one that was good last comes first."""

    def __init__(
        self, settings: Settings, *, lookup: Lookup | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._lookup = lookup or Lookup()
        self._clock = clock
        self._known = tuple(Server(address) for address in settings.addresses)
        self._until = 0.0 if not self._known else float("inf")
        self._good: Server | None = None
        self._doubted: dict[Server, float] = {}
        self._resting: dict[Server, float] = {}

    async def round(self) -> tuple[Server, ...]:
        """Whom to try now, one after the other.

        Raises: ConnectionLost when there is nobody, TryLater when all want to be left alone
        """
        if self._clock() >= self._until:
            await self._look_up()
        now = self._clock()
        awake = [server for server in self._known if self._resting.get(server, 0.0) <= now]
        if not awake:
            first = min(self._resting[server] for server in self._known)
            raise TryLater(
                f"{self._settings.domain}: the server wants to be left alone for {first - now:.0f} seconds.",
                first - now,
            )
        doubts = [self._doubted.get(server, 0.0) for server in awake]
        ranks = [
            (server != self._good, doubt if doubt > now else 0.0, number)
            for number, (server, doubt) in enumerate(zip(awake, doubts, strict=True))
        ]
        return tuple(awake[number] for _, _, number in sorted(ranks))

    def reached(self, server: Server) -> None:
        """This one is good: stay with it, and try it first should the link be lost, as calls may hang on it."""
        self._good = server
        self._doubted.pop(server, None)
        self._resting.pop(server, None)

    def failed(self, server: Server, error: ConnectionLost | None = None) -> None:
        """This one is not, for a while."""
        now = self._clock()
        if self._good == server:
            self._good = None
        self._doubted[server] = now + DOUBT_SECONDS
        if isinstance(error, TryLater):
            self._resting[server] = now + min(error.seconds, MAX_REST_SECONDS)

    async def _look_up(self) -> None:
        try:
            found = await self._lookup.servers(self._settings.domain, self._settings.path)
        except ConnectionLost:
            if not self._known:
                raise
            log.info("%s: going on with the servers known before", self._settings.domain)
            return
        if not found.is_certain:
            # The network may be away; the servers known before are a better guess, and the next try asks again.
            self._known = self._known or found.servers
            return
        if found.servers != self._known:
            places = ", ".join(place(server.url) for server in found.servers)
            log.info("%s: %s, by %s", self._settings.domain, places, found.said)
        self._known, self._until = found.servers, self._clock() + found.ttl
        self._doubted = {each: until for each, until in self._doubted.items() if each in found.servers}
        self._resting = {each: until for each, until in self._resting.items() if each in found.servers}

"""Asks the DNS where the server of a domain is: NAPTR, SRV, or the domain itself."""

import asyncio
import importlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tuiphone.core.errors import ConnectionLost
from tuiphone.providers.sip.discovery import (
    MAX_SERVERS,
    Naptr,
    Server,
    Srv,
    Way,
    in_order,
    server_of,
    server_without_records,
    ways_of,
    ways_without_naptr,
)

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 4.0
"""For one question, with all its repetitions; two follow one another at most."""
SHORTEST_TTL, LONGEST_TTL = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """Servers in the order to try them, and for how many seconds that is true."""

    servers: tuple[Server, ...]
    ttl: float
    said: str
    """How they were found, for the person."""
    is_certain: bool = True
    """False for a guess, as no name server would say."""


class Lookup:
    """Asks the name servers of the system, or those it is given."""

    def __init__(self, *, name_servers: tuple[str, ...] = (), port: int = 53) -> None:
        self._name_servers, self._port = name_servers, port

    async def servers(self, domain: str, path: str) -> Found:
        """The servers of a domain. Raises: ConnectionLost when it offers none"""
        # Loading the library takes a tenth of a second, which calls would hear as a gap.
        await asyncio.to_thread(importlib.import_module, "dns.asyncresolver")
        resolver = self._resolver()
        if resolver is None:
            return _plainly(domain, path, "this machine knows no name server", is_certain=False)
        naptr, guesses = await asyncio.gather(
            self._ask(resolver, domain, "NAPTR"),
            asyncio.gather(*(self._srv(resolver, way) for way in ways_without_naptr(domain))),
        )
        ways = ways_of((_naptr(record) for record in naptr.records), domain)
        if ways:
            answers = await asyncio.gather(*(self._srv(resolver, way) for way in ways[:MAX_SERVERS]))
            how = f"NAPTR and SRV records of {domain}"
        else:
            # RFC 3263 section 4.1: only the first of them that is there counts.
            answers = [answer for answer in guesses if answer.records][:1]
            how = f"SRV records of {domain}"
        servers: list[Server] = []
        ttls: list[float] = [naptr.ttl] if ways else []
        for answer in answers:
            if [record.target.to_text() for record in answer.records] == ["."]:
                raise ConnectionLost(f"{domain} says that it offers no SIP over WebSocket. Check the domain.")
            for record in in_order(_srv(each) for each in answer.records):
                assert answer.way is not None
                made = server_of(record, domain=domain, path=path, is_secure=answer.way.is_secure)
                if made is not None and made not in servers:
                    servers.append(made)
            ttls.append(answer.ttl)
        if not servers:
            silent = all(answer.is_silent for answer in (naptr, *guesses))
            why = "no name server answers" if silent else f"the DNS has no NAPTR or SRV record for {domain}"
            return _plainly(domain, path, why, is_certain=not silent)
        ttl = min(max(min(ttls), SHORTEST_TTL), LONGEST_TTL)
        return Found(tuple(servers[:MAX_SERVERS]), ttl, how)

    def _resolver(self) -> "Resolver | None":
        from dns.asyncresolver import Resolver
        from dns.resolver import NoResolverConfiguration

        try:
            resolver = Resolver(configure=not self._name_servers)
        except NoResolverConfiguration:
            return None
        if self._name_servers:
            resolver.nameservers = list(self._name_servers)
            resolver.port = self._port
        return resolver

    async def _srv(self, resolver: "Resolver", way: Way) -> "_Answer":
        answer = await self._ask(resolver, way.name, "SRV")
        return replace(answer, way=way)

    async def _ask(self, resolver: "Resolver", name: str, kind: str) -> "_Answer":
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = await resolver.resolve(name, kind, lifetime=LOOKUP_SECONDS, search=False)
        except (DNSException, OSError, UnicodeError) as error:
            # Some routers answer no question but for addresses; that is as good as a no.
            log.info("no %s record of %s: %s", kind, name, type(error).__name__)
            return _Answer((), SHORTEST_TTL, is_silent=not isinstance(error, NXDOMAIN | NoAnswer | UnicodeError))
        rrset = answer.rrset
        return _Answer(tuple(answer)[:MAX_SERVERS], float(rrset.ttl) if rrset is not None else SHORTEST_TTL)


@dataclass(frozen=True, slots=True)
class _Answer:
    records: tuple[Any, ...]
    ttl: float
    way: Way | None = None
    is_silent: bool = False


def _plainly(domain: str, path: str, why: str, *, is_certain: bool) -> Found:
    return Found((server_without_records(domain, path),), SHORTEST_TTL, why, is_certain)


def _naptr(record: Any) -> Naptr:
    flags, service, regexp = (part.decode("ascii", "replace") for part in _texts(record))
    return Naptr(record.order, record.preference, flags, service, regexp, record.replacement.to_text())


def _texts(record: Any) -> Iterable[bytes]:
    return record.flags, record.service, record.regexp


def _srv(record: Any) -> Srv:
    return Srv(record.priority, record.weight, record.port, record.target.to_text())

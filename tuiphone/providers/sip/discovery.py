"""From DNS records to servers in the order to try them (RFC 3263, RFC 2782, RFC 7118); asks nobody itself."""

# pyright: strict

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tuiphone.providers.links import is_loopback

SECURE, PLAIN = "SIPS+D2W", "SIP+D2W"
"""NAPTR services of SIP over WebSocket with TLS and without (RFC 7118 section 10.3)."""
MAX_SERVERS = 32
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a WebSocket is opened."""

    url: str
    tls_name: str | None = None
    """Whom its certificate has to be for, where that is not the URL's host."""


@dataclass(frozen=True, slots=True)
class Naptr:
    """A NAPTR record (RFC 3403)."""

    order: int
    preference: int
    flags: str
    service: str
    regexp: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """An SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Way:
    """A name to look SRV records up at, and whether what they name speaks TLS."""

    name: str
    is_secure: bool


def ways_of(records: Iterable[Naptr], domain: str) -> list[Way]:
    """What NAPTR records leave us to look up, in order (RFC 3263 section 4.1); other transports are left out."""
    found: list[Way] = []
    for record in sorted(records, key=lambda each: (each.order, each.preference)):
        service = record.service.upper()
        if record.flags.lower() != "s" or record.regexp or service not in (SECURE, PLAIN):
            continue
        if service == PLAIN and not is_loopback(domain):
            continue  # it would carry credentials in clear text
        found.append(Way(record.replacement.rstrip("."), service == SECURE))
    return found


def ways_without_naptr(domain: str) -> list[Way]:
    """Where SRV records stand when there is no NAPTR record; names differ, as RFC 7118 gives no example."""
    ways = [Way(f"_sips._ws.{domain}", True), Way(f"_sip._wss.{domain}", True)]
    return [*ways, Way(f"_sip._ws.{domain}", False)] if is_loopback(domain) else ways


def in_order(records: Iterable[Srv], *, pick: Callable[[], float] = random.random) -> list[Srv]:
    """By priority, and by weighted lot within one (RFC 2782); `pick` gives numbers from 0 up to 1."""
    ordered: list[Srv] = []
    by_priority: dict[int, list[Srv]] = {}
    for record in records:
        by_priority.setdefault(record.priority, []).append(record)
    for priority in sorted(by_priority):
        # Those without weight come first, so that they have a small chance as well.
        left = sorted(by_priority[priority], key=lambda each: each.weight)
        while left:
            lot = int(pick() * (sum(each.weight for each in left) + 1))
            reached = 0
            for number, each in enumerate(left):
                reached += each.weight
                if reached >= lot or number == len(left) - 1:
                    ordered.append(left.pop(number))
                    break
    return ordered


def server_of(record: Srv, *, domain: str, path: str, is_secure: bool) -> Server | None:
    """The server of an SRV record; None for one that is no host.

    The DNS may lie, so the certificate has to name our domain (RFC 5922 section 7.2), or a host inside it, which
    nobody but the domain's owner gets a certificate for.
    """
    target = record.target.rstrip(".").lower()
    if not _HOST.fullmatch(target) or not 0 < record.port < 65536:
        return None
    if not is_secure:
        return Server(f"ws://{target}:{record.port}{path}") if is_loopback(target) else None
    is_inside = target == domain.lower() or target.endswith(f".{domain.lower()}")
    return Server(f"wss://{target}:{record.port}{path}", None if is_inside else domain)


def server_without_records(domain: str, path: str) -> Server:
    """A domain of which the DNS says nothing but its number (RFC 3263 section 4.2)."""
    return Server(f"wss://{domain}:443{path}")

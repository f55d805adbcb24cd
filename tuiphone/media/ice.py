"""Which addresses a call may use: its own servers and no other, loopback, an allow-list of interfaces.

aioice asks one module-level function for the host's addresses; `Reach` answers it per call, by a context variable.
"""

import fnmatch
import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import aioice.ice
import ifaddr
from aiortc import RTCIceCandidate, RTCIceServer
from aiortc.sdp import candidate_from_sdp

from tuiphone.core.ports import Candidate, IceServer

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
MAX_CANDIDATE = 512
"""Characters; the longest that was ever seen has some 200."""

_stock_addresses = aioice.ice.get_host_addresses
_reach: ContextVar["Reach | None"] = ContextVar("reach", default=None)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the packets of one call may go."""

    loopback: bool = False
    """Loopback and nothing else: for a server on this machine. aioice by itself never gathers it."""
    interfaces: tuple[str, ...] = ()
    """Names of network interfaces (`eth0`, `wg*`); empty for all."""

    def addresses(self, *, ipv4: bool, ipv6: bool) -> list[str]:
        """The addresses of this machine that candidates are gathered from."""
        if self.loopback:
            return [LOOPBACK] if ipv4 else []
        if not self.interfaces:
            return _stock_addresses(ipv4, ipv6)
        return [
            text
            for name, text, linked in _own_addresses()
            if any(fnmatch.fnmatchcase(name, wanted) for wanted in self.interfaces)
            and not linked
            and (ipv6 if ":" in text else ipv4)
        ]

    def may_reach(self, host: str) -> bool:
        """Whether a far candidate at this address is worth a packet.

        A name ending in `.local` is looked up by multicast, which is not for a call that must stay on this machine
        or on chosen interfaces.
        """
        if host.endswith(".local"):
            return not self.loopback and not self.interfaces
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        if not self.loopback:
            return not address.is_multicast
        # A browser on this machine never offers loopback, but its other addresses are reached without leaving it.
        return address.is_loopback or any(text == host for _, text, _ in _own_addresses())

    def servers(self, servers: tuple[IceServer, ...]) -> list[RTCIceServer]:
        """These servers for aiortc; an empty list, and never None, which would mean a public STUN server."""
        usable: list[RTCIceServer] = []
        for server in servers:
            urls = [url for url in server.urls if not self.loopback or _is_local(url)]
            if urls:
                usable.append(RTCIceServer(urls=urls, username=server.username, credential=server.credential))
        return usable

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Within this block, and in the tasks begun in it, aioice finds the addresses of this reach."""
        install()
        install()
        token = _reach.set(self)
        try:
            yield
        finally:
            _reach.reset(token)


def install() -> None:
    """Put our answer in the place of aioice's list of host addresses; outside of `gathering` nothing changes."""
    global _stock_addresses
    if aioice.ice.get_host_addresses is not _host_addresses:
        _stock_addresses = aioice.ice.get_host_addresses
        aioice.ice.get_host_addresses = _host_addresses


def _host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    reach = _reach.get()
    if reach is None:
        return _stock_addresses(use_ipv4, use_ipv6)
    return reach.addresses(ipv4=use_ipv4, ipv6=use_ipv6)


def _own_addresses() -> Iterator[tuple[str, str, bool]]:
    """(interface, address, needs a scope) of this machine."""
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                yield adapter.name, ip.ip, False
            else:
                yield adapter.name, ip.ip[0], ip.ip[2] != 0


def _is_local(url: str) -> bool:
    host = url.partition(":")[2].partition("?")[0]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_candidate(candidate: Candidate, reach: Reach) -> RTCIceCandidate | None:
    """The candidate for aiortc, or None if it is of no use: TCP, RTCP's own, unreachable, an end mark, or garbage."""
    text = candidate.text.strip().removeprefix("a=").removeprefix("candidate:")
    if not text or len(text) > MAX_CANDIDATE or not text.isascii():
        return None
    try:
        parsed = candidate_from_sdp(text)
    except (ValueError, AssertionError, IndexError):
        log.debug("a candidate that cannot be read was left out")
        return None
    if parsed.protocol.lower() != "udp" or parsed.component != 1 or not 0 < parsed.port < 65536:
        return None
    if parsed.type not in ("host", "srflx", "relay") or not reach.may_reach(parsed.ip):
        return None
    return parsed

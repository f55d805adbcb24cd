"""Keeps the simulator's media on this machine: which addresses it offers, and to which it would send."""

import ipaddress
import re
from collections.abc import Iterator
from contextlib import contextmanager

import aioice.ice

_CANDIDATE = re.compile(r"^(?:a=)?candidate:\S+ \d+ udp \d+ (\S+) \d+ typ \S+", re.IGNORECASE)


@contextmanager
def only_loopback() -> Iterator[None]:
    """While inside, ICE gathers 127.0.0.1 alone (by itself aioice leaves it out, and offers all the others)."""
    original = aioice.ice.get_host_addresses

    def loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return ["127.0.0.1"]

    aioice.ice.get_host_addresses = loopback
    try:
        yield
    finally:
        aioice.ice.get_host_addresses = original


def is_reachable(candidate: str) -> bool:
    """Whether a candidate line names an address of this machine. Names (mDNS) would be looked up on the network."""
    match = _CANDIDATE.match(candidate)
    if match is None:
        return False
    try:
        address = ipaddress.IPv4Address(match[1])
    except ValueError:
        return False
    return address.is_loopback or str(address) in _own_addresses()


def without_unreachable(sdp: str) -> str:
    """The SDP without foreign candidates, and without the mark that no more would follow."""
    lines = sdp.splitlines()
    kept = [
        line
        for line in lines
        if not line.startswith("a=end-of-candidates") and (not line.startswith("a=candidate:") or is_reachable(line))
    ]
    return "\r\n".join(kept) + "\r\n"


def _own_addresses() -> set[str]:
    import ifaddr

    return {ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)}

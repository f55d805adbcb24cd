"""Keeps the simulator's media on this machine: which addresses it offers, and to which it would send."""

import ipaddress
import re

import aioice.ice

_CANDIDATE = re.compile(r"^(?:a=)?candidate:\S+ \d+ udp \d+ (\S+) \d+ typ \S+", re.IGNORECASE)


def keep_to_loopback() -> None:
    """From now on ICE gathers 127.0.0.1 alone (by itself aioice leaves it out, and offers all the others)."""
    aioice.ice.get_host_addresses = _loopback_addresses


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


def _loopback_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return ["127.0.0.1"]


def _own_addresses() -> set[str]:
    import ifaddr

    return {ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)}

"""Where a link from the network may lead: the web, and nowhere in the person's own network."""

import asyncio
import contextlib
import ipaddress
import socket
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from tuiphone.core.errors import PhoneError

CONNECT_SECONDS = 10.0
_MAX_LINK = 8000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class DownloadFailed(PhoneError):
    """The file did not come; the text says why, and what to do."""


class Broken(DownloadFailed):
    """It may go better the next time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a download may do."""

    max_bytes: int
    hosts: frozenset[str] = frozenset()
    """Names or numbers that may be reached although they are in a private network, or this machine."""
    remedy: str = "max_download_mb under [recording] in the settings sets the limit."
    """What to do where a file is too large."""


def checked(url: str, came_by: str) -> str:
    """The host of an address that may be asked. Raises: DownloadFailed."""
    if len(url) > _MAX_LINK:
        raise DownloadFailed("The link to the recording is too long to be one.")
    try:
        parts = urlsplit(url)
        host, scheme, _ = parts.hostname, parts.scheme, parts.port
    except ValueError:
        raise DownloadFailed("The link to the recording is no web address.") from None
    if scheme not in ("http", "https"):
        raise DownloadFailed("The link to the recording is neither http nor https; it is not followed.")
    if came_by == "https" and scheme == "http":
        raise DownloadFailed("The server sends on from https to plain http; that is not followed.")
    if not host or not host.isprintable():
        raise DownloadFailed("The link to the recording is no web address.")
    return host


async def number_of(host: str, port: int, limits: Limits) -> Number:
    """Which address of the host to reach. Raises: DownloadFailed."""
    found = await _look_up(host, port)
    known: set[Number] = set()
    if not any(is_public(number) for number in found):
        for trusted in limits.hosts:
            with contextlib.suppress(Broken):
                known.update(await _look_up(trusted, port))
    for number in found:
        if is_public(number) or number in known:
            return number
    raise DownloadFailed(
        f"The link leads to {host} in a private network; that is not followed. If it is right, put the host into "
        "trusted_hosts under [recording] in the settings."
    )


async def _look_up(host: str, port: int) -> list[Number]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Broken(f"Cannot find {host}: no such host. Check the network.") from error
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


def is_public(number: Number) -> bool:
    """Out on the internet, whichever way it is written; neither this machine nor the person's network."""
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        if number in _NAT64:
            inner = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return number.is_global and not number.is_multicast

"""The STUN and TURN servers that Vox names (type 318) as ICE agents want them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from tuiphone.core.ports import IceServer
from tuiphone.providers.fields import MAX_SERVERS, MAX_TEXT
from tuiphone.providers.vox import vox_pb2

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})")
_TRANSPORTS: Mapping[int, tuple[str, str]] = {
    vox_pb2.TCP: ("turn", "?transport=tcp"),
    vox_pb2.UDP: ("turn", "?transport=udp"),
    vox_pb2.TLS: ("turns", "?transport=tcp"),
}
"""Those over WebSockets are for browsers alone."""


def servers(listed: Iterable[vox_pb2.stunTurnInfo]) -> tuple[IceServer, ...]:
    """What of the list can be used."""
    found = dict.fromkeys(server for each in listed for server in _servers(each))
    return tuple(found)[:MAX_SERVERS]


def merged(own: tuple[IceServer, ...], theirs: tuple[IceServer, ...]) -> tuple[IceServer, ...]:
    """Those of the settings first, and no server twice."""
    known = {url for server in own for url in server.urls}
    return (*own, *(server for server in theirs if not known.issuperset(server.urls)))


def _servers(info: vox_pb2.stunTurnInfo) -> Iterator[IceServer]:
    if place := _place(info.sStunURL, info.sStunPort, ("stun:", "stuns:")):
        yield IceServer((f"stun:{place}",))
    form = _TRANSPORTS.get(info.eTxType)
    if form and (place := _place(info.sTurnURL, info.sTurnPort, ("turn:", "turns:"))):
        scheme, transport = form
        yield IceServer((f"{scheme}:{place}{transport}",), info.sTurnUserName[:MAX_TEXT], info.sTurnPassword[:MAX_TEXT])


def _place(url: str, port: int, schemes: Iterable[str]) -> str | None:
    """`host:port` of a server; some write the scheme, and the port once more, into the host."""
    host = url.strip()
    for scheme in schemes:
        host = host.removeprefix(scheme)
    host = host.split("?", 1)[0].removeprefix("//")
    if not host.startswith("[") and host.count(":") == 1:
        host, _, written = host.partition(":")
        port = int(written) if not port and written.isascii() and written.isdecimal() and len(written) < 6 else port
    return f"{host}:{port}" if _HOST.fullmatch(host) and 0 < port < 65_536 else None

"""Looks at the way that sound takes: UDP out of here, STUN and TURN servers (RFC 8489, RFC 8656)."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import cast

from aioice import stun, turn

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.ports import IceServer

STEP_SECONDS = 5.0
RESEND_SECONDS = 0.5
MAX_URLS = 8
_PORTS = {"stun": 3478, "stuns": 5349, "turn": 3478, "turns": 5349}


@dataclass(frozen=True, slots=True)
class Url:
    """A STUN or TURN URL (RFC 7064, RFC 7065)."""

    scheme: str
    host: str
    port: int
    transport: str

    @classmethod
    def parse(cls, text: str) -> "Url | None":
        """The URL; None for what is none."""
        scheme, _, rest = text.partition(":")
        rest, _, query = rest.partition("?")
        host, port = rest, ""
        if rest.startswith("["):
            host, _, port = rest[1:].partition("]")
            port = port.removeprefix(":")
        elif rest.count(":") == 1:
            host, port = rest.split(":")
        if scheme not in _PORTS or not host or (port and not port.isdecimal()):
            return None
        transport = query.removeprefix("transport=") if query.startswith("transport=") else ""
        return cls(
            scheme, host, int(port) if port else _PORTS[scheme], transport or ("udp" if scheme[-1] != "s" else "tcp")
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}:{host}:{self.port}" + (f"/{self.transport}" if self.scheme.startswith("turn") else "")


async def look(servers: Iterable[IceServer] | None, *, is_local: bool) -> AsyncIterator[Finding]:
    """Whether sound can leave this machine by UDP, and whether each of the servers helps it.

    `is_local`: the account's server is on this machine, and so is all that it calls.
    """
    listed = [(url, server) for server in servers or () for text in server.urls if (url := Url.parse(text))]
    if not listed:
        if is_local:
            yield Finding(Verdict.GOOD, "sound", "It stays on this machine; no STUN or TURN server is needed.")
        else:
            yield Finding(
                Verdict.WARN,
                "STUN",
                "The account names no STUN or TURN server (ice_servers). That is enough where the server relays the "
                "sound; else people behind other routers hear nothing.",
            )
        return
    mapped: list[tuple[str, tuple[str, int]]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.setblocking(False)
        plain.bind(("", 0))
        for url, server in listed[:MAX_URLS]:
            if url.scheme == "stun":
                finding, seen = await _stun(url, plain)
                if seen is not None:
                    mapped.append((str(url), seen))
                yield finding
            elif url.scheme == "stuns":
                yield Finding(
                    Verdict.WARN, "STUN", f"{url} is STUN over TLS, which is not used here; name one by stun:."
                )
            else:
                yield await _turn(url, server)
        own = plain.getsockname()[1]
    if mapped:
        yield _nat([seen for _, seen in mapped], own, has_turn=any(url.scheme[:4] == "turn" for url, _ in listed))


async def _stun(url: Url, asking: socket.socket) -> tuple[Finding, tuple[str, int] | None]:
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    try:
        async with asyncio.timeout(STEP_SECONDS):
            found = await loop.getaddrinfo(url.host, url.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
            there = cast("tuple[str, int]", found[0][4][:2])
            seen = await _binding(there, asking)
    except socket.gaierror:
        return Finding(Verdict.BAD, "STUN", f"{url}: there is no such host. Check ice_servers."), None
    except TimeoutError:
        return Finding(
            Verdict.BAD,
            "STUN",
            f"{url} does not answer. A firewall may let no UDP out; then a TURN server by TCP helps.",
        ), None
    except OSError as error:
        return Finding(Verdict.BAD, "STUN", f"{url} cannot be asked: {error.strerror or error}."), None
    took = 1000 * (time.monotonic() - begun)
    return Finding(Verdict.GOOD, "STUN", f"{url} sees us as {seen[0]}:{seen[1]} ({took:.0f} ms)."), seen


async def _binding(there: tuple[str, int], asking: socket.socket) -> tuple[str, int]:
    """Ask until there is an answer (RFC 8489 section 6.2.1)."""
    loop = asyncio.get_running_loop()
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    pause = RESEND_SECONDS
    while True:
        await loop.sock_sendto(asking, bytes(request), there)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                while True:
                    data, _ = await loop.sock_recvfrom(asking, 2048)
                    with contextlib.suppress(ValueError, KeyError):
                        answer = stun.parse_message(data)
                        if answer.transaction_id == request.transaction_id:
                            seen = answer.attributes.get("XOR-MAPPED-ADDRESS") or answer.attributes["MAPPED-ADDRESS"]
                            return str(seen[0]), int(seen[1])
        pause *= 2


async def _turn(url: Url, server: IceServer) -> Finding:
    begun = time.monotonic()
    secure = await asyncio.to_thread(ssl.create_default_context) if url.scheme == "turns" else None
    try:
        async with asyncio.timeout(STEP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
            # TLS wants the name of the host; UDP takes its number.
            there = (url.host if secure is not None else str(found[0][4][0]), url.port)
            transport, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=there,
                username=server.username,
                password=server.credential,
                ssl=secure,
                transport=url.transport,
            )
    except socket.gaierror:
        return Finding(Verdict.BAD, "TURN", f"{url}: there is no such host. Check ice_servers.")
    except stun.TransactionFailed as error:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, ""))
        shown = "".join(letter for letter in str(reason) if letter.isprintable())[:60]
        what = "user name or credential" if code in (401, 441) else "request"
        return Finding(Verdict.BAD, "TURN", f"{url} refuses our {what} ({code} {shown}). Check ice_servers.")
    except (TimeoutError, stun.TransactionTimeout):
        return Finding(
            Verdict.BAD, "TURN", f"{url} does not answer. Check ice_servers, and what the firewall lets out."
        )
    except (OSError, ValueError) as error:
        return Finding(Verdict.BAD, "TURN", f"{url} cannot be used: {error}.")
    relayed = transport.get_extra_info("sockname")
    transport.close()
    took = 1000 * (time.monotonic() - begun)
    at = f", at {relayed[0]}:{relayed[1]}" if relayed else ""
    return Finding(Verdict.GOOD, "TURN", f"{url} relays for us{at} ({took:.0f} ms).")


def _nat(seen: list[tuple[str, int]], own: int, *, has_turn: bool) -> Finding:
    if len(set(seen)) > 1:
        said = "The router gives each connection another port, so others reach us by a TURN server only"
        if has_turn:
            return Finding(Verdict.GOOD, "UDP", f"It gets out. {said}; there is one.")
        return Finding(Verdict.WARN, "UDP", f"It gets out. {said}, and the account names none.")
    how = "as it is sent" if seen[0][1] == own else "by way of a router that others can be reached through"
    return Finding(Verdict.GOOD, "UDP", f"It gets out, {how}.")

"""Looks at the way to a server, step by step: its name, its port, its certificate, its clock."""

import asyncio
import contextlib
import dataclasses
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import cast
from urllib.parse import urlsplit

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.providers.links import head_date, is_loopback, unreachable

STEP_SECONDS = 5.0
SOON_DAYS = 14
"""A certificate that ends sooner deserves attention."""
SKEW_SECONDS = 60.0
SLOW_SECONDS = 1.0
MAX_NUMBERS = 4
_DEFAULT_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


def good(what: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(Verdict.GOOD, what, said)


def warn(what: str, said: str) -> Finding:
    """It works, but."""
    return Finding(Verdict.WARN, what, said)


def bad(what: str, said: str) -> Finding:
    """It does not work."""
    return Finding(Verdict.BAD, what, said)


async def way_to(url: str, *, tls: ssl.SSLContext | None = None, tls_name: str | None = None) -> AsyncIterator[Finding]:
    """DNS, TCP and, where the URL says so, TLS; ends at the first thing that does not work."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    where = f"{host}:{port}"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        finding = await name(host, port)
        yield finding
        if finding.verdict is Verdict.BAD:
            return
    finding = await connection(host, port)
    yield finding
    if finding.verdict is Verdict.BAD:
        return
    if parts.scheme in ("wss", "https"):
        async for finding in certificate(host, port, tls=tls, tls_name=tls_name):
            yield finding
    elif not is_loopback(host):
        yield bad("TLS", f"{where} is not spoken to by TLS; everybody on the way could read along.")


async def name(host: str, port: int) -> Finding:
    """Whether a host has a number."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(STEP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        return bad("DNS", str(unreachable(f"{host}:{port}", error, STEP_SECONDS)))
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
    more = f" and {len(numbers) - MAX_NUMBERS} more" if len(numbers) > MAX_NUMBERS else ""
    return good("DNS", f"{host} is {', '.join(numbers[:MAX_NUMBERS])}{more} ({_took(begun)}).")


async def connection(host: str, port: int) -> Finding:
    """Whether its port is open."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(STEP_SECONDS):
            _, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25)
    except (OSError, TimeoutError) as error:
        return bad("TCP", str(unreachable(f"{host}:{port}", error, STEP_SECONDS)))
    there = writer.get_extra_info("peername")
    writer.transport.abort()
    took = time.monotonic() - begun
    said = f"{host}:{port} takes connections, as {there[0] if there else 'who knows whom'} ({_took(begun)})."
    return warn("TCP", f"{said} That is slow; calls will be as well.") if took > SLOW_SECONDS else good("TCP", said)


async def certificate(
    host: str, port: int, *, tls: ssl.SSLContext | None = None, tls_name: str | None = None
) -> AsyncIterator[Finding]:
    """Whether its certificate can be trusted, and for how long."""
    context = tls or await asyncio.to_thread(ssl.create_default_context)
    try:
        async with asyncio.timeout(STEP_SECONDS):
            _, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=tls_name or host, ssl_handshake_timeout=STEP_SECONDS
            )
    except (OSError, TimeoutError) as error:
        said = str(unreachable(f"{host}:{port}", error, STEP_SECONDS))
        if isinstance(error, ssl.SSLCertVerificationError):
            said += _advice(error)
        yield bad("TLS", said)
        return
    secured = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    assert secured is not None
    cipher = secured.cipher()
    by = "not verified" if context.verify_mode is ssl.CERT_NONE else f"verified for {tls_name or host}"
    yield good("TLS", f"{secured.version()} with {cipher[0] if cipher else 'some cipher'}, {by}.")
    shown = secured.getpeercert() or {}
    if isinstance(ends := shown.get("notAfter"), str):
        yield lifetime(
            "certificate",
            ssl.cert_time_to_seconds(ends),
            time.time(),
            issuer=_issuer(shown),
            remedy="Tell whoever runs the server.",
        )


def lifetime(what: str, ends: float, now: float, *, remedy: str, issuer: str | None = None) -> Finding:
    """For how long a certificate is good."""
    days = (ends - now) / 86_400
    day = datetime.fromtimestamp(ends, UTC).date()
    by = f", signed by {issuer}" if issuer else ""
    if days < 0:
        return bad(what, f"It ended on {day}{by}. {remedy}")
    if days < SOON_DAYS:
        return warn(what, f"It ends on {day}, in {days:.0f} days{by}. {remedy}")
    return good(what, f"It is good until {day}, {days:.0f} days more{by}.")


def clock(date: str | None, now: float) -> Finding | None:
    """Whether our clock goes with the one of a server, by its Date header (RFC 9110 section 5.6.7)."""
    if not date:
        return None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        skew = now - parsedate_to_datetime(date.strip()).timestamp()
        if abs(skew) <= SKEW_SECONDS:
            return good("clock", f"It goes with the server's, {abs(skew):.0f} s apart.")
        way = "ahead of" if skew > 0 else "behind"
        return warn(
            "clock",
            f"It is {_length(abs(skew))} {way} the server's. Certificates and tokens are judged by it; set it by the "
            "network (timedatectl set-ntp true), or have the server's set.",
        )
    return None


def _advice(error: ssl.SSLCertVerificationError) -> str:
    match error.verify_code:
        case 9 | 10:  # not yet, no longer
            return " If the certificate is right, the clock of this machine is not."
        case 18 | 19 | 20 | 21:  # signed by itself, or by nobody known here
            return " If the server has an authority of its own, name its file in the settings."
        case _:
            return ""


def _issuer(shown: Mapping[str, object]) -> str | None:
    issuer = shown.get("issuer")
    if not isinstance(issuer, tuple):
        return None
    pairs = (pair for row in cast("tuple[tuple[tuple[str, str], ...], ...]", issuer) for pair in row)
    names = dict(pairs)
    said = names.get("organizationName") or names.get("commonName")
    return None if said is None else "".join(letter for letter in said if letter.isprintable())[:80]


def _took(begun: float) -> str:
    return f"{1000 * (time.monotonic() - begun):.0f} ms"


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def urls_of(settings: object) -> tuple[str, ...]:
    """The addresses of servers among the values of settings."""
    fields = dataclasses.fields(settings) if dataclasses.is_dataclass(settings) else ()
    values = [getattr(settings, field.name) for field in fields]
    texts = [text for value in values for text in (value if isinstance(value, tuple) else (value,))]
    starts = tuple(f"{scheme}://" for scheme in _DEFAULT_PORTS)
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, str) and text.startswith(starts)))


async def date_of(url: str) -> str | None:
    """What the clock of the web server at this address says; None when it does not."""
    parts = urlsplit(url)
    scheme = parts.scheme.replace("ws", "http")
    return await head_date(f"{scheme}://{parts.netloc}/", timeout=STEP_SECONDS)

"""Looks at the way to a server of Prostiezvonki, as far as that goes without logging in (section 14)."""

import asyncio
from collections.abc import AsyncIterator

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.errors import PhoneError
from tuiphone.core.trace import Trace
from tuiphone.providers.checkup import bad, good, warn, way_to
from tuiphone.providers.prostiezvonki.link import DocumentSocket, tls_of
from tuiphone.providers.prostiezvonki.settings import Settings

REFUSAL_SECONDS = 3.0
NOBODY = "?PzProtocolVersion=2"
"""A log-in of nobody, which a server refuses after it has shown that it is one."""


async def look(settings: Settings, trace: Trace) -> AsyncIterator[Finding]:
    """A finding at a time. A log-in as our extension would end the one that runs (section 8), so there is none."""
    tls = await tls_of(settings)
    async for finding in way_to(settings.url, tls=tls):
        yield finding
        if finding.verdict is Verdict.BAD and finding.what != "TLS":
            return
    if tls is not None:
        yield warn("certificate", "It is not checked, as verify_tls = false says; anybody could stand in between.")
    try:
        socket = await DocumentSocket.open(f"{settings.url}{NOBODY}", trace=trace, tls=tls)
    except PhoneError as error:
        yield bad("WebSocket", str(error))
        return
    try:
        async with asyncio.timeout(REFUSAL_SECONDS):
            while True:
                await socket.receive_frame()
    except (TimeoutError, PhoneError):
        code = socket.closed_with
    finally:
        await socket.close()
    if code is not None and 4001 <= code <= 4009:
        yield good("WebSocket", f"{socket.where} is a server of Prostiezvonki: it refused a log-in of nobody ({code}).")
    else:
        said = "did not refuse" if code is None else f"answered with code {code}"
        yield warn("WebSocket", f"{socket.where} speaks WebSocket, but {said} a log-in of nobody. Check the address.")
    yield good(
        "log-in",
        f"It was not tried: a second one as {settings.extension} would end the first. Whether the password is right "
        "shows when the account is switched on.",
    )

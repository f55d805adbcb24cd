"""What becomes of a request: servers may answer it, tell of it by an event, or say nothing at all (section 4.3)."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from tuiphone.core.errors import BadAddress, ConnectionLost, RequestFailed, RequestTimeout
from tuiphone.core.model import Address
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.prostiezvonki import codes, requests
from tuiphone.providers.prostiezvonki.messages import Response

Replied: TypeAlias = "asyncio.Future[Response | None]"
"""As Session.ask gives it."""


async def accepted(replied: Replied, told: asyncio.Event | None = None) -> bool:
    """Wait until the server takes a request; False when `told` came first, an event that it did.

    Raises: RequestFailed, RequestTimeout, ConnectionLost
    """
    works: set[asyncio.Future[Any]] = {replied}
    if told is not None:
        works.add(asyncio.ensure_future(told.wait()))
    try:
        await asyncio.wait(works, timeout=REQUEST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for work in works - {replied}:
            work.cancel()
    if told is not None and told.is_set():
        return False
    if not replied.done():
        raise RequestTimeout(f"The PBX did not say within {REQUEST_SECONDS:.0f} seconds that it does it.")
    if (reply := replied.result()) is None:
        raise ConnectionLost("The connection to the PBX was lost meanwhile; whether it does it is not known.")
    if reply.code != 0:
        raise RequestFailed(reply.code, codes.sentence(reply.code, reply.details))
    return True


def on_reply(
    replied: Replied, *, refused: Callable[[RequestFailed], None], taken: Callable[[], None] = lambda: None
) -> None:
    """Have `refused` called when the server says no, `taken` when it says yes; for a server that says
    nothing nobody waits."""

    def look(done: Replied) -> None:
        if done.cancelled() or (reply := done.result()) is None:
            return
        if reply.code == 0:
            taken()
        else:
            refused(RequestFailed(reply.code, codes.sentence(reply.code, reply.details)))

    replied.add_done_callback(look)


def check_number(to: Address) -> None:
    """Raises: BadAddress for what has no digit in it."""
    if not requests.number_to_wire(to.text):
        raise BadAddress(f"There is no digit in {to.text!r}, and a PBX calls numbers.")

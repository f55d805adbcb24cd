"""Logs in to a provider once and leaves again: whether an account's settings are right."""

import asyncio
from collections.abc import Callable

from tuiphone.core.errors import AccessDenied, ConnectionLost, RequestTimeout
from tuiphone.core.events import ConnectionChanged, Link, ProviderEvent
from tuiphone.core.ports import Memory
from tuiphone.core.provider import Provider

LOGIN_SECONDS = 15.0


class NoMemory:
    """The Memory of a provider that is used for a moment and leaves nothing behind."""

    def get(self, key: str) -> str | None:
        """Nothing was kept."""
        return None

    def set(self, key: str, value: str) -> None:
        """Nothing is kept."""


async def log_in_once(
    make: Callable[[Callable[[ProviderEvent], None], Memory], Provider], *, seconds: float = LOGIN_SECONDS
) -> None:
    """Have the provider that `make` builds log in, and leave at once.

    Raises: PhoneError that says why not: AccessDenied, ConnectionLost or what else the provider raises,
        RequestTimeout.
    """
    registered = asyncio.Event()
    refusal: str | None = None

    def emit(event: ProviderEvent) -> None:
        nonlocal refusal
        if isinstance(event, ConnectionChanged) and event.link is Link.ONLINE:
            registered.set()
        elif isinstance(event, ConnectionChanged) and event.link is Link.FAILED:
            refusal = event.detail

    link = asyncio.create_task(make(emit, NoMemory()).run(), name="login-check")
    waiting = asyncio.create_task(registered.wait())
    try:
        await asyncio.wait({link, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if registered.is_set():
            return
        if refusal is not None:
            raise AccessDenied(refusal)
        if link.done():
            link.result()
            raise ConnectionLost("The server closed the connection without a word; look at its address.")
        raise RequestTimeout(f"The server did not accept or refuse the login within {seconds:.0f} seconds.")
    finally:
        for task in (link, waiting):
            task.cancel()
        await asyncio.gather(link, waiting, return_exceptions=True)

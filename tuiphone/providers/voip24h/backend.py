"""What the provider asks of an interface of Voip24h, and which one the settings name (PROTOCOL.md sections 2 and 4)."""

from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo

from tuiphone.core.trace import Trace
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h.entry import Entry, Listing
from tuiphone.providers.voip24h.settings import Settings


class Backend(Protocol):
    """One interface. Times are seconds since the epoch, `start` included and `end` not; a listing may hold more than
    was asked for, because some interfaces know whole days only.

    All methods may raise ConnectionLost, BadFrame, RequestFailed (it said no), AccessDenied (not with this secret) and
    ConfigError (the secret cannot be had).
    """

    async def calls(self, start: float, end: float) -> Listing:
        """Past calls of our extension in this time."""
        ...

    async def group_calls(self, start: float, end: float) -> Listing | None:
        """Past calls of all extensions in this time; None where they are told in the very words of the last time."""
        ...

    async def all_calls(self) -> Listing:
        """All past calls of our extension, however old."""
        ...

    async def call(self, call_id: str) -> Entry | None:
        """One past call; None when there is none of this id."""
        ...

    async def recording(self, call_id: str) -> str | None:
        """Where the recording of a call can be fetched now; None when there is none."""
        ...

    async def dial(self, phone: str) -> str | None:
        """Have the PBX ring our extension and then this number; never sent twice. Returns when that is accepted.

        The result is the id of the call, where the interface tells it.
        """
        ...


def backend(settings: Settings, trace: Trace, warn: Callable[[str], None], clock: TheirClock | None = None) -> Backend:
    """The one of the settings; `warn` is told in a sentence of what came but made no sense, `clock` learns what time it
    is there."""
    zone = ZoneInfo(settings.timezone)
    match settings.backend:
        case "v3":
            from tuiphone.providers.voip24h.v3 import V3

            return V3(settings, zone, trace, warn, clock)
        case "dial":
            from tuiphone.providers.voip24h.dial import Dial

            return Dial(settings, zone, trace, warn, clock)
        case _:
            from tuiphone.providers.voip24h.partner import Partner

            return Partner(settings, zone, trace, warn, clock)

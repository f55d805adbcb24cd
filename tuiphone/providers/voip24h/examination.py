"""Looks at a Voip24h account from here to the PBX's list of calls, and changes nothing there."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.errors import PhoneError
from tuiphone.core.trace import Trace
from tuiphone.providers.checkup import bad, clock, date_of, good, warn, way_to
from tuiphone.providers.voip24h.backend import backend
from tuiphone.providers.voip24h.entry import Entry
from tuiphone.providers.voip24h.moments import day_of, start_of
from tuiphone.providers.voip24h.numbers import began_at
from tuiphone.providers.voip24h.settings import Settings

SKEW_SECONDS = 900.0
"""Zones differ by a quarter of an hour at least."""


async def examine(settings: Settings, trace: Trace) -> AsyncIterator[Finding]:
    """A finding at a time."""
    is_open = True
    async for finding in way_to(settings.base):
        yield finding
        is_open = is_open and finding.verdict is not Verdict.BAD
    if not is_open:
        return
    if (finding := clock(await date_of(settings.base), time.time())) is not None:
        yield finding
    said: list[str] = []
    zone = ZoneInfo(settings.timezone)
    today = start_of(day_of(time.time(), zone), zone)
    tomorrow = start_of(day_of(time.time(), zone) + timedelta(days=1), zone)
    try:
        listing = await backend(settings, trace, said.append).calls(today, tomorrow)
    except PhoneError as error:
        yield bad("interface", f"{settings.backend}: {error}")
        return
    for sentence in said:
        yield warn("interface", sentence)
    count = len(listing.entries)
    yield good("interface", f"{settings.backend} lists the calls of extension {settings.extension}, today {count}.")
    if (finding := zone_finding(listing.entries, settings.timezone)) is not None:
        yield finding


def zone_finding(entries: tuple[Entry, ...], zone: str) -> Finding | None:
    """Whether the times of calls go with their ids, which count seconds since the epoch; None when nothing tells."""
    apart = [entry.started_at - began for entry in entries if (began := began_at(entry.call_id)) is not None]
    if not apart:
        return None
    if all(abs(seconds) < SKEW_SECONDS for seconds in apart):
        return good("timezone", f"{zone} goes with the ids of the calls.")
    hours = sorted(apart)[len(apart) // 2] / 3600
    way = "earlier" if hours > 0 else "later"
    return warn(
        "timezone",
        f"By the ids of the calls they were {abs(hours):.1f} hours {way} than they say; is {zone} the PBX's zone?",
    )

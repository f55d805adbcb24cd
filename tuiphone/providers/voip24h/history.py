"""The calls that the PBX remembers, page by page: asked for month by month, because the wire knows no pages
(PROTOCOL.md section 4)."""

import time
from zoneinfo import ZoneInfo

from tuiphone.core.errors import BadFrame, RequestFailed
from tuiphone.core.model import CallRecord
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.entry import Entry, Listing, newest_first, record_of
from tuiphone.providers.voip24h.moments import months_back

FRESH_SECONDS = 60.0
"""The pages of one look at the history come from one listing of each month."""
MAX_KEPT = 3
"""Listings kept for that long; one may have thousands of calls."""
MAX_MONTHS = 24
"""Asked for to fill one page."""
EMPTY_MONTHS = 3
"""So many months without a call, and everything is asked for: who was away for a year is not asked month by month."""


class History:
    """Asks for past calls and gives them out page by page."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._kept: dict[float, tuple[float, float, Listing]] = {}
        """When a stretch of time begins -> when it was asked for, when it ends, and what came; 0 for all there is."""

    def forget(self) -> None:
        """There is another connection."""
        self._kept.clear()

    async def page(self, backend: Backend, *, before: float | None, limit: int) -> tuple[CallRecord, ...]:
        """Calls that began before this time, newest first.

        Raises: ConnectionLost, RequestFailed, BadFrame, AccessDenied
        """
        if before is None:
            self.forget()
        found: list[Entry] = []
        empty = 0
        # Clocks differ, and a call of tomorrow would be a strange one: what has just begun is not to be missed.
        months = months_back(time.time() + 3600.0 if before is None else before, self._zone)
        for _, (start, end) in zip(range(MAX_MONTHS), months, strict=False):
            listing = await self._listing(backend, start, end)
            older = _before(listing, before)
            found += older
            empty = 0 if listing.entries else empty + 1
            if len(found) >= limit or (older and not listing.is_whole):
                break
            if empty >= EMPTY_MONTHS and (everything := await self._everything(backend)) is not None:
                found += _before(everything, before)
                break
        return tuple(map(record_of, newest_first(found)[:limit]))

    async def _listing(self, backend: Backend, start: float, end: float) -> Listing:
        if (kept := self._fresh(start, end)) is not None:
            return kept
        return self._keep(start, end, await backend.calls(start, end))

    async def _everything(self, backend: Backend) -> Listing | None:
        """All there is; None where that is too much, or not to be had."""
        if (kept := self._fresh(0.0, 0.0)) is not None:
            return kept
        try:
            return self._keep(0.0, 0.0, await backend.all_calls())
        except (BadFrame, RequestFailed):
            return None

    def _fresh(self, start: float, end: float) -> Listing | None:
        asked_at, reach, listing = self._kept.get(start, (float("-inf"), end, None))
        return listing if reach >= end and time.monotonic() - asked_at < FRESH_SECONDS else None

    def _keep(self, start: float, end: float, listing: Listing) -> Listing:
        # A part of a month is no answer to what is older in it.
        if listing.is_whole:
            self._kept[start] = (time.monotonic(), end, listing)
            while len(self._kept) > MAX_KEPT:
                del self._kept[next(iter(self._kept))]
        return listing


def _before(listing: Listing, before: float | None) -> list[Entry]:
    return [entry for entry in listing.entries if before is None or entry.started_at < before]

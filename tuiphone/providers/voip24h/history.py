"""The calls that the PBX remembers, page by page: the wire knows no pages, so stretches of time are asked for, the
newest first (PROTOCOL.md section 4)."""

import asyncio
import math
import time
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from tuiphone.core.errors import BadFrame, RequestFailed, RequestTimeout
from tuiphone.core.model import CallRecord
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.entry import Entry, Listing, newest_first, record_of
from tuiphone.providers.voip24h.moments import BEGINNING, day_end, day_of, months_before, start_of

FRESH_SECONDS = 60.0
"""The pages of one look at the history come from one listing of each month."""
BUDGET_SECONDS = 8.0
"""How long is asked for one page, where the first answer does not take longer: who asked waits, and not for ever."""
MAX_KEPT = 20_000
"""Calls that are kept for the next page."""
FEW_ANSWERS, FEW_SHARE = 3, 4
"""After so many answers with less than this part of a page, everything is asked for: whose telephone rings seldom is
not asked month by month."""
EDGE_SECONDS = 1.0
"""What began so shortly before the edge of a page is known to whoever gives such an edge."""


@dataclass(slots=True)
class _Look:
    """What is known of the time between two moments."""

    to: float
    back_to: float
    asked_at: float = field(default_factory=time.monotonic)
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    answers: int = 0
    second: float = math.inf
    """Where the first answer ended."""
    months: int = 1
    """How many are asked for at once."""
    asked_for_all: bool = False
    bare_to: float = -math.inf
    """Before that and down to `back_to` there is no call."""

    @property
    def is_done(self) -> bool:
        """There is nothing older."""
        return self.back_to <= BEGINNING

    def reaches(self, before: float) -> bool:
        """The calls before this time can be told by what is known, and it is new enough."""
        is_fresh = time.monotonic() - self.asked_at < FRESH_SECONDS
        return is_fresh and self.back_to - 2 * EDGE_SECONDS < before <= self.to

    def older(self, before: float | None) -> list[Entry]:
        """The calls that began before this time."""
        return [entry for entry in self.entries.values() if before is None or entry.started_at < before]

    def goes_on(self, bare: "_Look") -> bool:
        """Pass over the time in which another one has found nothing; whether that comes next."""
        if not bare.back_to <= self.back_to <= bare.bare_to:
            return False
        self.back_to, self.months = bare.back_to, bare.months
        self.answers, self.asked_for_all = bare.answers, bare.asked_for_all
        return True

    def take(self, listing: Listing, start: float, zone: ZoneInfo) -> None:
        """What the PBX answered of the time from `start` on."""
        for entry in listing.entries:
            self.entries.setdefault(entry.call_id, entry)
        reach = start if listing.is_whole else (listing.reach or start) + 1.0
        if reach >= self.back_to:
            # More calls in a second, or in a day, than it gives at once: nobody can ask for the rest.
            reach = max(start, start_of(day_of(self.back_to - 1.0, zone), zone))
        self.back_to = reach
        self.answers += 1
        if self.answers == 1:
            self.second = reach


class History:
    """Asks for past calls and gives them out page by page."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._look: _Look | None = None
        self._bare: _Look | None = None
        """One that has found nothing new so far, which may take longer to find out than one page may take."""
        self._is_too_much = False
        """Everything cannot be had at once."""
        self._longest = math.inf
        """Months that can be asked for at once."""

    def forget(self) -> None:
        """There is another connection."""
        self._look = self._bare = None
        self._is_too_much, self._longest = False, math.inf

    async def page(self, backend: Backend, *, before: float | None, limit: int) -> tuple[CallRecord, ...]:
        """Calls that began before this time, newest first; none when there is nothing older. What takes too long is
        given as far as it was found, and the next page goes on there.

        Raises: ConnectionLost, RequestFailed, BadFrame, AccessDenied, RequestTimeout when none was found in time
        """
        look = self._begin(before)
        deadline = time.monotonic() + BUDGET_SECONDS
        left: float | None = None
        while (is_bare := self._note(look, before)) or len(look.older(before)) < limit:
            if look.is_done or (left is not None and left <= 0):
                break
            try:
                async with asyncio.timeout(left):
                    is_further = await self._go_back(backend, look, limit)
            except TimeoutError:
                break
            left = deadline - time.monotonic() if is_further else None
        if is_bare and not look.is_done:
            day = day_of(look.back_to, self._zone)
            raise RequestTimeout(
                f"The PBX takes long to list past calls. None was found back to {day}; ask again to go further back."
            )
        found = look.older(before)
        if len(look.entries) > MAX_KEPT:
            self._look = None
        return tuple(map(record_of, newest_first(found)[:limit]))

    def _begin(self, before: float | None) -> _Look:
        """What is known already, where that is new enough and reaches to this time; else nothing."""
        look = self._look
        if look is None or before is None or not look.reaches(before):
            # Clocks differ, and a call of tomorrow would be a strange one: what has just begun is not to be missed.
            edge = day_end(time.time() + 3600.0 if before is None else before, self._zone)
            self._look = look = _Look(edge, edge)
        return look

    def _note(self, look: _Look, before: float | None) -> bool:
        """Whether nothing was found so far that is not known already; a later page need not look there again."""
        known = [entry.started_at for entry in look.older(before)]
        is_bare = all(before is not None and at >= before - EDGE_SECONDS for at in known)
        if is_bare and look.answers:
            self._bare = replace(look, bare_to=min((look.second, before or math.inf, *known)))
        return is_bare

    async def _go_back(self, backend: Backend, look: _Look, limit: int) -> bool:
        """Ask for what is older than what is known; whether what came is older than what was known at any time."""
        is_seldom = look.answers >= FEW_ANSWERS and len(look.entries) * FEW_SHARE < limit
        if is_seldom and not look.asked_for_all and not self._is_too_much:
            look.asked_for_all = True
            await self._ask_for_all(backend, look)
            return True
        start = months_before(look.back_to, look.months, self._zone)
        try:
            listing = await backend.calls(start, look.back_to)
        except (BadFrame, RequestFailed):
            if look.months == 1:
                raise
            self._longest, look.months = 1, 1
            return True
        look.take(listing, start, self._zone)
        # Years without a call are gone over with great strides.
        look.months = int(min(look.months * 2, self._longest)) if listing.is_whole and not listing.entries else 1
        return self._bare is None or not look.goes_on(self._bare)

    async def _ask_for_all(self, backend: Backend, look: _Look) -> None:
        # Until it has come: whoever waits for it may give up meanwhile.
        self._is_too_much = True
        try:
            everything = await backend.all_calls()
        except (BadFrame, RequestFailed):
            return
        self._is_too_much = False
        reach = everything.reach
        if everything.is_whole or (reach is not None and reach + 1.0 < look.back_to):
            look.take(everything, BEGINNING, self._zone)

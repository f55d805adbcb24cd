"""Looks at the PBX's list of calls now and then: what is new of our extension.

There is nothing on this wire that tells of a call by itself (PROTOCOL.md section 7.4).
"""

import time
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from tuiphone.core.errors import RequestFailed
from tuiphone.core.events import ProviderEvent, RecordLogged
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.unseen import Unseen
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.clocked import moved
from tuiphone.providers.voip24h.days import Days
from tuiphone.providers.voip24h.dialling import Dialling
from tuiphone.providers.voip24h.entry import Entry, record_of
from tuiphone.providers.voip24h.moments import day_of, lately, start_of

MAX_SEEN = 5000
MAX_LOOKED_AT = 2500
"""Of a longer list the newest count: what is forgotten while it is listed would be news every minute."""


class Watch:
    """What was seen, for as long as one link lasts."""

    def __init__(
        self,
        zone: ZoneInfo,
        backend: Backend,
        dialling: Dialling,
        emit: Callable[[ProviderEvent], None],
        unseen: Unseen,
        clock: TheirClock,
    ) -> None:
        self._zone = zone
        self._backend = backend
        self._dialling = dialling
        self._emit = emit
        self._unseen = unseen
        self._clock = clock
        self._days = Days(zone)
        self._seen: dict[str, tuple[str, float | None]] = {}
        """What each call was said to be; it may be said better later."""

    async def begin(self) -> None:
        """See what is there: the history asks for it itself, so it is no news. Raises: as the back end."""
        # A call that was dialled over an earlier link may have its row by now.
        entries = await self._calls()
        self._dialling.settle(entries)
        self._see(entries)

    async def look(self) -> bool:
        """Tell of what is new of our extension; whether there was anything. Raises: as the back end."""
        return self._tell(await self._calls())

    async def look_for(self, call_id: str) -> None:
        """Tell of this call if it is listed by now; asked one by one where its id is known. Raises: as the back end."""
        try:
            entry = await self._backend.call(call_id)
        except RequestFailed:
            return  # not yet
        if entry is not None and entry.status:
            self._tell((entry,))

    # -- small things -----------------------------------------------------------------------------------------------

    async def _calls(self) -> tuple[Entry, ...]:
        now = time.time()
        since, end = self._days.since(now), lately(now, self._zone)[1]
        # The row of a call that was dialled before midnight is among those of that day.
        since = min((since, *(start_of(day_of(at, self._zone), self._zone) for at in self._dialling.times)))
        entries = (await self._backend.calls(since, end)).entries[:MAX_LOOKED_AT]
        self._days.looked(now, since)
        if (behind := self._clock.behind) and self._contradicts(entries, behind):
            # The interface has another clock than the PBX.
            self._clock.distrust()
            return tuple(moved(entry, -behind) for entry in entries)
        return entries

    def _contradicts(self, entries: Iterable[Entry], behind: float) -> bool:
        """A call that we dialled is among these as it was told, and not as its time was corrected."""
        new = [entry for entry in entries if entry.call_id not in self._seen]
        return any(self._dialling.knows(moved(entry, -behind)) and not self._dialling.knows(entry) for entry in new)

    def _tell(self, entries: Iterable[Entry]) -> bool:
        new = [entry for entry in entries if self._seen.get(entry.call_id) != (entry.status, entry.talk_s)]
        # First the end of the call that is shown, then what the vendor's record knows better of it.
        dialled = self._dialling.settle(entry for entry in new if entry.call_id not in self._seen)
        kept = [entry for entry in new if entry.call_id in dialled or self._unseen.take()]
        for entry in reversed(kept):
            self._emit(RecordLogged(record_of(entry)))
        self._see(new)
        return bool(new)

    def _see(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._seen[entry.call_id] = (entry.status, entry.talk_s)
        while len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]

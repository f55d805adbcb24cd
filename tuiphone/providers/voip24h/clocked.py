"""A back end whose times are told by our clock, as far as its own is known (PROTOCOL.md section 4)."""

from dataclasses import replace

from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.entry import Entry, Listing

DAY_SECONDS = 86_400.0


class Clocked(Backend):
    """Asks another one."""

    def __init__(self, backend: Backend, clock: TheirClock) -> None:
        self._backend = backend
        self._clock = clock

    async def calls(self, start: float, end: float) -> Listing:
        # Whole days and months stay what they are: an hour that is another day there would have that day listed too.
        behind = self._clock.behind if end - start < DAY_SECONDS else 0.0
        return self._corrected(await self._backend.calls(start - behind, end - behind))

    async def group_calls(self, start: float, end: float) -> Listing | None:
        listing = await self._backend.group_calls(start, end)
        return None if listing is None else self._corrected(listing)

    async def all_calls(self) -> Listing:
        return self._corrected(await self._backend.all_calls())

    async def call(self, call_id: str) -> Entry | None:
        entry = await self._backend.call(call_id)
        return None if entry is None else moved(entry, self._clock.behind)

    async def recording(self, call_id: str) -> str | None:
        return await self._backend.recording(call_id)

    async def dial(self, phone: str) -> str | None:
        return await self._backend.dial(phone)

    def _corrected(self, listing: Listing) -> Listing:
        if not (behind := self._clock.behind):
            return listing
        # Where a part ends is where the next question begins, whether or not that one is by our clock.
        edge = None if (reach := listing.reach) is None else reach + max(0.0, behind)
        entries = tuple(moved(entry, behind) for entry in listing.entries)
        return replace(listing, entries=entries, oldest_seen=edge)


def moved(entry: Entry, seconds: float) -> Entry:
    """The same call so much later."""
    return replace(entry, started_at=entry.started_at + seconds) if seconds else entry

"""The back end `dial`: the vendor's older interface, whose secrets travel in the address (PROTOCOL.md section 8.2)."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from tuiphone.core.errors import AccessDenied, NotPossible, RequestFailed
from tuiphone.core.trace import Trace
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h import dial_wire
from tuiphone.providers.voip24h.api import Api, Reply, off_loop, words
from tuiphone.providers.voip24h.entry import MAX_ENTRIES, Entry, Listing, newest_first
from tuiphone.providers.voip24h.numbers import is_call_id
from tuiphone.providers.voip24h.settings import Settings
from tuiphone.providers.voip24h.weblinks import mended

PAGE, MAX_PAGES = 25, 40
"""Calls of a page, and pages that are asked for to answer one question; the whole company's calls are in them."""
PATIENCE_SECONDS = 6.0
"""How long pages are asked for when somebody waits for calls of ours."""
LISTED_SECONDS = 3.0
"""One look at the calls of the company and then at ours is made by one listing."""


class Dial:
    """Everything is a GET; what the server knows it tells of all extensions at once."""

    def __init__(
        self,
        settings: Settings,
        zone: ZoneInfo,
        trace: Trace,
        warn: Callable[[str], None],
        clock: TheirClock | None = None,
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._warn = warn
        self._api = Api(settings.base, trace, clock)
        self._listed: tuple[float, float, float, Listing] | None = None
        """When the company's calls were listed last, from when to when, and what came."""

    async def calls(self, start: float, end: float) -> Listing:
        """`/dial/search`, of which ours are taken."""
        listing = self._just_listed(start, end) or await self._search(start, end, PATIENCE_SECONDS)
        return self._ours(listing)

    async def group_calls(self, start: float, end: float) -> Listing:
        """`/dial/search`."""
        listing = await self._search(start, end)
        self._listed = (time.monotonic(), start, end, listing)
        return listing

    async def all_calls(self) -> Listing:
        """`/dial/history`, of which ours are taken."""
        entries = newest_first(await self._entries(await self._get("/dial/history", {})))
        # It says nothing of how many there are: a full page is hardly everything.
        return self._ours(Listing(entries, is_whole=len(entries) < PAGE))

    async def call(self, call_id: str) -> Entry | None:
        """`/dial/searching`."""
        if not is_call_id(call_id):
            raise NotPossible("The PBX does not know that call by such a name, so it cannot be asked for it.")
        reply = await self._get("/dial/searching", {"callid": call_id})
        found = (entry for entry in dial_wire.found(reply.body, self._zone) if entry.call_id == call_id)
        return None if (entry := next(found, None)) is None else self._mended(entry)

    async def recording(self, call_id: str) -> str | None:
        """What `/dial/searching` says of it."""
        entry = await self.call(call_id)
        return None if entry is None else entry.recording

    async def dial(self, phone: str) -> str | None:
        """`/dial`."""
        reply = await self._get("/dial", {"sip": self._settings.extension, "phone": phone}, again=False)
        return dial_wire.dialled(reply.body)

    # -- small things -----------------------------------------------------------------------------------------------

    async def _search(self, start: float, end: float, patience: float = math.inf) -> Listing:
        """`/dial/search` page by page, the newest calls first."""
        entries: dict[str, Entry] = {}
        at: str | None = None
        until = time.monotonic() + patience
        async with self._api.together() as api:
            for _ in range(MAX_PAGES):
                asked = {"date_start": str(int(start)), "date_end": str(int(end))}
                reply = await self._get("/dial/search", asked if at is None else {**asked, "start": at}, api=api)
                count = len(entries)
                for entry in await self._entries(reply):
                    entries.setdefault(entry.call_id, entry)
                before, at = at, dial_wire.next_start(reply.body)
                # A server that repeats itself would be asked for ever.
                if at is None or at == before or len(entries) == count:
                    return Listing(newest_first(entries.values()))
                if len(entries) >= MAX_ENTRIES or time.monotonic() >= until:
                    break
        return Listing(newest_first(entries.values()), is_whole=False)

    def _just_listed(self, start: float, end: float) -> Listing | None:
        if self._listed is None:
            return None
        at, first, last, listing = self._listed
        is_fresh = time.monotonic() - at < LISTED_SECONDS
        return listing if is_fresh and first <= start and (listing.reach or first) < end <= last else None

    def _ours(self, listing: Listing) -> Listing:
        own = self._settings.extension
        ours = tuple(entry for entry in listing.entries if entry.extension == own)
        # How far a part reaches is told by all that came, and not by ours.
        return replace(listing, entries=ours, oldest_seen=listing.reach)

    async def _entries(self, reply: Reply) -> Iterable[Entry]:
        rows = dial_wire.rows(reply.body)
        if rows is None:
            if dial_wire.status(reply.body) is None:
                raise self._api.stranger(reply.status)
            self._warn("The PBX answered a question for past calls with something else; not all are shown.")
            return ()
        found = await off_loop(lambda: [dial_wire.entry(row, self._zone) for row in rows], rows)
        return [self._mended(entry) for entry in found if entry is not None]

    def _mended(self, entry: Entry) -> Entry:
        if entry.recording is None:
            return entry
        return replace(entry, recording=mended(entry.recording, self._settings.base))

    async def _get(self, path: str, params: dict[str, str], *, again: bool = True, api: Api | None = None) -> Reply:
        voip, secret = self._settings.dial_voip, self._settings.dial_secret
        keys = {
            "voip": "" if voip is None else await voip.read(),
            "secret": "" if secret is None else await secret.read(),
        }
        reply = await (api or self._api).get(path, {**keys, **params}, again=again)
        code = dial_wire.status(reply.body)
        if reply.status in (401, 403) or code in (401, 403):
            said = words(dial_wire.message(reply.body))
            raise AccessDenied(f"The PBX does not let us in.{said} Check dial_voip and dial_secret.")
        if reply.status >= 400 and code is None:
            raise self._api.stranger(reply.status)
        if reply.status >= 400 or code not in (None, 0, 200):
            said = words(dial_wire.message(reply.body))
            raise RequestFailed(code or reply.status, f"The PBX refuses that ({code or reply.status}).{said}")
        return reply

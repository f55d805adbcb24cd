"""The back end `dial`: the vendor's older interface, whose secrets travel in the address (PROTOCOL.md section 8.2)."""

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

MAX_PAGES = 40
"""Of 25 calls each, asked for to answer one question; the whole company's calls are in them."""


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

    async def calls(self, start: float, end: float) -> Listing:
        """`/dial/search`, of which ours are taken."""
        return self._ours(await self.group_calls(start, end))

    async def group_calls(self, start: float, end: float) -> Listing:
        """`/dial/search`, page by page."""
        entries: dict[str, Entry] = {}
        at: str | None = None
        for _ in range(MAX_PAGES):
            asked = {"date_start": str(int(start)), "date_end": str(int(end))}
            reply = await self._get("/dial/search", asked if at is None else {**asked, "start": at})
            count = len(entries)
            for entry in await self._entries(reply):
                entries.setdefault(entry.call_id, entry)
            before, at = at, dial_wire.next_start(reply.body)
            # A server that repeats itself would be asked for ever.
            if at is None or at == before or len(entries) == count:
                return Listing(newest_first(entries.values()))
            if len(entries) >= MAX_ENTRIES:
                break
        return Listing(newest_first(entries.values()), is_whole=False)

    async def all_calls(self) -> Listing:
        """`/dial/history`, of which ours are taken."""
        return self._ours(Listing(newest_first(await self._entries(await self._get("/dial/history", {})))))

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

    def _ours(self, listing: Listing) -> Listing:
        own = self._settings.extension
        return replace(listing, entries=tuple(entry for entry in listing.entries if entry.extension == own))

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

    async def _get(self, path: str, params: dict[str, str], *, again: bool = True) -> Reply:
        voip, secret = self._settings.dial_voip, self._settings.dial_secret
        keys = {
            "voip": "" if voip is None else await voip.read(),
            "secret": "" if secret is None else await secret.read(),
        }
        reply = await self._api.get(path, {**keys, **params}, again=again)
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

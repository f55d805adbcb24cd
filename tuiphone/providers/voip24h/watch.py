"""Looks at the PBX's list of calls now and then: what is new of our extension, and whom the group missed.

There is nothing on this wire that tells of a call by itself.
"""

import json
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from tuiphone.core.alike import are_alike
from tuiphone.core.desk import still_missed
from tuiphone.core.errors import BadFrame, RequestFailed
from tuiphone.core.events import DeskCallChanged, DeskCallGone, ProviderEvent, RecordLogged
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.core.ports import Memory
from tuiphone.providers.fields import is_object
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.dialling import Dialling
from tuiphone.providers.voip24h.entry import Entry, record_of
from tuiphone.providers.voip24h.moments import day_of, start_of

LATE_SECONDS = 12 * 3600.0
"""A call is listed when it is over, under the time it began: so far back it may be new."""
AWAY_DAYS = 7
"""How far back the group's missed calls are looked for after a pause."""
SAME_RINGING_SECONDS = 60.0
"""Rows of one number so close together are one caller, whose call rang at several extensions."""
MAX_SEEN = 5000
MAX_TOLD = 300
_TOLD, _LOOKED = "missed", "looked_at"
"""What is remembered from run to run: missed calls that were told of, and when the group was looked at last."""


class Watch:
    """What was seen, for as long as one link lasts."""

    def __init__(
        self,
        extension: str,
        zone: ZoneInfo,
        backend: Backend,
        dialling: Dialling,
        emit: Callable[[ProviderEvent], None],
        memory: Memory,
        warn: Callable[[str], None],
    ) -> None:
        self._extension = extension
        self._zone = zone
        self._backend = backend
        self._dialling = dialling
        self._emit = emit
        self._memory = memory
        self._warn = warn
        self._seen: dict[str, tuple[str, float | None]] = {}
        """What each call was said to be; it may be said better later."""
        self._told = _remembered(memory.get(_TOLD))
        """Missed calls that were told of -> their number and time; an empty number for those that are done with."""
        self._has_group = True

    async def begin(self) -> None:
        """See what is there: the history asks for it itself, so it is no news. Raises: as the back end."""
        now = time.time()
        # A call that was dialled over an earlier link may have its row by now.
        entries = (await self._backend.calls(*self._lately(now))).entries
        self._dialling.settle(entries)
        self._see(entries)

    async def look(self) -> None:
        """Tell of what is new of our extension. Raises: as the back end."""
        entries = (await self._backend.calls(*self._lately(time.time()))).entries
        self._tell(entries)

    async def look_for(self, call_id: str) -> None:
        """Tell of this call if it is listed by now; asked one by one where its id is known. Raises: as the back end."""
        try:
            entry = await self._backend.call(call_id)
        except RequestFailed:
            return  # not yet
        if entry is not None and entry.status:
            self._tell((entry,))

    async def look_at_group(self) -> None:
        """Tell of calls to the extension group that nobody took, and of those that are done with.

        Raises: ConnectionLost, AccessDenied
        """
        if not self._has_group:
            return
        now = time.time()
        start, end = self._lately(now)
        try:
            listing = await self._backend.group_calls(min(start, self._looked_at(now)), end)
        except (RequestFailed, BadFrame) as error:
            self._has_group = False
            self._warn(f"Missed calls of the other extensions are not shown. {error}")
            return
        self._tell_missed(listing.entries)
        # To the hour, so that a quiet phone does not write to the disk every minute.
        self._memory.set(_LOOKED, str(int(now // 3600) * 3600))

    # -- our own ----------------------------------------------------------------------------------------------------

    def _lately(self, now: float) -> tuple[float, float]:
        tomorrow = day_of(now, self._zone) + timedelta(days=1)
        return start_of(day_of(now - LATE_SECONDS, self._zone), self._zone), start_of(tomorrow, self._zone)

    def _tell(self, entries: Iterable[Entry]) -> None:
        new = [entry for entry in entries if self._seen.get(entry.call_id) != (entry.status, entry.talk_s)]
        # First the end of the call that is shown, then what the vendor's record knows better of it.
        self._dialling.settle(entry for entry in new if entry.call_id not in self._seen)
        for entry in reversed(new):
            self._emit(RecordLogged(record_of(entry)))
        self._see(new)

    def _see(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._seen[entry.call_id] = (entry.status, entry.talk_s)
        while len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]

    # -- the group --------------------------------------------------------------------------------------------------

    def _looked_at(self, now: float) -> float:
        kept = self._memory.get(_LOOKED) or ""
        at = float(kept) if kept.isascii() and kept.isdecimal() else now
        return max(at - LATE_SECONDS, now - AWAY_DAYS * 86_400.0)

    def _tell_missed(self, entries: tuple[Entry, ...]) -> None:
        callers = _callers(entry for entry in entries if entry.is_missed)[-MAX_TOLD:]
        missed = [_missed(entry) for entry in callers]
        # Who of a ringing group takes the call has a row of a moment before or after those who did not.
        talks = [(entry.who, entry.started_at + SAME_RINGING_SECONDS) for entry in entries if entry.is_talk]
        before = dict(self._told)
        for call in still_missed(missed, talks):
            if call.ref not in self._told:
                self._told[call.ref] = (call.peer.text, call.since)
                self._emit(DeskCallChanged(call))
        for ref, (number, since) in list(self._told.items()):
            peer = Address(AddressKind.PHONE, number)
            if any(are_alike(who, peer) and at >= since for who, at in talks):
                self._told[ref] = ("", since)
                self._emit(DeskCallGone(ref))
        while len(self._told) > MAX_TOLD:
            # The oldest call, not the one that was told of first: it must not be among those that are looked at.
            del self._told[min(self._told, key=lambda ref: self._told[ref][1])]
        if self._told != before:
            self._memory.set(_TOLD, json.dumps(self._told))


def _missed(entry: Entry) -> DeskCall:
    at = Address(AddressKind.PHONE, entry.extension) if entry.extension else None
    return DeskCall(entry.call_id, entry.who, DeskState.MISSED, entry.started_at, at)


def _callers(entries: Iterable[Entry]) -> list[Entry]:
    """The first row of each caller, oldest first, of those that lie close together."""
    kept: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: (entry.started_at, entry.call_id)):
        near = (other for other in reversed(kept) if entry.started_at - other.started_at <= SAME_RINGING_SECONDS)
        if not any(are_alike(entry.who, other.who) for other in near):
            kept.append(entry)
    return kept


def _remembered(text: str | None) -> dict[str, tuple[str, float]]:
    try:
        kept: Any = json.loads(text or "{}")
        items = cast("dict[str, Any]", kept).items() if is_object(kept) else ()
        return {ref: (str(number), float(since)) for ref, (number, since) in items}
    except (ValueError, TypeError):
        return {}

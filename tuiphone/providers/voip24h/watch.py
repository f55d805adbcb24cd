"""Looks at the PBX's list of calls now and then: what is new of our extension, and whom the group missed.

There is nothing on this wire that tells of a call by itself (PROTOCOL.md section 7.4).
"""

import json
import math
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeAlias, cast
from zoneinfo import ZoneInfo

from tuiphone.core.alike import number_key
from tuiphone.core.desk import still_missed
from tuiphone.core.errors import BadFrame, RequestFailed
from tuiphone.core.events import DeskCallChanged, DeskCallGone, ProviderEvent, RecordLogged
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.core.ports import Memory
from tuiphone.providers.fields import is_object
from tuiphone.providers.voip24h.api import off_loop
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
MAX_LOOKED_AT = 2500
"""Of a longer list the newest count: what is forgotten while it is listed would be news every minute."""
MAX_TOLD = 300
REST_SECONDS = 900.0
"""How long the group is left alone after the PBX refused to list its calls."""
Talk: TypeAlias = tuple[Address, float]
"""With whom somebody talked, and when."""
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
        self._group_from = -math.inf
        """When the group may be asked for, by the clock that is never put back."""

    async def begin(self) -> None:
        """See what is there: the history asks for it itself, so it is no news. Raises: as the back end."""
        now = time.time()
        # A call that was dialled over an earlier link may have its row by now.
        entries = (await self._backend.calls(*self._lately(now))).entries[:MAX_LOOKED_AT]
        self._dialling.settle(entries)
        self._see(entries)

    async def look(self) -> None:
        """Tell of what is new of our extension. Raises: as the back end."""
        self._tell((await self._backend.calls(*self._lately(time.time()))).entries[:MAX_LOOKED_AT])

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
        if time.monotonic() < self._group_from:
            return
        now = time.time()
        try:
            entries = await self._group_calls(now)
        except (RequestFailed, BadFrame) as error:
            self._group_from = time.monotonic() + REST_SECONDS
            self._warn(f"Missed calls of the other extensions are not shown. {error}")
            return
        missed, talks = await off_loop(lambda: _missed_and_talks(entries), entries)
        self._tell_missed(missed, talks)
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

    async def _group_calls(self, now: float) -> tuple[Entry, ...]:
        start, end = self._lately(now)
        since = min(start, self._looked_at(now))
        try:
            return (await self._backend.group_calls(since, end)).entries
        except BadFrame:
            if since == start:
                raise
            # The days that we were away are too much at once; those of today may not be.
            return (await self._backend.group_calls(start, end)).entries

    def _looked_at(self, now: float) -> float:
        kept = self._memory.get(_LOOKED) or ""
        at = float(kept) if kept.isascii() and kept.isdecimal() else now
        return max(at - LATE_SECONDS, now - AWAY_DAYS * 86_400.0)

    def _tell_missed(self, missed: Iterable[DeskCall], talks: Iterable[Talk]) -> None:
        before = dict(self._told)
        for call in missed:
            if call.ref not in self._told:
                self._told[call.ref] = (call.peer.text, call.since)
                self._emit(DeskCallChanged(call))
        open_ones = [_desk_call(ref, number, since) for ref, (number, since) in self._told.items() if number]
        still = set(still_missed(open_ones, talks))
        for call in open_ones:
            if call not in still:
                self._told[call.ref] = ("", call.since)
                self._emit(DeskCallGone(call.ref))
        while len(self._told) > MAX_TOLD:
            # The oldest call, not the one that was told of first: it must not be among those that are looked at.
            del self._told[min(self._told, key=lambda ref: self._told[ref][1])]
        if self._told != before:
            self._memory.set(_TOLD, json.dumps(self._told))


def _missed_and_talks(entries: tuple[Entry, ...]) -> tuple[tuple[DeskCall, ...], tuple[Talk, ...]]:
    """The newest calls that nobody took and whose number nobody talked with since, and whom somebody talked with."""
    callers = _callers(entry for entry in entries if entry.is_missed)[-MAX_TOLD:]
    # Who of a ringing group takes the call has a row of a moment before or after those who did not.
    talks = tuple((entry.who, entry.started_at + SAME_RINGING_SECONDS) for entry in entries if entry.is_talk)
    missed = [_desk_call(one.call_id, one.who.text, one.started_at, one.extension) for one in callers]
    return still_missed(missed, talks), talks


def _desk_call(ref: str, number: str, since: float, extension: str = "") -> DeskCall:
    at = Address(AddressKind.PHONE, extension) if extension else None
    return DeskCall(ref, Address(AddressKind.PHONE, number), DeskState.MISSED, since, at)


def _callers(entries: Iterable[Entry]) -> list[Entry]:
    """The first row of each caller, oldest first, of those that lie close together."""
    kept: list[Entry] = []
    last: dict[str, float] = {}
    for entry in sorted(entries, key=lambda entry: (entry.started_at, entry.call_id)):
        key = number_key(entry.who)
        if key is None:
            kept.append(entry)
        elif entry.started_at - last.get(key, -math.inf) > SAME_RINGING_SECONDS:
            kept.append(entry)
            last[key] = entry.started_at
    return kept


def _remembered(text: str | None) -> dict[str, tuple[str, float]]:
    try:
        kept: Any = json.loads(text or "{}")
        items = cast("dict[str, Any]", kept).items() if is_object(kept) else ()
        return {ref: (str(number), float(since)) for ref, (number, since) in items}
    except (ValueError, TypeError):
        return {}

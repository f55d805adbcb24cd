"""Looks at the calls of all extensions now and then: whom the group missed, and who was reached since (PROTOCOL.md
section 7.4)."""

import json
import math
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast
from zoneinfo import ZoneInfo

from tuiphone.core.alike import number_key
from tuiphone.core.desk import still_missed
from tuiphone.core.errors import BadFrame, RequestFailed
from tuiphone.core.events import DeskCallChanged, DeskCallGone, ProviderEvent
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.core.ports import Memory
from tuiphone.providers.fields import is_object
from tuiphone.providers.voip24h.api import off_loop
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.days import Days
from tuiphone.providers.voip24h.entry import Entry, Listing
from tuiphone.providers.voip24h.moments import lately

SAME_RINGING_SECONDS = 60.0
"""Rows of one number so close together are one caller, whose call rang at several extensions."""
MAX_TOLD = 300
REST_SECONDS = 900.0
"""How long the group is left alone after the PBX refused to list its calls."""
LONG = 400
"""Calls of a list that is not asked for every minute while nobody cares."""
SELDOM_SECONDS = 300.0
"""How often it is then."""
Talk: TypeAlias = tuple[Address, float]
"""With whom somebody talked, and when."""
_TOLD, _LOOKED = "missed", "looked_at"
"""What is remembered from run to run: missed calls that were told of, and when the group was looked at last."""


class Group:
    """The extension group, for as long as one link lasts; what was told of is remembered longer."""

    def __init__(
        self,
        zone: ZoneInfo,
        backend: Backend,
        emit: Callable[[ProviderEvent], None],
        memory: Memory,
        warn: Callable[[str], None],
    ) -> None:
        self._zone = zone
        self._backend = backend
        self._emit = emit
        self._memory = memory
        self._warn = warn
        self._told = _remembered(memory.get(_TOLD))
        """Missed calls that were told of -> their number and time; an empty number for those that are done with."""
        self._rests_until = -math.inf
        self._days = Days(zone, _time(memory.get(_LOOKED)))
        self._looked = -math.inf
        """By the steady clock."""
        self._is_long = False

    @property
    def unseen_s(self) -> float:
        """Seconds since it was looked at."""
        return time.monotonic() - self._looked

    def is_due(self, *, attended: bool) -> bool:
        """Whether it is time for another look; `attended`: somebody wants to know, or there is reason to."""
        return attended or not self._is_long or self.unseen_s >= SELDOM_SECONDS

    async def look(self) -> None:
        """Tell of calls to the extension group that nobody took, and of those that are done with.

        Raises: ConnectionLost, AccessDenied
        """
        if time.monotonic() < self._rests_until:
            return
        now = time.time()
        self._looked = time.monotonic()
        try:
            listing = await self._calls(now)
        except (RequestFailed, BadFrame) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            self._warn(f"Missed calls of the other extensions are not shown. {error}")
            return
        if listing is not None:
            entries = listing.entries
            self._is_long = len(entries) > LONG
            missed, talks = await off_loop(lambda: _missed_and_talks(entries), entries)
            self._tell_missed(missed, talks)
        # To the hour, so that a quiet phone does not write to the disk every minute.
        self._memory.set(_LOOKED, str(int(now // 3600) * 3600))

    # -- small things -----------------------------------------------------------------------------------------------

    async def _calls(self, now: float) -> Listing | None:
        start, end = lately(now, self._zone)
        since = self._days.since(now)
        try:
            listing = await self._backend.group_calls(since, end)
        except BadFrame:
            if since >= start:
                raise
            # The days that we were away are too much at once; those of today may not be.
            since, listing = start, await self._backend.group_calls(start, end)
        self._days.looked(now, since)
        return listing

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


def _time(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdecimal() else None


def _remembered(text: str | None) -> dict[str, tuple[str, float]]:
    try:
        kept: Any = json.loads(text or "{}")
        items = cast("dict[str, Any]", kept).items() if is_object(kept) else ()
        return {ref: (str(number), float(since)) for ref, (number, since) in items}
    except (ValueError, TypeError):
        return {}

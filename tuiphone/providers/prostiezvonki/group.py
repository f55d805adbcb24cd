"""Which calls to the group wait at the PBX, ring at other extensions or were missed there, as far as the mask of the
settings lets us hear of them (sections 2 and 14)."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tuiphone.core.events import DeskCallChanged, DeskCallGone, ProviderEvent
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.providers.prostiezvonki.call import RING_SECONDS
from tuiphone.providers.prostiezvonki.calls import peer_of
from tuiphone.providers.prostiezvonki.lines import Lines
from tuiphone.providers.prostiezvonki.messages import CallTold, Finished, Kind, Side, Told
from tuiphone.providers.prostiezvonki.numbers import is_same

WAIT_SECONDS = 60.0
"""How long a call waits at the PBX without another word; long before that the PBX routes it by itself (section 8)."""
GOES_ON_SECONDS = 1.0
"""A call that ended at one extension and rings at the next was sent on, and not missed."""
MAX_CALLS = 500
MAX_MISSED = 200


@dataclass(slots=True)
class _Pending:
    """A call of the group that waits or rings."""

    call: DeskCall
    until: asyncio.TimerHandle
    missed: DeskCall | None = None
    """It ended unanswered at somebody; what it is told as unless it goes on at somebody else."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """The PBX told more of it."""


class Group:
    """Only what goes on now is known; it is forgotten with the link."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None]) -> None:
        self._own = extension
        self._emit = emit
        self.lines = Lines(extension, emit)
        """Who talks to whom."""
        self._desk: dict[str, _Pending] = {}
        self._missed: dict[str, str] = {}
        """Calls that were missed in this life -> who called."""
        self._handed: deque[str] = deque(maxlen=MAX_MISSED)
        """Those that we had sent elsewhere: their end where they rang is no miss."""

    def waits(self, ref: str) -> bool:
        """This call of the group can still be sent on."""
        return ref in self._desk and self._desk[ref].missed is None

    def sending_on(self, ref: str) -> asyncio.Event:
        """This call is to be sent elsewhere; the event is set once the PBX tells more of it."""
        self._handed.append(ref)
        return self._desk[ref].moved if ref in self._desk else asyncio.Event()

    def stays(self, ref: str) -> None:
        """The PBX did not send it elsewhere."""
        if ref in self._handed:
            self._handed.remove(ref)

    # -- what is told -----------------------------------------------------------------------------------------------

    def take(self, told: Told, *, is_ours: bool, was_ours: bool) -> None:
        """What the PBX tells of any call; `is_ours`: our own extension has a part in it, `was_ours`: or had not long
        ago. One that went on from us to somebody else is the group's again."""
        side = told.side(self._own)
        if isinstance(told, Finished):
            # Where it rang beside us, and not after us, its end is the end of a call of ours.
            self._finished(told, side, is_ours=is_ours or (was_ours and told.call_id not in self._desk))
        elif not told.late:
            self._progressed(told, side, is_ours=is_ours)

    def _progressed(self, told: CallTold, side: Side, *, is_ours: bool) -> None:
        self.lines.has(told, side)
        if is_ours or self._own in (side.employee, side.party):
            self.gone(told.call_id)
        elif told.kind is Kind.OFFERED:
            self._pending(told, side, DeskState.WAITING, WAIT_SECONDS)
        elif told.kind is Kind.RINGING:
            self._pending(told, side, DeskState.RINGING, RING_SECONDS)
        elif told.kind is Kind.TAKEN:
            self.gone(told.call_id)
            self.reached(side.party)

    def _finished(self, told: Finished, side: Side, *, is_ours: bool) -> None:
        here = self._desk.get(told.call_id)
        if side.employee == self._own and not is_ours and here is not None and here.call.at is not None:
            # Our part of it is over; it rings at somebody else by now.
            if told.talk_s:
                self.reached(side.party)
            return
        was_answered = self.lines.over(told.call_id)
        is_own = is_ours or self._own in (side.employee, side.party)
        if told.talk_s or (told.talk_s is None and was_answered):
            self.gone(told.call_id)
            self.reached(side.party)
        elif is_own or not side.incoming or told.call_id in self._handed:
            self.stays(told.call_id)
            self.gone(told.call_id)
        else:
            self._was_missed(told, side)

    def _pending(self, told: CallTold, side: Side, state: DeskState, seconds: float) -> None:
        self._missed.pop(told.call_id, None)
        self.stays(told.call_id)
        before = self._take_off(told.call_id)
        if before is None and len(self._desk) >= MAX_CALLS:
            return
        at = Address(AddressKind.PHONE, side.employee) if side.employee else None
        line = told.line or (None if before is None else before.call.line)
        # Who goes from one extension to the next has waited all the time.
        since = time.time() if before is None else before.call.since
        call = DeskCall(told.call_id, peer_of(side.party), state, since, at, line)
        until = asyncio.get_running_loop().call_later(seconds, self.gone, told.call_id)
        self._desk[told.call_id] = _Pending(call, until)
        self._emit(DeskCallChanged(call))

    def gone(self, ref: str) -> None:
        """A call of the group is nothing to care for any more."""
        if self._take_off(ref) is not None:
            self._emit(DeskCallGone(ref))

    def _take_off(self, ref: str) -> _Pending | None:
        if (pending := self._desk.pop(ref, None)) is not None:
            pending.until.cancel()
            pending.moved.set()
        return pending

    def _was_missed(self, told: Finished, side: Side) -> None:
        before = self._take_off(told.call_id)
        now = time.time()
        since = told.started_at if told.started_at is not None and told.started_at <= now else now
        at = Address(AddressKind.PHONE, side.employee) if side.employee else None
        line = told.line or (None if before is None else before.call.line)
        missed = DeskCall(told.call_id, peer_of(side.party), DeskState.MISSED, since, at, line)
        if told.late or len(self._desk) >= MAX_CALLS:
            return self._tell_missed(missed, side.party)
        until = asyncio.get_running_loop().call_later(GOES_ON_SECONDS, self._missed_for_good, told.call_id, side.party)
        self._desk[told.call_id] = _Pending(missed if before is None else before.call, until, missed)

    def _missed_for_good(self, ref: str, party: str) -> None:
        if (pending := self._take_off(ref)) is not None and pending.missed is not None:
            self._tell_missed(pending.missed, party)

    def _tell_missed(self, missed: DeskCall, party: str) -> None:
        self._missed[missed.ref] = party
        while len(self._missed) > MAX_MISSED:
            del self._missed[next(iter(self._missed))]
        self._emit(DeskCallChanged(missed))

    def reached(self, number: str) -> None:
        """Somebody of the group talks to this number: what they missed of it is done with."""
        for ref in [ref for ref, party in self._missed.items() if is_same(party, number)]:
            del self._missed[ref]
            self._emit(DeskCallGone(ref))

    # -- the link ---------------------------------------------------------------------------------------------------

    def lost(self) -> None:
        """Nobody tells any more, and whoever shows it knows that."""
        self.lines.lost()
        for ref in list(self._desk):
            if (pending := self._take_off(ref)) is not None and pending.missed is not None:
                self._tell_missed(pending.missed, pending.missed.peer.text)

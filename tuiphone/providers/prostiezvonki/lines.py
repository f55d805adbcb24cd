"""What goes on at the other extensions, as far as the mask of the settings lets us hear of it: who talks to whom
(sections 2 and 14)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tuiphone.core.events import LineChanged, ProviderEvent
from tuiphone.core.model import Address, AddressKind, LineState
from tuiphone.providers.prostiezvonki.call import RING_SECONDS, TALK_SECONDS
from tuiphone.providers.prostiezvonki.calls import peer_of
from tuiphone.providers.prostiezvonki.messages import CallTold, Kind, Side

MAX_CALLS = 500
MAX_EXTENSION = 6
"""Digits of an extension, where ours has no more."""
_STATES = {
    Kind.RINGING: (LineState.RINGING, True),
    Kind.TAKEN: (LineState.BUSY, True),
    Kind.DIALLED: (LineState.RINGING, False),
    Kind.FAR_ANSWERED: (LineState.BUSY, False),
}


@dataclass(slots=True)
class _LineCall:
    """A call as one other extension has it."""

    call_id: str
    party: str
    state: LineState
    incoming: bool
    until: asyncio.TimerHandle

    @property
    def urgency(self) -> int:
        """What rings and can be taken is shown before what goes on, and that before what is being dialled."""
        return 1 if self.state is LineState.BUSY else 0 if self.incoming else 2


class Lines:
    """Only what goes on now is known; it is forgotten with the link."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None]) -> None:
        self._own = extension
        self._emit = emit
        self._calls: dict[tuple[str, str], _LineCall] = {}
        """By extension and the PBX's name of the call."""

    def ringing_at(self, extension: str) -> tuple[str, str] | None:
        """The PBX's name of the call that rings there, and who calls; none that we make ourselves."""
        here = (call for (employee, _), call in self._calls.items() if employee == extension)
        rings = (one for one in here if one.state is LineState.RINGING and one.incoming and one.party != self._own)
        return next(((one.call_id, one.party) for one in rings), None)

    def has(self, told: CallTold, side: Side) -> None:
        """An extension has a call."""
        if told.kind not in _STATES or not self._is_extension(side.employee):
            return
        key = (side.employee, told.call_id)
        before = self._calls.pop(key, None)
        if before is not None:
            before.until.cancel()
        elif len(self._calls) >= MAX_CALLS:
            return
        state, incoming = _STATES[told.kind]
        seconds = TALK_SECONDS if state is LineState.BUSY else RING_SECONDS
        until = asyncio.get_running_loop().call_later(seconds, self._is_rid_of, *key)
        self._calls[key] = _LineCall(told.call_id, side.party, state, incoming, until)
        self._show(side.employee)

    def over(self, call_id: str) -> bool:
        """A call has ended, wherever it was; whether somebody had answered it."""
        here = [key for key in self._calls if key[1] == call_id]
        was_answered = any(self._calls[key].state is LineState.BUSY for key in here)
        for key in here:
            self._is_rid_of(*key)
        return was_answered

    def lost(self) -> None:
        """Nobody tells any more, and whoever shows it knows that."""
        for call in self._calls.values():
            call.until.cancel()
        self._calls.clear()

    def _is_extension(self, number: str) -> bool:
        """Somebody else's, and not a number of the telephone network."""
        return number != self._own and 0 < len(number) <= max(MAX_EXTENSION, len(self._own))

    def _is_rid_of(self, employee: str, call_id: str) -> None:
        if (call := self._calls.pop((employee, call_id), None)) is not None:
            call.until.cancel()
            self._show(employee)

    def _show(self, employee: str) -> None:
        line = Address(AddressKind.PHONE, employee)
        here = [call for (whose, _), call in self._calls.items() if whose == employee]
        if not here:
            return self._emit(LineChanged(line, LineState.IDLE))
        first = min(here, key=lambda call: call.urgency)
        self._emit(LineChanged(line, first.state, peer_of(first.party), first.incoming))

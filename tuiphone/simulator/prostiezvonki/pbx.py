"""The PBX: calls are placed, arrive, are routed, moved and finished (8, 11); how each goes meanwhile is in `course`."""

import asyncio
import itertools
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from tuiphone.simulator.leg import Leg
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.prostiezvonki.call import Call, Manner, State
from tuiphone.simulator.prostiezvonki.course import Course
from tuiphone.simulator.prostiezvonki.envelope import Code, Refusal
from tuiphone.simulator.prostiezvonki.office import Office, Type
from tuiphone.simulator.prostiezvonki.records import Records
from tuiphone.simulator.prostiezvonki.switches import Switches

logger = logging.getLogger(__name__)

FIRST_ID = 18467
MOST_LIVE = 100
_MOST_REMEMBERED = 500
_NUMBER = re.compile(r"[0-9*#+]{1,32}")


class Pbx:
    """All calls, live ones and the latest of those that are over."""

    def __init__(self, switches: Switches, office: Office, records: Records) -> None:
        self.calls: OrderedDict[str, Call] = OrderedDict()
        self._switches = switches
        self._office = office
        self._records = records
        self._ids = itertools.count(FIRST_ID)
        self._tasks = Tasks()
        self._course = Course(switches, office, self.arrive)

    def use_leg(self, leg: Leg) -> None:
        """From now on calls ring the devices of extensions that are registered there."""
        self._course.leg = leg

    def manner(self) -> Manner:
        """How calls go by the switches."""
        seconds = self._switches.seconds
        return Manner(seconds("answer_after_s"), seconds("talk_s"), seconds("ring_s"))

    def place(self, extension: str, number: str) -> Call:
        """Let an extension call somebody.

        Raises:
            Refusal: it cannot.
        """
        _check_number(number)
        if number == extension:
            raise Refusal(Code.NOT_ALLOWED, "An extension cannot call itself.")
        self._check_room()
        call = Call(self.next_id(), extension, number, True, self.manner(), State.DIALING)
        call.internal = number in self._switches.users
        self._begin(call, self._course.dials(call))
        return call

    def arrive(self, caller: str, extension: str, manner: Manner, *, line: str = "") -> Call:
        """Let somebody call an extension; first the call waits for the manner's `offer_s`.

        Raises:
            Refusal: there are too many calls.
        """
        self._check_room()
        state = State.OFFERED if manner.offer_s else State.RINGING
        call = Call(self.next_id(), extension, caller, False, manner, state, line)
        self._begin(call, self._course.arrives(call))
        return call

    def transfer(self, call: Call | None, to: str, *, by: str) -> None:
        """Route a call that waits, move one that goes on, or take one that rings at somebody else.

        Raises:
            Refusal: `by` may not, or it cannot be done.
        """
        if call is None or call.is_over:
            raise Refusal(Code.NO_CALL, "There is no such call.")
        if to:
            _check_number(to)
        if call.state is State.OFFERED:
            self._route(call, to, by)
            return
        if not to:
            raise Refusal(Code.NO_DATA, "To is missing.")
        if call.outgoing and call.state is not State.TALKING:
            raise Refusal(Code.NOT_ALLOWED, "The far end did not answer yet.")
        if call.state is State.TALKING and by != call.extension:
            raise Refusal(Code.NOT_ALLOWED, "Somebody else talks in this call.")
        if by not in (call.extension, call.taken_by) and time.monotonic() < call.taken_until:
            raise Refusal(Code.NOT_ALLOWED, "Somebody else was first.")
        if to == call.extension:
            raise Refusal(Code.NOT_ALLOWED, "The call is there already.")
        self._cut(call, to)

    def hang_up(self, call: Call) -> None:
        """End a call, as if its far side hung up."""
        self._cut(call, None)

    def generated(self, kind: Type, call_id: str, caller: str, to: str, line: str) -> None:
        """Keep a call in mind that a client makes up by events."""
        call = self.calls.get(call_id)
        if call is None and kind in _BEGINS:
            outgoing = kind in (Type.OUTGOING, Type.OUTGOING_ANSWERED)
            extension, peer = (caller, to) if outgoing else (to, caller)
            call = Call(call_id, extension, peer, outgoing, self.manner(), _BEGINS[kind], line, generated=True)
            self._remember(call)
        if call is None or not call.generated or call.is_over:
            return
        if kind in _BEGINS:
            call.state = _BEGINS[kind]
            if kind is Type.INCOMING:
                call.extension = to
        if call.state is State.TALKING and call.answered_at is None:
            call.answer()
        if kind is Type.FINISHED:
            call.state = State.OVER

    def next_id(self) -> str:
        """A number for a call."""
        return next(number for number in map(str, self._ids) if number not in self.calls)

    async def close(self) -> None:
        """End every call."""
        self._tasks.cancel()
        await self._tasks.finish()

    def _route(self, call: Call, to: str, by: str) -> None:
        if call.routed.is_set():
            raise Refusal(Code.NOT_ALLOWED, "Somebody else was first.")
        if call.generated:
            self._check_room()
        call.extension = to or call.extension
        call.taken_by, call.taken_until = by, time.monotonic() + self._switches.seconds("offer_s")
        call.routed.set()
        if call.generated:
            self._begin(call, self._course.rings(call))

    def _cut(self, call: Call, moves_to: str | None) -> None:
        if call.generated and moves_to:
            self._check_room()
        call.moves_to = moves_to
        if call.generated:
            self._begin(call, _nothing())
        elif call.part:
            call.part.cancel()

    def _check_room(self) -> None:
        if sum(not call.is_over and not call.generated for call in self.calls.values()) >= MOST_LIVE:
            raise Refusal(Code.NOT_ALLOWED, "There are too many calls.")

    def _remember(self, call: Call) -> None:
        self.calls[call.id] = call
        for old in [one for one in self.calls.values() if one.is_over or one.generated]:
            if len(self.calls) <= _MOST_REMEMBERED:
                break
            del self.calls[old.id]

    def _begin(self, call: Call, part: Coroutine[Any, Any, None]) -> None:
        call.generated = False
        self._remember(call)
        call.part = asyncio.create_task(part)
        self._tasks.start(self._live(call, call.part))

    async def _live(self, call: Call, part: asyncio.Task[None]) -> None:
        while True:
            try:
                await asyncio.wait({part})
            finally:
                if not part.done():
                    part.cancel()
                    await asyncio.wait({part})
                if call.leg:
                    await call.leg.hang_up()
            if not part.cancelled() and (error := part.exception()):
                logger.warning("a call broke off: %s: %s", type(error).__name__, error)
            record = self._records.keep(call) if call.answered_at else ""
            self._office.tell(call.finished(record), call.owners, but=call.unwatched_by)
            if call.moves_to is None:
                break
            call.move(call.moves_to)
            call.manner = replace(call.manner, answer_after_s=self.manner().answer_after_s, ring_s=self.manner().ring_s)
            part = call.part = asyncio.create_task(self._course.rings(call))
        call.state = State.OVER
        call.settled.set()
        if call.other and not call.other.is_over:
            self.hang_up(call.other)


_BEGINS = {
    Type.OFFER: State.OFFERED,
    Type.INCOMING: State.RINGING,
    Type.OUTGOING: State.CALLING,
    Type.OUTGOING_ANSWERED: State.TALKING,
    Type.INCOMING_ANSWERED: State.TALKING,
}


def _check_number(number: str) -> None:
    if not number:
        raise Refusal(Code.NO_DATA, "To is missing.")
    if not _NUMBER.fullmatch(number):
        raise Refusal(Code.NO_DATA, "To is no number.")


async def _nothing() -> None:
    pass

"""Calls as the PBX makes them: it rings the extension first, and then the far side (section 7.3)."""

import asyncio
import contextlib
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.extensions import EXTENSIONS
from tuiphone.simulator.leg import Leg, LegCall, Refused
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.voip24h.desk_phone import DeskPhone
from tuiphone.simulator.voip24h.rows import ANSWERED, BUSY, EXTERNAL, INBOUND, MISSED, NO_ANSWER, Row, Rows

MOST_CALLS = 100
MOST_REMEMBERED = 200
_PHONE = re.compile(r"\+?[0-9]{3,32}")
_BUSY_ENDING, _NO_ANSWER_ENDING = "0", "9"


class Refusal(Exception):
    """A request cannot be carried out; the text is what the vendor's server says (section 3)."""


@dataclass(eq=False, slots=True)
class Call:
    """One call, from the moment that it was asked for."""

    id: str
    extension: str
    number: str
    kind: str
    began_at: float
    status: str
    leg: LegCall | None = None
    task: asyncio.Task[Any] | None = None
    answered_at: float | None = None
    ended_at: float | None = None

    @property
    def is_incoming(self) -> bool:
        """Whether somebody called the extension."""
        return self.kind == INBOUND

    @property
    def was_answered(self) -> bool:
        """Whether both sides talked."""
        return self.answered_at is not None


class Calls:
    """Makes them, and enters each when it is over."""

    def __init__(self, rows: Rows, settings: Mapping[str, Any]) -> None:
        self.leg: Leg | None = None
        """The way to SIP devices."""
        self.calls: dict[str, Call] = {}
        self._rows = rows
        self._settings = settings
        self._desk = DeskPhone(settings)
        self._tasks = Tasks()

    def registered(self) -> list[str]:
        """The extensions that could be rung."""
        return [extension for extension in EXTENSIONS if self._phone_of(extension)]

    def dial(self, extension: str, phone: str) -> Call:
        """Begin to ring an extension, which is then connected to a number.

        Raises:
            Refusal: that cannot be.
        """
        if extension not in EXTENSIONS:
            raise Refusal("Unknown extension")
        if not self._phone_of(extension):
            raise Refusal("Extension is not registered")
        if not _PHONE.fullmatch(phone):
            raise Refusal("Invalid phone")
        if self._busy() >= MOST_CALLS:
            raise Refusal("Too many calls")
        call = self._begin(extension, phone, EXTERNAL, NO_ANSWER)
        self._tasks.start(self._run(call, self._dialled))
        return call

    def come_in(self, number: str, extension: str, *, rings: bool = True) -> Call:
        """Let a number call an extension; who does not ring, or is not there, missed it.

        Raises:
            ValueError: that cannot be.
        """
        if extension not in EXTENSIONS:
            raise ValueError(f"there is no extension {extension!r}")
        if not _PHONE.fullmatch(number):
            raise ValueError(f"{number!r} is no telephone number")
        call = self._begin(extension, number, INBOUND, MISSED)
        if rings and self._phone_of(extension) and self._busy() < MOST_CALLS:
            self._tasks.start(self._run(call, self._came_in))
        else:
            self._end(call)
        return call

    async def hang_up(self, id: str) -> bool:
        """Let the far side, or the PBX, end a call; false when there is none of this id."""
        call = self.calls.get(id)
        if call is None or call.ended_at is not None:
            return False
        if call.leg:
            await call.leg.hang_up()
        elif call.task:
            call.task.cancel()
        return True

    async def close(self) -> None:
        """End every call."""
        self._tasks.cancel()
        await self._tasks.finish()

    def _phone_of(self, extension: str) -> Leg | None:
        ways: tuple[Leg | None, ...] = (self.leg, self._desk)
        return next((way for way in ways if way and way.is_registered(extension)), None)

    def _busy(self) -> int:
        return sum(call.ended_at is None for call in self.calls.values())

    def _begin(self, extension: str, number: str, kind: str, status: str) -> Call:
        # What is said over SIP is recorded, as WAV, so the id has to promise that.
        is_heard = self.leg is not None and self.leg.is_registered(extension)
        call = Call(self._rows.new_id(even=True if is_heard else None), extension, number, kind, time.time(), status)
        self.calls[call.id] = call
        while len(self.calls) > MOST_REMEMBERED and (
            over := next((c for c in self.calls.values() if c.ended_at), None)
        ):
            del self.calls[over.id]
        return call

    async def _run(self, call: Call, work: Callable[[Call], Awaitable[None]]) -> None:
        call.task = asyncio.current_task()
        try:
            await work(call)
        finally:
            if call.leg:
                await call.leg.hang_up()
            self._end(call)

    async def _dialled(self, call: Call) -> None:
        if not await self._picked_up(call, self._caller_id(call)):
            return
        assert call.leg
        await call.leg.ringback(float(self._settings["ringback_seconds"]))
        if await _is_over(call.leg):
            return
        if call.number.endswith(_BUSY_ENDING):
            call.status = BUSY
        elif call.number.endswith(_NO_ANSWER_ENDING):
            await call.leg.ringback(float(self._settings["no_answer_seconds"]))
        else:
            await self._talk(call)

    async def _came_in(self, call: Call) -> None:
        if await self._picked_up(call, call.number):
            await self._talk(call)

    async def _picked_up(self, call: Call, caller: str) -> bool:
        phone = self._phone_of(call.extension)
        if phone is None:
            return False
        try:
            call.leg = await phone.ring(call.extension, caller, seconds=float(self._settings["ring_seconds"]))
        except Refused as refused:
            if refused.kind in ("busy", "declined"):
                call.status = BUSY
            return False
        return True

    async def _talk(self, call: Call) -> None:
        assert call.leg
        call.answered_at, call.status = time.time(), ANSWERED
        call.leg.echo()
        await call.leg.ended()

    def _caller_id(self, call: Call) -> str:
        return {"phone": call.number, "extension": call.extension}.get(str(self._settings["caller_id"]), "")

    def _end(self, call: Call) -> None:
        call.ended_at = time.time()
        talk = math.ceil(max(0.0, call.ended_at - call.answered_at)) if call.answered_at else 0
        rang = max(0, round((call.answered_at or call.ended_at) - call.began_at))
        sound = call.leg.recording() if call.leg and call.was_answered else b""
        self._rows.add(Row(call.id, call.extension, call.number, call.kind, call.status, talk, rang, sound or None))


async def _is_over(leg: LegCall) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await leg.ended()
            return True
    return False

"""How a call goes at its extension, by timers or with the devices of a SIP leg (8, 11): until it ends or is moved."""

import asyncio
from collections.abc import Callable

from tuiphone.simulator.leg import Leg, LegCall, Refused
from tuiphone.simulator.prostiezvonki.call import Call, Manner, State
from tuiphone.simulator.prostiezvonki.office import Office, Type
from tuiphone.simulator.prostiezvonki.switches import Switches


class Course:
    """Has calls ring, be answered and talked in; each is cancelled when its call ends or moves."""

    def __init__(self, switches: Switches, office: Office, arrive: Callable[[str, str, Manner], Call]) -> None:
        self.leg: Leg | None = None
        self._switches = switches
        self._office = office
        self._arrive = arrive
        """Begins the other side of a call between two extensions."""

    async def dials(self, call: Call) -> None:
        """An extension calls: its own telephone rings first, where it has one at the leg, then the far end."""
        if self.leg and self.leg.is_registered(call.extension):
            try:
                call.leg = await self.leg.ring(call.extension, call.peer, seconds=call.manner.ring_s)
            except Refused:
                return
        call.state = State.CALLING
        self._tell(call, Type.OUTGOING)
        if not await self._reached(call):
            return
        call.answer()
        self._tell(call, Type.OUTGOING_ANSWERED)
        await self._talks(call)

    async def _reached(self, call: Call) -> bool:
        far_end = asyncio.create_task(self._far_end(call))
        waits = {far_end}
        if call.leg:
            waits.add(asyncio.create_task(_rung_off(call.leg, 2 * call.manner.ring_s)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return far_end.done() and far_end.result()
        finally:
            for one in waits:
                one.cancel()
            await asyncio.wait(waits)

    async def _far_end(self, call: Call) -> bool:
        if call.peer in self._switches.busy:
            return False
        if not call.internal:
            await asyncio.sleep(call.manner.answer_after_s or 0)
            return True
        call.other = self._arrive(call.extension, call.peer, call.manner)
        call.other.other, call.other.internal = call, True
        await call.other.settled.wait()
        return not call.other.is_over

    async def arrives(self, call: Call) -> None:
        """Somebody calls: whoever is logged in may route the call for a while, then it rings."""
        if call.state is State.OFFERED:
            self._tell(call, Type.OFFER)
            try:
                async with asyncio.timeout(call.manner.offer_s):
                    await call.routed.wait()
            except TimeoutError:
                pass  # nobody wanted to decide
        await self.rings(call)

    async def rings(self, call: Call) -> None:
        """It rings at its extension, and goes on if somebody takes it there."""
        call.state = State.RINGING
        self._tell(call, Type.INCOMING)
        if call.extension in self._switches.busy or not await self._picked_up(call):
            return
        call.answer()
        self._tell(call, Type.INCOMING_ANSWERED)
        await self._talks(call)

    async def _picked_up(self, call: Call) -> bool:
        if self.leg and self.leg.is_registered(call.extension):
            try:
                call.leg = await self.leg.ring(call.extension, call.peer, seconds=call.manner.ring_s)
            except Refused:
                return False
            return True
        if call.manner.answer_after_s is None:
            await asyncio.sleep(call.manner.ring_s)
            return False
        await asyncio.sleep(call.manner.answer_after_s)
        return True

    async def _talks(self, call: Call) -> None:
        if call.leg:
            call.leg.echo()
            await call.leg.ended()
        elif call.other and (call.outgoing or call.other.leg):
            await asyncio.Event().wait()  # the other one ends it
        else:
            await asyncio.sleep(call.manner.talk_s)

    def _tell(self, call: Call, kind: Type) -> None:
        self._office.tell(call.event(kind), call.owners, but=call.unwatched_by)


async def _rung_off(leg: LegCall, seconds: float) -> bool:
    await leg.ringback(seconds)
    return False

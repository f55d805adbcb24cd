"""Numbers that make the desk of an extension busy, so that there is something to see: `TO_CALL` says what they do."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from tuiphone.simulator.prostiezvonki.call import Manner
from tuiphone.simulator.prostiezvonki.envelope import Refusal
from tuiphone.simulator.prostiezvonki.pbx import Pbx
from tuiphone.simulator.prostiezvonki.switches import Switches


class _Whom(Enum):
    YOU = auto()
    COLLEAGUE = auto()
    ANOTHER = auto()


@dataclass(frozen=True, slots=True)
class _Visit:
    after_s: float
    caller: str
    whom: _Whom
    manner: Manner


_WAITS = _Visit(1, "+74951234567", _Whom.YOU, Manner(4, 30, 25, offer_s=30))
_TALKS = _Visit(3, "+79215550123", _Whom.COLLEAGUE, Manner(8, 45, 25))
_MISSED = _Visit(5, "+78123334455", _Whom.ANOTHER, Manner(None, 0, 8))
_CALLS = _Visit(2, "+14155550132", _Whom.YOU, Manner(4, 30, 25))
SCENES = {"700": (_WAITS, _TALKS, _MISSED), "701": (_WAITS,), "702": (_TALKS,), "703": (_MISSED,), "704": (_CALLS,)}
TO_CALL = (
    "701 lets somebody call the company, whose call waits at the PBX and comes to you when nobody routed it; "
    "702 lets somebody call a colleague, who takes it after a while; 703 another one, who does not; 704 calls you; "
    "700 does the first three."
)
_AGAIN_AFTER_S = 60


class Desk:
    """Lets telephones call, for whoever called one of these numbers or switched the simulation on."""

    def __init__(self, switches: Switches, pbx: Pbx) -> None:
        self._switches = switches
        self._pbx = pbx
        self._running: dict[str, asyncio.Task[None]] = {}

    def called(self, extension: str, number: str) -> bool:
        """An extension called a number; false when it is none of these."""
        if number not in SCENES:
            return False
        self._start(extension, number, again=False)
        return True

    def keep_busy(self, extension: str) -> None:
        """Let everything happen again and again."""
        self._start(extension, "700", again=True)

    def leave_alone(self, extension: str) -> None:
        """No more calls for this extension."""
        if task := self._running.pop(extension, None):
            task.cancel()

    def is_busy(self, extension: str) -> bool:
        """Whether more calls are to come for this extension."""
        return extension in self._running and not self._running[extension].done()

    async def close(self) -> None:
        """No more calls for anybody."""
        tasks = list(self._running.values())
        for extension in list(self._running):
            self.leave_alone(extension)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, extension: str, number: str, *, again: bool) -> None:
        self.leave_alone(extension)
        self._running[extension] = asyncio.create_task(self._play(extension, number, again=again))

    async def _play(self, extension: str, number: str, *, again: bool) -> None:
        while True:
            passed = 0.0
            for visit in SCENES[number]:
                await self._pause(visit.after_s - passed)
                passed = visit.after_s
                try:
                    self._pbx.arrive(visit.caller, self._whom(visit.whom, extension), self._paced(visit.manner))
                except Refusal:
                    break  # there are too many calls
            if not again:
                return
            await self._pause(_AGAIN_AFTER_S)

    def _whom(self, whom: _Whom, extension: str) -> str:
        others = [one for one in self._switches.users if one != extension] or [extension]
        match whom:
            case _Whom.YOU:
                return extension
            case _Whom.COLLEAGUE:
                return others[0]
            case _Whom.ANOTHER:
                return others[-1]

    def _paced(self, manner: Manner) -> Manner:
        pace = self._switches.seconds("pace")
        answer_after_s = None if manner.answer_after_s is None else manner.answer_after_s * pace
        return Manner(answer_after_s, manner.talk_s * pace, manner.ring_s * pace, manner.offer_s * pace)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) * self._switches.seconds("pace"))

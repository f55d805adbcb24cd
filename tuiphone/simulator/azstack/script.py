"""Scripted numbers: 84900000 and three digits that say what becomes of the call (18)."""

import asyncio
import re

from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.farend import Line
from tuiphone.simulator.gateway import Telephone

_SCRIPTED = re.compile(r"84900000(\d{3})", re.ASCII)
_NO_REPLY = "000"
_REFUSED: dict[str, dict[str, int]] = {
    "901": {"status": az.INITIAL_REFUSED, "chargingError": az.BUSY_NOW},
    "902": {"status": az.INITIAL_REFUSED, "chargingError": az.NO_BALANCE},
    "903": {"status": az.INITIAL_REFUSED, "chargingError": az.BAD_TO},
    "904": {"status": az.INITIAL_BAD_FROM},
}
_ENDINGS = ("403", "408", "480", "486", "487", "503", "599", "702")
_PROGRESS_ONLY = ("180", "199")
_ANSWERS, _ANSWERS_AND_STOPS = "200", "201"
_RING_AFTER_S = 0.1
_OUTCOME_AFTER_S = 0.3
_STOP_AFTER_S = 1.0


def refusal(number: str) -> dict[str, int] | None:
    """What 610 says to a call to this number; None when nothing is said at all."""
    ending = _ending(number)
    if ending == _NO_REPLY:
        return None
    return _REFUSED.get(ending, {"status": az.INITIAL_SUCCESS})


class PaidTelephone(Telephone):
    """A telephone; with a scripted number it follows the script."""

    async def ring(self, line: Line) -> None:
        ending, ref = _ending(self.user), line.call.ref
        if ending not in (_ANSWERS, _ANSWERS_AND_STOPS, *_ENDINGS, *_PROGRESS_ONLY):
            await super().ring(line)
            return
        await asyncio.sleep(_RING_AFTER_S)
        if ending in _PROGRESS_ONLY:
            self.exchange.ring_for_ever(line.call)
        if ending != "180":
            self.exchange.progress(ref, self, az.Code(az.PAID_RINGING))
        if ending in _PROGRESS_ONLY:
            self.exchange.progress(ref, self, az.Code(ending))
            return
        await asyncio.sleep(_OUTCOME_AFTER_S)
        if ending in _ENDINGS:
            self.exchange.reject(ref, self, az.Code(ending))
            self.drop(line.call)
            return
        await self.negotiate(line)
        self.exchange.answer(ref, self)
        if ending == _ANSWERS_AND_STOPS:
            await asyncio.sleep(_STOP_AFTER_S)
            self.exchange.hang_up(ref, self)
            self.drop(line.call)


def _ending(number: str) -> str:
    match = _SCRIPTED.fullmatch(number)
    return match[1] if match else ""

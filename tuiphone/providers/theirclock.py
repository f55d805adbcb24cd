"""How far a PBX's clock is from ours, learnt from what it says the time is; its records are told by our clock."""

import logging
import math
from collections import deque
from statistics import median

from tuiphone.core.ports import Memory

log = logging.getLogger(__name__)

ENOUGH = 3
"""Measurements that have to agree."""
SPREAD_SECONDS = 10.0
"""How far they may be apart, and how far it has to move to be learnt anew."""
LEAST_SECONDS = 30.0
"""A smaller difference harms nobody: rows of one call are found together all the same."""
MOST_SECONDS = 13 * 3600.0
"""A greater one is no clock but nonsense."""
_KEPT = "clock_behind"


class TheirClock:
    """Of one account; what was learnt is remembered from run to run."""

    def __init__(self, whose: str, memory: Memory) -> None:
        """`whose`: a few words for the log."""
        self._whose = whose
        self._memory = memory
        self._measured: deque[float] = deque(maxlen=ENOUGH)
        self._is_trusted = True
        self.behind = _remembered(memory.get(_KEPT))
        """Seconds to add to its times; 0 while its clock is good enough, or not known."""

    def learn(self, behind: float) -> None:
        """One more measurement: what is so by our clock, it says to have been so many seconds earlier."""
        if not self._is_trusted or not math.isfinite(behind):
            return
        self._measured.append(behind)
        if len(self._measured) < ENOUGH or max(self._measured) - min(self._measured) > SPREAD_SECONDS:
            return
        learnt = median(self._measured)
        # What is in use stays so a little longer, or it would come and go.
        least = LEAST_SECONDS - SPREAD_SECONDS if self.behind else LEAST_SECONDS
        learnt = round(learnt) if least < abs(learnt) <= MOST_SECONDS else 0.0
        if abs(learnt - self.behind) > SPREAD_SECONDS:
            self._use(learnt)

    def distrust(self) -> None:
        """What was measured is another clock than that of the records."""
        self._is_trusted = False
        log.info("the clock that was measured of %s is not that of its records", self._whose)
        self._use(0.0)

    def _use(self, behind: float) -> None:
        self.behind = behind
        self._memory.set(_KEPT, f"{behind:.0f}")
        if behind:
            way = "behind" if behind > 0 else "ahead of"
            log.info("the clock of %s is %.0f s %s ours; its times are corrected", self._whose, abs(behind), way)
        else:
            log.info("the times of %s are taken as they are", self._whose)


def _remembered(text: str | None) -> float:
    try:
        behind = float(text or 0.0)
    except ValueError:
        return 0.0
    return behind if LEAST_SECONDS - SPREAD_SECONDS <= abs(behind) <= MOST_SECONDS else 0.0

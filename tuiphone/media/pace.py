"""How late received sound is played, and whether a block of it should be shorter or longer for that."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from tuiphone.media import stretch

Samples = NDArray[np.int16]

_MS = 48
_FRAME = 960
_EARLY_MS = 8.0
_LATE_MS = 12.0
"""Too early and too late by less than this is left alone."""
_HURRY_MS = 60.0
_QUIET = 100.0
"""Root mean square below which any change goes unheard."""
_JUMP_MS = 30.0
_TENTH_S = 0.1
_LEAST_SLACK_MS = 5.0


class Pace:
    """Delay is counted from the arrival of the fastest packet; each packet that comes in tells it anew."""

    def __init__(self) -> None:
        self.delay_ms = 0.0
        self.wait_ms = 0.0
        """How long sound waits before it is played, on average."""
        self.shortened = self.lengthened = 0
        """Samples, since the start."""
        self.restart(0.0)

    def restart(self, delay_ms: float) -> None:
        """Sound begins anew with this delay."""
        self.delay_ms = delay_ms
        self._since_change = 0
        self._slack: deque[tuple[int, float]] = deque(maxlen=4)
        """(tenth of a second, least ms that a packet waited in it)."""

    def arrived(self, wait_ms: float, late_ms: float, now: float) -> None:
        """A packet that came so late will wait so long."""
        error = wait_ms + late_ms - self.delay_ms
        self.delay_ms += error if abs(error) > _JUMP_MS else error / 4
        self.wait_ms += (wait_ms - self.wait_ms) / 16
        tenth = int(now / _TENTH_S)
        if self._slack and self._slack[-1][0] == tenth:
            self._slack[-1] = tenth, min(wait_ms, self._slack[-1][1])
        else:
            self._slack.append((tenth, wait_ms))

    def skipped(self, samples: int) -> None:
        """So much of a pause was left out."""
        self.delay_ms -= samples / _MS
        self.shortened += samples

    def fit(self, block: Samples, target_ms: float) -> Samples:
        """The block, with a pitch period taken out or put in if it comes too late or too early."""
        self._since_change += len(block)
        excess = self.delay_ms - target_ms
        if -_EARLY_MS <= excess <= _LATE_MS:
            return block
        hurry = abs(excess) > _HURRY_MS
        quiet = stretch.loudness(block) < _QUIET
        if self._since_change < (_FRAME if quiet else 2 * _FRAME if hurry else 4 * _FRAME):
            return block
        lag, likeness = stretch.period(block)
        if lag == 0 or not (quiet or hurry or likeness > 0.5):
            return block
        if excess < 0:
            self._change(lag)
            self.lengthened += lag
            return stretch.longer(block, lag)
        # What no packet of late had to spare is not there to be given back, whatever the delay is reckoned to be.
        if lag / _MS > min((slack for _, slack in self._slack), default=0.0) - _LEAST_SLACK_MS:
            return block
        self._change(-lag)
        self.shortened += lag
        return stretch.shorter(block, lag)

    def _change(self, samples: int) -> None:
        self._since_change = 0
        self.delay_ms += samples / _MS
        for index, (tenth, slack) in enumerate(self._slack):
            self._slack[index] = tenth, slack + samples / _MS

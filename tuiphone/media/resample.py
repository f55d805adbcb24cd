"""Sound from one clock to another: a card that does not run at 48 kHz, and two clocks that drift apart."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

TAPS = 24
"""Length of the filter at the lower of the two rates, in samples; about 60 dB."""


class Resampler:
    """Turns a stream of one rate into another, a block at a time, with a polyphase windowed sinc."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        common = gcd(rate_in, rate_out)
        self._step = rate_in // common
        self._phases = rate_out // common
        cutoff = min(1.0, rate_out / rate_in)
        self._taps = 2 * round(TAPS / 2 / cutoff)
        self._bank = self._filters(cutoff)
        # One more than the filter is long: the last sample put out may lie beyond the last whole step.
        self._past = np.zeros(self._taps, np.float32)
        self._phase = 0
        self._left = np.zeros(0, np.int16)

    def _filters(self, cutoff: float) -> NDArray[np.float32]:
        half = self._taps // 2
        offsets = np.arange(self._taps)[None, :] - (half - 1) - np.arange(self._phases)[:, None] / self._phases
        window = np.cos(np.clip(offsets / half, -1, 1) * np.pi / 2) ** 2
        bank = np.sinc(offsets * cutoff) * window
        return (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)

    def needed(self, samples: int) -> int:
        """How many samples must go in for this many to come out of the next `process`."""
        return (self._phase + samples * self._step) // self._phases

    def process(self, block: Samples, samples: int) -> Samples:
        """The next `samples` of the stream, out of the `needed(samples)` ones in `block`."""
        line = np.concatenate((self._past, block))
        positions = self._phase + np.arange(samples) * self._step
        windows = np.lib.stride_tricks.sliding_window_view(line, self._taps)[positions // self._phases]
        out = np.einsum("ij,ij->i", windows, self._bank[positions % self._phases])
        self._phase = (self._phase + samples * self._step) % self._phases
        self._past = line[len(block) :]
        return np.clip(np.rint(out), -32768, 32767).astype(np.int16)

    def push(self, block: Samples) -> Samples:
        """As many samples as this block (and what was left of the last one) is good for."""
        line = np.concatenate((self._left, block))
        samples = ((len(line) + 1) * self._phases - 1 - self._phase) // self._step
        used = self.needed(samples)
        self._left = line[used:]
        return self.process(line[:used], samples)


def stretched(block: Samples, samples: int) -> Samples:
    """The same sound in a few samples more or less; a change of half a percent of a 10 ms block cannot be heard."""
    if len(block) == samples:
        return block
    places = np.linspace(0, len(block) - 1, samples)
    return np.rint(np.interp(places, np.arange(len(block)), block)).astype(np.int16)


class Balance:
    """Keeps the buffer between two clocks near a target by adding or taking away a few samples per block.

    What counts is the lowest level of the last half second: all above it is delay that nobody needs. The target
    grows when the buffer ran dry (the machine is busy) and shrinks again slowly.
    """

    WINDOW = 50
    """Blocks of 10 ms over which the lowest level is taken."""
    SETTLING = 5
    """Blocks after a start that say nothing about the level yet."""
    PATIENCE = 20
    """Windows without running dry before the target shrinks by a millisecond."""

    def __init__(self, rate: int, target_ms: float, most_ms: float) -> None:
        self._ms = rate / 1000
        self._least = round(target_ms * self._ms)
        self._most = round(most_ms * self._ms)
        self.target = self._least
        """The lowest level aimed for, in samples."""
        self.corrected = 0
        """Samples added since the start, less those taken away: the drift of the clocks."""
        self._slack = round(2.5 * self._ms)
        self._much = round(20 * self._ms)
        self._per_block = max(1, rate // 24000)
        self._restart()
        self._calm = 0
        self._due = 0

    def _restart(self) -> None:
        self._blocks = 0
        self._low = float("inf")

    def ran_dry(self) -> None:
        """The buffer was empty when it was needed: aim higher."""
        self.target = min(self._most, self.target + round(5 * self._ms))
        self._calm = 0
        self._due = 0
        self._restart()

    def step(self, level: int) -> int:
        """Samples to add to the buffer now (negative: take away), given its lowest level around this block."""
        self._blocks += 1
        if self._blocks > self.SETTLING:
            self._low = min(self._low, level)
        if self._blocks == self.WINDOW:
            excess = round(self._low) - self.target
            self._due = -excess if abs(excess) > self._slack or self._due else 0
            self._calm += 1
            if self._calm == self.PATIENCE:
                self._calm = 0
                self.target = max(self._least, self.target - round(self._ms))
            self._restart()
        most = self._per_block * (2 if abs(self._due) > self._much else 1)
        step = max(-most, min(most, self._due))
        self._due -= step
        self.corrected += step
        return step

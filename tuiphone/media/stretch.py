"""Sound made a little shorter, longer, or up: whole pitch periods are taken out, put in, or repeated."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]

_FADE = 240
"""Samples (5 ms) over which two pieces are blended."""
_SHORTEST = 120
"""Samples (2.5 ms) of the highest pitch looked for, 400 Hz."""
_LONGEST = 720
"""Samples (15 ms) of the lowest, 67 Hz; with the fade it just fits into a frame of 20 ms."""
_COARSE = 4

_RISE = np.linspace(0, 1, _FADE, endpoint=False, dtype=np.float32)


def blend(old: Samples | Floats, new: Samples | Floats) -> Samples:
    """From one piece into another of the same length."""
    rise = _RISE if len(new) == _FADE else np.linspace(0, 1, len(new), endpoint=False, dtype=np.float32)
    return np.rint(old * (1 - rise) + new * rise).astype(np.int16)


def loudness(block: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(block, dtype=np.float32)))) if len(block) else 0.0


def _likeness(block: Floats, template: Floats) -> NDArray[np.float32]:
    """Normalised correlation of the template with every place of the block."""
    windows = np.lib.stride_tricks.sliding_window_view(block, len(template))
    energy = np.sqrt(np.einsum("ij,ij->i", windows, windows) * float(template @ template)) + 1.0
    return (windows @ template) / energy


def period(block: Samples) -> tuple[int, float]:
    """After how many samples the beginning of the block repeats itself best, and how well (up to 1)."""
    longest = min(_LONGEST, len(block) - _FADE)
    if longest <= _SHORTEST:
        return 0, 0.0
    floats = block[: longest + _FADE].astype(np.float32)
    coarse = floats[: len(floats) // _COARSE * _COARSE].reshape(-1, _COARSE).mean(axis=1)
    found = _likeness(coarse[_SHORTEST // _COARSE :], coarse[: _FADE // _COARSE])
    near = (int(np.argmax(found)) + _SHORTEST // _COARSE) * _COARSE
    first = max(_SHORTEST, near - _COARSE)
    last = min(longest, near + _COARSE)
    fine = _likeness(floats[first : last + _FADE], floats[:_FADE])
    best = int(np.argmax(fine))
    return first + best, float(fine[best])


def shorter(block: Samples, lag: int) -> Samples:
    """The block without one period of this length."""
    return np.concatenate((blend(block[:_FADE], block[lag : lag + _FADE]), block[lag + _FADE :]))


def longer(block: Samples, lag: int) -> Samples:
    """The block with its first period twice."""
    return np.concatenate((block[:lag], blend(block[lag : lag + _FADE], block[:_FADE]), block[_FADE:]))


class Repeater:
    """Makes up what is missing behind a piece of sound: its last pitch period again and again, fading away."""

    HOLD = 480
    """Samples (10 ms) at full loudness."""
    GONE = 2880
    """Samples (60 ms) after which there is silence."""

    def __init__(self) -> None:
        self._past = np.zeros(2 * (_LONGEST + _FADE), np.int16)
        self._made = 0
        self._cycle: Floats | None = None

    def follow(self, block: Samples) -> Samples:
        """Real sound again: smooth the seam if something was made up before it, and remember it."""
        if self._made:
            seam = min(_FADE, len(block))
            block = np.concatenate((blend(self.make(seam), block[:seam]), block[seam:]))
            self._made, self._cycle = 0, None
        self._past = np.concatenate((self._past, block))[-len(self._past) :]
        return block

    def make(self, samples: int) -> Samples:
        """So many samples of what would probably have followed."""
        if self._cycle is None:
            lag, _ = period(self._past[::-1])
            self._cycle = self._past[-(lag or _LONGEST) :].astype(np.float32)
        places = self._made + np.arange(samples)
        fade = np.clip((self.GONE - places) / (self.GONE - self.HOLD), 0, 1)
        self._made += samples
        return np.rint(self._cycle[places % len(self._cycle)] * fade).astype(np.int16)

"""How loud a recording is from its beginning to its end: the curve of each side, in a few hundred points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 400
"""Of a curve; about two for each cell of a wide terminal."""
STEP_S = 0.02
"""Seconds of the finest pieces that are looked at."""
MOST_STEPS = 20_000
"""Pieces kept; past that each becomes twice as long."""
QUIET_DB = -54.0
"""Loudness at which the curve leaves its ground; room noise is below."""

Floats = NDArray[np.float32]
Frame = NDArray[Any]


class Envelope:
    """The loudness of a stream of unknown length; what it needs does not grow with it."""

    def __init__(self, rate: int) -> None:
        self._step = max(1, round(rate * STEP_S))
        self._rest = np.zeros(0, np.float32)
        self._powers: list[float] = []

    def add(self, sound: Floats) -> None:
        """More of it, from -1 to 1."""
        line = np.concatenate((self._rest, sound))
        whole = len(line) // self._step
        pieces = line[: whole * self._step].reshape(whole, self._step)
        self._powers += np.mean(np.square(pieces), axis=1).tolist()
        self._rest = line[whole * self._step :]
        while len(self._powers) > MOST_STEPS:
            pairs = np.array(self._powers[: len(self._powers) // 2 * 2]).reshape(-1, 2)
            self._powers = pairs.mean(axis=1).tolist()
            self._step *= 2

    def points(self, count: int = POINTS) -> bytes:
        """The curve, 0 for silence to 255 for full scale; shorter than asked where there is not enough sound."""
        powers = np.array(self._powers or [0.0])
        edges = np.linspace(0, len(powers), min(count, len(powers)) + 1).astype(int)
        loudest = np.maximum.reduceat(powers, edges[:-1])
        decibels = 10 * np.log10(np.maximum(loudest, 1e-12)) + 3.0  # a full sine is 0 dB
        return np.rint(255 * np.clip(1 - decibels / QUIET_DB, 0, 1)).astype(np.uint8).tobytes()


def sides(sound: Frame, channels: int) -> tuple[Floats, ...]:
    """The channels of a decoded frame, from -1 to 1, whatever its samples are."""
    planes = sound if sound.shape[0] == channels and channels > 1 else sound.reshape(-1, channels).T
    match planes.dtype.kind:
        case "f":
            return tuple(plane.astype(np.float32) for plane in planes)
        case "u":
            return tuple((plane.astype(np.float32) - 128) / np.float32(128) for plane in planes)
        case _:
            full = np.float32(-float(np.iinfo(planes.dtype).min))
            return tuple(plane.astype(np.float32) / full for plane in planes)

"""G.711 (PCMU and PCMA, ITU-T G.711) by tables, between 8 kHz bytes and our 48 kHz samples."""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuiphone.media.resample import Resampler

Samples = NDArray[np.int16]
Law = Literal["PCMU", "PCMA"]

RATIO = 6
"""Our samples per byte."""


@cache
def _table(law: Law) -> Samples:
    """The sample each of the 256 bytes stands for."""
    codes = np.arange(256)
    bits = ~codes & 0xFF if law == "PCMU" else codes ^ 0x55
    exponent, mantissa = bits >> 4 & 7, bits & 15
    if law == "PCMU":
        size = (((mantissa << 3) + 0x84) << exponent) - 0x84
        negative = bits & 0x80 != 0
    else:
        size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
        negative = bits & 0x80 == 0
    return np.where(negative, -size, size).astype(np.int16)


@cache
def _codes(law: Law) -> NDArray[np.uint8]:
    """The byte for each of the 65536 samples (index: the sample as unsigned): the nearest one in the table."""
    table = _table(law).astype(np.int32)
    order = np.argsort(table, kind="stable")
    # Half-way points between neighbouring levels find the nearest level of each sample. Of the two zeros of PCMU the
    # right side takes 0xFF, by which others know silence.
    middles = (table[order][1:] + table[order][:-1]) / 2
    samples = np.arange(65536, dtype=np.uint16).view(np.int16)
    return order[np.searchsorted(middles, samples, side="right")].astype(np.uint8)


class Encoder:
    """48 kHz samples into G.711 bytes."""

    def __init__(self, law: Law) -> None:
        self._codes = _codes(law)
        self._down = Resampler(8000 * RATIO, 8000)

    def encode(self, samples: Samples) -> bytes:
        """One byte for six samples; their number is a multiple of six."""
        low = self._down.process(samples, len(samples) // RATIO)
        return self._codes[low.view(np.uint16)].tobytes()

    def close(self) -> None:
        """Nothing to free; here so that all encoders look alike."""


class Decoder:
    """G.711 bytes into 48 kHz samples."""

    def __init__(self, law: Law) -> None:
        self._table = _table(law)
        self._up = Resampler(8000, 8000 * RATIO)

    def decode(self, payload: bytes) -> Samples:
        """Six samples for each byte."""
        return self._up.process(self._table[np.frombuffer(payload, np.uint8)], len(payload) * RATIO)

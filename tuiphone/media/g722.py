"""G.722 (ITU-T G.722 at 64 kbit/s) by FFmpeg, between its bytes and our 48 kHz samples.

Each byte is two samples at 16 kHz, but one step of its RTP clock, which RFC 3551 section 4.5.2 has at 8 kHz.
"""

import fractions
from typing import Literal

import numpy as np
from av import AudioFrame, CodecContext
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from tuiphone.media.resample import Resampler

Samples = NDArray[np.int16]

RATIO = 6
"""Our samples per byte."""
_RATE = 16000


def _context(mode: Literal["r", "w"]) -> AudioCodecContext:
    context = CodecContext.create("g722", mode)
    assert isinstance(context, AudioCodecContext)
    context.format = "s16"
    context.layout = "mono"
    context.sample_rate = _RATE
    return context


class Encoder:
    """48 kHz samples into G.722 bytes."""

    def __init__(self) -> None:
        self._context = _context("w")
        self._context.time_base = fractions.Fraction(1, _RATE)
        self._down = Resampler(48000, _RATE)
        self._at = 0

    def encode(self, samples: Samples) -> bytes:
        """One byte for six samples; their number is a multiple of six."""
        low = self._down.process(samples, len(samples) // 3)
        frame = AudioFrame.from_ndarray(low.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = _RATE
        frame.pts = self._at
        self._at += len(low)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))

    def close(self) -> None:
        """Nothing to free; here so that all encoders look alike."""


class Decoder:
    """G.722 bytes into 48 kHz samples."""

    def __init__(self) -> None:
        self._context = _context("r")
        self._up = Resampler(_RATE, 48000)

    def decode(self, payload: bytes) -> Samples | None:
        """Six samples for each byte; None where the library makes something else of it."""
        if not payload:
            return None  # which would tell the library that nothing more comes
        try:
            frames = self._context.decode(Packet(payload))
        except FFmpegError:
            return None
        low = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames] or [np.zeros(0)]).astype(np.int16)
        return self._up.process(low, len(low) * 3) if len(low) == len(payload) * 2 else None

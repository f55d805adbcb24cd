"""Our sound on its way out: every 20 ms a frame of the microphone becomes a packet, at a steady pace."""

import asyncio
import fractions
import logging
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet
from numpy.typing import NDArray

from tuiphone.media import g711, opus
from tuiphone.media.sdp import Codec

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]

FRAME = 960
FRAME_S = 0.02
_BEHIND = 3
"""Frames that a stalled loop may be late before the time is skipped; the microphone keeps no more either."""


class Encoder(Protocol):
    """Samples into one payload."""

    def encode(self, samples: Samples) -> bytes: ...

    def close(self) -> None: ...


def encoder(codec: Codec) -> Encoder:
    """The encoder for what was negotiated. Raises: MediaError."""
    match codec.name.lower():
        case "pcmu":
            return g711.Encoder("PCMU")
        case "pcma":
            return g711.Encoder("PCMA")
        case _:
            most = codec.parameter("maxaveragebitrate") or ""
            return opus.Encoder(
                bitrate=min(32000, max(6000, int(most))) if most.isdecimal() and len(most) < 9 else 32000,
                fec=codec.parameter("useinbandfec") == "1",
                constant=codec.parameter("cbr") == "1",
            )


class Voice(MediaStreamTrack):
    """The track that one aiortc sender reads; it gives packets, since aiortc would encode in stereo at 96 kbit/s."""

    kind = "audio"

    def __init__(self, microphone: Callable[[int], Samples], codec: Callable[[], Codec]) -> None:
        super().__init__()
        self._microphone = microphone
        self._codec = codec
        self._encoder: Encoder | None = None
        self._step = FRAME
        self._time_base = fractions.Fraction(0)
        self._loss = 0.0
        self._due: float | None = None
        self._timestamp = 0

    async def recv(self) -> Packet:
        """The next packet, when its time has come."""
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if self._due is None or now - self._due > _BEHIND * FRAME_S:
            skipped = 0 if self._due is None else int((now - self._due) / FRAME_S)
            self._timestamp += skipped * self._step
            self._due = now if self._due is None else self._due + skipped * FRAME_S
        await asyncio.sleep(max(0.0, self._due - now))
        self._due += FRAME_S
        if self._encoder is None:
            self.change_codec()
        assert self._encoder is not None
        packet = Packet(self._encoder.encode(self._microphone(FRAME)))
        packet.pts = self._timestamp
        packet.time_base = self._time_base
        self._timestamp += self._step
        return packet

    def change_codec(self) -> None:
        """Use what is negotiated now; that is known only when the sender starts, and may change in the call."""
        codec = self._codec()
        fresh = encoder(codec)
        if self._encoder is not None:
            self._encoder.close()
        self._encoder = fresh
        self._step = FRAME * codec.rate // 48000
        # aiortc's sender goes on counting by the clock of its first codec; in that measure ours are always whole.
        self._time_base = self._time_base or fractions.Fraction(1, codec.rate)
        self.expect_loss(self._loss)

    @property
    def has_begun(self) -> bool:
        """Whether anything was sent."""
        return self._encoder is not None

    def expect_loss(self, percent: float) -> None:
        """What the far side says it loses of our packets."""
        self._loss = percent
        if isinstance(self._encoder, opus.Encoder):
            self._encoder.expect_loss(percent)

    def stop(self) -> None:
        super().stop()
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None

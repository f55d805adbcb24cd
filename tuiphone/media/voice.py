"""Our sound on its way out: every 20 ms a frame of the microphone becomes a packet, at a steady pace."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, Protocol

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from tuiphone.media import g711, g722, opus
from tuiphone.media.sdp import Codec
from tuiphone.media.telephone_event import Dialling, takes

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]

FRAME = 960
FRAME_S = 0.02
DIAL_S = 5.0
"""For a digit to go out, beyond what it takes: then the way is not there."""
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
        case "g722":
            return g722.Encoder()
        case _:
            most = codec.parameter("maxaveragebitrate") or ""
            return opus.Encoder(
                bitrate=min(32000, max(6000, int(most))) if most.isdecimal() and len(most) < 9 else 32000,
                fec=codec.parameter("useinbandfec") == "1",
                constant=codec.parameter("cbr") == "1",
            )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One packet of ours, all but what its stream adds."""

    payload_type: int
    payload: bytes
    timestamp: int
    """Counted from the first packet."""
    marker: bool
    """The first of a talkspurt (RFC 3551 section 4.1), or of an event (RFC 4733 section 2.2.2)."""


class Voice(MediaStreamTrack):
    """The track of one aiortc sender, whose loop is ours (`seams.send_packets`): aiortc would encode in stereo at
    96 kbit/s, and cannot send anything else in between."""

    kind = "audio"

    def __init__(self, microphone: Callable[[int], Samples]) -> None:
        super().__init__()
        self._microphone = microphone
        self._codec: Codec | None = None
        self._key_format: Codec | None = None
        self._agreed = asyncio.Event()
        self._encoder: Encoder | None = None
        self._dialling = Dialling()
        self._begun_at = 0
        """The timestamp of the event under way."""
        self._speaks = False
        self._loss = 0.0
        self._due: float | None = None
        self._timestamp = 0

    async def recv(self) -> NoReturn:
        """aiortc does not read this track."""
        raise MediaStreamError

    def use(self, codec: Codec, events: Codec | None) -> None:
        """Send by this codec from now on, and digits by this format, or not at all. Raises: MediaError."""
        before, self._codec, self._key_format = self._codec, codec, events
        if before is not None and self._encoder is not None and _sounds(before) != _sounds(codec):
            log.info("the codec changes from %s to %s", before.name, codec.name)
            self._encoder.close()
            self._encoder = None
        self._agreed.set()

    async def next(self) -> Outgoing:
        """The next packet, when its time has come. Raises: MediaStreamError at the end."""
        await self._agreed.wait()
        await self._wait()
        codec = self._codec
        if self.readyState != "live" or codec is None:
            raise MediaStreamError
        samples = self._microphone(FRAME)
        at, self._timestamp = self._timestamp, self._timestamp + FRAME * codec.rate // 48000
        frame = None if self._key_format is None else self._dialling.next(self._key_format.rate)
        if self._key_format is not None and frame is not None:
            if frame.begins:
                self._begun_at = at
            if frame.payload is not None:
                self._speaks = False
                return Outgoing(self._key_format.payload_type, frame.payload, self._begun_at, frame.begins)
            # The key's tone in the room must not go out as well.
            samples = np.zeros(FRAME, np.int16)
        if self._encoder is None:
            self._encoder = encoder(codec)
            self.expect_loss(self._loss)
        packet = Outgoing(codec.payload_type, self._encoder.encode(samples), at, not self._speaks)
        self._speaks = True
        return packet

    async def _wait(self) -> None:
        now = time.monotonic()
        if self._due is None or now - self._due > _BEHIND * FRAME_S:
            skipped = 0 if self._due is None else int((now - self._due) / FRAME_S)
            if self._codec is not None:
                self._timestamp += skipped * (FRAME * self._codec.rate // 48000)
            self._due = now if self._due is None else self._due + skipped * FRAME_S
        await asyncio.sleep(max(0.0, self._due - now))
        self._due += FRAME_S

    async def dial(self, digits: str) -> bool:
        """Send these as telephone-events; False when the far side takes none of them, or they did not go out."""
        if self._key_format is None or not takes(self._key_format, digits) or self.readyState != "live":
            return False
        sent = self._dialling.press(digits)
        try:
            async with asyncio.timeout(DIAL_S + len(digits)):
                return await sent
        except TimeoutError:
            return False
        finally:
            self._dialling.take_back(sent)

    @property
    def sending(self) -> str | None:
        """Name of the codec that our sound goes out by; None before any did."""
        return self._codec.name if self._encoder is not None and self._codec is not None else None

    def expect_loss(self, percent: float) -> None:
        """What the far side says it loses of our packets."""
        self._loss = percent
        if isinstance(self._encoder, opus.Encoder):
            self._encoder.expect_loss(percent)

    def stop(self) -> None:
        super().stop()
        self._dialling.close()
        self._agreed.set()
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None


def _sounds(codec: Codec) -> tuple[str, str]:
    """What an encoder is made of."""
    return codec.name.lower(), codec.parameters

"""Received payloads into 48 kHz mono samples, one class per codec, all alike to the playout."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tuiphone.media import g711, g722, opus
from tuiphone.media.stretch import Repeater

Samples = NDArray[np.int16]


class Decoder(Protocol):
    """What the playout asks of a codec."""

    scale: int
    """Samples at 48 kHz per step of the RTP timestamp."""

    def duration(self, payload: bytes) -> int:
        """Samples in a payload; 0 if it is damaged."""
        ...

    def decode(self, payload: bytes) -> Samples | None:
        """Its sound; None if it is damaged."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """A lost payload out of the copy in the one behind it; None if there is none."""
        ...

    def conceal(self, samples: int) -> Samples:
        """Something that sounds as if nothing were missing."""
        ...

    def is_pause(self, payload: bytes) -> bool:
        """Whether the sender stops sending after this payload, because there is silence."""
        ...

    def close(self) -> None:
        """Free what the codec holds."""
        ...


class OpusDecoder:
    """Opus: copies and concealment come from the library."""

    scale = 1

    def __init__(self) -> None:
        self._decoder = opus.Decoder()

    def duration(self, payload: bytes) -> int:
        return opus.duration(payload)

    def decode(self, payload: bytes) -> Samples | None:
        return self._decoder.decode(payload)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return self._decoder.recover(following, samples) if opus.carries_copy(following) else None

    def conceal(self, samples: int) -> Samples:
        made = self._decoder.conceal(-(-samples // 120) * 120)
        return np.zeros(samples, np.int16) if made is None or len(made) < samples else made[:samples]

    def is_pause(self, payload: bytes) -> bool:
        return len(payload) <= 2

    def close(self) -> None:
        self._decoder.close()


class ByteDecoder:
    """PCMU, PCMA, G722: nothing is sent twice, and the last pitch period stands in for what is missing."""

    scale = g711.RATIO

    def __init__(self, decoder: g711.Decoder | g722.Decoder) -> None:
        self._decoder = decoder
        self._repeater = Repeater()

    def duration(self, payload: bytes) -> int:
        return len(payload) * self.scale

    def decode(self, payload: bytes) -> Samples | None:
        made = self._decoder.decode(payload) if payload else None
        return None if made is None else self._repeater.follow(made)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return None

    def conceal(self, samples: int) -> Samples:
        return self._repeater.make(samples)

    def is_pause(self, payload: bytes) -> bool:
        return False

    def close(self) -> None:
        """Nothing to free."""


def decoder(codec: str) -> Decoder | None:
    """The decoder for a codec by its SDP name; None for one we do not know."""
    match codec.lower():
        case "opus":
            return OpusDecoder()
        case "pcmu":
            return ByteDecoder(g711.Decoder("PCMU"))
        case "pcma":
            return ByteDecoder(g711.Decoder("PCMA"))
        case "g722":
            return ByteDecoder(g722.Decoder())
        case _:
            return None

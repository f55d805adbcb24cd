"""Records both sides of a call at a far end, as a telephone company would: 8 kHz, mono, of limited length."""

import io
import wave

import numpy as np

RATE_HZ = 8_000
MOST_S = 120
_SHRINK = 48_000 // RATE_HZ
_MOST_AHEAD = RATE_HZ


class Tape:
    """What a far end said sets the pace; what it heard meanwhile is mixed in."""

    def __init__(self) -> None:
        self._mixed: list[np.ndarray] = []
        self._length = 0
        self._heard = np.zeros(0, np.int32)

    @property
    def seconds(self) -> float:
        """How much there is."""
        return self._length / RATE_HZ

    def heard(self, samples: np.ndarray) -> None:
        """Take what came in, as 16-bit mono at 48 kHz."""
        self._heard = np.concatenate([self._heard, _shrunk(samples)])[-_MOST_AHEAD:]

    def said(self, samples: np.ndarray) -> None:
        """Take what went out, in the same form."""
        if self._length >= MOST_S * RATE_HZ:
            return
        said = _shrunk(samples)
        heard, self._heard = self._heard[: said.size], self._heard[said.size :]
        said[: heard.size] += heard
        self._mixed.append(np.clip(said, -32_768, 32_767).astype("<i2"))
        self._length += said.size

    def wav(self) -> bytes:
        """The recording so far as a WAV file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(RATE_HZ)
            writer.writeframes(b"".join(piece.tobytes() for piece in self._mixed))
        return file.getvalue()


def _shrunk(samples: np.ndarray) -> np.ndarray:
    whole = samples[: samples.size - samples.size % _SHRINK].astype(np.int32)
    return whole.reshape(-1, _SHRINK).mean(axis=1).astype(np.int32)

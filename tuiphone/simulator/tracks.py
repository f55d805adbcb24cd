"""What robots and telephones send: sound paced in 20 ms frames, and a moving test pattern."""

import asyncio
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler, VideoFrame

RATE_HZ = 48_000
FRAME_SAMPLES = 960
_HOPELESSLY_LATE_S = 0.5
_PICTURE_WIDTH, _PICTURE_HEIGHT, _PICTURES_PER_S = 640, 480, 15
_VIDEO_CLOCK_HZ = 90_000


class _Pace:
    """Ticks at a steady rate, by a monotonic clock; after a stall it starts anew instead of catching up in a burst."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._due: float | None = None

    async def tick(self) -> None:
        now = time.monotonic()
        if self._due is None or now - self._due > _HOPELESSLY_LATE_S:
            self._due = now
        await asyncio.sleep(max(0.0, self._due - now))
        self._due += self._interval_s


class Sound(MediaStreamTrack):
    """Mono sound at 48 kHz, 20 ms at a time; what the far side says comes in through `hear`. This one is silence."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.played_samples = 0
        self.overheard: Callable[[np.ndarray], None] = lambda samples: None
        """Called with all that is played."""
        self._pace = _Pace(FRAME_SAMPLES / RATE_HZ)

    def hear(self, samples: np.ndarray) -> None:
        """Take what the far side said, as 16-bit mono at 48 kHz."""

    def next_samples(self) -> np.ndarray:
        """The next 20 ms, as 16-bit mono."""
        return np.zeros(FRAME_SAMPLES, np.int16)

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await self._pace.tick()
        samples = self.next_samples()
        self.overheard(samples)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts = self.played_samples
        frame.time_base = Fraction(1, RATE_HZ)
        self.played_samples += FRAME_SAMPLES
        return frame


class Tone(Sound):
    """A steady tone of a whole number of Hz."""

    def __init__(self, pitch_hz: int) -> None:
        super().__init__()
        second = np.arange(RATE_HZ) / RATE_HZ
        self._second = (8_000 * np.sin(2 * np.pi * pitch_hz * second)).astype(np.int16)

    def next_samples(self) -> np.ndarray:
        start = self.played_samples % RATE_HZ
        return self._second[start : start + FRAME_SAMPLES]


class Echo(Sound):
    """Repeats what it hears after one second."""

    _DELAY_SAMPLES = RATE_HZ
    _SLACK_SAMPLES = RATE_HZ // 10

    def __init__(self) -> None:
        super().__init__()
        self._ring = np.zeros(2 * RATE_HZ, np.int16)
        self._heard_until = 0

    def hear(self, samples: np.ndarray) -> None:
        due = self.played_samples + self._DELAY_SAMPLES
        if abs(self._heard_until - due) > self._SLACK_SAMPLES:
            self._heard_until = due
        samples = samples[: self._SLACK_SAMPLES]
        self._ring[(self._heard_until + np.arange(samples.size)) % self._ring.size] = samples
        self._heard_until += samples.size

    def next_samples(self) -> np.ndarray:
        start = self.played_samples % self._ring.size
        samples = self._ring[start : start + FRAME_SAMPLES].copy()
        self._ring[start : start + FRAME_SAMPLES] = 0
        return samples


class Pattern(MediaStreamTrack):
    """A test picture that costs little to make and to compress: grey stripes, and a white bar that walks across."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._pace = _Pace(1 / _PICTURES_PER_S)
        # All of yuv420p in one array: brightness above, and below it both colours at a quarter of the size, left grey.
        self._stripes = np.full((_PICTURE_HEIGHT * 3 // 2, _PICTURE_WIDTH), 128, np.uint8)
        self._stripes[:_PICTURE_HEIGHT] = np.arange(_PICTURE_WIDTH) // 80 * 24 + 32

    async def recv(self) -> VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await self._pace.tick()
        picture = self._stripes.copy()
        left = self._sent * 8 % (_PICTURE_WIDTH - 40)
        picture[:_PICTURE_HEIGHT, left : left + 40] = 235
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = self._sent * _VIDEO_CLOCK_HZ // _PICTURES_PER_S
        frame.time_base = Fraction(1, _VIDEO_CLOCK_HZ)
        self._sent += 1
        return frame


class ToMono:
    """Received frames, whatever their rate and channels, as 16-bit mono samples at 48 kHz."""

    def __init__(self) -> None:
        self._form: tuple[str, str, int] | None = None
        self._resampler = AudioResampler("s16", "mono", RATE_HZ)

    def __call__(self, frame: AudioFrame) -> np.ndarray:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:  # a resampler refuses a second kind of input, and a peer may change its codec
            self._form, self._resampler = form, AudioResampler("s16", "mono", RATE_HZ)
        parts = [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

"""Picture: a test pattern on our side, and the far side's frames received, counted, and kept newest only."""

import asyncio
import fractions
import time
from collections import deque

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

WIDTH = 640
HEIGHT = 480
RATE = 15
"""Frames a second of the pattern; each costs the encoder some 5 ms of a core."""
_STEPS = 15
_CLOCK = 90000
_TIME_BASE = fractions.Fraction(1, _CLOCK)
_BARS = ((235, 128, 128), (210, 16, 146), (170, 166, 16), (145, 54, 34), (106, 202, 222), (81, 90, 240), (41, 240, 110))
"""Luma and chroma of white, yellow, cyan, green, magenta, red and blue."""


def _picture(step: int | None) -> VideoFrame:
    """Colour bars with a light line at a place that moves with each step; black for None."""
    planes = np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8)
    luma = planes[:HEIGHT]
    first, second = planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    luma[:], first[:], second[:] = 16, 128, 128
    if step is not None:
        for index, (y, u, v) in enumerate(_BARS):
            left, right = (WIDTH * place // len(_BARS) // 2 * 2 for place in (index, index + 1))
            luma[:, left:right] = y
            first[:, left // 2 : right // 2] = u
            second[:, left // 2 : right // 2] = v
        top = HEIGHT * step // _STEPS
        luma[top : top + HEIGHT // _STEPS] = 235
    return VideoFrame.from_ndarray(planes, format="yuv420p")


class Pattern(MediaStreamTrack):
    """A moving test picture; black, and seldom, while the camera is off."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._showing = True
        self._pictures: list[VideoFrame] = []
        self._black: VideoFrame | None = None
        self._begun: float | None = None
        self._count = 0
        self._wake = asyncio.Event()

    def show(self, on: bool) -> None:
        """Send the pattern, or black."""
        if on != self._showing:
            self._showing = on
            self._wake.set()

    async def recv(self) -> VideoFrame:
        """The next frame, when its time has come."""
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        due = self._begun + self._count / RATE
        if due < now - 0.5:
            self._begun, self._count, due = now, 0, now
        if self._showing:
            await asyncio.sleep(max(0.0, due - now))
        else:
            await self._idle()
        self._count += 1
        frame = self._frame()
        frame.pts = int(time.monotonic() * _CLOCK)
        frame.time_base = _TIME_BASE
        return frame

    async def _idle(self) -> None:
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), 1.0)
        except TimeoutError:
            return

    def _frame(self) -> VideoFrame:
        if not self._showing:
            self._black = self._black or _picture(None)
            return self._black
        if len(self._pictures) < _STEPS:
            self._pictures.append(_picture(len(self._pictures)))
            return self._pictures[-1]
        return self._pictures[self._count % _STEPS]


class FarVideo:
    """Takes every frame of the far side as soon as it is there; keeps the newest."""

    def __init__(self) -> None:
        self.frames = 0
        """Since the start."""
        self.newest: VideoFrame | None = None
        self._times: deque[float] = deque(maxlen=120)

    async def drain(self, track: MediaStreamTrack) -> None:
        """Read the track until it ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self.newest = frame
                self.frames += 1
                self._times.append(time.monotonic())

    def describe(self) -> str | None:
        """`640x480, 30/s`, of the last two seconds; None before the first frame."""
        if self.newest is None:
            return None
        since = time.monotonic() - 2.0
        while self._times and self._times[0] < since:
            self._times.popleft()
        rate = 0.0
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(0.001, self._times[-1] - self._times[0])
        return f"{self.newest.width}x{self.newest.height}, {round(rate)}/s"

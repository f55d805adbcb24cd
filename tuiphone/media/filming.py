"""What is seen of a call made into one film: we on the left, they on the right as in the sound, each in its own
proportions, and words where there is no picture."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from tuiphone.media.capture import fitted
from tuiphone.media.lettering import HIGH, WIDE, lettered
from tuiphone.media.patterns import Planes, Size, planes, split
from tuiphone.media.stream import RATE
from tuiphone.media.tiles import places
from tuiphone.media.views import View

log = logging.getLogger(__name__)

WIDTH, HEIGHT = 1280, 480
"""Two pictures of the usual size; more of them become smaller."""
FPS = 15
BIT_RATE = 700_000
STILL_S = 0.5
"""A picture that does not change is written so often: sound is not written before the pictures that belong to it."""
KEY_S = 4
"""Between two pictures from which a player can begin."""
_TICK = 1000
"""WebM counts milliseconds."""
_GROUND, _PANEL, _LETTERS = 16, 44, 190


@dataclass(frozen=True, slots=True)
class Shot:
    """One side of the call at one moment."""

    frame: av.VideoFrame | None
    missing: str | None
    """Why it is not to be shown, in words."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All sides at one moment, we first."""

    at: int
    """Samples of sound since the beginning."""
    shots: tuple[Shot, ...]


def scene_of(views: Iterable[View], at: int) -> Scene:
    """What is seen now."""
    sides = sorted(views, key=lambda view: not view.mine)
    return Scene(at, tuple(Shot(view.newest, view.missing) for view in sides))


class Film:
    """The track of pictures in a recording."""

    def __init__(self, container: Any) -> None:
        self._stream = container.add_stream("libvpx", rate=FPS, options=_ENCODER)
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._stream.bit_rate = BIT_RATE
        self._stream.time_base = Fraction(1, _TICK)
        context = self._stream.codec_context
        context.time_base = Fraction(1, _TICK)
        context.gop_size = KEY_S * FPS
        # On all cores it would take them from the sound.
        context.thread_count = 1
        self._reformatter = VideoReformatter()
        self._canvas = planes(WIDTH, HEIGHT)
        self._shown: tuple[Shot, ...] | None = None
        self._last = -1

    def encode(self, scene: Scene) -> Sequence[Any]:
        """The packets that the picture takes; none when it is the one before. Raises: FFmpegError."""
        at = scene.at * _TICK // RATE
        is_still = scene.shots == self._shown and at - self._last < STILL_S * _TICK
        return () if is_still else self._encode(at, scene.shots)

    def end(self, at: int) -> Sequence[Any]:
        """The last picture once more, so that the film is as long as the sound; and what the encoder still holds.

        Raises: FFmpegError.
        """
        return [*self._encode(at * _TICK // RATE, self._shown or ()), *self._stream.encode(None)]

    def _encode(self, at: int, shots: tuple[Shot, ...]) -> Sequence[Any]:
        if at <= self._last:
            return ()
        self._last = at
        if shots != self._shown:
            self._compose(shots)
            self._shown = shots
        frame = av.VideoFrame.from_ndarray(self._canvas, format="yuv420p")
        frame.pts, frame.time_base = at, Fraction(1, _TICK)
        return self._stream.encode(frame)

    def _compose(self, shots: tuple[Shot, ...]) -> None:
        boxes = [_even(*box) for box in places(len(shots), WIDTH, HEIGHT, gap=0)]
        if self._shown is None or len(self._shown) != len(shots):
            self._canvas[:HEIGHT], self._canvas[HEIGHT:] = _GROUND, 128
        for shot, (left, top, wide, high) in zip(shots, boxes, strict=True):
            tile = self._tile(shot, (wide, high))
            for plane, part, half in zip(split(self._canvas), split(tile), (1, 2, 2), strict=True):
                plane[top // half : (top + high) // half, left // half : (left + wide) // half] = part

    def _tile(self, shot: Shot, size: Size) -> Planes:
        if shot.frame is None or shot.missing is not None:
            return placeholder(shot.missing or "", size)
        try:
            return fitted(self._reformatter, shot.frame, size)
        except (FFmpegError, ValueError) as error:
            # A picture of some strange kind must not cost the sound.
            log.warning("a picture cannot be recorded: %s", error)
            return placeholder("no picture", size)


def _even(*box: int) -> tuple[int, int, int, int]:
    # Colours have half as many dots.
    left, top, wide, high = (side // 2 * 2 for side in box)
    return left, top, wide, high


@lru_cache(maxsize=16)
def placeholder(words: str, size: Size) -> Planes:
    """Dark, with these words where they fit; not to be written into."""
    width, height = size
    picture = planes(width, height)
    picture[:height], picture[height:] = _PANEL, 128
    scale = min(4, width // (WIDE * max(1, len(words) + 2)), height // (2 * HIGH))
    if scale and words:
        dots = np.kron(lettered(words), np.ones((scale, scale), bool))
        high, wide = dots.shape
        top, left = (height - high) // 2, (width - wide) // 2
        picture[top : top + high, left : left + wide][dots] = _LETTERS
    picture.flags.writeable = False
    return picture


_ENCODER = {"deadline": "realtime", "cpu-used": "16", "lag-in-frames": "0", "auto-alt-ref": "0", "static-thresh": "100"}

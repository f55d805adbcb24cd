"""The test pattern, and how the far side's picture is counted."""

import asyncio
import time
from typing import Any

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from tuiphone.media.video import HEIGHT, RATE, WIDTH, FarVideo, Pattern


def luma(frame: Any) -> np.ndarray:
    return frame.to_ndarray(format="yuv420p")[:HEIGHT]


async def test_the_pattern_moves_at_its_pace() -> None:
    pattern = Pattern()
    begun = time.monotonic()
    frames = [await pattern.recv() for _ in range(RATE + 1)]
    assert time.monotonic() - begun == pytest.approx(1.0, abs=0.2)
    assert {(frame.width, frame.height) for frame in frames} == {(WIDTH, HEIGHT)}
    assert (luma(frames[0]) != luma(frames[1])).any()
    assert len({frame.pts for frame in frames[-10:]}) == 10
    pattern.stop()


async def test_a_camera_that_is_off_shows_black_and_comes_back_at_once() -> None:
    pattern = Pattern()
    await pattern.recv()
    pattern.show(False)
    waiting = asyncio.create_task(pattern.recv())
    frame = await asyncio.wait_for(waiting, 2)
    assert luma(frame).max() == 16
    waiting = asyncio.create_task(pattern.recv())
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    pattern.show(True)
    frame = await waiting
    assert luma(frame).max() > 200
    assert time.monotonic() - begun < 0.3
    pattern.stop()


async def test_a_stopped_pattern_ends() -> None:
    pattern = Pattern()
    pattern.stop()
    with pytest.raises(MediaStreamError):
        await pattern.recv()


class Film(MediaStreamTrack):
    """A far side of thirty frames."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.left = 30

    async def recv(self) -> Any:
        if not self.left:
            raise MediaStreamError
        self.left -= 1
        await asyncio.sleep(1 / 60)
        return av.VideoFrame(320, 240, "yuv420p")


async def test_far_video_is_drained_and_counted() -> None:
    video = FarVideo()
    assert video.describe() is None
    await video.drain(Film())
    assert video.frames == 30
    size, _, rate = (video.describe() or "").partition(", ")
    assert size == "320x240"
    assert 30 < int(rate.removesuffix("/s")) <= 65

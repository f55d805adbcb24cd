"""Our picture as it is sent, and how the far side's is counted."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from tests.fakes import until
from tests.media.films import GREEN, RED, colour_of, looks, still
from tuiphone.core.errors import NoDevice
from tuiphone.media.cameras import PATTERNS, Cameras
from tuiphone.media.patterns import BACK, FRONT
from tuiphone.media.video import FarVideo, OwnPicture, PictureTrack


def luma(frame: Any) -> np.ndarray:
    return frame.to_ndarray(format="yuv420p")[: frame.height]


def shown(*names: str, size: tuple[int, int] = (640, 480)) -> OwnPicture:
    own = OwnPicture(Cameras(names or PATTERNS, size=size, fps=30))
    own.show(True)
    return own


async def next_of(track: PictureTrack) -> Any:
    return await asyncio.wait_for(track.recv(), 10)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
async def test_a_pattern_moves_and_has_the_wanted_size(size: tuple[int, int]) -> None:
    track = PictureTrack(shown(size=size))
    frames = [await next_of(track) for _ in range(5)]
    assert {(frame.width, frame.height) for frame in frames} == {size}
    assert all((luma(one) != luma(other)).any() for one, other in pairwise(frames))
    assert sorted({frame.pts for frame in frames}) == [frame.pts for frame in frames]
    track.stop()


async def test_a_track_keeps_its_pace_and_sends_nothing_in_a_burst() -> None:
    track = PictureTrack(shown())
    await next_of(track)
    begun = time.monotonic()
    for _ in range(10):
        await next_of(track)
    assert time.monotonic() - begun > 9 / 30 * 0.9
    await asyncio.sleep(0.5)
    begun = time.monotonic()
    for _ in range(4):
        await next_of(track)
    assert time.monotonic() - begun > 2 / 30 * 0.9
    track.stop()


async def test_the_two_patterns_differ_at_a_glance() -> None:
    own = shown()
    front = colour_of(own.picture())
    own.switch()
    assert own.names == (BACK, FRONT)
    back = colour_of(own.picture())
    assert max(abs(one - other) for one, other in zip(front, back, strict=True)) > 40
    own.switch(FRONT)
    assert own.names == (FRONT, BACK)


async def test_a_camera_that_is_off_shows_black_seldom_and_comes_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.media.video.IDLE_S", 60.0)
    own = shown()
    track = PictureTrack(own)
    await next_of(track)
    own.show(False)
    assert luma(await next_of(track)).max() == 16
    waiting = asyncio.create_task(track.recv())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    own.show(True)
    assert luma(await asyncio.wait_for(waiting, 10)).max() > 200
    track.stop()


async def test_a_picture_that_does_not_change_is_sent_again_and_again(tmp_path: Path) -> None:
    own = shown(str(still(tmp_path / "me.png", RED)))
    await until(lambda: looks(own.picture(), RED), seconds=10)
    track = PictureTrack(own)
    assert all([looks(await next_of(track), RED) for _ in range(3)])
    own.show(False)
    track.stop()


async def test_a_choice_may_be_a_file_that_is_not_in_the_settings(tmp_path: Path) -> None:
    own = shown()
    own.switch(str(still(tmp_path / "away.png", GREEN)))
    assert own.names == ("away.png", FRONT, BACK)
    await until(lambda: looks(own.picture(), GREEN), seconds=10)
    with pytest.raises(NoDevice, match="Did you mean 'back pattern'"):
        own.switch("bakc pattern")
    own.switch()
    assert own.names == (FRONT, BACK, "away.png")
    own.show(False)


async def test_a_stopped_track_ends() -> None:
    track = PictureTrack(shown())
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


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

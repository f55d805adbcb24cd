"""What is said in place of a picture, and that our own is seen on its way out."""

import time
from typing import Any

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from tuiphone.media import views
from tuiphone.media.video import FarVideo
from tuiphone.media.views import Tapped, View, is_black


def frame(luma: int = 120, width: int = 64, height: int = 48) -> av.VideoFrame:
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = luma
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its one number is the time, in seconds."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic_ns", lambda: int(now[0] * 1e9))
    return now


def test_before_the_first_picture_and_with_it(clock: list[float]) -> None:
    view = View()
    assert view.missing == "no picture yet"
    view.put(frame())
    assert view.missing is None


def test_a_picture_that_stands_still_is_said_to(clock: list[float]) -> None:
    view = View()
    view.put(frame())
    clock[0] += views.STILL_S + 2
    assert view.missing == "no new picture for 5 seconds"
    view.put(frame())
    assert view.missing is None


def test_black_now_and_then_is_a_camera_that_is_off_and_a_dark_room_is_not(clock: list[float]) -> None:
    view = View()
    for _ in range(3):
        clock[0] += 0.04
        view.put(frame(16))
    assert view.missing is None
    clock[0] += 1.0
    view.put(frame(16))
    assert view.missing == "camera off"
    clock[0] += 0.04
    view.put(frame())
    assert view.missing is None


def test_why_there_is_none_goes_before_what_was_seen_last() -> None:
    view = View(off=lambda: "on hold")
    view.put(frame())
    assert view.missing == "on hold"


def test_whoever_looks_gets_the_newest_at_once_and_then_each() -> None:
    view, seen = View(), list[Any]()
    first, second = frame(), frame()

    def look(picture: av.VideoFrame, taken_ns: int) -> None:
        seen.append(picture)

    view.put(first)
    view.look(look)
    view.put(second)
    view.look_away(look)
    view.put(frame())
    assert seen == [first, second]


def test_what_has_one_bright_corner_is_not_black() -> None:
    planes = np.full((72, 64), 128, np.uint8)
    planes[:48] = 16
    assert is_black(av.VideoFrame.from_ndarray(planes, format="yuv420p"))
    planes[:12, :12] = 200
    assert not is_black(av.VideoFrame.from_ndarray(planes, format="yuv420p"))


class Film(MediaStreamTrack):
    kind = "video"

    async def recv(self) -> Any:
        return frame(99)


async def test_a_tapped_track_gives_what_it_shows_and_stops_with_what_is_tapped() -> None:
    view, film = View(mine=True), Film()
    track = Tapped(film, view)
    assert (await track.recv()).width == 64
    assert view.missing is None
    track.stop()
    assert (track.readyState, film.readyState) == ("ended", "ended")


async def test_every_picture_of_the_far_side_is_seen() -> None:
    video, view = FarVideo(), View()
    video.seen = view.put
    film = Film()
    many = iter([frame(), frame()])

    async def recv() -> Any:
        if (picture := next(many, None)) is None:
            raise MediaStreamError
        return picture

    film.recv = recv  # type: ignore[method-assign]
    await video.drain(film)
    assert view.missing is None

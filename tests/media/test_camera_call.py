"""Our picture in a call between two peers: what the far side sees of it while the camera is on, off, switched, gone."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiortc.codecs import vpx

from tests.media.films import BLUE, GREEN, RED, colour_of, looks, still
from tests.media.peers import Side, connect, exchange, is_silent, pitch, until
from tuiphone.core.ports import MediaLink
from tuiphone.media import capture, seams, video
from tuiphone.media.cameras import Cameras

SECONDS = 20.0


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two pictures to be cameras."""
    return still(tmp_path / "front.png", RED), still(tmp_path / "back.png", GREEN)


@pytest.fixture
async def sides(files: tuple[Path, Path]) -> AsyncIterator[tuple[Side, Side]]:
    """Who shows the two pictures, and who looks; not connected yet. No thread may be left of them."""
    alice = Side(440, video=True, cameras=Cameras([str(file) for file in files]))
    bob = Side(880, video=True, cameras=Cameras(["back pattern"]))
    yield alice, bob
    await asyncio.gather(alice.peer.close(), bob.peer.close())
    await until(lambda: not camera_threads())


def camera_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("camera ")]


def sees(side: Side, colour: tuple[int, int, int]) -> bool:
    newest = side.peer._far_video.newest
    return newest is not None and looks(newest, colour)


async def test_the_far_side_sees_the_other_camera_after_a_switch(sides: tuple[Side, Side]) -> None:
    alice, bob = sides
    await connect(alice, bob)
    await until(lambda: sees(bob, RED), SECONDS)
    assert alice.changes[-1].cameras == ("front.png", "back.png")
    alice.peer.switch_camera()
    await until(lambda: sees(bob, GREEN), SECONDS)
    assert alice.changes[-1].cameras == ("back.png", "front.png")
    alice.peer.switch_camera("front.png")
    await until(lambda: sees(bob, RED), SECONDS)
    await until(lambda: len(camera_threads()) == 1)


async def test_the_camera_goes_off_and_on_without_the_far_side_being_asked(sides: tuple[Side, Side]) -> None:
    alice, bob = sides
    await connect(alice, bob)
    await until(lambda: sees(bob, RED), SECONDS)
    alice.peer.camera(False)
    await until(lambda: sees(bob, (0, 0, 0)), SECONDS)
    await until(lambda: not camera_threads())
    heard = len(bob.line.heard)
    await until(lambda: len(bob.line.heard) > heard + 40)
    assert abs(pitch(bob.line.last(0.3)) - 440) < 10, "the sound goes on"
    alice.peer.camera(True)
    await until(lambda: sees(bob, RED), SECONDS)


@pytest.mark.parametrize("calls", [True, False], ids=["we called", "they called"])
async def test_a_camera_that_starts_off_is_seen_when_it_goes_on(sides: tuple[Side, Side], calls: bool) -> None:
    alice, bob = sides
    alice.peer.camera(False)
    await connect(*((alice, bob) if calls else (bob, alice)))
    await until(lambda: bob.peer.stats().video_frames > 0, SECONDS)
    assert sees(bob, (0, 0, 0))
    assert not camera_threads()
    alice.peer.camera(True)
    await until(lambda: sees(bob, RED), SECONDS)


async def test_the_microphone_is_closed_in_a_video_call_without_a_word_to_the_far_side(
    sides: tuple[Side, Side],
) -> None:
    alice, bob = sides
    await connect(alice, bob)
    await until(lambda: sees(bob, RED) and not is_silent(bob.line.last(0.2)), SECONDS)
    alice.peer.mute(True)
    await until(lambda: is_silent(bob.line.last(0.2)), SECONDS)
    frames = bob.peer.stats().video_frames
    await until(lambda: bob.peer.stats().video_frames > frames, SECONDS)
    alice.peer.mute(False)
    await until(lambda: not is_silent(bob.line.last(0.2)), SECONDS)


async def test_the_camera_is_closed_while_the_call_rings_and_while_it_is_on_hold(sides: tuple[Side, Side]) -> None:
    alice, bob = sides
    await exchange(alice, bob)
    await until(lambda: bob.peer.stats().video_frames > 0, SECONDS)
    assert sees(bob, (0, 0, 0))
    assert not camera_threads()
    alice.peer.start()
    bob.peer.start()
    await until(lambda: sees(bob, RED), SECONDS)
    alice.peer.hold(True)
    await until(lambda: not camera_threads())
    alice.peer.hold(False)
    await until(lambda: sees(bob, RED), SECONDS)


async def test_a_camera_that_goes_away_is_told_and_seen_as_a_placeholder_and_the_sound_goes_on(
    sides: tuple[Side, Side], files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "AGAIN_S", 0.1)
    monkeypatch.setattr(capture, "STILL_S", 0.1)
    alice, bob = sides
    await connect(alice, bob)
    await until(lambda: sees(bob, RED), SECONDS)
    files[0].unlink()
    await until(lambda: alice.changes[-1].camera_problem, SECONDS)
    assert (alice.changes[-1].camera_problem or "").startswith("The picture file front.png is not there")
    await until(lambda: bob.peer._far_video.newest is not None and is_crossed(bob), SECONDS)
    assert abs(pitch(bob.line.last(0.3)) - 440) < 10
    alice.peer.switch_camera()
    await until(lambda: sees(bob, GREEN), SECONDS)
    assert alice.changes[-1].camera_problem is None
    alice.peer.switch_camera("front.png")
    still(files[0], BLUE)
    await until(lambda: sees(bob, BLUE), SECONDS)
    await until(lambda: alice.changes[-1].camera_problem is None, SECONDS)


def is_crossed(side: Side) -> bool:
    picture = side.peer._far_video.newest
    assert picture is not None
    luma = picture.to_ndarray(format="yuv420p")[: picture.height]
    return luma[240, 320] > 130 and luma[240, 100] < 100 and max(colour_of(picture)) - min(colour_of(picture)) < 20


async def test_a_far_side_that_takes_no_picture_leaves_the_camera_closed(sides: tuple[Side, Side]) -> None:
    alice, bob = sides
    answer = await bob.peer.answer(await alice.peer.offer())
    await alice.peer.apply(replace(answer, sdp=answer.sdp.replace("m=video 9", "m=video 0")))
    alice.peer.start()
    await until(lambda: alice.link is MediaLink.CONNECTED, SECONDS)
    assert not camera_threads()
    alice.peer.switch_camera()
    alice.peer.camera(False)
    alice.peer.camera(True)
    assert not camera_threads()


async def test_pictures_do_not_pile_up_behind_an_encoder_that_is_slow() -> None:
    own = video.OwnPicture(Cameras(["pattern"], fps=30))
    own.show(True)
    track = video.PictureTrack(own)
    first = await track.recv()
    await asyncio.sleep(0.4)
    late = [await track.recv() for _ in range(3)]
    times = [(frame.pts or 0) / 90000 for frame in (first, *late)]
    assert times[1] - times[0] > 0.35
    assert times[3] - times[2] > 0.02
    track.stop()


def test_a_large_picture_may_take_more_of_the_line_than_aiortc_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vpx, "DEFAULT_BITRATE", 500_000)
    monkeypatch.setattr(vpx, "MAX_BITRATE", 1_500_000)
    seams.allow_bitrate(640, 480)
    assert vpx.Vp8Encoder().target_bitrate == 500_000
    seams.allow_bitrate(1280, 720)
    encoder = vpx.Vp8Encoder()
    assert encoder.target_bitrate == 1_500_000
    encoder.target_bitrate = 5_000_000
    assert encoder.target_bitrate == 3_000_000

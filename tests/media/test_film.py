"""Recordings of video calls: both sides in the picture and in the sound, together, and what is left when things go
wrong."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media.films import BLUE, GREEN, RED, still
from tests.media.peers import Side, connect, until
from tests.media.test_player import rising, take
from tests.media.test_recorder import ABOUT, both_sides
from tests.rigs.pulse import RATE, pitch, sine
from tuiphone.media import filming, offline
from tuiphone.media.cameras import Cameras
from tuiphone.media.filming import HEIGHT, WIDTH, placeholder
from tuiphone.media.mixer import Mixer
from tuiphone.media.recorder import Recorder
from tuiphone.media.soundfile import SoundFile
from tuiphone.media.stream import BLOCK
from tuiphone.media.views import View

DARK = (44, 44, 44)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> Any:
    array = np.full((size[1], size[0], 3), colour, np.uint8)
    return av.VideoFrame.from_ndarray(array, format="rgb24").reformat(format="yuv420p")


def side(colour: tuple[int, int, int] | None, *, mine: bool = False, size: tuple[int, int] = (640, 480)) -> View:
    view = View(mine=mine)
    if colour is not None:
        view.put(picture(colour, size))
    return view


async def record(path: Path, views: Sequence[View], seconds: float = 1.5) -> None:
    """440 Hz on the left, 700 Hz on the right."""
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail, views=lambda: views)
    near, far = sine(440, seconds), sine(700, seconds)
    for at in range(0, len(near), BLOCK):
        recorder.write(near[at : at + BLOCK], far[at : at + BLOCK])
        # Slower than the thread, as calls are.
        await until(recorder._queue.empty)
    await recorder.close()


def film_of(path: Path) -> list[tuple[float, np.ndarray]]:
    """Its pictures with their times."""
    with av.open(str(path)) as container:
        return [(float(one.time or 0), one.to_ndarray(format="rgb24")) for one in container.decode(video=0)]


def seen(image: np.ndarray, left: float, top: float = 0.5) -> tuple[int, int, int]:
    """The colour at this place of the whole, from 0 to 1."""
    row, column = int(image.shape[0] * top), int(image.shape[1] * left)
    red, green, blue = image[row - 4 : row + 4, column - 4 : column + 4].reshape(-1, 3).mean(axis=0)
    return round(red), round(green), round(blue)


def alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(abs(mine - yours) < 30 for mine, yours in zip(one, other, strict=True))


def shows(image: np.ndarray, left: tuple[int, int, int], right: tuple[int, int, int]) -> bool:
    return alike(seen(image, 0.25), left) and alike(seen(image, 0.75), right)


async def test_we_are_on_the_left_and_they_are_on_the_right_in_picture_and_sound(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    await record(path, [side(GREEN), side(RED, mine=True)])
    film = film_of(path)
    assert film[0][1].shape == (HEIGHT, WIDTH, 3)
    assert all(shows(image, RED, GREEN) for _, image in film)
    left, right = both_sides(path)
    assert pitch(left) == pytest.approx(440, abs=2)
    assert pitch(right) == pytest.approx(700, abs=2)
    about = json.loads(path.with_name("call.webm.json").read_text())
    assert (about["video"], about["left"], about["complete"], about["duration_s"]) == (True, "me", True, 1.5)


async def test_picture_and_sound_are_as_long_as_each_other_and_the_file_says_how_long(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    await record(path, [side(GREEN), side(RED, mine=True)], 2.05)
    left, _ = both_sides(path)
    assert len(left) / RATE == pytest.approx(2.05, abs=0.06)
    times = [at for at, _ in film_of(path)]
    assert times[0] < 0.5
    assert times[-1] == pytest.approx(len(left) / RATE, abs=0.1)
    with av.open(str(path)) as container:
        assert (container.duration or 0) / av.time_base == pytest.approx(2.1, abs=0.1)
        assert {stream.codec_context.name for stream in container.streams} == {"opus", "vp8"}


async def test_what_is_seen_and_what_is_heard_at_one_moment_are_together(tmp_path: Path) -> None:
    path, view = tmp_path / "call.webm", side(RED)
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail, views=lambda: [view])
    silence, tone = np.zeros(BLOCK, np.int16), sine(700, 0.01)
    for number in range(200):
        if number == 123:
            view.put(picture(BLUE))
        recorder.write(silence, tone if number >= 123 else silence)
        await asyncio.sleep(0.002)
    await recorder.close()
    _, right = both_sides(path)
    heard = int(np.argmax(np.abs(right.astype(int)) > 1000)) / RATE
    changed = next(at for at, image in film_of(path) if alike(seen(image, 0.5), BLUE))
    assert heard == pytest.approx(1.23, abs=0.02)
    assert changed == pytest.approx(heard, abs=0.1)


@pytest.mark.parametrize(
    ("size", "edge"), [((1280, 720), "above"), ((320, 640), "beside"), ((333, 251), "none"), ((16, 16), "beside")]
)
async def test_a_picture_of_any_size_keeps_its_proportions(tmp_path: Path, size: tuple[int, int], edge: str) -> None:
    path = tmp_path / "call.webm"
    await record(path, [side(GREEN, size=size), side(RED, mine=True)], 0.3)
    image = film_of(path)[-1][1]
    assert shows(image, RED, GREEN)
    assert alike(seen(image, 0.75, 0.03), (0, 0, 0)) is (edge == "above")
    assert alike(seen(image, 0.52), (0, 0, 0)) is (edge == "beside")


async def test_the_size_may_change_and_more_sides_may_come(tmp_path: Path) -> None:
    path, views = tmp_path / "call.webm", [side(GREEN), side(RED, mine=True)]
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail, views=lambda: views)
    tone = sine(440, 0.01)
    for number in range(120):
        if number == 40:
            views[0].put(picture(BLUE, (1280, 720)))
        if number == 80:
            views.insert(0, side(GREEN))
        recorder.write(tone, tone)
        await asyncio.sleep(0.002)
    await recorder.close()
    film = [image for _, image in film_of(path)]
    assert shows(film[0], RED, GREEN)
    assert any(shows(image, RED, BLUE) for image in film)
    assert [alike(seen(film[-1], (2 * at + 1) / 6), colour) for at, colour in enumerate((RED, GREEN, BLUE))] == [
        True
    ] * 3


async def test_words_stand_where_there_is_no_picture(tmp_path: Path) -> None:
    path, off = tmp_path / "call.webm", View(off=lambda: "camera off")
    await record(path, [off, side(RED, mine=True)], 0.3)
    image = film_of(path)[-1][1]
    assert alike(seen(image, 0.25), RED)
    assert alike(seen(image, 0.75, 0.2), DARK)
    words = image[HEIGHT // 2 - 16 : HEIGHT // 2 + 16, WIDTH // 2 :]
    assert 0.02 < (words[..., 1] > 120).mean() < 0.3


def test_words_that_do_not_fit_are_left_out() -> None:
    assert placeholder("no " * 300, (64, 48))[:48].max() == placeholder("", (64, 48))[:48].max()
    assert placeholder("camera off", (640, 480)).max() > placeholder("", (640, 480))[:480].max()


async def test_a_file_of_another_name_has_no_picture(tmp_path: Path) -> None:
    await record(tmp_path / "call.ogg", [side(RED)], 0.3)
    with av.open(str(tmp_path / "call.ogg")) as container:
        assert not container.streams.video
    assert "video" not in json.loads((tmp_path / "call.ogg.json").read_text())


async def test_a_call_without_picture_can_be_webm_too(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail)
    for _ in range(50):
        recorder.write(sine(440, 0.01), sine(700, 0.01))
    await recorder.close()
    with av.open(str(path)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["opus"]


async def test_an_encoder_that_does_not_keep_up_costs_pictures_and_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = filming.Film.encode

    def slowly(film: Any, scene: Any) -> Any:
        # Half a second of sound a picture.
        sent.wait(10)
        sent.clear()
        return encode(film, scene)

    sent = threading.Event()
    monkeypatch.setattr(filming.Film, "encode", slowly)
    path, view = tmp_path / "call.webm", side(RED)
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail, views=lambda: [view])
    near, far = sine(440, 3), sine(700, 3)
    for number, at in enumerate(range(0, len(near), BLOCK)):
        view.put(picture(RED))
        recorder.write(near[at : at + BLOCK], far[at : at + BLOCK])
        if number % 50 == 49:
            sent.set()
            await asyncio.sleep(0.05)
    sent.set()
    await recorder.close()
    left, right = both_sides(path)
    assert len(left) / RATE == pytest.approx(3.0, abs=0.06)
    assert np.abs(left[960:-960].reshape(-1, 960).astype(int)).max(axis=1).min() > 3000
    assert np.abs(right[960:-960].reshape(-1, 960).astype(int)).max(axis=1).min() > 3000
    assert 2 <= len(film_of(path)) < 15


async def test_pictures_of_some_strange_kind_cost_no_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("what is this?")

    monkeypatch.setattr(filming, "fitted", broken)
    path = tmp_path / "call.webm"
    await record(path, [side(RED)], 1.0)
    assert alike(seen(film_of(path)[-1][1], 0.5, 0.2), DARK)
    left, right = both_sides(path)
    assert len(left) / RATE == pytest.approx(1.0, abs=0.06)
    assert pitch(right) == pytest.approx(700, abs=2)


async def test_the_sound_of_a_film_is_measured_played_and_sought_in_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail, views=lambda: [side(GREEN), side(RED, mine=True)])
    sound, silence = rising(3), np.zeros(BLOCK, np.int16)
    for at in range(0, len(sound), BLOCK):
        recorder.write(silence, sound[at : at + BLOCK])
    await recorder.close()
    measured = await offline.measure(path)
    assert (measured.suffix, measured.duration_s) == (".webm", pytest.approx(3.0, abs=0.1))
    assert measured.right is not None
    assert max(measured.left) == 0
    assert min(measured.right[5:-5]) > 180
    source = SoundFile(path)
    await source.open()
    assert pitch((await take(source, 0.8))[9600:]) == pytest.approx(400, abs=4)
    source.seek(2.1)
    assert pitch((await take(source, 0.7))[9600:]) == pytest.approx(600, abs=4)
    source.close()


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.media.films import GREEN, RED
from tests.media.test_film import picture, side
from tests.rigs.pulse import sine
from tuiphone.media.recorder import Recorder
async def main():
    views = [side(GREEN), side(RED, mine=True)]
    recorder = Recorder(sys.argv[1], {}, failed=print, views=lambda: views)
    loop = asyncio.get_running_loop()
    start, near, far = loop.time(), sine(500, 0.01), sine(1000, 0.01)
    for number in range(3000):
        recorder.write(near, far)
        views[0].put(picture(GREEN))
        if number == 200:
            print("two seconds", flush=True)
        await asyncio.sleep(max(0, start + number / 100 - loop.time()))
asyncio.run(main())
"""


def test_a_killed_process_leaves_a_film_that_plays_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "two seconds\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    left, right = both_sides(path)
    assert 0.9 < len(left) / RATE < 30
    assert pitch(left) == pytest.approx(500, abs=2)
    assert pitch(right) == pytest.approx(1000, abs=2)
    film = film_of(path)
    assert film[-1][0] > 0.9
    assert all(shows(image, RED, GREEN) for _, image in film)


class Silence:
    """A sound card that is not there."""

    has_ringer = False

    def want(self, **_: bool) -> None:
        pass

    def read(self) -> Any:
        return np.zeros(BLOCK, np.int16)

    def write(self, block: Any) -> None:
        pass


async def test_a_call_between_two_peers_is_seen_on_its_film(tmp_path: Path) -> None:
    alice = Side(440, video=True, cameras=Cameras([str(still(tmp_path / "alice.png", RED))]))
    bob = Side(700, video=True, cameras=Cameras([str(still(tmp_path / "bob.png", GREEN, (320, 240)))]))
    mixer: Any = Mixer(Silence())  # type: ignore[arg-type]
    alice.peer._mixer = mixer
    path = tmp_path / "call.webm"
    try:
        await connect(alice, bob)
        alice.peer.record(str(path), ABOUT)
        seen_of_bob = alice.peer._far_view
        await until(lambda: seen_of_bob.newest is not None and alice.peer.stats().video_frames > 2)
        alice.peer.camera(False)
        await until(lambda: alice.peer._own_view.missing == "camera off")
        frames = alice.peer.stats().video_frames
        await until(lambda: alice.peer.stats().video_frames > frames + 3)
        await alice.peer.stop_recording()
    finally:
        await asyncio.gather(alice.peer.close(), bob.peer.close())
        await mixer.close()
    film = [image for _, image in film_of(path)]
    assert any(shows(image, RED, GREEN) for image in film)
    assert alike(seen(film[-1], 0.25, 0.2), DARK)
    assert alike(seen(film[-1], 0.75), GREEN)
    assert pitch(both_sides(path)[1][-RATE // 2 :]) == pytest.approx(700, abs=4)

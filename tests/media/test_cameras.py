"""Which cameras there are, and what is read of devices and files."""

import errno
import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from av.container import open as open_container
from av.error import err_check

from tests.fakes import until
from tests.media.films import BLUE, GREEN, RED, colour_of, film, looks, still
from tuiphone.core.errors import NoDevice
from tuiphone.media import capture
from tuiphone.media.cameras import Camera, Cameras, found, listed
from tuiphone.media.capture import Source
from tuiphone.media.patterns import BACK, FRONT


def camera_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("camera ")]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("camera "):
            thread.join(10)
    assert camera_threads() == []


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of /dev, with two webcams of one kind and another one in it; each has a second node."""
    dev, names = tmp_path / "dev", tmp_path / "sys"
    dev.mkdir()
    for number, name in {0: "Webcam", 2: "Webcam", 10: "Microscope\x1b[31m"}.items():
        for index in (0, 1):
            node = f"video{number + index}"
            (dev / node).touch()
            (names / node).mkdir(parents=True)
            (names / node / "name").write_text(f"{name}\n")
            (names / node / "index").write_text(f"{index}\n")
    (dev / "video-codec").touch()
    monkeypatch.setattr("tuiphone.media.camera_devices.DEVICES", dev)
    monkeypatch.setattr("tuiphone.media.camera_devices.NAMES", names)
    return dev


@pytest.fixture
def none_plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.media.camera_devices.DEVICES", tmp_path)


# -- names ----------------------------------------------------------------------------------------------------------


def test_the_cameras_there_are_have_names_of_their_own(plugged: Path) -> None:
    assert [camera.name for camera in listed()] == ["Webcam", "Webcam (2)", "Microscope[31m"]
    assert [camera.source.where for camera in listed() if camera.source] == [
        str(plugged / node) for node in ("video0", "video2", "video10")
    ]


@pytest.mark.usefixtures("none_plugged")
def test_without_cameras_there_are_two_patterns() -> None:
    assert listed() == (Camera(FRONT, None), Camera(BACK, None))


def test_the_settings_say_which_cameras_and_in_which_order(plugged: Path, tmp_path: Path) -> None:
    wished = ["back pattern", "Micro", "/home/me/away.png", str(plugged / "video2"), "Unplugged Cam", "pattern:back"]
    cameras = listed(wished)
    assert [camera.name for camera in cameras] == [BACK, "Microscope[31m", "away.png", "Webcam (2)", "Unplugged Cam"]
    assert [camera.source and camera.source.is_device for camera in cameras] == [None, True, False, True, True]


def test_what_was_asked_for_at_the_start_comes_first(plugged: Path) -> None:
    assert [camera.name for camera in Cameras((), first="microscope[31m").listed()] == [
        "Microscope[31m",
        "Webcam",
        "Webcam (2)",
    ]
    assert Cameras((), first="pattern").listed()[0] == Camera(FRONT, None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("webcam", "Webcam"), ("scope", "Microscope[31m"), ("back", BACK), ("PATTERN", FRONT), ("/tmp/a.mp4", "a.mp4")],
)
def test_a_camera_is_found_by_its_name_a_part_of_it_or_a_path(plugged: Path, name: str, meant: str) -> None:
    assert found(name, listed()).name == meant


def test_front_and_back_are_cameras_called_so_before_they_are_patterns(plugged: Path) -> None:
    assert [found(name, listed()).name for name in ("front", "back")] == [FRONT, BACK]
    (plugged.parent / "sys" / "video0" / "name").write_text("Tablet Camera Front")
    assert [found(name, listed()).name for name in ("front", "back")] == ["Tablet Camera Front", BACK]
    assert listed(["Front", "pattern front"])[0].name == "Tablet Camera Front"


@pytest.mark.parametrize(
    ("name", "said"),
    [("web", "more than one camera: 'Webcam', 'Webcam \\(2\\)'"), ("Webcan", "mean 'Webcam'"), ("", "no camera ''")],
)
def test_a_name_that_means_none_or_several_is_refused_with_a_hint(plugged: Path, name: str, said: str) -> None:
    with pytest.raises(NoDevice, match=said):
        found(name, listed())


# -- what is read ---------------------------------------------------------------------------------------------------


async def test_a_film_is_shown_over_and_over_at_its_pace_and_size(tmp_path: Path) -> None:
    file = film(tmp_path / "me.mp4", [RED] * 4 + [BLUE] * 4)
    cameras = Cameras([str(file)], fps=30)
    feed = cameras.open(cameras.listed()[0])
    for colour in (RED, BLUE, RED, BLUE):
        await until(lambda colour=colour: feed.newest is not None and looks(feed.newest, colour), seconds=15)
    cameras.close(feed)


@pytest.mark.parametrize(
    ("size", "empty"), [((200, 480), (300, 10)), ((640, 100), (10, 300)), ((1, 1), None), ((1279, 961), None)]
)
async def test_a_picture_of_another_shape_is_not_distorted(
    tmp_path: Path, size: tuple[int, int], empty: tuple[int, int] | None
) -> None:
    cameras = Cameras([str(still(tmp_path / "odd.png", GREEN, size))])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.newest is not None or feed.problem, seconds=10)
    picture = feed.newest
    assert picture is not None
    assert picture.shape == (720, 640)
    assert picture[240, 320] > 60
    if empty is not None:
        assert picture[empty] == 16 if empty[0] < 300 else picture[240, 10] == 16
    cameras.close(feed)


async def test_a_file_that_goes_away_is_told_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "AGAIN_S", 0.05)
    monkeypatch.setattr(capture, "STILL_S", 0.05)
    file = still(tmp_path / "me.png", RED)
    cameras = Cameras([str(file)])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.newest is not None, seconds=10)
    file.unlink()
    await until(lambda: feed.problem, seconds=10)
    assert feed.problem == "The picture file me.png is not there; put it back, or switch the camera."
    assert feed.newest is None
    still(tmp_path / "new.png", GREEN).rename(file)
    await until(lambda: feed.newest is not None and looks(feed.newest, GREEN), seconds=10)
    assert feed.problem is None
    cameras.close(feed)


async def test_a_file_that_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    cameras = Cameras([str(tmp_path / "notes.txt")])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.problem, seconds=10)
    assert feed.problem == "notes.txt is no picture or video that can be shown; switch the camera."
    cameras.close(feed)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EBUSY, "in use by another program"),
        (errno.EACCES, "join the group video"),
        (errno.ENOENT, "is not there"),
        (errno.ENODEV, "is not there"),
        (errno.EINVAL, r"cannot be used \(Invalid argument\)"),
    ],
)
async def test_a_device_that_cannot_be_opened_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    def refuse(where: str, **more: Any) -> None:
        assert where == "/dev/video7"
        err_check(-code, where)

    monkeypatch.setattr("av.open", refuse)
    cameras = Cameras(["/dev/video7"])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.problem, seconds=10)
    assert said.replace("\\", "") in (feed.problem or "")
    cameras.close(feed)


async def test_a_real_driver_says_that_there_is_no_such_device() -> None:
    cameras = Cameras(["/dev/video99"])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.problem, seconds=10)
    assert feed.problem == "The camera /dev/video99 is not there; plug it in, or switch the camera."
    cameras.close(feed)


class Device:
    """A device that plays a film, and then is pulled out; in the place of `av.open`."""

    def __init__(self, file: Path, *, refused: int = 0, endless: bool = False) -> None:
        self.file = file
        self.endless = endless
        """It plays the film over and over, and is not pulled out."""
        self.asked: list[dict[str, str]] = []
        self.refused = refused
        self.open = 0

    def __call__(self, where: str, *, format: str, options: dict[str, str]) -> Any:
        assert (where, format) == ("/dev/video0", "v4l2")
        self.asked.append(options)
        if len(self.asked) <= self.refused:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return _Opened(self)


class _Opened:
    def __init__(self, device: Device) -> None:
        self._device = device
        self._container = open_container(str(device.file))
        self.streams = self._container.streams

    def demux(self, stream: Any) -> Iterator[Any]:
        packets = [packet for packet in self._container.demux(stream) if packet.size]
        for _ in itertools.count() if self._device.endless else [0]:
            for packet in packets:
                time.sleep(0.01)
                yield packet

    def __enter__(self) -> "_Opened":
        assert not self._device.open, "a device is open once only"
        self._device.open += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        time.sleep(0.2)  # drivers take their time
        self._device.open -= 1


async def test_a_device_is_asked_for_the_size_and_pace_that_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(film(tmp_path / "seen.mp4", [BLUE] * 5), refused=2)
    monkeypatch.setattr("av.open", device)
    source = Source("Cam", "/dev/video0", is_device=True)
    with capture.opened(source, (1280, 720), 30):
        pass
    assert device.asked == [
        {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"},
        {"video_size": "1280x720", "framerate": "30"},
        {"video_size": "1280x720"},
    ]


async def test_a_device_that_is_pulled_out_is_told_and_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "AGAIN_S", 0.05)
    device = Device(film(tmp_path / "seen.mp4", [BLUE] * 5))
    monkeypatch.setattr("av.open", device)
    cameras = Cameras(["/dev/video0"])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.problem, seconds=10)
    assert feed.problem == "The camera /dev/video0 is not there; plug it in, or switch the camera."
    seen = feed.count
    await until(lambda: feed.count > seen, seconds=10)
    cameras.close(feed)


async def test_two_calls_share_a_device_and_the_last_one_closes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(film(tmp_path / "seen.mp4", [RED] * 5), endless=True)
    monkeypatch.setattr("av.open", device)
    cameras = Cameras(["/dev/video0"])
    camera = cameras.listed()[0]
    first, second = cameras.open(camera), cameras.open(camera)
    assert first is second
    cameras.close(first)
    seen = second.count
    await until(lambda: second.count > seen, seconds=10)
    cameras.close(second)
    third = cameras.open(camera)  # waits for the one before to let go of it
    await until(lambda: third.count > 0 and colour_of(third.newest)[0] > 100, seconds=10)
    assert len(device.asked) == 2, "it was asked for while it was still open"
    cameras.close(third)
    await until(lambda: not camera_threads(), seconds=10)
    assert device.open == 0


async def test_a_device_that_gives_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> None:
        release.wait(20)
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr("av.open", hang)
    monkeypatch.setattr(capture, "PATIENCE_S", 0.1)
    cameras = Cameras(["/dev/video0"])
    feed = cameras.open(cameras.listed()[0])
    await until(lambda: feed.problem, seconds=10)
    assert feed.problem == "The camera /dev/video0 gives no picture; unplug it and plug it in again."
    cameras.close(feed)
    release.set()

"""Which cameras a call can choose from, by name; those in use are open once, however many calls show them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from threading import Thread
from typing import Protocol

from tuiphone.core.errors import NoDevice
from tuiphone.media.camera_devices import camera_devices
from tuiphone.media.capture import Capture, Source
from tuiphone.media.patterns import BACK, FRONT, Planes, Size, pattern

PATTERNS = (FRONT, BACK)


@dataclass(frozen=True, slots=True)
class Camera:
    """Something that gives pictures."""

    name: str
    """For people, and for the settings."""
    source: Source | None
    """None for a test pattern."""


class Feed(Protocol):
    """The pictures of a camera that is open."""

    @property
    def count(self) -> int:
        """Grows with every picture."""
        ...

    @property
    def newest(self) -> Planes | None:
        """The newest picture; None before the first one, and while there is a problem."""
        ...

    @property
    def problem(self) -> str | None:
        """Why there are no pictures, as a sentence."""
        ...


class PatternFeed:
    """A test pattern; each picture is made when it is asked for."""

    problem = None

    def __init__(self, name: str, size: Size) -> None:
        self._name, self._size = name, size
        self._step = 0

    @property
    def count(self) -> int:
        return self._step

    @property
    def newest(self) -> Planes | None:
        self._step += 1
        return pattern(self._name, self._size, self._step)


def listed(wished: Sequence[str] = ()) -> tuple[Camera, ...]:
    """The cameras of the settings; without any, those that are there; without those, the test patterns.

    One that is not there is in the list all the same: a call says so when it is to be shown.
    """
    if wished:
        found = [_of(name) or Camera(name, Source(name, name, is_device=True)) for name in wished]
        return tuple({camera.name: camera for camera in found}.values())
    return _devices() or tuple(Camera(name, None) for name in PATTERNS)


def found(name: str, among: Sequence[Camera]) -> Camera:
    """The camera meant by a name or a part of it, by the path of a file or a device, or as a test pattern.

    Raises: NoDevice, with what was probably meant.
    """
    wanted = name.strip().casefold()
    for camera in among:
        if camera.name.casefold() == wanted:
            return camera
    if (camera := _of(name)) is not None:
        return camera
    parts = [camera for camera in among if wanted and wanted in camera.name.casefold()]
    if len(parts) == 1:
        return parts[0]
    if parts:
        raise NoDevice(f"{name!r} may mean more than one camera: {', '.join(repr(one.name) for one in parts)}.")
    near = get_close_matches(name, [camera.name for camera in among], 1)
    hint = f"Did you mean {near[0]!r}?" if near else "See `tuiphone devices`, or give the path of a file, or `pattern`."
    raise NoDevice(f"There is no camera {name!r}. {hint}")


def _of(name: str) -> Camera | None:
    """What a name means by itself."""
    text = name.strip()
    word = text.casefold().replace(":", " ")
    if word in ("pattern", "pattern front", FRONT):
        return Camera(FRONT, None)
    if word in ("pattern back", BACK):
        return Camera(BACK, None)
    devices = _devices()
    for camera in devices:
        assert camera.source is not None
        if text in (camera.name, camera.source.where):
            return camera
    if text.startswith("/dev/"):
        return Camera(text, Source(text, text, is_device=True))
    if text.startswith(("/", "~")):
        file = Path(os.path.expanduser(text))
        return Camera(file.name, Source(file.name, str(file), is_device=False))
    parts = [camera for camera in devices if text and text.casefold() in camera.name.casefold()]
    if not parts and word in ("front", "back"):
        # Of a pattern only where no camera is called so, as those of tablets are.
        return Camera(FRONT if word == "front" else BACK, None)
    return parts[0] if len(parts) == 1 else None


def _devices() -> tuple[Camera, ...]:
    devices: list[Camera] = []
    names: list[str] = []
    for name, where in camera_devices():
        names.append(name)
        # Two of one kind have one name.
        shown = name if names.count(name) == 1 else f"{name} ({names.count(name)})"
        devices.append(Camera(shown, Source(shown, where, is_device=True)))
    return tuple(devices)


class Cameras:
    """The cameras of this phone; `first` is put before those of the settings."""

    def __init__(
        self, wished: Sequence[str] = (), *, size: Size = (640, 480), fps: int = 15, first: str | None = None
    ) -> None:
        self.size, self.fps = size, fps
        self._wished = tuple(wished)
        self._first = first
        self._open: dict[str, tuple[Capture, int]] = {}
        self._ending: dict[str, Thread] = {}
        """Of those closed last, by where they read: a device is free again when they have ended."""

    def listed(self) -> tuple[Camera, ...]:
        """What a call can choose from, the one it begins with first."""
        known = listed(self._wished)
        if self._first is None:
            return known
        first = listed([self._first])[0]
        return (first, *(camera for camera in known if camera.name != first.name))

    def open(self, camera: Camera) -> Feed:
        """Its pictures from now on; to be given back to `close`."""
        if camera.source is None:
            return PatternFeed(camera.name, self.size)
        where = camera.source.where
        capture, users = self._open.get(where, (None, 0))
        if capture is None:
            capture = Capture(camera.source, self.size, self.fps, after=self._ending.pop(where, None))
        self._open[where] = (capture, users + 1)
        return capture

    def close(self, feed: Feed) -> None:
        """These pictures are no longer wanted."""
        for where, (capture, users) in list(self._open.items()):
            if capture is feed:
                if users > 1:
                    self._open[where] = (capture, users - 1)
                    return
                del self._open[where]
                capture.close()
                self._ending[where] = capture.thread
                return

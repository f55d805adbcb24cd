"""The newest picture of one side of a call, in memory that other processes of the same user look at.

One process writes, any number read; what is not fetched in time is gone. A file with two places, filled in turn:

    head     what this is; bytes of a place; number of the picture being written, number of the one to be read;
             for each place width, height, and when its picture was taken
    place    rows of RGB, the top one first, without gaps
    place    the same

Each begins with a page of memory, because terminals that read pictures from files can only begin at one.
"""

import mmap
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.errors import MediaError

MAX_WIDTH, MAX_HEIGHT = 1920, 1080
"""Larger pictures are never asked for."""
_MAGIC = 0x31_4D4152_46495554
_HEAD = mmap.PAGESIZE
_IS, _ROOM, _BEGUN, _DONE = range(4)
_LABELS = (8, 16)
_WIDTH, _HEIGHT, _TAKEN = range(3)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, read."""

    number: int
    """They are counted from one."""
    width: int
    height: int
    taken_ns: int
    """When it came, by the monotonic clock of this machine."""
    pixels: bytes
    """RGB, row by row from the top."""


class FrameWriter:
    """Makes the file, for nobody but the user, and takes it away again."""

    def __init__(self, folder: Path, prefix: str, *, width: int, height: int) -> None:
        """For pictures up to this size. Raises: MediaError when there is no room for them."""
        self.width, self.height = width, height
        self.path = folder / f"{prefix}{secrets.token_hex(8)}"
        room = -(-width * height * 3 // _HEAD) * _HEAD
        size = _HEAD + 2 * room
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                # Written and not only measured out: a page that is missing later would end the whole process.
                _fill(file, size)
                self._map = mmap.mmap(file, size)
            except OSError:
                self.path.unlink(missing_ok=True)
                raise
            finally:
                os.close(file)
        except OSError as error:
            raise MediaError(f"There is no memory for pictures in {folder} ({error.strerror or error}).") from error
        self._bytes = memoryview(self._map)
        self._head = self._bytes[:_HEAD].cast("Q")
        self._head[_ROOM] = room
        self._head[_IS] = _MAGIC
        self._room = room

    def write(self, width: int, height: int, taken_ns: int, fill: Callable[[memoryview], None]) -> None:
        """The next picture; `fill` puts its pixels where it is told to. Not larger than what was said at the start."""
        number = self._head[_DONE] + 1
        label, place = _LABELS[number & 1], _HEAD + (number & 1) * self._room
        self._head[_BEGUN] = number
        for what, value in ((_WIDTH, width), (_HEIGHT, height), (_TAKEN, taken_ns)):
            self._head[label + what] = value
        with self._bytes[place : place + 3 * width * height] as pixels:
            fill(pixels)
        self._head[_DONE] = number

    def close(self) -> None:
        """Take it away; whoever still has it open sees no new pictures."""
        self.path.unlink(missing_ok=True)
        self._head.release()
        self._bytes.release()
        self._map.close()


class FrameReader:
    """Looks at the file of a writer, in this process or another."""

    def __init__(self, path: Path | str) -> None:
        """Raises: MediaError when it is not there, or not what it should be."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                about = os.fstat(file)
                if not stat.S_ISREG(about.st_mode) or about.st_uid != os.getuid() or about.st_size < _HEAD:
                    raise OSError("it is something else")
                self._map = mmap.mmap(file, about.st_size, access=mmap.ACCESS_READ)
            finally:
                os.close(file)
        except OSError as error:
            raise MediaError(f"The picture in {path} cannot be read ({error.strerror or error}).") from error
        self._bytes = memoryview(self._map)
        self._head = self._bytes[:_HEAD].cast("Q")
        self._room = self._head[_ROOM]
        if self._head[_IS] != _MAGIC or about.st_size != _HEAD + 2 * self._room:
            self.close()
            raise MediaError(f"The picture in {path} cannot be read (it is something else).")

    def read(self, after: int = 0) -> Picture | None:
        """The newest picture; None when that is still number `after`, or there is none yet."""
        for _ in range(_TRIES):
            number = self._head[_DONE]
            if number in (0, after):
                return None
            label, place = _LABELS[number & 1], _HEAD + (number & 1) * self._room
            width, height, taken_ns = (self._head[label + what] for what in (_WIDTH, _HEIGHT, _TAKEN))
            size = 3 * width * height
            if size > self._room:
                return None
            pixels = bytes(self._bytes[place : place + size])
            # The writer may have come round to this place meanwhile.
            if self._head[_BEGUN] <= number + 1:
                return Picture(number, width, height, taken_ns, pixels)
        return None

    def where(self, picture: Picture) -> int:
        """At which byte of the file the pixels of this picture begin."""
        return _HEAD + (picture.number & 1) * self._room

    def close(self) -> None:
        """Let go of it."""
        self._head.release()
        self._bytes.release()
        self._map.close()


def place_for(run_dir: Path) -> Path:
    """Where files of this kind belong: in memory if the system has a place for that, else beside the socket."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and os.access(memory, os.W_OK | os.X_OK) else run_dir


def sweep(folder: Path, prefix: str) -> int:
    """Take away what a writer left that did not end as it should; returns how many there were."""
    found = 0
    for path in folder.glob(f"{prefix}*"):
        if path.lstat().st_uid == os.getuid():
            path.unlink(missing_ok=True)
            found += 1
    return found


def _fill(file: int, size: int) -> None:
    zeros = bytes(min(size, 1 << 20))
    while size:
        size -= os.write(file, zeros[:size])

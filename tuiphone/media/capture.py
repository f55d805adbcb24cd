"""A camera device or a file, read in a thread of its own while somebody wants its pictures; the newest wins."""

import errno
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import av
import numpy as np
from av.error import BlockingIOError, FFmpegError, InvalidDataError
from av.video.reformatter import VideoReformatter

from tuiphone.media.patterns import Planes, Size, black, planes, split

log = logging.getLogger(__name__)

AGAIN_S = 2.0
"""Between two tries to open what could not be opened, or went away."""
PATIENCE_S = 5.0
"""So long a device may be open without giving a picture, or after its last one."""
STILL_S = 1.0
"""A picture file is read anew so often: it may have changed, or gone."""
_PREVIOUS_S = 5.0
_BETWEEN_S = 0.005
_DAMAGED = 100
_HOPELESS = (errno.ENOENT, errno.ENODEV, errno.EACCES, errno.EPERM, errno.EBUSY)


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures are read from."""

    name: str
    """For people."""
    where: str
    """Path of a file or a device, or what the system calls it."""
    is_device: bool


class Capture:
    """Pictures of one source, scaled to one size."""

    def __init__(self, source: Source, size: Size, fps: int, *, after: Thread | None = None) -> None:
        self._source, self._size, self._fps = source, size, fps
        self._after = after
        """Who may still have the device open."""
        self._newest: Planes | None = None
        self._failed: str | None = None
        self._since = monotonic()
        self._closing = Event()
        self._reformatter = VideoReformatter()
        self.count = 0
        """Grows with every picture."""
        # A daemon: a driver that hangs must not keep the engine from ending.
        self.thread = Thread(target=self._run, name=f"camera {source.name}", daemon=True)
        self.thread.start()

    @property
    def newest(self) -> Planes | None:
        """The newest picture; None before the first one, and while there is a problem."""
        return self._newest if self.problem is None else None

    @property
    def problem(self) -> str | None:
        """Why there are no pictures, as a sentence."""
        if self._failed is None and self._source.is_device and monotonic() - self._since > PATIENCE_S:
            return f"The camera {self._source.name} gives no picture; unplug it and plug it in again."
        return self._failed

    def close(self) -> None:
        """Let go of the source soon; does not wait for it."""
        self._closing.set()
        self._newest = None

    # -- in the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._after is not None:
            self._after.join(_PREVIOUS_S)
        while not self._closing.is_set():
            self._since = monotonic()
            try:
                self._read()
            except (FFmpegError, OSError, ValueError, IndexError) as error:
                log.info("camera %s: %s: %s", self._source.name, type(error).__name__, error)
                self._failed, self._newest = sentence(self._source, error), None
                self._closing.wait(AGAIN_S)
            except Exception:
                log.exception("camera %s", self._source.name)
                self._failed, self._newest = f"The camera {self._source.name} does not work; the log says why.", None
                self._closing.wait(AGAIN_S)

    def _read(self) -> None:
        """Once through a file; of a device, until it is closed or goes away."""
        begun, taken, seen = monotonic(), 0.0, 0
        with opened(self._source, self._size, self._fps) as container:
            stream = container.streams.video[0]
            # Decoding on all cores would take them from the sound.
            stream.codec_context.thread_count = 1
            for frame in self._frames(container, stream):
                if self._closing.is_set():
                    return
                seen += 1
                if not self._source.is_device:
                    due = begun + (frame.time if frame.time is not None else seen / self._fps)
                    if self._closing.wait(max(0.0, min(due - monotonic(), STILL_S))):
                        return
                if monotonic() - taken > 0.8 / self._fps:
                    self._take(frame)
                    taken = monotonic()
        if self._source.is_device:
            raise OSError(errno.ENODEV, "no more pictures")
        # A picture, or a film that is over; a film's last picture is seen as long as the others.
        self._closing.wait(STILL_S if seen < 2 else 1 / self._fps)

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        damaged = 0
        while not self._closing.is_set():
            try:
                for packet in container.demux(stream):
                    try:
                        yield from packet.decode()
                        damaged = 0
                    except InvalidDataError:
                        # A damaged picture costs that picture; cables make them, and films that were cut.
                        damaged += 1
                        if damaged > _DAMAGED:
                            raise
                return
            except BlockingIOError:
                # Some drivers say so instead of waiting for the next picture.
                self._closing.wait(_BETWEEN_S)

    def _take(self, frame: Any) -> None:
        self._newest = fitted(self._reformatter, frame, self._size)
        self._failed, self._since = None, monotonic()
        self.count += 1


def fitted(reformatter: VideoReformatter, frame: Any, size: Size) -> Planes:
    """The frame as large as it can be in a picture of this size, with black beside or above it."""
    width, height = size
    factor = min(width / frame.width, height / frame.height)
    inner = (max(2, round(frame.width * factor) // 2 * 2), max(2, round(frame.height * factor) // 2 * 2))
    scaled = np.asarray(reformatter.reformat(frame, *inner, "yuv420p").to_ndarray(), np.uint8)
    if inner == size:
        return scaled
    picture = planes(*size)
    picture[:] = black(size)
    left, top = (width - inner[0]) // 4 * 2, (height - inner[1]) // 4 * 2
    for plane, part, half in zip(split(picture), split(scaled), (1, 2, 2), strict=True):
        plane[top // half : (top + inner[1]) // half, left // half : (left + inner[0]) // half] = part
    return picture


def opened(source: Source, size: Size, fps: int) -> Any:
    """The source, open. Raises: FFmpegError, OSError"""
    if not source.is_device:
        # The prefix keeps a colon in a file's name from being a protocol.
        return av.open(f"file:{source.where}")
    wish = {"video_size": f"{size[0]}x{size[1]}", "framerate": str(fps)}
    if sys.platform == "darwin":
        driver, wishes = "avfoundation", [wish, wish | {"framerate": "30"}, {"framerate": "30"}]
    else:
        # Uncompressed large pictures do not fit through USB 2 at a useful pace.
        compressed = [wish | {"input_format": "mjpeg"}] if size[0] > 640 else []
        driver, wishes = "v4l2", [*compressed, wish, {"video_size": wish["video_size"]}, {}]
    for options in wishes:
        try:
            return av.open(source.where, format=driver, options=options)
        except (FFmpegError, OSError) as error:
            # What is not there, or not ours, is not so in another size either.
            if options is wishes[-1] or getattr(error, "errno", None) in _HOPELESS:
                raise
    raise AssertionError("the last wish either came true or was refused")


def sentence(source: Source, error: Exception) -> str:
    """What is the matter with a source, and what to do."""
    code = getattr(error, "errno", None)
    if not source.is_device:
        file = Path(source.where)
        if code == errno.ENOENT or not file.exists():
            return f"The picture file {source.name} is not there; put it back, or switch the camera."
        if code == errno.EACCES:
            return f"The picture file {source.name} may not be read."
        return f"{source.name} is no picture or video that can be shown; switch the camera."
    match code:
        case errno.EBUSY:
            return f"The camera {source.name} is in use by another program; close that, or switch the camera."
        case errno.EACCES | errno.EPERM:
            return f"You may not use the camera {source.name}; on Linux, join the group video."
        case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.EIO:
            return f"The camera {source.name} is not there; plug it in, or switch the camera."
        case _:
            why = getattr(error, "strerror", None) or error
            return f"The camera {source.name} cannot be used ({why}); switch the camera."

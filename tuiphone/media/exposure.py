"""Puts the pictures of one side where somebody looks at them: as large and as often as they want, newest first."""

import asyncio
import logging
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np

from tuiphone.core.frames import FrameWriter

if TYPE_CHECKING:
    from av import VideoFrame

    from tuiphone.core.ports import View

log = logging.getLogger(__name__)


class Exposure:
    """Between a view and a writer. Made into RGB in `pool`: 1 to 3 ms of work that sound must not wait for."""

    def __init__(
        self, view: "View", writer: FrameWriter, *, rate: float, pool: Executor, mirrored: bool = False
    ) -> None:
        from av.video.reformatter import VideoReformatter

        self.writer = writer
        self.rate = rate
        self._view = view
        self._pool = pool
        self._step = -1 if mirrored else 1
        self._loop = asyncio.get_running_loop()
        self._reformatter = VideoReformatter()
        self._waiting: tuple[VideoFrame, int] | None = None
        self._working: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._closed = False
        view.look(self._take)

    def _take(self, frame: "VideoFrame", taken_ns: int) -> None:
        # One that was not looked at in time gives way: what is shown late is not worth showing.
        self._waiting = frame, taken_ns
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting is None or self._working is not None or self._timer is not None or self._closed:
            return
        now, pause = self._loop.time(), 1 / self.rate
        # Half a pause early is in time: pictures come unevenly, and on the whole `due` keeps the pace.
        if (early := self._due - now) > pause / 2:
            self._timer = self._loop.call_later(early, self._wake)
            return
        self._due = max(self._due, now - pause / 2) + pause
        frame, taken_ns = self._waiting
        self._waiting = None
        self._working = self._loop.run_in_executor(self._pool, self._develop, frame, taken_ns)
        self._working.add_done_callback(self._done)

    def _wake(self) -> None:
        self._timer = None
        self._go_on()

    def _done(self, work: "asyncio.Future[None]") -> None:
        self._working = None
        if not work.cancelled() and (error := work.exception()) is not None:
            log.warning("a picture could not be made", exc_info=error)
        if self._closed:
            self.writer.close()
        else:
            self._go_on()

    def _develop(self, frame: "VideoFrame", taken_ns: int) -> None:
        width, height = fitting(frame.width, frame.height, self.writer.width, self.writer.height)
        small = "AREA" if width < frame.width else "FAST_BILINEAR"
        picture = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=small)
        plane = picture.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, : 3 * width]
        rows = rows.reshape(height, width, 3)[:, :: self._step]

        def fill(pixels: memoryview) -> None:
            np.copyto(np.frombuffer(pixels, np.uint8).reshape(height, width, 3), rows)

        self.writer.write(width, height, taken_ns, fill)

    def close(self) -> None:
        """Stop, and take the memory away."""
        if self._closed:
            return
        self._closed = True
        self._view.look_away(self._take)
        if self._timer is not None:
            self._timer.cancel()
        if self._working is None:
            self.writer.close()
        else:
            # The work in the other thread still writes there; the name can go at once.
            self.writer.path.unlink(missing_ok=True)


def fitting(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The size in which a picture of this size fits there, in its own proportions and never larger than it is."""
    scale = min(1.0, most_width / width, most_height / height)
    return max(1, int(width * scale)), max(1, int(height * scale))

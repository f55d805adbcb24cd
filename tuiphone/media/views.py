"""What may be seen of a call: each side's newest picture, handed on as it comes, and in words why there is none."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from aiortc import MediaStreamTrack

if TYPE_CHECKING:
    from av import VideoFrame

Look: TypeAlias = Callable[["VideoFrame", int], None]
"""Takes a picture and when it came, monotonic nanoseconds; on the engine's loop, and has to be quick."""

STILL_S = 3.0
"""A picture that does not change for so long is no longer true."""
SELDOM_S = 0.4
"""Between two black pictures of a camera that is off; a lens that is covered sends more of them."""
_DARK = 24
"""Luma; black is 16, and codecs leave a little noise."""


class View:
    """One side of a call as it is seen."""

    def __init__(self, *, mine: bool = False, off: Callable[[], str | None] = lambda: None) -> None:
        self.name: str | None = None
        """Of this side, where a call has several."""
        self.mine = mine
        self._off = off
        self._looks: list[Look] = []
        self._newest: VideoFrame | None = None
        self._taken_ns = 0
        self._between_s = 0.0

    def put(self, frame: "VideoFrame") -> None:
        """There is a newer picture."""
        now = time.monotonic_ns()
        self._between_s = (now - self._taken_ns) / 1e9
        self._newest, self._taken_ns = frame, now
        for look in self._looks:
            look(frame, now)

    def look(self, look: Look) -> None:
        """Give every new picture there as well, and the one there is at once."""
        self._looks.append(look)
        if self._newest is not None:
            look(self._newest, self._taken_ns)

    def look_away(self, look: Look) -> None:
        """No longer."""
        self._looks.remove(look)

    @property
    def newest(self) -> "VideoFrame | None":
        """The picture that came last."""
        return self._newest

    @property
    def missing(self) -> str | None:
        """Why there is no picture to be shown now, in words; None when there is one."""
        if (why := self._off()) is not None:
            return why
        if self._newest is None:
            return "no picture yet"
        age_s = (time.monotonic_ns() - self._taken_ns) / 1e9
        if age_s > STILL_S:
            return f"no new picture for {age_s:.0f} seconds"
        if max(age_s, self._between_s) > SELDOM_S and is_black(self._newest):
            return "camera off"
        return None


class Tapped(MediaStreamTrack):
    """A track whose pictures are also seen here, on their way out."""

    kind = "video"

    def __init__(self, track: MediaStreamTrack, view: View) -> None:
        super().__init__()
        self._track, self._view = track, view

    async def recv(self) -> "VideoFrame":
        """The next picture of the track."""
        frame = await self._track.recv()
        self._view.put(frame)  # type: ignore[arg-type]
        return frame  # type: ignore[return-value]

    def stop(self) -> None:
        super().stop()
        self._track.stop()


def is_black(frame: "VideoFrame") -> bool:
    """Whether there is nothing on it."""
    if not frame.format.name.startswith(("yuv", "nv12", "gray")):
        return False
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    luma = rows[: frame.height : 8, : frame.width : 8]
    return bool(luma.max() < _DARK)

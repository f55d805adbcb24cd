"""Picture: what our side shows of itself in a call; the far side's frames received, counted, and kept newest only."""

import asyncio
import fractions
import time
from collections import deque
from collections.abc import Callable

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from tuiphone.media.cameras import Camera, Cameras, Feed, found
from tuiphone.media.patterns import Planes, black, crossed

IDLE_S = 2.0
"""Between two black pictures while the camera is off: they keep the line, and the last picture from being looked at."""
_STILL_S = 0.2
"""A picture that does not change is sent so often, for a far side that has lost the last one."""
_CLOCK = 90000
_TIME_BASE = fractions.Fraction(1, _CLOCK)


class OwnPicture:
    """Our picture in one call: which camera it is of, and its newest frame; outlives the connections that send it."""

    def __init__(self, cameras: Cameras) -> None:
        self._cameras = cameras
        self._choice: tuple[Camera, ...] = ()
        self._feed: Feed | None = None
        self._shown: Camera | None = None
        self.changed = asyncio.Event()
        """Set when the picture went on, off, or to another camera."""

    @property
    def fps(self) -> int:
        """Pictures a second, at most."""
        return self._cameras.fps

    @property
    def names(self) -> tuple[str, ...]:
        """The cameras there are, the one in use first, then in the order in which they are switched through."""
        return tuple(camera.name for camera in self._choice or self._look())

    @property
    def is_shown(self) -> bool:
        """A camera is open."""
        return self._feed is not None

    @property
    def problem(self) -> str | None:
        """Why there is no picture although there should be one, as a sentence."""
        return None if self._feed is None else self._feed.problem

    @property
    def count(self) -> int | None:
        """Another one for every new picture; None while the camera is off."""
        return None if self._feed is None else self._feed.count

    def picture(self) -> Planes:
        """What is to be seen now: black while the camera is off or opening, crossed out when it fails."""
        size = self._cameras.size
        if self._feed is None:
            return black(size)
        if (newest := self._feed.newest) is not None:
            return newest
        return black(size) if self._feed.problem is None else crossed(size)

    def show(self, on: bool) -> None:
        """Open the camera, or close it."""
        if on is self.is_shown:
            return
        if self._feed is not None:
            self._cameras.close(self._feed)
        self._shown = self._look()[0] if on else None
        self._feed = self._cameras.open(self._shown) if self._shown is not None else None
        self.changed.set()

    def switch(self, name: str | None = None) -> None:
        """To the camera of this name, or to the next one. Raises: NoDevice."""
        choice = self._look()
        camera = choice[1 % len(choice)] if name is None else found(name, choice)
        if camera not in choice:
            choice = (camera, *choice)
        at = choice.index(camera)
        self._choice = choice[at:] + choice[:at]
        if self._feed is not None and camera != self._shown:
            self.show(False)
            self.show(True)

    def _look(self) -> tuple[Camera, ...]:
        """Cameras come and go: new ones at the end, those that were pulled out no longer, the one in use first."""
        there = self._cameras.listed()
        known = [one for one in self._choice[1:] if one in there or one.source is None or not one.source.is_device]
        self._choice = tuple(dict.fromkeys((*self._choice[:1], *known, *there)))
        return self._choice


class PictureTrack(MediaStreamTrack):
    """Our picture as aiortc sends it: at its pace, black and seldom while the camera is off."""

    kind = "video"

    def __init__(self, own: OwnPicture) -> None:
        super().__init__()
        self._own = own
        self._due = 0.0
        self._sent: int | None = None
        self._sent_at = 0.0

    async def recv(self) -> VideoFrame:
        """The next frame, when its time has come."""
        own = self._own
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            if own.is_shown:
                await asyncio.sleep(max(0.0, self._due - time.monotonic()))
            else:
                await self._idle()
            count, now = own.count, time.monotonic()
            if count is None or count != self._sent or now - self._sent_at > _STILL_S:
                break
            # The camera is a little later, or slower, than we are.
            self._due = now + 0.2 / own.fps
        self._sent, self._sent_at = count, now
        # What was missed is missed: nothing is sent in a burst.
        self._due = max(self._due, now - 0.5 / own.fps) + 1 / own.fps
        frame = VideoFrame.from_ndarray(own.picture(), format="yuv420p")
        frame.pts = int(now * _CLOCK)
        frame.time_base = _TIME_BASE
        return frame

    async def _idle(self) -> None:
        if self._sent is not None or not self._sent_at:
            return  # the first black one comes at once: it opens the line, or takes the place of the last picture
        self._own.changed.clear()
        try:
            await asyncio.wait_for(self._own.changed.wait(), IDLE_S)
        except TimeoutError:
            return


class FarVideo:
    """Takes every frame of the far side as soon as it is there; keeps the newest."""

    def __init__(self) -> None:
        self.frames = 0
        """Since the start."""
        self.newest: VideoFrame | None = None
        self.seen: Callable[[VideoFrame], None] = lambda frame: None
        """Gets each picture."""
        self._times: deque[float] = deque(maxlen=120)

    async def drain(self, track: MediaStreamTrack) -> None:
        """Read the track until it ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self.newest = frame
                self.seen(frame)
                self.frames += 1
                self._times.append(time.monotonic())

    def describe(self) -> str | None:
        """`640x480, 30/s`, of the last two seconds; None before the first frame."""
        if self.newest is None:
            return None
        since = time.monotonic() - 2.0
        while self._times and self._times[0] < since:
            self._times.popleft()
        rate = 0.0
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(0.001, self._times[-1] - self._times[0])
        return f"{self.newest.width}x{self.newest.height}, {round(rate)}/s"

"""A call into a file: stereo Opus, left what we say, right what we hear, in Ogg; in WebM where the file is called so,
with a film of both sides if there is something to be seen; and a JSON side-car beside it.

The mixer hands over blocks; a thread encodes and writes them, a page every half second, so that after a crash the
file plays up to there. Sound comes first: pictures that the thread has no time for are left out, newest wins. Whether
and where to record is decided elsewhere.
"""

import asyncio
import errno
import json
import logging
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, TypeAlias

import av
import numpy as np
from av.error import FFmpegError

from tuiphone.core.errors import MediaError
from tuiphone.media.filming import FPS, Film, Scene, scene_of
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK, RATE
from tuiphone.media.views import View

log = logging.getLogger(__name__)

BIT_RATE = 64000
"""Of both sides together; Opus keeps them apart by far more than can be heard."""
PAGE_S = 0.5
_FRAME = 960
_BATCH = 5 * _FRAME
_MOST_WAITING = 100
"""Batches (10 s) after which the disk is given up."""
_CLOSE_S = 10.0

Views: TypeAlias = Callable[[], Sequence[View]]
"""Gives those who are seen now: in a group call they come and go."""


class Recorder:
    """One recording, from its construction to `close`; with `views` what is seen goes along, if the file is a .webm.

    `failed` is called on the event loop, with a sentence, when it ends before that. Raises: MediaError when the file
    cannot be made.
    """

    def __init__(
        self, path: str, about: dict[str, object], *, failed: Callable[[str], None], views: Views | None = None
    ) -> None:
        self.path = Path(path)
        self._format = "webm" if self.path.suffix == ".webm" else "ogg"
        self._views = views if self._format == "webm" else None
        self._scenes: deque[Scene] = deque(maxlen=1)
        self._written = self._due = 0
        self._about: dict[str, object] = {"started_at": time.time(), **about}
        if self._views is not None:
            self._about["video"] = True
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._batch = np.zeros((_BATCH, 2), np.int16)
        self._filled = 0
        self._samples = 0
        self._queue: SimpleQueue[Samples | None] = SimpleQueue()
        """An empty one: there is a scene."""
        self._over = False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MediaError(f"Cannot make the folder {self.path.parent}: {_why(error)}.") from error
        try:
            file = open(self.path, "xb", opener=_private)  # noqa: SIM115  the thread closes it
            self._note(complete=False)
        except FileExistsError:
            raise MediaError(f"There is a file {self.path} already; it is not overwritten.") from None
        except OSError as error:
            raise MediaError(f"Cannot record to {self.path}: {_why(error)}.") from error
        self._thread = Thread(target=self._work, args=(file,), name="recorder", daemon=True)
        self._thread.start()

    @property
    def sidecar(self) -> Path:
        """What is known of the recording, as JSON."""
        return self.path.with_name(f"{self.path.name}.json")

    def write(self, near: Samples, far: Samples) -> None:
        """The next 10 ms of both sides."""
        if self._over:
            return
        if self._views is not None and self._written >= self._due:
            self._due += RATE // FPS
            self._show(self._views)
        self._written += BLOCK
        part = self._batch[self._filled : self._filled + BLOCK]
        part[:, 0] = near
        part[:, 1] = far
        self._filled += BLOCK
        if self._filled == _BATCH:
            self._hand_over()
            if self._queue.qsize() > _MOST_WAITING:
                self._over = True
                self._queue.put(None)
                self._failed(f"The recording stopped: the disk of {self.path} is too slow.")

    def _show(self, views: Views) -> None:
        is_known = bool(self._scenes)
        self._scenes.append(scene_of(views(), self._written))
        if not is_known:
            self._queue.put(_SCENE)

    def _hand_over(self) -> None:
        self._queue.put(self._batch.ravel())
        self._batch = np.zeros((_BATCH, 2), np.int16)
        self._filled = 0

    def finish(self) -> None:
        """No more sound comes; what is there is written in the background."""
        if not self._over:
            self._over = True
            if self._filled:
                self._hand_over()
            self._queue.put(None)

    async def close(self) -> None:
        """Finish, and wait until the file is complete."""
        self.finish()
        await asyncio.to_thread(self._thread.join, _CLOSE_S)

    def _work(self, file: BinaryIO) -> None:
        try:
            with file, av.open(file, "w", format=self._format, options=_MUXER[self._format]) as container:
                stream = container.add_stream("libopus", rate=RATE, options=_ENCODER)
                stream.layout = "stereo"
                stream.bit_rate = BIT_RATE
                film = None if self._views is None else Film(container)
                while (batch := self._queue.get()) is not None:
                    for begin in range(0, len(batch), 2 * _FRAME):
                        container.mux(stream.encode(self._frame(batch[begin : begin + 2 * _FRAME])))
                    if film is not None and self._queue.empty():
                        self._look(film, container)
                container.mux(stream.encode(None))
                if film is not None:
                    self._look(film, container)
                    container.mux(film.end(self._samples))
            self._note(complete=True)
        except (OSError, FFmpegError) as error:
            log.warning("recording %s: %s", self.path, error)
            if not self._over:
                self._over = True
                self._tell(f"The recording stopped: {_why(error)}, at {self.path}.")

    def _look(self, film: Film, container: Any) -> None:
        if self._scenes:
            container.mux(film.encode(self._scenes.pop()))

    def _frame(self, samples: Samples) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._samples
        self._samples += _FRAME
        return frame

    def _tell(self, sentence: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._failed, sentence)

    def _note(self, *, complete: bool) -> None:
        """Write the side-car in one piece: whoever reads it sees the old or the new one, never half of it."""
        facts = {**self._about, "duration_s": round(self._samples / RATE, 2), "complete": complete}
        facts |= {"left": "me", "right": "them"}
        if complete:
            facts["ended_at"] = time.time()
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.path.parent)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(facts, file, ensure_ascii=False, indent=1, default=str)
            os.replace(name, self.sidecar)
        except OSError:
            os.unlink(name)
            raise


_SCENE: Samples = np.zeros(0, np.int16)
_MUXER = {
    "ogg": {"page_duration": str(round(PAGE_S * 1e6))},
    "webm": {"cluster_time_limit": str(round(PAGE_S * 1000))},
}
_ENCODER = {"application": "audio", "frame_duration": "20"}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    return getattr(error, "strerror", None) or str(error)

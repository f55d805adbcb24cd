"""Sound faster or slower at the same pitch, by FFmpeg's `atempo`: pieces of it are moved to where they agree."""

from fractions import Fraction

import av
import av.filter
import numpy as np
from av.error import BlockingIOError, EOFError

from tuiphone.media.resample import Samples
from tuiphone.media.stream import RATE

_NOTHING = np.zeros(0, np.int16)


class Tempo:
    """Turns a stream of 48 kHz mono into one that takes `1 / speed` of the time."""

    def __init__(self, speed: float) -> None:
        self._at = 0
        self._graph: av.filter.Graph | None = None
        if speed == 1.0:
            return
        self._graph = graph = av.filter.Graph()
        self._source = graph.add_abuffer(sample_rate=RATE, format="s16", layout="mono", time_base=Fraction(1, RATE))
        stretch = graph.add("atempo", f"{speed:.3f}")
        self._sink = graph.add("abuffersink")
        self._source.link_to(stretch)
        stretch.link_to(self._sink)
        graph.configure()

    def process(self, sound: Samples) -> Samples:
        """What there is after this piece; it comes a little behind."""
        if self._graph is None or not len(sound):
            return sound
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._at
        self._at += len(sound)
        self._source.push(frame)
        return self._pull()

    def rest(self) -> Samples:
        """What was still held back; nothing comes after it."""
        if self._graph is None or not self._at:
            return _NOTHING
        self._source.push(None)
        return self._pull()

    def _pull(self) -> Samples:
        parts: list[Samples] = []
        while True:
            try:
                frame = self._sink.pull()
            except (BlockingIOError, EOFError):
                return np.concatenate(parts) if parts else _NOTHING
            assert isinstance(frame, av.AudioFrame)
            parts.append(frame.to_ndarray().ravel().astype(np.int16, copy=False))

"""One call's seat at the sound card: what it sends, what is heard of it, how loud both are, and its recording."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from tuiphone.media.recorder import Recorder, Views
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK, QUIET
from tuiphone.media.tones import Dtmf

_LEVEL_TICKS = 10
_QUEUE = 6 * BLOCK


class Source(Protocol):
    """Anything that can be heard."""

    def read(self, samples: int) -> Samples:
        """The next so many samples, exactly; never blocks, never raises."""
        ...


class Meter:
    """The peak of the last 100 ms, 0 to 1."""

    def __init__(self) -> None:
        self._peaks = deque([0] * _LEVEL_TICKS, _LEVEL_TICKS)

    def see(self, block: Samples) -> None:
        """Take the next 10 ms into account."""
        # As Python integers: the absolute value of -32768 does not fit int16.
        self._peaks.append(0 if block is QUIET else max(int(block.max()), -int(block.min())))

    @property
    def level(self) -> float:
        """What it shows."""
        return min(1.0, max(self._peaks) / 32767)


def mixed(blocks: list[Samples]) -> Samples:
    """All of these at once; too loud is cut off, never wrapped around."""
    loud = [block for block in blocks if block is not QUIET]
    if not loud:
        return QUIET
    if len(loud) == 1:
        return loud[0]
    return np.clip(np.sum(loud, axis=0, dtype=np.int32), -32768, 32767).astype(np.int16)


class Room(Protocol):
    """What a line needs of the mixer it sits in."""

    def review(self) -> None:
        """The line needs something else now."""
        ...

    def play(self, source: Source, *, seconds: float) -> object:
        """Let this be heard for so long."""
        ...

    def leave(self, line: "Line", recorder: Recorder | None) -> None:
        """The line is closed; its recording has to be finished."""
        ...


class Line:
    """One call's seat at the sound card."""

    def __init__(self, room: Room, far: Source) -> None:
        self._room = room
        self._far = far
        self._started = False
        self.muted = False
        """The far side hears silence."""
        self.held = False
        """Both sides hear silence."""
        self.joined = False
        """The far side also hears those of all other lines that are joined."""
        self._heard: Samples = QUIET
        self.recording_failed: Callable[[str], None] | None = None
        """Told in a sentence when a recording ends by itself."""
        self._near_meter, self._far_meter = Meter(), Meter()
        self._recorder: Recorder | None = None
        self._waiting = np.zeros(_QUEUE, np.int16)
        self._filled = 0
        self._asked = 0
        self._spare = _QUEUE

    @property
    def started(self) -> bool:
        """The call was answered: the microphone goes out. Received sound is heard from the first packet."""
        return self._started

    @started.setter
    def started(self, on: bool) -> None:
        self._started = on
        self._room.review()

    @property
    def microphone_level(self) -> float:
        """Peak of what goes out of our own, last 100 ms, 0 to 1."""
        return self._near_meter.level

    @property
    def far_level(self) -> float:
        """Peak of what is heard, last 100 ms, 0 to 1."""
        return self._far_meter.level

    def microphone(self, samples: int) -> Samples:
        """The next samples to send: the microphone, or silence when muted, held or not started."""
        out = np.zeros(samples, np.int16)
        if not self._asked:
            # What waited for the sender to begin is old.
            self._forget(self._filled - samples)
        # Too little: the silence before it leaves a block in hand from then on, which is as much as is ever needed.
        give = min(self._filled, samples)
        if give:
            out[samples - give :] = self._waiting[:give]
            self._forget(give)
        self._asked += 1
        self._spare = min(self._spare, self._filled)
        if self._asked % 50 == 0:
            # What has lain there for a whole second is delay nobody needs: the sender had paused.
            self._forget(self._spare - BLOCK)
            self._spare = _QUEUE
        return out

    def _forget(self, samples: int) -> None:
        if samples > 0:
            self._waiting[: self._filled - samples] = self._waiting[samples : self._filled].copy()
            self._filled -= samples

    @property
    def is_in_conference(self) -> bool:
        """Its far side is heard by the other lines, and hears them."""
        return self.joined and self._started and not self.held

    def listen(self) -> Samples:
        """The mixer: give the next 10 ms of the far side."""
        far = self._far.read(BLOCK)
        self._heard = QUIET if self.held else far
        self._far_meter.see(self._heard)
        return self._heard

    def speak(self, microphone: Samples, others: Samples = QUIET) -> None:
        """The mixer: here are 10 ms of the microphone, and of the others this far side is to hear."""
        near = microphone if self._started and not self.muted and not self.held else QUIET
        self._near_meter.see(near)
        if self.is_in_conference:
            near = mixed([near, others])
        far = self._heard
        if self._started:
            self._forget(self._filled + BLOCK - _QUEUE)
            self._waiting[self._filled : self._filled + BLOCK] = near
            self._filled += BLOCK
        if self._recorder is not None:
            self._recorder.write(near, far)

    def press(self, digits: str) -> None:
        """Let the person hear the DTMF tones of these digits."""
        tones = Dtmf(digits)
        self._room.play(tones, seconds=tones.seconds)

    def record(self, path: str, about: dict[str, object], views: Views | None = None) -> None:
        """Write both sides into this file from now on, with what is seen of them. Raises: MediaError."""
        if self._recorder is None:
            self._recorder = Recorder(path, about, failed=self._recording_failed, views=views)

    def _recording_failed(self, sentence: str) -> None:
        self._recorder = None
        if self.recording_failed is not None:
            self.recording_failed(sentence)

    async def stop_recording(self) -> None:
        """Finish the file."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await recorder.close()

    def close(self) -> None:
        """Leave the sound card; a recording is finished in the background."""
        self._started = False
        recorder, self._recorder = self._recorder, None
        self._room.leave(self, recorder)

"""Every call, tone and recording of the engine mixed into one sound card, and its microphone handed to every call.

One clock for all of it: 10 ms ticks on the event loop, and none while there is nothing to play.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np

from tuiphone.media.recorder import Recorder
from tuiphone.media.resample import Samples
from tuiphone.media.sound import Card
from tuiphone.media.stream import BLOCK, QUIET, RATE
from tuiphone.media.tones import Dtmf

TICK_S = BLOCK / RATE
MOST_BEHIND = 10
"""Ticks made up for after the loop stood still; what is older is skipped."""
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


class Line:
    """One call's seat at the sound card."""

    def __init__(self, mixer: "Mixer", far: Source) -> None:
        self._mixer = mixer
        self._far = far
        self._started = False
        self.muted = False
        """The far side hears silence."""
        self.held = False
        """Both sides hear silence."""
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
        self._mixer.review()

    @property
    def microphone_level(self) -> float:
        """Peak of what goes out, last 100 ms, 0 to 1."""
        return self._near_meter.level

    @property
    def far_level(self) -> float:
        """Peak of what is heard, last 100 ms, 0 to 1."""
        return self._far_meter.level

    def microphone(self, samples: int) -> Samples:
        """The next samples to send: the microphone, or silence when muted, held or not started."""
        out = np.zeros(samples, np.int16)
        # Sender and mixer run on the same clock but not in step, so one block is kept in hand, from the first time on.
        give = self._filled
        if not self._asked:
            self._forget(self._filled - samples - BLOCK)
            give = max(0, self._filled - BLOCK)
        give = min(give, samples)
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

    def tick(self, microphone: Samples) -> Samples:
        """The mixer: here are 10 ms of the microphone, give 10 ms to hear."""
        near = microphone if self._started and not self.muted and not self.held else QUIET
        far = self._far.read(BLOCK)
        if self.held:
            far = QUIET
        self._near_meter.see(near)
        self._far_meter.see(far)
        if self._started:
            self._forget(self._filled + BLOCK - _QUEUE)
            self._waiting[self._filled : self._filled + BLOCK] = near
            self._filled += BLOCK
        if self._recorder is not None:
            self._recorder.write(near, far)
        return far

    def press(self, digits: str) -> None:
        """Let the person hear the DTMF tones of these digits."""
        tones = Dtmf(digits)
        self._mixer.play(tones, seconds=tones.seconds)

    def record(self, path: str, about: dict[str, object]) -> None:
        """Write both sides into this file from now on. Raises: MediaError."""
        if self._recorder is None:
            self._recorder = Recorder(path, about, failed=self._recording_failed)

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
        self._mixer.leave(self)
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.finish()


class Playing:
    """A tone or a recording that is being played."""

    def __init__(self, mixer: "Mixer", source: Source, *, on_ringer: bool, ticks: int | None) -> None:
        self._mixer = mixer
        self.source = source
        self.on_ringer = on_ringer
        self.ticks = ticks

    @property
    def is_over(self) -> bool:
        """It was stopped, or its time is up."""
        return self not in self._mixer.playing

    def stop(self) -> None:
        """Play it no longer."""
        self._mixer.drop(self)


class Mixer:
    """Moves 10 ms at a time between the card, the calls and whatever else is to be heard."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._lines: tuple[Line, ...] = ()
        self.playing: tuple[Playing, ...] = ()
        """Tones and recordings, besides the calls."""
        self._expecting = False
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.skipped = 0
        """Ticks lost because the loop stood still for too long."""

    def open_line(self, far: Source) -> Line:
        """A seat for one more call whose far side sounds like `far`."""
        line = Line(self, far)
        self._lines = (*self._lines, line)
        self.review()
        return line

    def leave(self, line: Line) -> None:
        """The call is over."""
        self._lines = tuple(other for other in self._lines if other is not line)
        self.review()

    def play(
        self, source: Source, *, device: Literal["speaker", "ringer"] = "speaker", seconds: float | None = None
    ) -> Playing:
        """Let this be heard along with the calls, until it is stopped or its time is up."""
        ticks = None if seconds is None else max(1, round(seconds / TICK_S))
        playing = Playing(self, source, on_ringer=device == "ringer", ticks=ticks)
        self.playing = (*self.playing, playing)
        self.review()
        return playing

    def drop(self, playing: Playing) -> None:
        """Play this no longer."""
        self.playing = tuple(other for other in self.playing if other is not playing)
        self.review()

    def expect_answer(self, on: bool) -> None:
        """A call we made may be answered any moment: have the microphone ready (headsets can take a second)."""
        if on != self._expecting:
            self._expecting = on
            self.review()

    async def close(self) -> None:
        """Stop everything; the card is closed by whoever opened it."""
        for line in self._lines:
            await line.stop_recording()
            line.close()
        self.playing = ()
        self._expecting = False
        self.review()

    def review(self) -> None:
        """Something came or went: see what the card is needed for, and whether the clock must run."""
        apart = self._card.has_ringer
        ringing = any(playing.on_ringer for playing in self.playing)
        self._card.want(
            microphone=self._expecting or any(line.started for line in self._lines),
            speaker=bool(self._lines) or any(not apart or not playing.on_ringer for playing in self.playing),
            ringer=ringing and apart,
        )
        if self._timer is None and self._has_work:
            loop = asyncio.get_running_loop()
            self._due = loop.time()
            self._timer = loop.call_at(self._due, self._run)

    @property
    def _has_work(self) -> bool:
        return bool(self._lines or self.playing)

    def _run(self) -> None:
        loop = asyncio.get_running_loop()
        behind = int((loop.time() - self._due) / TICK_S)
        if behind > MOST_BEHIND:
            self.skipped += behind - MOST_BEHIND
            self._due += (behind - MOST_BEHIND) * TICK_S
        while self._due <= loop.time() and self._has_work:
            self._due += TICK_S
            self._tick()
        self._timer = loop.call_at(self._due, self._run) if self._has_work else None

    def _tick(self) -> None:
        microphone = self._card.read()
        heard = [line.tick(microphone) for line in self._lines]
        rung: list[Samples] = []
        for playing in self.playing:
            (rung if playing.on_ringer and self._card.has_ringer else heard).append(playing.source.read(BLOCK))
            if playing.ticks is not None:
                playing.ticks -= 1
                if playing.ticks <= 0:
                    self.drop(playing)
        self._card.write(mixed(heard))
        if rung:
            self._card.ring(mixed(rung))


def mixed(blocks: list[Samples]) -> Samples:
    """All of these at once; too loud is cut off, never wrapped around."""
    loud = [block for block in blocks if block is not QUIET]
    if not loud:
        return QUIET
    if len(loud) == 1:
        return loud[0]
    return np.clip(np.sum(loud, axis=0, dtype=np.int32), -32768, 32767).astype(np.int16)

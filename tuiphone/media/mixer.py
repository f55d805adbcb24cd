"""Every call, tone and recording of the engine mixed into one sound card, and its microphone handed to every call.

One clock for all of it: 10 ms ticks on the event loop, and none while there is nothing to play.
"""

import asyncio
from typing import Literal

from tuiphone.media.line import Line, Meter, Source, mixed
from tuiphone.media.recorder import Recorder
from tuiphone.media.resample import Samples
from tuiphone.media.sound import Card
from tuiphone.media.stream import BLOCK, RATE

TICK_S = BLOCK / RATE
MOST_BEHIND = 10
"""Ticks made up for after the loop stood still; what is older is skipped."""


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
        self._tap: Meter | None = None
        self._finishing: set[asyncio.Task[None]] = set()
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

    def leave(self, line: Line, recorder: Recorder | None) -> None:
        """The call is over; its recording is finished in the background."""
        self._lines = tuple(other for other in self._lines if other is not line)
        if recorder is not None:
            task = asyncio.get_running_loop().create_task(recorder.close())
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
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

    def listen(self, on: bool) -> None:
        """Have the microphone open and metered although no call needs it, for a test of it."""
        if on != (self._tap is not None):
            self._tap = Meter() if on else None
            self.review()

    @property
    def microphone_level(self) -> float:
        """Peak of the microphone itself, last 100 ms, 0 to 1, while `listen` is on."""
        return 0.0 if self._tap is None else self._tap.level

    async def close(self) -> None:
        """Stop everything and finish recordings; the card is closed by whoever opened it."""
        for line in self._lines:
            line.close()
        self.playing = ()
        self._expecting, self._tap = False, None
        self.review()
        await asyncio.gather(*self._finishing)

    def review(self) -> None:
        """Something came or went: see what the card is needed for, and whether the clock must run."""
        apart = self._card.has_ringer
        ringing = any(playing.on_ringer for playing in self.playing)
        self._card.want(
            microphone=self._expecting or self._tap is not None or any(line.started for line in self._lines),
            speaker=bool(self._lines) or any(not apart or not playing.on_ringer for playing in self.playing),
            ringer=ringing and apart,
        )
        if self._timer is None and self._has_work:
            loop = asyncio.get_running_loop()
            self._due = loop.time()
            self._timer = loop.call_at(self._due, self._run)

    @property
    def is_running(self) -> bool:
        """The clock ticks."""
        return self._timer is not None

    @property
    def _has_work(self) -> bool:
        return bool(self._lines or self.playing or self._tap)

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
        if self._tap is not None:
            self._tap.see(microphone)
        heard = [line.listen() for line in self._lines]
        together = [(line, far) for line, far in zip(self._lines, heard, strict=True) if line.is_in_conference]
        for line in self._lines:
            # Everybody but itself: nobody wants to hear their own voice a moment later.
            others = [far for other, far in together if other is not line] if together else []
            line.speak(microphone, mixed(others))
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

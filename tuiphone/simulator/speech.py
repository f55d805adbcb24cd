"""The voice of the robots: a greeting, and short replies to whoever said something and stopped.

The sounds are Ogg Opus, made with espeak-ng and opus-tools; for each of them:

    espeak-ng -v en-us+f3 -s 150 -p 45 -a 120 -g 2 -w greeting.wav "Hello, ..."
    opusenc --bitrate 24 greeting.wav sounds/greeting.opus

greeting  Hello, this is the tuiphone demo. Say something, and I will answer.
reply-1   I hear you well.
reply-2   That sounds nice. Tell me more.
reply-3   Every word came through.
reply-4   Good to know. And what else?
reply-5   It is lovely to talk with you.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO

import av
import numpy as np

from tuiphone.simulator.tracks import FRAME_SAMPLES, RATE_HZ, Sound, ToMono

GREETING = "greeting"
REPLIES = ("reply-1", "reply-2", "reply-3", "reply-4", "reply-5")

_BEFORE_GREETING_S = 0.4  # the far side's speaker needs a moment after the first packet
_AFTER_SPEAKING_S = 0.3  # our own words come back from a loudspeaker near a microphone
_ENOUGH_SPEECH_S = 0.15
_PAUSE_S = 0.6
_LOUDER_THAN_NOISE = 4.0
_QUIETEST_SPEECH = 250.0
_QUIETEST_NOISE = 20.0


@cache
def phrase(name: str) -> np.ndarray:
    """The samples of one sound of this package, 16-bit mono at 48 kHz."""
    to_mono = ToMono()
    file = files("tuiphone.simulator") / "sounds" / f"{name}.opus"
    with av.open(BytesIO(file.read_bytes()), "r") as container:
        samples = np.concatenate([to_mono(frame) for frame in container.decode(audio=0)])
    return np.pad(samples, (0, -samples.size % FRAME_SAMPLES))


class Voice(Sound):
    """Greets, and answers with the next reply whenever the far side spoke and then paused."""

    def __init__(self) -> None:
        super().__init__()
        self.replies = 0
        self._words = np.concatenate([np.zeros(int(_BEFORE_GREETING_S * RATE_HZ), np.int16), phrase(GREETING)])
        self._listens_from = 0
        self._noise = _QUIETEST_SPEECH
        self._speech_samples = 0
        self._speech_until = 0

    def hear(self, samples: np.ndarray) -> None:
        if samples.size == 0:
            return
        loudness = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        # The floor falls at once and rises by a percent per frame, so that a fan becomes noise and a sentence does not.
        self._noise = max(_QUIETEST_NOISE, min(loudness, self._noise * 1.01))
        speaks = loudness > max(_QUIETEST_SPEECH, _LOUDER_THAN_NOISE * self._noise)
        if speaks and not self._words.size and self.played_samples >= self._listens_from:
            self._speech_samples += samples.size
            self._speech_until = self.played_samples

    def next_samples(self) -> np.ndarray:
        if not self._words.size and self._far_side_is_done():
            self._words = phrase(REPLIES[self.replies % len(REPLIES)])
            self.replies += 1
        if not self._words.size:
            return super().next_samples()
        samples, self._words = self._words[:FRAME_SAMPLES], self._words[FRAME_SAMPLES:]
        self._speech_samples = 0
        self._listens_from = self.played_samples + FRAME_SAMPLES + int(_AFTER_SPEAKING_S * RATE_HZ)
        return samples

    def _far_side_is_done(self) -> bool:
        paused = self.played_samples - self._speech_until > _PAUSE_S * RATE_HZ
        if paused and self._speech_samples < _ENOUGH_SPEECH_S * RATE_HZ:
            self._speech_samples = 0  # a click, not a word
        return paused and self._speech_samples > 0

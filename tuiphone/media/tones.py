"""Everything the phone itself sounds like: ringer, ring-back, busy, call waiting, keypad; and when each is heard.

Tones are ready-made arrays that repeat, so playing one costs a copy.
"""

from functools import cache
from typing import Literal, Protocol, TypeAlias

import numpy as np

from tuiphone.core.call import Call, CallDirection, CallState, EndReason
from tuiphone.core.ledger import Change
from tuiphone.core.state import PhoneState
from tuiphone.media.resample import Samples
from tuiphone.media.stream import RATE

KEYPAD = {
    key: (low, high)
    for low, keys in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for high, key in zip((1209, 1336, 1477, 1633), keys, strict=True)
}
"""The two frequencies of every key, Hz (ITU-T Q.23)."""

KEY_S, KEY_PAUSE_S = 0.12, 0.06
BUSY_S = 2.0
"""How long the busy tone is heard."""


def tone(frequencies: tuple[float, ...], seconds: float, volume: float) -> Samples:
    """These sine tones together, softly begun and ended; `volume` 0 to 1 is the peak."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = np.sum([np.sin(2 * np.pi * frequency * time) for frequency in frequencies], axis=0)
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.005)
    return np.rint(wave * edge * (32767 * volume / len(frequencies))).astype(np.int16)


def silence(seconds: float) -> Samples:
    """Nothing, for so long."""
    return np.zeros(round(seconds * RATE), np.int16)


class Tone:
    """A Source that plays an array, over and over or once and then silence."""

    def __init__(self, wave: Samples, *, repeat: bool = True) -> None:
        self._wave = wave
        self._repeat = repeat
        self._at = 0

    @property
    def seconds(self) -> float:
        """Length of one round."""
        return len(self._wave) / RATE

    def read(self, samples: int) -> Samples:
        """The next so many samples."""
        out = np.zeros(samples, np.int16)
        done = 0
        while done < samples and (self._repeat or self._at < len(self._wave)):
            part = self._wave[self._at : self._at + samples - done]
            out[done : done + len(part)] = part
            done += len(part)
            self._at += len(part)
            if self._repeat:
                self._at %= len(self._wave)
        return out


class Dtmf(Tone):
    """The keypad tones of some digits, once; anything that is not on a keypad is a pause."""

    def __init__(self, digits: str) -> None:
        parts = [tone(KEYPAD[key], KEY_S, 0.25) if key in KEYPAD else silence(KEY_S) for key in digits.upper()]
        gaps = [silence(KEY_PAUSE_S)] * len(parts)
        whole = [piece for pair in zip(parts, gaps, strict=True) for piece in pair]
        super().__init__(np.concatenate([*whole, silence(0.01)]), repeat=False)


@cache
def _ringer() -> Samples:
    # A warble of two close tones is easier to tell from speech and music than one tone.
    warble = np.concatenate([tone((frequency, 2 * frequency), 0.05, 0.5) for frequency in (660, 880) * 8])
    return np.concatenate([warble, silence(0.2), warble, silence(2.0)])


@cache
def _ring_back() -> Samples:
    return np.concatenate([tone((425,), 1.0, 0.2), silence(4.0)])


@cache
def _busy() -> Samples:
    return np.concatenate([tone((425,), 0.5, 0.2), silence(0.5)])


@cache
def _congestion() -> Samples:
    return np.concatenate([tone((425,), 0.25, 0.2), silence(0.25)])


@cache
def _waiting() -> Samples:
    return np.concatenate([tone((425,), 0.2, 0.15), silence(0.2), tone((425,), 0.2, 0.15), silence(5.0)])


@cache
def _probe() -> Samples:
    return np.concatenate([tone((frequency,), 0.3, 0.3) for frequency in (523, 659, 784)])


@cache
def _over() -> Samples:
    return np.concatenate([tone((440,), 0.08, 0.15), tone((330,), 0.12, 0.15)])


@cache
def _auto_answered() -> Samples:
    return np.concatenate([tone((660,), 0.1, 0.2), silence(0.06), tone((990,), 0.16, 0.2)])


def auto_answered() -> Tone:
    """The phone picked up by itself: two short rising beeps, once."""
    return Tone(_auto_answered(), repeat=False)


def ringer() -> Tone:
    """Somebody calls."""
    return Tone(_ringer())


def ring_back() -> Tone:
    """The far end rings: 425 Hz, 1 s of 5."""
    return Tone(_ring_back())


def busy() -> Tone:
    """The far end is busy: 425 Hz, every other half second."""
    return Tone(_busy())


def congestion() -> Tone:
    """The call does not get through: as busy, twice as fast."""
    return Tone(_congestion())


def call_waiting() -> Tone:
    """Somebody calls while we talk: two short beeps every 5 s."""
    return Tone(_waiting())


def call_over() -> Tone:
    """The call is over: a short falling blip, once."""
    return Tone(_over(), repeat=False)


def probe_tone() -> Tone:
    """Three rising notes, once: the device that is heard is the right one."""
    return Tone(_probe(), repeat=False)


class Playing(Protocol):
    """What is being played."""

    def stop(self) -> None:
        """Play it no longer."""
        ...


class Player(Protocol):
    """What the Ringer needs of the mixer."""

    def play(
        self, source: Tone, *, device: Literal["speaker", "ringer"] = "speaker", seconds: float | None = None
    ) -> Playing:
        """Let this be heard."""
        ...

    def expect_answer(self, on: bool) -> None:
        """Have the microphone ready."""
        ...


Signal: TypeAlias = Literal["ringer", "call waiting", "ring-back"]


def signal(state: PhoneState) -> Signal | None:
    """What must be heard in this state of the phone, besides the calls themselves."""
    calls = [call for call in state.live_calls if not state.is_elsewhere(call)]  # that telephone has tones of its own
    if any(call.state is CallState.INCOMING and not call.silenced for call in calls):
        return "call waiting" if any(call.state is CallState.ACTIVE for call in calls) else "ringer"
    if any(call.state is CallState.ACTIVE for call in calls):
        return None
    if any(call.state is CallState.RINGING and not call.early_media for call in calls):
        return "ring-back"
    return None


def farewell(before: Call | None, after: Call) -> tuple[Tone, float] | None:
    """The tone, and for how long, with which this call ends; None when it does not end now, or does so quietly."""
    if before is None or not before.is_live or after.is_live:
        return None
    if before.is_answered:
        blip = call_over()
        return None if after.reason in (EndReason.HUNG_UP, EndReason.OVER) else (blip, blip.seconds)
    if after.direction is CallDirection.INCOMING or before.early_media:
        return None
    if after.reason in (EndReason.BUSY, EndReason.REJECTED):
        return busy(), BUSY_S
    if after.reason in (EndReason.UNREACHABLE, EndReason.FAILED, EndReason.NO_CREDIT, EndReason.BAD_NUMBER):
        return congestion(), BUSY_S
    return None


class Ringer:
    """A listener of the phone that plays what its state calls for; looks at the state only, so no event is missed."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._signal: Signal | None = None
        self._playing: Playing | None = None
        self._farewell: Playing | None = None

    async def __call__(self, change: Change) -> None:
        """Start and stop tones so that they fit the state after this change."""
        state = change.after
        self._play(signal(state))
        self._player.expect_answer(
            any(
                call.state in (CallState.DIALING, CallState.RINGING)
                and not (state.is_elsewhere(call) and call.awaits is None)
                for call in state.live_calls
            )
        )
        if state.live_calls:
            # A tone about one call must not cover the voice of another.
            self._quit()
            return
        for call in state.calls:
            ending = farewell(change.before.call(call.id), call)
            if ending is not None:
                self._quit()
                self._farewell = self._player.play(ending[0], seconds=ending[1])

    def _quit(self) -> None:
        if self._farewell is not None:
            self._farewell.stop()
            self._farewell = None

    def _play(self, wanted: Signal | None) -> None:
        if wanted == self._signal:
            return
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
        self._signal = wanted
        match wanted:
            case "ringer":
                self._playing = self._player.play(ringer(), device="ringer")
            case "call waiting":
                self._playing = self._player.play(call_waiting())
            case "ring-back":
                self._playing = self._player.play(ring_back())
            case None:
                pass

"""What the phone itself sounds like, and when."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from tests.rigs.pulse import RATE, loudness, pitch, strength
from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.events import MissedCounted
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account, Address, AddressKind
from tuiphone.core.state import PhoneState, with_account
from tuiphone.media import tones
from tuiphone.media.tones import Dtmf, Ringer, Tone

PEER = Address(AddressKind.PHONE, "100")


@pytest.mark.parametrize(
    ("tone", "on_s", "off_s"),
    [(tones.ring_back, 1.0, 4.0), (tones.busy, 0.5, 0.5), (tones.congestion, 0.25, 0.25)],
)
def test_country_neutral_tones_are_425_hz_in_their_rhythm(tone: type[Tone], on_s: float, off_s: float) -> None:
    source = tone()
    for _ in range(2):  # and again from the start
        on, off = source.read(round(on_s * RATE)), source.read(round(off_s * RATE))
        assert pitch(on) == pytest.approx(425, abs=3)
        assert loudness(off) == 0


@pytest.mark.parametrize(
    ("key", "low", "high"), [("1", 697, 1209), ("5", 770, 1336), ("#", 941, 1477), ("0", 941, 1336), ("d", 941, 1633)]
)
def test_a_key_sounds_its_two_frequencies(key: str, low: int, high: int) -> None:
    sound = Dtmf(key).read(round(0.1 * RATE))
    others = [frequency for frequency in (697, 770, 852, 941, 1209, 1336, 1477, 1633) if frequency not in (low, high)]
    assert strength(sound, low) > 0.1
    assert strength(sound, high) > 0.1
    assert all(strength(sound, frequency) < 0.03 for frequency in others)


def test_digits_follow_each_other_and_end_in_silence() -> None:
    digits = Dtmf("12x")
    whole = digits.read(RATE)
    assert digits.seconds == pytest.approx(3 * 0.18, abs=0.02)
    assert strength(whole[: round(0.1 * RATE)], 1209) > 0.1
    assert strength(whole[round(0.19 * RATE) : round(0.29 * RATE)], 1336) > 0.1
    assert loudness(whole[round(0.36 * RATE) :]) == 0


@pytest.mark.parametrize("tone", [tones.ringer, tones.call_waiting, tones.busy, tones.call_over])
def test_no_tone_clicks_or_clips(tone: type[Tone]) -> None:
    sound = tone().read(6 * RATE).astype(int)
    assert np.abs(sound).max() < 20000
    assert np.abs(np.diff(sound)).max() < 4000


class Stage:
    """Remembers what is being played."""

    def __init__(self) -> None:
        self.playing: list[Play] = []
        self.expecting = False
        self.begun = 0

    def play(
        self, source: Tone, *, device: Literal["speaker", "ringer"] = "speaker", seconds: float | None = None
    ) -> "Play":
        play = Play(self, source, device, seconds)
        self.playing.append(play)
        self.begun += 1
        return play

    def expect_answer(self, on: bool) -> None:
        self.expecting = on

    @property
    def heard(self) -> list[str]:
        return [play.what for play in self.playing]


class Play:
    def __init__(self, stage: Stage, source: Tone, device: str, seconds: float | None) -> None:
        self.stage, self.source, self.device, self.seconds = stage, source, device, seconds
        known = {
            "ringer": tones.ringer,
            "ring-back": tones.ring_back,
            "waiting": tones.call_waiting,
            "busy": tones.busy,
            "congestion": tones.congestion,
            "over": tones.call_over,
        }
        mine = source.read(RATE)
        self.what = next(name for name, make in known.items() if np.array_equal(make().read(RATE), mine))

    def stop(self) -> None:
        if self in self.stage.playing:
            self.stage.playing.remove(self)


def call(state: CallState, ref: str = "1", **more: object) -> Call:
    direction = CallDirection.INCOMING if state is CallState.INCOMING else CallDirection.OUTGOING
    return replace(Call(CallId("a", ref), PEER, direction, state, 0.0), **more)  # type: ignore[arg-type]


def change(before: list[Call], after: list[Call]) -> Change:
    return Change("a", MissedCounted(0), PhoneState(calls=tuple(before)), PhoneState(calls=tuple(after)), 0.0)


DIALING, RINGING, INCOMING = call(CallState.DIALING), call(CallState.RINGING), call(CallState.INCOMING)
EARLY = call(CallState.RINGING, early_media=True)
ACTIVE, HELD = call(CallState.ACTIVE, answered_at=1.0), call(CallState.HELD, answered_at=1.0)
SECOND = call(CallState.INCOMING, "2")


def ended(reason: EndReason, **more: object) -> Call:
    return call(CallState.ENDED, reason=reason, **more)


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ([], [DIALING], []),
        ([DIALING], [RINGING], ["ring-back"]),
        ([DIALING], [EARLY], []),
        ([RINGING], [EARLY], []),
        ([RINGING], [ACTIVE], []),
        ([], [INCOMING], ["ringer"]),
        ([INCOMING], [call(CallState.INCOMING, silenced=True)], []),
        ([ACTIVE], [ACTIVE, SECOND], ["waiting"]),
        ([HELD], [HELD, SECOND], ["ringer"]),
        ([ACTIVE, SECOND], [HELD, call(CallState.ACTIVE, "2", answered_at=1.0)], []),
        ([DIALING], [ended(EndReason.BUSY)], ["busy"]),
        ([RINGING], [ended(EndReason.REJECTED)], ["busy"]),
        ([DIALING], [ended(EndReason.UNREACHABLE)], ["congestion"]),
        ([RINGING], [ended(EndReason.CANCELLED)], []),
        ([EARLY], [ended(EndReason.BUSY)], []),
        ([ACTIVE], [ended(EndReason.REMOTE_HUNG_UP, answered_at=1.0)], ["over"]),
        ([ACTIVE], [ended(EndReason.HUNG_UP, answered_at=1.0)], []),
        ([INCOMING], [ended(EndReason.MISSED, direction=CallDirection.INCOMING)], []),
        ([ACTIVE, RINGING], [ACTIVE, ended(EndReason.BUSY, id=CallId("a", "2"))], []),
        ([ended(EndReason.BUSY)], [ended(EndReason.BUSY)], []),
    ],
)
async def test_what_is_heard_in_which_state(before: list[Call], after: list[Call], heard: list[str]) -> None:
    stage = Stage()
    ringer = Ringer(stage)
    await ringer(change([], before))
    for play in list(stage.playing):
        if play.seconds is not None:
            play.stop()
    await ringer(change(before, after))
    assert stage.heard == heard


async def test_a_call_at_a_desk_phone_is_heard_there_alone() -> None:
    desk = with_account(PhoneState(), Account("a", "pbx", Capability.RECEIVE | Capability.TRANSFER))
    for state in (CallState.INCOMING, CallState.RINGING):
        stage = Stage()
        before, after = (replace(desk, calls=calls) for calls in ((), (call(state),)))
        await Ringer(stage)(Change("a", MissedCounted(0), before, after, 0.0))
        assert (stage.heard, stage.expecting) == ([], False)


async def test_the_same_state_again_starts_nothing_anew() -> None:
    stage = Stage()
    ringer = Ringer(stage)
    for before in ([], [INCOMING], [INCOMING]):
        await ringer(change(before, [INCOMING]))
    assert stage.begun == 1


async def test_only_the_ringer_goes_to_the_ringers_device() -> None:
    stage = Stage()
    ringer = Ringer(stage)
    await ringer(change([], [INCOMING]))
    assert [play.device for play in stage.playing] == ["ringer"]
    await ringer(change([INCOMING], [RINGING]))
    assert [play.device for play in stage.playing] == ["speaker"]


async def test_the_busy_tone_lasts_two_seconds_and_gives_way_to_the_next_call() -> None:
    stage = Stage()
    ringer = Ringer(stage)
    await ringer(change([DIALING], [ended(EndReason.BUSY)]))
    assert [play.seconds for play in stage.playing] == [2.0]
    await ringer(change([ended(EndReason.BUSY)], [ended(EndReason.BUSY), call(CallState.DIALING, "2")]))
    assert stage.heard == []


async def test_the_microphone_is_made_ready_while_a_call_of_ours_rings() -> None:
    stage = Stage()
    ringer = Ringer(stage)
    await ringer(change([], [DIALING]))
    assert stage.expecting
    await ringer(change([DIALING], [ended(EndReason.CANCELLED)]))
    assert not stage.expecting
    await ringer(change([], [INCOMING]))
    assert not stage.expecting

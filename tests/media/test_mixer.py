"""The mixer on its clock, with a card of the tests' own."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tuiphone.media.mixer import Mixer, mixed
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK, QUIET


class PaperCard:
    """A sound card on paper: a microphone that says `said`, and everything that was played."""

    def __init__(self, *, has_ringer: bool = False) -> None:
        self.has_ringer = has_ringer
        self.said: Samples = QUIET
        self.heard: list[Samples] = []
        self.rung: list[Samples] = []
        self.wanted: dict[str, bool] = {}

    def want(self, *, microphone: bool, speaker: bool, ringer: bool) -> None:
        self.wanted = {"microphone": microphone, "speaker": speaker, "ringer": ringer}

    def read(self) -> Samples:
        return self.said

    def write(self, block: Samples) -> None:
        self.heard.append(block)

    def ring(self, block: Samples) -> None:
        self.rung.append(block)


class Steady:
    """A far side that says the same number all the time."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.read_so_far = 0

    def read(self, samples: int) -> Samples:
        self.read_so_far += samples
        return np.full(samples, self.value, np.int16)


async def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


@pytest.fixture
def card() -> PaperCard:
    return PaperCard()


def test_too_loud_a_mix_is_cut_off_and_never_wraps_around() -> None:
    loud = np.array([30000, -30000, 10], np.int16)
    assert mixed([loud, loud]).tolist() == [32767, -32768, 20]


async def test_all_calls_and_tones_are_heard_together(card: PaperCard) -> None:
    mixer = Mixer(card)
    lines = [mixer.open_line(Steady(100)), mixer.open_line(Steady(20))]
    mixer.play(Steady(3))
    await until(lambda: card.heard)
    for line in lines:
        line.close()
    await mixer.close()
    assert set(card.heard[0].tolist()) == {123}


async def test_the_clock_stands_still_while_there_is_nothing_to_play(card: PaperCard) -> None:
    mixer = Mixer(card)
    line = mixer.open_line(Steady(1))
    await until(lambda: len(card.heard) > 3)
    line.close()
    ticks = len(card.heard)
    await asyncio.sleep(0.05)
    assert len(card.heard) == ticks
    assert not mixer.is_running
    assert card.wanted == {"microphone": False, "speaker": False, "ringer": False}


async def test_the_clock_catches_up_after_the_loop_stood_still(card: PaperCard) -> None:
    mixer = Mixer(card)
    line = mixer.open_line(Steady(1))
    await until(lambda: len(card.heard) > 3)
    begin, ticks = time.monotonic(), len(card.heard) + mixer.skipped

    def behind() -> float:
        return (time.monotonic() - begin) * 100 - (len(card.heard) + mixer.skipped - ticks)

    time.sleep(0.06)  # noqa: ASYNC251  the loop is to stand still
    assert behind() > 3
    await until(lambda: behind() < 3)
    assert behind() > -3
    line.close()


async def test_what_a_long_standstill_missed_is_skipped(card: PaperCard) -> None:
    mixer = Mixer(card)
    line = mixer.open_line(Steady(1))
    await until(lambda: len(card.heard) > 3)
    ticks = len(card.heard)
    time.sleep(1)  # noqa: ASYNC251  the loop is to stand still
    await until(lambda: mixer.skipped > 60)
    line.close()
    assert len(card.heard) - ticks < 50


async def test_the_microphone_is_wanted_only_for_answered_calls(card: PaperCard) -> None:
    mixer = Mixer(card)
    line = mixer.open_line(Steady(0))
    assert card.wanted == {"microphone": False, "speaker": True, "ringer": False}
    line.started = True
    assert card.wanted["microphone"]
    line.close()
    mixer.expect_answer(True)
    assert card.wanted["microphone"]
    mixer.expect_answer(False)
    assert not card.wanted["microphone"]


@pytest.mark.parametrize(
    ("started", "muted", "held", "sends"),
    [
        (True, False, False, True),
        (False, False, False, False),
        (True, True, False, False),
        (True, False, True, False),
    ],
)
async def test_who_hears_the_microphone(card: PaperCard, started: bool, muted: bool, held: bool, sends: bool) -> None:
    card.said = np.full(BLOCK, 16384, np.int16)
    line = Mixer(card).open_line(Steady(8192))
    line.started, line.muted, line.held = started, muted, held
    await until(lambda: len(card.heard) > 12)
    line.microphone(960)
    await until(lambda: len(card.heard) > 20)
    sent, microphone_level, far_level = line.microphone(960), line.microphone_level, line.far_level
    line.close()
    assert bool(sent.any()) is sends
    assert microphone_level == pytest.approx(0.5 if sends else 0, abs=0.01)
    assert far_level == pytest.approx(0 if held else 0.25, abs=0.01)


async def test_a_held_far_side_is_still_read_so_that_no_delay_builds_up(card: PaperCard) -> None:
    far = Steady(5)
    line = Mixer(card).open_line(far)
    line.held = True
    await until(lambda: far.read_so_far >= 4 * BLOCK)
    line.close()
    assert not card.heard[-1].any()


async def test_a_sender_that_comes_late_gets_new_sound_and_not_what_waited(card: PaperCard) -> None:
    card.said = np.full(BLOCK, 1, np.int16)
    line = Mixer(card).open_line(Steady(0))
    line.started = True
    await until(lambda: len(card.heard) > 15)
    card.said = np.full(BLOCK, 2, np.int16)
    ticks = len(card.heard)
    await until(lambda: len(card.heard) >= ticks + 3)
    assert set(line.microphone(960).tolist()) <= {0, 2}
    line.close()


async def test_a_sender_that_paused_has_no_delay_left_a_second_later(card: PaperCard) -> None:
    card.said = np.full(BLOCK, 1, np.int16)
    line = Mixer(card).open_line(Steady(0))
    line.started = True
    line.microphone(960)
    await until(lambda: len(card.heard) > 20)
    for asked in range(120):
        if asked == 100:
            card.said = np.full(BLOCK, 2, np.int16)
        for _ in range(2):
            line.listen()
            line.speak(card.read())
        got = line.microphone(960)
        if asked > 100:
            assert set(got.tolist()) == {2}
    line.close()


async def test_a_tone_with_a_length_ends_by_itself(card: PaperCard) -> None:
    mixer = Mixer(card)
    playing = mixer.play(Steady(7), seconds=0.05)
    await until(lambda: playing.is_over)
    assert len(card.heard) == 5


async def test_the_ringer_goes_to_its_own_device_when_there_is_one() -> None:
    card = PaperCard(has_ringer=True)
    mixer = Mixer(card)
    playing = mixer.play(Steady(7), device="ringer")
    assert card.wanted == {"microphone": False, "speaker": False, "ringer": True}
    await until(lambda: card.rung)
    playing.stop()
    assert not any(block.any() for block in card.heard)


async def test_pressed_digits_are_heard_here(card: PaperCard) -> None:
    line = Mixer(card).open_line(Steady(0))
    line.press("5")
    await until(lambda: any(block.any() for block in card.heard))
    line.close()


async def test_a_closed_mixer_has_finished_every_recording(card: PaperCard, tmp_path: Path) -> None:
    mixer = Mixer(card)
    line = mixer.open_line(Steady(1000))
    line.record(str(tmp_path / "call.ogg"), {})
    await until(lambda: len(card.heard) > 20)
    line.close()
    await mixer.close()
    assert '"complete": true' in (tmp_path / "call.ogg.json").read_text()

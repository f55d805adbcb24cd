"""Sound made shorter, longer and up, without a click."""

import numpy as np
import pytest

from tests.media.network import hum, speech
from tuiphone.media import stretch


@pytest.mark.parametrize("frequency", [90.0, 140.0, 250.0, 380.0])
def test_the_period_of_a_tone_is_a_multiple_of_its_wavelength(frequency: float) -> None:
    lag, likeness = stretch.period(hum(0.02, frequency))
    waves = lag * frequency / 48000
    assert abs(waves - round(waves)) < 0.02 * max(1, round(waves))
    assert likeness > 0.95


@pytest.mark.parametrize("change", [stretch.shorter, stretch.longer])
def test_taking_out_or_putting_in_a_period_makes_no_click(change: object) -> None:
    for start in range(0, 48000, 4800):
        block = speech(2)[start : start + 960]
        lag, likeness = stretch.period(block)
        changed = change(block, lag)  # type: ignore[operator]
        assert len(changed) == 960 + (lag if change is stretch.longer else -lag)
        assert changed[-1] == block[-1]
        assert changed[0] == block[0]
        if likeness > 0.9:
            assert np.abs(np.diff(changed.astype(int))).max() <= 1.2 * np.abs(np.diff(block.astype(int))).max() + 1


def test_a_block_too_short_to_hold_a_period_is_left_alone() -> None:
    assert stretch.period(hum(0.005)) == (0, 0.0)


def test_what_is_made_up_fades_away_and_the_seam_back_is_smooth() -> None:
    repeater = stretch.Repeater()
    sound = hum(1.0, 200)
    repeater.follow(sound[:4800])
    made = np.concatenate([repeater.make(480) for _ in range(8)])
    assert np.abs(made[:480]).max() > 7000
    assert not made[stretch.Repeater.GONE :].any()
    back = repeater.follow(sound[4800 : 4800 + 960])
    whole = np.concatenate((made, back)).astype(int)
    assert np.abs(np.diff(whole)).max() < 300


def test_silence_has_no_loudness() -> None:
    assert stretch.loudness(np.zeros(0, np.int16)) == 0
    assert stretch.loudness(np.zeros(960, np.int16)) == 0
    assert stretch.loudness(np.full(960, -100, np.int16)) == pytest.approx(100)

"""Between the card's callback and the mixer's clock: ring, resampling, and two clocks that drift."""

import numpy as np
import pytest

from tests.rigs.pulse import RATE, pitch, sine
from tuiphone.media.resample import Balance, Resampler, stretched
from tuiphone.media.ring import Ring
from tuiphone.media.stream import BLOCK, Inlet, Outlet, Stream


def test_a_ring_gives_back_what_went_in_across_its_seam() -> None:
    ring, out = Ring(10), bytearray(7)
    for number in range(20):
        data = bytes((number + place) % 256 for place in range(7))
        ring.write(memoryview(data))
        ring.read(memoryview(out))
        assert out == data
    assert ring.level == 0


def test_a_ring_told_to_keep_the_newest_lets_the_oldest_go() -> None:
    ring, out = Ring(10), bytearray(2)
    ring.write(memoryview(b"abcdefgh"))
    ring.keep(2)
    ring.read(memoryview(out))
    assert out == b"gh"


def purity(sound: np.ndarray, frequency: float, rate: int) -> float:
    """Signal to everything else, dB."""
    time = np.arange(len(sound)) / rate
    waves = np.stack([np.sin(2 * np.pi * frequency * time), np.cos(2 * np.pi * frequency * time)], axis=1)
    rest = sound - waves @ np.linalg.lstsq(waves, sound.astype(float), rcond=None)[0]
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) / np.mean(rest**2)))


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 32000, 44100, 96000])
@pytest.mark.parametrize("way", ["in", "out"])
def test_a_resampled_tone_stays_a_pure_tone(rate: int, way: str) -> None:
    if way == "in":
        resampler, source, at, blocks = Resampler(rate, RATE), tone(1000, rate), 0, []
        for _ in range(90):
            need = resampler.needed(BLOCK)
            blocks.append(resampler.process(source[at : at + need], BLOCK))
            at += need
        assert all(len(block) == BLOCK for block in blocks)
    else:
        resampler, source = Resampler(RATE, rate), tone(1000, RATE)
        blocks = [resampler.push(source[at : at + BLOCK]) for at in range(0, 90 * BLOCK, BLOCK)]
    out = np.concatenate(blocks)
    assert len(out) == pytest.approx(0.9 * (RATE if way == "in" else rate), abs=2)
    assert purity(out[1000:], 1000, RATE if way == "in" else rate) > 70


def tone(frequency: float, rate: int) -> np.ndarray:
    return np.rint(9000 * np.sin(2 * np.pi * frequency * np.arange(rate) / rate)).astype(np.int16)


def test_what_the_lower_rate_cannot_carry_is_filtered_out() -> None:
    resampler, source = Resampler(RATE, 16000), tone(15000, RATE)
    out = np.concatenate([resampler.push(source[at : at + BLOCK]) for at in range(0, 90 * BLOCK, BLOCK)])
    assert np.abs(out[500:]).max() < 90  # 40 dB below


def test_a_stretched_block_has_the_asked_length_and_the_same_sound() -> None:
    block = sine(440, 0.01)
    for samples in (BLOCK - 4, BLOCK + 4):
        longer = stretched(block, samples)
        assert len(longer) == samples
        assert longer[0] == block[0]
        assert longer[-1] == block[-1]


@pytest.mark.parametrize("ppm", [-1000, -200, 200, 1000])
def test_the_delay_of_a_card_whose_clock_drifts_stays_bounded(ppm: int) -> None:
    stream = Stream("card", RATE, 1)
    outlet, out = Outlet(stream), memoryview(bytearray(2 * BLOCK))
    block, played, levels = sine(440, 0.01), 0.0, []
    for tick in range(30000):
        outlet.write(block)
        played += 1 + ppm / 1e6
        while played >= 1:
            played -= 1
            stream.played(out, BLOCK, None, None)
        if tick > 500:
            levels.append(stream.ring.level / 2 / 48)
    assert stream.dry <= 1
    assert max(levels) < 35
    assert np.sign(outlet.balance.corrected) == np.sign(ppm)


def test_a_pile_of_old_sound_in_front_of_the_speaker_is_thrown_away() -> None:
    stream = Stream("card", RATE, 1)
    outlet, out = Outlet(stream), memoryview(bytearray(2 * BLOCK))
    for _ in range(180):  # the card stands still for 1.8 s
        outlet.write(sine(440, 0.01))
    stream.played(out, BLOCK, None, None)
    assert stream.ring.level / 2 / 48 < 20
    assert stream.dropped == 1


def test_a_speaker_that_ran_dry_has_more_in_hand_when_it_goes_on() -> None:
    stream = Stream("card", RATE, 1)
    stream.opened -= 5
    outlet, out = Outlet(stream), memoryview(bytearray(2 * BLOCK))
    loud = np.full(BLOCK, 1000, np.int16)

    def level_after_a_block() -> int:
        outlet.write(loud)
        stream.played(out, BLOCK, None, None)
        return stream.ring.level // 2

    before = level_after_a_block()
    assert before == level_after_a_block()
    while not stream.empty:
        stream.played(out, BLOCK, None, None)
    after = level_after_a_block()
    assert stream.dry == 1
    assert after == before + 240
    assert after == level_after_a_block()


def test_a_microphone_that_falls_behind_is_silent_once_and_then_steady() -> None:
    stream = Stream("mic", RATE, 1)
    inlet, block = Inlet(stream), bytes(sine(1000, 0.01).tobytes())
    quiet = []
    for tick in range(200):
        if tick != 100:  # one block comes late ...
            stream.captured(block, False)
        if tick == 101:  # ... together with the next
            stream.captured(block, False)
        quiet.append(not inlet.read().any())
    assert sum(quiet[5:]) <= 2
    assert not any(quiet[105:])


def test_a_stereo_microphone_at_another_rate_gives_a_pure_tone_in_mono_at_ours() -> None:
    stream = Stream("mic", 44100, 2)
    inlet = Inlet(stream)
    wave = tone(500, 44100)
    got = []
    for at in range(0, 44100, 441):
        stream.captured(np.repeat(wave[at : at + 441], 2).tobytes(), False)
        got.append(inlet.read())
    steady = np.concatenate(got)[4800:24000]
    assert pitch(steady) == pytest.approx(500, abs=2)
    assert purity(steady, 500, RATE) > 60


def test_a_stereo_speaker_at_another_rate_plays_a_pure_tone_on_both_sides() -> None:
    stream = Stream("speaker", 44100, 2)
    outlet, out, source = Outlet(stream), memoryview(bytearray(4 * 441)), tone(500, RATE)
    played = []
    for at in range(0, RATE, BLOCK):
        outlet.write(source[at : at + BLOCK])
        stream.played(out, 441, None, None)
        played.append(np.frombuffer(bytes(out), np.int16).reshape(-1, 2))
    steady = np.concatenate(played)[4410:20000]
    assert (steady[:, 0] == steady[:, 1]).all()
    assert purity(steady[:, 0], 500, 44100) > 60


def test_balance_aims_higher_after_running_dry_and_lower_again_when_calm() -> None:
    balance = Balance(RATE, target_ms=3, most_ms=10)
    least = balance.target
    for _ in range(5):
        balance.ran_dry()
    assert balance.target == 480
    for _ in range(Balance.WINDOW * Balance.PATIENCE * 10):
        balance.step(balance.target)
    assert balance.target == least

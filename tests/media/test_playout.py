"""The playout on a simulated clock: what packets suffer on their way, and what is heard all the same."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from tests.media.network import TONE, Arrival, Run, packets, speech, stream
from tuiphone.media import opus
from tuiphone.media.playout import LONGEST_MS, PACKETS, Playout

SECONDS = 20


def under_way(*, jitter_ms: float = 0.0, loss: float = 0.0, seed: int = 1) -> Callable[[int], float | None]:
    """20 ms, a random part more, and some packets that never come."""
    chance = random.Random(seed)
    return lambda _: None if chance.random() < loss else 0.02 + chance.uniform(0, jitter_ms / 1000)


def stall(begin: float, length: float) -> Callable[[int], float]:
    """The network stands still once, then lets go of all it held."""

    def delay(index: int) -> float:
        at = index * 0.02
        return 0.02 + (begin + length - at if begin <= at < begin + length else 0)

    return delay


def is_hum(sound: np.ndarray) -> bool:
    """The tone that was sent, at its pitch, as loud, and without a gap."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    loudest = float(np.argmax(spectrum)) * 48000 / len(sound)
    tenths = sound[: len(sound) // 4800 * 4800].astype(float).reshape(-1, 4800)
    quietest = np.sqrt((tenths**2).mean(axis=1)).min()
    return abs(loudest - TONE) < 5 and quietest > 3000 and np.abs(sound).max() < 10500


def test_sound_on_a_quiet_network_comes_out_as_it_went_in() -> None:
    run = Run(stream(packets()), SECONDS)
    assert is_hum(run.sound[48000:])
    assert run.playout.counters.concealed == 0
    assert run.playout.pace.shortened == run.playout.pace.lengthened == 0


def test_delay_on_a_quiet_network_is_a_frame_and_a_half() -> None:
    run = Run(stream(packets()), SECONDS)
    assert run.delay(1, SECONDS).max() <= 40
    assert run.playout.pace.wait_ms <= 40


def test_every_read_gives_exactly_what_was_asked_for() -> None:
    playout = Playout(clock=lambda: 0.0)
    for number, payload in enumerate(packets()[:20]):
        playout.push("opus", 1, number, number * 960, payload)
    sizes = [1, 7, 480, 441, 960, 5000, 0, 480]
    assert [len(playout.read(size)) for size in sizes] == sizes


def test_before_the_first_packet_there_is_silence() -> None:
    assert not Playout().read(480).any()


def test_jitter_is_waited_for_and_nothing_is_lost() -> None:
    run = Run(stream(packets(), delay=under_way(jitter_ms=30)), SECONDS)
    assert np.median(run.delay(5, SECONDS)) < 70
    assert run.playout.counters.concealed < 48 * 60
    assert is_hum(run.sound[5 * 48000 :])


def test_delay_grows_no_further_than_the_jitter() -> None:
    calm = Run(stream(packets(), delay=under_way(jitter_ms=5)), SECONDS)
    rough = Run(stream(packets(), delay=under_way(jitter_ms=60)), SECONDS)
    assert calm.delay(5, SECONDS).max() < 50
    assert 60 < np.median(rough.delay(5, SECONDS)) < 110


def test_lost_packets_do_not_add_delay() -> None:
    run = Run(stream(packets(kind="speech"), delay=under_way(loss=0.05, jitter_ms=5)), SECONDS)
    assert run.delay(1, SECONDS).max() < 50
    counters = run.playout.counters
    assert 0.03 < counters.lost / SECONDS / 50 < 0.08
    assert counters.concealed + counters.recovered == counters.lost * 960


def test_lost_frames_come_out_of_the_copy_in_the_next_packet() -> None:
    run = Run(stream(packets(kind="speech"), delay=under_way(loss=0.05)), SECONDS)
    assert run.playout.counters.recovered > run.playout.counters.concealed


def test_without_copies_all_loss_is_concealed() -> None:
    run = Run(stream(packets("PCMU"), codec="PCMU", delay=under_way(loss=0.05)), SECONDS)
    counters = run.playout.counters
    assert counters.recovered == 0
    assert counters.concealed == counters.lost * 960 > 0
    assert is_hum(run.sound[48000:])


def test_a_lost_frame_of_speech_comes_back_as_it_was() -> None:
    at = round((116 * 0.02 + 0.02 + 0.03) * 48000)
    whole = Run(stream(packets(kind="speech")), 4).sound[at : at + 960].astype(float)
    mended = Run(stream(packets(kind="speech"), delay=lambda n: None if n == 116 else 0.02), 4)
    error = whole - mended.sound[at : at + 960]
    assert (whole**2).sum() > 30 * (error**2).sum()


def test_a_lost_frame_without_copy_is_not_heard_as_a_gap() -> None:
    run = Run(stream(packets("PCMU"), codec="PCMU", delay=lambda n: None if n == 100 else 0.02), 4)
    at = round((100 * 0.02 + 0.02 + 0.03) * 48000)
    during = run.sound[at - 480 : at + 1440].astype(float).reshape(-1, 240)
    assert np.sqrt((during**2).mean(axis=1)).min() > 2500
    assert np.abs(np.diff(run.sound[48000:].astype(int))).max() < 1000, "a click"


def test_after_a_stall_the_delay_is_given_back_within_five_seconds() -> None:
    run = Run(stream(packets(kind="speech"), delay=stall(8, 0.3)), SECONDS)
    before = np.median(run.delay(5, 8))
    assert run.delay(8.3, 8.6).max() > before + 150
    assert run.delay(13.3, SECONDS).max() < before + 40
    assert run.playout.counters.late == 0


def test_a_long_stall_costs_words_and_not_delay() -> None:
    run = Run(stream(packets(kind="speech"), delay=stall(8, 0.9)), SECONDS)
    before = np.median(run.delay(5, 8))
    assert run.delay(8.9, SECONDS).max() < LONGEST_MS + 30
    assert run.delay(13.9, SECONDS).max() < before + 40
    assert run.playout.counters.late > 0


def test_stalls_that_keep_coming_are_waited_for() -> None:
    def delay(index: int) -> float:
        at = index * 0.02 % 1.0
        return 0.02 + max(0.0, 0.1 - at)

    run = Run(stream(packets(), delay=delay), SECONDS)
    assert run.delay(10, SECONDS).min() > 90
    assert is_hum(run.sound[10 * 48000 :])


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_clock_that_drifts_is_followed(ppm: int) -> None:
    run = Run(stream(packets(seconds=200), frame_s=0.02 / (1 + ppm / 1e6)), 190)
    assert run.delay(5, 190).min() > 10
    assert run.delay(5, 190).max() < 55
    changed = run.playout.pace.shortened if ppm > 0 else run.playout.pace.lengthened
    assert changed > 48 * 15
    assert run.playout.counters.concealed == 0


def test_what_nobody_has_to_spare_is_not_given_back() -> None:
    run = Run(stream(packets(kind="speech"), delay=lambda n: 0.02 if n < 400 else 0.12), 9.5)
    assert run.playout.pace.shortened == 0
    assert run.playout.counters.concealed < 48 * 90


def test_a_longer_way_becomes_the_new_measure() -> None:
    run = Run(stream(packets(), delay=lambda n: 0.02 if n < 400 else 0.14), SECONDS)
    assert run.playout.pace.wait_ms < 45
    assert run.delay(15, SECONDS).max() < 45


def test_reordered_packets_are_played_in_order() -> None:
    run = Run(stream(packets(), delay=lambda n: 0.045 if n % 10 == 3 else 0.02), SECONDS)
    assert run.playout.counters.lost == 0
    assert run.playout.counters.late <= 1
    assert is_hum(run.sound[48000:])


def test_doubled_packets_are_played_once() -> None:
    doubles = stream(packets(), delay=lambda n: 0.03 if n % 2 else 0.2)
    run = Run(stream(packets()) + doubles, SECONDS)
    assert run.playout.counters.lost == run.playout.counters.late == run.playout.counters.concealed == 0
    assert is_hum(run.sound[48000:])


def test_numbers_that_wrap_around_are_not_noticed() -> None:
    run = Run(stream(packets(), sequence=65300, timestamp=(1 << 32) - 480000), SECONDS)
    assert run.playout.counters.lost == run.playout.counters.concealed == 0
    assert is_hum(run.sound[48000:])


def test_a_pause_of_the_sender_is_neither_loss_nor_delay() -> None:
    before, after = packets()[:300], packets()[300:]
    later = stream(after, sequence=1300, timestamp=5000 + 300 * 960 + 3 * 48000, begin=9.0)
    run = Run(stream(before) + later, SECONDS)
    assert not run.sound[(7 * 48000) : round(8.9 * 48000)].any()
    assert run.playout.counters.concealed < 48 * 60
    assert run.delay(9.2, SECONDS).max() < 45
    assert is_hum(run.sound[10 * 48000 : 19 * 48000])


def test_a_sender_that_keeps_quiet_in_pauses_is_played_without_a_gap() -> None:
    """Opus with DTX: in silence a packet comes only every 400 ms, with the next number."""
    encoder = opus.Encoder()
    encoder._set(opus._SET_DTX, 1)
    sound = speech(SECONDS)
    sound[5 * 48000 : 10 * 48000] = np.random.default_rng(1).normal(0, 60, 5 * 48000)
    arrivals, quiet = [], 0
    for index in range(SECONDS * 50):
        payload = encoder.encode(sound[index * 960 : index * 960 + 960])
        quiet = quiet + 1 if len(payload) <= 2 else 0
        if quiet % 20 < 2:
            at = index * 0.02 + 0.02
            arrivals.append(Arrival(at, index, sequence=len(arrivals), timestamp=index * 960, payload=payload))
    encoder.close()
    assert len(arrivals) < SECONDS * 50 - 150
    run = Run(arrivals, SECONDS)
    assert run.playout.counters.lost == run.playout.counters.late == 0
    assert run.playout.counters.concealed < 48 * 60
    assert run.delay(1, SECONDS).max() < 45
    assert np.abs(run.sound[round(10.1 * 48000) : 11 * 48000]).max() > 5000
    pause = run.sound[7 * 48000 : 9 * 48000].reshape(-1, 960)
    assert pause.any(axis=1).all(), "the noise of the room comes and goes"


def test_a_sender_whose_time_stood_still_is_not_played_late() -> None:
    later = stream(packets()[300:], sequence=1300, timestamp=5000 + 300 * 960, begin=9.0)
    run = Run(stream(packets()[:300]) + later, SECONDS)
    assert run.delay(9.2, SECONDS).max() < 45
    assert is_hum(run.sound[10 * 48000 : 19 * 48000])


@pytest.mark.parametrize("jump", [-5 * 48000, 5 * 48000], ids=["back", "ahead"])
def test_timestamps_that_jump_begin_anew(jump: int) -> None:
    later = stream(packets()[300:], sequence=1300, timestamp=5000 + 300 * 960 + jump, begin=6.0)
    run = Run(stream(packets()[:300]) + later, SECONDS)
    assert is_hum(run.sound[round(6.2 * 48000) : 19 * 48000])
    assert run.delay(6.2, SECONDS).max() < 45


@pytest.mark.parametrize("jump", [-20000, 20000], ids=["back", "ahead"])
def test_sequence_numbers_that_jump_begin_anew(jump: int) -> None:
    later = stream(packets()[300:], sequence=(1300 + jump) % 65536, timestamp=5000 + 300 * 960, begin=6.0)
    run = Run(stream(packets()[:300]) + later, SECONDS)
    assert run.playout.counters.lost == 0
    assert is_hum(run.sound[round(6.2 * 48000) : 19 * 48000])


def test_another_source_takes_over_and_the_old_one_is_left_out() -> None:
    new = stream(packets(), source=2, sequence=7, timestamp=99, begin=5.0)
    stragglers = stream(packets()[250:320], sequence=1250, timestamp=5000 + 250 * 960, begin=5.005)
    run = Run(stream(packets()[:250]) + stragglers + new, SECONDS)
    assert is_hum(run.sound[round(5.1 * 48000) :])
    assert run.playout.counters.lost == 0


def test_another_codec_takes_over() -> None:
    new = stream(packets("PCMU"), codec="PCMU", sequence=1250, timestamp=77, begin=5.0)
    run = Run(stream(packets()[:250]) + new, SECONDS)
    assert run.playout.codec == "PCMU"
    assert is_hum(run.sound[6 * 48000 :])


def test_a_mixer_that_stood_still_is_not_left_behind() -> None:
    run = Run(stream(packets()), SECONDS, reading=lambda at: 0 if 8 <= at < 8.4 else 1)
    assert run.delay(13.5, SECONDS).max() < 70
    run = Run(stream(packets()), SECONDS, reading=lambda at: 0 if 8 <= at < 14 else 1)
    assert run.delay(14.2, SECONDS).max() < 45


def test_damaged_packets_are_left_out() -> None:
    good = stream(packets())
    bad = [
        Arrival(arrival.at, 10**6, sequence=arrival.sequence, timestamp=arrival.timestamp, payload=b"\xff" * size)
        for size, arrival in enumerate(good[::40])
    ]
    run = Run([a for a in good if a.order % 40] + bad, SECONDS)
    assert is_hum(run.sound[48000:])


def test_memory_stays_bounded_whatever_arrives() -> None:
    chance = random.Random(5)
    now = 0.0
    playout = Playout(clock=lambda: now)
    payload = packets()[0]
    for _ in range(20000):
        now += chance.choice((0.0, 0.0001, 0.02))
        step = chance.choice((1, 1, 1, 2, 40, 30000))
        playout.push("opus", chance.choice((1, 1, 1, 2)), step * 7 % 65536, chance.randrange(1 << 32), payload)
        if chance.random() < 0.3:
            assert len(playout.read(480)) == 480
        assert len(playout._packets) <= PACKETS
        assert len(playout._ready) < 48000


def test_a_flood_between_two_reads_is_bounded() -> None:
    playout = Playout(clock=lambda: 0.0)
    playout.read(480)
    for number in range(5000):
        playout.push("opus", 1, number, 0, packets()[0])
    assert len(playout._packets) <= PACKETS
    assert len(playout.read(480)) == 480


def test_a_closed_playout_is_silent() -> None:
    playout = Playout(clock=lambda: 0.0)
    playout.push("opus", 1, 1, 1, packets()[0])
    playout.close()
    playout.close()
    playout.push("opus", 1, 2, 961, packets()[1])
    assert not playout.read(4800).any()


def test_jitter_is_the_one_of_rfc_3550() -> None:
    run = Run(stream(packets(), delay=lambda n: 0.02 + (0.008 if n % 2 else 0)), SECONDS)
    assert run.playout.jitter_ms == pytest.approx(8, abs=0.5)


def test_loss_is_that_of_the_last_seconds() -> None:
    run = Run(stream(packets(), delay=lambda n: None if n < 400 and n % 10 == 5 else 0.02), 7.9)
    assert run.playout.loss_percent == pytest.approx(10, abs=2)
    run = Run(stream(packets(), delay=lambda n: None if n < 400 and n % 10 == 5 else 0.02), SECONDS)
    assert run.playout.loss_percent == 0
    assert run.playout.counters.lost == 40

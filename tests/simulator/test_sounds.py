"""What robots say and hear, without a network, frame by frame."""

import asyncio
import time
from collections import deque
from importlib.resources import files

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame, VideoFrame

from tuiphone.simulator.loopback import is_reachable
from tuiphone.simulator.speech import GREETING, REPLIES, Voice, phrase
from tuiphone.simulator.tracks import FRAME_SAMPLES, RATE_HZ, Echo, Pattern, Sound, ToMono, Tone

SILENT = np.zeros(FRAME_SAMPLES, np.int16)
LOUD = (8_000 * np.sin(np.arange(FRAME_SAMPLES) / 20)).astype(np.int16)


def play(sound: Sound, seconds: float, heard: np.ndarray | None = SILENT) -> np.ndarray:
    """What a sound sends in that time while it hears the same frame again and again, or nothing."""
    sent = []
    for _ in range(round(seconds * 50)):
        if heard is not None:
            sound.hear(heard)
        sent.append(sound.next_samples())
        sound.played_samples += FRAME_SAMPLES
    return np.concatenate(sent)


def loud_at(samples: np.ndarray) -> list[int]:
    """The numbers of the frames that are not silent."""
    return [number for number, frame in enumerate(samples.reshape(-1, FRAME_SAMPLES)) if np.abs(frame).max() > 50]


def test_an_echo_comes_exactly_one_second_later() -> None:
    sent = np.concatenate([play(echo := Echo(), 0.02, LOUD), play(echo, 2)])
    assert loud_at(sent) == [50]
    assert np.array_equal(sent[RATE_HZ : RATE_HZ + FRAME_SAMPLES], LOUD)


def test_an_echo_heard_once_is_not_repeated_for_ever() -> None:
    play(echo := Echo(), 0.1, LOUD)
    play(echo, 1.2)
    assert loud_at(play(echo, 6, None)) == []


def test_an_echo_keeps_its_delay_over_a_pause_in_what_it_hears() -> None:
    play(echo := Echo(), 0.5, LOUD)
    play(echo, 3, None)
    sent = np.concatenate([play(echo, 0.02, LOUD), play(echo, 2)])
    assert loud_at(sent) == [50]


def test_an_echo_flooded_with_sound_does_not_fall_behind() -> None:
    echo = Echo()
    for _ in range(5_000):
        echo.hear(LOUD)
    play(echo, 2.5, None)
    sent = np.concatenate([play(echo, 0.02, LOUD), play(echo, 2)])
    assert loud_at(sent) == [50]


def test_a_tone_has_its_pitch_and_no_seams() -> None:
    sent = play(Tone(440), 2).astype(float)
    assert np.abs(np.fft.rfft(sent)).argmax() / 2 == 440
    assert np.abs(np.diff(sent)).max() < 8_000 * 2 * np.pi * 440 / RATE_HZ + 2


@pytest.mark.parametrize("name", [GREETING, *REPLIES])
def test_every_phrase_is_in_the_package_and_can_be_heard(name: str) -> None:
    samples = phrase(name)
    assert 0.5 < samples.size / RATE_HZ < 8
    assert np.abs(samples).max() > 8_000
    assert samples.size % FRAME_SAMPLES == 0


def test_the_sounds_are_small_enough_to_ship() -> None:
    sizes = [len(file.read_bytes()) for file in (files("tuiphone.simulator") / "sounds").iterdir()]
    assert sum(sizes) < 150_000


def greeted() -> Voice:
    voice = Voice()
    assert loud_at(play(voice, 8))
    return voice


def test_a_voice_greets_once_and_then_listens() -> None:
    assert loud_at(play(greeted(), 10)) == []


def test_a_voice_answers_when_the_other_has_stopped_and_not_before() -> None:
    voice = greeted()
    assert loud_at(play(voice, 1, LOUD)) == []
    answer = loud_at(play(voice, 5))
    assert 25 <= answer[0] <= 50
    assert voice.replies == 1
    assert loud_at(play(voice, 10)) == []


def test_a_voice_answers_when_the_others_packets_stop() -> None:
    voice = greeted()
    play(voice, 1, LOUD)
    assert loud_at(play(voice, 5, None))


def test_a_voice_does_not_answer_a_click() -> None:
    voice = greeted()
    for _ in range(20):
        play(voice, 0.04, LOUD)
        assert loud_at(play(voice, 1)) == []


def test_a_voice_hears_words_end_in_a_noisy_room() -> None:
    voice = greeted()
    noise = np.random.default_rng(1).normal(0, 1_200, FRAME_SAMPLES).astype(np.int16)
    play(voice, 20, noise)
    before = voice.replies
    assert before <= 1, "one for the beginning of the noise"
    play(voice, 1, LOUD)
    play(voice, 5, noise)
    assert voice.replies == before + 1


def test_a_voice_does_not_answer_its_own_echo() -> None:
    voice = greeted()
    play(voice, 1, LOUD)
    on_the_way = deque([SILENT] * 32)
    for _ in range(1_000):
        on_the_way.append(play(voice, 0.02, on_the_way.popleft()))
    assert voice.replies == 1


def test_a_voice_has_a_new_reply_each_time() -> None:
    voice = greeted()
    replies = []
    for _ in REPLIES:
        play(voice, 1, LOUD)
        replies.append(play(voice, 6).tobytes())
    assert len(set(replies)) == len(REPLIES)


@pytest.mark.parametrize(("layout", "rate_hz"), [("mono", 8_000), ("stereo", 48_000), ("mono", 16_000)])
def test_received_sound_of_any_kind_becomes_mono_at_48_khz(layout: str, rate_hz: int) -> None:
    to_mono = ToMono()
    channels = 2 if layout == "stereo" else 1
    heard = []
    for number in range(50):
        moments = (np.arange(rate_hz // 50) + number * rate_hz // 50) / rate_hz
        samples = (8_000 * np.sin(2 * np.pi * 300 * moments)).astype(np.int16).repeat(channels)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate_hz
        frame.pts = number * rate_hz // 50
        heard.append(to_mono(frame))
    sound = np.concatenate(heard).astype(float)
    assert 0.9 * RATE_HZ < sound.size <= RATE_HZ
    assert np.abs(np.fft.rfft(sound)).argmax() * RATE_HZ / sound.size == pytest.approx(300, abs=2)


def test_a_peer_may_change_its_codec_in_the_call() -> None:
    to_mono = ToMono()
    for rate_hz in (48_000, 8_000, 16_000, 48_000):
        heard = 0
        for number in range(25):
            frame = AudioFrame(format="s16", layout="mono", samples=rate_hz // 50)
            frame.sample_rate, frame.pts = rate_hz, number * rate_hz // 50
            heard += to_mono(frame).size
        assert heard == pytest.approx(RATE_HZ // 2, rel=0.05)


@pytest.mark.parametrize(("track", "per_s"), [(Tone(440), 50), (Pattern(), 15)])
async def test_frames_are_paced_and_stamped(track: MediaStreamTrack, per_s: int) -> None:
    start = time.monotonic()
    frames = [await track.recv() for _ in range(per_s // 2 + 1)]
    assert time.monotonic() - start > (per_s // 2) / per_s - 0.06
    stamps = []
    for frame in frames:
        assert isinstance(frame, AudioFrame | VideoFrame)
        assert frame.pts is not None
        assert frame.time_base is not None
        stamps.append(float(frame.pts * frame.time_base))
    assert np.diff(stamps) == pytest.approx(1 / per_s)


async def test_a_stall_is_not_made_up_for_in_a_burst() -> None:
    tone = Tone(440)
    await tone.recv()
    time.sleep(0.7)  # noqa: ASYNC251  the stall of the loop is what this is about
    start = time.monotonic()
    for _ in range(11):
        await tone.recv()
    assert time.monotonic() - start > 0.15
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("candidate", "reachable"),
    [
        ("candidate:1 1 udp 2122194687 127.0.0.1 34913 typ host", True),
        ("a=candidate:1 1 UDP 2122194687 127.0.0.1 34913 typ host generation 0", True),
        ("candidate:1 1 udp 2122194687 192.0.2.10 34913 typ host", False),
        ("candidate:1 1 udp 2122194687 203.0.113.9 34913 typ srflx raddr 127.0.0.1 rport 9", False),
        ("candidate:1 1 tcp 2122194687 127.0.0.1 9 typ host tcptype active", False),
        ("candidate:1 1 udp 2122194687 6ba9f1a2.local 34913 typ host", False),
        ("candidate:1 1 udp 2122194687 ::1 34913 typ host", False),
        ("candidate:1 1 udp 2122194687 127.0.0.1", False),
        ("", False),
    ],
)
def test_only_candidates_of_this_machine_are_reachable(candidate: str, reachable: bool) -> None:
    assert is_reachable(candidate) is reachable

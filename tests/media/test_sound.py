"""The sound card, for real: a PulseAudio with null sinks on the other side of PortAudio."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rigs.pulse import RATE, Card, loudness, pitch, sine, strength
from tuiphone.core.events import SoundChanged
from tuiphone.media import sound as sound_module
from tuiphone.media.mixer import Line, Mixer
from tuiphone.media.port import HANGS, Port
from tuiphone.media.portaudio import PortAudio, portaudio
from tuiphone.media.resample import Samples
from tuiphone.media.sound import CARD_GONE, NO_CARD, SWITCHED_OFF, Sound
from tuiphone.media.stream import Stream
from tuiphone.media.tones import Tone


def nobody() -> Tone:
    return Tone(np.zeros(RATE, np.int16))


async def until(true: Callable[[], object], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def sent(line: Line, seconds: float) -> Samples:
    """What the line hands to its sender, asked every 20 ms as a sender does."""
    loop = asyncio.get_running_loop()
    start, blocks = loop.time(), []
    for number in range(round(seconds * 50)):
        await asyncio.sleep(max(0.0, start + number * 0.02 - loop.time()))
        blocks.append(line.microphone(960))
    return np.concatenate(blocks)


async def heard(card: Card, seconds: float = 0.6, *, sink: str = "speaker") -> Samples:
    return await asyncio.to_thread(card.listen, seconds, sink=sink)


async def hears(card: Card, frequency: float, *, sink: str = "speaker") -> None:
    """This pitch comes out before long: tests share their machine, and a busy one drops a block now and then."""
    deadline, pitches = time.monotonic() + 20, []
    while time.monotonic() < deadline:
        got = await heard(card, 0.5, sink=sink)
        pitches.append(pitch(got))
        if pitches[-1] == pytest.approx(frequency, rel=0.01) and loudness(got) > 0.15:
            return
    pytest.fail(f"heard {pitches} and not {frequency} Hz")


async def falls_silent(card: Card, *, sink: str = "speaker") -> None:
    """Nothing comes out any more, once what is under way in the card has run out."""
    deadline = time.monotonic() + 20
    while loudness(await heard(card, 0.3, sink=sink)) > 0.0005:
        assert time.monotonic() < deadline, "it is still heard"


async def sends(line: Line, frequency: float) -> Samples:
    """The same for what goes out; returns half a second of it."""
    deadline, pitches = time.monotonic() + 20, []
    while time.monotonic() < deadline:
        got = await sent(line, 0.5)
        pitches.append(pitch(got))
        if pitches[-1] == pytest.approx(frequency, rel=0.01) and loudness(got) > 0.15:
            return got
    pytest.fail(f"sent {pitches} and not {frequency} Hz")


async def flowing(sound: Sound, *names: str) -> None:
    await until(lambda: set(names) <= set(sound.stats()))


async def test_what_is_spoken_into_the_microphone_reaches_the_sender_at_the_same_pitch(
    sound_card: Card, sound: Sound
) -> None:
    line = Mixer(sound).open_line(nobody())
    line.started = True
    sound_card.play(sine(440, 5))
    await flowing(sound, "microphone")
    got = await sends(line, 440)
    line.close()
    assert np.abs(got).max() / 32768 == pytest.approx(0.3, abs=0.02)


async def test_the_far_side_comes_out_of_the_speaker_at_the_same_pitch(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    await hears(sound_card, 700)
    line.close()


async def test_two_calls_are_heard_at_once(sound_card: Card, sound: Sound) -> None:
    mixer = Mixer(sound)
    lines = [mixer.open_line(Tone(sine(frequency, 1))) for frequency in (500, 900)]
    await flowing(sound, "speaker")
    for _ in range(40):
        got = await heard(sound_card, 0.3)
        if min(strength(got, 500), strength(got, 900)) > 0.15:
            break
    else:
        pytest.fail("never both")
    for line in lines:
        line.close()


@pytest.mark.parametrize("how", ["muted", "held"])
async def test_muted_and_held_calls_send_silence(sound_card: Card, sound: Sound, how: str) -> None:
    line = Mixer(sound).open_line(nobody())
    line.started = True
    sound_card.play(sine(440, 8))
    await until(lambda: line.microphone_level > 0.2)
    setattr(line, how, True)
    await until(lambda: line.microphone_level == 0)
    for _ in range(10):
        if loudness(await sent(line, 0.4)) == 0:
            break
    else:
        pytest.fail("sound is still sent")
    setattr(line, how, False)
    await sends(line, 440)
    line.close()


async def test_a_held_call_is_not_heard(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    await hears(sound_card, 700)
    line.held = True
    await until(lambda: line.far_level == 0)
    await falls_silent(sound_card)
    line.close()


async def test_the_microphone_stays_closed_until_a_call_is_answered(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(nobody())
    await flowing(sound, "speaker")
    assert "microphone" not in sound.stats()
    line.started = True
    await flowing(sound, "microphone")
    line.close()


async def test_streams_are_closed_a_while_after_the_last_use(
    sound_card: Card, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_module, "LINGER_S", 0.4)
    line = Mixer(sound).open_line(nobody())
    await flowing(sound, "speaker")
    line.close()
    assert sound.stats()
    await until(lambda: not sound.stats())


async def test_closing_while_a_stream_is_being_opened_leaves_none_open(
    sound_card: Card, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, begun = portaudio(), threading.Event()
    right_away = library.open

    def slowly(name: str | None, *, capture: bool, latency_s: float) -> Stream:
        begun.set()
        time.sleep(0.1)
        return right_away(name, capture=capture, latency_s=latency_s)

    monkeypatch.setattr(library, "open", slowly)
    sound.want(microphone=True, speaker=True, ringer=False)
    await until(begun.is_set)
    await sound.close()
    await asyncio.wrap_future(library.run(lambda: None))
    assert library.streams == 0


async def test_the_ringer_has_a_device_of_its_own_when_it_is_given_one(sound_card: Card) -> None:
    sound = Sound(lambda change: None, ringer="bell")
    mixer = Mixer(sound)
    line = mixer.open_line(Tone(sine(500, 1)))
    ring = mixer.play(Tone(sine(900, 1)), device="ringer")
    await asyncio.gather(hears(sound_card, 500), hears(sound_card, 900, sink="second"))
    ring.stop()
    line.close()
    await sound.close()


async def test_a_ringer_that_is_switched_off_is_not_heard_on_the_speaker(sound_card: Card) -> None:
    sound = Sound(lambda change: None, ringer="none")
    mixer = Mixer(sound)
    line = mixer.open_line(Tone(sine(500, 1)))
    ring = mixer.play(Tone(sine(900, 1)), device="ringer")
    await hears(sound_card, 500)
    assert strength(await heard(sound_card), 900) < 0.01
    ring.stop()
    line.close()
    await sound.close()


async def test_a_device_is_used_by_its_name(sound_card: Card, news: list[SoundChanged]) -> None:
    sound = Sound(news.append, microphone="desk_mic", speaker="bell")
    line = Mixer(sound).open_line(Tone(sine(800, 1)))
    await hears(sound_card, 800, sink="second")
    line.close()
    await sound.close()
    assert news[-1] == SoundChanged("desk_mic", "bell")


async def test_the_default_stands_in_for_a_device_that_is_not_there(sound_card: Card, news: list[SoundChanged]) -> None:
    sound = Sound(news.append, speaker="Jabra 9000")
    await sound.look()
    await sound.close()
    sentence = "There is no speaker 'Jabra 9000'. See `tuiphone devices`. Until then 'default' is used as speaker."
    assert news == [SoundChanged("default", "default", sentence)]


async def test_other_devices_can_be_chosen_during_a_call(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(Tone(sine(600, 1)))
    await flowing(sound, "speaker")
    await sound.choose(speaker="bell")
    await hears(sound_card, 600, sink="second")
    await falls_silent(sound_card)
    line.close()


@pytest.mark.parametrize("refused", [{"samplerate": 48000}, {"channels": 1}], ids=["48 kHz", "mono"])
async def test_a_card_that_refuses_our_format_is_used_in_its_own(
    sound_card: Card, sound: Sound, monkeypatch: pytest.MonkeyPatch, refused: dict[str, int]
) -> None:
    import sounddevice

    for name in ("RawInputStream", "RawOutputStream"):
        kind = getattr(sounddevice, name)

        def picky(kind: type = kind, **wishes: object) -> object:
            if refused.items() <= wishes.items():
                raise sounddevice.PortAudioError("Error opening stream", -9997)
            return kind(**wishes)

        monkeypatch.setattr(sounddevice, name, picky)
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    line.started = True
    sound_card.play(sine(440, 8))
    await hears(sound_card, 700)
    await sends(line, 440)
    rates = {stats.rate for stats in sound.stats().values()}
    line.close()
    assert rates == ({44100} if "samplerate" in refused else {48000})


async def test_a_card_pulled_out_makes_the_call_silent_and_back_in_it_sounds_again(
    own_card: Card, sound: Sound, news: list[SoundChanged]
) -> None:
    await asyncio.to_thread(own_card.plug)
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    line.started = True
    await flowing(sound, "speaker", "microphone")
    own_card.unplug()
    await until(lambda: news[-1] == SoundChanged(None, None, CARD_GONE))
    # The call's clock goes on: the sender still gets its samples, and the far side is still read.
    assert len(await sent(line, 0.5)) == RATE // 2
    assert line.far_level > 0.2
    await asyncio.to_thread(own_card.plug)
    await hears(own_card, 700)
    line.close()
    assert news[-1] == SoundChanged("default", "default")


async def test_a_server_that_ends_before_the_first_block_leaves_nothing_running_wild(
    own_card: Card, sound: Sound, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.rigs.pulse.DRAIN_S", 0.3)
    for _ in range(3):
        await asyncio.to_thread(own_card.plug)
        sound.want(microphone=True, speaker=True, ringer=False)
        await flowing(sound, "microphone", "speaker")
        await until(lambda: sound.stats()["speaker"].blocks > 2)
        own_card.unplug()
        await until(lambda: not sound.stats())
    await sound.close()
    await until(lambda: portaudio().streams == 0)
    # Running wild it writes that much in a tenth of a second, and goes on; until it is closed it may complain a while.
    assert len(capfd.readouterr().err) < 5_000_000


async def test_a_sound_system_that_hangs_is_told_of_and_the_call_goes_on(
    sound_card: Card, news: list[SoundChanged], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, release, closed = PortAudio(), threading.Event(), list[Stream]()

    def hang(name: str | None, *, capture: bool, latency_s: float) -> Stream:
        release.wait(20)
        return Stream("slow", RATE, 1)

    monkeypatch.setattr(library, "open", hang)
    monkeypatch.setattr(library, "close", closed.append)
    monkeypatch.setattr(sound_module, "portaudio", lambda: library)
    monkeypatch.setattr("tuiphone.media.port.HANGS_S", 0.2)
    sound = Sound(news.append)
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    await until(lambda: news and news[-1].problem == HANGS)
    assert line.far_level > 0.2
    line.close()
    await sound.close()
    release.set()
    await until(lambda: closed)  # what opens when nobody waits for it any more


async def test_a_card_that_hangs_while_it_is_closed_is_left_alone_and_silenced(monkeypatch: pytest.MonkeyPatch) -> None:
    library, release, gagged = PortAudio(), threading.Event(), list[bool]()
    monkeypatch.setattr(library, "close", lambda stream: release.wait(20))
    monkeypatch.setattr(library, "gag", lambda: gagged.append(True))
    monkeypatch.setattr("tuiphone.media.port.HANGS_S", 0.1)
    port = Port(None, capture=False)
    port.stream = Stream("stuck", RATE, 1)
    await port.close(library)
    release.set()
    assert gagged
    assert port.stream is None


def test_a_silenced_process_prints_no_more() -> None:
    code = "import os; from tuiphone.media.portaudio import PortAudio; PortAudio.gag(); os.write(2, b'spam')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True)
    assert done.stderr == b""


async def test_without_a_card_a_call_is_silent_and_says_so(
    own_card: Card, sound: Sound, news: list[SoundChanged]
) -> None:
    await sound.look()
    assert news == [SoundChanged(None, None, NO_CARD)]
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    line.started = True
    got = await sent(line, 0.3)
    line.close()
    assert loudness(got) == 0
    assert len(news) == 1


async def test_a_card_that_comes_while_nobody_calls_is_noticed(
    own_card: Card, sound: Sound, news: list[SoundChanged], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_module, "LOOK_S", 0.5)
    await sound.look()
    await asyncio.to_thread(own_card.plug)
    await until(lambda: news[-1].problem is None)
    assert news[0].problem == NO_CARD
    assert news[-1].microphone is not None
    assert news[-1].speaker is not None


async def test_a_speaker_that_often_runs_dry_gets_a_larger_buffer(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    await flowing(sound, "speaker")
    stream = sound._ports["speaker"].stream
    assert stream is not None
    stream.xruns += 10
    await until(lambda: [stats.latency_ms for stats in sound.stats().values()] == [40])
    await hears(sound_card, 700)
    line.close()


async def test_a_null_sink_that_stands_still_at_first_leaves_no_delay_behind(
    own_card: Card, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.rigs.pulse.DRAIN_S", 0.0)
    await asyncio.to_thread(own_card.plug)
    line = Mixer(sound).open_line(Tone(sine(700, 1)))
    await flowing(sound, "speaker")
    await until(lambda: sound.stats()["speaker"].dropped > 0)
    await asyncio.sleep(0.3)
    await until(lambda: sound.stats()["speaker"].waiting_ms < 60)
    line.close()


def test_sound_can_be_switched_off(tmp_path: Path) -> None:
    assert told_in_a_process({"TUIPHONE_SOUND": "none"}, "") == f"None None {SWITCHED_OFF}"


def test_without_portaudio_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    hide = "import ctypes.util; ctypes.util.find_library = lambda name: None"
    told = told_in_a_process({}, hide)
    assert told.startswith("None None PortAudio is missing: calls are silent.")
    assert "apt install libportaudio2" in told


def told_in_a_process(env: dict[str, str], first: str) -> str:
    """What Sound tells at the start of a process of its own."""
    code = f"""
{first}
import asyncio
from tuiphone.media.sound import Sound
async def main():
    sound = Sound(lambda change: print(change.microphone, change.speaker, change.problem))
    await sound.look()
    sound.want(microphone=True, speaker=True, ringer=False)
    await asyncio.sleep(0.3)
    await sound.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout.strip()

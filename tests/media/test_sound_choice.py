"""Choosing sound devices in a call: what stays is not interrupted, what is new is found, what had gone comes back."""

import asyncio
import subprocess

import pytest

from tests.media.test_sound import falls_silent, flowing, hears, sends, until
from tests.rigs.pulse import Card, sine
from tuiphone.core.errors import MediaError
from tuiphone.core.events import SoundChanged
from tuiphone.media import sound as sound_module
from tuiphone.media.devices import Devices, list_devices
from tuiphone.media.mixer import Mixer
from tuiphone.media.port import Port
from tuiphone.media.portaudio import portaudio
from tuiphone.media.sound import Sound
from tuiphone.media.tones import Tone


class Bell:
    """A second speaker that is pulled out and plugged in while the card's other devices stay."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._file = card.folder / "asound.conf"
        self._all = self._file.read_text()

    def pull_out(self) -> None:
        lines = [line for line in self._all.splitlines() if "pcm.bell" not in line]
        self._file.write_text("\n".join(lines) + "\n")
        for line in self._control("list", "short", "sinks").splitlines():
            if line.split("\t")[1] == "second":
                self._control("unload-module", self._module("second"))

    def plug_in(self) -> None:
        self._control("load-module", "module-null-sink", "sink_name=second", "rate=48000", "channels=2")
        self._file.write_text(self._all)

    def _module(self, sink: str) -> str:
        modules = self._control("list", "short", "modules").splitlines()
        return next(line.split("\t")[0] for line in modules if f"sink_name={sink}" in line)

    def _control(self, *command: str) -> str:
        env = self._card._everything
        return subprocess.run(["pactl", *command], env=env, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def bell(own_card: Card, monkeypatch: pytest.MonkeyPatch) -> Bell:
    monkeypatch.setattr(sound_module, "RETURN_S", 0.3)
    own_card.plug()
    return Bell(own_card)


async def test_choosing_a_microphone_leaves_the_speaker_playing(sound_card: Card, sound: Sound) -> None:
    line = Mixer(sound).open_line(Tone(sine(600, 1)))
    line.started = True
    await flowing(sound, "speaker", "microphone")
    speaker, microphone = (sound._ports[what].stream for what in ("speaker", "microphone"))
    await sound.choose(microphone="desk_mic")
    await flowing(sound, "microphone")
    assert sound._ports["speaker"].stream is speaker
    assert sound._ports["microphone"].stream is not microphone
    sound_card.play(sine(440, 8))
    await sends(line, 440)
    line.close()


async def test_a_speaker_that_was_plugged_in_during_the_call_can_be_chosen(
    bell: Bell, own_card: Card, news: list[SoundChanged]
) -> None:
    bell.pull_out()
    sound = Sound(news.append)
    line = Mixer(sound).open_line(Tone(sine(600, 1)))
    line.started = True
    await flowing(sound, "speaker", "microphone")
    bell.plug_in()
    await sound.choose(speaker="bell")
    await hears(own_card, 600, sink="second")
    line.close()
    await sound.close()
    assert news[-1] == SoundChanged("default", "bell")


async def test_a_speaker_that_goes_is_stood_in_for_with_a_sentence_and_comes_back_by_itself(
    bell: Bell, own_card: Card, news: list[SoundChanged]
) -> None:
    sound = Sound(news.append, speaker="bell")
    line = Mixer(sound).open_line(Tone(sine(600, 1)))
    line.started = True
    await hears(own_card, 600, sink="second")
    await asyncio.to_thread(bell.pull_out)
    stream = sound._ports["speaker"].stream
    assert stream is not None
    stream.ended()  # as PortAudio tells of a card; PulseAudio has moved the stream to another sink by itself
    await until(lambda: news[-1].problem)
    await hears(own_card, 600)
    assert news[-1].speaker == "default"
    assert "Until then 'default' is used as speaker." in (news[-1].problem or "")
    await asyncio.to_thread(bell.plug_in)
    await until(lambda: news[-1] == SoundChanged("default", "bell"), seconds=20)
    await hears(own_card, 600, sink="second")
    await falls_silent(own_card)
    line.close()
    await sound.close()


async def test_what_could_not_be_opened_for_another_reason_is_not_tried_over_and_over(
    sound_card: Card, news: list[SoundChanged], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_module, "RETURN_S", 0.1)
    monkeypatch.setattr(Port, "struggles", lambda port: False)  # on a busy machine it would open anew for that
    library, tried = portaudio(), list[str]()
    right_away = library.open

    def busy(name: str | None, *, capture: bool, latency_s: float) -> object:
        tried.append(str(name))
        if name == "bell":
            raise MediaError("The speaker 'bell' is in use by another program; close that one.")
        return right_away(name, capture=capture, latency_s=latency_s)

    looks: list[int] = []
    found = await list_devices()

    async def look() -> Devices:
        looks.append(1)
        return found

    monkeypatch.setattr(library, "open", busy)
    monkeypatch.setattr(sound_module, "list_devices", look)
    sound = Sound(news.append, speaker="bell")
    line = Mixer(sound).open_line(Tone(sine(600, 1)))
    await hears(sound_card, 600)
    await until(lambda: len(looks) > 5)
    assert tried.count("bell") == 1
    line.close()
    await sound.close()

"""Files through the speaker, ours and other people's."""

import asyncio
import os
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media.test_sound import falls_silent, hears, until
from tests.rigs.pulse import RATE, Card, pitch, sine
from tuiphone.core.errors import MediaError
from tuiphone.media.mixer import Mixer
from tuiphone.media.player import Player
from tuiphone.media.sound import Sound
from tuiphone.media.soundfile import SoundFile


def make(path: Path, sound: np.ndarray, *, codec: str | None = None, rate: int = RATE) -> Path:
    if codec is None:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(sound.tobytes())
        return path
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=960)
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def rising(seconds: int) -> np.ndarray:
    """A second of 400 Hz, then one of 500 Hz, and so on: where one is can be heard."""
    return np.concatenate([sine(400 + 100 * number, 1) for number in range(seconds)])


@pytest.fixture
async def file(request: pytest.FixtureRequest) -> Any:
    files: list[SoundFile] = []

    async def opened(path: Path) -> SoundFile:
        files.append(SoundFile(path))
        await files[-1].open()
        return files[-1]

    yield opened
    for one in files:
        one.close()


async def take(file: SoundFile, seconds: float) -> np.ndarray:
    """Read on, waiting for the decoder's thread as a sound card does not."""
    blocks = []
    for _ in range(round(seconds * 100)):
        await until(lambda: file._ahead >= 480 or file._done)
        blocks.append(file.read(480))
    return np.concatenate(blocks)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", None, 48000),
        ("a.ogg", "libopus", 48000),
        ("a.webm", "libopus", 48000),
        ("a.mp3", "libmp3lame", 44100),
        ("a.flac", "flac", 16000),
    ],
)
async def test_a_file_of_any_usual_kind_is_read(
    tmp_path: Path, file: Any, name: str, codec: str | None, rate: int
) -> None:
    path = make(tmp_path / name, sine(440, 1.5), codec=codec, rate=rate)
    source = await file(path)
    assert source.duration_s == pytest.approx(1.5, abs=0.1)
    got = await take(source, 1.4)
    assert pitch(got[4800:]) == pytest.approx(440, abs=2)
    assert source.position_s == pytest.approx(1.4, abs=0.05)


async def test_a_gsm_file_as_old_call_centres_keep_them_is_read(tmp_path: Path, file: Any) -> None:
    make(tmp_path / "a.wav", sine(440, 1.5))
    command = ["sox", str(tmp_path / "a.wav"), "-r", "8000", str(tmp_path / "a.gsm")]
    await asyncio.to_thread(subprocess.run, command, check=True)
    assert pitch((await take(await file(tmp_path / "a.gsm"), 1.2))[4800:]) == pytest.approx(440, abs=2)


async def test_a_file_is_decoded_only_a_little_ahead(tmp_path: Path, file: Any) -> None:
    source = await file(make(tmp_path / "long.wav", sine(440, 60)))
    await until(lambda: source._ahead >= RATE)
    await asyncio.sleep(0.1)
    assert source._ahead < 1.3 * RATE


@pytest.mark.parametrize(("name", "codec"), [("a.wav", None), ("a.ogg", "libopus"), ("a.mp3", "libmp3lame")])
async def test_seeking_goes_on_at_the_wished_place(tmp_path: Path, file: Any, name: str, codec: str | None) -> None:
    source = await file(make(tmp_path / name, rising(6), codec=codec))
    await take(source, 0.3)
    for place, frequency in ((4.2, 800), (1.2, 500)):
        source.seek(place)
        got = await take(source, 0.5)
        assert pitch(got[2400:]) == pytest.approx(frequency, abs=4)
        assert source.position_s == pytest.approx(place + 0.5, abs=0.06)


async def test_a_decoder_that_lags_costs_silence_and_not_a_sample(tmp_path: Path) -> None:
    source, ramp = SoundFile(tmp_path / "a.wav"), np.arange(1, 1001, dtype=np.int16)
    source._put(7.0, 1.0, ramp[:300])
    assert source.read(480).tolist() == [*ramp[:300], *[0] * 180]
    assert source.position_s == pytest.approx(7 + 300 / RATE)
    taking = asyncio.create_task(take(source, 0.01))
    source._put(7.0 + 300 / RATE, 1.0, ramp[300:500])
    await asyncio.sleep(0.1)
    assert not taking.done()
    source._put(7.0 + 500 / RATE, 1.0, ramp[500:])
    assert (await taking).tolist() == ramp[300:780].tolist()
    source.seek(3.0)
    assert not source.read(480).any()
    assert source._ahead == 0


async def test_seeking_back_from_the_end_plays_on(tmp_path: Path, file: Any) -> None:
    source = await file(make(tmp_path / "a.wav", rising(2)))
    await take(source, 2.1)
    assert source.over.is_set()
    source.seek(1.0)
    assert not source.over.is_set()
    assert pitch((await take(source, 0.5))[2400:]) == pytest.approx(500, abs=3)


HOSTILE = {
    "empty.wav": b"",
    "noise.ogg": bytes(np.random.default_rng(3).integers(0, 256, 50000, np.uint8)),
    "text.mp3": b"this is no sound at all\n" * 100,
    "list.ogg": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    "concat.wav": b"ffconcat version 1.0\nfile /etc/hostname\n",
    "cut.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_file_that_is_no_sound_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(MediaError, match=f"{name}.*\\.$"):
        await SoundFile(tmp_path / name).open()


@pytest.mark.parametrize("what", ["missing", "folder", "pipe"])
async def test_what_is_no_file_is_refused_in_a_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "call.ogg"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    with pytest.raises(MediaError, match=r"call\.ogg cannot be opened"):
        await SoundFile(path).open()


async def test_a_file_damaged_in_the_middle_plays_on_behind_the_damage(tmp_path: Path, file: Any) -> None:
    path = make(tmp_path / "a.mp3", sine(440, 3), codec="libmp3lame")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = bytes(np.random.default_rng(5).integers(0, 256, 1500, np.uint8))
    path.write_bytes(content)
    source = await file(path)
    assert pitch((await take(source, 1.0))[4800:]) == pytest.approx(440, abs=2)
    async with asyncio.timeout(20):
        while not source.over.is_set():
            source.read(480)
            await asyncio.sleep(0)
    assert source.position_s > 2.7


@pytest.fixture
def player(sound: Sound) -> Iterator[Player]:
    return Player(Mixer(sound))


async def test_a_file_comes_out_of_the_speaker_at_its_pitch(
    tmp_path: Path, sound_card: Card, sound: Sound, player: Player
) -> None:
    await player.play(str(make(tmp_path / "a.ogg", sine(620, 20), codec="libopus")))
    await hears(sound_card, 620)
    await player.stop()


async def test_pause_is_silent_and_goes_on_where_it_was(
    tmp_path: Path, sound_card: Card, sound: Sound, player: Player
) -> None:
    await player.play(str(make(tmp_path / "a.wav", rising(6))))
    await until(lambda: player.position_s > 0.5)
    player.pause(True)
    stood = player.position_s
    assert not player.is_playing
    await falls_silent(sound_card)
    assert player.position_s == stood
    player.pause(False)
    player.seek(3.1)
    await until(lambda: player.position_s > 3.3)
    await hears(sound_card, 800)
    await player.stop()
    assert player.duration_s is None


async def test_playing_ends_with_the_file(tmp_path: Path, sound_card: Card, player: Player) -> None:
    await player.play(str(make(tmp_path / "a.wav", sine(440, 0.3))))
    async with asyncio.timeout(20):
        await player.wait()
    assert player.path is None
    assert not player.is_playing


async def test_another_file_takes_the_place_of_the_first(tmp_path: Path, sound_card: Card, player: Player) -> None:
    await player.play(str(make(tmp_path / "a.wav", sine(440, 5))))
    second = str(make(tmp_path / "b.wav", sine(440, 5)))
    await player.play(second)
    assert player.path == second
    await player.stop()


async def test_a_refused_file_leaves_the_one_that_plays_alone(tmp_path: Path, sound_card: Card, player: Player) -> None:
    first = str(make(tmp_path / "a.wav", sine(440, 5)))
    await player.play(first)
    with pytest.raises(MediaError):
        await player.play(str(tmp_path / "missing.wav"))
    assert player.path == first
    await player.stop()

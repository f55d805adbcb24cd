"""Recordings of every kind vendors keep: measured, played, sought in, played faster and slower at the same pitch."""

import asyncio
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media.test_player import make, rising, take
from tests.rigs.pulse import RATE, pitch, sine
from tuiphone.core.errors import MediaError
from tuiphone.core.model import Playback
from tuiphone.media import offline
from tuiphone.media.player import Player
from tuiphone.media.soundfile import SoundFile
from tuiphone.media.tempo import Tempo
from tuiphone.media.waveform import Envelope, sides

SECONDS = 3


def _sox(*options: str) -> Callable[[Path, np.ndarray], Path]:
    def build(path: Path, sound: np.ndarray) -> Path:
        source = make(path.with_name("source.wav"), sound)
        subprocess.run(["sox", str(source), *options, str(path)], check=True)
        return path

    return build


def _av(codec: str, rate: int) -> Callable[[Path, np.ndarray], Path]:
    return lambda path, sound: make(path, sound, codec=codec, rate=rate)


def _live_webm(path: Path, sound: np.ndarray) -> Path:
    """As browsers record: without a length and without an index."""
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as container:
        stream: Any = container.add_stream("libopus", rate=RATE, layout="mono")
        for begin in range(0, len(sound), 960):
            frame = av.AudioFrame.from_ndarray(sound[begin : begin + 960].reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


KINDS = {
    "linear.wav": lambda path, sound: make(path, sound),
    "telephone.wav": _sox("-r", "8000"),
    "alaw.wav": _av("pcm_alaw", 8000),
    "ulaw.wav": _av("pcm_mulaw", 8000),
    "gsm-in.wav": _sox("-r", "8000", "-e", "gsm-full-rate"),
    "adpcm.wav": _sox("-r", "8000", "-e", "ms-adpcm"),
    "raw.gsm": _sox("-r", "8000"),
    "a.mp3": _av("libmp3lame", 44100),
    "slow.mp3": _av("libmp3lame", 8000),
    "opus.ogg": _av("libopus", 48000),
    "vorbis.ogg": _sox("-r", "16000"),
    "a.webm": _av("libopus", 48000),
    "live.webm": _live_webm,
}


@pytest.fixture
async def file() -> Any:
    files: list[SoundFile] = []

    async def opened(path: Path) -> SoundFile:
        files.append(SoundFile(path))
        await files[-1].open()
        return files[-1]

    yield opened
    for one in files:
        one.close()


@pytest.mark.parametrize("name", KINDS)
async def test_each_kind_is_measured_played_and_sought_in(tmp_path: Path, file: Any, name: str) -> None:
    path = await asyncio.to_thread(KINDS[name], tmp_path / name, rising(SECONDS))
    measured = await offline.measure(path)
    assert measured.suffix == Path(name).suffix
    assert measured.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert min(measured.left[5:-5]) > 180
    source = await file(path)
    assert pitch((await take(source, 0.8))[9600:]) == pytest.approx(400, abs=4)
    source.seek(2.1)
    after = (await take(source, 0.7))[9600:]
    assert pitch(after) == pytest.approx(600, abs=4)
    # As loud as before: a codec that begins in the middle needs what came before it.
    assert np.abs(after).max() > 7000
    assert source.position_s == pytest.approx(2.8, abs=0.08)


@pytest.mark.parametrize("seconds", [0.1, 2.0])
async def test_raw_gsm_is_known_by_what_is_in_it(tmp_path: Path, file: Any, seconds: float) -> None:
    path = await asyncio.to_thread(KINDS["raw.gsm"], tmp_path / "a.gsm", sine(440, seconds))
    nameless = path.rename(tmp_path / "7.part")
    measured = await offline.measure(nameless)
    frames = nameless.stat().st_size / 33
    assert (measured.suffix, measured.duration_s) == (".gsm", pytest.approx(frames * 0.02))
    assert pitch((await take(await file(nameless), seconds))[1920:]) == pytest.approx(440, abs=8)


async def test_the_name_of_a_file_says_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp3", sine(440, 1), codec="libmp3lame")
    nameless = path.rename(tmp_path / "7.part")
    assert (await offline.measure(nameless)).suffix == ".mp3"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Not found</html>" * 50,
        b"\xd0" * 33 * 2 + b"no more of it" * 50,
        bytes(5000),
        b"RIFF\xff\xff\xff\xffWAVE",
    ],
)
async def test_what_is_no_sound_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "7.part").write_bytes(content)
    with pytest.raises(MediaError, match=r"7\.part.*\.$"):
        await offline.measure(tmp_path / "7.part")


async def test_the_two_sides_have_curves_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    left = np.concatenate([sine(440, 1), np.zeros(RATE, np.int16)])
    right = np.concatenate([np.zeros(RATE, np.int16), sine(700, 1, volume=0.01)])
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, RATE, 0, "NONE", ""))
        out.writeframes(np.stack([left, right], 1).tobytes())
    measured = await offline.measure(path)
    assert measured.right is not None
    half = len(measured.left) // 2
    assert min(measured.left[: half - 2]) > 200
    assert max(measured.left[half + 2 :]) == 0
    assert max(measured.right[: half - 2]) == 0
    assert 20 < min(measured.right[half + 2 :]) < 120


def test_a_curve_of_hours_takes_no_more_memory_than_one_of_minutes() -> None:
    envelope = Envelope(8000)
    loud, quiet = np.full(80_000, 0.5, np.float32), np.zeros(80_000, np.float32)
    for _ in range(360):
        envelope.add(quiet)
    for _ in range(360):
        envelope.add(loud)
    assert len(envelope._powers) <= 20_000
    points = envelope.points(100)
    assert len(points) == 100
    assert set(points[:49]) == {0}
    assert min(points[51:]) > 200


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_samples_of_every_kind_are_as_loud(kind: type[Any]) -> None:
    wave_of = np.sin(np.arange(960) / 5)
    scale = {"i": lambda x: x * np.iinfo(kind).max, "u": lambda x: x * 127 + 128, "f": lambda x: x}[np.dtype(kind).kind]
    packed = np.stack([scale(wave_of), scale(wave_of * 0.5)], 1).astype(kind).reshape(1, -1)
    left, right = sides(packed, 2)
    assert float(np.abs(left).max()) == pytest.approx(1, abs=0.02)
    assert float(np.abs(right).max()) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.25, 1.5, 2.0])
def test_another_speed_takes_another_time_and_keeps_the_pitch(speed: float) -> None:
    tempo = Tempo(speed)
    sound = sine(440, 6)
    out = np.concatenate([*(tempo.process(sound[at : at + 4800]) for at in range(0, len(sound), 4800)), tempo.rest()])
    assert len(out) / RATE == pytest.approx(6 / speed, rel=0.01)
    for begin in range(4800, len(out) - 14_400, 9600):
        piece = out[begin : begin + 9600] * np.hanning(9600)
        power = np.abs(np.fft.rfft(piece)) ** 2
        hertz = np.fft.rfftfreq(9600, 1 / RATE)
        assert power[(hertz > 420) & (hertz < 460)].sum() > 0.999 * power.sum()


async def test_the_place_in_a_file_is_counted_in_its_own_seconds(tmp_path: Path, file: Any) -> None:
    source = await file(make(tmp_path / "a.wav", rising(6)))
    await take(source, 0.5)
    source.set_speed(2.0)
    got = await take(source, 1.0)
    assert source.position_s == pytest.approx(2.5, abs=0.05)
    assert pitch(got[3000:10000]) == pytest.approx(400, abs=8)
    assert pitch(got[-9600:-2400]) == pytest.approx(600, abs=8)
    source.set_speed(9.0)
    assert source.speed == 2.0


class Stage:
    """A mixer that nobody listens to."""

    def play(self, source: SoundFile) -> Any:
        self.source = source
        return self

    def stop(self) -> None:
        pass


async def test_whoever_listens_hears_of_every_change_and_of_the_end(tmp_path: Path) -> None:
    player, heard = Player(Stage()), list[Playback | None]()
    player.changed = heard.append
    path = make(tmp_path / "a.wav", sine(440, 2))
    await player.play(str(path))
    player.pause(True)
    player.seek(1.5)
    player.set_speed(1.5)
    player.pause(False)
    stage = player._stage
    assert isinstance(stage, Stage)
    while player.path is not None:
        stage.source.read(480)
        await asyncio.sleep(0)
    begun, paused, sought, faster, resumed, over = heard
    assert begun is not None
    assert (begun.path, begun.position_s, begun.paused) == (str(path), 0.0, False)
    assert begun.duration_s == pytest.approx(2.0)
    assert paused is not None
    assert paused.paused
    assert sought is not None
    assert (sought.position_s, sought.paused) == (1.5, True)
    assert faster is not None
    assert faster.speed == 1.5
    assert resumed is not None
    assert not resumed.paused
    assert over is None


async def test_a_length_the_file_does_not_say_is_learnt(tmp_path: Path) -> None:
    player, heard = Player(Stage()), list[Playback | None]()
    path = await asyncio.to_thread(_live_webm, tmp_path / "a.webm", sine(440, 2))
    player.changed = heard.append
    await player.play(str(path))
    assert player.duration_s is None
    player.learn_duration(str(path), 2.0)
    assert heard[-1] is not None
    assert heard[-1].duration_s == 2.0
    await player.stop()


async def test_a_copy_as_wav_keeps_both_sides(tmp_path: Path) -> None:
    source = tmp_path / "a.ogg"
    with av.open(str(source), "w") as container:
        stream: Any = container.add_stream("libopus", rate=RATE, layout="stereo")
        pairs = np.stack([sine(440, 1), sine(700, 1)], 1)
        for begin in range(0, RATE, 960):
            frame = av.AudioFrame.from_ndarray(pairs[begin : begin + 960].reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE, begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    await offline.write_wav(source, tmp_path / "b.wav")
    with wave.open(str(tmp_path / "b.wav")) as copy:
        assert (copy.getnchannels(), copy.getframerate(), copy.getsampwidth()) == (2, RATE, 2)
        sound = np.frombuffer(copy.readframes(RATE), np.int16).reshape(-1, 2)
    assert pitch(sound[9600:, 0]) == pytest.approx(440, abs=2)
    assert pitch(sound[9600:, 1]) == pytest.approx(700, abs=2)
    with pytest.raises(MediaError, match=r"b\.wav cannot be written"):
        await offline.write_wav(source, tmp_path / "b.wav")

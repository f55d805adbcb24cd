"""Recordings: what is in the file, and what is left of it when things go wrong."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from tests.rigs.pulse import RATE, loudness, pitch, sine
from tuiphone.core.errors import MediaError
from tuiphone.media.recorder import Recorder
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK

ABOUT: dict[str, object] = {"account": "work", "peer": {"kind": "phone", "text": "100", "name": "Ольга"}}


def both_sides(path: Path) -> tuple[Samples, Samples]:
    """What a player makes of the file."""
    resampler, blocks = av.AudioResampler(format="s16", layout="stereo", rate=RATE), []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            blocks += [part.to_ndarray().reshape(-1, 2) for part in resampler.resample(frame)]
    whole = np.concatenate(blocks)
    return whole[:, 0], whole[:, 1]


async def record(path: Path, near: Samples, far: Samples) -> None:
    recorder = Recorder(str(path), ABOUT, failed=pytest.fail)
    for at in range(0, len(near), BLOCK):
        recorder.write(near[at : at + BLOCK], far[at : at + BLOCK])
    await recorder.close()


async def test_we_are_on_the_left_and_they_are_on_the_right(tmp_path: Path) -> None:
    await record(tmp_path / "call.ogg", sine(440, 2.05), sine(1000, 2.05))
    left, right = both_sides(tmp_path / "call.ogg")
    assert pitch(left) == pytest.approx(440, abs=2)
    assert pitch(right) == pytest.approx(1000, abs=2)
    assert len(left) / RATE == pytest.approx(2.05, abs=0.06)


@pytest.mark.parametrize("silent", ["me", "them"])
async def test_one_side_does_not_leak_into_the_other(tmp_path: Path, silent: str) -> None:
    noise = np.random.default_rng(7).normal(0, 4000, RATE).astype(np.int16)
    nothing = np.zeros(RATE, np.int16)
    sides = (nothing, noise) if silent == "me" else (noise, nothing)
    await record(tmp_path / "call.ogg", *sides)
    left, right = both_sides(tmp_path / "call.ogg")
    quiet, loud = (left, right) if silent == "me" else (right, left)
    assert loudness(loud) > 0.05
    assert loudness(quiet) < loudness(loud) * 10 ** (-25 / 20)


async def test_two_tones_stay_on_their_sides(tmp_path: Path) -> None:
    await record(tmp_path / "call.ogg", sine(440, 1), sine(1000, 1))
    spectra = [
        np.abs(np.fft.rfft(side[RATE // 10 : RATE // 10 + RATE // 2])) for side in both_sides(tmp_path / "call.ogg")
    ]
    for mine, other, own in ((0, 1, 440), (1, 0, 1000)):
        place = own // 2
        assert spectra[other][place - 2 : place + 3].max() < spectra[mine][place - 2 : place + 3].max() * 10 ** (
            -25 / 20
        )


async def test_the_side_car_says_whose_call_it_was_and_how_long(tmp_path: Path) -> None:
    begun = time.time()
    recorder = Recorder(str(tmp_path / "call.ogg"), ABOUT, failed=pytest.fail)
    first = json.loads((tmp_path / "call.ogg.json").read_text())
    assert first["complete"] is False
    for _ in range(150):
        recorder.write(sine(440, 0.01), sine(440, 0.01))
    await recorder.close()
    last = json.loads((tmp_path / "call.ogg.json").read_text())
    assert last["complete"] is True
    assert last["account"] == "work"
    assert last["peer"]["name"] == "Ольга"
    assert last["duration_s"] == 1.5
    assert begun <= last["started_at"] <= last["ended_at"] <= time.time()


async def test_recordings_are_for_their_owner_alone(tmp_path: Path) -> None:
    await record(tmp_path / "new" / "call.ogg", sine(440, 0.1), sine(440, 0.1))
    assert oct((tmp_path / "new").stat().st_mode)[-3:] == "700"
    assert {oct(file.stat().st_mode)[-3:] for file in (tmp_path / "new").iterdir()} == {"600"}
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"call.ogg", "call.ogg.json"}


async def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "call.ogg").write_text("dear")
    with pytest.raises(MediaError, match="already"):
        Recorder(str(tmp_path / "call.ogg"), ABOUT, failed=pytest.fail)
    assert (tmp_path / "call.ogg").read_text() == "dear"
    assert not (tmp_path / "call.ogg.json").exists()


async def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="Cannot make the folder"):
        Recorder(str(tmp_path / "file" / "call.ogg"), ABOUT, failed=pytest.fail)


RECORDING = """
import asyncio, resource, sys
from tests.rigs.pulse import sine
from tuiphone.media.recorder import Recorder
async def main():
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    told = asyncio.get_running_loop().create_future()
    recorder = Recorder(sys.argv[1], {}, failed=told.set_result)
    loop = asyncio.get_running_loop()
    start, near, far = loop.time(), sine(500, 0.01), sine(1000, 0.01)
    for number in range(3000):
        recorder.write(near, far)
        if number == 300:
            print("three seconds", flush=True)
        await asyncio.sleep(max(0, start + number / 100 - loop.time()))
        if told.done():
            print(told.result(), flush=True)
            break
    recorder.write(near, far)
    await recorder.close()
    print("went on", flush=True)
asyncio.run(main())
"""


def test_a_killed_process_leaves_a_file_that_plays_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "call.ogg"
    process = subprocess.Popen([sys.executable, "-c", RECORDING, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "three seconds\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    left, right = both_sides(path)
    assert 1.5 < len(left) / RATE < 30
    assert pitch(left) == pytest.approx(500, abs=2)
    assert pitch(right) == pytest.approx(1000, abs=2)
    assert json.loads(path.with_name("call.ogg.json").read_text())["complete"] is False


async def test_a_full_disk_ends_the_recording_with_a_sentence_and_nothing_else(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RECORDING, str(tmp_path / "call.ogg"), "20000"), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    lines = out.decode().splitlines()
    assert f"The recording stopped: the disk is full, at {tmp_path}/call.ogg." in lines
    assert lines[-1] == "went on"

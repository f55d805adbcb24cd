"""A conference at the mixer: each far side hears us and all the others, never itself; by the tones in it."""

import asyncio
import time
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.test_mixer import PaperCard
from tests.rigs.pulse import RATE, sine, strength
from tuiphone.media.line import Line
from tuiphone.media.mixer import Mixer
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK
from tuiphone.media.tones import Tone

ME, ANN, BOB, CAT = 440.0, 500.0, 900.0, 1300.0
NAMES = {ME: "me", ANN: "ann", BOB: "bob", CAT: "cat"}
VOLUME = 0.2


class ToneCard(PaperCard):
    """A card whose microphone hears us say one note."""

    def __init__(self) -> None:
        super().__init__()
        self._voice = Tone(sine(ME, 1, volume=VOLUME))

    def read(self) -> Samples:
        return self._voice.read(BLOCK)


class Table:
    """We and some calls, on a clock of the test's own."""

    def __init__(self, *voices: float) -> None:
        self.card = ToneCard()
        self.mixer = Mixer(self.card)
        self.lines = [self.mixer.open_line(Tone(sine(voice, 1, volume=VOLUME))) for voice in voices]
        for line in self.lines:
            line.started = line.joined = True

    def listen(self, seconds: float = 0.4) -> list[set[str]]:
        """Who is heard at each far side, and last at our speaker, from now on."""
        sent: list[list[Samples]] = [[] for _ in self.lines]
        self.card.heard = []
        for _ in range(round(seconds * 50)):
            self.mixer._tick()
            self.mixer._tick()
            for line, blocks in zip(self.lines, sent, strict=True):
                blocks.append(line.microphone(2 * BLOCK))
        return [voices(np.concatenate(blocks[5:])) for blocks in (*sent, self.card.heard)]


def voices(sound: Samples) -> set[str]:
    """Who is in it, at full strength: a voice that is only faintly there is as wrong as a missing one."""
    found: set[str] = set()
    for frequency, name in NAMES.items():
        peak = strength(sound, frequency)
        assert peak < 0.01 or peak == pytest.approx(VOLUME, rel=0.05), f"{name} is heard at {peak:.3f}"
        if peak > 0.01:
            found.add(name)
    return found


async def test_each_far_side_hears_us_and_all_the_others_but_never_itself() -> None:
    assert Table(ANN, BOB, CAT).listen() == [
        {"me", "bob", "cat"},
        {"me", "ann", "cat"},
        {"me", "ann", "bob"},
        {"ann", "bob", "cat"},
    ]


async def test_a_call_that_is_not_joined_hears_us_alone_and_is_not_heard_by_the_others() -> None:
    table = Table(ANN, BOB, CAT)
    table.lines[2].joined = False
    assert table.listen() == [{"me", "bob"}, {"me", "ann"}, {"me"}, {"ann", "bob", "cat"}]


async def test_mute_closes_our_microphone_and_the_others_still_hear_each_other() -> None:
    table = Table(ANN, BOB)
    for line in table.lines:
        line.muted = True
    assert table.listen() == [{"bob"}, {"ann"}, {"ann", "bob"}]
    assert table.lines[0].microphone_level == 0


async def test_one_on_hold_hears_nobody_and_nobody_hears_it() -> None:
    table = Table(ANN, BOB, CAT)
    table.lines[0].held = True
    assert table.listen() == [set(), {"me", "cat"}, {"me", "bob"}, {"bob", "cat"}]


async def test_one_that_leaves_is_gone_and_one_that_comes_is_there_for_all() -> None:
    table = Table(ANN, BOB)
    table.lines.pop(0).close()
    assert table.listen() == [{"me"}, {"bob"}]
    late = table.mixer.open_line(Tone(sine(CAT, 1, volume=VOLUME)))
    late.started = late.joined = True
    table.lines.append(late)
    assert table.listen() == [{"me", "cat"}, {"me", "bob"}, {"bob", "cat"}]


async def test_a_call_that_only_rings_is_not_in_the_conference() -> None:
    table = Table(ANN, BOB)
    table.lines[1].started = False
    assert table.listen() == [{"me"}, set(), {"ann", "bob"}]


async def test_a_recording_of_one_call_has_what_that_line_sent_and_heard(tmp_path: Path) -> None:
    table = Table(ANN, BOB)
    path = tmp_path / "ann.ogg"
    table.lines[0].record(str(path), {})
    table.listen(1.0)
    await table.lines[0].stop_recording()
    left, right = await asyncio.to_thread(sides, path)
    assert loud(left) == {"me", "bob"}
    assert loud(right) == {"ann"}


def sides(path: Path) -> tuple[Samples, Samples]:
    """What was sent and what was heard."""
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    planes = np.concatenate(
        [frame.reshape(2, -1) if len(frame) == 2 else frame.reshape(-1, 2).T for frame in frames], 1
    )
    whole = (planes * 32767).astype(np.int16) if planes.dtype.kind == "f" else planes.astype(np.int16)
    return whole[0][RATE // 4 :], whole[1][RATE // 4 :]


def loud(sound: Samples) -> set[str]:
    return {name for frequency, name in NAMES.items() if strength(sound, frequency) > VOLUME / 2}


async def test_a_block_for_a_conference_of_eight_is_mixed_in_a_fraction_of_its_time() -> None:
    table = Table(*[ANN] * 8)
    begin = time.thread_time()
    for _ in range(200):
        table.mixer._tick()
    assert (time.thread_time() - begin) / 200 < 0.005
    assert all(isinstance(line, Line) for line in table.lines)

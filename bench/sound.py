"""The sound card by itself: mixer, speaker, PulseAudio's null sink, microphone, mixer; no network."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.rigs.pulse import RATE, Card
from tuiphone.media.mixer import Mixer
from tuiphone.media.resample import Samples
from tuiphone.media.sound import Sound

SECONDS = 20
IDLE_S = 5
FRAME = 960
CLICK = (np.hanning(96) * 28000).astype(np.int16)
EVERY = RATE // 2


class Clicks:
    """A far side that clicks twice a second and notes when."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self._read = 0

    def read(self, samples: int) -> Samples:
        """The next so many samples."""
        out = np.zeros(samples, np.int16)
        place = -self._read % EVERY
        if place < samples - len(CLICK):
            out[place : place + len(CLICK)] = CLICK
            self.at.append(time.perf_counter() + place / RATE)
        self._read += samples
        return out


async def measure(folder: Path) -> list[tuple[str, str, str]]:
    """A call that hears itself."""
    sound = Sound(lambda change: None)
    await sound.look()
    mixer, clicks, heard = Mixer(sound), Clicks(), list[float]()
    line = mixer.open_line(clicks)
    answered = time.perf_counter()
    line.started = True
    while "microphone" not in sound.stats():  # noqa: ASYNC110  there is no event for it
        await asyncio.sleep(0.001)
    opened_ms = 1000 * (time.perf_counter() - answered)

    async def talk(seconds: float) -> float:
        loop, used = asyncio.get_running_loop(), time.process_time()
        begin = loop.time()
        for frame in range(round(seconds * 50)):
            await asyncio.sleep(max(0.0, begin + frame * 0.02 - loop.time()))
            block, now = line.microphone(FRAME), time.perf_counter()
            peak = int(block.argmax())
            if block[peak] > 9000:
                heard.append(now - (FRAME - peak) / RATE)
        return 100 * (time.process_time() - used) / seconds

    await talk(2)
    in_call = await talk(SECONDS)
    line.record(str(folder / "call.ogg"), {})
    recording = await talk(5)
    await line.stop_recording()
    stats = sound.stats()
    delays = [1000 * (min(later) - at) for at in clicks.at[4:] if (later := [when for when in heard if when > at])]
    line.close()
    while sound.stats():  # noqa: ASYNC110  nor for this
        await asyncio.sleep(0.05)
    used = time.process_time()
    await asyncio.sleep(IDLE_S)
    idle = 100 * (time.process_time() - used) / IDLE_S
    await mixer.close()
    await sound.close()
    speaker, microphone = stats["speaker"], stats["microphone"]
    p50, p95, most = np.percentile([delay for delay in delays if delay < 450], (50, 95, 100))
    return [
        (
            "speaker to microphone",
            f"{p50:.0f} / {p95:.0f} ms",
            f"p50 / p95 of {len(delays)} clicks, longest {most:.0f}",
        ),
        ("microphone open after the answer", f"{opened_ms:.0f} ms", "goal: first audio within 300 ms"),
        ("longest gap between speaker callbacks", f"{speaker.longest_gap_ms:.0f} ms", "10 ms is right"),
        ("longest gap between microphone blocks", f"{microphone.longest_gap_ms:.0f} ms", "10 ms is right"),
        ("speaker: ran dry / thrown away", f"{speaker.dry} / {speaker.dropped}", f"{speaker.xruns} xruns"),
        ("microphone: ran dry / thrown away", f"{microphone.dry} / {microphone.dropped}", f"{microphone.xruns} xruns"),
        ("waiting in our rings", f"{speaker.waiting_ms:.0f} + {microphone.waiting_ms:.0f} ms", "speaker + microphone"),
        ("CPU of card and mixer, one call", f"{in_call:.1f} %", "of one core"),
        ("the same while recording", f"{recording:.1f} %", "stereo Opus in a thread"),
        ("CPU idle, streams closed", f"{idle:.2f} %", "goal: under 1 %"),
    ]


def rows() -> list[tuple[str, str, str]]:
    """What was measured: what, value, note."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, Card(Path(folder)) as card:
        os.environ.update({**card.env, "PULSE_SOURCE": "speaker.monitor"})
        try:
            return asyncio.run(measure(Path(folder)))
        finally:
            os.environ.clear()
            os.environ.update(before)

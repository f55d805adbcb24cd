"""A simulated network on a simulated clock: packets of real Opus sound, lost, delayed and doubled as a test wants."""

import functools
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from tuiphone.media import g711, opus
from tuiphone.media.playout import Playout

FRAME = 960
TONE = 440.0


def hum(seconds: float, frequency: float = TONE, rate: float = 48000.0) -> np.ndarray:
    """A steady tone."""
    times = np.arange(round(seconds * 48000)) / rate
    return (8000 * np.sin(2 * np.pi * frequency * times)).astype(np.int16)


def speech(seconds: float) -> np.ndarray:
    """Something like speech: harmonics of a wandering pitch, in syllables with pauses between."""
    times = np.arange(round(seconds * 48000)) / 48000
    phase = 2 * np.pi * np.cumsum(130 + 40 * np.sin(2 * np.pi * 0.7 * times)) / 48000
    voice = sum(np.sin(phase * harmonic) / harmonic for harmonic in range(1, 15))
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * times) + 0.4, 0, 1)
    return (voice * syllables * 5000).astype(np.int16)


@functools.cache
def packets(codec: str = "opus", kind: str = "hum", seconds: int = 40) -> tuple[bytes, ...]:
    """A sound of so many seconds as payloads of 20 ms."""
    sound = hum(seconds) if kind == "hum" else speech(seconds)
    encoder = opus.Encoder() if codec == "opus" else g711.Encoder("PCMU")
    if isinstance(encoder, opus.Encoder):
        encoder.expect_loss(15)
    payloads = tuple(encoder.encode(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME))
    encoder.close()
    return payloads


@dataclass(order=True, slots=True)
class Arrival:
    """A packet reaching us."""

    at: float
    order: int
    codec: str = field(compare=False, default="opus")
    source: int = field(compare=False, default=1)
    sequence: int = field(compare=False, default=0)
    timestamp: int = field(compare=False, default=0)
    payload: bytes = field(compare=False, default=b"")


def stream(
    payloads: Iterable[bytes],
    *,
    delay: Callable[[int], float | None] = lambda _: 0.02,
    codec: str = "opus",
    source: int = 1,
    sequence: int = 1000,
    timestamp: int = 5000,
    begin: float = 0.0,
    frame_s: float = 0.02,
) -> list[Arrival]:
    """One packet every 20 ms; `delay` says how long the n-th is under way (s), None if it is lost."""
    step = FRAME if codec == "opus" else FRAME // 6
    arrivals: list[Arrival] = []
    for index, payload in enumerate(payloads):
        under_way = delay(index)
        if under_way is not None:
            numbers = (sequence + index) % 65536, (timestamp + index * step) % (1 << 32)
            arrivals.append(Arrival(begin + index * frame_s + under_way, index, codec, source, *numbers, payload))
    return arrivals


class Run:
    """Plays arrivals into a playout that is read every 10 ms, and notes what it did."""

    def __init__(
        self, arrivals: list[Arrival], seconds: float, *, reading: Callable[[float], int] = lambda _: 1
    ) -> None:
        self.now = 0.0
        self.playout = Playout(clock=lambda: self.now)
        self.delays: list[tuple[float, float]] = []
        """(s, delay in ms), every 10 ms."""
        self.waits: list[tuple[float, float]] = []
        blocks: list[np.ndarray] = []
        queue = list(arrivals)
        heapq.heapify(queue)
        for tick in range(round(seconds * 100)):
            due = tick * 0.01
            while queue and queue[0].at <= due:
                arrival = heapq.heappop(queue)
                self.now = arrival.at
                self.playout.push(arrival.codec, arrival.source, arrival.sequence, arrival.timestamp, arrival.payload)
            self.now = due
            for _ in range(reading(due)):
                block = self.playout.read(480)
                assert block.shape == (480,)
                assert block.dtype == np.int16
                blocks.append(block)
            self.delays.append((due, self.playout.pace.delay_ms))
            self.waits.append((due, self.playout.pace.wait_ms))
        self.sound = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def delay(self, begin: float, end: float) -> np.ndarray:
        """Delays (ms) between these times."""
        return np.array([delay for at, delay in self.delays if begin <= at < end])

"""Our playout beside aiortc's jitter buffer, on simulated networks: delay, missing sound, longest gap.

Both get the same packets at the same times and are asked for sound every 10 ms. Delay is counted from the moment a
frame is sent to the moment it is played, the 20 ms of the network included. aiortc's buffer is played as applications
play it: the next frame when it is due, silence if there is none, nothing thrown away.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from aiortc.jitterbuffer import JitterBuffer

from tuiphone.media import opus
from tuiphone.media.playout import Playout

SECONDS = 60
FRAME_MS = 20
TICK_MS = 10

Way = Callable[[int], float | None]
"""How many ms the n-th packet is under way; None if it is lost."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one buffer made of one network."""

    delays_ms: list[float]
    missing_ms: float
    gap_ms: float

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.delays_ms, (50, 95))
        return f"{p50:4.0f} / {p95:4.0f} ms, {self.missing_ms / SECONDS / 10:4.1f} %, {self.gap_ms:4.0f} ms"


def networks() -> dict[str, Way]:
    """The networks by their names."""

    def lossy(loss: float, jitter_ms: float) -> Way:
        chance = random.Random(7)
        return lambda _: None if chance.random() < loss else 20 + chance.uniform(0, jitter_ms)

    def bursts() -> Way:
        return lambda n: None if n % 60 in (30, 31, 32) else 20

    def stalls(length_ms: float) -> Way:
        return lambda n: 20 + max(0.0, length_ms - n * FRAME_MS % 10000)

    return {
        "quiet": lossy(0, 1),
        "jitter 0-30 ms": lossy(0, 30),
        "1 % loss, jitter 0-5 ms": lossy(0.01, 5),
        "5 % loss, jitter 0-30 ms": lossy(0.05, 30),
        "5 % loss in bursts of 3": bursts(),
        "300 ms stall every 10 s": stalls(300),
    }


def speech() -> list[bytes]:
    """A minute of something like speech as Opus packets."""
    times = np.arange(SECONDS * 48000) / 48000
    phase = 2 * np.pi * np.cumsum(130 + 40 * np.sin(2 * np.pi * 0.7 * times)) / 48000
    voice = sum(np.sin(phase * harmonic) / harmonic for harmonic in range(1, 15))
    sound = (voice * np.clip(np.sin(2 * np.pi * 3.1 * times) + 0.4, 0, 1) * 5000).astype(np.int16)
    encoder = opus.Encoder()
    encoder.expect_loss(5)
    packets = [encoder.encode(sound[at : at + opus.FRAME]) for at in range(0, len(sound), opus.FRAME)]
    encoder.close()
    return packets


def arrivals(way: Way, packets: list[bytes]) -> list[tuple[float, int]]:
    """(ms, number) of the packets that come, in the order in which they come."""
    found = [(n * FRAME_MS + under_way, n) for n in range(len(packets)) if (under_way := way(n)) is not None]
    return sorted(found)


def through_playout(coming: list[tuple[float, int]], packets: list[bytes]) -> Result:
    """Our own."""
    now_ms = 0.0
    playout = Playout(clock=lambda: now_ms / 1000)
    playout.read(480)
    queue, delays, gap, longest, made_up = coming[::-1], [], 0, 0, 0
    for tick in range(0, SECONDS * 1000, TICK_MS):
        while queue and queue[-1][0] <= tick:
            now_ms, n = queue.pop()
            playout.push("opus", 1, n, n * opus.FRAME, packets[n])
        now_ms = float(tick)
        playout.read(480)
        if playout._position is None or playout._fresh:
            continue
        played = (playout._position - len(playout._ready) - 480) / 48
        was, made_up = made_up, playout.counters.concealed + playout._owed
        if made_up > was:
            gap += TICK_MS
            longest = max(longest, gap)
        else:
            gap = 0
            delays.append(tick - played)
    counters = playout.counters
    playout.close()
    return Result(delays, counters.concealed / 48 + counters.late * FRAME_MS, longest)


def through_stock(coming: list[tuple[float, int]], packets: list[bytes]) -> Result:
    """aiortc's: 16 packets, 4 of them always held back."""
    buffer: Any = JitterBuffer(capacity=16, prefetch=4)
    queue, waiting, played, delays, gap, longest = coming[::-1], [], set(), [], 0, 0
    for tick in range(0, SECONDS * 1000, FRAME_MS):
        while queue and queue[-1][0] <= tick:
            _, n = queue.pop()
            packet = SimpleNamespace(sequence_number=n, timestamp=n * opus.FRAME, _data=packets[n])
            _, frame = buffer.add(packet)
            if frame is not None:
                waiting.append(frame.timestamp // opus.FRAME)
        if waiting:
            number = waiting.pop(0)
            played.add(number)
            delays.append(tick - number * FRAME_MS)
            gap = 0
        elif played:
            gap += FRAME_MS
            longest = max(longest, gap)
    return Result(delays, (len(packets) - len(played)) * FRAME_MS, longest)


def rows() -> list[tuple[str, str, str]]:
    """(what, value, note) for the table of all benchmarks."""
    packets = speech()
    found: list[tuple[str, str, str]] = []
    for name, way in networks().items():
        coming = arrivals(way, packets)
        ours, stock = through_playout(coming, packets), through_stock(coming, packets)
        found.append((f"{name}: delay p50 / p95, missing sound, longest gap", str(ours), f"aiortc's buffer: {stock}"))
    return found


def main() -> None:
    """Print the table."""
    for what, value, note in rows():
        print(f"{what:70} {value}   {note}")


if __name__ == "__main__":
    main()

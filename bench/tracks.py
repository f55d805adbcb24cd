"""Mouth to ear without sound cards: mixer, Opus, RTP over loopback, playout and mixer, in one process."""

import asyncio
import statistics
import time

import numpy as np

from tuiphone.core.ports import MediaChange, MediaLink
from tuiphone.media.mixer import Mixer
from tuiphone.media.peer import PeerFactory
from tuiphone.media.resample import Samples
from tuiphone.media.stream import BLOCK, RATE

SECONDS = 15
EVERY_BLOCKS = 50
LOUD = 6000


class Wire:
    """A sound card made of two ends: what is said into it now and then is a click, and what it plays is listened to."""

    has_ringer = False

    def __init__(self, *, clicks: bool) -> None:
        self.said: list[float] = []
        self.heard: list[float] = []
        self._clicks = clicks
        self._blocks = 0
        click = np.hanning(BLOCK) * 20000 * np.sin(2 * np.pi * 1000 * np.arange(BLOCK) / RATE)
        self._click, self._quiet = click.astype(np.int16), np.zeros(BLOCK, np.int16)

    def want(self, *, microphone: bool, speaker: bool, ringer: bool) -> None:
        """Always there."""

    def read(self) -> Samples:
        """10 ms of the microphone."""
        self._blocks += 1
        if not self._clicks or self._blocks % EVERY_BLOCKS:
            return self._quiet
        self.said.append(time.perf_counter())
        return self._click

    def write(self, block: Samples) -> None:
        """10 ms for the speaker."""
        now = time.perf_counter()
        if np.abs(block.astype(int)).max() > LOUD and (not self.heard or now - self.heard[-1] > 0.1):
            self.heard.append(now)

    def ring(self, block: Samples) -> None:
        """No ringer."""


def rows() -> list[tuple[str, str, str]]:
    """From a click handed to one mixer to the same click handed out by the other."""
    delays, setup_s = asyncio.run(_measure())
    spread = f"median of {len(delays)}, p95 {np.percentile(delays, 95) * 1000:.0f} ms"
    return [
        ("mouth to ear, tracks alone", f"{statistics.median(delays) * 1000:.0f} ms", spread),
        ("offer to connected media", f"{setup_s * 1000:.0f} ms", "ICE and DTLS over loopback, once"),
    ]


async def _measure() -> tuple[list[float], float]:
    mouth, ear = Wire(clicks=True), Wire(clicks=False)
    mixers = Mixer(mouth), Mixer(ear)
    connected = asyncio.Event()

    def changed(change: MediaChange) -> None:
        if change.link is MediaLink.CONNECTED:
            connected.set()

    ours = PeerFactory(mixers[0]).create(video=False, changed=changed)
    theirs = PeerFactory(mixers[1]).create(video=False, changed=lambda change: None)
    began = time.perf_counter()
    for peer in (ours, theirs):
        peer.use_ice((), loopback=True)
    offer = await ours.offer()
    answer = await theirs.answer(offer)
    for candidate in offer.candidates:
        await theirs.add_candidate(candidate)
    await ours.apply(answer)
    for candidate in answer.candidates:
        await ours.add_candidate(candidate)
    await asyncio.wait_for(connected.wait(), 10)
    setup_s = time.perf_counter() - began
    for peer in (ours, theirs):
        peer.start()
    await asyncio.sleep(SECONDS)
    for peer in (ours, theirs):
        await peer.close()
    for mixer in mixers:
        await mixer.close()
    delays = [min((heard - said for heard in ear.heard if heard > said), default=1.0) for said in mouth.said[2:-1]]
    return [delay for delay in delays if delay < 0.45], setup_s

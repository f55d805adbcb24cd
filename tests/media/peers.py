"""Two peers in one process over loopback, and the seats they take in the place of a mixer's lines."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tuiphone.core.ports import Description, MediaChange, MediaLink
from tuiphone.media.cameras import Cameras
from tuiphone.media.peer import Peer, PeerFactory

RATE = 48000


class FakeLine:
    """A seat whose microphone is a tone and whose speaker is an array; it ticks like the mixer does."""

    def __init__(self, far: Any, tone: float) -> None:
        self.started = self.muted = self.held = False
        self.microphone_level = self.far_level = 0.0
        self.heard: list[np.ndarray] = []
        self.pressed = ""
        self.recorded: str | None = None
        self.closed = False
        self._far = far
        self._tone = tone
        self._at = 0
        self._task = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        due = time.monotonic()
        while True:
            due += 0.01
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            block = self._far.read(480)
            assert block.shape == (480,)
            assert block.dtype == np.int16
            self.heard.append(np.zeros(480, np.int16) if self.held else block)

    def microphone(self, samples: int) -> np.ndarray:
        times = (self._at + np.arange(samples)) / RATE
        self._at += samples
        if self.muted or self.held or not self.started:
            return np.zeros(samples, np.int16)
        return (8000 * np.sin(2 * np.pi * self._tone * times)).astype(np.int16)

    def last(self, seconds: float) -> np.ndarray:
        return np.concatenate(self.heard[-round(seconds * 100) :])

    def record(self, path: str, about: dict[str, object], views: Any = None) -> None:
        self.recorded = path

    async def stop_recording(self) -> None:
        self.recorded = None

    def press(self, digits: str) -> None:
        self.pressed += digits

    def close(self) -> None:
        self.closed = True
        self._task.cancel()


class FakeMixer:
    """Gives such seats."""

    def __init__(self, tone: float) -> None:
        self.tone = tone
        self.lines: list[FakeLine] = []

    def open_line(self, far: Any) -> FakeLine:
        self.lines.append(FakeLine(far, self.tone))
        return self.lines[-1]


class Side:
    """One end of a call: its peer, its mixer, and what the peer reported."""

    def __init__(
        self, tone: float, *, video: bool = False, loopback: bool = True, cameras: Cameras | None = None
    ) -> None:
        self.mixer = FakeMixer(tone)
        self.changes: list[MediaChange] = []
        peer = PeerFactory(self.mixer, cameras=cameras).create(video=video, changed=self.changes.append)
        assert isinstance(peer, Peer)
        self.peer = peer
        self.peer.use_ice((), loopback=loopback)

    @property
    def line(self) -> FakeLine:
        return self.mixer.lines[0]

    @property
    def link(self) -> MediaLink:
        return self.changes[-1].link if self.changes else MediaLink.NEW


async def until(check: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something outside this process's control, up to a deadline."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def exchange(caller: Side, callee: Side) -> None:
    """Offer and answer, with the candidates that came along."""
    offer = await caller.peer.offer()
    answer = await callee.peer.answer(offer)
    await caller.peer.apply(answer)


async def connect(caller: Side, callee: Side) -> None:
    """A call that was answered and is up."""
    await exchange(caller, callee)
    caller.peer.start()
    callee.peer.start()
    await until(lambda: caller.link is MediaLink.CONNECTED and callee.link is MediaLink.CONNECTED)


def cut(side: Side) -> None:
    """Nothing comes or goes any more over the connection that this side has now."""
    assert side.peer._link is not None
    for transceiver in side.peer._link.connection.getTransceivers():
        for protocol in transceiver.receiver.transport.transport._connection._protocols:
            protocol.datagram_received = protocol.transport.sendto = lambda *_: None


def pitch(sound: np.ndarray) -> float:
    """The loudest frequency in it, Hz."""
    windowed = sound * np.hanning(len(sound))
    return float(np.argmax(np.abs(np.fft.rfft(windowed))) * RATE / len(sound))


async def hear(side: Side, tone: float, seconds: float = 20.0) -> None:
    """The far side's tone comes out of this side's speaker."""
    await until(
        lambda: side.mixer.lines and len(side.line.heard) > 50 and abs(pitch(side.line.last(0.3)) - tone) < 8, seconds
    )


def is_silent(sound: np.ndarray) -> bool:
    return int(np.abs(sound.astype(np.int32)).max()) < 100


def stripped(description: Description) -> Description:
    """A description whose candidates come separately."""
    return Description(description.kind, description.sdp)

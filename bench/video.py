"""Pictures: from the far side's camera to this side's glass, how many a second, and what that costs."""

import asyncio
import re
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from statistics import median

import numpy as np
from aiortc import MediaStreamTrack
from av import VideoFrame

from bench.screen import Screen, cpu_seconds
from bench.tracks import Wire
from tests.rigs.display import Display
from tests.rigs.stage import TUIPHONE, Handset, Simulator, until
from tuiphone.control.pictures import Side
from tuiphone.core.frames import FrameWriter
from tuiphone.core.ports import MediaChange
from tuiphone.media.exposure import Exposure
from tuiphone.media.mixer import Mixer
from tuiphone.media.peer import PeerFactory
from tuiphone.ui.video_window import VideoWindow

SECONDS = 8.0
BITS = 16
FPS = 30
_LINE = re.compile(rb"\x1b\[(\d+);(\d+)H\x1b\[[0-9;]*m\xe2\x96\x80")
"""The beginning of a line of half cells."""


def rows() -> list[tuple[str, str, str]]:
    """Delay with a time code in the picture; costs with two real phones."""
    found: list[tuple[str, str, str]] = []
    with Display() as display:
        for size in ((640, 480), (1280, 720)):
            found += _delay(display, size)
        for size in ("640x480", "1280x720"):
            found += _costs(display, size)
    return found


# -- delay ----------------------------------------------------------------------------------------------------------


class TimeCode(MediaStreamTrack):
    """A camera that photographs a clock: the milliseconds, as light and dark fields along the upper edge."""

    kind = "video"

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size = size
        self._next = time.monotonic()

    async def recv(self) -> VideoFrame:
        """The next picture, taken when it is asked for."""
        self._next = max(self._next + 1 / FPS, time.monotonic() - 1 / FPS)
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        width, height = self._size
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        # Something for the encoder to do, as in a room.
        planes[height // 4 : height] = (np.add.outer(np.arange(height * 3 // 4), np.arange(width)) % 97) + 60
        code = _milliseconds()
        for bit in range(BITS):
            field = slice(width * bit // BITS, width * (bit + 1) // BITS)
            planes[: height // 8, field] = 220 if code >> bit & 1 else 30
        frame = VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = int(time.monotonic() * 90000), Fraction(1, 90000)
        return frame


def _milliseconds() -> int:
    return int(time.monotonic() * 1000) % (1 << BITS)


class Eye:
    """Looks at the window all the time, and notes how old the clock is that it sees there."""

    def __init__(self, display: Display, size: tuple[int, int], title: str) -> None:
        left, top, width, height = display.place(title)
        scale = min(width / size[0], height / size[1])
        wide, high = size[0] * scale, size[1] * scale
        columns = [int(left + (width - wide) / 2 + wide * (bit + 0.5) / BITS) for bit in range(BITS)]
        self.ages: list[int] = []
        self.seconds = 0.0
        self._look = display.watch(int(top + (height - high) / 2 + high / 16), columns)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Eye":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        last, begun = -1, time.monotonic()
        while not self._over.wait(0.001):
            code = sum(1 << bit for bit, light in enumerate(self._look()) if light > 128)
            age = (_milliseconds() - code) % (1 << BITS)
            if code != last and age < 2000:
                last = code
                self.ages.append(age)
        self.seconds = time.monotonic() - begun


def _delay(display: Display, size: tuple[int, int]) -> list[tuple[str, str, str]]:
    ages, seconds = asyncio.run(_see(display, size))
    name = f"{size[1]}p"
    if not ages:
        return [(f"glass to glass, {name}", "?", "no picture came through")]
    spread = f"median of {len(ages)}, p95 {np.percentile(ages, 95):.0f} ms; both phones in one process"
    return [
        (f"glass to glass, {name}", f"{median(ages):.0f} ms", spread),
        (f"pictures shown, {name}", f"{len(ages) / seconds:.1f} /s", f"of {FPS}, in the window"),
    ]


async def _see(display: Display, size: tuple[int, int]) -> tuple[list[int], float]:
    mixers = Mixer(Wire(clicks=False)), Mixer(Wire(clicks=False))

    def ignore(change: MediaChange) -> None:
        pass

    theirs, ours = (PeerFactory(mixer).create(video=True, changed=ignore) for mixer in mixers)
    theirs._new_track = lambda: TimeCode(size)  # type: ignore[attr-defined]
    for peer in (theirs, ours):
        peer.use_ice((), loopback=True)
    offer = await theirs.offer()
    answer = await ours.answer(offer)
    for candidate in offer.candidates:
        await ours.add_candidate(candidate)
    await theirs.apply(answer)
    for candidate in answer.candidates:
        await theirs.add_candidate(candidate)
    ours.camera(False)
    writer = FrameWriter(Path("/dev/shm"), "tuiphone-bench-", width=1280, height=720)
    window = VideoWindow(lambda said: None, log=None)
    with ThreadPoolExecutor(1) as pool, _display_of(display):
        exposure = Exposure(ours.views()[0], writer, rate=FPS, pool=pool)  # type: ignore[arg-type]
        try:
            if (problem := await window.open()) is not None:
                raise RuntimeError(problem)
            title = f"clock {size[1]}"
            window.show(title, "", [Side("", str(writer.path))])
            await asyncio.sleep(4)
            eye = await asyncio.to_thread(Eye, display, size, title)
            with eye:
                await asyncio.sleep(SECONDS)
            return eye.ages, eye.seconds
        finally:
            await window.close()
            exposure.close()
            for peer in (theirs, ours):
                await peer.close()
            for mixer in mixers:
                await mixer.close()


@contextmanager
def _display_of(display: Display) -> Iterator[None]:
    import os

    before = os.environ.get("DISPLAY")
    os.environ.update(display.env)
    try:
        yield
    finally:
        if before is None:
            del os.environ["DISPLAY"]
        else:
            os.environ["DISPLAY"] = before


# -- costs ----------------------------------------------------------------------------------------------------------


def _costs(display: Display, size: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(Path(folder) / "accounts")
        phones = [
            Handset(Path(folder) / user, simulator.accounts / f"{user}.toml", env={"TUIPHONE_SOUND": "none"})
            for user in ("alice", "bob")
        ]
        alice, bob = phones
        try:
            for phone in phones:
                settings = f'[video]\nsize = "{size}"\nfps = {FPS}\ncameras = ["front pattern"]\n'
                (phone.profile / "config" / "config.toml").write_text(settings)
                phone.start()
            call = alice.begin("dial", "--video", "bob", "--for", "300")
            bob.run("answer", "--video", "--wait", "20")
            alice.until(lambda state: state["calls"] and state["calls"][0]["state"] == "active")
            engine = alice.engine_pid
            assert engine is not None
            time.sleep(3)
            found.append((f"engine, {size}", _cpu(engine), f"both ways at {FPS}/s, VP8; nobody looks"))
            app = Screen(TUIPHONE, alice.env | display.env, columns=100, rows=30)
            try:
                until(lambda: any("bob" in title for title in display.windows()), 30, "the window")
                viewer = _child(app.pid, "media.viewer")
                assert viewer is not None
                time.sleep(2)
                used = [cpu_seconds(pid) for pid in (engine, viewer, app.pid)]
                app.drawn(SECONDS)
                costs = [
                    f"{100 * (cpu_seconds(pid) - before) / SECONDS:.0f} %"
                    for pid, before in zip((engine, viewer, app.pid), used, strict=True)
                ]
                found.append((f"engine, viewer, app, {size}", " + ".join(costs), "of one core, with the window"))
            finally:
                app.close()
            for columns, lines in ((80, 24), (120, 40)) if size == "640x480" else ():
                found += [_terminal(alice, columns, lines, kind) for kind in _KINDS]
            alice.run("hangup", check=False)
            call.wait(15)
        finally:
            for phone in phones:
                phone.close()
            simulator.close()
    return found


_KINDS = {
    # What they are called, how the terminal says that it has them, the pixels of a cell, and how a picture begins.
    "half cells": ({}, (0, 0), _LINE),
    "kitty": ({"TERM": "xterm-kitty"}, (8, 16), re.compile(rb"\x1b_Ga=T[^;]*,i=(\d+)")),
    "sixel": ({}, (8, 16), re.compile(rb"\x1b7(\x1b\[\d+;\d+H)\x1bP")),
}


def _terminal(phone: Handset, columns: int, lines: int, kind: str) -> tuple[str, str, str]:
    asked, cell, begins = _KINDS[kind]
    between = ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS", "LINES", "TMUX", "STY", "SSH_CONNECTION", "KITTY_WINDOW_ID")
    env = {key: value for key, value in phone.env.items() if key not in (*between, "TERM")} | asked
    app = Screen(TUIPHONE, env, columns=columns, rows=lines, cell=cell)
    try:
        app.drawn(4)
        painter = _child(app.pid, "media.painter")
        used = cpu_seconds(app.pid), cpu_seconds(painter) if painter else 0.0
        drawn = app.drawn(SECONDS)
        cost = 100 * (cpu_seconds(app.pid) - used[0]) / SECONDS
        beside = f", painter {100 * (cpu_seconds(painter) - used[1]) / SECONDS:.0f} %" if painter else ""
    finally:
        app.close()
    [(_, times)] = Counter(begins.findall(drawn)).most_common(1) or [((), 0)]
    note = f"app {cost:.0f} %{beside} of one core, {len(drawn) / SECONDS / 1024:.0f} kB/s to the terminal"
    return f"pictures in a terminal of {columns}x{lines}, {kind}", f"{times / SECONDS:.1f} /s", note


def _cpu(pid: int) -> str:
    before = cpu_seconds(pid)
    time.sleep(SECONDS)
    return f"{100 * (cpu_seconds(pid) - before) / SECONDS:.0f} %"


def _child(pid: int, module: str) -> int | None:
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return next((int(line.split()[0]) for line in found.stdout.splitlines() if module in line), None)

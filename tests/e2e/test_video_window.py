"""The video window on a real display: who is seen in it, and that it comes and goes without the call."""

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.rigs.display import Display
from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal
from tuiphone.store import paths

BARS = np.array([(255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255)])
"""Of the pattern that stands in for a camera, from left to right."""
TITLE = "echo - tuiphone"
FAR_OFF = 90
"""How much colours may suffer on their way through a codec."""


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as running:
        yield running


def viewers(app: Terminal) -> list[int]:
    """The children of the app that show pictures."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(app.pid)], capture_output=True, check=False)
    return [int(line.split()[0]) for line in found.stdout.decode().splitlines() if "tuiphone.media.viewer" in line]


def zombies() -> list[str]:
    found = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, check=False).stdout.decode()
    return [line for line in found.splitlines() if line.startswith("Z") and "viewer" in line]


def opened(display: Display, title: str) -> bool:
    return any(title in window for window in display.windows())


def memories(phone: Handset) -> set[Path]:
    """What this phone keeps of pictures; others may be in a call at the same time."""
    socket = paths.find(phone.profile).socket
    return set(Path("/dev/shm").glob(f"tuiphone-{hashlib.sha256(os.fsencode(socket)).hexdigest()[:16]}-*"))


@pytest.fixture
def call(
    display: Display, phone_of: Callable[..., Handset], open_app: Callable[..., Terminal]
) -> Iterator[tuple[Handset, Terminal]]:
    """Alice in a video call with the echo, its window open."""
    alice = phone_of("alice")
    app = open_app(alice, columns=100, rows=30, more=display.env)
    app.type("echo")
    app.press("M-v")
    until(lambda: opened(display, TITLE), 30, "the window")
    yield alice, app
    alice.run("hangup", check=False)
    until(lambda: not display.windows(), 15, "the end of the window")


def test_the_far_side_is_seen_with_us_mirrored_in_the_corner(
    display: Display, phone_of: Callable[..., Handset], open_app: Callable[..., Terminal]
) -> None:
    alice, bob = phone_of("alice"), phone_of("bob")
    app = open_app(alice, columns=100, rows=30, more=display.env)
    app.type("bob")
    app.press("M-v")
    bob.run("answer", "--video", "--wait", "20")

    def bars(left: float, right: float, height: float) -> np.ndarray:
        """Colours in the middle of each seventh of this part of the window."""
        x, y, width, high = display.place("bob - tuiphone")
        shot = display.picture()[y : y + high, x : x + width].astype(int)
        at = [int(width * (left + (right - left) * (one + 0.5) / 7)) for one in range(7)]
        return shot[int(high * height), at]

    def is_seen() -> bool:
        if not opened(display, "bob - tuiphone"):
            return False
        far, own = bars(0, 1, 0.3), bars(0.745, 0.98, 0.85)
        return bool((abs(far - BARS) < FAR_OFF).all() and (abs(own - BARS[::-1]) < FAR_OFF).all())

    until(is_seen, 30, "both sides in the window")
    alice.run("hangup")
    until(lambda: not display.windows(), 15, "the end of the window")
    until(lambda: not viewers(app) and not memories(alice), 15, "nothing being left")
    until(lambda: not zombies(), 15, "no zombie being left")


def test_what_is_done_to_the_window_is_not_done_to_the_call(display: Display, call: tuple[Handset, Terminal]) -> None:
    alice, app = call
    # Closed as windows are closed, and opened again by a key.
    display.close_window(TITLE)
    app.wait_for("The picture is off")
    until(lambda: not viewers(app) and not memories(alice), 15, "the end of the viewer")
    app.press("p")
    until(lambda: opened(display, TITLE), 30, "the window")
    # Its own keys.
    before = display.picture()
    display.press(TITLE, "question")
    until(lambda: (display.picture() != before).any(), 10, "the keys being shown")
    display.press(TITLE, "F1", "m", "f", "Escape", "s")
    app.wait_for("The picture is kept in")
    [png] = (alice.profile / "data" / "recordings" / "pictures").glob("*_echo.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    # Into the terminal and back.
    app.press("P")
    app.wait_for("▀")
    until(lambda: not display.windows(), 15, "the end of the window")
    app.press("P")
    until(lambda: opened(display, TITLE), 30, "the window")
    app.wait_gone("▀")
    # Killed.
    [viewer] = viewers(app)
    os.kill(viewer, signal.SIGKILL)
    until(lambda: not display.windows() and not memories(alice), 15, "the end of the window")
    until(lambda: not zombies(), 15, "no zombie being left")
    assert alice.calls("active")


def test_it_ends_with_an_app_or_an_engine_that_is_killed(
    display: Display, call: tuple[Handset, Terminal], open_app: Callable[..., Terminal]
) -> None:
    alice, app = call
    [viewer] = viewers(app)
    os.kill(app.pid, signal.SIGKILL)
    until(lambda: not display.windows(), 15, "the end of the window")
    until(lambda: not Path(f"/proc/{viewer}/exe").exists(), 15, "the end of the viewer")
    until(lambda: not memories(alice), 20, "nothing being drawn for nobody")
    assert alice.calls("active")
    open_app(alice, columns=100, rows=30, more=display.env)
    until(lambda: opened(display, TITLE) and memories(alice), 30, "the window")
    alice.kill_engine()
    until(lambda: not display.windows(), 15, "the end of the window")
    alice.start()
    assert not memories(alice)


def test_a_display_that_is_not_there_leaves_the_picture_to_the_terminal(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal]
) -> None:
    alice = phone_of("alice")
    app = open_app(alice, columns=100, rows=30, more={"DISPLAY": ":4711"})
    app.type("echo")
    app.press("M-v")
    screen = app.wait_for("▀", 30)
    assert "No video window can be opened" in screen
    assert alice.calls("active")
    until(lambda: not zombies(), 15, "no zombie being left")

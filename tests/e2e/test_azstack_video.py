"""A video call over AZStack by keys: each side's picture arrives at the other; the camera off, on, and another one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.test_terminal_video import BARS, shows
from tests.media.films import BLUE, RED, still
from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal


@pytest.fixture(scope="module")
def simulator(azstack: Simulator) -> Simulator:
    """AZStack's in place of the usual one."""
    return azstack


@pytest.mark.timeout(180)
def test_each_sees_the_other_and_what_is_done_to_the_camera(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], tmp_path: Path
) -> None:
    me, them = still(tmp_path / "me.png", RED), still(tmp_path / "them.png", BLUE)
    alice = phone_of("alice", config=f'[video]\ncameras = ["{me}", "front pattern"]\n')
    bob = phone_of("bob", config=f'[video]\ncameras = ["{them}"]\n')
    alices, bobs = (open_app(phone, columns=120, rows=40) for phone in (alice, bob))
    alices.type("bob")
    alices.press("M-v")
    assert bob.run("answer", "--video", "--wait", "20").returncode == 0
    bobs.wait_for(lambda screen: "▶" in screen and "a answer" not in screen)
    until(lambda: bobs.press("F9") or "m mute" in bobs.screen().replace("alt+m", ""), what="the call screen")
    for window in (alices, bobs):
        window.wait_for(lambda screen: "640x480, " in screen and "v camera off" in screen, 30)
    # Our own picture is on both screens too, in a corner.
    until(lambda: shows(alices, BLUE, RED), 30, "bob's picture at alice's")
    until(lambda: shows(bobs, RED, BLUE), 30, "alice's picture at bob's")
    alices.press("V")
    alices.wait_for("◉ front pattern")
    until(lambda: shows(bobs, *BARS), 30, "alice's other camera at bob's")
    alices.press("v")
    alices.wait_for("camera off")
    until(lambda: not shows(bobs, *BARS[:2]), 30, "no picture at bob's")
    alices.press("v")
    until(lambda: shows(bobs, *BARS), 30, "alice's picture again")
    alices.press("x")
    bobs.wait_for("the other side hung up")

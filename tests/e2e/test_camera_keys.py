"""Our picture by keys in a real terminal: on, off, the other camera, one that is pulled out; a phone that looks on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.films import RED, still
from tests.rigs.stage import Handset
from tests.rigs.terminal import Terminal

Open = Callable[..., Terminal]


@pytest.mark.timeout(180)
def test_the_camera_is_switched_and_goes_off_and_on_by_keys(
    phone_of: Callable[..., Handset], open_app: Open, tmp_path: Path
) -> None:
    me = still(tmp_path / "me.png", RED)
    config = f'[video]\nshow = "off"\ncameras = ["{me}", "back pattern"]\n'
    alice, bob = phone_of("alice", config=config), phone_of("bob")
    assert "  me.png\n  back pattern\n" in alice.run("devices").stdout
    looks_on = bob.begin("answer", "--wait", "60", "--video", "--camera", "pattern", "--stay", "--json")
    window = open_app(alice)
    window.press("F2")
    window.wait_for("number or name")
    window.type("bob")
    window.press("M-v")
    screen = window.wait_for(lambda screen: "in call  ·  ◉ me.png" in screen and "V other camera" in screen, 30)
    assert "v camera off" in screen
    window.wait_for("640x480, ", 30)
    window.press("V")
    window.wait_for("in call  ·  ◉ back pattern")
    window.press("v")
    window.wait_for(lambda screen: "in call  ·  camera off" in screen and "V other camera" not in screen)
    window.press("v")
    window.wait_for("in call  ·  ◉ back pattern")
    me.unlink()
    alice.run("camera", "--use", "me.png")
    window.wait_for("◉ me.png, no picture")
    window.wait_for("The picture file me.png is not there")
    alice.run("camera", "--next")
    window.wait_for("in call  ·  ◉ back pattern")
    window.wait_gone("The picture file")
    refused = alice.run("camera", "--use", "nobody", check=False)
    assert "There is no camera 'nobody'." in refused.stderr
    window.press("x")
    said = [json.loads(line) for line in looks_on.communicate(timeout=60)[0].splitlines()]
    (ended,) = [line for line in said if line["type"] == "ended"]
    assert ended["video"].startswith("640x480, "), "bob saw alice"

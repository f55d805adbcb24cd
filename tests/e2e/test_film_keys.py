"""A video call recorded by a key in a real terminal: both sides on the film, and its sound in the list."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.films import BLUE, GREEN, still
from tests.media.test_film import film_of, shows
from tests.media.test_recorder import both_sides
from tests.rigs.pulse import RATE
from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal


@pytest.mark.timeout(180)
def test_a_video_call_is_recorded_with_both_pictures_by_r(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], tmp_path: Path
) -> None:
    def config(name: str, colour: tuple[int, int, int], format: str) -> str:
        video = f'[video]\nshow = "off"\ncameras = ["{still(tmp_path / name, colour)}"]\n'
        return f'{video}[recording]\nformat = "{format}"\n'

    alice = phone_of("alice", config=config("a.png", BLUE, "auto"))
    bob = phone_of("bob", config=config("b.png", GREEN, "ogg"))
    bob.begin("answer", "--wait", "60", "--video", "--stay")
    window = open_app(alice, columns=110)
    window.press("F2")
    window.wait_for("number or name")
    window.type("bob")
    window.press("M-v")
    window.wait_for("640x480, ", 30)
    window.press("r")
    window.wait_for("REC")
    bob.run("record")
    (path,) = until(lambda: [*(alice.profile / "data" / "recordings").glob("*.webm")], what="the recording")
    # It is written as it comes: what is there can be seen already.
    until(lambda: path.stat().st_size > 30_000, 30, "more of it")
    window.press("x")
    window.wait_for("you hung up")
    window.press("F5")
    window.wait_for(lambda screen: "◆ bob" in screen and "video" in screen and "00:" in screen)
    (line,) = bob.run("recordings", "list").stdout.splitlines()
    assert line.endswith("alice.ogg"), "as bob wants it: the sound alone"
    film = film_of(path)
    assert shows(film[len(film) // 2][1], BLUE, GREEN)
    left, _ = both_sides(path)
    assert film[-1][0] == pytest.approx(len(left) / RATE, abs=0.1)
    window.press("Enter")
    window.wait_for(lambda screen: "▶ bob" in screen and "them" in screen)
    window.press("Escape")
    alice.run("recordings", "export", path.stem, str(tmp_path))
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert "(video)" in alice.run("recordings", "list").stdout

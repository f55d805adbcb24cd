"""The picture of a call in a terminal that says it has sixels: what it is sent is the far side's picture."""

from collections.abc import Callable

import numpy as np

from tests.media.sixels import Drawn, last_drawn
from tests.rigs.raw_terminal import RawTerminal
from tests.rigs.stage import TUIPHONE, Handset, until

BARS = ((255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255))
CELL = (8, 16)


def newest(app: RawTerminal, before: int) -> Drawn | None:
    """The last whole picture that came behind this byte."""
    return last_drawn(app.heard[before:])


def has_bars(picture: Drawn | None) -> bool:
    """Each colour of the far side's test pattern fills a part of it."""
    if picture is None or not picture.painted.all():
        return False
    off = [np.abs(picture.pixels.astype(int) - colour).max(axis=2) < 70 for colour in BARS]
    return all(near.mean() > 0.03 for near in off)


def test_the_far_sides_colours_are_in_the_sixels_and_they_end_with_the_call(phone_of: Callable[..., Handset]) -> None:
    alice, bob = phone_of("alice"), phone_of("bob")
    unwanted = ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY", "SSH_CONNECTION", "COLUMNS", "LINES")
    env = {key: value for key, value in alice.env.items() if key not in unwanted}
    answers = {b"\x1b[c": b"\x1b[?65;1;2;4;6;9;15;16;17;18;21;22;28;29c", b"\x1b[?1;1;0S": b"\x1b[?1;0;1024S"}
    terminal = RawTerminal(
        TUIPHONE, env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}, cell=CELL, answers=answers
    )
    with terminal as app:
        app.wait_for(b"alice")
        call = alice.begin("dial", "bob", "--video", "--for", "120")
        bob.run("answer", "--video", "--wait", "20")
        alice.until(lambda state: state["calls"][0]["state"] == "active")
        # Ours off: what is seen is the far side's alone.
        alice.run("camera", "--off")
        alice.until(lambda state: state["calls"][0]["camera"] is False)
        app.press(b"\x1b[20~")  # f9, the call's page
        until(lambda: has_bars(newest(app, 0)), 40, "the colours of the far side")

        # Every picture stays on the page: no lower than its last line but one.
        before = len(app.heard)
        picture = until(lambda: newest(app, before), 20, "a newer picture")
        assert picture.row >= 1
        assert (picture.row - 1) * CELL[1] + picture.pixels.shape[0] <= 23 * CELL[1]
        assert (picture.column - 1) * CELL[0] + picture.pixels.shape[1] <= 80 * CELL[0]

        app.resize(120, 40)
        larger = picture.pixels.size * 1.5
        until(
            lambda: has_bars(found := newest(app, before)) and found and found.pixels.size > larger, 20, "a larger one"
        )

        # Nothing lies over a dialog, and keys are heard.
        app.press(b"\x1bOP")  # f1
        app.wait_for(b"for [keys] in config.toml")
        quiet = len(app.heard)
        app.press(b"\x1b")
        until(lambda: has_bars(newest(app, quiet)), 20, "the picture again")
        app.press(b"m")
        alice.until(lambda state: state["calls"][0]["muted"])
        app.press(b"x")
        alice.until(lambda state: not state["calls"] or state["calls"][0]["state"] == "ended")
        call.wait(20)
        app.press(b"\x11")  # ctrl+q
        app.wait_ended()
        # What it answered was no keys for anything.
        assert b"65;1;2" not in app.heard

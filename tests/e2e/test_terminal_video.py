"""The picture of a call inside a real terminal: its colours are there, they change, and they go with the call."""

import re
from collections.abc import Callable

from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal

_CELL = re.compile(r"\x1b\[([0-9;]*)m|(▀)")


def cells(app: Terminal) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Upper and lower colour of each half cell on the screen."""
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    upper: tuple[int, ...] = ()
    lower: tuple[int, ...] = ()
    for codes, half in _CELL.findall(app.raw_screen().decode()):
        if half:
            found.append((upper, lower))
            continue
        numbers = [int(code or 0) for code in codes.split(";")]
        while numbers:
            match numbers:
                case [38, 2, red, green, blue, *rest]:
                    upper = (red, green, blue)
                case [48, 2, red, green, blue, *rest]:
                    lower = (red, green, blue)
                case [_, *rest]:
                    pass
            numbers = rest
    return found


def shows(app: Terminal, *colours: tuple[int, int, int]) -> bool:
    """Each of these colours, or nearly, is on the screen."""
    there = {upper for upper, _ in cells(app) if upper}
    return all(
        any(max(abs(a - b) for a, b in zip(one, wanted, strict=True)) < 70 for one in there) for wanted in colours
    )


BARS = ((255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255))


def test_the_far_sides_colours_are_in_the_terminal_and_move(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal]
) -> None:
    alice, bob = phone_of("alice"), phone_of("bob")
    app = open_app(alice)
    app.type("bob")
    # Ours is off: what is seen is the far side's alone.
    app.press("M-v")
    bob.run("answer", "--video", "--wait", "20")
    alice.until(lambda state: state["calls"][0]["state"] == "active")
    app.press("v")
    until(lambda: shows(app, *BARS), 30, "the colours of the far side")
    before = cells(app)
    until(lambda: cells(app) != before, 15, "a newer picture")
    app.resize(120, 40)
    until(lambda: len(cells(app)) > 1500 and shows(app, *BARS), 15, "a larger picture")
    app.resize(80, 24)
    until(lambda: 0 < len(cells(app)) < 1500 and shows(app, *BARS), 15, "a smaller picture")
    bob.run("camera", "--off")
    until(lambda: not shows(app, *BARS[:2]), 20, "words in place of the last picture")
    app.wait_for(lambda screen: screen.count("camera off") == 2)
    bob.run("camera")
    until(lambda: shows(app, *BARS), 20, "the colours of the far side")
    # Keys are heard meanwhile, and the picture goes with the call.
    app.press("m")
    alice.until(lambda state: state["calls"][0]["muted"])
    app.press("x")
    app.wait_gone("▀")

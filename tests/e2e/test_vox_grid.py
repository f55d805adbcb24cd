"""The video window in a group call with real far sides: each has its own place in it, as large as it can be."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.test_vox_group import simulator
from tests.media.films import BLUE, GREEN, RED, still
from tests.rigs.display import Display
from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal

__all__ = ["simulator"]

COLOURS = {"alice": RED, "bob": GREEN, "carol": BLUE}
Box = tuple[int, int, int, int]
"""Left, top, width and height."""


@pytest.fixture
def display() -> Iterator[Display]:
    with Display(managed=False) as running:
        yield running


def box_of(display: Display, colour: tuple[int, int, int]) -> Box | None:
    """The rectangle that this colour fills on the display, if it fills one."""
    near = abs(display.picture().astype(int) - colour).max(axis=2) < 60
    columns, rows = np.flatnonzero(near.mean(axis=0) > 0.05), np.flatnonzero(near.mean(axis=1) > 0.05)
    if not len(columns) or not len(rows):
        return None
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    # Names and our own picture lie over it.
    is_filled = near[top:bottom, left:right].mean() > 0.7
    return (int(left), int(top), int(right - left), int(bottom - top)) if is_filled else None


def has_fitting_shape(box: Box) -> bool:
    return abs(box[2] / box[3] - 4 / 3) < 0.1


def lie_apart(one: Box, other: Box) -> bool:
    return any(
        one[side] + one[side + 2] <= other[side] or other[side] + other[side + 2] <= one[side] for side in (0, 1)
    )


@pytest.mark.timeout(240)
def test_each_far_side_has_a_tile_of_its_own_and_who_is_left_gets_the_room(
    display: Display, phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], tmp_path: Path
) -> None:
    phones: dict[str, Handset] = {}
    for who, colour in COLOURS.items():
        picture = still(tmp_path / f"{who}.png", colour, (320, 240))
        phones[who] = phone_of(who, config=f'[video]\nfps = 5\ncameras = ["{picture}"]\n')
    alice, bob, carol = phones.values()
    alice.begin("group", "bob", "carol", "--video", "--for", "200")
    for phone in (bob, carol):
        phone.run("answer", "--video", "--wait", "20")
    open_app(alice, columns=100, rows=30, more=display.env)

    def tiles() -> tuple[Box, Box] | None:
        green, blue = box_of(display, GREEN), box_of(display, BLUE)
        if green is None or blue is None or not lie_apart(green, blue):
            return None
        is_even = all(abs(one - two) <= 8 for one, two in zip(green[2:], blue[2:], strict=True))
        return (green, blue) if is_even and has_fitting_shape(green) and has_fitting_shape(blue) else None

    green, _ = until(tiles, 60, "a tile for bob and one for carol")
    assert box_of(display, RED) is None or lie_apart(green, box_of(display, RED) or green)
    carol.run("hangup")

    def has_all() -> bool:
        box = box_of(display, GREEN)
        return box is not None and box[2] > 1.3 * green[2] and has_fitting_shape(box) and box_of(display, BLUE) is None

    until(has_all, 40, "bob alone in the window")
    alice.run("hangup")
    until(lambda: box_of(display, GREEN) is None, 15, "the end of the window")

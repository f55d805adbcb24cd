"""What the video window shows, drawn without a window."""

import numpy as np
import pytest

from tuiphone.media.canvas import GROUND, PANEL, Tile, compose
from tuiphone.media.tiles import places

RED, GREEN = (0, 0, 255), (0, 255, 0)


def plain(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def test_the_far_side_fills_the_window_in_its_proportions_with_ours_in_the_corner() -> None:
    drawn = compose((800, 400), [Tile("Bob", plain(RED), None)], Tile("", plain(GREEN), None))
    assert tuple(drawn[200, 400]) == RED
    assert tuple(drawn[10, 100]) == GROUND
    assert tuple(drawn[10, 140]) == RED
    assert tuple(drawn[370, 770]) == GREEN


@pytest.mark.parametrize("missing", ["camera off", "no new picture for 4 seconds"])
def test_a_picture_that_is_not_true_any_more_is_not_shown(missing: str) -> None:
    drawn = compose((400, 300), [Tile("Bob", plain(RED), missing)], None)
    assert not (drawn == RED).all(axis=2).any()
    assert tuple(drawn[5, 5]) == PANEL


def test_several_stand_side_by_side_each_in_its_place() -> None:
    colours = [(0, 0, 250), (0, 250, 0), (250, 0, 0), (250, 250, 0)]
    drawn = compose((800, 600), [Tile("x", plain(colour), None) for colour in colours], None)
    found = [tuple(int(one) for one in drawn[y, x]) for y, x in ((100, 200), (100, 600), (400, 200), (400, 600))]
    assert found == colours


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("size", [(800, 600), (1920, 400), (300, 900)])
def test_places_do_not_overlap_and_stay_inside(count: int, size: tuple[int, int]) -> None:
    taken = np.zeros((size[1], size[0]), np.uint8)
    for left, top, width, height in places(count, *size, gap=6):
        assert min(left, top) >= 0
        assert left + width <= size[0]
        assert top + height <= size[1]
        taken[top : top + height, left : left + width] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("size", [(1, 1), (20, 3), (90, 60)])
def test_a_tiny_window_is_drawn_as_well(size: tuple[int, int]) -> None:
    far = [Tile("Nguyễn 你好", plain(RED), None), Tile("", None, None), Tile("x" * 300, None, "camera off")]
    drawn = compose(size, far, Tile("", plain(GREEN), None), keys=[("f", "full screen")], said="kept as x.png")
    assert drawn.shape == (size[1], size[0], 3)

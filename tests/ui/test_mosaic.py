"""Pictures as half cells: the right colours in the right places, words in place of what is missing."""

import pytest
from rich.style import Style

from tuiphone.core.frames import Picture
from tuiphone.ui.mosaic import HALF, Mosaic, Pane, tiles

RED, GREEN, BLUE, GROUND = (248, 0, 0), (0, 248, 0), (0, 0, 248), (16, 16, 16)


def picture(width: int, height: int, *columns: tuple[int, int, int]) -> Picture:
    """Upright stripes of these colours."""
    row = b"".join(bytes(columns[x * len(columns) // width]) for x in range(width))
    return Picture(1, width, height, 0, row * height)


def drawn(width: int, height: int, *panes: Pane) -> list[list[tuple[str, object, object]]]:
    """Character, upper and lower colour of each cell."""
    mosaic = Mosaic(width, height, GROUND)
    mosaic.draw(panes)
    lines = []
    for strip in mosaic.strips(Style.parse("bold")):
        assert strip.cell_length == width
        cells: list[tuple[str, object, object]] = []
        for text, style, _ in strip:
            upper, lower = (style.color, style.bgcolor) if style else (None, None)
            cells += [(one, upper and upper.triplet, lower and lower.triplet) for one in text]
        lines.append(cells)
    return lines


def words(lines: list[list[tuple[str, object, object]]]) -> list[str]:
    return ["".join(cell[0] for cell in line).replace(HALF, " ").strip() for line in lines]


def test_each_cell_has_two_pixels() -> None:
    upper, lower = bytes(RED) * 2, bytes(GREEN) * 2
    lines = drawn(2, 1, Pane("Bob", Picture(1, 2, 2, 0, upper + lower)))
    assert lines == [[(HALF, RED, GREEN)] * 2]


def test_a_picture_stands_in_the_middle_and_ours_turned_round_in_the_corner() -> None:
    lines = drawn(20, 5, Pane("Bob", picture(12, 10, RED)), Pane("", picture(4, 4, GREEN, BLUE), mine=True))
    assert [cell[1] for cell in lines[0]] == [GROUND] * 4 + [RED] * 12 + [GROUND] * 4
    assert [cell[1] for cell in lines[4]][-4:] == [BLUE, BLUE, GREEN, GREEN]


def test_what_is_missing_is_said_and_the_old_picture_is_gone() -> None:
    lines = drawn(30, 6, Pane("Bob", picture(16, 12, RED), "camera off"))
    assert "Bob" in words(lines)
    assert "camera off" in words(lines)
    assert not any(cell[1] == RED for line in lines for cell in line)


def test_several_stand_side_by_side_with_their_names() -> None:
    lines = drawn(60, 9, Pane("Bob", picture(20, 12, RED)), Pane("Ольга", picture(20, 12, BLUE)))
    assert {cell[1] for line in lines for cell in line[:29]} >= {RED}
    assert {cell[1] for line in lines for cell in line[31:]} >= {BLUE}
    assert words(lines)[-1].split() == ["Bob", "Ольга"]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 2), (3, 9)])
def test_a_picture_that_came_for_another_size_is_shown_as_far_as_there_is_room(width: int, height: int) -> None:
    panes = [Pane("x", picture(40, 30, RED)), Pane("", picture(20, 14, GREEN), mine=True)]
    assert len(drawn(width, height, *panes)) == height


@pytest.mark.parametrize("count", range(1, 10))
def test_tiles_stay_inside(count: int) -> None:
    found = tiles(count, 80, 22)
    assert len(set(found)) == count
    assert all(left + width <= 80 and top + height <= 22 for left, top, width, height in found)


@pytest.mark.parametrize("count", [1, 2, 3, 9, 30])
def test_there_is_no_room_too_small_for_many(count: int) -> None:
    for width, height in [(1, 1), (2, 1), (1, 2), (2, 3), (5, 9), (28, 1)]:
        found = tiles(count, width, height)
        assert len(found) == count
        assert all(left >= 0 and left + wide <= width for left, _, wide, _ in found)
        assert all(top >= 0 and top + high <= height for _, top, _, high in found)
        assert len(drawn(width, height, *[Pane("Bob", None, "camera off")] * count)) == height


@pytest.mark.parametrize("name", ["佐藤健" * 9, "e\u0301" * 40, "👨\u200d👩\u200d👧" * 9])
def test_a_name_of_wide_signs_or_of_marks_stands_inside_its_tile(name: str) -> None:
    for width in range(1, 60):
        assert len(drawn(width, 7, Pane(name, None, "カメラがオフです"))) == 7
        assert len(drawn(width, 7, *[Pane(name, None, "camera off")] * 3)) == 7

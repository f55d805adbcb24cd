"""Pictures that need no camera: two moving test patterns, black, and what stands in for a camera that fails.

A picture is one array of yuv420p: brightness above, and below it both colours at a quarter of the size.
"""

from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Planes: TypeAlias = npt.NDArray[np.uint8]
Size: TypeAlias = tuple[int, int]
"""Width and height, both even."""

FRONT = "front pattern"
BACK = "back pattern"
STEPS = 15
"""Pictures until a pattern begins again."""
_WHITE, _BLACK, _GREY = (235, 128, 128), (16, 128, 128), (70, 128, 128)
_BARS = (_WHITE, (210, 16, 146), (170, 166, 16), (145, 54, 34), (106, 202, 222), (81, 90, 240), (41, 240, 110))
"""Luma and chroma of white, yellow, cyan, green, magenta, red and blue."""
_SQUARES = ((50, 190, 110), (150, 60, 170))
"""Dark blue and orange."""


def planes(width: int, height: int) -> Planes:
    """An array for one picture, with nothing in it yet."""
    return np.empty((height * 3 // 2, width), np.uint8)


def split(picture: Planes) -> tuple[Planes, Planes, Planes]:
    """Luma and both chroma planes of a picture, to be written into."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    first, second = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], first, second


def _fill(parts: tuple[Planes, Planes, Planes], box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    """Paint from left to right and from top to bottom; all even numbers."""
    left, right, top, bottom = box
    parts[0][top:bottom, left:right] = colour[0]
    for plane, value in zip(parts[1:], colour[1:], strict=True):
        plane[top // 2 : bottom // 2, left // 2 : right // 2] = value


def _edges(length: int, count: int) -> list[tuple[int, int]]:
    marks = [length * at // count // 2 * 2 for at in range(count + 1)]
    return list(pairwise(marks))


@lru_cache(maxsize=4)
def _still(name: str, size: Size) -> Planes:
    width, height = size
    picture = planes(width, height)
    parts = split(picture)
    if name == FRONT:
        for (left, right), colour in zip(_edges(width, len(_BARS)), _BARS, strict=True):
            _fill(parts, (left, right, 0, height), colour)
    else:
        for row, (top, bottom) in enumerate(_edges(height, 6)):
            for column, (left, right) in enumerate(_edges(width, 8)):
                _fill(parts, (left, right, top, bottom), _SQUARES[(row + column) % 2])
    return picture


def pattern(name: str, size: Size, step: int) -> Planes:
    """The front pattern: colour bars with a line that falls; the back pattern: squares with a line that walks."""
    picture = _still(name, size).copy()
    luma, at = picture[: size[1]], step % STEPS
    if name == FRONT:
        luma[size[1] * at // STEPS : size[1] * (at + 1) // STEPS] = 235
    else:
        luma[:, size[0] * at // STEPS : size[0] * (at + 1) // STEPS] = 235
    return picture


@lru_cache(maxsize=2)
def black(size: Size) -> Planes:
    """Nothing to see; not to be written into."""
    picture = planes(*size)
    _fill(split(picture), (0, size[0], 0, size[1]), _BLACK)
    picture.flags.writeable = False
    return picture


@lru_cache(maxsize=2)
def crossed(size: Size) -> Planes:
    """Grey, crossed out: a picture should be here; not to be written into."""
    width, height = size
    picture = planes(width, height)
    parts = split(picture)
    _fill(parts, (0, width, 0, height), _GREY)
    down, across = np.mgrid[0:height, 0:width]
    for slanted in (across * height - down * width, (width - 1 - across) * height - down * width):
        parts[0][np.abs(slanted) < 6 * width] = 180
    picture.flags.writeable = False
    return picture

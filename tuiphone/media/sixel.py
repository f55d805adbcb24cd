"""Pictures as sixels (DEC STD 070, chapter 9): six rows at a time, colour after colour, repeated columns counted."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Rows of red, green and blue."""

BAND = 6
"""Rows of pixels in a row of sixels."""
_LEVELS = 6, 7, 6
"""Of red, green and blue: eyes tell greens apart best, and 256 colours are what terminals have."""
COLOURS = _LEVELS[0] * _LEVELS[1] * _LEVELS[2]
_FLAT = 128
_GRAIN = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.uint16) * 16 + 8
"""Bayer's matrix: neighbours are rounded unlike each other, so that few colours look like many."""
_LONGEST = 6
"""Bytes of the longest token."""
_SHORT = 3
"""So many columns are written out: counting them takes as many bytes."""


def encode(picture: Pixels, *, grain: bool = True) -> bytes:
    """The sequence that draws the picture from the cursor on, down to the last row that fills a band.

    Without `grain` it has areas of one colour, and less than half the bytes.
    """
    height = picture.shape[0] - picture.shape[0] % BAND
    colours = _quantised(picture[:height], grain=grain)
    columns, owners = _columns(colours)
    # Square pixels, this large: a terminal can clear the place at once, and nothing shines through.
    head = f'\x1bP7;1q"1;1;{picture.shape[1]};{height}' + "".join(_REGISTERS[n] for n in np.unique(owners % COLOURS))
    return head.encode() + _written(columns, owners) + b"\x1b\\"


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """The picture in another size; its own pixels, so that there are no more colours than before."""
    rows = np.arange(height) * picture.shape[0] // height
    across = np.arange(width) * picture.shape[1] // width
    return picture[rows[:, None], across]


def _register(number: int) -> str:
    red, rest = divmod(number, _LEVELS[1] * _LEVELS[2])
    shares = zip((red, *divmod(rest, _LEVELS[2])), _LEVELS, strict=True)
    return f"#{number};2;" + ";".join(str(round(100 * level / (levels - 1))) for level, levels in shares)


_REGISTERS = [_register(number) for number in range(COLOURS)]


def _quantised(picture: Pixels, *, grain: bool) -> npt.NDArray[np.uint16]:
    height, width, _ = picture.shape
    by = np.tile(_GRAIN, (height // 4 + 1, width // 4 + 1))[:height, :width] if grain else np.uint16(_FLAT)
    found = np.zeros((height, width), np.uint16)
    for channel, levels in enumerate(_LEVELS):
        level = (picture[..., channel].astype(np.uint16) * np.uint16(levels - 1) + by) >> 8
        found = (found * levels + level).astype(np.uint16)
    return found


def _columns(colours: npt.NDArray[np.uint16]) -> tuple[Pixels, npt.NDArray[np.int64]]:
    """For each band and each colour in it a line of columns, six bits each; and whose each line is."""
    height, width = colours.shape
    bands = height // BAND
    owner_of = colours.reshape(bands, BAND, width) + (np.arange(bands) * COLOURS)[:, None, None]
    seen = np.zeros(bands * COLOURS, np.bool_)
    seen[owner_of.ravel()] = True
    owners = np.flatnonzero(seen)
    line_of = np.zeros(len(seen), np.int64)
    line_of[owners] = np.arange(len(owners))
    places = line_of[owner_of] * width + np.arange(width)
    columns = np.zeros(len(owners) * width, np.uint8)
    for row in range(BAND):
        # No column is there twice in a row, so that each gets its bit.
        columns[places[:, row]] |= 1 << row
    return columns.reshape(len(owners), width), owners


def _written(columns: Pixels, owners: npt.NDArray[np.int64]) -> bytes:
    width = columns.shape[1]
    begins = np.ones(columns.shape, np.bool_)
    np.not_equal(columns[:, 1:], columns[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    counts = np.diff(starts, append=columns.size)
    values = columns.ravel()[starts]
    # What is empty up to the end of its line need not be said.
    kept = (values != 0) | ((starts + counts) % width != 0)
    starts, counts, values = starts[kept], counts[kept], values[kept]
    lines = starts // width

    tokens = np.zeros((len(starts) + len(owners), _LONGEST), np.uint8)
    sizes = np.empty(len(tokens), np.uint8)
    heads = np.searchsorted(lines, np.arange(len(owners))) + np.arange(len(owners))
    _put_heads(tokens, sizes, heads, owners)
    _put_runs(tokens, sizes, np.arange(len(starts)) + lines + 1, counts, values + 63)
    return tokens[np.arange(_LONGEST) < sizes[:, None]].tobytes()


def _put_heads(tokens: Pixels, sizes: Pixels, where: npt.NDArray[np.int64], owners: npt.NDArray[np.int64]) -> None:
    """Back to the left, or on to the next band; and in which colour."""
    colours = owners % COLOURS
    tokens[where, 0] = np.where(np.diff(owners // COLOURS, prepend=0) > 0, ord("-"), ord("$"))
    tokens[where, 1] = ord("#")
    for place, power in enumerate((100, 10, 1), 2):
        tokens[where, place] = ord("0") + colours // power % 10
    sizes[where] = 5


def _put_runs(
    tokens: Pixels, sizes: Pixels, where: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], signs: Pixels
) -> None:
    short = counts <= _SHORT
    for place in range(_SHORT):
        tokens[where[short], place] = signs[short]
    sizes[where[short]] = counts[short]
    where, counts, signs = where[~short], counts[~short], signs[~short]
    digits = np.searchsorted((10, 100, 1000), counts, side="right") + 1
    tokens[where, 0] = ord("!")
    for place in range(4):
        has = digits > place
        tokens[where[has], 1 + place] = ord("0") + counts[has] // 10 ** (digits[has] - 1 - place) % 10
    tokens[where, 1 + digits] = signs
    sizes[where] = 2 + digits

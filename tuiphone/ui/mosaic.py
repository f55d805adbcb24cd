"""Pictures as characters: two pixels a cell, the upper and the lower half of it; in plain Python, from bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiphone.core.frames import Picture
from tuiphone.ui.text import cut

HALF = "▀"
_FINE = bytes(value & 0xF8 for value in range(256))
"""Fewer colours make longer runs and fewer styles; nobody sees the difference."""


@dataclass(frozen=True, slots=True)
class Pane:
    """One side of the call as it is to be drawn."""

    name: str
    picture: Picture | None
    missing: str | None = None
    """Said in place of the picture; safe already."""
    mine: bool = False
    covered: bool = False
    """The terminal has a picture of its own there; the cells under it are empty, down to the line with the name."""


class Mosaic:
    """A picture of cells, put together from those of the sides."""

    def __init__(self, width: int, height: int, ground: tuple[int, int, int], *, half: str = HALF) -> None:
        """So many cells, in this colour; a space for `half` leaves them empty."""
        self._half = half
        self.width, self.height = width, height
        self._ground = bytes(ground).translate(_FINE)
        self._rows = [bytearray(self._ground * width) for _ in range(2 * height)]
        self._words: list[tuple[int, int, str]] = []

    def draw(self, panes: Sequence[Pane]) -> None:
        """The far sides side by side, our own in the corner below at the right."""
        far = [pane for pane in panes if not pane.mine]
        for pane, (left, top, width, height) in zip(far, tiles(len(far), self.width, self.height), strict=True):
            self._place(pane, left, top, width, height)
            if len(far) > 1 and pane.name and height > 2 and pane.missing is None:
                self._words.append((left, top + height - 1, cut(f" {pane.name} ", width)))
        for pane in panes:
            if pane.mine and pane.picture is not None and pane.missing is None:
                self._corner(pane.picture)

    def _place(self, pane: Pane, left: int, top: int, width: int, height: int) -> None:
        if pane.covered:
            return
        if pane.picture is None or pane.missing is not None:
            why = "no picture yet" if pane.missing is None else pane.missing
            words = [pane.name, why] if pane.name and height > 1 else [why]
            for number, text in enumerate(words):
                if not (text := cut(text, width)):
                    continue
                at = left + (width - cell_len(text)) // 2, top + (height - len(words)) // 2 + number
                self._words.append((*at, text))
            return
        picture = pane.picture
        # One that came for another size of the window is shown as far as there is room.
        self._paste(
            picture,
            left + max(0, width - picture.width) // 2,
            2 * top + max(0, 2 * height - picture.height) // 2,
            min(width, picture.width),
            min(2 * height, picture.height),
        )

    def _corner(self, picture: Picture) -> None:
        width, height = min(picture.width, self.width // 2), min(picture.height, self.height)
        height -= height % 2
        left, top = self.width - width, 2 * self.height - height
        self._paste(picture, left, top, width, height, mirrored=True)

    def _paste(self, picture: Picture, left: int, top: int, width: int, height: int, *, mirrored: bool = False) -> None:
        pixels = picture.pixels.translate(_FINE)
        for row in range(height):
            begin = 3 * picture.width * row
            line = pixels[begin : begin + 3 * width]
            if mirrored:
                turned = bytearray(len(line))
                for colour in range(3):
                    turned[colour::3] = line[colour::3][::-1]
                line = turned
            self._rows[top + row][3 * left : 3 * (left + width)] = line

    def strips(self, ink: Style) -> list[Strip]:
        """The lines of cells; words are written in this style."""
        lines = [self._line(bytes(self._rows[2 * y]), bytes(self._rows[2 * y + 1])) for y in range(self.height)]
        for left, top, text in self._words:
            line = lines[top]
            width = Segment(text).cell_length
            before, _, after = line.divide([left, left + width, self.width])
            lines[top] = Strip.join([before, Strip([Segment(text, ink)]), after])
        return lines

    def _line(self, upper: bytes, lower: bytes) -> Strip:
        segments: list[Segment] = []
        last, run = b"", 0
        for at in range(0, 3 * self.width, 3):
            pair = upper[at : at + 3] + lower[at : at + 3]
            if pair == last:
                run += 1
                continue
            if run:
                segments.append(Segment(self._half * run, _style(last)))
            last, run = pair, 1
        segments.append(Segment(self._half * run, _style(last)))
        return Strip(segments, self.width)


@lru_cache(32768)
def _style(pair: bytes) -> Style:
    return Style.from_color(_colour(pair[:3]), _colour(pair[3:]))


@lru_cache(32768)
def _colour(rgb: bytes) -> Color:
    return Color.from_triplet(ColorTriplet(*rgb))


def tiles(count: int, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height, in cells, of so many pictures; in as many columns as make them largest."""
    if count <= 1:
        return [(0, 0, width, height)] * count
    columns = max(range(1, count + 1), key=lambda n: min(width / n / 4, 2 * height / -(-count // n) / 3))
    rows = -(-count // columns)
    wide, high = max(1, (width - columns + 1) // columns), max(1, (height - rows + 1) // rows)
    found: list[tuple[int, int, int, int]] = []
    for number in range(count):
        row, column = divmod(number, columns)
        # Where there are more pictures than cells they lie on each other, and inside.
        found.append((min(column * (wide + 1), width - wide), min(row * (high + 1), height - high), wide, high))
    return found

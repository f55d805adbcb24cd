"""Pictures that the terminal itself puts over cells: of which kind, where each goes, and that they go again."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from textual.geometry import Region

from tuiphone.control.pictures import Side
from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader, Picture
from tuiphone.ui import kitty
from tuiphone.ui.mosaic import tiles
from tuiphone.ui.painter import Canvas

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MOST_WIDTH, MOST_HEIGHT = 960, 720
"""Pixels asked for, where the terminal shows pictures themselves; it makes them larger."""
FIRST_NUMBER = 7301
"""Of our pictures in the terminal, which other programs may use as well."""
Place = tuple[int, int, int, int]
"""Left, top, width and height in cells."""


class Sight:
    """One side's memory, and its newest picture."""

    def __init__(self, side: Side) -> None:
        self.memory = side.memory
        self.picture: Picture | None = None
        try:
            self._reader: FrameReader | None = FrameReader(side.memory)
        except MediaError:
            self._reader = None

    def look(self) -> bool:
        """Take a newer picture if there is one."""
        number = self.picture.number if self.picture is not None else 0
        if self._reader is None or (found := self._reader.read(number)) is None:
            return False
        self.picture = found
        return True

    def begin(self, picture: Picture) -> int:
        """At which byte of the memory it begins."""
        return self._reader.where(picture) if self._reader is not None else 0

    def close(self) -> None:
        """Look no longer."""
        if self._reader is not None:
            self._reader.close()


class Overlay:
    """The pictures over one region of the screen; `cell` is None while characters have to stand in."""

    def __init__(self, app: "TuiPhone") -> None:
        self.cell: tuple[int, int] | None = None
        """Pixels of a cell, where the terminal shows pictures themselves."""
        self._app = app
        self._kind = "blocks"
        self._placed: dict[int, Place] = {}
        """Numbers of the pictures the terminal shows, and where."""

    def adapt(self, *, possible: bool) -> bool:
        """To what the terminal can now; returns whether that is news."""
        before, kind = self.cell, self._app.pictures.kind if possible else "blocks"
        if kind != self._kind:
            self.take_away()
        self._kind = kind
        match kind:
            case "kitty":
                self.cell = kitty.cell_pixels()
            case "sixel":
                self.cell = self._app.pictures.sixel.cell
            case _:
                self.cell = None
        return self.cell != before

    @property
    def has_sixels(self) -> bool:
        """What is drawn over the cells goes when they are written."""
        return self.cell is not None and self._kind == "sixel"

    @property
    def is_ready(self) -> bool:
        """The terminal has drawn what it was sent."""
        return not self.has_sixels or self._app.pictures.sixel.is_ready

    def room(self, region: Region, across: int, down: int) -> tuple[int, int]:
        """Pixels that a picture for so many cells of the region should have."""
        if self.cell is None:
            return across, 2 * down
        across, down = self._small(across, region), self._small(down, region)
        return min(MOST_WIDTH, across * self.cell[0]), min(MOST_HEIGHT, down * self.cell[1])

    def _small(self, cells: int, region: Region) -> int:
        """So many cells, or fewer where the whole would be more than can be painted as sixels."""
        if not self.has_sixels or self.cell is None:
            return cells
        area = region.area * self.cell[0] * self.cell[1]
        return max(1, int(cells * min(1.0, sqrt(self._app.pictures.sixel.most_area / max(1, area)))))

    def show(self, region: Region, sides: Sequence[Side], sights: Mapping[str, Sight]) -> bool:
        """Have every new picture shown; returns whether one is at another place than before."""
        assert self.cell is not None
        before = dict(self._placed)
        pictures: dict[int, tuple[Side, Picture]] = {}
        for number, side in enumerate(sides, FIRST_NUMBER):
            if (picture := sights[side.memory].picture) is not None and side.missing is None:
                pictures[number] = side, picture
        self.take_away(set(self._placed) - set(pictures))
        rooms = self._rooms(region, sides)
        for number, (side, picture) in pictures.items():
            size = picture.width, picture.height
            left, top, columns, rows = kitty.place(size, self.cell, rooms[side.memory], corner=side.mine)
            self._placed[number] = left + region.x, top + region.y, columns, rows
        if self._kind == "kitty":
            put = [self._put(number, *found, sights[found[0].memory]) for number, found in pictures.items()]
            self._app.write("".join(put))
        else:
            # Our own last: it lies over the others.
            self._app.pictures.sixel.show([self._canvas(number, side) for number, (side, _) in pictures.items()])
        return before != self._placed

    def _rooms(self, region: Region, sides: Sequence[Side]) -> dict[str, Place]:
        """The cells for each side's picture."""
        width, height = region.size
        far = [side for side in sides if not side.mine]
        rooms: dict[str, Place] = {}
        for side, (left, top, wide, high) in zip(far, tiles(len(far), width, height), strict=True):
            # Of several each has its name in the last line.
            high -= len(far) > 1 and bool(side.name) and high > 2
            columns, rows = self._small(wide, region), self._small(high, region)
            rooms[side.memory] = left + (wide - columns) // 2, top + (high - rows) // 2, columns, rows
        share = (width - width // 4, height - height // 4, width // 4, height // 4)
        return rooms | {side.memory: share for side in sides if side.mine}

    def _put(self, number: int, side: Side, picture: Picture, sight: Sight) -> str:
        size, layer = (picture.width, picture.height), 2 if side.mine else 1
        return kitty.put(number, side.memory, sight.begin(picture), size, self._placed[number], layer=layer)

    def _canvas(self, number: int, side: Side) -> Canvas:
        assert self.cell is not None
        left, top, columns, rows = self._placed[number]
        width, height = columns * self.cell[0], rows * self.cell[1]
        return Canvas(side.memory, left + 1, top + 1, width, height, mirrored=side.mine)

    def take_away(self, numbers: set[int] | None = None) -> None:
        """These pictures, or all of them, are to be seen no longer."""
        gone = set(self._placed) if numbers is None else numbers
        if gone and self._kind == "kitty":
            self._app.write(kitty.remove(sorted(gone)))
        elif numbers is None and self._kind == "sixel":
            self._app.pictures.sixel.clear()
        for number in gone:
            del self._placed[number]

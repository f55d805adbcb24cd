"""The pictures of a call inside the terminal: the far sides, our own small in the corner; not too often."""

from dataclasses import replace
from math import sqrt
from time import perf_counter
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuiphone.control.pictures import Side
from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader, Picture
from tuiphone.ui import kitty
from tuiphone.ui.mosaic import HALF, Mosaic, Pane, tiles
from tuiphone.ui.painter import Canvas

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

LOOK_SECONDS = 0.05
BUSY_SHARE = 0.5
"""Of the time, at most, for drawing pictures: keys and meters share it."""
MOST_WIDTH, MOST_HEIGHT = 960, 720
"""Pixels asked for, where the terminal shows pictures themselves; it makes them larger."""
FIRST_NUMBER = 7301
"""Of our pictures in the terminal, which other programs may use as well."""
Place = tuple[int, int, int, int]
"""Left, top, width and height in cells."""


class _Sight:
    """One side's memory, and its newest picture."""

    def __init__(self, side: Side) -> None:
        self.memory = side.memory
        self.picture: Picture | None = None
        try:
            self._reader: FrameReader | None = FrameReader(side.memory)
        except MediaError:
            self._reader = None

    def look(self) -> bool:
        number = self.picture.number if self.picture is not None else 0
        if self._reader is None or (found := self._reader.read(number)) is None:
            return False
        self.picture = found
        return True

    def begin(self, picture: Picture) -> int:
        return self._reader.where(picture) if self._reader is not None else 0

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


class TerminalVideo(Widget):
    """As many cells as there is room for."""

    ALLOW_SELECT = False

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sights: dict[str, _Sight] = {}
        self._shown: tuple[Side, ...] = ()
        self._said: tuple[Side, ...] = ()
        self._strips: list[Strip] = []
        self._next = 0.0
        self._cell: tuple[int, int] | None = None
        """Pixels of a cell, where the terminal shows pictures themselves."""
        self._placed: dict[int, Place] = {}
        """Numbers of the pictures the terminal shows, and where."""
        self._kind = "blocks"
        self._is_painted_over = False
        """Cells were drawn again, and with them what lay over them may be gone."""
        self.pictures = 0
        """Drawn so far."""

    def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        self._forget()
        self.app.pictures.offer_room(None)

    def on_resize(self) -> None:
        self._begin_anew()

    @property
    def can_be_seen(self) -> bool:
        """Nothing lies over it, and its page is open."""
        # A screen under a dialog is still `current` to Textual, which draws it darker.
        return self.display and self.app.screen is self.screen and self.is_on_screen and self.size.area > 0

    def _begin_anew(self) -> None:
        self._strips, self._shown = [], ()
        self._take_away()
        self._next = 0.0

    def _real_cell(self) -> tuple[int, int] | None:
        # What is said in passing would lie under a picture of the terminal's own.
        if self._kind == "blocks" or self.screen.query("Toast"):
            return None
        return kitty.cell_pixels() if self._kind == "kitty" else self.app.pictures.sixel.cell

    def _look(self) -> None:
        if not self.can_be_seen:
            if self._sights or self._strips:
                self._forget()
            return self.app.pictures.offer_room(None)
        self._kind = self.app.pictures.kind
        if self._cell != (cell := self._real_cell()):
            self._cell = cell
            self._begin_anew()
        width, height = self.size
        self.app.pictures.offer_room(self._room(width, height))
        now = perf_counter()
        if now < self._next or self.app.is_behind or (self._shows_sixels and not self.app.pictures.sixel.is_ready):
            return
        sides = self.app.pictures.sides
        if sides != self._shown:
            self._follow(sides)
        elif True not in [sight.look() for sight in self._sights.values()] and not self._is_painted_over:
            return
        self._is_painted_over = False
        self._draw(width, height)
        cost = perf_counter() - now
        self.pictures += 1
        # What painting takes after this is about as much again.
        self._next = now + max(1 / self.app.pictures.rate - LOOK_SECONDS / 2, 2 * cost / BUSY_SHARE)

    @property
    def _shows_sixels(self) -> bool:
        return self._cell is not None and self._kind == "sixel"

    def _room(self, width: int, height: int) -> tuple[int, int]:
        """Pixels for each of the far sides: of several, pictures come in the size in which they are shown."""
        far = sum(not side.mine for side in self.app.pictures.sides)
        _, _, across, down = tiles(max(1, far), width, height)[0]
        if self._cell is None:
            return across, 2 * down
        if self._shows_sixels:
            across, down = self._small(across), self._small(down)
        return min(MOST_WIDTH, across * self._cell[0]), min(MOST_HEIGHT, down * self._cell[1])

    def _small(self, cells: int) -> int:
        """So many cells, or fewer where the whole would be more than can be painted as sixels."""
        assert self._cell is not None
        area = self.size.area * self._cell[0] * self._cell[1]
        return max(1, int(cells * min(1.0, sqrt(self.app.pictures.sixel.most_area / max(1, area)))))

    def _follow(self, sides: tuple[Side, ...]) -> None:
        self._shown = sides
        before, self._sights = self._sights, {}
        for side in sides:
            self._sights[side.memory] = before.pop(side.memory, None) or _Sight(side)
        for gone in before.values():
            gone.close()
        for sight in self._sights.values():
            sight.look()

    def _forget(self) -> None:
        for sight in self._sights.values():
            sight.close()
        self._sights, self._shown, self._strips = {}, (), []
        self._take_away()

    def _draw(self, width: int, height: int) -> None:
        ground = self._colour("panel")
        mosaic = Mosaic(width, height, ground.rgb, half=HALF if self._cell is None else " ")
        panes = [Pane(s.name, self._sights[s.memory].picture, s.missing, s.mine) for s in self._shown]
        if self._cell is not None:
            has_moved = self._show_real(self._cell)
            if self._strips and self._said == self._shown and not has_moved:
                return
            self._said = self._shown
            panes = [self._under_it(pane) for pane in panes if not pane.mine]
        mosaic.draw(panes)
        ink = Style(color=self._colour("foreground").rich_color, bgcolor=ground.rich_color, bold=True)
        self._strips = mosaic.strips(ink)
        self.refresh()

    def _under_it(self, pane: Pane) -> Pane:
        """What the cells show where the terminal puts a picture over them: nothing."""
        return replace(pane, picture=None, covered=pane.picture is not None and pane.missing is None)

    def _show_real(self, cell: tuple[int, int]) -> bool:
        """Have every new picture shown; returns whether one is at another place than before."""
        before = dict(self._placed)
        pictures: dict[int, tuple[Side, Picture]] = {}
        for number, side in enumerate(self._shown, FIRST_NUMBER):
            if (picture := self._sights[side.memory].picture) is not None and side.missing is None:
                pictures[number] = side, picture
        self._take_away(set(self._placed) - set(pictures))
        rooms = self._rooms()
        for number, (side, picture) in pictures.items():
            left, top, columns, rows = kitty.place(
                (picture.width, picture.height), cell, rooms[side.memory], corner=side.mine
            )
            self._placed[number] = left + self.region.x, top + self.region.y, columns, rows
        if self._kind == "kitty":
            self.app.write("".join(self._put(number, *found) for number, found in pictures.items()))
        else:
            # Our own last: it lies over the others.
            self.app.pictures.sixel.show([self._canvas(number, side, cell) for number, (side, _) in pictures.items()])
        return before != self._placed

    def _rooms(self) -> dict[str, Place]:
        """The cells for each side's picture."""
        width, height = self.size
        far = [side for side in self._shown if not side.mine]
        rooms: dict[str, Place] = {}
        for side, (left, top, wide, high) in zip(far, tiles(len(far), width, height), strict=True):
            # Of several each has its name in the last line.
            high -= len(far) > 1 and bool(side.name) and high > 2
            rooms[side.memory] = self._middle((left, top, wide, high))
        share = (width - width // 4, height - height // 4, width // 4, height // 4)
        return rooms | {side.memory: share for side in self._shown if side.mine}

    def _middle(self, room: Place) -> Place:
        if not self._shows_sixels:
            return room
        left, top, width, height = room
        wide, high = self._small(width), self._small(height)
        return left + (width - wide) // 2, top + (height - high) // 2, wide, high

    def _put(self, number: int, side: Side, picture: Picture) -> str:
        size, begin = (picture.width, picture.height), self._sights[side.memory].begin(picture)
        return kitty.put(number, side.memory, begin, size, self._placed[number], layer=2 if side.mine else 1)

    def _canvas(self, number: int, side: Side, cell: tuple[int, int]) -> Canvas:
        left, top, columns, rows = self._placed[number]
        return Canvas(side.memory, left + 1, top + 1, columns * cell[0], rows * cell[1], mirrored=side.mine)

    def _take_away(self, numbers: set[int] | None = None) -> None:
        gone = set(self._placed) if numbers is None else numbers
        if gone and self._kind == "kitty":
            self.app.write(kitty.remove(sorted(gone)))
        elif gone and numbers is None:
            self.app.pictures.sixel.clear()
        for number in gone:
            del self._placed[number]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells; what the terminal had over them goes when they are written."""
        self._is_painted_over = self._shows_sixels
        return super().render_lines(crop)

    def _colour(self, name: str) -> Color:
        return Color.parse(self.app.theme_variables[name])

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips) and self._strips[y].cell_length == self.size.width:
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

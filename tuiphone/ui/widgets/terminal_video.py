"""The pictures of a call inside the terminal: the far sides, our own small in the corner; not too often."""

from time import perf_counter
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from tuiphone.control.pictures import Side
from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader, Picture
from tuiphone.ui.mosaic import Mosaic, Pane

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

LOOK_SECONDS = 0.05
BUSY_SHARE = 0.5
"""Of the time, at most, for drawing pictures: keys and meters share it."""


class _Sight:
    """One side's memory, and its newest picture."""

    def __init__(self, side: Side) -> None:
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
        self._strips: list[Strip] = []
        self._next = 0.0
        self._cost = 0.0
        self.pictures = 0
        """Drawn so far."""

    def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        self._forget()
        self.app.pictures.offer_room(None)

    def on_resize(self) -> None:
        self._strips = []
        self._next = 0.0

    @property
    def can_be_seen(self) -> bool:
        """Nothing lies over it, and its page is open."""
        # A screen under a dialog is still `current` to Textual, which draws it darker.
        return self.display and self.app.screen is self.screen and self.is_on_screen and self.size.area > 0

    def _look(self) -> None:
        if not self.can_be_seen:
            if self._sights:
                self._forget()
            return self.app.pictures.offer_room(None)
        width, height = self.size
        self.app.pictures.offer_room((width, 2 * height))
        now = perf_counter()
        if now < self._next or self.app.is_behind:
            return
        sides = self.app.pictures.sides
        if sides != self._shown:
            self._follow(sides)
        elif True not in [sight.look() for sight in self._sights.values()]:
            return
        self._draw(width, height)
        self._cost = perf_counter() - now
        self.pictures += 1
        # What painting takes after this is about as much again.
        self._next = now + max(1 / self.app.pictures.rate - LOOK_SECONDS / 2, 2 * self._cost / BUSY_SHARE)
        self.refresh()

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

    def _draw(self, width: int, height: int) -> None:
        ground = self._colour("panel")
        mosaic = Mosaic(width, height, ground.rgb)
        mosaic.draw([Pane(s.name, self._sights[s.memory].picture, s.missing, s.mine) for s in self._shown])
        ink = Style(color=self._colour("foreground").rich_color, bgcolor=ground.rich_color, bold=True)
        self._strips = mosaic.strips(ink)

    def _colour(self, name: str) -> Color:
        return Color.parse(self.app.theme_variables[name])

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips) and self._strips[y].cell_length == self.size.width:
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

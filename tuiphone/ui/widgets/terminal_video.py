"""The pictures of a call inside the terminal: the far sides, our own small in the corner; not too often."""

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuiphone.control.pictures import Side
from tuiphone.ui.mosaic import HALF, Mosaic, Pane, tiles
from tuiphone.ui.overlay import Overlay, Sight

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

LOOK_SECONDS = 0.05
BUSY_SHARE = 0.5
"""Of the time, at most, for drawing pictures: keys and meters share it."""


class TerminalVideo(Widget):
    """As many cells as there is room for."""

    ALLOW_SELECT = False

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._overlay: Overlay | None = None
        self._sights: dict[str, Sight] = {}
        self._shown: tuple[Side, ...] = ()
        self._said: tuple[Side, ...] = ()
        self._strips: list[Strip] = []
        self._next = 0.0
        self._is_painted_over = False
        """Cells were drawn again, and with them what lay over them may be gone."""
        self.pictures = 0
        """Drawn so far."""

    @property
    def overlay(self) -> Overlay:
        """What the terminal itself puts over the cells."""
        if self._overlay is None:
            self._overlay = Overlay(self.app)
        return self._overlay

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
        self.overlay.take_away()
        self._next = 0.0

    def _look(self) -> None:
        if not self.can_be_seen:
            if self._sights or self._strips:
                self._forget()
            return self.app.pictures.offer_room(None)
        # What is said in passing would lie under a picture of the terminal's own.
        if self.overlay.adapt(possible=not self.screen.query("Toast")):
            self._begin_anew()
        width, height = self.size
        self.app.pictures.offer_room(self._room(width, height))
        now = perf_counter()
        if now < self._next or self.app.is_behind or not self.overlay.is_ready:
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

    def _room(self, width: int, height: int) -> tuple[int, int]:
        """Pixels for each of the far sides: of several, pictures come in the size in which they are shown."""
        far = sum(not side.mine for side in self.app.pictures.sides)
        _, _, across, down = tiles(max(1, far), width, height)[0]
        return self.overlay.room(self.region, across, down)

    def _follow(self, sides: tuple[Side, ...]) -> None:
        self._shown = sides
        before, self._sights = self._sights, {}
        for side in sides:
            self._sights[side.memory] = before.pop(side.memory, None) or Sight(side)
        for gone in before.values():
            gone.close()
        for sight in self._sights.values():
            sight.look()

    def _forget(self) -> None:
        for sight in self._sights.values():
            sight.close()
        self._sights, self._shown, self._strips = {}, (), []
        self.overlay.take_away()

    def _draw(self, width: int, height: int) -> None:
        ground = self._colour("panel")
        is_real = self.overlay.cell is not None
        mosaic = Mosaic(width, height, ground.rgb, half=" " if is_real else HALF)
        panes = [Pane(s.name, self._sights[s.memory].picture, s.missing, s.mine) for s in self._shown]
        if is_real:
            has_moved = self.overlay.show(self.region, self._shown, self._sights)
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

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells; what the terminal had over them goes when they are written."""
        self._is_painted_over = self.overlay.has_sixels
        return super().render_lines(crop)

    def _colour(self, name: str) -> Color:
        return Color.parse(self.app.theme_variables[name])

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips) and self._strips[y].cell_length == self.size.width:
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

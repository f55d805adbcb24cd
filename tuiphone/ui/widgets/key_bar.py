"""The footer: what the keys do just now, generated from the bindings; every item can be clicked."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from tuiphone.ui import keys

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

FRAME = ("app.help", "page.")
"""Beginnings of the ids on the lower row; they work on every page."""


class KeyBar(Widget):
    """Two rows: what can be done here, and the pages with the command palette at the right end."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.auto_links = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.refresh()

    def render(self) -> Content:
        here: list[Binding] = []
        frame: list[Binding] = []
        palette: Binding | None = None
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id == "app.palette":
                palette = binding
            elif binding.show and active.enabled:
                (frame if (binding.id or "").startswith(FRAME) else here).append(binding)
        frame.sort(key=lambda binding: binding.key)
        width = self.size.width
        commands = self._item(palette) if palette is not None else Content("")
        lower = self._row(frame, width - commands.cell_length)
        if commands:
            gap = width - lower.cell_length - commands.cell_length
            lower = Content.assemble(lower, " " * max(0, gap), commands)
        return Content.assemble(self._row(here, width), "\n", lower)

    def _row(self, bindings: list[Binding], width: int) -> Content:
        row: list[Content] = []
        seen: set[str] = set()
        for binding in bindings:
            item = self._item(binding)
            label = item.plain.partition(" ")[2].lstrip().partition(" ")[2]
            if label in seen:
                continue
            if sum(part.cell_length for part in row) + item.cell_length > width:
                break
            seen.add(label)
            row.append(item)
        return Content.assemble(*row)

    def _item(self, binding: Binding) -> Content:
        key, label = keys.shown(binding.key), cast("TuiPhone", self.app).label_of(binding)
        item = Content.assemble(
            (f" {key}", "$footer-key-foreground bold"), (f" {label} ", "$footer-description-foreground")
        )
        click = Style.from_meta({"@click": f"app.simulate_key({binding.key!r})"})
        return item.stylize(click, 0, cell_len(item.plain))

"""The footer: what the keys do just now, generated from the bindings; every item can be clicked."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from tuiphone.ui import keys
from tuiphone.ui.verbs import RINGING, TALKING

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

FRAME = ("app.help", "page.")
"""Beginnings of the ids on the lower row; they work on every page."""


_SHORT = {
    "contacts": "people",
    "history": "hist",
    "recordings": "rec",
    "messages": "msgs",
    "accounts": "accts",
    "commands": "",
}


def _shortened(label: str) -> str:
    """`history (2 missed)` as `hist(2)`."""
    word, _, count = label.partition(" (")
    return _SHORT.get(word, word) + (f"({count.split()[0]})" if count else "")


_VERBS = {verb.name: at for at, verb in enumerate((*RINGING, *TALKING))}
"""In which order what can be done with a call is shown."""


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
        # f2 before f12.
        # Keys the settings moved come last otherwise, and fall off a narrow screen first.
        here.sort(key=lambda binding: _VERBS.get((binding.id or "").rpartition(".")[2], len(_VERBS)))
        frame.sort(key=lambda binding: (len(binding.key), binding.key))
        width = self.size.width
        return Content.assemble(self._row(here, width), "\n", self._frame(frame, palette, width))

    def _frame(self, pages: list[Binding], palette: Binding | None, width: int) -> Content:
        """All pages in one row, in the longest words there is room for; a page that is not shown is not found."""
        lower, commands = Content(""), Content("")
        for shorten, gap in ((False, " "), (False, ""), (True, "")):
            items = [self._item(page, shorten=shorten, gap=gap) for page in pages]
            commands = self._item(palette, shorten=shorten, gap="") if palette is not None else Content("")
            if sum(item.cell_length for item in (*items, commands)) <= width:
                lower = Content.assemble(*items)
                break
        else:
            # The command palette is in the help; the pages are what one looks for here.
            lower, commands = self._row(pages, width, shorten=True), Content("")
        return Content.assemble(lower, " " * max(0, width - lower.cell_length - commands.cell_length), commands)

    def _row(self, bindings: list[Binding], width: int, *, shorten: bool = False) -> Content:
        row: list[Content] = []
        seen: set[str] = set()
        for binding in bindings:
            item = self._item(binding, shorten=shorten, gap="" if shorten else " ")
            label = item.plain.partition(" ")[2].lstrip().partition(" ")[2]
            if label in seen:
                continue
            if sum(part.cell_length for part in row) + item.cell_length > width:
                break
            seen.add(label)
            row.append(item)
        return Content.assemble(*row)

    def _item(self, binding: Binding, *, shorten: bool = False, gap: str = " ") -> Content:
        key, label = keys.shown(binding.key), cast("TuiPhone", self.app).label_of(binding)
        if shorten:
            label = _shortened(label)
        item = Content.assemble(
            (f" {key}", "$footer-key-foreground bold"),
            (f" {label}{gap}" if label else gap, "$footer-description-foreground"),
        )
        click = Style.from_meta({"@click": f"app.simulate_key({binding.key!r})"})
        return item.stylize(click, 0, cell_len(item.plain))

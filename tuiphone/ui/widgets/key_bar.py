"""The footer: what the keys do just now, generated from the bindings; every item can be clicked."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from tuiphone.ui import keys
from tuiphone.ui.screens.page import Page
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

_WELL_KNOWN = ("app.help", "page.accounts", "page.log", "page.recordings", "page.contacts", "page.dial", "page.call")
"""Whose words make way on a narrow terminal, in this order."""


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
        here.sort(key=self._rank)
        # One with several keys is shown with its first.
        frame = list({binding.id: binding for binding in reversed(frame)}.values())
        frame.sort(key=lambda binding: (len(binding.key), binding.key))
        width = self.size.width
        return Content.assemble(self._row(here, width), "\n", self._frame(frame, palette, width))

    def _rank(self, binding: Binding) -> int:
        id = binding.id or ""
        page = getattr(self.screen, "page", None)
        if isinstance(page, Page) and page.KEYS_FIRST and id.partition(".")[0] in (page.NAME, "list"):
            return -1
        return _VERBS.get(id.rpartition(".")[2], len(_VERBS))

    def _frame(self, pages: list[Binding], palette: Binding | None, width: int) -> Content:
        """All pages in one row, in the longest words there is room for; a page that is not shown is not found."""
        lower, commands = Content(""), Content("")
        for shorten, gap, is_bare in ((False, " ", False), (False, "", False), (False, "", True), (True, "", True)):
            items = [self._item(page, shorten=shorten, gap=gap) for page in pages]
            commands = self._item(palette, shorten=is_bare, gap="") if palette is not None else Content("")
            if sum(item.cell_length for item in (*items, commands)) <= width:
                lower = Content.assemble(*items)
                break
        else:
            # The command palette is in the help; the pages are what one looks for here.
            lower, commands = self._keys_first(pages, width), Content("")
        return Content.assemble(lower, " " * max(0, width - lower.cell_length - commands.cell_length), commands)

    def _keys_first(self, pages: list[Binding], width: int) -> Content:
        """All pages by their keys, with words as far as there is room: what is always there loses its word first."""
        for count in range(len(_WELL_KNOWN) + 1):
            wordless = _WELL_KNOWN[:count]
            items = [self._item(page, shorten=True, gap="", has_word=page.id not in wordless) for page in pages]
            if sum(item.cell_length for item in items) <= width:
                return Content.assemble(*items)
        return self._row(pages, width, shorten=True)

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

    def _item(self, binding: Binding, *, shorten: bool = False, gap: str = " ", has_word: bool = True) -> Content:
        key, label = keys.shown(binding.key), cast("TuiPhone", self.app).label_of(binding) if has_word else ""
        if shorten:
            label = _shortened(label)
        item = Content.assemble(
            (f" {key}", "$footer-key-foreground bold"),
            (f" {label}{gap}" if label else gap, "$footer-description-foreground"),
        )
        click = Style.from_meta({"@click": f"app.simulate_key({binding.key!r})"})
        return item.stylize(click, 0, cell_len(item.plain))

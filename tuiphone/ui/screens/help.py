"""Help: every key, generated from the bindings as the settings moved them."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize

from tuiphone.ui import keys
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import fit, wrapped
from tuiphone.ui.widgets.plain import Plain

_TYPED = {"In call": (("0-9 * #", "send digits"),)}
"""Keys that are no bindings."""
KEY_CELLS = 19
ID_CELLS = 21
LEAST_CELLS = 24
"""Room for what a key does that is worth an id beside it."""


class HelpScreen(Dialog):
    """A list to scroll; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "leave", "close", id="help.close")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"), VerticalScroll(id="help-scroll"):
            yield Plain()

    def on_mount(self) -> None:
        box = self.query_one(".box")
        box.border_title = "Keys"
        box.border_subtitle = Content("esc closes · names on the right are for [keys] in config.toml")

    @on(Resize)
    def _lay_out(self) -> None:
        # Known only once the box itself has been laid out.
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        width = self.query_one("#help-scroll").scrollable_content_region.width
        if width > 0:
            self.query_one(Plain).update(self._text(width))

    def action_leave(self) -> None:
        self.dismiss(None)

    def _text(self, width: int) -> Content:
        known = keys.moved(keys.catalogue(), self.app.moved_keys)
        lines: list[Content] = []
        for scope in dict.fromkeys(key.scope for key in known):
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(scope, "bold $primary"))
            for typed, does in _TYPED.get(scope, ()):
                lines += _lines(typed, does, "", width)
            for key in known:
                if key.scope == scope:
                    typed = ", ".join(dict.fromkeys(keys.shown(one) for one in key.binding.key.split(",")))
                    does = key.binding.tooltip or key.binding.description
                    lines += _lines(typed, does[:1].upper() + does[1:], key.id, width)
        return Content("\n").join(lines)


def _lines(typed: str, does: str, id: str, width: int) -> list[Content]:
    """A key in three columns; where there is no room for the id, it stands below what the key does."""
    room = width - KEY_CELLS - ID_CELLS
    is_beside = room >= LEAST_CELLS
    first, *rest = wrapped(Content(does), room - 2 if is_beside else width - KEY_CELLS)
    if is_beside:
        first = Content.assemble(first, " " * (room - first.cell_length), (fit(id, ID_CELLS), "$text-muted"))
    elif id:
        rest.append(Content.styled(id, "$text-muted"))
    key = (fit(f"  {typed}", KEY_CELLS - 1) + " ", "bold")
    return [Content.assemble(key, first), *(Content.assemble(" " * KEY_CELLS, line) for line in rest)]

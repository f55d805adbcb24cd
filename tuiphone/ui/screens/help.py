"""Help: every key, generated from the bindings as the settings moved them."""

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from tuiphone.ui import keys
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import fit
from tuiphone.ui.widgets.plain import Plain

_TYPED = {"In call": (("0-9 * #", "send digits"),)}
"""Keys that are no bindings."""


class HelpScreen(Dialog):
    """A list to scroll; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "leave", "close", id="help.close")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box widest"), VerticalScroll(id="help-scroll"):
            yield Plain(self._text())

    def on_mount(self) -> None:
        box = self.query_one(".box")
        box.border_title = "Keys"
        box.border_subtitle = "esc closes · names on the right are for [keys] in config.toml"

    def action_leave(self) -> None:
        self.dismiss(None)

    def _text(self) -> Content:
        known = keys.moved(keys.catalogue(), self.app.moved_keys)
        lines: list[Content] = []
        for scope in dict.fromkeys(key.scope for key in known):
            lines += (
                [Content(""), Content.styled(scope, "bold $primary")]
                if lines
                else [Content.styled(scope, "bold $primary")]
            )
            lines += [_line(typed, does) for typed, does in _TYPED.get(scope, ())]
            for key in known:
                if key.scope == scope:
                    shown = ", ".join(dict.fromkeys(keys.shown(one) for one in key.binding.key.split(",")))
                    lines.append(_line(shown, key.binding.tooltip or key.binding.description, key.id))
        return Content("\n").join(lines)


def _line(typed: str, does: str, id: str = "") -> Content:
    gap = " " * max(2, 42 - cell_len(does))
    return Content.assemble((fit(f"  {typed}", 18), "bold"), " ", does, gap, (id, "$text-muted"))

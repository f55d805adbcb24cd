"""Choosing a palette: each is put on while the cursor is on it; enter keeps it, escape goes back."""

from textual import on

from tuiphone.ui.screens.dialogs import Choice
from tuiphone.ui.widgets.line_list import LineList
from tuiphone.ui.widgets.picker import Option


class ThemeChoice(Choice):
    """The result is the name of the palette to keep, or None; then the one before is on again."""

    def __init__(self, names: list[str], now: str) -> None:
        super().__init__("Theme", tuple(Option(name, name) for name in names), now)
        self._before = now

    @on(LineList.Moved)
    def _try_on(self, event: LineList.Moved) -> None:
        self.app.theme = self._options[event.index].value

    def action_leave(self) -> None:
        self.app.theme = self._before
        super().action_leave()

"""Telephones that are watched, on one line each: who rings, who talks to whom, who is free."""

from textual.content import Content

from tuiphone.core.model import Line
from tuiphone.ui import words
from tuiphone.ui.lines import COLOUR, SYMBOL, can_pick_up, line_words
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList, Slip


class LineBoard(LineList):
    """Enter picks up what rings, and calls who is there otherwise."""

    ENTER = "call"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.lines: tuple[tuple[str, Line], ...] = ()
        """Account and line."""
        self.slip = Slip()

    def show(self, lines: tuple[tuple[str, Line], ...]) -> None:
        """Show these; the cursor stays where it is."""
        if lines != self.lines:
            meant = self._meaning()
            self.lines = lines
            self.set_count(len(lines))
            if meant is not None and self._meaning() != meant:
                self.slip.note()
            self.screen.refresh_bindings()

    def _meaning(self) -> tuple[str, str, bool] | None:
        """What enter would do, and where."""
        if (chosen := self.chosen) is None:
            return None
        account, line = chosen
        return account, line.address.text, can_pick_up(line)

    @property
    def chosen(self) -> tuple[str, Line] | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def enter_label(self) -> str:
        return "pick up" if (chosen := self.chosen) is not None and can_pick_up(chosen[1]) else "call"

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        # What enter does depends on the line.
        self.screen.refresh_bindings()

    def draw(self, index: int, width: int) -> Content:
        account, line = self.lines[index]
        name = words.who(line.address, 60)
        number = safe(line.address.text, 40) if line.address.name else ""
        account_width = 13 if width >= 70 else 0
        room = width - 4 - account_width
        name_width = max(8, min(22, room // 3))
        # As wide on every line, so that what they do stands in one column.
        number_width = 12 if room >= 60 and any(one.address.name for _, one in self.lines) else 0
        return Content.assemble(
            (f" {SYMBOL[line.state]} ", COLOUR[line.state]),
            fit(name, name_width - 1),
            " ",
            (fit(number, number_width), "$text-muted"),
            (fit(line_words(line), room - name_width - number_width), COLOUR[line.state]),
            (fit(f" {safe(account)}", account_width), "$text-muted"),
            " ",
        )

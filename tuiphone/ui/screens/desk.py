"""Desk: calls of the extension group that wait, ring at others or were missed, and who talks with whom."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tuiphone.core.desk import DeskRow
from tuiphone.core.model import DeskState
from tuiphone.core.state import PhoneState
from tuiphone.ui import board, lines
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.desk_board import DeskBoard
from tuiphone.ui.widgets.line_board import LineBoard
from tuiphone.ui.widgets.line_list import picked
from tuiphone.ui.widgets.plain import Plain

NOBODY = "Nobody waits, and nobody was missed."
WATCH_SECONDS = 60.0
"""How often the engine is told that somebody looks."""


class DeskPage(Page):
    """What an operator looks at all day."""

    NAME = "desk"
    KEYS_FIRST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "send_on", "send on", id="desk.send_on", tooltip="Send it on to the account's redirect_to"),
        Binding("f", "redirect", "send on to…", id="desk.redirect", tooltip="Send it on; asks where to"),
        Binding("d,delete", "done", "done", id="desk.done", tooltip="Nobody has to call back any more"),
    ]

    _watched_at = float("-inf")

    def compose(self) -> ComposeResult:
        yield Plain("", id="desk-title")
        yield DeskBoard(id="desk-board")
        yield Plain(NOBODY, id="desk-empty")
        yield Plain("Lines", id="desk-lines-title")
        yield LineBoard(id="desk-lines")

    def opened(self) -> None:
        at = self.query_one(DeskBoard)
        self.take_focus(at if at.count else self.query_one(LineBoard))

    def show(self, state: PhoneState) -> None:
        rows = board.rows_of(state)
        at = self.query_one(DeskBoard)
        at.show(rows, state, self.app.now())
        self.query_one("#desk-title", Plain).update(f"Desk: {board.summary(rows)}" if rows else "Desk")
        at.display = bool(rows)
        self.query_one("#desk-empty").display = not rows
        watched = lines.all_lines(state)
        self.query_one(LineBoard).show(watched)
        self.query_one("#desk-lines-title").display = self.query_one(LineBoard).display = bool(watched)
        if at.display and self.app.screen is self.screen and self.screen.focused is None:
            self.take_focus(at)

    def tick(self, now: float) -> None:
        self.query_one(DeskBoard).tick(now)
        if not 0 <= now - self._watched_at < WATCH_SECONDS:
            self._watched_at = now
            self.app.do(self.app.phone.watch_desk())

    @property
    def chosen(self) -> DeskRow | None:
        """The line under the cursor, when keys go there."""
        at = self.query_one(DeskBoard)
        return at.chosen if at.has_focus else None

    @property
    def place(self) -> str | None:
        """Where one key sends the chosen call."""
        return board.place(self.app.state, self.chosen) if self.chosen is not None else None

    def key_label(self, key: str) -> str | None:
        return f"to {safe(self.place, 20)}" if key == "send_on" and self.place else None

    # -- moving -------------------------------------------------------------------------------------------------

    @on(DeskBoard.LeftAtBottom, "#desk-board")
    def _to_lines(self) -> None:
        if self.query_one(LineBoard).count:
            self.query_one(LineBoard).focus()

    @on(LineBoard.LeftAtTop, "#desk-lines")
    def _to_board(self) -> None:
        if self.query_one(DeskBoard).count:
            self.query_one(DeskBoard).focus()

    # -- keys ---------------------------------------------------------------------------------------------------

    @on(DeskBoard.Chosen, "#desk-board")
    def _chosen(self, event: DeskBoard.Chosen) -> None:
        row = picked(self.query_one(DeskBoard).rows, event.index)
        if row is None or self._slipped():
            return
        if board.can_send_on(self.app.state, row):
            board.take(self.app, row)
        elif row.call.state is DeskState.MISSED:
            board.call_back(self.app, row)

    def _slipped(self) -> bool:
        if has_slipped := self.query_one(DeskBoard).slip.is_fresh:
            self.app.say_not_now("The desk has just changed; press the key again.")
        return has_slipped

    @on(LineBoard.Chosen, "#desk-lines")
    def _line_chosen(self, event: LineBoard.Chosen) -> None:
        lines.choose(self.app, self.query_one(LineBoard), event.index)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self.chosen
        match action:
            case "send_on":
                return self.place is not None
            case "redirect":
                return row is not None and board.can_send_on(self.app.state, row)
            case "done":
                return row is not None and row.call.state is DeskState.MISSED
            case _:
                return True

    def action_send_on(self) -> None:
        if (row := self.chosen) is not None and not self._slipped():
            board.send_on(self.app, row)

    def action_redirect(self) -> None:
        if (row := self.chosen) is not None and not self._slipped():
            board.redirect(self.app, row)

    def action_done(self) -> None:
        if (row := self.chosen) is not None and not self._slipped():
            board.be_done(self.app, row)

"""The operator's desk, a line each: who waits, who rings where, who was missed."""

from textual import events
from textual.content import Content

from tuiphone.core.desk import DeskRow
from tuiphone.core.model import DeskState
from tuiphone.core.state import PhoneState
from tuiphone.ui import board, words
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList, Slip

_MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


class DeskBoard(LineList):
    """Enter takes a call that waits or rings, and calls back who was missed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: tuple[DeskRow, ...] = ()
        self._state = PhoneState()
        self._now = 0.0
        self._is_moved = False
        """The person put the cursor where it is."""
        self.slip = Slip()

    def show(self, rows: tuple[DeskRow, ...], state: PhoneState, now: float) -> None:
        """Show these; the cursor stays on its call while others come and go, or on the first line until it is moved."""
        self._state, self._now = state, now
        if rows == self.rows:
            return self.redraw()
        chosen = self.chosen
        self.rows = rows
        at = next((at for at, row in enumerate(rows) if chosen is not None and row.key == chosen.key), None)
        self._is_moved = self._is_moved and at is not None
        self.set_count(len(rows), keep=at if self._is_moved or at is None else 0)
        if chosen is not None and self.chosen is not None and self.chosen.key != chosen.key:
            self.slip.note()
        self.screen.refresh_bindings()

    def tick(self, now: float) -> None:
        """A second has passed."""
        self._now = now
        if any(row.call.state is not DeskState.MISSED for row in self.rows):
            self.redraw()

    def on_key(self, event: events.Key) -> None:
        """The cursor is where the person wants it from the first key that moves it on."""
        self._is_moved = self._is_moved or event.key in _MOVES

    def on_click(self, event: events.Click) -> None:
        # The base's own handler is called beside this one.
        self._is_moved = True

    @property
    def chosen(self) -> DeskRow | None:
        """The line under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def enter_label(self) -> str:
        return "take" if self.chosen is not None and board.can_send_on(self._state, self.chosen) else "call back"

    def can_choose(self) -> bool:
        row = self.chosen
        return row is not None and (row.call.state is DeskState.MISSED or board.can_send_on(self._state, row))

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        # What the keys do depends on the line.
        self.screen.refresh_bindings()

    def draw(self, index: int, width: int) -> Content:
        row = self.rows[index]
        state = row.call.state
        number = board.number_of(row, self._state)
        account_width = 14 if width >= 90 else 0
        room = width - 13 - account_width
        # As wide on every line, so that what is said stands in one column.
        number_width = 18 if room >= 60 and any(one.call.peer.name for one in self.rows) else 0
        name_width = max(10, min(26, room // 3 - (2 if number_width else 0)))
        return Content.assemble(
            (f" {board.SYMBOL[state]} ", board.COLOUR[state]),
            (fit(state.value, 9), board.COLOUR[state]),
            fit(words.who(row.call.peer, 60), name_width - 1),
            " ",
            (fit(number, number_width - 1) + " " if number_width else "", "$text-muted"),
            fit(board.what_words(row, self._now), room - name_width - number_width),
            (fit(f" {safe(row.account)}", account_width), "$text-muted"),
            " ",
        )

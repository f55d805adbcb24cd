"""Several short lines to type in: numbers, addresses; up and down leave it at its edges."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tuiphone.ui.text import safe


class LinesField(TextArea):
    """A TextArea of a bounded length that lets the phone's alt keys through."""

    class Refused(Message):
        """Something was pasted that is too long; the field stays as it was."""

        def __init__(self, field: "LinesField", length: int) -> None:
            super().__init__()
            self.field = field
            self.length = length

    def __init__(self, lines: tuple[str, ...] = (), *, max_length: int, placeholder: str = "") -> None:
        super().__init__("\n".join(lines), soft_wrap=False, compact=True, placeholder=placeholder)
        self.max_length = max_length

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands on the lines that are not empty."""
        return tuple(line.strip() for line in self.text.splitlines() if line.strip())

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Letters with alt are the phone's."""
        return not key.startswith("alt+") and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        full = len(self.text) >= self.max_length and (event.is_printable or event.key == "enter")
        if event.key.startswith("alt+") or full:
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if len(self.text) + len(event.text) > self.max_length:
            self.post_message(self.Refused(self, len(event.text)))
            return
        lines = "\n".join(safe(line, self.max_length) for line in event.text.splitlines())
        if result := self._replace_via_keyboard(lines, *self.selection):
            self.move_cursor(result.end_location)

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.cursor_location[0] == 0:
            self.screen.focus_previous()
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.cursor_location[0] == self.document.line_count - 1:
            self.screen.focus_next()
        else:
            super().action_cursor_down(select)

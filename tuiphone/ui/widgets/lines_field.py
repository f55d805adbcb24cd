"""Several short lines to type in: numbers, addresses."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tuiphone.ui.text import safe
from tuiphone.ui.widgets.field import edit_now


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
        else:
            await edit_now(self, event)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if len(self.text) + len(event.text) > self.max_length:
            self.post_message(self.Refused(self, len(event.text)))
            return
        lines = "\n".join(safe(line, self.max_length) for line in event.text.splitlines())
        if result := self._replace_via_keyboard(lines, *self.selection):
            self.move_cursor(result.end_location)

    def is_at_edge(self, top: bool) -> bool:
        """The cursor is on the first or the last line, so that up or down leaves the field."""
        return self.cursor_location[0] == (0 if top else self.document.line_count - 1)

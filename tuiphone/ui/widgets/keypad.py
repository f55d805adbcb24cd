"""The twelve keys of a telephone, to click."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

ROWS = (
    (("1", ""), ("2", "abc"), ("3", "def")),
    (("4", "ghi"), ("5", "jkl"), ("6", "mno")),
    (("7", "pqrs"), ("8", "tuv"), ("9", "wxyz")),
    (("*", ""), ("0", "+"), ("#", "")),
)
KEY_WIDTH = 8
GAP = 1


class Keypad(Widget):
    """Draws the keys and says which one was clicked."""

    ALLOW_SELECT = False

    hovered: reactive[str | None] = reactive(None)
    pressed: reactive[str | None] = reactive(None)

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, digit: str) -> None:
            super().__init__()
            self.digit = digit

    @property
    def is_roomy(self) -> bool:
        """There is room for a gap between the rows."""
        return self.size.height >= 4 * 2 + 3

    def render(self) -> Content:
        lines: list[Content] = []
        for row in ROWS:
            digits: list[str | Content | tuple[str, str]] = []
            letters: list[str | Content | tuple[str, str]] = []
            for column, (digit, small) in enumerate(row):
                style = "$foreground on $panel"
                if digit == self.pressed:
                    style = "$background on $primary"
                elif digit == self.hovered:
                    style = "$foreground on $primary-muted"
                gap = " " * GAP if column else ""
                digits += [gap, (digit.center(KEY_WIDTH), f"bold {style}")]
                letters += [gap, (small.center(KEY_WIDTH), style if self.pressed == digit else f"$text-muted {style}")]
            lines += [Content.assemble(*digits), Content.assemble(*letters)]
            if self.is_roomy and row is not ROWS[-1]:
                lines.append(Content(""))
        return Content("\n").join(lines)

    def flash(self, digit: str) -> None:
        """Show a digit as pressed for a moment."""
        self.pressed = digit
        self.set_timer(0.15, self._release)

    def _release(self) -> None:
        self.pressed = None

    def digit_at(self, x: int, y: int) -> str | None:
        """The key under these cells."""
        row, line = divmod(y, 3 if self.is_roomy else 2)
        column, offset = divmod(x, KEY_WIDTH + GAP)
        if not (0 <= row < 4 and 0 <= column < 3) or line == 2 or offset >= KEY_WIDTH:
            return None
        return ROWS[row][column][0]

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.hovered = self.digit_at(event.x, event.y)

    def on_leave(self) -> None:
        self.hovered = None

    def on_click(self, event: events.Click) -> None:
        if digit := self.digit_at(event.x, event.y):
            self.flash(digit)
            self.post_message(self.Pressed(digit))

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
    def key_height(self) -> int:
        """Two lines for a key, its letters below the digit, where there is room."""
        return 2 if self.size.height >= 4 * 2 + 3 else 1

    @property
    def row_height(self) -> int:
        """A key and the gap below it."""
        return self.key_height + (1 if self.size.height >= 4 * self.key_height + 3 else 0)

    def render(self) -> Content:
        lines: list[Content] = []
        for row in ROWS:
            keys = [self._key(digit, letters) for digit, letters in row]
            lines += [Content(" " * GAP).join(key[line] for key in keys) for line in range(self.key_height)]
            if row is not ROWS[-1]:
                lines += [Content("")] * (self.row_height - self.key_height)
        return Content("\n").join(lines)

    def _key(self, digit: str, letters: str) -> list[Content]:
        style, small = "$foreground on $panel", "$text-muted on $panel"
        if digit == self.pressed:
            style = small = "$background on $primary"
        elif digit == self.hovered:
            style = small = "$foreground on $primary-muted"
        if self.key_height == 2:
            return [
                Content.styled(digit.center(KEY_WIDTH), f"bold {style}"),
                Content.styled(letters.center(KEY_WIDTH), small),
            ]
        left = (KEY_WIDTH - 5) // 2
        after = f" {letters}"
        return [
            Content.assemble((" " * left + digit, f"bold {style}"), (after.ljust(KEY_WIDTH - left - 1), small)),
        ]

    def flash(self, digit: str) -> None:
        """Show a digit as pressed for a moment."""
        self.pressed = digit
        self.set_timer(0.15, self._release)

    def _release(self) -> None:
        self.pressed = None

    def digit_at(self, x: int, y: int) -> str | None:
        """The key under these cells."""
        row, line = divmod(y, self.row_height)
        column, offset = divmod(x, KEY_WIDTH + GAP)
        if not (0 <= row < 4 and 0 <= column < 3) or line >= self.key_height or offset >= KEY_WIDTH:
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

"""Yes or no on one line, flipped by space, enter or a click."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Toggle(Widget, can_focus=True):
    """A box with a cross in it, and the word for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "flip", "yes/no", show=False, id="toggle.flip", tooltip="Change a yes to a no")
    ]
    ALLOW_SELECT = False

    value: reactive[bool] = reactive(False)

    class Changed(Message):
        """It was flipped by the person."""

        def __init__(self, toggle: "Toggle") -> None:
            super().__init__()
            self.toggle = toggle

        @property
        def control(self) -> "Toggle":
            """The toggle, for `@on` with a selector."""
            return self.toggle

    def __init__(self, value: bool = False, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(type(self).value, value)  # pyright: ignore[reportArgumentType]

    def render(self) -> Content:
        return Content("[x] yes" if self.value else "[ ] no")

    def action_flip(self) -> None:
        self.value = not self.value
        self.post_message(self.Changed(self))

    def on_click(self) -> None:
        self.action_flip()

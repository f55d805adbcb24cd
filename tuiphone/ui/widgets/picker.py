"""A choice of one among few, closed: a box that shows it; opened by enter or a click, changed by left and right."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tuiphone.ui.text import fit


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    """Already safe."""
    symbol: str = ""
    colour: str = ""

    def line(self, width: int) -> Content:
        """The option in `width` cells."""
        if not self.symbol:
            return Content(fit(self.label, width))
        return Content.assemble((self.symbol, self.colour), " ", fit(self.label, width - 2))


class Picker(Widget, can_focus=True):
    """Shows the chosen option; what opens is the app's business (`Opened`)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "choose", show=True, id="picker.open"),
        Binding("left", "turn(-1)", "the one before", show=False, id="picker.before"),
        Binding("right", "turn(1)", "the next one", show=False, id="picker.next"),
    ]

    class PickerMessage(Message):
        """Says which picker."""

        def __init__(self, picker: "Picker") -> None:
            super().__init__()
            self.picker = picker

        @property
        def control(self) -> "Picker":
            """The picker, for `@on` with a selector."""
            return self.picker

    class Changed(PickerMessage):
        """Another option is chosen."""

    class Opened(PickerMessage):
        """The person wants to see all options."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = title
        self.options: tuple[Option, ...] = ()
        self.value: str | None = None

    def show(self, options: tuple[Option, ...], value: str | None) -> None:
        """Offer these options, with this one chosen."""
        if (options, value) != (self.options, self.value):
            self.options, self.value = options, value
            self.refresh()

    def choose(self, value: str | None) -> None:
        """Choose an option as the person would."""
        if value is not None and value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(self))

    def render(self) -> Content:
        width = self.size.width
        chosen = next((option for option in self.options if option.value == self.value), None)
        if chosen is None:
            return Content.styled(fit("none", width), "$text-muted")
        arrow = " ▾" if len(self.options) > 1 else "  "
        return Content.assemble(chosen.line(width - 2), (arrow, "$text-muted"))

    def action_open(self) -> None:
        if len(self.options) > 1:
            self.post_message(self.Opened(self))

    def action_turn(self, step: int) -> None:
        values = [option.value for option in self.options]
        if values:
            at = values.index(self.value) if self.value in values else 0
            self.choose(values[(at + step) % len(values)])

    def on_click(self) -> None:
        self.action_open()

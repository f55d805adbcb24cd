"""Log: to come."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tuiphone.ui.screens.page import Page
from tuiphone.ui.widgets.plain import Plain


class LogPage(Page):
    """To come."""

    NAME = "log"
    BINDINGS: ClassVar[list[BindingType]] = []

    def compose(self) -> ComposeResult:
        yield Plain("")

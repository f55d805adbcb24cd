"""Contacts: to come."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tuiphone.ui.screens.page import Page
from tuiphone.ui.widgets.plain import Plain


class ContactsPage(Page):
    """To come."""

    NAME = "contacts"
    BINDINGS: ClassVar[list[BindingType]] = []

    def compose(self) -> ComposeResult:
        yield Plain("")

"""Log: what happened, what went over the wires, and a report of both for whoever helps."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from tuiphone.core.state import PhoneState
from tuiphone.ui.screens.page import Page
from tuiphone.ui.widgets.journal_view import JournalView
from tuiphone.ui.widgets.wire_view import WireView


class LogPage(Page):
    """Shows one of the two: the list of what happened, or a wire."""

    NAME = "log"
    BINDINGS: ClassVar[list[BindingType]] = []

    def compose(self) -> ComposeResult:
        yield JournalView(id="journal")
        yield WireView(id="wire")

    @property
    def _journal(self) -> JournalView:
        return self.query_one(JournalView)

    @property
    def _wire(self) -> WireView:
        return self.query_one(WireView)

    def on_mount(self) -> None:
        self._wire.display = False

    def opened(self) -> None:
        if self._wire.display:
            self.take_focus(self._wire.ladder)
        else:
            self._journal.focus_list()
            self._journal.renew()

    def show(self, state: PhoneState) -> None:
        if self.display:
            self._journal.show(state)

    def tick(self, now: float) -> None:
        self._journal.tick(now)

    @on(JournalView.WantsTrace)
    def _open_wire(self, message: JournalView.WantsTrace) -> None:
        self._journal.display, self._wire.display = False, True
        self._wire.open(message.account)

    @on(WireView.Left)
    def _close_wire(self) -> None:
        self._journal.display, self._wire.display = True, False
        self._journal.focus_list()

    @on(JournalView.WantsReport)
    def _report(self) -> None:
        from tuiphone.ui.screens.report import begin

        begin(self.app)

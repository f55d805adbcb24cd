"""Base of the pages: what one f-key shows between the calls strip and the footer."""

from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from tuiphone.core.call import CallId
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


class Page(Widget):
    """A page is a function of the phone's state; it is shown the newest one whenever it is open."""

    NAME: ClassVar[str]
    KEYS_FIRST: ClassVar[bool] = False
    """Its own keys are shown before those of the call in focus."""

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def show(self, state: PhoneState) -> None:
        """Draw this state."""

    def tick(self, now: float) -> None:
        """A second has passed."""

    def meters(self, meters: dict[CallId, MediaStats]) -> None:
        """How the calls sound now, ten times a second."""

    def select(self, account: str) -> None:
        """Put the cursor on this account, where there is such a thing."""

    def key_label(self, key: str) -> str | None:
        """What a key of this page does just now (the last part of its id); None where its description says it."""
        return None

    def take_focus(self, widget: Widget) -> None:
        """Send keys there from the very next one on: Textual's own `focus` waits for a turn, and over a slow line or
        from a quick hand several keys come at once; an `x` meant for a field must not hang up."""
        self.screen.set_focus(widget)

    def opened(self) -> None:
        """The page has come to the front: take the focus, look for what is new."""

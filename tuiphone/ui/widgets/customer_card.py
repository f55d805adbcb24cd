"""The whole customer card: who somebody is, and what there was with them, beside each other where there is room."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tuiphone.control.cards import Card
from tuiphone.core.call import Call
from tuiphone.ui import card_text
from tuiphone.ui.widgets.plain import Plain

WIDE = 90
"""From this width on the two halves stand beside each other."""
WHO = 38
"""Width of the left one."""


class CustomerCard(VerticalScroll, can_focus=False):
    """Draws a card by its own width; empty until the card is here."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: tuple[Card, Call, str | None, float] | None = None

    def compose(self) -> ComposeResult:
        yield Plain("", classes="who")
        yield Plain("", classes="past")

    def show(self, card: Card, call: Call, country: str | None, now: float) -> None:
        """Show what is known of whoever this call is with."""
        self._shown = card, call, country, now
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        is_wide = width >= WIDE
        self.set_class(is_wide, "-wide")
        if self._shown is None or not width:
            return
        card, call, country, now = self._shown
        who = card_text.who(card, call.peer, country, WHO if is_wide else width)
        past = card_text.calls(card, now, width - WHO - 3 if is_wide else width, note=call.note)
        for name, content in ((".who", who), (".past", past)):
            widget = self.query_one(name, Plain)
            widget.update(content)
            widget.display = bool(content.plain)

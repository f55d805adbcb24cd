"""The customer cards of the calls that are up: each is asked for once, and kept until its call is gone."""

from functools import partial
from typing import TYPE_CHECKING

from tuiphone.control.cards import Card
from tuiphone.core.call import Call, CallId
from tuiphone.core.model import Address
from tuiphone.core.state import PhoneState

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


class Cards:
    """Asks for the card of a call when it is to be shown; it comes late or never, and nothing waits for it."""

    def __init__(self, app: "TuiPhone") -> None:
        self._app = app
        self._asked: dict[CallId, Address] = {}
        self._known: dict[CallId, Card] = {}

    def of(self, call: Call) -> Card | None:
        """The card of this call if it is here; else it is asked for, and drawn when it comes."""
        peer = Address(call.peer.kind, call.peer.text)
        if self._asked.get(call.id) != peer:
            self._asked[call.id] = peer
            self._known.pop(call.id, None)
            # Not before what is being drawn, the popup, is on the terminal.
            self._app.call_after_refresh(partial(self._ask, call.id, peer))
        return self._known.get(call.id)

    def known(self, id: CallId) -> Card | None:
        """The card of this call, if it came."""
        return self._known.get(id)

    def _ask(self, id: CallId, peer: Address) -> None:
        def told(card: Card) -> None:
            if self._asked.get(id) == peer:
                self._known[id] = card
                self._app.redraw()
                self._app.show_popup()

        self._app.do(self._app.phone.card(peer, id.account), told, failed=lambda: None)

    def take(self, state: PhoneState) -> None:
        """Forget the calls that are gone; one that has another name now keeps its card."""
        for id in list(self._asked):
            call = state.call(id)
            if call is not None and call.id == id:
                continue
            asked, known = self._asked.pop(id), self._known.pop(id, None)
            if call is not None and known is not None:
                self._asked[call.id], self._known[call.id] = asked, known

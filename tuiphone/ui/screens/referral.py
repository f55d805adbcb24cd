"""The far side wants us to call somebody else: whether to, asked over any page; a call that rings comes before it."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tuiphone.core.call import Call
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.state import PhoneState
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.screens.incoming import KeyGuard
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.plain import Plain


class ReferralDialog(Dialog):
    """The result is whether to call them; None when the question is gone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "call them", id="referral.yes", tooltip="Call who was named"),
        Binding("n,escape", "answer(False)", "do not", id="referral.no", tooltip="Do not call who was named"),
    ]

    def __init__(self, call: Call, country: str | None) -> None:
        super().__init__()
        self.call = call
        self._country = country
        self._guard = KeyGuard()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Plain("", id="referral-question", classes="question")
            with Horizontal(classes="answers"):
                yield KeyButton("referral.yes", "Call them", kind="good")
                yield KeyButton("referral.no", self._no, kind="plain")

    @property
    def _no(self) -> str:
        asked = self.call.referral
        return "End the call" if asked is not None and asked.by == "redirect" else "Stay in this call"

    def on_mount(self) -> None:
        self._guard.begin()
        asked = self.call.referral
        redirected = asked is not None and asked.by == "redirect"
        self.query_one(".box").border_title = "Reached elsewhere" if redirected else "Handed on to somebody else"
        if asked is not None:
            self.query_one("#referral-question", Plain).update(
                _question(self.call, asked.to, redirected, self._country)
            )

    def on_screen_resume(self) -> None:
        self._guard.begin()
        self.show(self.app.state)

    def show(self, state: PhoneState) -> None:
        """Go when the question is gone: the call is over, or another screen has answered."""
        call = state.call(self.call.id)
        is_asked = call is not None and call.referral == self.call.referral
        # dismiss() takes away whatever is on top; under a call that rings it goes when that has gone.
        if not is_asked and self.app.screen is self:
            self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        """Swallow what was meant for the page below."""
        self._guard.hear(event)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


def _question(call: Call, to: Address, redirected: bool, country: str | None) -> Content:
    peer, name = words.who(call.peer, 40), words.who(to, 60)
    number = safe(pretty(to.text, country) if to.kind is AddressKind.PHONE else to.text, 128) if to.name else ""
    whom = Content.assemble((name, "bold"), f"  {number}" if number else "")
    if redirected:
        return Content.assemble(f"{peer} is to be reached elsewhere:\n\n  ", whom, "\n\nCall there instead?")
    return Content.assemble(f"{peer} hands you on to\n\n  ", whom, "\n\nCall them, and leave this call?")

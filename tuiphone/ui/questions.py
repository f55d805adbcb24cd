"""Which questions of the far sides are still to be answered; one is shown at a time, under a call that rings."""

from typing import TYPE_CHECKING

from tuiphone.core.call import Call, CallId, Referral
from tuiphone.core.state import PhoneState

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone
    from tuiphone.ui.screens.referral import ReferralDialog


class Questions:
    """Asks the person whether to call who a far side named."""

    def __init__(self, app: "TuiPhone") -> None:
        self._app = app
        self._dialog: ReferralDialog | None = None
        self._answered: set[tuple[CallId, Referral]] = set()
        """Those whose answer is on its way to the engine."""

    def take(self, state: PhoneState) -> None:
        """Ask what is new, and take back what is no longer asked."""
        asked = {(call.id, call.referral) for call in state.calls if call.referral is not None}
        self._answered &= asked
        if self._dialog is not None:
            if self._dialog.is_mounted:
                self._dialog.show(state)
            return
        if self._app.is_ringing:
            return
        for call in state.live_calls:
            if call.referral is not None and (call.id, call.referral) not in self._answered:
                return self._ask(call)

    def _ask(self, call: Call) -> None:
        from tuiphone.ui.screens.referral import ReferralDialog

        known = self._app.state.account(call.id.account)
        self._dialog = ReferralDialog(call, known.account.country if known is not None else None)
        self._app.push_screen(self._dialog, lambda answer: self._take_answer(call, answer))

    def _take_answer(self, call: Call, answer: bool | None) -> None:
        self._dialog = None
        app, referral = self._app, call.referral
        if answer is not None and referral is not None:
            self._answered.add((call.id, referral))

            def failed() -> None:
                # It may be answered once more, with another word.
                self._answered.discard((call.id, referral))

            if answer:
                app.do(app.phone.follow(call.id), app.handset.look_at, failed=failed)
            else:
                app.do(app.phone.stay(call.id), failed=failed)
        self.take(app.state)

"""The operator's desk in words and marks, and what its keys do."""

from typing import TYPE_CHECKING

from tuiphone.core.capability import Capability
from tuiphone.core.desk import DeskRow, desk_rows, redirect_place
from tuiphone.core.model import AddressKind, DeskState
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import safe

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

SYMBOL = {DeskState.WAITING: "◐", DeskState.RINGING: "◎", DeskState.MISSED: "↙"}
COLOUR = {DeskState.WAITING: "$warning", DeskState.RINGING: "$warning", DeskState.MISSED: "$error"}


class _Rows:
    """The lines of the desk in one state; the footer asks for them with every word it tries."""

    def __init__(self) -> None:
        self._state = PhoneState()
        self._rows: tuple[DeskRow, ...] = ()

    def of(self, state: PhoneState) -> tuple[DeskRow, ...]:
        """Made once for each state."""
        if state is not self._state:
            self._state, self._rows = state, desk_rows(state)
        return self._rows


rows_of = _Rows().of


def mark(known: AccountState, *, short: bool = False) -> str:
    """What stands behind the account's name while somebody of its group waits or was missed; only one in `short`."""
    if not known.desk:
        return ""
    waiting, lost = _counts(desk_rows(PhoneState((known,))))
    told = ((DeskState.WAITING, waiting), (DeskState.MISSED, lost))
    marks = [f" {SYMBOL[state]} {count}" for state, count in told if count]
    return "".join(marks[:1] if short else marks)


def label(state: PhoneState) -> str:
    """What the desk's key says: who waits comes before who was missed."""
    waiting, lost = _counts(rows_of(state))
    if waiting:
        return f"desk ({waiting} waiting)"
    return f"desk ({lost} missed)" if lost else "desk"


def _counts(rows: tuple[DeskRow, ...]) -> tuple[int, int]:
    states = [row.call.state for row in rows]
    return states.count(DeskState.WAITING), states.count(DeskState.MISSED)


def summary(rows: tuple[DeskRow, ...]) -> str:
    """The whole desk in a line."""
    states = [row.call.state for row in rows]
    told = ((states.count(state), state.value) for state in DeskState)
    return ", ".join(f"{count} {word}" for count, word in told if count)


def number_of(row: DeskRow, state: PhoneState) -> str:
    """The caller's number where the name is not it, safe."""
    peer = row.call.peer
    if not peer.name:
        return ""
    known = state.account(row.account)
    country = known.account.country if known is not None else None
    return safe(pretty(peer.text, country) if peer.kind is AddressKind.PHONE else peer.text, 40)


def what_words(row: DeskRow, now: float) -> str:
    """For how long, or when and how often; and at whom."""
    call = row.call
    parts = [words.when(call.since, now) if call.state is DeskState.MISSED else words.length(now - call.since)]
    if call.at is not None:
        number = safe(call.at.text, 20)
        name = words.who(call.at, 24)
        parts.append(f"at {number} {name}" if call.at.name and name != number else f"at {number}")
    said = " ".join(parts)
    if row.times > 1:
        said += f", {row.times} times"
    return f"{said}, line {safe(call.line, 20)}" if call.line else said


# -- what the keys do ----------------------------------------------------------------------------------------------


def can_send_on(state: PhoneState, row: DeskRow) -> bool:
    """It waits or rings, and its account can send it here or elsewhere."""
    known = state.account(row.account)
    can = known is not None and Capability.REDIRECT in known.account.capabilities
    return can and row.call.state is not DeskState.MISSED


def waiting(state: PhoneState) -> tuple[DeskRow, ...]:
    """The calls that wait and can be taken, the longest first."""
    return tuple(row for row in rows_of(state) if row.call.state is DeskState.WAITING and can_send_on(state, row))


def place(state: PhoneState, row: DeskRow) -> str | None:
    """Where one key sends it."""
    return redirect_place(state, row.account) if can_send_on(state, row) else None


def take(app: "TuiPhone", row: DeskRow) -> None:
    """Have it ring here."""
    said = f"{words.who(row.call.peer, 40)} is put through to you."
    app.handset.take_waiting(row.call, account=row.account, then=lambda: app.say(said))


def call_back(app: "TuiPhone", row: DeskRow) -> None:
    """Call who was missed."""
    app.handset.call_back(row.call.ref, account=row.account)


def be_done(app: "TuiPhone", row: DeskRow) -> None:
    """It needs nobody any more."""
    app.do(app.phone.desk_call_done(row.call.ref, account=row.account))


def redirect(app: "TuiPhone", row: DeskRow) -> None:
    """Ask where to, and send it there."""
    from tuiphone.ui.screens.dialogs import transfer_prompt

    known = app.state.account(row.account)
    capabilities = known.account.capabilities if known else Capability(0)

    def typed(to: str | None) -> None:
        if to is not None:
            _send(app, row, to.strip())

    app.push_screen(transfer_prompt(capabilities, words.who(row.call.peer, 40), verb="Send"), typed)


def send_on(app: "TuiPhone", row: DeskRow) -> None:
    """Send it to the place the account's settings have for it."""
    if (where := place(app.state, row)) is not None:
        _send(app, row, where)


def _send(app: "TuiPhone", row: DeskRow, to: str) -> None:
    said = f"{words.who(row.call.peer, 40)} is sent on to {safe(to, 40)}."
    app.do(app.phone.redirect_desk_call(row.call.ref, to, account=row.account), lambda _: app.say(said))

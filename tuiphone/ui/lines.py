"""Telephones that are watched and mailboxes, in words, and what the keys for them do."""

from typing import TYPE_CHECKING

from tuiphone.core.desk import DeskRow
from tuiphone.core.model import Line, LineState, Voicemail
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import board, words
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.line_list import picked
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone
    from tuiphone.ui.widgets.line_board import LineBoard

SYMBOL = {LineState.IDLE: "○", LineState.RINGING: "◎", LineState.BUSY: "●", LineState.UNKNOWN: "?"}
COLOUR = {
    LineState.IDLE: "$success",
    LineState.RINGING: "$warning",
    LineState.BUSY: "$error",
    LineState.UNKNOWN: "$text-muted",
}


def all_lines(state: PhoneState) -> tuple[tuple[str, Line], ...]:
    """Every line that is watched, with its account."""
    return tuple((known.account.name, line) for known in state.accounts for line in known.lines)


def can_pick_up(line: Line) -> bool:
    """A call came in there and rings."""
    return line.state is LineState.RINGING and line.incoming


def ringing(state: PhoneState) -> tuple[tuple[str, Line], ...]:
    """The lines where something can be picked up."""
    return tuple((account, line) for account, line in all_lines(state) if can_pick_up(line))


def line_words(line: Line) -> str:
    """What the line does, and with whom."""
    peer = words.who(line.peer, 40) if line.peer is not None else ""
    match line.state:
        case LineState.RINGING if line.incoming:
            return f"ringing: {peer} calls" if peer else "ringing"
        case LineState.RINGING:
            return f"calling {peer}" if peer else "calling somebody"
        case LineState.BUSY:
            return f"busy with {peer}" if peer else "busy"
        case _:
            return line.state.value


def choose(app: "TuiPhone", board: "LineBoard", index: int) -> None:
    """Pick up what rings at this line, or call who is there."""
    if board.slip.is_fresh or (found := picked(board.lines, index)) is None:
        return app.say_not_now("The line has just changed; press the key again.")
    account, line = found
    if can_pick_up(line):
        app.handset.pick_up(line.address.text, account=account)
    else:
        app.handset.dial(line.address.text, account=account)


def pick_up(app: "TuiPhone") -> None:
    """Take what rings at a line or waits for the extension group; of several the person chooses one."""
    found = _to_take(app.state)

    def chosen(at: str | None) -> None:
        match None if at is None else found[int(at)]:
            case DeskRow() as row:
                board.take(app, row)
            case (account, line):
                app.handset.pick_up(line.address.text, account=account)
            case None:
                pass

    if len(found) == 1:
        return chosen("0")
    app.choose("Pick up", tuple(_option(str(at), one, app.now()) for at, one in enumerate(found)), None, chosen)


def can_take(state: PhoneState) -> bool:
    """Somebody else's call rings at a line, or waits for the extension group, and can be taken."""
    return bool(_to_take(state))


def pick_up_label(state: PhoneState) -> str:
    """What the key picks up just now."""
    match _to_take(state):
        case [DeskRow(call=call)]:
            return f"take {words.who(call.peer, 20)}"
        case [(_, Line(address=address))]:
            return f"pick up {words.who(address, 20)}"
        case _:
            return "pick up"


def _to_take(state: PhoneState) -> list[DeskRow | tuple[str, Line]]:
    return [*board.waiting(state), *ringing(state)]


def _option(at: str, one: DeskRow | tuple[str, Line], now: float) -> Option:
    if isinstance(one, DeskRow):
        said = f"{words.who(one.call.peer, 30)}  waits {board.what_words(one, now)}"
        return Option(at, said, board.SYMBOL[one.call.state], board.COLOUR[one.call.state])
    _, line = one
    return Option(at, f"{words.who(line.address, 30)}  {line_words(line)}", SYMBOL[line.state], COLOUR[line.state])


def mailboxes(state: PhoneState) -> tuple[tuple[AccountState, Voicemail], ...]:
    """The accounts whose mailbox can be called, those with new messages first."""
    found = [
        (known, known.voicemail)
        for known in state.accounts
        if known.voicemail is not None and known.voicemail.mailbox is not None
    ]
    return tuple(sorted(found, key=lambda one: -one[1].new))


def mailbox_label(state: PhoneState) -> str:
    """What waits in all mailboxes."""
    new = sum(known.voicemail.new for known in state.accounts if known.voicemail is not None)
    return f"voicemail ({new} new)" if new else "voicemail"


def waiting_words(voicemail: Voicemail) -> str:
    """What waits in one mailbox."""
    old = f", {voicemail.old:,} old" if voicemail.old else ""
    return f"{voicemail.new:,} new{old}"


def mark(known: AccountState) -> str:
    """What stands behind the account's name while voicemail waits."""
    new = known.voicemail.new if known.voicemail is not None else 0
    return f" ✉ {new}" if new else ""


def call_mailbox(app: "TuiPhone") -> None:
    """Call the mailbox; of several the person chooses one, unless only one has anything new."""
    found = mailboxes(app.state)
    with_news = [one for one in found if one[1].new] or list(found)
    if len(with_news) == 1:
        return app.handset.call_mailbox(with_news[0][0].account.name)
    options = tuple(
        Option(known.account.name, f"{safe(known.account.name, 30)}  {waiting_words(voicemail)}", "✉", "$accent")
        for known, voicemail in found
    )
    app.choose("Voicemail of", options, None, lambda name: app.handset.call_mailbox(name) if name is not None else None)

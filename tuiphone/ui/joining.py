"""What is asked before several calls are joined, connected or handed over; and the line about a call."""

from typing import TYPE_CHECKING

from tuiphone.core.call import Call, CallId, CallState
from tuiphone.core.capability import Action, Capability
from tuiphone.core.commands import MAX_NOTE
from tuiphone.core.model import AddressKind
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.people_list import Person
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

ALL, ASK = "*", "?"
"""Choices that are no call."""


def swap(app: "TuiPhone") -> None:
    """Hold one call and take back the next; keys mean that one then."""
    app.do(app.phone.swap(), app.handset.focus)


def conference(app: "TuiPhone", call: Call) -> None:
    """Join this call with the others, or split the conference and go on with it."""
    if call.conference:
        app.do(app.phone.split(call.id))
        return
    joined = app.state.conference
    others = [other for other in app.state.live_calls if other.id != call.id and _can(app, other, Action.CONFERENCE)]
    if joined or len(others) < 2:
        app.do(app.phone.join((call.id,) if joined else (call.id, *(other.id for other in others))))
        return

    def chosen(value: str | None) -> None:
        if value is not None:
            with_them = [other.id for other in others if value in (ALL, str(other.id))]
            app.do(app.phone.join((call.id, *with_them)))

    everybody = Option(ALL, f"all {len(others) + 1} calls", "+", "$accent")
    app.choose(f"Join {_name(call)} with", (everybody, *map(_option, others)), ALL, chosen)


def why_apart(call: Call) -> str | None:
    """Why this call cannot be joined with others, where that is no passing matter."""
    if not call.is_group or not call.is_live:
        return None
    return "A group call cannot be joined with other calls; ask people into it instead."


def attended(app: "TuiPhone", call: Call) -> None:
    """Connect the call with the one who was asked, or with another that is up; else ask whom to ask."""
    asked = [other for other in app.state.live_calls if other.id.account == call.id.account and _are_pair(call, other)]
    if asked and call.is_answered and asked[0].is_answered:
        app.do(app.phone.connect(call.id, asked[0].id))
        return
    if asked:
        app.say_not_now(f"{_name(_asked(call, asked[0]))} has not answered yet; wait, or hang up to go back.")
        return
    up = [
        other
        for other in app.state.live_calls
        if other.id.account == call.id.account and other.id != call.id and _can(app, other, Action.TRANSFER_ATTENDED)
    ]
    if not up:
        _ask_whom(app, call)
        return

    def chosen(value: str | None) -> None:
        if value == ASK:
            _ask_whom(app, call)
        elif value is not None:
            app.do(app.phone.connect(call.id, next(other.id for other in up if str(other.id) == value)))

    ask = Option(ASK, "somebody else, after asking them", "?", "$accent")
    app.choose(f"Connect {_name(call)} with", (*map(_option, up), ask), str(up[0].id), chosen)


def _ask_whom(app: "TuiPhone", call: Call) -> None:
    from tuiphone.ui.screens.dialogs import transfer_prompt

    def typed(to: str | None) -> None:
        if to is not None:
            app.do(app.phone.consult(call.id, to.strip()), app.handset.look_at)

    known = app.state.account(call.id.account)
    capabilities = known.account.capabilities if known else Capability(0)
    app.push_screen(transfer_prompt(capabilities, _name(call), question="after asking"), typed)


def note(app: "TuiPhone", call: Call) -> None:
    """Write or change the line about a call."""
    from tuiphone.ui.screens.dialogs import Prompt

    def typed(text: str | None) -> None:
        if text is not None:
            said = "The note is kept with the call." if text.strip() else "The note is gone."
            app.do(app.phone.note(call.id, text), lambda _: app.say(said))

    prompt = Prompt(
        f"Note on {_name(call)}",
        placeholder="a line about the call; it stays in the history",
        check=lambda text: None,
        max_length=MAX_NOTE,
        value=call.note or "",
    )
    app.push_screen(prompt, typed)


def people(app: "TuiPhone", call: Call) -> tuple[Person, ...]:
    """The other calls that are up, as somebody to hand this one to."""
    found: list[Person] = []
    for other in app.state.live_calls:
        if other.id != call.id and other.state is not CallState.INCOMING:
            known = app.state.account(other.id.account)
            peer, country = other.peer, known.account.country if known else None
            number = pretty(peer.text, country) if peer.kind is AddressKind.PHONE else peer.text
            symbol, colour = words.call_symbol(other), words.call_colour(other)
            account, name = other.id.account, safe(peer.name or "")
            found.append(Person(peer.text, account, name, safe(number), 0.0, symbol, colour))
    return tuple(found)


def _are_pair(call: Call, other: Call) -> bool:
    return call.consults == other.id.ref or other.consults == call.id.ref


def _asked(call: Call, other: Call) -> Call:
    return call if call.consults is not None else other


def _can(app: "TuiPhone", call: Call, action: Action) -> bool:
    return action in app.handset.allowed(call)


def _name(call: Call) -> str:
    return words.who(call.peer, 40)


def _option(call: Call) -> Option:
    label = f"{_name(call)}  ·  {words.call_words(call)}"
    return Option(str(call.id), label, words.call_symbol(call), words.call_colour(call))


def company(calls: tuple[Call, ...], id: CallId) -> str:
    """Who else is in the conference, already safe; empty for a call that is in none."""
    if not any(call.id == id for call in calls):
        return ""
    return ", ".join(words.who(call.peer, 40) for call in calls if call.id != id)

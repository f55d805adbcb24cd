"""Group calls on the screen: who is called together, who is in the call, and what is done with them."""

from typing import TYPE_CHECKING

from textual.content import Content

from tuiphone.core.call import Attendance, Call, Participant
from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress
from tuiphone.core.events import Link
from tuiphone.core.model import BETWEEN, AddressKind, Contact, address_from_text, people_in
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import words
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_LINE = 600
NOBODY = "Nobody to invite: type a name first."
_SYMBOL = {Attendance.JOINED: "●", Attendance.INVITED: "◌", Attendance.LEFT: "○", Attendance.ABSENT: "○"}
_COLOUR = {
    Attendance.JOINED: "$success",
    Attendance.INVITED: "$warning",
    Attendance.LEFT: "$text-muted",
    Attendance.ABSENT: "$text-muted",
}
_WORD = {
    Attendance.JOINED: "here",
    Attendance.INVITED: "invited",
    Attendance.LEFT: "left",
    Attendance.ABSENT: "did not come",
}
_GONE = (Attendance.LEFT, Attendance.ABSENT)


# -- whom to call -------------------------------------------------------------------------------------------------


def has_groups(known: AccountState | None) -> bool:
    """Whether this account can call several people together."""
    return known is not None and Capability.GROUP in known.account.capabilities


def typed_people(typed: str, known: AccountState | None) -> tuple[str, ...]:
    """The people of what was typed, where this account would call them together; nobody where it is one address."""
    people = people_in(typed) if BETWEEN in typed and has_groups(known) else ()
    return people if len(people) > 1 else ()


def trouble_with(people: tuple[str, ...], capabilities: Capability) -> str | None:
    """What is wrong with these people, as a sentence."""
    try:
        for one in people:
            address_from_text(one, capabilities)
    except BadAddress as error:
        return str(error)
    return None


def names_of(people: tuple[str, ...]) -> str:
    """`bob, carol and dave`, safe."""
    *most, last = [safe(one, 40) for one in people]
    return f"{', '.join(most)} and {last}" if most else last


def accounts_for(state: PhoneState, contacts: tuple[Contact, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The accounts that can call these people together, connected ones first, each with the addresses to call."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for known in sorted(state.accounts, key=lambda known: known.link is not Link.ONLINE):
        if has_groups(known) and known.link is not Link.OFF:
            reached = [_address(contact, known.account.name) for contact in contacts]
            if all(reached):
                found.append((known.account.name, tuple(one for one in reached if one)))
    return found


def _address(contact: Contact, account: str) -> str | None:
    fits = (one for one in contact.addresses if (one.account or contact.account) in (None, account))
    return next((one.address.text for one in fits if one.address.kind is AddressKind.USER), None)


def call_together(app: "TuiPhone", contacts: tuple[Contact, ...], *, video: bool = False) -> bool:
    """Call these people in one call; says why not, where no account can."""
    ways = accounts_for(app.state, contacts)
    if not ways:
        names = names_of(tuple(one.name for one in contacts))
        app.say_not_now(f"No account with group calls reaches {names}; call one after the other and join the calls.")
        return False
    account, people = ways[0]
    app.handset.dial(f"{BETWEEN} ".join(people), account=account, video=video)
    return True


# -- who is in it -------------------------------------------------------------------------------------------------


def lines(call: Call) -> Content:
    """Everybody, a line each."""
    return Content("\n").join([_line(one) for one in call.participants])


def _line(one: Participant) -> Content:
    who = "you" if one.is_us else words.who(one.address, 40)
    state = f"{_WORD[one.state]}, muted" if one.muted else _WORD[one.state]
    return Content.assemble((f"{_SYMBOL[one.state]} ", _COLOUR[one.state]), who, (f"  {state}", "$text-muted"))


def count(call: Call) -> str:
    """How many of the others are here."""
    others = sum(not one.is_us for one in call.participants)
    return f"{len(call.company)} of {words.counted(others, 'other')} here"


def company(call: Call) -> str:
    """Who else is in it, or is asked to be, in one line; safe."""
    others = [one for one in call.participants if not one.is_us and one.state not in _GONE]
    return ", ".join(words.who(one.address, 40) for one in others)


# -- what is done with them ---------------------------------------------------------------------------------------


def invite(app: "TuiPhone", call: Call) -> None:
    """Ask whom to invite, and invite them."""
    from tuiphone.ui.screens.dialogs import Prompt

    known = app.state.account(call.id.account)
    capabilities = known.account.capabilities if known else Capability(0)

    def refusal(text: str) -> str | None:
        people = people_in(text)
        return _already_in(people, call) or trouble_with(people, capabilities) if people else NOBODY

    def typed(text: str | None) -> None:
        if text is not None:
            people = people_in(text)
            app.do(app.phone.invite(call.id, people), lambda _: app.say(f"Invited: {names_of(people)}."))

    placeholder = "a name, or several with commas"
    prompt = Prompt("Invite into the call", placeholder=placeholder, check=refusal, suggests=True, max_length=MAX_LINE)
    app.push_screen(prompt, typed)


def _already_in(people: tuple[str, ...], call: Call) -> str | None:
    here = {one.address.text: one for one in call.participants if one.state is Attendance.JOINED}
    found = next((here[one] for one in people if one in here), None)
    if found is None:
        return None
    return "You are in this call." if found.is_us else f"{words.who(found.address, 40)} is in this call."


def take_out(app: "TuiPhone", call: Call) -> None:
    """Ask whom to take out of the call, and do so."""
    options = tuple(
        Option(one.address.text, words.who(one.address, 40), _SYMBOL[one.state], _COLOUR[one.state])
        for one in call.participants
        if one.state not in _GONE and not one.is_us
    )

    def chosen(who: str | None) -> None:
        if who is not None:
            app.do(app.phone.take_out(call.id, (who,)))

    app.choose("Take out of the call", options, None, chosen)

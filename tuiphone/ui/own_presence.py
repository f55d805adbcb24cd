"""How we are, as others at an account's server see it: the choice of it, and how it is said."""

from typing import TYPE_CHECKING

from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Availability, Presence
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_NOTE = 200
_HERE, _AWAY, _NOTHING = Availability.ONLINE, Availability.OFFLINE, Availability.UNKNOWN


def publishing(state: PhoneState) -> tuple[AccountState, ...]:
    """The accounts whose server tells others how we are."""
    return tuple(known for known in state.accounts if Capability.PUBLISH in known.account.capabilities)


def shown(presence: Presence | None) -> str:
    """What others are told; safe."""
    if presence is None or presence == Presence():
        return "nothing is told"
    if presence.availability is _NOTHING:
        return safe(presence.note or "", 60)
    word = "not there" if presence.availability is _AWAY else "there"
    return f"{word}: {safe(presence.note, 60)}" if presence.note else word


def ask(app: "TuiPhone") -> None:
    """Ask for which account, where there are several, and then how we are."""
    known = [one for one in publishing(app.state) if one.link is Link.ONLINE]
    if not known:
        return app.say_not_now("No account that tells others how you are is connected.")
    if len(known) == 1:
        return _ask_of(app, known[0].account.name)
    options = tuple(Option(one.account.name, f"{safe(one.account.name, 30)}  {shown(one.presence)}") for one in known)
    app.choose("How you are, to others at", options, None, lambda name: _ask_of(app, name) if name else None)


def _ask_of(app: "TuiPhone", account: str) -> None:
    options = (
        Option("here", "There", "●", "$success"),
        Option("note", "There, with a few words…", "●", "$success"),
        Option("away", "Not there", "○", "$text-muted"),
        Option("away note", "Not there, with a few words…", "○", "$text-muted"),
        Option("nothing", "Tell nothing any more", "–", "$text-muted"),
    )

    def chosen(value: str | None) -> None:
        match value:
            case "here":
                _tell(app, account, Presence(_HERE))
            case "away":
                _tell(app, account, Presence(_AWAY))
            case "nothing":
                _tell(app, account, Presence(_NOTHING))
            case "note" | "away note":
                _ask_for_words(app, account, _HERE if value == "note" else _AWAY)
            case _:
                pass

    app.choose(f"What others see of you at {safe(account, 30)}", options, None, chosen)


def _ask_for_words(app: "TuiPhone", account: str, availability: Availability) -> None:
    from tuiphone.ui.screens.dialogs import Prompt

    def typed(note: str | None) -> None:
        if note is not None:
            _tell(app, account, Presence(availability, note.strip()))

    prompt = Prompt(
        "What others see of you",
        placeholder="at lunch",
        check=lambda text: None if text.strip() else "Type a few words first.",
        max_length=MAX_NOTE,
    )
    app.push_screen(prompt, typed)


def _tell(app: "TuiPhone", account: str, presence: Presence) -> None:
    said = f"Others at {safe(account, 30)}: {shown(presence)}."
    work = app.phone.publish_status(account, presence.note or "", availability=presence.availability)
    app.do(work, lambda _: app.say(said))

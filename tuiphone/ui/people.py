"""What is done with a contact: calling, writing, removing; and with all of them: import, export, merging."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tuiphone.control.contacts import BookForm, ContactsImported, ContactsMerged
from tuiphone.core.capability import Capability, can_text
from tuiphone.core.events import Link
from tuiphone.core.model import AddressKind, Contact, ContactAddress
from tuiphone.core.state import PhoneState
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_PATH = 4000
FORMS: dict[BookForm, str] = {
    "vcard3": "vCard 3.0: every address book reads it",
    "vcard4": "vCard 4.0",
    "csv": "CSV: a table for spreadsheets",
}


def account_of(state: PhoneState, contact: Contact, one: ContactAddress) -> str | None:
    """The account to call this address from; None leaves the choice to the phone."""
    wanted = one.account or contact.account
    if wanted is not None and state.account(wanted) is not None:
        return wanted
    if "@" in one.address.text and one.address.kind is AddressKind.USER:
        # At others a user of that name is somebody else.
        can = [known for known in state.accounts if Capability.DIAL_URI in known.account.capabilities]
        can.sort(key=lambda known: known.link is not Link.ONLINE)
        return can[0].account.name if can else None
    return None


def country_of(state: PhoneState, account: str | None) -> str | None:
    """The country of an account's numbers; of no account, that of the first that has one."""
    known = state.account(account) if account is not None else None
    countries = [other.account.country for other in state.accounts if other.account.country is not None]
    own = known.account.country if known is not None else None
    return own or next(iter(countries), None)


def number_of(state: PhoneState, contact: Contact, one: ContactAddress) -> str:
    """An address as people of its country write it; safe."""
    if one.address.kind is not AddressKind.PHONE:
        return safe(one.address.text)
    return safe(pretty(one.address.text, country_of(state, one.account or contact.account)))


# -- one contact --------------------------------------------------------------------------------------------------


def call(app: "TuiPhone", contact: Contact, *, video: bool = False) -> None:
    """Call somebody; of several numbers the person chooses one."""

    def dial(at: int) -> None:
        one = contact.addresses[at]
        app.handset.dial(one.address.text, account=account_of(app.state, contact, one), video=video)

    _which(app, f"Call {safe(contact.name, 40)}", contact, contact.addresses, dial)


def textable(state: PhoneState, contact: Contact) -> list[tuple[ContactAddress, str]]:
    """The addresses that some account can send a message to, each with that account."""
    found: list[tuple[ContactAddress, str]] = []
    for one in contact.addresses:
        wanted = account_of(state, contact, one)
        for known in state.accounts:
            if wanted in (None, known.account.name) and can_text(known.account.capabilities, one.address):
                found.append((one, known.account.name))
                break
    return found


def write_to(app: "TuiPhone", contact: Contact) -> None:
    """Open the conversation with somebody; of several addresses the person chooses one."""
    ways = textable(app.state, contact)

    def write(at: int) -> None:
        one, account = ways[at]
        app.open_messages(replace(one.address, name=contact.name), account)

    _which(app, f"Write to {safe(contact.name, 40)}", contact, tuple(one for one, _ in ways), write)


def _which(
    app: "TuiPhone", title: str, contact: Contact, addresses: tuple[ContactAddress, ...], then: Callable[[int], None]
) -> None:
    if len(addresses) == 1:
        return then(0)
    label_width = max((len(one.label or "") for one in addresses), default=0)
    options = tuple(
        Option(
            str(at),
            f"{fit(safe(one.label or ''), min(label_width, 16))}  {number_of(app.state, contact, one)}"
            + (f"  from {safe(one.account, 30)}" if one.account else ""),
        )
        for at, one in enumerate(addresses)
    )
    app.choose(title, options, None, lambda chosen: then(int(chosen)) if chosen is not None else None)


def can_video(state: PhoneState, contact: Contact) -> bool:
    """Whether an account that has video could call them."""
    for one in contact.addresses:
        wanted = account_of(state, contact, one)
        for known in state.accounts:
            if wanted in (None, known.account.name) and Capability.VIDEO in known.account.capabilities:
                return True
    return False


def edit(app: "TuiPhone", contact: Contact | None) -> None:
    """Open the form for somebody new, or for this contact."""
    from tuiphone.ui.screens.contact_form import contact_form

    app.push_screen(contact_form(app, contact), lambda sentence: app.say(sentence) if sentence else None)


def remove(app: "TuiPhone", contact: Contact) -> None:
    """Remove somebody, if the person means it."""
    from tuiphone.ui.screens.dialogs import Confirm

    name = safe(contact.name, 60)
    if contact.account is None:
        question = f"Remove {name} from the address book?"
    else:
        question = f"Remove {name} from the roster of {safe(contact.account, 40)}, at its server?"

    def answered(yes: bool | None) -> None:
        if yes:
            app.do(app.phone.remove_contact(contact.id), lambda _: app.say(f"{name} is removed."))

    app.push_screen(Confirm("Remove", question, yes="Remove them"), answered)


# -- all of them --------------------------------------------------------------------------------------------------


def import_file(app: "TuiPhone") -> None:
    """Ask for a file of vCards or CSV, and read it into the address book."""
    from tuiphone.ui.screens.dialogs import Prompt

    def typed(path: str | None) -> None:
        if path is not None:
            full = _whole(path)
            app.say(f"Reading {safe(os.path.basename(full), 60)}…")
            app.do(app.phone.import_contacts(full), lambda done: app.say(told(done)))

    prompt = Prompt(
        "Import contacts",
        placeholder="a file of vCards (.vcf) or CSV",
        check=_not_readable,
        hint=lambda _: "Who is there already, told by number, is added to and not doubled.",
        max_length=MAX_PATH,
        value="~/",
    )
    app.push_screen(prompt, typed)


def told(done: ContactsImported) -> str:
    """What became of the people of a file, in a sentence."""
    parts = [f"{words.counted(done.new, 'person is', 'people are')} new"]
    if done.merged:
        parts.append(f"{done.merged:,} {'was' if done.merged == 1 else 'were'} added to people you have")
    if done.unchanged:
        parts.append(f"{done.unchanged:,} {'was' if done.unchanged == 1 else 'were'} there already")
    sentence = ", ".join(parts) + "."
    bad: list[str] = []
    if done.without_number:
        bad.append(f"{done.without_number:,} without a number left out")
    if done.broken:
        bad.append(f"{words.counted(done.broken, 'entry', 'entries')} could not be read")
    return f"{sentence} {', '.join(bad).capitalize()}." if bad else sentence


def _not_readable(path: str) -> str | None:
    full = _whole(path)
    if not path.strip() or os.path.isdir(full):
        return "Which file? Type its name."
    return None if os.path.isfile(full) else f"There is no file {safe(full, 200)}; check its name."


def export(app: "TuiPhone", text: str, count: int) -> None:
    """Write everybody, or who is shown, into a file; nothing is overwritten unasked."""
    from tuiphone.ui.screens.dialogs import Prompt

    what = f"{words.counted(count, 'contact')}{' that the search shows' if text.strip() else ''}"

    def chosen(form: str | None) -> None:
        match form:
            case "vcard3" | "vcard4" | "csv":
                app.push_screen(prompt(form), lambda path: typed(path, form))
            case _:
                pass

    def prompt(form: BookForm) -> Prompt:
        day = time.strftime("%Y-%m-%d", time.localtime(app.now()))
        return Prompt(
            f"Export {what}",
            placeholder="a file name",
            check=lambda path: None if path.strip() else "Where to? Type the name of a file.",
            max_length=MAX_PATH,
            value=f"~/contacts-{day}.{'csv' if form == 'csv' else 'vcf'}",
        )

    def typed(path: str | None, form: BookForm) -> None:
        if path is None:
            return
        full = _whole(path)
        if os.path.isfile(full):
            _ask_to_replace(app, full, lambda: write(full, form, replace=True))
        else:
            write(full, form, replace=False)

    def write(path: str, form: BookForm, *, replace: bool) -> None:
        app.do(
            app.phone.export_contacts(path, form=form, text=text, replace=replace),
            lambda written: app.say(f"{words.counted(written, 'contact')} in {safe(path)}."),
        )

    app.choose(f"Export {what} as", tuple(Option(form, label) for form, label in FORMS.items()), "vcard3", chosen)


def _ask_to_replace(app: "TuiPhone", path: str, then: Callable[[], None]) -> None:
    from tuiphone.ui.screens.dialogs import Confirm

    question = f"{safe(path)} is there already. Overwrite it?"
    app.push_screen(Confirm("Export", question, yes="Overwrite it"), lambda yes: then() if yes else None)


def _whole(path: str) -> str:
    # The engine stands in another folder than this terminal.
    return os.path.abspath(os.path.expanduser(path.strip()))


def merge(app: "TuiPhone") -> None:
    """Make one contact of those who have a number in common, if the person means it."""
    from tuiphone.ui.screens.dialogs import Confirm

    def done(result: ContactsMerged) -> None:
        if result.before:
            app.say(f"{result.before:,} contacts became {result.after:,}; other names stand in the notes.")
        else:
            app.say("No two contacts of the address book have a number in common.")

    question = "Make one contact of those in the address book who have a number in common? Nothing of them is lost."
    app.push_screen(
        Confirm("Merge duplicates", question, yes="Merge them"),
        lambda yes: app.do(app.phone.merge_contacts(), done) if yes else None,
    )


def keeping_accounts(state: PhoneState) -> tuple[str, ...]:
    """The accounts that keep contacts at their server."""
    return tuple(known.account.name for known in state.accounts if Capability.CONTACTS in known.account.capabilities)

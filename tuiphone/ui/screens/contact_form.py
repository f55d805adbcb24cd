"""The form for a contact: a new one, one of the address book, or a copy of one on a roster."""

from typing import TYPE_CHECKING

from tuiphone.core.contact_text import contact_address_from_text, text_of_contact_address
from tuiphone.core.errors import BadAddress
from tuiphone.core.model import Contact, ContactAddress
from tuiphone.ui import people
from tuiphone.ui.screens.form import Entry, FormDialog, FormResult, Values
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

ADDRESS_BOOK = ":"
"""Among the names of accounts, none of which has a colon."""
MAX_NAME = 200
MAX_LINES = 4000
_HELP = "One a line, such as mobile: +84 90 123 45 67; with @work after it, it is called from the account work."


def contact_form(app: "TuiPhone", contact: Contact | None = None) -> FormDialog:
    """A form that keeps what is typed; of somebody on a roster it makes a contact of the address book.

    Its result is a sentence, already safe.
    """
    known = contact or Contact(0, "")
    books = () if contact is not None else people.keeping_accounts(app.state)
    entries = [
        Entry("name", "Name", value=known.name, max_length=MAX_NAME),
        Entry(
            "numbers",
            "Numbers",
            _HELP,
            kind="list",
            value=tuple(_line(app, known, one) for one in known.addresses),
            required=True,
            placeholder="mobile: +84 90 123 45 67",
            max_length=MAX_LINES,
        ),
        Entry("favourite", "Favourite", "Favourites stand first.", kind="switch", value=known.favourite),
        Entry("note", "Note", kind="list", value=tuple((known.note or "").splitlines()), max_length=MAX_LINES),
    ]
    if books:
        options = (
            Option(ADDRESS_BOOK, "my address book"),
            *(Option(name, f"roster of {safe(name, 40)}") for name in books),
        )
        explained = "A roster is kept by the account's server; it takes the numbers and gives the names itself."
        entries.append(Entry("book", "Kept in", explained, kind="choice", value=ADDRESS_BOOK, choices=options))

    async def submit(values: Values) -> FormResult:
        addresses, mistake = _addresses(app, known, _lines(values, "numbers"))
        if mistake:
            return FormResult({"numbers": mistake})
        if (book := str(values.get("book", ADDRESS_BOOK))) != ADDRESS_BOOK:
            for one in addresses:
                await app.phone.add_to_roster(book, one.address)
            return FormResult(value=f"The server of {safe(book, 40)} keeps the contact now.")
        name, note = str(values["name"]), "\n".join(_lines(values, "note"))
        id = known.id if known.account is None else 0
        kept = Contact(id, name, addresses, bool(values["favourite"]), note or None)
        await app.phone.keep_contact(kept)
        return FormResult(value=f"{safe(name, 60) or 'The contact'} is in the address book.")

    intro = ""
    if known.account is not None:
        where = safe(known.account, 40)
        intro = f"The roster of {where} is kept by its server, names too. This makes a contact of your address book."
    title = "New contact" if contact is None else f"Edit {safe(known.name, 40)}" if known.id else "Contact"
    return FormDialog(title, tuple(entries), submit, intro=intro)


def _line(app: "TuiPhone", contact: Contact, one: ContactAddress) -> str:
    account = one.account or contact.account
    with_account = ContactAddress(one.address, one.label, account)
    return safe(text_of_contact_address(with_account, people.number_of(app.state, contact, one)))


def _lines(values: Values, key: str) -> tuple[str, ...]:
    found = values[key]
    return found if isinstance(found, tuple) else ()


def _addresses(app: "TuiPhone", before: Contact, lines: tuple[str, ...]) -> tuple[tuple[ContactAddress, ...], str]:
    """What the lines mean, and what is wrong with them: a sentence for each."""
    accounts = {known.account.name for known in app.state.accounts}
    # An account that is gone, and was there when this was written, does no harm.
    accounts |= {one.account or before.account or "" for one in before.addresses}
    found: list[ContactAddress] = []
    mistakes: list[str] = []
    for at, line in enumerate(lines, start=1):
        where = f"Line {at}: " if len(lines) > 1 else ""
        try:
            one = contact_address_from_text(line)
        except BadAddress as error:
            mistakes.append(f"{where}{error}")
            continue
        if one.account is not None and one.account not in accounts:
            names = ", ".join(sorted(known.account.name for known in app.state.accounts)) or "none yet"
            mistakes.append(f"{where}There is no account {one.account}; there are: {names}.")
        else:
            found.append(one)
    return tuple(found), "\n".join(mistakes)

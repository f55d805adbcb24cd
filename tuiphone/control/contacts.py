"""The address book, vendors' rosters and who is there."""

from typing import Literal, TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.model import Address, Availability, Contact, Presence

BookForm: TypeAlias = Literal["vcard3", "vcard4", "csv"]
MAX_CONTACTS_PAGE = 500
FILE_SECONDS = 900.0
"""How long reading a long file of contacts may take."""


class ReadContacts(Message, frozen=True, kw_only=True):
    """Ask for a stretch of the list, favourites first, then by name; the reply is ContactsPage."""

    text: str = ""
    """Looked for in names, numbers and labels."""
    grouped: bool = False
    """By book between favourites and names; else people of a roster who are in the address book too show once."""
    offset: Number = 0
    limit: Number = 100
    keep: Number | None = None
    """Also say where the contact with this id stands."""


class KeepContact(Message, frozen=True):
    """Put a contact into the address book, or change the one with its id; the reply is ContactKept."""

    contact: Contact


class AddToRoster(Message, frozen=True):
    """Put somebody on an account's roster at its vendor."""

    account: str
    address: Address


class PublishStatus(Message, frozen=True):
    """Have the others at an account's vendor see this status message and whether we are there.

    Without both, what was told before is taken back.
    """

    account: str
    note: str
    availability: Availability = Availability.UNKNOWN


class RemoveContact(Message, frozen=True):
    """Take a contact out of the address book, or off the roster at the vendor."""

    id: Number


class MarkFavourite(Message, frozen=True):
    """Make a contact a favourite, or no longer."""

    id: Number
    on: bool


class ImportContacts(Message, frozen=True):
    """Read a file of vCards or CSV into the address book; the reply is ContactsImported."""

    path: str
    """Absolute, or from ~."""


class ExportContacts(Message, frozen=True, kw_only=True):
    """Write contacts into a file; the reply is ContactsExported."""

    path: str
    """Absolute, or from ~."""
    form: BookForm | None = None
    """By the file's name when left out."""
    text: str = ""
    """Only those the list shows for this text."""
    replace: bool = False
    """Also if the file is there already."""


class MergeContacts(Message, frozen=True):
    """Make one contact of those who have a number in common; the reply is ContactsMerged."""


class ContactLine(msgspec.Struct, frozen=True):
    """A contact, and how they are."""

    contact: Contact
    presence: Presence | None = None
    """None where no account tells."""


class ContactGroup(msgspec.Struct, frozen=True):
    """So many who stand together when the list is grouped."""

    favourite: bool
    account: str | None
    """Whose roster; None for the address book, and for favourites."""
    count: int


class ContactsPage(Message, frozen=True):
    """A stretch of the list."""

    lines: tuple[ContactLine, ...]
    total: int
    groups: tuple[ContactGroup, ...] = ()
    """Of the whole list, in its order when it is grouped."""
    at: int | None = None
    """Where the contact stands that was asked for."""


class ContactKept(Message, frozen=True):
    """The contact is in the address book."""

    id: int


class ContactsImported(Message, frozen=True):
    """What became of the file's people."""

    new: int
    merged: int
    """Added to people who were there."""
    unchanged: int
    broken: int
    """Entries that could not be read."""
    without_number: int


class ContactsExported(Message, frozen=True):
    """So many were written."""

    count: int


class ContactsMerged(Message, frozen=True):
    """So many contacts became so many."""

    before: int
    after: int


Command: TypeAlias = (
    ReadContacts
    | KeepContact
    | AddToRoster
    | PublishStatus
    | RemoveContact
    | MarkFavourite
    | ImportContacts
    | ExportContacts
    | MergeContacts
)
Result: TypeAlias = ContactsPage | ContactKept | ContactsImported | ContactsExported | ContactsMerged


class ContactVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def contacts(
        self, text: str = "", *, grouped: bool = False, offset: int = 0, limit: int = 100, keep: int | None = None
    ) -> ContactsPage:
        """A stretch of the list."""
        command = ReadContacts(text=text, grouped=grouped, offset=offset, limit=limit, keep=keep)
        return answered(await self.request(command), ContactsPage)

    async def keep_contact(self, contact: Contact) -> int:
        """Put a contact into the address book, or change it; returns its id."""
        return answered(await self.request(KeepContact(contact)), ContactKept).id

    async def add_to_roster(self, account: str, address: Address) -> None:
        """Put somebody on an account's roster at its vendor."""
        await self.request(AddToRoster(account, address))

    async def publish_status(
        self, account: str, note: str, *, availability: Availability = Availability.UNKNOWN
    ) -> None:
        """Have the others at an account's vendor see this status message and whether we are there.

        Without both, what was told before is taken back.
        """
        await self.request(PublishStatus(account, note, availability))

    async def remove_contact(self, id: int) -> None:
        """Take a contact out of the address book, or off the roster at the vendor."""
        await self.request(RemoveContact(id))

    async def mark_favourite(self, id: int, on: bool) -> None:
        """Make a contact a favourite, or no longer."""
        await self.request(MarkFavourite(id, on))

    async def import_contacts(self, path: str) -> ContactsImported:
        """Read a file of vCards or CSV into the address book."""
        return answered(await self.request(ImportContacts(path), FILE_SECONDS), ContactsImported)

    async def export_contacts(
        self, path: str, *, form: BookForm | None = None, text: str = "", replace: bool = False
    ) -> int:
        """Write contacts into a file; returns how many."""
        command = ExportContacts(path=path, form=form, text=text, replace=replace)
        return answered(await self.request(command, FILE_SECONDS), ContactsExported).count

    async def merge_contacts(self) -> ContactsMerged:
        """Make one contact of those who have a number in common."""
        return answered(await self.request(MergeContacts(), FILE_SECONDS), ContactsMerged)

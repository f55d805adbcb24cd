"""The address book and the rosters: asked for, changed, read from files and written to them; who a caller is."""

import asyncio
import logging
from pathlib import Path

from tuiphone.control import contacts
from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress, ConfigError, NotPossible
from tuiphone.core.events import AccountAdded, AccountRemoved, ListChanged
from tuiphone.core.ledger import Change
from tuiphone.core.model import Contact, Presence
from tuiphone.engine.directory import PeopleDirectory, Presences
from tuiphone.engine.rosters import Rosters
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store import books, numbers
from tuiphone.store.accounts import account_files
from tuiphone.store.numbers import Countries

log = logging.getLogger(__name__)

CHANGE_SECONDS = 0.25
"""Changes of presence that come so close together are told as one."""
ACCOUNTS_SECONDS = 1.0
"""How long accounts have to stay as they are: one whose file was edited goes and comes back."""


class ContactService(Service):
    """Answers what is asked of contacts, and is the phone's directory."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._people = parts.directory = PeopleDirectory()
        self._presences = Presences()
        self._rosters = Rosters(parts, self._presences, changed=self._changed, mirrored=self._reload)
        self._with_files = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._change_due: asyncio.TimerHandle | None = None
        self._accounts_due: asyncio.TimerHandle | None = None
        self._settling: asyncio.Task[None] | None = None

    @property
    def handlers(self) -> Handlers:
        return {
            contacts.ReadContacts: self.read,
            contacts.KeepContact: self.keep,
            contacts.AddToRoster: self.add_to_roster,
            contacts.PublishStatus: self.publish,
            contacts.RemoveContact: self.remove,
            contacts.MarkFavourite: self.favour,
            contacts.ImportContacts: self.import_file,
            contacts.ExportContacts: self.export_file,
            contacts.MergeContacts: self.merge,
        }

    async def start(self) -> None:
        await self._load()
        self.parts.phone.know_by(self._people)
        self.parts.phone.listen(self._rosters)
        self.parts.phone.listen(self._follow_accounts)
        # Also when there is no account any more that could come.
        self._settle_soon()

    async def close(self) -> None:
        for due in (self._change_due, self._accounts_due):
            if due is not None:
                due.cancel()
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)
        await self._rosters.close()

    # -- asking -------------------------------------------------------------------------------------------------

    async def read(self, query: contacts.ReadContacts) -> contacts.ContactsPage:
        """A stretch of the list."""
        page = await self.parts.contacts.page(
            query.text,
            grouped=query.grouped,
            offset=max(0, query.offset),
            limit=max(0, min(query.limit, contacts.MAX_CONTACTS_PAGE)),
            keep=query.keep,
        )
        # In a thread: each number is read by the country of every account that may tell, which takes long once.
        lines = await asyncio.to_thread(
            lambda: tuple(contacts.ContactLine(contact, self._presences.of(contact)) for contact in page.contacts)
        )
        return contacts.ContactsPage(
            lines,
            page.total,
            tuple(contacts.ContactGroup(group.favourite, group.account, group.count) for group in page.groups),
            page.at,
        )

    # -- changing -----------------------------------------------------------------------------------------------

    async def keep(self, command: contacts.KeepContact) -> contacts.ContactKept:
        """Put somebody into the address book, or change them."""
        contact = command.contact
        if not contact.addresses:
            raise BadAddress("There is no number to call; type one.")
        if not contact.id:
            id = await self.parts.contacts.add(contact)
        else:
            id = contact.id
            self._own(await self.parts.contacts.get(id))
            await self.parts.contacts.change(contact)
        await self._reload()
        self._rosters.watch_all()
        return contacts.ContactKept(id)

    def _own(self, contact: Contact) -> None:
        if contact.account is not None:
            raise NotPossible(
                f"{contact.name} is on the roster of {contact.account}, which keeps the name; "
                "put them into the address book to change it."
            )

    async def add_to_roster(self, command: contacts.AddToRoster) -> None:
        """Put somebody on the roster at the vendor."""
        await self.parts.phone.add_contact(command.account, command.address)

    async def publish(self, command: contacts.PublishStatus) -> None:
        """Have others see our status message, and whether we are there."""
        presence = Presence(command.availability, command.note.strip() or None)
        await self.parts.phone.publish(command.account, presence)

    async def remove(self, command: contacts.RemoveContact) -> None:
        """Take somebody out of the address book, or off the roster at the vendor."""
        contact = await self.parts.contacts.get(command.id)
        if contact.account is not None and self._keeps_contacts(contact.account):
            for one in contact.addresses:
                await self.parts.phone.remove_contact(contact.account, one.address)
            return
        await self.parts.contacts.remove(contact.id)
        await self._reload()

    def _keeps_contacts(self, account: str) -> bool:
        known = self.parts.phone.state.account(account)
        return known is not None and Capability.CONTACTS in known.account.capabilities

    async def favour(self, command: contacts.MarkFavourite) -> None:
        """Make somebody a favourite, or no longer."""
        await self.parts.contacts.favour(command.id, command.on)
        await self._reload()

    async def merge(self, _: contacts.MergeContacts) -> contacts.ContactsMerged:
        """Make one contact of those who are the same person."""
        before, after = await self.parts.contacts.merge()
        if before:
            await self._reload()
        return contacts.ContactsMerged(before, after)

    # -- files --------------------------------------------------------------------------------------------------

    async def import_file(self, command: contacts.ImportContacts) -> contacts.ContactsImported:
        """Read a file into the address book, all of it or nothing."""
        path = _absolute(command.path)
        if self._with_files.locked():
            raise NotPossible("A file of contacts is being read or written already; wait until that is done.")
        async with self._with_files:
            found = await asyncio.to_thread(books.read_book, path)
            taken = await self.parts.contacts.take(found.contacts)
            if taken.new or taken.merged:
                await self._reload()
        return contacts.ContactsImported(taken.new, taken.merged, taken.unchanged, found.broken, found.without_number)

    async def export_file(self, command: contacts.ExportContacts) -> contacts.ContactsExported:
        """Write all contacts, or those that are shown, into a file."""
        path = _absolute(command.path)
        form = command.form or books.form_of(path)
        if self._with_files.locked():
            raise NotPossible("A file of contacts is being read or written already; wait until that is done.")
        async with self._with_files:
            people = await self.parts.contacts.everybody(command.text)
            await asyncio.to_thread(books.write_book, path, people, form, replace=command.replace)
        return contacts.ContactsExported(len(people))

    # -- what follows -------------------------------------------------------------------------------------------

    async def _reload(self) -> None:
        await self._load()
        self.parts.phone.introduce_again()
        self.parts.phone.emit(ListChanged("contacts"))

    async def _load(self) -> None:
        # One after the other, so that what is in place in the end is the newest.
        async with self._loading:
            known = await self.parts.contacts.addresses()
            if known:
                countries = self.parts.contacts.countries
                await asyncio.to_thread(numbers.load, {countries.default, *countries.by_account.values()})
            # In a thread: of ten thousand people it takes as long as a packet of sound.
            await asyncio.to_thread(self._people.load, known)
            # So that the first search after a change need not read everybody anew.
            await self.parts.contacts.page(limit=0)

    def _changed(self) -> None:
        if self._change_due is None:
            self._change_due = asyncio.get_running_loop().call_later(CHANGE_SECONDS, self._tell)

    def _tell(self) -> None:
        self._change_due = None
        self.parts.phone.emit(ListChanged("contacts"))

    async def _follow_accounts(self, change: Change) -> None:
        if isinstance(change.event, AccountAdded):
            # At once for what rings or is put in next; what is kept is read anew when all accounts are there.
            self._use(self._countries())
        if isinstance(change.event, AccountAdded | AccountRemoved):
            self._settle_soon()

    def _use(self, countries: Countries) -> None:
        self.parts.contacts.countries = self._people.countries = self._presences.countries = countries

    def _countries(self) -> Countries:
        accounts = [known.account for known in self.parts.phone.state.accounts]
        by_account = {account.name: account.country for account in accounts if account.country is not None}
        before = self.parts.contacts.countries.default
        return Countries(next(iter(by_account.values()), before), by_account)

    def _settle_soon(self) -> None:
        if self._accounts_due is not None:
            self._accounts_due.cancel()
        self._accounts_due = asyncio.get_running_loop().call_later(ACCOUNTS_SECONDS, self._begin_to_settle)

    def _begin_to_settle(self) -> None:
        self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """The accounts are as they are now: numbers are read by their countries, and others have no roster here."""
        self._use(self._countries())
        is_other = await self.parts.contacts.rekey()
        names = {known.account.name for known in self.parts.phone.state.accounts}
        try:
            # An account that takes its time to come has its roster, and the favourites on it, all the same.
            names |= {file.stem for file in await asyncio.to_thread(account_files, self.parts.paths)}
        except ConfigError as error:
            log.warning("%s", error)
        else:
            is_other = await self.parts.contacts.keep_rosters(names) or is_other
        if is_other:
            await self._reload()


def _absolute(path: str) -> Path:
    try:
        full = Path(path).expanduser()
    except RuntimeError:
        raise NotPossible(f"{path} is in nobody's home folder; write the whole path.") from None
    if not full.is_absolute() or "\0" in path:
        raise NotPossible(f"{path} is not a whole path; begin it with / or ~/.")
    return full

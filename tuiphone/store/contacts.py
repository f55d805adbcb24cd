"""The address book and the rosters of the vendors in the database: searched, paged, changed, merged."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from sqlite3 import Connection
from typing import TypeVar

from tuiphone.core.errors import NotPossible
from tuiphone.core.model import Address, AddressKind, Contact
from tuiphone.store import contact_rows as table
from tuiphone.store.contact_search import Group, Listed, Row, Terms, everybody, find, terms
from tuiphone.store.db import Database
from tuiphone.store.merging import Plan, plan_of_merging, plan_of_taking
from tuiphone.store.numbers import Countries

T = TypeVar("T")
MAX_ROSTER = 20_000
"""People of one roster at a vendor; what a server sends more is not kept."""
_BREATH = 20
"""After so many people a thread lets others run: calls share this process."""
_REMEMBERED = 8
"""Questions whose answer is kept until something changes: paging asks the same one again and again."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list."""

    contacts: tuple[Contact, ...]
    total: int
    groups: tuple[Group, ...]
    """All groups of the list, in order; one per kind of row, also when it is shown flat."""
    at: int | None
    """Where the contact that was asked for stands."""


@dataclass(frozen=True, slots=True)
class Known:
    """An address of somebody, for those who look for its owner."""

    key: str
    name: str
    book: str | None
    """Whose roster; None for the address book."""
    favourite: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of imported contacts."""

    new: int
    merged: int
    """Added to people who were there."""
    unchanged: int


class ContactBook:
    """Everybody one can call. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.countries = Countries()
        """By which numbers are read from now on."""
        self._version = 0
        self._everybody: list[Row] | None = None
        """In the order of the flat list, read when it is asked for: looking through them here takes a millisecond."""
        self._listed: dict[tuple[Terms, bool], Listed] = {}

    # -- asking -------------------------------------------------------------------------------------------------

    async def page(
        self,
        text: str = "",
        *,
        grouped: bool = False,
        offset: int = 0,
        limit: int = 100,
        keep: int | None = None,
    ) -> Page:
        """A stretch of the list: favourites first, then by name, `grouped` by book between the two.

        `text` is looked for in names, numbers and labels. With `keep`, `at` says where the contact of this id stands.
        """

        def work(connection: Connection) -> Page:
            listed = self._list(connection, text, grouped)
            some = table.load(connection, listed.ids[max(0, offset) : max(0, offset) + limit])
            at = listed.ids.index(keep) if keep in listed.ids else None
            return Page(tuple(some), len(listed.ids), listed.groups, at)

        return await self._database.read(work)

    def _list(self, connection: Connection, text: str, grouped: bool) -> Listed:
        # Only ever called in the database's thread, as is _changed: nobody else touches what is remembered.
        wanted = terms(text)
        question = (wanted, grouped)
        if (listed := self._listed.get(question)) is None:
            if len(self._listed) >= _REMEMBERED:
                self._listed.clear()
            if self._everybody is None:
                self._everybody = everybody(connection)
            listed = self._listed[question] = find(self._everybody, wanted, grouped)
        return listed

    async def get(self, id: int) -> Contact:
        """One contact. Raises: NotPossible when there is none."""
        return await self._database.read(lambda connection: _get(connection, id))

    async def everybody(self, text: str = "") -> tuple[Contact, ...]:
        """All that the list shows for this text, whole."""

        def work(connection: Connection) -> tuple[Contact, ...]:
            return tuple(table.load(connection, self._list(connection, text, False).ids))

        return await self._database.read(work)

    async def with_keys(self, keys: Collection[str], account: str | None, *, most: int) -> tuple[Contact, ...]:
        """Who has an address with one of these keys (numbers.keys_of), at most so many.

        Those of the address book come first, then those of this account's roster, then those of any.
        """

        def work(connection: Connection) -> tuple[Contact, ...]:
            marks = ", ".join("?" * len(keys))
            found = connection.execute(
                f"SELECT id FROM contact_addresses a JOIN contacts ON id = contact WHERE key IN ({marks}) "
                "GROUP BY id ORDER BY contacts.account IS NOT NULL, contacts.account IS NOT ?, contacts.account, id "
                "LIMIT ?",
                (*keys, account, most),
            )
            return tuple(table.load(connection, [id for (id,) in found]))

        return await self._database.read(work)

    async def addresses(self) -> tuple[Known, ...]:
        """Every address with its owner, those of the address book first."""

        def work(connection: Connection) -> tuple[Known, ...]:
            found = connection.execute(
                "SELECT key, name, contacts.account, favourite FROM contact_addresses JOIN contacts ON id = contact "
                "ORDER BY contacts.account IS NOT NULL, contacts.account, contact, position"
            )
            return tuple(Known(key, name, book, bool(favourite)) for key, name, book, favourite in found)

        return await self._database.read(work)

    async def of_account(self, account: str, *, hosts: bool = False) -> tuple[Address, ...]:
        """Whom one knows at an account: those of its roster, and those who are called from it.

        With `hosts` also those of no account whose address names a host: `bob@other.example`.
        """

        def work(connection: Connection) -> tuple[Address, ...]:
            found = connection.execute(
                "SELECT kind, text FROM contact_addresses a JOIN contacts ON id = contact "
                "WHERE coalesce(a.account, contacts.account) = ? OR (? AND kind = ? AND instr(text, '@') > 1 "
                "AND a.account IS NULL AND contacts.account IS NULL) "
                "GROUP BY kind, text ORDER BY min(contact), position",
                (account, hosts, AddressKind.USER.value),
            )
            return tuple(Address(AddressKind(kind), text) for kind, text in found)

        return await self._database.read(work)

    # -- changing -----------------------------------------------------------------------------------------------

    async def add(self, contact: Contact) -> int:
        """Put somebody into the address book; returns the id."""
        row = self._prepared(replace(contact, account=None))
        return await self._change(lambda connection: table.insert(connection, row))

    async def change(self, contact: Contact) -> None:
        """Replace what is kept of the contact of this id. Raises: NotPossible when it is gone."""
        row = self._prepared(replace(contact, account=(await self.get(contact.id)).account))
        await self._change(lambda connection: _get(connection, contact.id) and table.update(connection, row))

    async def remove(self, id: int) -> None:
        """Take somebody out; nothing happens when they are gone."""

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM contacts WHERE id = ?", (id,))

        await self._change(work)

    async def favour(self, id: int, on: bool) -> None:
        """Make somebody a favourite, also of a roster, or no longer."""

        def work(connection: Connection) -> None:
            connection.execute("UPDATE contacts SET favourite = ? WHERE id = ?", (on, id))

        await self._change(work)

    async def take_roster(self, account: str, contacts: Iterable[Contact]) -> bool:
        """Mirror an account's roster as it is now; who is a favourite here stays one. Says whether it is another."""
        prepared = await self._prepare(replace(contact, account=account) for contact in islice(contacts, MAX_ROSTER))
        # A server may tell of somebody twice, which must not make one more of them each time.
        wanted = {_identity(row.contact): row for row in prepared}

        def work(connection: Connection) -> bool:
            ids = [id for (id,) in connection.execute("SELECT id FROM contacts WHERE account = ?", (account,))]
            known = {_identity(contact): contact for contact in table.load(connection, ids)}
            is_other = False
            for identity, row in wanted.items():
                before = known.pop(identity, None)
                if before is None:
                    table.insert(connection, row)
                    is_other = True
                elif (now := replace(row.contact, id=before.id, favourite=before.favourite)) != before:
                    table.update(connection, replace(row, contact=now))
                    is_other = True
            connection.executemany("DELETE FROM contacts WHERE id = ?", [(contact.id,) for contact in known.values()])
            return is_other or bool(known)

        return await self._change(work)

    async def keep_rosters(self, accounts: Iterable[str]) -> bool:
        """Forget the rosters of all other accounts; says whether there were any."""
        names = tuple(accounts)
        marks = ", ".join("?" * len(names))
        others = f"DELETE FROM contacts WHERE account IS NOT NULL AND account NOT IN ({marks})"
        return await self._change(lambda connection: connection.execute(others, names).rowcount > 0)

    async def rekey(self) -> bool:
        """Read the numbers that are here by the countries as they are now; says whether any is another."""
        while True:
            version, countries = self._version, self.countries
            stale = await self._database.read(lambda connection, by=countries: table.stale(connection, by))
            if not stale:
                return False
            rows = await self._prepare(stale)

            def work(connection: Connection, rows: list[table.Prepared] = rows, version: int = version) -> bool:
                if self._version != version:
                    return False
                for row in rows:
                    table.update(connection, row)
                return True

            if await self._change(work):
                return True

    async def take(self, contacts: Sequence[Contact]) -> Taken:
        """Put all of these into the address book, or none; who is there already, told by number, is added to."""
        coming = await self._prepare(replace(contact, id=0, account=None) for contact in contacts)
        done = await self._carry_out(lambda known: plan_of_taking(known, coming, self.countries))
        return Taken(len(done.new), done.merged, done.unchanged)

    async def merge(self) -> tuple[int, int]:
        """Make one contact of those in the address book who are the same person; how many became how many."""
        done = await self._carry_out(lambda known: plan_of_merging(known, self.countries))
        return done.merged, len(done.changed)

    async def _carry_out(self, make: Callable[[Sequence[table.Prepared]], Plan]) -> Plan:
        """Change the address book by a plan that is made of it in a thread, so that the database is not held up."""
        while True:
            version = self._version
            known = await self._prepare(await self._database.read(_address_book))
            plan = await asyncio.to_thread(make, known)

            def work(connection: Connection, plan: Plan = plan, version: int = version) -> bool:
                if self._version != version:
                    return False
                for row in plan.new:
                    table.insert(connection, row)
                for row in plan.changed:
                    table.update(connection, row)
                connection.executemany("DELETE FROM contacts WHERE id = ?", [(id,) for id in plan.gone])
                return True

            if await self._change(work):
                return plan

    def _prepared(self, contact: Contact) -> table.Prepared:
        return table.prepared(table.cleaned(contact), self.countries)

    async def _prepare(self, contacts: Iterable[Contact]) -> list[table.Prepared]:
        def work() -> list[table.Prepared]:
            done: list[table.Prepared] = []
            for contact in contacts:
                done.append(self._prepared(contact))
                if len(done) % _BREATH == 0:
                    time.sleep(0.0005)
            return done

        return await asyncio.to_thread(work)

    async def _change(self, work: Callable[[Connection], T]) -> T:
        def whole(connection: Connection) -> T:
            result = work(connection)
            table.shadow(connection)
            self._listed.clear()
            self._everybody = None
            self._version += 1
            return result

        return await self._database.write(whole)


def _get(connection: Connection, id: int) -> Contact:
    found = table.load(connection, [id])
    if not found:
        raise NotPossible("That contact is gone.")
    return found[0]


def _identity(contact: Contact) -> tuple[str, ...]:
    """What a vendor tells its people apart by: their addresses, or the name of one who has none."""
    return tuple(one.address.text for one in contact.addresses) or ("", contact.name)


def _address_book(connection: Connection) -> list[Contact]:
    ids = [id for (id,) in connection.execute("SELECT id FROM contacts WHERE account IS NULL ORDER BY id")]
    return table.load(connection, ids)

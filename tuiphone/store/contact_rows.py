"""Contacts as rows of `contacts` and `contact_addresses`, and the text a search looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any

from tuiphone.core.filters import folded
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress
from tuiphone.store import rows
from tuiphone.store.numbers import Countries, digits_of, key_of, national

MAX_NAME = 200
MAX_LABEL = 40
MAX_NOTE = 4000
MAX_ADDRESSES = 50
_AT_ONCE = 500
"""How many ids one statement names."""


def cleaned(contact: Contact) -> Contact:
    """The contact as it is kept: on one line, of a sane length, each address once, with a name in any case."""
    addresses: dict[tuple[AddressKind, str, str | None], ContactAddress] = {}
    for one in contact.addresses:
        text = _line(one.address.text, rows.MAX_STORED)
        if one.address.kind is AddressKind.PHONE:
            text = digits_of(text) or text
        if text and len(addresses) < MAX_ADDRESSES:
            label, account = _line(one.label or "", MAX_LABEL), _line(one.account or "", rows.MAX_STORED)
            clean = ContactAddress(Address(one.address.kind, text), label or None, account or None)
            addresses.setdefault((one.address.kind, text, clean.account), clean)
    kept = tuple(addresses.values())
    note = (contact.note or "")[:MAX_NOTE].encode("utf-8", "replace").decode().replace("\0", "").strip()
    name = _line(contact.name, MAX_NAME) or (kept[0].address.text if kept else "")
    return replace(contact, name=name, addresses=kept, note=note or None)


def _line(text: str, limit: int) -> str:
    return " ".join(rows.clean(text).split())[:limit].strip()


def _key(roster: str | None, one: ContactAddress, countries: Countries) -> tuple[str, str | None]:
    account = one.account or roster
    country = countries.of(account)
    # A number that says its country itself stays as it is when the account moves.
    told_by = None if one.address.text.startswith("+") else country
    return key_of(one.address, country, account), told_by


@dataclass(frozen=True, slots=True)
class Prepared:
    """A contact with everything its rows say. Reading numbers takes long, so it is done before a transaction begins."""

    contact: Contact
    keys: tuple[str, ...]
    countries: tuple[str | None, ...]
    folded: str
    sort: str


def prepared(contact: Contact, countries: Countries) -> Prepared:
    """The rows of a clean contact, to be."""
    keyed = [_key(contact.account, one, countries) for one in contact.addresses]
    seen = [contact.name]
    for one, (key, _) in zip(contact.addresses, keyed, strict=True):
        seen += [one.address.text, key, one.label or "", national(key) if key.startswith("+") else ""]
    searched = "\n".join(folded(part) for part in dict.fromkeys(seen) if part)
    return Prepared(
        contact, tuple(key for key, _ in keyed), tuple(by for _, by in keyed), searched, folded(contact.name)
    )


def insert(connection: Connection, row: Prepared) -> int:
    """A new row for this contact; returns its id."""
    contact = row.contact
    id = connection.execute(
        "INSERT INTO contacts (account, name, favourite, note, folded, sort) VALUES (?, ?, ?, ?, ?, ?)",
        (contact.account, contact.name, contact.favourite, contact.note, row.folded, row.sort),
    ).lastrowid
    assert id is not None
    _insert_addresses(connection, row, id)
    return id


def update(connection: Connection, row: Prepared) -> None:
    """Everything of the row with this contact's id, but whose it is."""
    contact = row.contact
    connection.execute(
        "UPDATE contacts SET name = ?, favourite = ?, note = ?, folded = ?, sort = ? WHERE id = ?",
        (contact.name, contact.favourite, contact.note, row.folded, row.sort, contact.id),
    )
    connection.execute("DELETE FROM contact_addresses WHERE contact = ?", (contact.id,))
    _insert_addresses(connection, row, contact.id)


def _insert_addresses(connection: Connection, row: Prepared, id: int) -> None:
    connection.executemany(
        "INSERT INTO contact_addresses VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (id, position, one.address.kind.value, one.address.text, one.label, one.account, key, country)
            for position, (one, key, country) in enumerate(
                zip(row.contact.addresses, row.keys, row.countries, strict=True)
            )
        ],
    )


def stale(connection: Connection, countries: Countries) -> list[Contact]:
    """Those with numbers without + that were read by other countries than they would be now."""
    ids = {
        id
        for id, roster, account, country in connection.execute(
            "SELECT contact, contacts.account, a.account, country FROM contact_addresses a "
            "JOIN contacts ON contacts.id = contact WHERE kind = 'phone' AND text NOT LIKE '+%'"
        )
        if (now := countries.of(account or roster)) is not None and now != country
    }
    return load(connection, sorted(ids))


def load(connection: Connection, ids: Sequence[int]) -> list[Contact]:
    """The contacts with these ids, in this order; those that are gone are left out."""
    found: dict[int, tuple[Any, ...]] = {}
    addresses: dict[int, list[ContactAddress]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        for row in connection.execute(
            f"SELECT id, account, name, favourite, note FROM contacts WHERE id IN ({marks})", some
        ):
            found[row[0]] = row
        for id, kind, text, label, account in connection.execute(
            f"SELECT contact, kind, text, label, account FROM contact_addresses WHERE contact IN ({marks}) "
            "ORDER BY contact, position",
            some,
        ):
            one = ContactAddress(Address(AddressKind(kind), text), label, account)
            addresses.setdefault(id, []).append(one)
    return [
        Contact(id, row[2], tuple(addresses.get(id, ())), bool(row[3]), row[4], row[1])
        for id in ids
        if (row := found.get(id)) is not None
    ]


def shadow(connection: Connection) -> None:
    """Mark the people of the rosters whom the address book has with all their addresses: one list shows them once."""
    connection.execute(
        """
        UPDATE contacts SET shadowed = NOT EXISTS (
            SELECT 1 FROM contact_addresses theirs WHERE theirs.contact = contacts.id AND NOT EXISTS (
                SELECT 1 FROM contact_addresses ours JOIN contacts book ON book.id = ours.contact
                WHERE ours.key = theirs.key AND book.account IS NULL
            )
        ) WHERE account IS NOT NULL
        """
    )

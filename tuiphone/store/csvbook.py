"""Contacts as CSV: columns of our own in and out, and those of Google's and Outlook's address books in."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress
from tuiphone.store.numbers import digits_of

_Row: TypeAlias = dict[str, str]
_OWN = ("Name", "Favourite", "Note")
_OWN_ADDRESS = ("Number", "Kind", "Label", "Account")
_DELIMITERS = ",;\t"
_OUTLOOK = {
    "mobile phone": "mobile",
    "primary phone": None,
    "business phone": "work",
    "business phone 2": "work",
    "company main phone": "work",
    "home phone": "home",
    "home phone 2": "home",
    "car phone": "car",
    "other phone": None,
    # What programs of all kinds call theirs.
    "phone": None,
    "phone number": None,
    "telephone": None,
    "number": None,
    "tel": None,
    "mobile": "mobile",
    "cell": "mobile",
    "cell phone": "mobile",
    "home": "home",
    "work": "work",
    "work phone": "work",
}
_GOOGLE_LABELS = {"mobile": "mobile", "cell": "mobile", "home": "home", "work": "work"}
_FORMULA = re.compile(r"[=@\t\r'-]|\+(?![0-9 ()./-]*$)")
"""What makes a spreadsheet take a cell for a formula, and our own mark against it; numbers may begin with a plus."""


def read_csv(lines: Iterable[str]) -> Iterator[Contact | None]:
    """The people in a CSV file; None for a row that cannot be read.

    Raises: StoreError when the first row names no column we know.
    """
    source = iter(lines)
    head = next((line for line in source if line.strip()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    titles = [title.strip().strip('"').strip().casefold() for title in next(csv.reader([head], delimiter=delimiter))]
    read = _reader_of(titles)
    if read is None:
        raise StoreError(
            "There are no vCards in this file, and its first row does not name the columns of an address book, "
            "such as Name and Phone."
        )
    rows = csv.reader((f"{line}\n" for line in source), delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if any(cell.strip() for cell in row):
            yield read(dict(zip(titles, row, strict=False)))


def _reader_of(titles: list[str]) -> Callable[[_Row], Contact] | None:
    known = set(titles)
    if {"name", "number 1", "kind 1"} <= known:
        return _own
    names = {"name", "first name", "last name", "given name", "family name", "full name", "display name"}
    if known & names and any(title.startswith("phone ") and title.endswith("value") for title in known):
        return _google
    return _outlook if known & names and known & set(_OUTLOOK) else None


def _own(row: _Row) -> Contact:
    addresses: list[ContactAddress] = []
    at = 1
    while f"number {at}" in row:
        text, kind, label, account = (_plain(row.get(f"{column.lower()} {at}", "")) for column in _OWN_ADDRESS)
        if text:
            of_kind = AddressKind.USER if kind == "user" else AddressKind.PHONE
            if of_kind is AddressKind.PHONE:
                text = digits_of(text) or ""
            if text:
                addresses.append(ContactAddress(Address(of_kind, text), label or None, account or None))
        at += 1
    note, favourite = _plain(row.get("note", "")), _plain(row.get("favourite", ""))
    return Contact(0, _plain(row["name"]), tuple(addresses), favourite.casefold() in ("yes", "1", "true"), note or None)


def _google(row: _Row) -> Contact:
    addresses: list[ContactAddress] = []
    for title, value in row.items():
        if not (title.startswith("phone ") and title.endswith("value")):
            continue
        # In the older of the two forms the label is called a type, and all values of one type are in one cell.
        stem = title.removesuffix("value")
        label = (row.get(f"{stem}label") or row.get(f"{stem}type") or "").strip("* ").casefold()
        for number in value.split(":::"):
            if (digits := digits_of(number)) is not None:
                phone = Address(AddressKind.PHONE, digits)
                addresses.append(ContactAddress(phone, _GOOGLE_LABELS.get(label, label) or None))
    groups = (row.get("labels") or row.get("group membership") or "").casefold()
    return Contact(0, _name(row), tuple(addresses), "starred" in groups, _note(row))


def _outlook(row: _Row) -> Contact:
    addresses = tuple(
        ContactAddress(Address(AddressKind.PHONE, digits), label)
        for title, label in _OUTLOOK.items()
        if (digits := digits_of(row.get(title, ""))) is not None
    )
    return Contact(0, _name(row), addresses, False, _note(row))


def _name(row: _Row) -> str:
    for title in ("full name", "display name", "name"):
        if whole := row.get(title, "").strip():
            return whole
    parts = (
        row.get("first name") or row.get("given name") or "",
        row.get("middle name") or row.get("additional name") or "",
        row.get("last name") or row.get("family name") or "",
    )
    name = " ".join(part.strip() for part in parts if part.strip())
    return name or row.get("company", "").strip() or row.get("organization name", "").strip()


def _note(row: _Row) -> str | None:
    return (row.get("notes") or row.get("note") or "").strip() or None


def write_csv(contacts: Iterable[Contact], most: int) -> Iterator[str]:
    """A row for each, after one with the columns; `most` is how many addresses anybody has."""
    most = max(1, most)
    yield _line([*_OWN, *(f"{column} {at + 1}" for at in range(most) for column in _OWN_ADDRESS)])
    for contact in contacts:
        row = [_guarded(contact.name), "yes" if contact.favourite else "", _guarded(contact.note or "")]
        for one in contact.addresses[:most]:
            row += [_guarded(one.address.text), one.address.kind.value, _guarded(one.label or ""), one.account or ""]
        yield _line(row)


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _guarded(text: str) -> str:
    """The text as a spreadsheet takes it for text: names come from the network, and so would formulas."""
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text

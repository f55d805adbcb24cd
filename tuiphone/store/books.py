"""Address books as files: which form one has, and what of it can be read; written whole or not at all."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from tuiphone.core.errors import ConfigError, StoreError
from tuiphone.core.model import Contact
from tuiphone.store.csvbook import read_csv, write_csv
from tuiphone.store.textfile import lines_of
from tuiphone.store.toml import write_private
from tuiphone.store.vcard import read_cards, write_cards

Form: TypeAlias = Literal["vcard3", "vcard4", "csv"]
FORMS: tuple[Form, ...] = get_args(Form)
MAX_PEOPLE = 100_000
_BREATH = 20
"""After so many people the thread lets others run: calls share this process."""


@dataclass(frozen=True, slots=True)
class BookFile:
    """What was read."""

    contacts: tuple[Contact, ...]
    broken: int
    """Entries that could not be read."""
    without_number: int
    """People who cannot be called."""


def read_book(path: Path) -> BookFile:
    """The people in a file of vCards or a CSV file; takes long, so it belongs into a thread.

    Raises: StoreError, for a file that is neither, is too long or cannot be read.
    """
    contacts: list[Contact] = []
    broken = without_number = 0
    for count, contact in enumerate(_people(path)):
        if contact is None:
            broken += 1
        elif not contact.addresses:
            without_number += 1
        elif len(contacts) >= MAX_PEOPLE:
            raise StoreError(f"{path} has more than {MAX_PEOPLE:,} people; split it.")
        else:
            contacts.append(contact)
        if count % _BREATH == 0:
            time.sleep(0.0005)
    if not contacts and not without_number:
        raise StoreError(f"{path} has nobody in it that can be read; it has to be a file of vCards, or CSV.")
    return BookFile(tuple(contacts), broken, without_number)


def _people(path: Path) -> Iterator[Contact | None]:
    lines = lines_of(path)
    first = next((line for line in lines if line.strip()), "")
    read = read_cards if first.strip().upper() == "BEGIN:VCARD" else read_csv
    return read(chain([first], lines))


def form_of(path: Path) -> Form:
    """The form that goes with the file's name; vCard 3.0, which everything reads, if none does."""
    return "csv" if path.suffix.lower() == ".csv" else "vcard3"


def write_book(path: Path, contacts: Sequence[Contact], form: Form, *, replace: bool = False) -> None:
    """Write these people into a file that only its owner may read.

    Raises: StoreError when it cannot be written, or is there already and `replace` was not said.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder; add a file name.")
    if not path.parent.is_dir():
        raise StoreError(f"There is no folder {path.parent}; make it first, or choose another.")
    if path.exists() and not replace:
        raise StoreError(f"{path} is there already; choose another name, or say that it may be replaced.")
    match form:
        case "csv":
            text = "".join(write_csv(contacts, max((len(one.addresses) for one in contacts), default=0)))
        case "vcard3":
            text = "".join(write_cards(contacts, "3.0"))
        case "vcard4":
            text = "".join(write_cards(contacts, "4.0"))
    try:
        write_private(path, text)
    except ConfigError as error:
        raise StoreError(str(error)) from error

"""What a FakePhone answers to questions about contacts."""

from collections.abc import Iterable
from typing import Any

from tuiphone.control.contacts import ContactGroup, ContactLine, ContactsImported, ContactsMerged, ContactsPage
from tuiphone.core.filters import folded
from tuiphone.core.model import Contact


class ContactAnswers:
    """The verbs of contacts; `people` are in the order of the flat list."""

    people: tuple[ContactLine, ...] = ()
    imported = ContactsImported(3, 1, 2, 1, 4)
    merged = ContactsMerged(4, 2)

    async def _did(self, verb: str, *arguments: Any) -> None:
        raise NotImplementedError

    async def contacts(
        self, text: str = "", *, grouped: bool = False, offset: int = 0, limit: int = 100, keep: int | None = None
    ) -> ContactsPage:
        await self._did("contacts", text, grouped, offset)
        found = [
            line for line in self.people if folded(text) in folded(f"{line.contact.name} {_numbers(line.contact)}")
        ]
        if grouped:
            found.sort(key=lambda line: (not line.contact.favourite, line.contact.account or ""))
        at = next((at for at, line in enumerate(found) if line.contact.id == keep), None)
        return ContactsPage(tuple(found[offset : offset + limit]), len(found), tuple(_groups(found)), at)

    async def keep_contact(self, contact: Contact) -> int:
        await self._did("keep_contact", contact)
        return contact.id or 99

    async def import_contacts(self, path: str) -> ContactsImported:
        await self._did("import_contacts", path)
        return self.imported

    async def export_contacts(self, path: str, *, form: Any = None, text: str = "", replace: bool = False) -> int:
        await self._did("export_contacts", path, form, text, replace)
        return len(self.people)

    async def merge_contacts(self) -> ContactsMerged:
        await self._did("merge_contacts")
        return self.merged


def _numbers(contact: Contact) -> str:
    return " ".join(one.address.text for one in contact.addresses)


def _groups(found: Iterable[ContactLine]) -> Iterable[ContactGroup]:
    counts: dict[tuple[bool, str | None], int] = {}
    for line in found:
        key = (line.contact.favourite, None if line.contact.favourite else line.contact.account)
        counts[key] = counts.get(key, 0) + 1
    return (ContactGroup(*key, count) for key, count in counts.items())

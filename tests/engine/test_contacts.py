"""Contacts in the engine: who a caller is, rosters read on login, presence, files, suggestions."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import EVERYTHING, FakeProvider, until
from tuiphone.control import contacts as control
from tuiphone.control.history import Suggest
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible, StoreError
from tuiphone.core.events import (
    CallDescribed,
    CallEnded,
    CallStarted,
    ContactsChanged,
    ListChanged,
    PresenceChanged,
    ProviderFaulted,
)
from tuiphone.core.model import Address, AddressKind, Availability, Contact, ContactAddress, Presence
from tuiphone.engine import contacts as engine_contacts
from tuiphone.engine.contacts import ContactService
from tuiphone.engine.history import HistoryService

AWAY = Presence(Availability.OFFLINE, "On holiday")
HERE = Presence(Availability.ONLINE)
OLGA = Address(AddressKind.USER, "100")


def phone_number(text: str, label: str | None = None, account: str | None = None) -> ContactAddress:
    return ContactAddress(Address(AddressKind.PHONE, text), label, account)


def person(name: str, *numbers: str, **more: Any) -> Contact:
    return Contact(0, name, tuple(phone_number(number) for number in numbers), **more)


class Its:
    """The engine's services of contacts and history, by what they answer."""

    def __init__(self, its: EngineDesk, service: ContactService, history: HistoryService) -> None:
        self.desk = its
        self.service = service
        self.history = history

    async def ask(self, command: Any) -> Any:
        return await {**self.service.handlers, **self.history.handlers}[type(command)](command)

    async def keep(self, contact: Contact) -> int:
        return (await self.ask(control.KeepContact(contact))).id

    async def names(self, text: str = "", **more: Any) -> list[str]:
        page = await self.ask(control.ReadContacts(text=text, **more))
        return [line.contact.name for line in page.lines]

    async def line(self, name: str) -> control.ContactLine:
        page = await self.ask(control.ReadContacts(text=name))
        assert len(page.lines) == 1, page
        return page.lines[0]


@pytest.fixture
async def its(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Its]:
    monkeypatch.setattr(engine_contacts, "ACCOUNTS_SECONDS", 0.01)
    monkeypatch.setattr(engine_contacts, "CHANGE_SECONDS", 0.01)
    made: list[Any] = []

    class Contacts(ContactService):
        def __init__(self, parts: Any) -> None:
            super().__init__(parts)
            made.append(self)

    class History(HistoryService):
        def __init__(self, parts: Any) -> None:
            super().__init__(parts)
            made.append(self)

    async with desk(tmp_path, Contacts, History) as running:
        yield Its(running, *made)


# -- who a caller is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["0901234567", "+84901234567", "0084901234567", "84901234567", "0901 234 567"])
async def test_a_callers_number_finds_the_contact_whatever_form_it_comes_in(its: Its, form: str) -> None:
    provider = await its.desk.add()
    await its.keep(person("Nguyễn Văn An", "0901 234 567"))
    caller = Address(AddressKind.PHONE, form, "VENDOR NAME")
    provider.emit(CallStarted("1", caller, CallDirection.INCOMING))
    await until(lambda: its.desk.phone.state.calls)
    assert its.desk.phone.state.calls[0].peer.name == "Nguyễn Văn An"
    record = await its.desk.parts.history.page(limit=1)
    assert record.total == 0
    provider.emit(CallEnded("1", EndReason.REMOTE_HUNG_UP))
    await its.desk.phone._ledger.settled()
    await its.desk.parts.database.flush()
    (record,) = (await its.desk.parts.history.page(limit=1)).records
    assert record.peer.name == "Nguyễn Văn An"


async def test_an_extension_belongs_to_its_account(its: Its) -> None:
    await its.desk.add("pbx", prepare=lambda provider: setattr(provider, "roster", (roster_of("Olga", "100"),)))
    await its.desk.add("other")
    directory = its.desk.parts.directory
    await until(lambda: directory.name_of(OLGA, "pbx"))
    assert directory.name_of(OLGA, "pbx") == "Olga"
    assert directory.name_of(OLGA, "other") is None
    assert directory.name_of(OLGA) is None
    await its.keep(Contact(0, "Reception", (ContactAddress(Address(AddressKind.USER, "100")),)))
    assert directory.name_of(OLGA, "other") == "Reception"


async def test_the_address_book_names_people_before_a_roster_does(its: Its) -> None:
    await its.desk.add(prepare=lambda provider: setattr(provider, "roster", (roster_of("A. Nguyen", "+84901234567"),)))
    directory = its.desk.parts.directory
    number = Address(AddressKind.PHONE, "0901234567")
    await until(lambda: directory.name_of(number, "work"))
    assert directory.name_of(number, "work") == "A. Nguyen"
    id = await its.keep(person("An", "+84901234567"))
    assert directory.name_of(number, "work") == "An"
    assert not directory.is_favourite(number, "work")
    await its.ask(control.MarkFavourite(id, on=True))
    assert directory.is_favourite(number, "work")
    await its.ask(control.RemoveContact(id))
    assert directory.name_of(number, "work") == "A. Nguyen"


async def test_of_two_rosters_the_accounts_own_names_its_caller(its: Its) -> None:
    for account, name in (("a", "An of a"), ("work", "An of work")):
        await its.desk.add(
            account, prepare=lambda p, name=name: setattr(p, "roster", (roster_of(name, "+84901234567"),))
        )
    number, directory = Address(AddressKind.PHONE, "0901234567"), its.desk.parts.directory
    await until(lambda: directory.name_of(number, "work") == "An of work" and directory.name_of(number, "a"))
    assert directory.name_of(number, "a") == "An of a"
    assert directory.name_of(number, "third") == "An of a"


async def test_a_contact_made_during_the_call_names_it_at_once(its: Its) -> None:
    provider = await its.desk.add()
    provider.emit(CallStarted("1", Address(AddressKind.PHONE, "+84901234567"), CallDirection.INCOMING))
    await until(lambda: its.desk.phone.state.calls)
    await its.keep(person("An", "0901234567"))
    await until(lambda: its.desk.events(CallDescribed))
    assert its.desk.phone.state.calls[0].peer.name == "An"


async def test_numbers_are_read_anew_when_the_accounts_country_becomes_known(its: Its) -> None:
    await its.keep(person("An", "0901234567"))
    caller = Address(AddressKind.PHONE, "+84901234567")
    assert its.desk.parts.directory.name_of(caller, "work") is None
    await its.desk.add(country="VN")
    await until(lambda: its.desk.parts.directory.name_of(caller, "work"))
    assert its.desk.parts.directory.name_of(caller, "work") == "An"


# -- rosters ------------------------------------------------------------------------------------------------------


def roster_of(name: str, text: str) -> Contact:
    kind = AddressKind.PHONE if len(text) > 6 else AddressKind.USER
    return Contact(0, name, (ContactAddress(Address(kind, text)),))


async def test_a_roster_is_read_on_login_and_its_people_are_watched(its: Its) -> None:
    def prepare(provider: FakeProvider) -> None:
        provider.roster = (roster_of("Olga", "100"), roster_of("Bob", "101"))
        provider.presences[OLGA] = Presence(Availability.ONLINE, "In a meeting")

    provider = await its.desk.add(prepare=prepare)
    await until(lambda: its.desk.events(PresenceChanged))
    await until(lambda: len(its.desk.events(ListChanged)) >= 2)
    assert (await its.line("Olga")).presence == Presence(Availability.ONLINE, "In a meeting")
    assert (await its.line("Bob")).presence is None
    assert (await its.line("Bob")).contact.account == "work"
    assert len(provider.asked("contacts")) == 1
    assert len(provider.asked("presence")) == 1


async def test_an_account_without_contacts_and_presence_is_asked_for_neither(its: Its) -> None:
    provider = await its.desk.add(capabilities=EVERYTHING & ~Capability.CONTACTS & ~Capability.PRESENCE)
    await its.keep(Contact(0, "Olga", (ContactAddress(OLGA, account="work"),)))
    await its.desk.phone._ledger.settled()
    assert provider.asked("contacts") == provider.asked("presence") == []


async def test_whoever_is_called_from_an_account_that_tells_presence_is_watched_there(its: Its) -> None:
    provider = await its.desk.add(capabilities=EVERYTHING & ~Capability.CONTACTS)
    provider.presences[OLGA] = AWAY
    await its.keep(Contact(0, "Olga", (ContactAddress(OLGA, account="work"),)))
    await until(lambda: its.desk.events(PresenceChanged))
    assert (await its.line("Olga")).presence == AWAY


async def test_whose_address_names_a_host_is_watched_by_the_account_that_calls_hosts(its: Its) -> None:
    elsewhere = Address(AddressKind.USER, "bob@other.example")
    hosts = await its.desk.add("pbx", EVERYTHING & ~Capability.CONTACTS | Capability.DIAL_URI)
    hosts.presences[elsewhere] = AWAY
    await its.desk.add("work", EVERYTHING & ~Capability.CONTACTS)
    await its.keep(Contact(0, "Bob", (ContactAddress(elsewhere), ContactAddress(OLGA))))
    await until(lambda: its.desk.events(PresenceChanged))
    assert (await its.line("Bob")).presence == AWAY
    assert hosts.asked("presence") == [((elsewhere,),)]


async def test_presence_is_forgotten_with_the_link_and_the_roster_is_not(its: Its) -> None:
    def prepare(provider: FakeProvider) -> None:
        provider.roster = (roster_of("Olga", "100"),)
        provider.presences[OLGA] = HERE

    provider = await its.desk.add(prepare=prepare)
    await until(lambda: its.desk.events(PresenceChanged))
    provider.connects = False
    provider.lose(ConnectionLost("The cable is out."))
    await until(lambda: its.desk.phone.state.accounts[0].link.name == "WAITING")
    assert (await its.line("Olga")).presence is None


async def test_presence_changes_that_come_together_are_told_as_one(its: Its, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = await its.desk.add(
        prepare=lambda provider: setattr(
            provider, "roster", tuple(roster_of(f"Nr {n}", str(n)) for n in range(100, 200))
        )
    )
    await until(lambda: its.desk.events(ListChanged))
    await its.desk.phone._ledger.settled()
    before = len(its.desk.events(ListChanged))
    for n in range(100, 200):
        provider.emit(PresenceChanged(Address(AddressKind.USER, str(n)), HERE))
    await until(lambda: len(its.desk.events(ListChanged)) > before)
    await its.desk.phone._ledger.settled()
    assert len(its.desk.events(ListChanged)) == before + 1
    assert (await its.line("Nr 150")).presence == HERE


async def test_a_favourite_of_a_roster_stays_one_when_the_roster_comes_anew(its: Its) -> None:
    provider = await its.desk.add(prepare=lambda p: setattr(p, "roster", (roster_of("Olga", "100"),)))
    await until(lambda: its.desk.events(ListChanged))
    await its.ask(control.MarkFavourite((await its.line("Olga")).contact.id, on=True))
    provider.emit(ContactsChanged((roster_of("Aaron", "102"), roster_of("Olga P.", "100"))))
    await until(lambda: its.desk.parts.directory.name_of(Address(AddressKind.USER, "102"), "work"))
    assert await its.names() == ["Olga P.", "Aaron"]
    provider.emit(ContactsChanged(()))
    await until(lambda: its.desk.parts.directory.name_of(OLGA, "work") is None)
    assert await its.names() == []


async def test_a_vendors_contact_is_added_and_removed_at_the_vendor(its: Its) -> None:
    provider = await its.desk.add()
    await its.ask(control.AddToRoster("work", OLGA))
    await until(lambda: its.desk.events(ListChanged))
    line = await its.line("100")
    assert provider.asked("add_contact") == [(OLGA,)]
    with pytest.raises(NotPossible, match="is on the roster of work"):
        await its.keep(Contact(line.contact.id, "Another", line.contact.addresses))
    before = len(its.desk.events(ListChanged))
    await its.ask(control.RemoveContact(line.contact.id))
    assert provider.asked("remove_contact") == [(OLGA,)]
    await until(lambda: len(its.desk.events(ListChanged)) > before)
    assert await its.names() == []


async def test_a_status_message_goes_to_the_vendor_and_an_empty_one_takes_it_back(its: Its) -> None:
    provider = await its.desk.add()
    await its.ask(control.PublishStatus("work", "at lunch"))
    await its.ask(control.PublishStatus("work", ""))
    assert provider.asked("publish") == [(Presence(note="at lunch"),), (Presence(),)]


async def test_a_vendor_that_refuses_keeps_the_contact_in_the_list(its: Its) -> None:
    provider = await its.desk.add(prepare=lambda p: setattr(p, "roster", (roster_of("Olga", "100"),)))
    await until(lambda: its.desk.events(ListChanged))
    provider.fails["remove_contact"] = ConnectionLost("The link is down.")
    with pytest.raises(ConnectionLost):
        await its.ask(control.RemoveContact((await its.line("Olga")).contact.id))
    assert await its.names() == ["Olga"]


async def test_a_roster_that_cannot_be_read_is_told_in_a_sentence(its: Its) -> None:
    await its.desk.add(prepare=lambda p: p.fails.update(contacts=ConnectionLost("The server is busy.")))
    await until(lambda: its.desk.events(ProviderFaulted))
    assert "The server is busy." in its.desk.events(ProviderFaulted)[0].detail


async def test_the_roster_of_an_account_that_is_gone_goes_too(its: Its) -> None:
    await its.desk.add(prepare=lambda p: setattr(p, "roster", (roster_of("Olga", "100"),)))
    await until(lambda: its.desk.events(ListChanged))
    before = len(its.desk.events(ListChanged))
    await its.desk.phone.remove_account("work")
    await until(lambda: len(its.desk.events(ListChanged)) > before)
    assert await its.names() == []


async def test_an_account_that_takes_its_time_to_come_keeps_its_roster(its: Its) -> None:
    await its.desk.add(prepare=lambda p: setattr(p, "roster", (roster_of("Olga", "100"),)))
    await until(lambda: its.desk.events(ListChanged))
    accounts = its.desk.parts.paths.accounts_dir
    accounts.mkdir(parents=True, exist_ok=True)
    (accounts / "work.toml").write_text("", encoding="utf-8")
    await its.desk.phone.remove_account("work")
    await its.service._settle()
    assert await its.names() == ["Olga"]


async def test_the_roster_is_there_at_the_next_start_before_its_server_is(tmp_path: Path) -> None:
    async with desk(tmp_path, ContactService) as first:
        await first.add(prepare=lambda p: setattr(p, "roster", (roster_of("Olga", "100"),)))
        await until(lambda: first.parts.directory.name_of(OLGA, "work"))
    async with desk(tmp_path, ContactService) as second:
        assert second.parts.directory.name_of(OLGA, "work") == "Olga"
        assert (await second.parts.contacts.page()).total == 1


async def test_somebody_in_both_books_shows_once_unless_the_list_is_grouped(its: Its) -> None:
    await its.desk.add(prepare=lambda p: setattr(p, "roster", (roster_of("A. Nguyen", "+84901234567"),)))
    await until(lambda: its.desk.events(ListChanged))
    await its.keep(person("An", "0901234567"))
    assert await its.names() == ["An"]
    page = await its.ask(control.ReadContacts(grouped=True))
    assert [line.contact.name for line in page.lines] == ["An", "A. Nguyen"]
    assert [(group.account, group.count) for group in page.groups] == [(None, 1), ("work", 1)]


# -- the book and files -------------------------------------------------------------------------------------------


async def test_a_contact_without_a_number_is_refused(its: Its) -> None:
    with pytest.raises(BadAddress, match="no number to call"):
        await its.keep(Contact(0, "Nobody"))


async def test_what_is_exported_can_be_imported_again_and_is_the_same(its: Its, tmp_path: Path) -> None:
    await its.desk.add()
    await its.keep(person("Nguyễn Văn An", "+84901234567", "0243 700 0001", favourite=True, note="a\nb, c; d"))
    await its.keep(Contact(0, "Ольга", (ContactAddress(OLGA, "my phone", "work"), phone_number("+7903", "home"))))
    before = [line.contact for line in (await its.ask(control.ReadContacts())).lines]
    for name in ("people.vcf", "people.csv"):
        file = tmp_path / name
        assert (await its.ask(control.ExportContacts(path=str(file)))).count == 2
        assert file.stat().st_mode & 0o777 == 0o600
        again = await its.ask(control.ImportContacts(str(file)))
        assert (again.new, again.merged, again.unchanged, again.broken) == (0, 0, 2, 0)
    for contact in before:
        await its.ask(control.RemoveContact(contact.id))
    assert (await its.ask(control.ImportContacts(str(tmp_path / "people.vcf")))).new == 2
    after = [line.contact for line in (await its.ask(control.ReadContacts())).lines]
    assert [(c.name, c.addresses, c.favourite, c.note) for c in after] == [
        (c.name, c.addresses, c.favourite, c.note) for c in before
    ]


async def test_only_what_is_shown_is_exported_when_a_search_says_so(its: Its, tmp_path: Path) -> None:
    await its.keep(person("An", "+84901234567"))
    await its.keep(person("Bob", "+84901234568"))
    assert (await its.ask(control.ExportContacts(path=str(tmp_path / "x.csv"), text="bob"))).count == 1


async def test_a_file_is_replaced_only_when_that_was_said(its: Its, tmp_path: Path) -> None:
    file = tmp_path / "x.vcf"
    file.write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        await its.ask(control.ExportContacts(path=str(file)))
    assert file.read_text() == "mine"
    await its.ask(control.ExportContacts(path=str(file), replace=True))
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("people.vcf", "not a whole path"),
        ("~nobody-of-this-name/x", "nobody's home folder"),
        ("/nowhere/people.vcf", "is not there"),
        ("/dev/zero", "no ordinary file"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(its: Its, path: str, sentence: str) -> None:
    with pytest.raises((NotPossible, StoreError), match=sentence):
        await its.ask(control.ImportContacts(path))


async def test_one_file_at_a_time(its: Its, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("name,phone\n" + "".join(f"P {n},09{n:08d}\n" for n in range(3000)))
    first = asyncio.ensure_future(its.ask(control.ImportContacts(str(file))))
    await until(its.service._with_files.locked)
    with pytest.raises(NotPossible, match="already"):
        await its.ask(control.ImportContacts(str(file)))
    assert (await first).new == 3000


async def test_duplicates_are_merged_by_number_and_counted(its: Its) -> None:
    await its.desk.add()
    await its.keep(person("An", "0901234567"))
    await its.keep(person("Nguyễn Văn An", "+84901234567", "0911111111"))
    await its.keep(person("Bob", "0922222222"))
    merged = await its.ask(control.MergeContacts())
    assert (merged.before, merged.after) == (2, 1)
    assert await its.names() == ["An", "Bob"]
    an = (await its.line("An")).contact
    assert [one.address.text for one in an.addresses] == ["0901234567", "0911111111"]
    assert an.note == "Also: Nguyễn Văn An"
    merged = await its.ask(control.MergeContacts())
    assert (merged.before, merged.after) == (0, 0)


# -- suggestions --------------------------------------------------------------------------------------------------


async def call(its: Its, provider: FakeProvider, ref: str, text: str, name: str | None = None) -> None:
    provider.emit(CallStarted(ref, Address(AddressKind.PHONE, text, name), CallDirection.INCOMING))
    provider.emit(CallEnded(ref, EndReason.REMOTE_HUNG_UP))
    await its.desk.phone._ledger.settled()
    await its.desk.parts.database.flush()


async def suggested(its: Its, text: str) -> list[tuple[str | None, str, int]]:
    return [(one.peer.name, one.peer.text, one.calls) for one in (await its.ask(Suggest(text))).found]


async def test_who_was_called_comes_before_contacts_nobody_called_and_nobody_comes_twice(its: Its) -> None:
    provider = await its.desk.add()
    await call(its, provider, "1", "0901234567")
    await call(its, provider, "2", "+84901234567")
    await call(its, provider, "3", "+84999999999", "Andrey")
    for name, number in (("Anh Aaa", "0911111111"), ("Nguyễn An", "+84 90 123 45 67"), ("Zoe", "0922222222")):
        await its.keep(person(name, number))
    assert await suggested(its, "an") == [
        ("Nguyễn An", "+84901234567", 2),
        ("Andrey", "+84999999999", 1),
        ("Anh Aaa", "0911111111", 0),
    ]
    found = (await its.ask(Suggest("zoe"))).found
    assert [(one.peer.name, one.account, one.last_at) for one in found] == [("Zoe", "work", 0.0)]
    assert [name for name, _, _ in await suggested(its, "")] == ["Andrey", "Nguyễn An", "Nguyễn An"]


async def test_who_withheld_the_number_is_not_suggested(its: Its) -> None:
    provider = await its.desk.add()
    await call(its, provider, "1", "0901234567")
    await call(its, provider, "2", "anonymous")
    assert await suggested(its, "") == [(None, "0901234567", 1)]
    assert await suggested(its, "anonymous") == []


async def test_a_suggested_contact_is_called_from_the_account_that_can(its: Its) -> None:
    await its.desk.add("a-users", EVERYTHING & ~Capability.DIAL_PHONE)
    await its.desk.add("phones")
    await its.desk.add("second")
    await its.keep(person("Bob", "+84901234567"))
    await its.keep(Contact(0, "Bea", (phone_number("+84901234568", account="second"),)))
    await its.keep(Contact(0, "Ben", (phone_number("+84901234569", account="gone"),)))
    found = (await its.ask(Suggest("b"))).found
    assert {one.peer.name: one.account for one in found} == {"Bob": "phones", "Bea": "second", "Ben": "phones"}

"""The address book: searched without accents and separators, paged, merged by number, all or nothing."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.errors import NotPossible
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress
from tuiphone.store.contacts import ContactBook, Taken
from tuiphone.store.db import Database
from tuiphone.store.numbers import Countries

VN = Countries("VN", {"us": "US"})


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[ContactBook]:
    database = await Database.open(tmp_path / "book.sqlite")
    book = ContactBook(database)
    book.countries = VN
    yield book
    await database.close()


def person(name: str, *numbers: str, **more: Any) -> Contact:
    addresses = tuple(ContactAddress(Address(AddressKind.PHONE, number)) for number in numbers)
    return Contact(0, name, addresses, **more)


async def names(book: ContactBook, text: str = "", **more: Any) -> list[str]:
    return [contact.name for contact in (await book.page(text, **more)).contacts]


async def test_a_contact_comes_back_as_it_was_put_in(book: ContactBook) -> None:
    address = ContactAddress(Address(AddressKind.PHONE, "+84901234567"), "mobile", "work")
    user = ContactAddress(Address(AddressKind.USER, "olga"))
    id = await book.add(Contact(0, "Ольга", (address, user), True, "two\nlines"))
    assert await book.get(id) == Contact(id, "Ольга", (address, user), True, "two\nlines")
    await book.change(Contact(id, "Olga", (user,)))
    assert await book.get(id) == Contact(id, "Olga", (user,))
    await book.remove(id)
    with pytest.raises(NotPossible, match="That contact is gone"):
        await book.get(id)


@pytest.mark.parametrize(
    "text",
    [
        "nguyen",
        "NGUYEN an",
        "van nguy",
        "0901234567",
        "0901 234 567",
        "090-123-45",
        "(090) 123",
        "+84 90 1234567",
        "0084 901 234 567",
        "84901",
        "mobile",
        "nguyễn 567",
        "dang",
    ],
)
async def test_a_search_finds_names_without_accents_and_numbers_in_any_form(book: ContactBook, text: str) -> None:
    number = ContactAddress(Address(AddressKind.PHONE, "+84901234567"), "Mobile")
    await book.add(Contact(0, "Nguyễn Văn Đăng An", (number,)))
    await book.add(person("Bob", "+4915112345"))
    assert await names(book, text) == ["Nguyễn Văn Đăng An"]


@pytest.mark.parametrize("text", ["nguyenx", "0911", "' OR 1=1", "%", "_", "\x00", "\ud800"])
async def test_a_search_for_what_nobody_has_finds_nobody(book: ContactBook, text: str) -> None:
    await book.add(person("Nguyễn", "+84901234567"))
    assert await names(book, text) == ([] if text != "\x00" else ["Nguyễn"])


async def test_favourites_come_first_then_names_whatever_their_accents(book: ContactBook) -> None:
    for name in ("Zoe", "Ánh", "an", "Bình"):
        await book.add(person(name, "+849012345", favourite=name == "Zoe"))
    assert await names(book) == ["Zoe", "an", "Ánh", "Bình"]


async def test_a_list_is_read_page_by_page_and_tells_where_somebody_stands(book: ContactBook) -> None:
    await book.take([person(f"P{n:03}", f"+8490{n:07}") for n in range(250)])
    page = await book.page(offset=100, limit=100)
    assert page.total == 250
    assert [contact.name for contact in page.contacts] == [f"P{n:03}" for n in range(100, 200)]
    wanted = page.contacts[7].id
    assert (await book.page(limit=1, keep=wanted)).at == 107
    assert (await book.page("P000", keep=wanted)).at is None
    assert await names(book, offset=250) == []


async def test_the_answer_to_a_question_is_another_when_the_book_is(book: ContactBook) -> None:
    id = await book.add(person("An", "+84901234567"))
    assert await names(book) == ["An"]
    await book.add(person("Bob", "+84901234568"))
    assert await names(book) == ["An", "Bob"]
    await book.favour(id + 1, True)
    assert await names(book) == ["Bob", "An"]


async def test_what_comes_from_outside_is_cut_to_a_sane_size(book: ContactBook) -> None:
    number = ContactAddress(Address(AddressKind.PHONE, "+84 90 123"), "l" * 100)
    id = await book.add(Contact(0, "a\nb\t" + "x" * 5000 + "\ud800", (number,) * 200, note="n" * 100_000 + "\0"))
    contact = await book.get(id)
    assert contact.name.startswith("a b x")
    assert len(contact.name) == 200
    assert contact.note == "n" * 4000
    assert contact.addresses == (ContactAddress(Address(AddressKind.PHONE, "+8490123"), "l" * 40),)


async def test_a_contact_without_a_name_is_called_by_its_number(book: ContactBook) -> None:
    assert (await book.get(await book.add(person(" ", "+84901234567")))).name == "+84901234567"


# -- merging ------------------------------------------------------------------------------------------------------


async def test_who_is_there_already_in_another_form_is_added_to(book: ContactBook) -> None:
    id = await book.add(person("Nguyễn Văn An", "0901234567"))
    coming = [person("nguyen van an", "+84 901 234 567", "0911111111", note="new"), person("Bob", "0922222222")]
    assert await book.take(coming) == Taken(new=1, merged=1, unchanged=0)
    an = await book.get(id)
    assert [one.address.text for one in an.addresses] == ["0901234567", "0911111111"]
    assert (an.name, an.note) == ("Nguyễn Văn An", "new")
    assert await book.take(coming) == Taken(new=0, merged=0, unchanged=2)


async def test_two_of_one_file_who_are_the_same_become_one(book: ContactBook) -> None:
    coming = [person("An", "0901234567"), person("Anh An", "+84901234567"), person("An", "0911111111", "0084901234567")]
    assert (await book.take(coming)).new == 1
    (an,) = (await book.page()).contacts
    assert [one.address.text for one in an.addresses] == ["0901234567", "0911111111"]
    assert an.note == "Also: Anh An"


async def test_merging_follows_a_chain_of_numbers_and_keeps_the_oldest(book: ContactBook) -> None:
    first = await book.add(person("An", "0901111111"))
    await book.add(person("An Ng.", "+84901111111", "0902222222", favourite=True))
    await book.add(person("0902222222", "+84902222222", "0903333333"))
    await book.add(person("Bob", "0904444444"))
    assert await book.merge() == (3, 1)
    an = await book.get(first)
    assert [one.address.text for one in an.addresses] == ["0901111111", "0902222222", "0903333333"]
    assert an.favourite
    assert an.note == "Also: An Ng."
    assert await book.merge() == (0, 0)


async def test_colleagues_behind_one_switchboard_stay_apart(book: ContactBook) -> None:
    team = [person(f"{name} Ng", "+842437000001") for name in ("An", "Bình", "Châu", "Dũng", "Giang")]
    assert (await book.take(team)).new == 5
    await book.add(person("an ng", "+842437000001", "0901234567"))
    assert await book.merge() == (2, 1)
    assert (await book.page()).total == 5


async def test_the_same_extension_of_two_accounts_is_two_people(book: ContactBook) -> None:
    def extension(account: str | None) -> Contact:
        return Contact(0, f"100 at {account}", (ContactAddress(Address(AddressKind.USER, "100"), account=account),))

    for account in ("work", "us", None):
        await book.add(extension(account))
    assert await book.merge() == (0, 0)


async def test_a_number_is_read_by_the_country_of_its_account(book: ContactBook) -> None:
    id = await book.add(
        Contact(0, "Joe", (ContactAddress(Address(AddressKind.PHONE, "(201) 555-0123"), account="us"),))
    )
    assert [known.key for known in await book.addresses()] == ["+12015550123"]
    book.countries = Countries("VN", {"us": "GB"})
    assert await book.rekey()
    assert [known.key for known in await book.addresses()] != ["+12015550123"]
    assert (await book.get(id)).addresses[0].address.text == "2015550123"
    assert not await book.rekey()


async def test_who_is_told_of_twice_by_a_server_is_there_once_however_often_it_tells(book: ContactBook) -> None:
    twice = [Contact(0, name, (ContactAddress(Address(AddressKind.USER, "100")),)) for name in ("Olga", "Ольга")]
    assert await book.take_roster("pbx", twice)
    assert not await book.take_roster("pbx", twice)
    assert (await book.page()).total == 1


async def test_numbers_stay_readable_while_no_account_tells_a_country(book: ContactBook) -> None:
    await book.add(person("An", "0901234567"))
    book.countries = Countries()
    assert not await book.rekey()
    assert [known.key for known in await book.addresses()] == ["+84901234567"]


async def test_a_book_that_changes_while_a_merge_is_planned_is_merged_as_it_is_then(book: ContactBook) -> None:
    await book.add(person("An", "0901234567"))
    planned: list[int] = []

    def plan(known: Any) -> Any:
        from tuiphone.store.merging import plan_of_merging

        planned.append(len(known))
        if len(planned) == 1:
            # As another screen would: between the plan and its transaction.
            book._version += 1
        return plan_of_merging(known, VN)

    await book.add(person("An", "+84901234567"))
    assert len((await book._carry_out(plan)).gone) == 1
    assert planned == [2, 2]


async def test_an_import_that_fails_keeps_nothing(book: ContactBook, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiphone.store import contact_rows

    done: list[str] = []
    insert = contact_rows.insert

    def fail_at_the_third(connection: sqlite3.Connection, row: Any) -> int:
        done.append(row.contact.name)
        if len(done) == 3:
            raise RuntimeError("the disk caught fire")
        return insert(connection, row)

    monkeypatch.setattr(contact_rows, "insert", fail_at_the_third)
    with pytest.raises(RuntimeError):
        await book.take([person(f"P{n}", f"+8490123456{n}") for n in range(5)])
    assert (await book.page()).total == 0

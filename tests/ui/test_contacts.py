"""The Contacts page: searched as one types, grouped, called, edited, removed, read from and written to files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, EVERYTHING, HOSTILE, ONLINE, PEOPLE, C, account, person, state
from tests.ui.stage import Stage, opened
from tuiphone.control.contacts import ContactLine
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress, Presence
from tuiphone.ui.widgets.contact_list import ContactList

ROSTERS = (account("home", capabilities=EVERYTHING | C.CONTACTS | C.PRESENCE), account("work"))


def phone_with(people: tuple[ContactLine, ...] = PEOPLE, **more: Any) -> FakePhone:
    phone = FakePhone(state(**({"accounts": ACCOUNTS} | more)))
    phone.people = people
    return phone


async def at_contacts(stage: Stage) -> ContactList:
    await stage.press("f3")
    await stage.until(lambda: stage.page == "contacts")
    contacts = stage.app.query_one(ContactList)
    await stage.until(lambda: contacts.total == len(stage.phone.people))
    await stage.settle()
    return contacts


async def test_the_list_tells_who_is_there_and_who_is_a_favourite() -> None:
    async with opened(phone_with(), size=(120, 30)) as stage:
        await at_contacts(stage)
        lines = {line.strip()[:8]: line for line in stage.text.splitlines()}
        assert "★ ● Ольга Петрова" in stage.text
        assert "online: In a meeting" in stage.text
        assert "○ Help desk" in stage.text
        assert "offline" in lines["○ Help d"]
        assert "+84 90 000 0001" in stage.text or "+84 900 000 001" in stage.text
        assert "\x1b" not in stage.text
        assert "[red]" in stage.text


async def test_typing_searches_and_enter_calls_the_first_found() -> None:
    async with opened(phone_with()) as stage:
        contacts = await at_contacts(stage)
        await stage.press("slash")
        await stage.type("help")
        await stage.until(lambda: contacts.total == 1)
        await stage.press("enter", "enter")
        await stage.hears("dial", "+842473000999", None, False, None)


async def test_of_several_numbers_one_is_chosen_and_called() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("enter")
        await stage.sees("Call Nguyễn Văn An")
        await stage.press("down", "enter")
        await stage.hears("dial", "02437000001", None, False, None)


async def test_somebody_is_called_from_the_account_they_belong_to_unless_it_is_gone() -> None:
    gone = person(9, "Gone", "+91 98765 43210", account="gone")
    async with opened(phone_with((PEOPLE[1], gone))) as stage:
        await at_contacts(stage)
        await stage.press("enter")
        await stage.hears("dial", "100", "work", False, None)
        await stage.press("f3", "down", "enter")
        await stage.hears("dial", "+919876543210", None, False, None)


async def test_g_groups_the_list_and_the_cursor_steps_over_titles() -> None:
    async with opened(phone_with(), size=(120, 40)) as stage:
        contacts = await at_contacts(stage)
        await stage.press("g")
        await stage.sees("Favourites (2)")
        for title in ("Address book (3)", "Roster of home (1)", "Roster of work (1)"):
            assert title in stage.text
        names: list[str] = []
        for _ in range(len(PEOPLE)):
            assert contacts.chosen is not None
            names.append(contacts.chosen.contact.name)
            await stage.press("down")
        assert names == ["Nguyễn Văn An", "Ольга Петрова", "Anita देसाई", "Help desk", HOSTILE, "Zoe", "佐藤 愛子"]
        for _ in range(len(PEOPLE)):
            await stage.press("up")
        assert contacts.chosen.contact.name == "Nguyễn Văn An"
        await stage.press("up")
        assert stage.app.focused is not contacts


async def test_a_long_list_asks_for_what_comes_into_view_and_keeps_little() -> None:
    many = tuple(person(n, f"Person {n:05}", f"09{n:08}") for n in range(1, 10_001))
    async with opened(phone_with(many)) as stage:
        contacts = await at_contacts(stage)
        await stage.press("end")
        await stage.sees("Person 10000")
        assert contacts.chosen is not None
        assert contacts.chosen.contact.id == 10_000
        assert {offset for _, _, offset in stage.phone.told("contacts")} <= {0, 9900}
        for line in range(0, 10_000, 500):
            contacts.cursor = line
            await stage.sees(f"Person {line + 1:05}")
        assert len(contacts._pages) <= 12


async def test_the_cursor_stays_with_its_person_when_the_list_changes() -> None:
    phone = phone_with()
    async with opened(phone) as stage:
        contacts = await at_contacts(stage)
        await stage.press("down", "down")
        phone.people = (person(50, "Aaron", "0900000000"), *PEOPLE)
        await stage.tell(replace(phone.state, lists=(("contacts", 1),)))
        await stage.until(lambda: contacts.total == len(phone.people))
        assert contacts.chosen is not None
        assert contacts.chosen.contact.id == PEOPLE[2].contact.id


async def test_a_new_contact_is_typed_in_and_each_wrong_number_told() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("a")
        await stage.sees("New contact")
        await stage.type("Bình")
        await stage.press("tab")
        await stage.type("mobile: 0912 345 678")
        await stage.press("enter")
        await stage.type("home: two words")
        await stage.press("enter")
        await stage.type("100 @nobody")
        await stage.press("ctrl+s")
        await stage.sees("Line 2: two words has a space in it")
        await stage.sees("Line 3: There is no account nobody")
        await stage.press("backspace", *["backspace"] * 10, *["backspace"] * 17)
        await stage.press("ctrl+s")
        number = ContactAddress(Address(AddressKind.PHONE, "0912345678"), "mobile")
        await stage.hears("keep_contact", Contact(0, "Bình", (number,)))
        await stage.until(lambda: "Bình is in the address book." in stage.toasts)


async def test_with_nobody_there_the_keys_for_adding_and_reading_a_file_work(tmp_path: Path) -> None:
    async with opened(phone_with(())) as stage:
        await at_contacts(stage)
        await stage.sees("a puts somebody in")
        await stage.press("i")
        await stage.sees("Import contacts")
        await stage.press("escape", "a")
        await stage.sees("New contact")


async def test_a_contact_is_edited_and_keeps_what_was_not_touched() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("down", "e")
        await stage.sees("Edit Ольга")
        await stage.type(" P")
        await stage.press("ctrl+s")
        before = PEOPLE[1].contact
        await stage.hears("keep_contact", replace(before, name="Ольга Петрова P"))


async def test_editing_somebody_of_a_roster_makes_a_contact_of_the_address_book() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press(*["down"] * 5, "e")
        await stage.sees("The roster of work is kept by its server")
        await stage.press("ctrl+s")
        sato = ContactAddress(Address(AddressKind.USER, "sato"), account="work")
        await stage.hears("keep_contact", Contact(0, "佐藤 愛子", (sato,)))


async def test_a_contact_can_be_put_on_a_roster_at_its_server_and_a_refusal_keeps_the_form() -> None:
    phone = phone_with(accounts=ROSTERS)
    phone.refusals["add_to_roster"] = ConnectionLost("The server is out of reach.")
    async with opened(phone) as stage:
        await at_contacts(stage)
        await stage.press("a")
        await stage.sees("Kept in")
        await stage.press("tab")
        await stage.type("101")
        await stage.press("tab", "tab", "tab", "right", "ctrl+s")
        await stage.sees("The server is out of reach.")
        phone.refusals.clear()
        await stage.press("ctrl+s")
        await stage.until(lambda: "The server of home keeps the contact now." in stage.toasts)
        assert phone.told("add_to_roster")[-1] == ("home", Address(AddressKind.USER, "101"))


async def test_removing_asks_first_and_favourites_change_at_once() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("f")
        await stage.hears("mark_favourite", 1, False)
        await stage.press("delete")
        await stage.sees("Remove Nguyễn Văn An from the address book?")
        await stage.press("n")
        assert stage.phone.told("remove_contact") == []
        await stage.press("delete", "y")
        await stage.hears("remove_contact", 1)


async def test_a_file_is_imported_and_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "people.vcf"
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("i", "ctrl+u")
        await stage.type(str(file))
        await stage.press("enter")
        await stage.sees("There is no file")
        file.write_text("BEGIN:VCARD")
        await stage.press("enter")
        await stage.hears("import_contacts", str(file))
        told = (
            "3 people are new, 1 was added to people you have, 2 were there already. "
            "4 without a number left out, 1 entry could not be read."
        )
        await stage.until(lambda: told in stage.toasts)


async def test_what_the_search_shows_is_exported_and_nothing_overwritten_unasked(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("mine")
    async with opened(phone_with()) as stage:
        contacts = await at_contacts(stage)
        await stage.press("slash")
        await stage.type("help")
        await stage.until(lambda: contacts.total == 1)
        await stage.press("enter", "x")
        await stage.sees("Export 1 contact that the search shows as")
        await stage.press("down", "down", "enter", "ctrl+u")
        await stage.type(str(file))
        await stage.press("enter")
        await stage.sees("is there already. Overwrite it?")
        await stage.press("y")
        await stage.hears("export_contacts", str(file), "csv", "help", True)


async def test_duplicates_are_merged_when_that_is_meant() -> None:
    async with opened(phone_with()) as stage:
        await at_contacts(stage)
        await stage.press("d", "n")
        assert stage.phone.told("merge_contacts") == []
        await stage.press("d", "y")
        await stage.until(lambda: "4 contacts became 2; other names stand in the notes." in stage.toasts)


@pytest.mark.parametrize("size", [(20, 8), (40, 12), (44, 24), (200, 60)])
async def test_the_page_holds_at_any_size_with_names_of_any_script(size: tuple[int, int]) -> None:
    wide = tuple(
        person(n, name * 40, "0912345678", presence=Presence(ONLINE, name * 40)) for n, name in enumerate("漢ễд[", 1)
    )
    async with opened(phone_with(wide), size=size) as stage:
        await at_contacts(stage)
        await stage.press("g", "down", "down", "down", "down", "end", "home")
        assert stage.app.is_running


async def test_m_opens_the_conversation_with_somebody_an_account_can_write_to() -> None:
    texting = account("work", capabilities=EVERYTHING | C.TEXT | C.TEXT_USERS_ONLY)
    phone = phone_with((PEOPLE[3], person(9, "Bea", "0912 345 678", "desk: 101")), accounts=(texting,))
    async with opened(phone) as stage:
        await at_contacts(stage)
        await stage.press("m")
        assert stage.page == "contacts"
        await stage.press("down", "m")
        await stage.until(lambda: stage.page == "messages")
        await stage.sees("101")

"""The customer card: what is found of a caller, however the number is written; and the page of a customer database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.desk import EngineDesk, desk
from tuiphone.control.cards import Card, CrmPage, ReadCard, ReadCrmPage
from tuiphone.core.model import Address, AddressKind, CallRecord, Contact, ContactAddress, RecordResult, TextMessage
from tuiphone.core.model import TextStatus as Status
from tuiphone.engine.cards import LATEST, CardService
from tuiphone.engine.history import HistoryService
from tuiphone.engine.texts import LINE, whose
from tuiphone.store.hooks import Crm
from tuiphone.store.numbers import Countries
from tuiphone.store.texts import Texts

PHONE, USER = AddressKind.PHONE, AddressKind.USER
ANN = Address(PHONE, "+84901234567")


@pytest.fixture
async def its(tmp_path: Path) -> AsyncIterator[EngineDesk]:
    # Without the service that mirrors rosters, which would empty those that the tests fill.
    async with desk(tmp_path, HistoryService, CardService) as its:
        its.parts.contacts.countries = Countries("VN", {"work": "VN", "home": "VN"})
        for account in ("work", "home"):
            await its.add(account)
        yield its


async def had(its: EngineDesk, *calls: tuple[str, Address, float], **more: object) -> None:
    """There were these calls: account, with whom, when."""
    await its.parts.history.add_many(
        replace(
            CallRecord(0, account, f"{account}{at}", peer, True, False, at, at + 5, at + 65, RecordResult.ANSWERED),
            **more,
        )
        for account, peer, at in calls
    )


async def card(its: EngineDesk, peer: Address, account: str | None = "work") -> Card:
    return await its.service(CardService).card(ReadCard(peer, account))


@pytest.mark.parametrize("written", ["+84901234567", "0901234567", "0084901234567", "(090) 123-4567"])
async def test_calls_of_all_accounts_are_on_the_card_however_the_number_is_written(
    its: EngineDesk, written: str
) -> None:
    await had(its, ("work", ANN, 1000.0), ("home", Address(PHONE, "0901234567"), 3000.0))
    await had(its, ("gone", ANN, 2000.0), note="wants the invoice")
    await had(its, ("work", Address(PHONE, "+84901234568"), 4000.0))
    found = await card(its, Address(PHONE, written))
    assert (found.calls, found.last_at) == (3, 3000.0)
    assert [(one.account, one.note) for one in found.latest] == [
        ("home", None),
        ("gone", "wants the invoice"),
        ("work", None),
    ]
    assert (await card(its, Address(PHONE, written), None)).calls == 3


async def test_only_the_last_few_calls_are_on_the_card_and_all_are_counted(its: EngineDesk) -> None:
    forms = [ANN, Address(PHONE, "0901234567"), Address(PHONE, "0084901234567")]
    await had(its, *(("work", forms[at % 3], 1000.0 * at) for at in range(1, 31)))
    found = await card(its, ANN)
    assert found.calls == 30
    assert [one.started_at for one in found.latest] == [1000.0 * at for at in range(30, 30 - LATEST, -1)]


async def test_an_extension_is_somebody_else_at_another_account(its: EngineDesk) -> None:
    await had(its, ("work", Address(USER, "101"), 1000.0), ("work", Address(PHONE, "101"), 2000.0))
    await had(its, ("home", Address(USER, "101"), 3000.0))
    assert (await card(its, Address(PHONE, "101"))).calls == 2
    assert (await card(its, Address(USER, "101"), None)).calls == 3


async def test_who_it_is_comes_from_the_address_book_before_the_rosters(its: EngineDesk) -> None:
    book = its.parts.contacts
    mobile = ContactAddress(Address(PHONE, "0901234567"), "mobile")
    await book.take_roster("home", [Contact(0, "Ann at home", (mobile,))])
    await book.take_roster("work", [Contact(0, "Ann at work", (mobile,))])
    id = await book.add(
        Contact(0, "Ann", (mobile, ContactAddress(Address(PHONE, "0243000001"), "office")), True, "VIP")
    )
    found = (await card(its, ANN)).contacts
    assert [one.name for one in found] == ["Ann", "Ann at work", "Ann at home"]
    assert found[0] == await book.get(id)
    assert (await card(its, Address(PHONE, "+84901234568"))).contacts == ()


async def test_a_user_of_an_account_is_found_on_its_roster(its: EngineDesk) -> None:
    await its.parts.contacts.take_roster("work", [Contact(0, "Bob", (ContactAddress(Address(USER, "bob")),))])
    assert [one.name for one in (await card(its, Address(USER, "bob"))).contacts] == ["Bob"]
    assert [one.name for one in (await card(its, Address(USER, "bob"), None)).contacts] == ["Bob"]
    assert (await card(its, Address(USER, "bob"), "home")).contacts == ()


async def test_the_last_message_of_any_account_is_on_the_card_cut_short(its: EngineDesk) -> None:
    texts = Texts(its.parts.database)
    for account, text in (("work", "first"), ("home", "second" * 1000)):
        peer = Address(PHONE, "0901234567" if account == "home" else ANN.text)
        message = TextMessage(0, account, peer, text, True, 5.0, Status.RECEIVED)
        await texts.add([(message, whose(its.phone.state, account))])
    found = (await card(its, ANN)).text
    assert found is not None
    assert (found.account, found.text) == ("home", ("second" * 1000)[:LINE])


@pytest.mark.parametrize("word", ["anonymous", "Anonymous@anonymous.invalid", "withheld", "Restricted", ""])
async def test_callers_who_do_not_say_who_they_are_have_no_card_and_no_page(its: EngineDesk, word: str) -> None:
    nobody = Address(PHONE, word)
    await had(its, ("work", nobody, 1000.0))
    its.parts.preferences = replace(its.parts.preferences, crm=Crm("https://crm.example/?n={number}"))
    assert await card(its, nobody) == Card(withheld=True)
    assert await its.service(CardService).crm_page(ReadCrmPage(peer=nobody, account="work")) == CrmPage()


@pytest.mark.parametrize(
    ("peer", "number"),
    [
        (Address(PHONE, "0901234567"), "%2B84901234567"),
        (Address(PHONE, "0084 90 123-45-67"), "%2B84901234567"),
        (Address(USER, "101"), "101"),
        (Address(USER, "a&b=c/../?#%{account}\ud800\n"), "a%26b%3Dc%2F..%2F%3F%23%25%7Baccount%7D%3F"),
    ],
)
async def test_the_page_of_a_caller_has_the_number_encoded(its: EngineDesk, peer: Address, number: str) -> None:
    template = "https://crm.example/{account}/{direction}?n={number}&again={number}"
    its.parts.preferences = replace(its.parts.preferences, crm=Crm(template))
    page = await its.service(CardService).crm_page(ReadCrmPage(peer=peer, account="work"))
    assert page.url == f"https://crm.example/work/incoming?n={number}&again={number}"


@pytest.mark.parametrize("text", ["..", ".", "1" * 129])
async def test_what_could_lead_to_another_page_opens_none(its: EngineDesk, text: str) -> None:
    its.parts.preferences = replace(its.parts.preferences, crm=Crm("https://crm.example/{number}"))
    assert (await its.service(CardService).crm_page(ReadCrmPage(peer=Address(USER, text), account="work"))).url is None

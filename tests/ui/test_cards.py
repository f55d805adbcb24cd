"""The customer card: a few lines of it in the popup, all of it by a key there and on the In-call page."""

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HOSTILE, NOW, account, call, changed, record, state
from tests.ui.stage import Stage, opened
from tuiphone.control.cards import Card
from tuiphone.core.call import CallState
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress, RecordResult, TextMessage, TextStatus
from tuiphone.ui import card_text

pytestmark = pytest.mark.usefixtures("_hears_at_once")
CONTACT = Contact(
    1,
    "Nguyễn Văn An",
    (
        ContactAddress(Address(AddressKind.PHONE, AN.text), "mobile"),
        ContactAddress(Address(AddressKind.PHONE, "+842437000001"), "office"),
    ),
    favourite=True,
    note="Pays late\nCall before noon",
)
LATEST = (
    record(3, AN, 600, note="Wants the invoice"),
    record(2, AN, 90_000, incoming=True, account="home", result=RecordResult.MISSED),
    record(1, AN, 200_000, result=RecordResult.BUSY),
)
TEXT = TextMessage(1, "work", AN, "See you at nine", True, NOW - 60, TextStatus.RECEIVED)
KNOWN = {"contacts": (CONTACT,), "calls": 7, "last_at": NOW - 600, "latest": LATEST, "text": TEXT}
RINGS = state(call(CallState.INCOMING, AN, "in"))
TALKS = changed(RINGS, "in", state=CallState.ACTIVE, answered_at=NOW)


def phone_with(*states: object, **known: object) -> FakePhone:
    phone = FakePhone(*states)  # type: ignore[arg-type]
    phone.cards[AN.text] = {**KNOWN, **known}
    return phone


async def test_the_popup_has_a_few_lines_of_the_card_and_all_of_it_by_a_key() -> None:
    async with opened(phone_with(state())) as stage:
        await stage.tell(RINGS)
        for text in (
            "¶ Pays late Call before noon",
            "★ 7 earlier calls",
            "¶ Wants the invoice",
            "missed",
            "See you at",
        ):
            await stage.sees(text)
        assert "office" not in stage.text
        await stage.press("d")
        for text in ("A favourite, in the address book.", "office", "+84 24 3700 0001", " a  Answer"):
            await stage.sees(text)
        await stage.press("end", "pagedown", "pagedown")
        await stage.sees("See you at nine")
        await stage.press("d")
        await stage.until(lambda: "office" not in stage.text)
        await stage.press("d", "a")
        await stage.hears("answer", "in", False)


@pytest.mark.parametrize("size", [(30, 10), (60, 24), (80, 24)])
async def test_the_keys_of_the_popup_are_to_be_seen_beside_the_card_in_every_size(size: tuple[int, int]) -> None:
    able = account(capabilities=EVERYTHING | Capability.FORWARD)
    phone = phone_with(state(accounts=(able,)))
    async with opened(phone, size=size) as stage:
        rings = call(CallState.INCOMING, AN, "in", video=True)
        await stage.tell(state(call(), rings, call(CallState.INCOMING, AN, "more"), accounts=(able,)))
        await stage.until(lambda: stage.app.cards.known(rings.id))
        for _ in range(2):
            for text in (" a  Answer", " v  With", " r  Reject", " i  Silence", " f  Forward", "Video call"):
                await stage.sees(text)
            await stage.press("d")


async def test_a_card_that_never_comes_keeps_nobody_waiting() -> None:
    phone = phone_with(state())
    phone.waits_for.add("card")
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.hears("card", AN.text, "work")
        assert "earlier" not in stage.text
        await stage.press("d", "a")
        await stage.hears("answer", "in", False)
        phone.slow.set()
        await stage.sees("7 earlier calls")


async def test_callers_who_do_not_say_who_they_are_have_no_card() -> None:
    nobody = Address(AddressKind.PHONE, "anonymous")
    phone = FakePhone(state())
    phone.cards["anonymous"] = {"withheld": True}
    async with opened(phone) as stage:
        await stage.tell(state(call(CallState.INCOMING, nobody, "in")))
        await stage.hears("card", "anonymous", "work")
        await stage.settle()
        assert "The first call" not in stage.text
        assert "all of it" not in stage.text


async def _card_is_shown(stage: Stage) -> None:
    for text in ("Who they are", "A favourite, in the address book.", "Pays late", "office"):
        await stage.sees(text)


async def test_a_large_in_call_page_shows_the_whole_card_until_its_key_puts_it_away() -> None:
    async with opened(phone_with(TALKS), size=(120, 40)) as stage:
        await _card_is_shown(stage)
        for text in ("Sound", "Wants the invoice", "home", "busy", "See you at nine"):
            await stage.sees(text)
        await stage.press("d")
        await stage.until(lambda: "office" not in stage.text)
        await stage.press("d")
        await _card_is_shown(stage)


async def test_on_a_small_in_call_page_the_card_takes_the_place_of_the_rest_while_its_key_says_so() -> None:
    async with opened(phone_with(TALKS)) as stage:
        await stage.until(lambda: stage.page == "call")
        assert "Who they are" not in stage.text
        assert stage.phone.told("card") == []
        await stage.press("d")
        await _card_is_shown(stage)
        assert "Sound" not in stage.text
        await stage.press("n")
        await stage.type("paid")
        await stage.press("enter")
        await stage.hears("note", "in", "paid")
        await stage.tell(changed(TALKS, "in", note="paid"))
        await stage.press("pagedown")
        await stage.sees("¶ paid")
        for key in ("escape", "d"):
            await stage.press(key)
        await _card_is_shown(stage)
        await stage.press("k")
        await stage.sees("Keypad")
        await stage.press("d")
        await _card_is_shown(stage)
        await stage.press("d")
        await stage.until(lambda: "Who they are" not in stage.text)


def test_whatever_is_on_a_card_is_text_and_keeps_to_its_width() -> None:
    bad = f"{HOSTILE}\n\u202e{'佐' * 500}\u0000"
    contact = Contact(1, bad, (ContactAddress(Address(AddressKind.USER, bad), bad, bad),), True, bad * 50, account=bad)
    calls = tuple(record(n, Address(AddressKind.USER, bad, bad), n * 1e6, note=bad, account=bad) for n in range(1, 9))
    text = TextMessage(1, "work", AN, bad, True, NOW, TextStatus.RECEIVED)
    card = Card(contacts=(contact, contact), calls=10**9, last_at=0.0, latest=calls, text=text)
    for width in (12, 24, 38, 56, 76, 114):
        for shown in (
            card_text.short(card, NOW, width),
            card_text.who(card, AN, "VN", width),
            card_text.calls(card, NOW, width, note=bad),
        ):
            assert "\x1b" not in shown.plain
            assert "\u202e" not in shown.plain
            assert shown.plain.count("\n") < 60
            # A call has columns that do not shrink; narrower places cut them off.
            assert all(line.cell_length <= max(width, 37) for line in shown.split("\n"))

"""The Dial page: what is typed is called, or refused with a sentence."""

from dataclasses import replace

import pytest
from textual.events import Key, Paste

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import (
    ACCOUNTS,
    AN,
    EVERYTHING,
    HELP_DESK,
    HOSTILE,
    NOW,
    OLGA,
    RECORDS,
    account,
    call,
    record,
    state,
)
from tests.ui.stage import Stage, opened
from tuiphone.control.history import Suggestion
from tuiphone.core.call import CallState
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.state import Sound
from tuiphone.ui import numbers
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.keypad import Keypad
from tuiphone.ui.widgets.people_list import PeopleList
from tuiphone.ui.widgets.picker import Picker


def field(stage: Stage) -> Field:
    return stage.app.query_one("#number", Field)


async def test_enter_calls_what_is_typed_from_the_first_registered_account() -> None:
    phone = FakePhone(state(accounts=(ACCOUNTS[1], ACCOUNTS[2])))
    async with opened(phone) as stage:
        await stage.type("0900000001")
        await stage.press("enter")
        await stage.hears("dial", "0900000001", "work", False, None)


async def test_the_in_call_page_opens_as_soon_as_the_call_exists_and_the_field_is_free_again() -> None:
    phone = FakePhone(state())
    phone.waits_for.add("dial")
    async with opened(phone) as stage:
        await stage.type("100")
        await stage.press("enter")
        await stage.sees("calling…")
        await stage.tell(state(call(CallState.DIALING, OLGA, "new")))
        assert stage.page == "call"
        phone.slow.set()
        await stage.until(lambda: field(stage).value == "")


async def test_whoever_goes_to_another_page_while_it_is_dialled_stays_there() -> None:
    other = call(CallState.HELD)
    phone = FakePhone(state(other))
    phone.waits_for.add("dial")
    async with opened(phone) as stage:
        await stage.press("f2", *"100", "enter", "f4")
        await stage.hears("dial", "100", "work", False, None)
        await stage.tell(state(other, call(CallState.DIALING, OLGA, "new")))
        await stage.sees("2›")
        assert stage.page == "history"
        await stage.press("f2")
        phone.slow.set()
        await stage.until(lambda: field(stage).value == "")
        await stage.settle()
        assert stage.page == "dial", "the engine's reply is no reason either"
        await stage.press("alt+x")
        await stage.hears("hangup", "new")


async def test_alt_v_makes_a_video_call_where_the_account_has_video() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.type("100")
        await stage.sees("alt+v video call")
        await stage.press("alt+v")
        await stage.hears("dial", "100", "work", True, None)


async def test_video_is_not_offered_where_the_account_has_none() -> None:
    phone = FakePhone(state(accounts=(account(capabilities=EVERYTHING & ~Capability.VIDEO),)))
    async with opened(phone) as stage:
        await stage.type("100")
        assert "video call" not in stage.text
        await stage.press("alt+v")
        assert phone.told("dial") == []


async def test_letters_with_alt_are_the_phones_and_do_not_go_into_the_field() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f2")
        await stage.type("ab")
        # As a terminal's driver reports it: with the letter as its character, which a pilot leaves out.
        stage.app.post_message(Key("alt+m", "m"))
        await stage.hears("mute", "c1", True)
        await stage.settle()
        assert field(stage).value == "ab"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Nothing to call: type a number or a name first."),
        ("+84900abc", "+84900abc is not a telephone number"),
        ("two words", "two words has a space in it"),
    ],
)
async def test_what_cannot_be_called_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.type(typed)
        await stage.press("enter")
        await stage.sees(sentence)
        assert phone.told("dial") == []


async def test_a_megabyte_pasted_is_refused_at_once_and_the_field_stays_as_it_was() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.type("12")
        stage.app.post_message(Paste("5" * 1_000_000))
        await stage.sees("That is 1,000,000 characters long; a number or a name has at most 128.")
        assert field(stage).value == "12"


async def test_a_pasted_tel_link_is_called() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        stage.app.post_message(Paste("tel:+84-900-000-001;ext=5"))
        await stage.sees("calls +84 900 000 001")
        await stage.press("enter")
        await stage.hears("dial", "tel:+84-900-000-001;ext=5", "work", False, None)


async def test_a_number_is_shown_as_the_accounts_country_writes_it() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.type("0900000001")
        await stage.sees("calls 0900 000 001")


async def test_suggestions_come_while_one_types_and_enter_calls_the_chosen_one_from_its_account() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS))
    phone.suggestions = (Suggestion(AN, "work", 7, NOW - 600), Suggestion(OLGA, "home", 2, NOW - 9000))
    async with opened(phone) as stage:
        await stage.type("n")
        await stage.sees("Nguyễn Văn An")
        await stage.press("down", "down", "enter")
        await stage.hears("dial", "100", "home", False, None)


async def test_typing_fast_asks_for_suggestions_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.ui.app.SUGGEST_SECONDS", 1.0)
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.pilot.press(*"nguyen")
        await stage.hears("suggest", "nguyen")
        assert phone.told("suggest") == [("nguyen",)]


async def test_up_recalls_the_last_numbers_called_and_down_comes_back() -> None:
    async with opened(FakePhone(state(), records=RECORDS)) as stage:
        await stage.press("up")
        assert field(stage).value == "+84900000001"
        await stage.press("up")
        assert field(stage).value == "+842473000999"
        await stage.press("down")
        assert field(stage).value == "+84900000001"


async def test_the_last_five_calls_are_listed_and_enter_redials() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone) as stage:
        await stage.sees("Help desk")
        assert stage.app.query_one(PeopleList).count == 5
        await stage.press("down", "down", "down", "enter")
        await stage.hears("dial", "+842473000999", "work", False, None)


async def test_a_call_that_ends_while_the_page_is_open_is_listed() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.sees("No calls yet")
        phone.records = RECORDS
        await stage.tell(state(lists=(("history", 1),)))
        await stage.sees("Last calls")


async def test_up_on_the_first_call_leads_back_to_the_field() -> None:
    async with opened(FakePhone(state(), records=RECORDS)) as stage:
        await stage.press("down", "up")
        assert field(stage).has_focus


async def test_a_double_click_on_a_call_redials_and_a_single_one_does_not() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.sees("Help desk")
        await stage.pilot.click("#people", offset=(6, 2))
        await stage.settle()
        assert phone.told("dial") == []
        await stage.pilot.click("#people", offset=(6, 2), times=2)
        await stage.hears("dial", "+842473000999", "work", False, None)


async def test_the_keypad_types_when_it_is_clicked() -> None:
    async with opened(FakePhone(state())) as stage:
        for offset in ((1, 0), (10, 3), (19, 10)):
            await stage.pilot.click(Keypad, offset=offset)
        await stage.settle()
        assert field(stage).value == "15#"


async def test_another_account_can_be_picked_and_is_remembered() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS))
    async with opened(phone) as stage:
        await stage.press("tab", "tab") if not stage.app.query_one("#from", Picker).has_focus else None
        stage.app.query_one("#from", Picker).focus()
        await stage.press("enter")
        await stage.sees("Call from")
        await stage.press("end", "enter")
        await stage.sees("● work·oncaller")
        await stage.tell(replace(phone.state, missed=1))
        await stage.type("100")  # the number follows without another key
        await stage.press("enter")
        await stage.hears("dial", "100", "work", False, None)


async def test_which_number_to_call_from_is_asked_only_where_there_are_several() -> None:
    one, two = account("one"), account("two", numbers=("+842473000001", "+842473000002"))
    phone = FakePhone(state(accounts=(one, two)))
    async with opened(phone, size=(100, 24)) as stage:
        assert not stage.app.query_one("#caller").display
        stage.app.query_one("#from", Picker).focus()
        await stage.press("right")
        assert stage.app.query_one("#caller").display
        stage.app.query_one("#caller", Picker).focus()
        await stage.press("right")
        field(stage).focus()
        await stage.type("100")
        await stage.press("enter")
        await stage.hears("dial", "100", "two", False, "+842473000002")


async def test_without_an_account_the_page_says_how_to_get_one() -> None:
    async with opened(FakePhone(state(accounts=()))) as stage:
        await stage.sees("tuiphone demo")
        await stage.sees("To add yours: f7, then a.")
        await stage.type("100")
        await stage.press("enter")
        await stage.sees("There is no account to call from")


async def test_the_welcome_line_of_the_settings_is_shown_as_text() -> None:
    async with opened(FakePhone(state()), welcome="[b]Good morning[/b]") as stage:
        await stage.sees("[b]Good morning[/b]")


async def test_a_missing_sound_card_is_said_in_words() -> None:
    async with opened(FakePhone(state(sound=Sound(None, None, "No sound card: calls are silent.")))) as stage:
        await stage.sees("No sound card: calls are silent.")


async def test_a_call_the_engine_refuses_is_told_and_what_was_typed_stays() -> None:
    phone = FakePhone(state())
    phone.refusals["dial"] = ConnectionLost("work is reconnecting; try again in a moment.")
    async with opened(phone) as stage:
        await stage.type("100")
        await stage.press("enter")
        await stage.until(lambda: stage.toasts == ["work is reconnecting; try again in a moment."])
        assert field(stage).value == "100"
        assert stage.page == "dial"
        assert "calling…" not in stage.text


async def test_a_hostile_name_in_the_last_calls_is_text() -> None:
    caller = Address(AddressKind.USER, "mallory", HOSTILE)
    async with opened(FakePhone(state(), records=(record(1, caller),))) as stage:
        await stage.sees("[red]␛[2J")


async def test_a_call_made_by_another_screen_does_not_take_this_one_over() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.tell(state(call(CallState.DIALING, HELP_DESK)))
        assert stage.page == "dial"
        await stage.sees("Help desk")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("84900000486", "0900 000 486"),
        ("+84900000486", "+84 900 000 486"),
        ("84000387212", "84000387212"),
        ("+84000387212", "+84000387212"),
        ("113", "113"),
        ("echo", "echo"),
    ],
)
def test_a_number_of_no_plan_is_shown_as_it_came(number: str, shown: str) -> None:
    numbers.load()
    assert numbers.pretty(number, "VN") == shown

"""The History page: pages fetched as one scrolls, a filter, calling back, playing."""

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, HOSTILE, NOW, RECORDS, call, changed, record, state
from tests.ui.stage import opened
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, RecordResult
from tuiphone.ui.screens.history import Filter, filter_from_text
from tuiphone.ui.widgets.history_table import HistoryTable

MANY = tuple(record(id, Address(AddressKind.USER, f"user{id}"), (1000 - id) * 60) for id in range(1000, 0, -1))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", Filter()),
        ("an missed", Filter("an", missed=True)),
        ("account:work 0900 123", Filter("0900 123", account="work")),
        ('account:"my work" MISSED', Filter("", missed=True, account="my work")),
        ('an open "quotation', Filter('an open "quotation')),
        ("account:", Filter("account:")),
    ],
)
def test_the_filter_line_is_read(typed: str, wanted: Filter) -> None:
    assert filter_from_text(typed) == wanted


async def test_a_record_shows_who_when_how_long_and_what_became_of_it() -> None:
    async with opened(FakePhone(state(accounts=ACCOUNTS), records=RECORDS), size=(120, 30)) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        lines = stage.text.splitlines()
        line = next(line for line in lines if "Help desk" in line)
        assert line.split() == ["↗", "Help", "desk", "+84", "24", "7300", "0999", "work", "11:32", "01:23", "answered"]
        assert any("Ольга Петрова" in line and "missed" in line for line in lines)
        assert any("13:52" in line and "●" in line for line in lines)


async def test_enter_calls_back_from_the_same_account() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        await stage.press("down", "down", "down", "enter")
        await stage.hears("dial", "sato", "home", False, None)


async def test_pages_are_fetched_as_one_scrolls_and_only_then() -> None:
    phone = FakePhone(state(), records=MANY)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("1,000 calls")
        table = stage.app.query_one(HistoryTable)
        assert table.count == 200
        await stage.press("end")
        await stage.until(lambda: table.count == 400)
        while not table.has_all:
            before = table.count
            await stage.press("end")
            await stage.until(lambda before=before: table.count > before or table.has_all)  # type: ignore[misc]
        await stage.press("end")
        await stage.sees("user1 ")
        assert [one.id for one in table.records] == [one.id for one in MANY]


async def test_the_filter_asks_once_typing_pauses_and_escape_clears_it() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4", "slash")
        await stage.type("missed")
        await stage.sees("1 call ")
        assert len(phone.told("history")) <= 4
        await stage.press("escape")
        await stage.sees("7 calls")


async def test_a_filter_that_matches_nothing_says_so() -> None:
    async with opened(FakePhone(state(), records=RECORDS)) as stage:
        await stage.press("f4", "slash")
        await stage.type("nobody")
        await stage.sees("No call matches the filter")


async def test_an_answer_to_an_earlier_filter_is_dropped() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        phone.waits_for.add("history")
        await stage.press("slash")
        await stage.type("missed")
        await stage.until(lambda: any(query.get("missed") for _, query in phone.told("history")))
        phone.waits_for.clear()
        await stage.press("ctrl+u")
        await stage.type("help")
        await stage.sees("1 call ")
        phone.slow.set()
        await stage.settle()
        await stage.sees("Help desk")
        assert "Ольга" not in stage.text


async def test_p_plays_the_recording_and_stops_it() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("p play")
        await stage.press("p")
        await stage.hears("play", 7)
        await stage.until(lambda: stage.app.query_one(HistoryTable).playing == 7)
        await stage.press("p")
        await stage.hears("stop_playing")
        assert stage.app.query_one(HistoryTable).playing is None


async def test_escape_stops_the_recording() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("p play")
        await stage.press("p")
        await stage.until(lambda: stage.app.query_one(HistoryTable).playing == 7)
        await stage.press("escape")
        await stage.hears("stop_playing")


async def test_a_call_without_a_recording_offers_no_playing() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("p play")
        await stage.press("down", "p")
        assert "p play" not in stage.text
        assert phone.told("play") == []


async def test_missed_calls_are_counted_in_the_footer_until_history_is_opened() -> None:
    phone = FakePhone(state(missed=2), records=RECORDS)
    async with opened(phone) as stage:
        await stage.sees("f4 history (2 missed)")
        await stage.press("f4")
        await stage.hears("see_missed")
        await stage.tell(state())
        assert "missed)" not in stage.text


async def test_a_call_that_ends_while_one_looks_joins_the_list() -> None:
    live = state(call())
    phone = FakePhone(live, records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        phone.records = (record(8), *RECORDS)
        await stage.tell(changed(live, "c1", state=CallState.ENDED, reason=EndReason.HUNG_UP, ended_at=NOW))
        await stage.sees("8 calls")


async def test_a_history_that_cannot_be_read_is_told() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        phone.refusals["history"] = StoreError("The history cannot be read: the disk is full.")
        await stage.press("f4")
        await stage.until(lambda: stage.toasts == ["The history cannot be read: the disk is full."])


async def test_a_hostile_name_is_text() -> None:
    caller = Address(AddressKind.USER, "m", HOSTILE)
    async with opened(FakePhone(state(), records=(record(1, caller, result=RecordResult.MISSED),))) as stage:
        await stage.press("f4")
        await stage.sees("[red]␛[2J")

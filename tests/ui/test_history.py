"""The History page: any line asked for as it comes into view, a filter, notes, calling back, playing, exporting."""

from dataclasses import replace

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, AN, HOSTILE, NOW, RECORDS, record, state
from tests.ui.stage import Stage, opened
from tuiphone.core.capability import Capability
from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, Download, Playback, RecordResult
from tuiphone.ui.screens import history
from tuiphone.ui.screens.dialogs import Confirm
from tuiphone.ui.widgets.history_table import MAX_PAGES, PAGE, HistoryTable

MANY = tuple(record(id, Address(AddressKind.USER, f"user{id}"), (5001 - id) * 60) for id in range(5000, 0, -1))


def table(stage: Stage) -> HistoryTable:
    return stage.app.query_one(HistoryTable)


@pytest.mark.parametrize("size", [(100, 28), (80, 16)])
async def test_the_note_of_a_recorded_call_is_seen_in_low_windows_too(size: tuple[int, int]) -> None:
    noted = (replace(RECORDS[0], note="Printer on floor 3.", recording="/home/somebody/" + "long/" * 40 + "call.ogg"),)
    async with opened(FakePhone(state(accounts=ACCOUNTS), records=noted), size=size) as stage:
        await stage.press("f4")
        await stage.sees("¶ Printer on floor 3.")


async def test_a_record_shows_who_when_how_long_and_what_became_of_it() -> None:
    noted = (replace(RECORDS[2], note="Printer on floor 3.", detail="Normal clearing"), *RECORDS)
    async with opened(FakePhone(state(accounts=ACCOUNTS), records=noted), size=(120, 40)) as stage:
        await stage.press("f4")
        await stage.sees("8 calls")
        lines = stage.text.splitlines()
        line = next(line for line in lines if "↗" in line and "Help desk" in line)
        assert " ".join(line.split()) == "↗ Help desk +84 24 7300 0999 work 11:32 01:23 ¶ answered"
        assert any("Ольга Петрова" in line and "missed" in line for line in lines)
        assert any("13:52" in line and "●" in line for line in lines)
        # What is known of the one under the cursor stands below.
        await stage.sees("Sat 21 Nov 2026 11:32:00–11:33:28, talked 01:23 after 5 s")
        await stage.sees("answered: Normal clearing")
        await stage.sees("¶ Printer on floor 3.")


async def test_enter_calls_back_from_the_same_account_and_from_any_when_that_is_gone() -> None:
    gone = record(8, AN, 60, account="sold")
    phone = FakePhone(state(accounts=ACCOUNTS), records=(gone, *RECORDS))
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("8 calls")
        await stage.press("down", "down", "down", "down", "enter")
        await stage.hears("dial", "sato", "home", False, None)
        await stage.press("f4", "home", "enter")
        await stage.hears("dial", AN.text, None, False, None)


async def test_any_line_is_one_key_away_and_only_a_few_pages_are_kept() -> None:
    phone = FakePhone(state(), records=MANY)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("5,000 calls")
        assert table(stage).count == 5000
        await stage.press("end")
        await stage.sees("user1 ")
        asked = [query["start"] for _, query in phone.told("history") if "start" in query]
        assert 4900 in asked
        assert len(asked) <= 4
        for line in range(4900, 2900, -100):
            table(stage).cursor = line
            await stage.until(lambda: table(stage).chosen is not None)
        assert len(table(stage).loaded) <= MAX_PAGES * PAGE
        assert table(stage).chosen == MANY[table(stage).cursor]


async def test_the_filter_asks_once_typing_pauses_and_escape_shows_the_found_call_among_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "DEBOUNCE_SECONDS", 1.0)
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4", "slash")
        await stage.type("missed")
        await stage.sees("1 call ")
        assert [text for text, _ in phone.told("history")] == ["", "", "missed"]
        await stage.press("escape")
        await stage.sees("7 calls")
        assert table(stage).chosen == RECORDS[1]


async def test_a_word_is_completed_with_tab_and_then_tab_goes_to_the_list() -> None:
    async with opened(FakePhone(state(accounts=ACCOUNTS), records=RECORDS)) as stage:
        await stage.press("f4", "slash")
        await stage.type("ans")
        await stage.sees("answered")
        await stage.press("tab", "space")
        await stage.type("account:h")
        await stage.press("tab")
        await stage.sees("answered account:home")
        await stage.sees("1 call ")
        await stage.press("tab")
        assert table(stage).has_focus


async def test_a_mistake_in_the_filter_is_a_sentence_and_the_rest_filters() -> None:
    async with opened(FakePhone(state(accounts=ACCOUNTS), records=RECORDS)) as stage:
        await stage.press("f4", "slash")
        await stage.type("missed from:someday")
        await stage.sees("from:someday is no day; write 2026-01-31, today, yesterday or -7d.")
        await stage.sees("1 call ")


async def test_a_filter_that_matches_nothing_says_so() -> None:
    async with opened(FakePhone(state(), records=RECORDS)) as stage:
        await stage.press("f4", "slash")
        await stage.type("nobody")
        await stage.sees("No call matches the filter")
        # The keys work on: down to the empty list, and back to all calls.
        await stage.press("enter", "n", "x", "d", "p", "end")
        await stage.press("escape")
        await stage.sees("7 calls")


async def test_an_answer_to_an_earlier_filter_is_dropped() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        phone.waits_for.add("history")
        await stage.press("slash")
        await stage.type("missed")
        await stage.until(lambda: any(text == "missed" for text, _ in phone.told("history")))
        phone.waits_for.clear()
        await stage.press("ctrl+u")
        await stage.type("help")
        await stage.sees("1 call ")
        phone.slow.set()
        await stage.settle()
        await stage.sees("Help desk")
        assert "Ольга" not in stage.text


async def test_p_plays_the_recording_and_stops_what_plays() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("p play")
        await stage.press("p")
        await stage.hears("play", 7)
        await stage.tell(state(accounts=ACCOUNTS, playback=Playback("/r/7.ogg", 83.0, 0.0, NOW)))
        await stage.sees("▶")
        await stage.press("p")
        await stage.hears("stop_playing")
        await stage.tell(state(accounts=ACCOUNTS))
        # A call without a recording offers none.
        await stage.press("down", "p")
        assert "p play" not in stage.text
        assert len(phone.told("play")) == 1


async def test_p_fetches_a_recording_of_the_vendor_tells_how_far_it_is_and_stops_that() -> None:
    linked = replace(RECORDS[2], recording=None, recording_url="https://example.com/a")
    phone = FakePhone(state(accounts=ACCOUNTS), records=(linked,))
    coming = Download(linked.id, "Help desk", 300_000, 1_200_000)
    async with opened(phone, size=(140, 30)) as stage:
        await stage.press("f4")
        await stage.sees("the vendor has a recording")
        await stage.press("p")
        await stage.hears("play", linked.id)
        said = "Fetching the recording of the call with Help desk; it plays when it is here. p stops it."
        await stage.until(lambda: said in stage.toasts)
        await stage.tell(state(accounts=ACCOUNTS, downloads=(coming,)))
        await stage.sees("fetching the recording: 0.3 of 1.2 MB")
        await stage.press("p")
        await stage.hears("stop_fetching", linked.id)
        failed = replace(coming, problem="The server has no recording of this call.")
        await stage.tell(state(accounts=ACCOUNTS, downloads=(failed,)))
        await stage.sees("the recording did not come: The server has no recording of this call. p tries again")
        await stage.press("p")
        await stage.hears("play", linked.id)
        assert len(phone.told("play")) == 2


async def test_p_is_offered_where_the_vendor_has_to_be_asked_for_a_recording() -> None:
    asks = replace(ACCOUNTS[0], account=replace(ACCOUNTS[0].account, capabilities=Capability.RECORDINGS))
    talked = replace(RECORDS[2], recording=None, account=asks.account.name)
    unheard = replace(talked, id=99, answered_at=None)
    async with opened(FakePhone(state(accounts=(asks,)), records=(talked, unheard))) as stage:
        await stage.press("f4")
        await stage.sees("p play")
        await stage.press("down")
        await stage.until(lambda: "p play" not in stage.text)


async def test_missed_calls_count_as_seen_once_the_list_was_on_the_screen() -> None:
    phone = FakePhone(state(missed=2), records=RECORDS)
    async with opened(phone) as stage:
        await stage.sees("f4 hist(2)")
        phone.waits_for.add("history")
        await stage.press("f4")
        assert phone.told("see_missed") == []
        phone.slow.set()
        await stage.hears("see_missed")
        await stage.tell(state())
        await stage.sees("f4 hist ")


async def test_what_is_new_joins_the_list_and_the_cursor_stays_on_its_call() -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        await stage.press("down", "down")
        phone.records = (record(8), *RECORDS)
        await stage.tell(state(lists=(("history", 1),)))
        await stage.sees("8 calls")
        assert table(stage).chosen == RECORDS[2]


async def test_at_the_end_of_the_list_the_servers_are_asked_for_older_calls() -> None:
    phone = FakePhone(state(), records=RECORDS)
    phone.has_older = True
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        assert phone.told("fetch_older") == []
        phone.waits_for.add("fetch_older")
        await stage.press("end")
        await stage.sees("fetching older…")
        phone.has_older = False
        phone.slow.set()
        await stage.until(lambda: "fetching older…" not in stage.text)
        await stage.press("up", "end")
        assert len(phone.told("fetch_older")) == 1


async def test_a_note_is_written_and_a_call_deleted_after_a_question() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("7 calls")
        await stage.press("n")
        await stage.type("Ring back")
        await stage.press("enter")
        await stage.hears("note_record", 7, "Ring back")
        await stage.press("d")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("n")
        assert phone.told("remove_record") == []
        await stage.press("d", "y")
        await stage.hears("remove_record", 7)


async def test_what_is_shown_is_exported_and_nothing_overwritten_unasked() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS), records=RECORDS)
    phone.taken.add("/tmp/missed.csv")
    async with opened(phone) as stage:
        await stage.press("f4", "slash")
        await stage.type("missed")
        await stage.sees("1 call ")
        await stage.press("down", "x")
        await stage.sees("calls-2026-11-21.csv")
        await stage.press("ctrl+u")
        await stage.type("/tmp/missed.txt")
        await stage.press("enter")
        await stage.sees("has to end with .csv or .json")
        await stage.press("backspace", "backspace", "backspace")
        await stage.type("csv")
        await stage.press("enter")
        await stage.hears("export_history", "/tmp/missed.csv", "missed", False)
        await stage.sees("is there already")
        await stage.press("y")
        await stage.hears("export_history", "/tmp/missed.csv", "missed", True)


async def test_what_the_network_said_is_text_and_a_history_that_cannot_be_read_is_told() -> None:
    caller = Address(AddressKind.USER, "m", HOSTILE)
    hostile = record(1, caller, result=RecordResult.MISSED, detail=HOSTILE, note=HOSTILE)
    phone = FakePhone(state(), records=(hostile,))
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("[red]␛[2J")
        await stage.sees("missed: [red]␛[2J")
        phone.refusals["history"] = StoreError("The history cannot be read: the disk is full.")
        await stage.press("f2", "f4")
        await stage.until(lambda: "The history cannot be read: the disk is full." in stage.toasts)

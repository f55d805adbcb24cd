"""The log page by keys: what happened, the wire as a ladder, a bug report."""

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.log_samples import ENTRIES, FRAMES, entry, frame
from tests.ui.samples import ACCOUNTS, account, state
from tests.ui.stage import Stage, opened
from tuiphone.control.logbook import ReportPart
from tuiphone.core.entry import Level
from tuiphone.core.errors import StoreError
from tuiphone.core.trace import Way
from tuiphone.ui.screens.reading import pretty
from tuiphone.ui.widgets.journal_view import LogFilter, filter_from_text
from tuiphone.ui.widgets.ladder import Ladder, pause
from tuiphone.ui.widgets.log_table import LogTable

MANY = tuple(entry(number, f"Event {number}.", ago=1000 - number) for number in range(1000, 0, -1))


def phone_with(entries: tuple[Any, ...] = ENTRIES, **more: Any) -> FakePhone:
    phone = FakePhone(state(accounts=ACCOUNTS, **more))
    phone.entries, phone.frames = entries, {"work": FRAMES}
    return phone


async def happens(stage: Stage, *fresh: Any) -> None:
    """Something new happened, and the phone says so."""
    stage.phone.entries = (*fresh, *stage.phone.entries)
    before = stage.phone.state
    await stage.tell(replace(before, lists=(("log", before.changes_of("log") + 1),)))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", LogFilter()),
        ("lost  it", LogFilter("lost it")),
        ("level:warning account:work lost", LogFilter("lost", "work", Level.WARNING)),
        ("LEVEL:Errors", LogFilter(level=Level.ERROR)),
        ("level:x account:", LogFilter("level:x account:")),
    ],
)
def test_the_filter_line_is_read(typed: str, found: LogFilter) -> None:
    assert filter_from_text(typed) == found
    assert filter_from_text(found.written()) == found


async def test_typing_filters_and_escape_shows_everything_again() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8")
        await stage.sees("9 entries")
        await stage.press("slash")
        await stage.type("refused")
        await stage.sees("1 entry")
        assert "Registered." not in stage.text
        await stage.press("escape")
        await stage.sees("9 entries")


async def test_keys_go_through_levels_and_accounts_and_the_line_shows_it() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "l")
        await stage.sees("3 entries")
        await stage.sees("level:warning")
        await stage.press("a", "a")
        await stage.sees("level:warning account:pbx")
        await stage.sees("2 entries")
        await stage.press("l")
        await stage.sees("level:error account:pbx")
        await stage.sees("1 entry")


async def test_enter_shows_the_whole_entry_with_its_traceback_and_copies_it() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "down", "down", "down", "enter")
        await stage.sees("ValueError: it broke")
        await stage.press("y")
        assert "ValueError: it broke" in stage.app.clipboard
        assert "The provider failed" in stage.app.clipboard
        await stage.press("escape", "y")
        assert stage.app.clipboard.startswith("2026-11-21 13:58:40, error, pbx")
        await stage.press("Y")
        assert stage.app.clipboard.count("\n") == len(ENTRIES) - 1


async def test_who_looks_at_the_top_sees_what_is_new_and_others_keep_their_place() -> None:
    async with opened(phone_with(MANY)) as stage:
        await stage.press("f8")
        await stage.sees("1,000 entries")
        await happens(stage, entry(1001, "Fresh one."))
        await stage.sees("Fresh one.")
        table = stage.app.query_one(LogTable)
        assert table.cursor == 0
        await stage.press("pagedown", "pagedown", "up")
        chosen, text = table.chosen, stage.text
        await happens(stage, *(entry(number, f"Burst {number}.") for number in range(1010, 1001, -1)))
        await stage.until(lambda: table.entries[0].id == 1010)
        await stage.settle()
        assert table.chosen == chosen
        # The last column is the scroll bar's.
        assert [line[:-3] for line in text.splitlines() if "Event" in line] == [
            line[:-3] for line in stage.text.splitlines() if "Event" in line
        ]


async def test_pages_come_as_one_scrolls_and_none_is_asked_for_twice() -> None:
    async with opened(phone_with(MANY)) as stage:
        await stage.press("f8")
        await stage.sees("1,000 entries")
        for _ in range(6):
            await stage.press("end")
        table = stage.app.query_one(LogTable)
        await stage.until(lambda: len(table.entries) == 1000)
        assert [each.id for each in table.entries] == list(range(1000, 0, -1))
        asked = [query["before"] for _, query in stage.phone.told("read_log")]
        assert len(asked) == len(set(asked)) + asked.count(None) - 1


async def test_the_wire_of_the_entrys_account_is_a_ladder_with_its_calls_told_apart() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "t")
        await stage.hears("read_trace", "work")
        await stage.sees("│ media offer ─")
        await stage.sees("─ call: ok │")
        assert "+27.8 s" in stage.text
        assert "ping ×24" in stage.text
        assert "[red]␛[2J" in stage.text
        ladder = stage.app.query_one(Ladder)
        assert ladder.cursor == len(FRAMES) - 1
        await stage.press("up", "f")
        await stage.sees("call A only, of 12")
        assert "486" not in stage.text
        await stage.press("escape")
        await stage.sees("486")
        await stage.press("escape")
        await stage.sees("9 entries")


async def test_a_frame_is_read_with_its_lines_and_copied() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "t")
        await stage.sees("media offer")
        await stage.press("home", *["down"] * 7, "enter")
        await stage.sees("a=ice-pwd:•••")
        await stage.press("y")
        assert "v=0" in stage.app.clipboard


async def test_the_ladder_follows_the_wire_while_its_end_is_looked_at() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "t")
        await stage.sees("12 frames")
        stage.phone.frames["work"] = (*FRAMES, frame(13, 59.0, Way.SENT, "log in again"))
        await stage.sees("log in again")
        ladder = stage.app.query_one(Ladder)
        assert ladder.cursor == 12
        await stage.press("home")
        stage.phone.frames["work"] = (*stage.phone.frames["work"], frame(14, 60.0, Way.RECEIVED, "and ok"))
        await stage.sees("14 frames")
        assert ladder.cursor == 0


async def test_a_trace_is_saved_where_the_person_says() -> None:
    async with opened(phone_with()) as stage:
        await stage.press("f8", "t")
        await stage.sees("12 frames")
        await stage.press("x", "ctrl+a", "ctrl+k")
        await stage.type("/tmp/t.json")
        await stage.press("enter")
        await stage.hears("save_trace", "work", "/tmp/t.json", None)
        await stage.until(lambda: any("1,234 bytes" in said for said in stage.toasts))


async def test_a_report_is_shown_before_it_is_written_and_can_be_left() -> None:
    phone = phone_with()
    phone.report = tuple(ReportPart(f"log/{number}.log", 1000 + number, "the log") for number in range(20))
    async with opened(phone) as stage:
        await stage.press("f8", "b", "enter")
        await stage.sees("log/3.log")
        assert phone.told("read_report") == [(True,)]
        await stage.press("escape")
        assert not phone.told("save_report")
        await stage.press("b", "down", "enter")
        await stage.sees("Names and numbers stay")
        await stage.press("ctrl+a", "ctrl+k")
        await stage.type("/no/such/folder/r.zip")
        await stage.press("enter")
        await stage.sees("There is no such folder.")
        await stage.press("ctrl+a", "ctrl+k")
        await stage.type("/tmp/does-not-exist-r.zip")
        await stage.press("enter")
        await stage.hears("save_report", "/tmp/does-not-exist-r.zip", False)


async def test_a_report_that_fails_is_told_of() -> None:
    phone = phone_with()
    phone.refusals["read_report"] = StoreError("The report could not be put together.")
    async with opened(phone) as stage:
        await stage.press("f8", "b", "enter")
        await stage.until(lambda: any("could not be put together" in said for said in stage.toasts))


async def test_an_empty_log_and_a_silent_wire_say_so() -> None:
    phone = FakePhone(state(accounts=(account("solo"),)))
    async with opened(phone, size=(40, 12)) as stage:
        await stage.press("f8")
        await stage.sees("Nothing has happened yet.")
        await stage.press("escape")
        await stage.press("up")
        phone.entries = (entry(1, "Registered.", account="solo"),)
        await happens(stage)
        await stage.sees("Registered.")
        await stage.press("escape", "t")
        await stage.sees("Nothing went over this wire yet")


def test_json_is_laid_out_for_reading_and_anything_else_left_alone() -> None:
    assert pretty('{"a":{"b":[1,"x\\ny"]},"c":[]}') == "a:\n  b:\n    - 1\n    -\n      x\n      y\nc: []"
    assert pretty("INVITE sip:x\r\nTo: y") == "INVITE sip:x\r\nTo: y"
    assert pretty('{"cut": "in the mi') == '{"cut": "in the mi'


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0.0004, "+0 ms"),
        (-1.0, "+0 ms"),
        (0.25, "+250 ms"),
        (3.04, "+3.0 s"),
        (600, "+10 min"),
        (9000, "+2 h"),
    ],
)
def test_a_pause_is_said_shortly(seconds: float | None, said: str) -> None:
    assert pause(seconds) == said

"""The operator's desk: who waits, who rings where, who was missed; and the keys for each."""

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HOSTILE, NOW, OLGA, RECORDS, account, call, state
from tests.ui.stage import Stage, opened
from tuiphone.core.call import CallId, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState, Line, LineState
from tuiphone.core.state import AccountState
from tuiphone.ui import board
from tuiphone.ui.widgets.desk_board import DeskBoard

WAITING, RINGING, MISSED = DeskState
CAROL = Address(AddressKind.PHONE, "102", "Carol")
STRANGER = Address(AddressKind.PHONE, "+84900000099")
WAITS = DeskCall("w1", AN, WAITING, NOW - 42, line="sales")
RINGS = DeskCall("r1", OLGA, RINGING, NOW - 5, CAROL)
LOST = DeskCall("m1", STRANGER, MISSED, NOW - 3600, CAROL)
LOST_AGAIN = DeskCall("m2", STRANGER, MISSED, NOW - 1800, CAROL)
OPERATOR = EVERYTHING | Capability.REDIRECT | Capability.FORWARD


def pbx(*calls: DeskCall, redirect_to: str | None = None, name: str = "pbx", **more: Any) -> AccountState:
    known = account(name, provider="pz", capabilities=OPERATOR, desk=calls, **more)
    return replace(known, account=replace(known.account, redirect_to=redirect_to))


def phone_with(*calls: DeskCall, **more: Any) -> FakePhone:
    return FakePhone(state(accounts=(pbx(*calls, **more),)), records=RECORDS)


def rows_of(stage: Stage) -> list[str]:
    return [" ".join(row.split()) for row in stage.text.splitlines()]


async def test_the_desk_says_who_waits_how_long_who_rings_where_and_who_was_missed_how_often() -> None:
    now = [NOW]
    hostile = Address(AddressKind.USER, "x", HOSTILE)
    calls = (LOST, RINGS, WAITS, LOST_AGAIN, DeskCall("h", hostile, MISSED, NOW - 90000, hostile, HOSTILE))
    async with opened(phone_with(*calls), size=(120, 40), now=lambda: now[0]) as stage:
        await stage.sees("pbx·pz ◐ 1 ↙ 2")
        await stage.sees("desk (1 waiting)")
        await stage.press("f10")
        await stage.sees("Desk: 1 waiting, 1 ringing, 2 missed")
        await stage.hears("watch_desk")
        now[0] = NOW + 3
        stage.app._main._tick()
        await stage.sees("00:45")
        shown = rows_of(stage)
        first = next(at for at, row in enumerate(shown) if row.startswith("◐ waiting"))
        assert shown[first : first + 4] == [
            "◐ waiting Nguyễn Văn An +84 900 000 001 00:45, line sales pbx",
            "◎ ringing Ольга Петрова 100 00:08 at 102 Carol pbx",
            "↙ missed +84900000099 13:32 at 102 Carol, 2 times pbx",
            "↙ missed [red]␛[2J x yesterday 13:02 at x [red]␛[2J, line [red]␛[2J pbx",
        ]


async def test_a_call_is_taken_sent_on_at_once_or_where_one_says(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = phone_with(WAITS, RINGS, LOST, redirect_to="104")
    async with opened(phone) as stage:
        await stage.press("alt+b")
        await stage.sees("enter take")
        await stage.press("enter")
        await stage.hears("take_desk_call", "w1", "pbx")
        await stage.sees("Nguyễn Văn An is put through to you.")
        stage.app.clear_notifications()
        await stage.sees("e to 104")
        await stage.press("down", "e")
        await stage.hears("redirect_desk_call", "r1", "104", "pbx")
        await stage.press("f")
        await stage.sees("Send Ольга Петрова to")
        await stage.type("105")
        await stage.press("enter")
        await stage.hears("redirect_desk_call", "r1", "105", "pbx")
        await stage.press("d")
        assert not phone.told("desk_call_done"), "only missed ones can be done with"
        await stage.press("down")
        stage.app.clear_notifications()  # they lie over the keys
        await stage.sees("enter call back")
        assert "e to 104" not in stage.text
        await stage.press("d")
        await stage.hears("desk_call_done", "m1", "pbx")
        await stage.press("enter")
        await stage.hears("call_desk_back", "m1", "pbx")


async def test_the_cursor_stays_on_its_call_once_it_is_moved_and_on_the_first_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone = phone_with(LOST)
    second = DeskCall("w2", OLGA, WAITING, NOW - 1)
    async with opened(phone) as stage:
        await stage.press("f10")
        await stage.sees("enter call back")
        monkeypatch.setattr("tuiphone.ui.widgets.line_list.SLIP_SECONDS", 600.0)
        await stage.tell(state(accounts=(pbx(second, LOST),)))
        await stage.sees("enter take")
        await stage.press("enter")
        await stage.sees("The desk has just changed; press the key again.")
        assert not phone.told("take_desk_call"), "the key was on its way for the other line"
        monkeypatch.setattr("tuiphone.ui.widgets.line_list.SLIP_SECONDS", 0.0)
        await stage.press("down")
        await stage.sees("enter call back")
        await stage.tell(state(accounts=(pbx(WAITS, second, LOST),)))
        await stage.press("d")
        await stage.hears("desk_call_done", "m1", "pbx")
        await stage.tell(state(accounts=(pbx(second, WAITS),)))
        await stage.sees("enter take")
        await stage.tell(state(accounts=(pbx(),)))
        await stage.sees("Nobody waits, and nobody was missed.")
        assert "desk (" not in stage.text


async def test_a_key_for_a_call_that_went_away_meanwhile_does_nothing() -> None:
    phone = phone_with(WAITS, RINGS, LOST)
    async with opened(phone) as stage:
        await stage.press("f10", "down", "down")
        desk = stage.app._main.query_one(DeskBoard)
        # What was pressed lies in the queue of messages when the desk becomes shorter.
        desk.action_choose()
        await stage.tell(state(accounts=(pbx(WAITS),)))
        await stage.sees("Desk: 1 waiting")
        assert not phone.told("call_desk_back")
        assert not phone.told("take_desk_call")


async def test_a_colleague_who_was_quicker_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.ui.widgets.line_list.SLIP_SECONDS", 600.0)
    phone = FakePhone(state(accounts=(pbx(lines=(Line(CAROL, LineState.RINGING, OLGA, True),)),)))
    async with opened(phone) as stage:
        await stage.press("f10")
        await stage.sees("enter pick up")
        await stage.tell(state(accounts=(pbx(lines=(Line(CAROL, LineState.BUSY, OLGA),)),)))
        await stage.press("enter")
        await stage.sees("The line has just changed; press the key again.")
        assert not phone.told("dial")
        monkeypatch.setattr("tuiphone.ui.widgets.line_list.SLIP_SECONDS", 0.0)
        await stage.press("enter")
        await stage.hears("dial", "102", "pbx", False, None)


async def test_who_waits_is_taken_by_one_key_from_any_page() -> None:
    phone = FakePhone(state(accounts=(pbx(WAITS, RINGS),)))
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("alt+g take Nguyễn Văn An")
        await stage.press("alt+g")
        await stage.hears("take_desk_call", "w1", "pbx")
        line = Line(CAROL, LineState.RINGING, OLGA, incoming=True)
        await stage.tell(state(accounts=(pbx(WAITS, lines=(line,)),)))
        await stage.press("alt+g")
        await stage.sees("Nguyễn Văn An  waits 00:42, line sales")
        await stage.press("down", "enter")
        await stage.hears("pickup", "102", "pbx")


@pytest.mark.parametrize("key", ["enter", "alt+g"])
async def test_a_call_that_was_taken_is_the_one_that_keys_mean_once_it_is_answered(key: str) -> None:
    other = call(CallState.ACTIVE, OLGA, "c1")
    accounts = (pbx(WAITS), account("work"))
    async with opened(FakePhone(state(other, accounts=accounts))) as stage:
        await stage.press("f9", "f10", key)
        await stage.hears("take_desk_call", "w1", "pbx")
        rings = call(CallState.INCOMING, AN, "s1", control=CallId("pbx", "other-name"))
        await stage.tell(state(other, rings, accounts=accounts))
        held = replace(other, state=CallState.HELD)
        await stage.tell(state(held, replace(rings, state=CallState.ACTIVE, answered_at=NOW), accounts=accounts))
        await stage.until(lambda: stage.page == "call")
        assert stage.toasts == ["Nguyễn Văn An is put through to you."]
        await stage.press("alt+x")
        await stage.hears("hangup", "s1")


async def test_a_call_that_was_taken_and_then_missed_is_told_of_and_so_is_one_of_another_caller() -> None:
    accounts = (pbx(WAITS),)
    ours = call(CallState.INCOMING, AN, "w1", account="pbx")
    another = call(CallState.INCOMING, OLGA, "in", account="pbx")
    async with opened(FakePhone(state(accounts=accounts))) as stage:
        await stage.press("f10", "enter")
        await stage.hears("take_desk_call", "w1", "pbx")
        await stage.until(lambda: stage.toasts)
        stage.app.clear_notifications()
        await stage.tell(state(ours, another, accounts=accounts))
        over = replace(ours, state=CallState.ENDED, reason=EndReason.MISSED, ended_at=NOW)
        answered = replace(another, state=CallState.ACTIVE, answered_at=NOW)
        await stage.tell(state(over, answered, accounts=accounts))
        missed = "You missed a call from Nguyễn Văn An."
        await stage.until(lambda: stage.toasts == [missed, "Ольга Петрова: answered on another screen."])
        assert stage.page == "desk"


async def test_two_clicks_take_a_call_and_one_moves_the_cursor() -> None:
    phone = phone_with(WAITS, RINGS, LOST)
    async with opened(phone) as stage:
        await stage.press("f10")
        await stage.sees("enter take")
        await stage.pilot.click("#desk-board", offset=(5, 2))
        await stage.sees("enter call back")
        await stage.pilot.click("#desk-board", offset=(5, 1), times=2)
        await stage.hears("take_desk_call", "r1", "pbx")
        assert len(phone.told("take_desk_call")) == 1


async def test_a_refusal_is_told_and_who_talks_with_whom_is_below() -> None:
    line = Line(CAROL, LineState.BUSY, OLGA)
    phone = phone_with(WAITS, lines=(line,))
    phone.refusals["take_desk_call"] = NotPossible("Somebody else was faster.")
    async with opened(phone) as stage:
        await stage.press("f10")
        await stage.sees("busy with Ольга Петрова")
        await stage.press("enter")
        await stage.sees("Somebody else was faster.")
        await stage.press("down", "enter")
        await stage.hears("dial", "102", "pbx", False, None)


async def test_without_a_group_there_is_no_desk() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.press("f10")
        await stage.settle()
        assert stage.page == "dial"
        assert "desk" not in stage.text


async def test_of_a_vendor_that_only_tells_nothing_is_offered_that_it_cannot_do() -> None:
    known = account("pbx", provider="v24", desk=(replace(WAITS, ref="w"), LOST))
    phone = FakePhone(state(accounts=(replace(known, account=replace(known.account, redirect_to="105")),)))
    async with opened(phone) as stage:
        await stage.press("f10")
        await stage.sees("Desk: 1 waiting, 1 missed")
        for offered in ("enter", "e to 105", "send on"):
            assert offered not in stage.text
        await stage.press("enter", "e", "f")
        assert len(stage.app.screen_stack) == 1
        assert phone.told("take_desk_call") == phone.told("redirect_desk_call") == []


@pytest.mark.usefixtures("_hears_at_once")
async def test_a_ringing_call_is_sent_on_by_one_key_where_the_account_says_where_to() -> None:
    rings = call(CallState.INCOMING, OLGA, "c1", account="pbx", video=True)
    phone = FakePhone(state(rings, accounts=(pbx(redirect_to="reception 105 upstairs"),)))
    async with opened(phone) as stage:
        await stage.sees("e  To reception 1")
        for there in ("a  Answer", "v  With video", "r  Reject", "f  Forward", "i  Silence"):
            assert there in stage.text
        await stage.press("e")
        await stage.hears("forward", "c1", "reception 105 upstairs")
        await stage.tell(state(rings, accounts=(pbx(),)))
        await stage.until(lambda: "e  To" not in stage.text)
        await stage.press("e")
        assert len(phone.told("forward")) == 1


@pytest.mark.usefixtures("_hears_at_once")
async def test_an_account_that_cannot_forward_has_no_such_key_and_elsewhere_it_goes_with_alt() -> None:
    rings = call(CallState.INCOMING, OLGA, "c1", account="pbx")
    able = pbx(redirect_to="105")
    unable = replace(able, account=replace(able.account, capabilities=EVERYTHING))
    phone = FakePhone(state(rings, accounts=(unable,)))
    async with opened(phone) as stage:
        await stage.sees("i  Silence")
        assert "To 105" not in stage.text
        await stage.tell(state(rings, accounts=(able,)))
        await stage.sees("e  To 105")
        await stage.press("i", "alt+e")
        await stage.hears("forward", "c1", "105")


def test_the_mark_of_an_account_counts_numbers_that_were_missed_not_calls() -> None:
    assert board.mark(pbx()) == ""
    assert board.mark(pbx(LOST, LOST_AGAIN)) == " ↙ 1"
    assert board.mark(pbx(LOST, WAITS, RINGS)) == " ◐ 1 ↙ 1"
    assert board.mark(pbx(LOST, WAITS, RINGS), short=True) == " ◐ 1"


async def test_who_waits_long_is_told_of_once_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [NOW]
    just_came = replace(WAITS, since=NOW)
    phone = phone_with(just_came, RINGS, LOST)
    async with opened(phone, now=lambda: now[0]) as stage:
        attention = stage.app.attention
        asked: list[str] = []
        monkeypatch.setattr(attention, "_ask", lambda what, head, body, call: asked.append(f"{head} {body}"))
        attention.tell_of_waiting()
        assert asked == []
        now[0] = NOW + 10
        attention.tell_of_waiting()
        attention.tell_of_waiting()
        assert asked == ["Nguyễn Văn An waits at pbx, and nobody takes the call"]
        many = (replace(WAITS, ref=f"x{number}") for number in range(200))
        await stage.tell(state(accounts=(pbx(*many),)))
        attention.tell_of_waiting()
        assert asked.pop() == "200 calls wait and nobody takes them"
        await stage.tell(
            state(
                accounts=(
                    pbx(
                        replace(WAITS, ref="w2"),
                    ),
                ),
                do_not_disturb=NOW + 999,
            )
        )
        attention.tell_of_waiting()
        assert len(asked) == 1

"""Lines of others, the mailbox, how we are, questions of the far side, interruptions: what is seen, and which keys."""

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HOSTILE, NOW, OLGA, RECORDS, account, call, changed, state
from tests.ui.stage import opened
from tuiphone.core.call import CallId, CallState, Referral
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import Address, AddressKind, Availability, Line, LineState, Presence, Voicemail
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import lines, own_presence

CAROL = Address(AddressKind.USER, "102", "Carol")
DAVE = Address(AddressKind.USER, "103")
MAILBOX = Address(AddressKind.USER, "*97")
RINGS = Line(CAROL, LineState.RINGING, OLGA, incoming=True)
PBX = EVERYTHING | Capability.LINES | Capability.VOICEMAIL | Capability.PUBLISH | Capability.DIAL_URI


def pbx(*lines: Line, **more: Any) -> AccountState:
    return account("pbx", provider="sip", capabilities=PBX, lines=lines, **more)


def phone_with(*lines: Line, **more: Any) -> FakePhone:
    return FakePhone(state(accounts=(pbx(*lines, **more),)))


async def test_the_dial_page_says_what_each_line_does_in_a_symbol_and_words() -> None:
    hostile = Address(AddressKind.USER, HOSTILE)
    lines = (
        Line(CAROL, LineState.IDLE),
        RINGS,
        Line(CAROL, LineState.RINGING, OLGA),
        Line(CAROL, LineState.BUSY, OLGA),
        Line(CAROL, LineState.BUSY),
        Line(CAROL),
        Line(DAVE, LineState.BUSY, hostile),
    )
    async with opened(phone_with(*lines)) as stage:
        await stage.sees("Lines")
        shown = [" ".join(row.split()) for row in stage.text.splitlines()]
        for said in (
            "○ Carol free",
            "◎ Carol ringing: Ольга Петрова calls",
            "◎ Carol calling Ольга Петрова",
            "● Carol busy with Ольга Петрова",
            "● Carol busy",
            "? Carol unknown",
            "● 103 busy with [red]",
        ):
            assert any(row.startswith(said) for row in shown), said


async def test_of_many_lines_the_one_under_the_cursor_is_in_view_also_with_calls_above() -> None:
    lines = [Line(replace(DAVE, text=f"line{number}"), LineState.IDLE) for number in range(40)]
    calls = [call(ref=f"c{number}") for number in range(3)]
    phone = FakePhone(state(*calls, accounts=(pbx(*lines),)), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press("f2")
        await stage.sees("line0")
        await stage.press(*["down"] * 6, "end")
        await stage.sees("line39")


async def test_without_lines_there_is_no_word_of_them() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.sees("No calls yet")
        assert "Lines" not in stage.text


async def test_what_rings_is_picked_up_by_one_key_from_any_page() -> None:
    phone = phone_with(Line(DAVE, LineState.IDLE), RINGS)
    async with opened(phone) as stage:
        await stage.press("f4")
        await stage.sees("alt+g pick up Carol")
        await stage.press("alt+g")
        await stage.hears("pickup", "102", "pbx")
        await stage.tell(replace(phone.state, accounts=(pbx(Line(CAROL, LineState.IDLE)),)))
        assert "pick up" not in stage.text


async def test_of_several_that_ring_the_person_chooses() -> None:
    phone = phone_with(RINGS, Line(DAVE, LineState.RINGING, AN, incoming=True))
    async with opened(phone) as stage:
        await stage.press("alt+g")
        await stage.sees("Pick up")
        await stage.press("down", "enter")
        await stage.hears("pickup", "103", "pbx")


async def test_enter_on_a_line_picks_up_what_rings_and_calls_the_others() -> None:
    phone = phone_with(RINGS, Line(DAVE, LineState.IDLE))
    async with opened(phone) as stage:
        await stage.press("down")
        await stage.sees("enter pick up")
        await stage.press("down")
        await stage.sees("enter call")
        await stage.press("up", "up")
        await stage.type("5")
        assert stage.app._main.page.typed == "5", "up from the first line leads to the field"  # type: ignore[attr-defined]
        await stage.press("escape", "down", "enter")
        await stage.hears("pickup", "102", "pbx")
    async with opened(phone) as stage:
        await stage.press("down", "down", "enter")
        await stage.hears("dial", "103", "pbx", False, None)


async def test_the_call_page_opens_for_what_was_picked_up_and_a_refusal_is_told() -> None:
    phone = phone_with(RINGS)
    phone.dialled = CallId("pbx", "c1")
    async with opened(phone) as stage:
        await stage.press("alt+g")
        await stage.tell(replace(phone.state, calls=(call(peer=OLGA, account="pbx"),)))
        await stage.until(lambda: stage.page == "call")
    phone = phone_with(RINGS)
    phone.refusals["pickup"] = NotPossible("Somebody else was faster.")
    async with opened(phone) as stage:
        await stage.press("alt+g")
        await stage.sees("Somebody else was faster.")


async def test_waiting_voicemail_is_marked_and_called_by_one_key() -> None:
    phone = phone_with(voicemail=Voicemail(2, 5, MAILBOX))
    async with opened(phone) as stage:
        await stage.sees("pbx·sip ✉ 2")
        await stage.press("f4")
        await stage.sees("alt+l voicemail (2 new)")
        await stage.press("alt+l")
        await stage.hears("call_mailbox", "pbx")
        await stage.tell(replace(phone.state, accounts=(pbx(voicemail=Voicemail(0, 5, MAILBOX)),)))
        assert "✉" not in stage.text
        await stage.press("f7")
        await stage.sees("0 new, 5 old, heard at *97")


async def test_of_several_mailboxes_the_one_with_news_is_called_at_once() -> None:
    other = replace(pbx(voicemail=Voicemail(0, 1, MAILBOX)), account=replace(pbx().account, name="other"))
    phone = FakePhone(state(accounts=(other, pbx(voicemail=Voicemail(1, 0, MAILBOX)))))
    async with opened(phone) as stage:
        await stage.press("alt+l")
        await stage.hears("call_mailbox", "pbx")
        quiet = pbx(voicemail=Voicemail(0, 0, MAILBOX))
        await stage.tell(state(accounts=(other, quiet)))
        await stage.press("alt+l")
        await stage.sees("Voicemail of")
        await stage.press("enter")
        await stage.hears("call_mailbox", "other")


async def test_how_one_is_is_told_to_others_with_a_few_words() -> None:
    phone = phone_with(presence=Presence(Availability.ONLINE, "here"))
    async with opened(phone) as stage:
        await stage.press("f7")
        await stage.sees("there: here")
        await stage.press("alt+o")
        await stage.press("down", "down", "down", "enter")
        await stage.type("at lunch")
        await stage.press("enter")
        await stage.hears("publish_status", "pbx", "at lunch", Availability.OFFLINE)
        await stage.sees("Others at pbx: not there: at lunch.")


@pytest.mark.usefixtures("_hears_at_once")
class TestQuestions:
    """The far side wants us to call somebody else."""

    @pytest.mark.parametrize(
        ("by", "said", "no"),
        [("redirect", "is to be reached elsewhere", "End the call"), ("transfer", "hands you on to", "Stay in this")],
    )
    async def test_the_question_comes_over_any_page_and_names_the_number(self, by: Any, said: str, no: str) -> None:
        phone = FakePhone(state(call()))
        async with opened(phone) as stage:
            await stage.press("f4")
            await stage.tell(changed(phone.state, "c1", referral=Referral(CAROL, by)))
            for text in (said, "Carol  102", "Call them", no):
                await stage.sees(text)
            await stage.press("y")
            await stage.hears("follow", "c1")

    @pytest.mark.parametrize("key", ["n", "escape"])
    async def test_no_is_told_and_asked_only_once(self, key: str) -> None:
        phone = FakePhone(state(call(referral=Referral(CAROL, "transfer"))))
        async with opened(phone) as stage:
            await stage.sees("hands you on to")
            await stage.press(key)
            await stage.hears("stay", "c1")
            await stage.tell(replace(phone.state, missed=1))
            assert "hands you on to" not in stage.text
            await stage.tell(changed(phone.state, "c1", referral=None))
            await stage.tell(changed(phone.state, "c1", referral=Referral(CAROL, "transfer")))
            await stage.sees("hands you on to")

    async def test_it_goes_with_its_call(self) -> None:
        phone = FakePhone(state(call(referral=Referral(CAROL, "transfer"))))
        async with opened(phone) as stage:
            await stage.sees("hands you on to")
            await stage.tell(state())
            await stage.until(lambda: "hands you on to" not in stage.text)
            assert not phone.told("stay")

    async def test_a_call_that_rings_comes_over_it_and_it_comes_back_after(self) -> None:
        asks = call(referral=Referral(CAROL, "transfer"))
        rings = call(CallState.INCOMING, OLGA, "r1")
        phone = FakePhone(state(asks))
        async with opened(phone) as stage:
            await stage.sees("hands you on to")
            await stage.tell(state(asks, rings))
            await stage.sees("Incoming call")
            await stage.press("r")
            await stage.hears("reject", "r1")
            await stage.tell(state(asks))
            await stage.sees("hands you on to")
            await stage.press("y")
            await stage.hears("follow", "c1")

    async def test_while_something_rings_it_waits(self) -> None:
        rings = call(CallState.INCOMING, OLGA, "r1")
        phone = FakePhone(state(call(), rings))
        async with opened(phone) as stage:
            await stage.sees("Incoming call")
            asks = call(referral=Referral(CAROL, "transfer"))
            await stage.tell(state(asks, rings))
            await stage.sees("Incoming call")
            await stage.tell(state(asks))
            await stage.sees("hands you on to")

    async def test_one_whose_call_ended_under_a_popup_is_gone_when_the_popup_is(self) -> None:
        asks = call(referral=Referral(CAROL, "transfer"))
        rings = call(CallState.INCOMING, OLGA, "r1")
        phone = FakePhone(state(asks))
        async with opened(phone) as stage:
            await stage.sees("hands you on to")
            await stage.tell(state(asks, rings))
            await stage.sees("Incoming call")
            await stage.tell(state(rings))
            await stage.tell(state())
            await stage.until(lambda: len(stage.app.screen_stack) == 1)
            assert not phone.told("stay")

    async def test_a_failed_answer_is_asked_again(self) -> None:
        phone = FakePhone(state(call(referral=Referral(CAROL, "transfer"))))
        phone.refusals["follow"] = NotPossible("Not now.")
        async with opened(phone) as stage:
            await stage.sees("hands you on to")
            await stage.press("y")
            await stage.sees("Not now.")
            await stage.tell(replace(phone.state, missed=1))
            await stage.sees("hands you on to")


async def test_keys_meant_for_the_page_below_do_not_answer_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.ui.screens.incoming.GUARD_SECONDS", 60.0)
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f2")
        await stage.tell(changed(phone.state, "c1", referral=Referral(CAROL, "transfer")))
        await stage.sees("hands you on to")
        await stage.press("n", "y")
        assert not phone.told("follow")
        assert not phone.told("stay")


async def test_an_audio_call_gets_a_picture_by_the_camera_key_where_the_account_can() -> None:
    video = account(capabilities=EVERYTHING | Capability.ADD_VIDEO)
    phone = FakePhone(state(call(), accounts=(video,)))
    async with opened(phone) as stage:
        await stage.press("f9")
        await stage.sees("v add video")
        await stage.press("v")
        await stage.hears("camera", "c1", True)
        await stage.tell(changed(phone.state, "c1", camera=True))
        await stage.sees("adding your picture…")
        await stage.tell(changed(phone.state, "c1", camera=True, video=True))
        await stage.sees("v camera off")
    async with opened(FakePhone(state(call()))) as stage:
        await stage.press("f9")
        await stage.sees("m mute")
        assert "add video" not in stage.text


async def test_a_call_whose_link_broke_counts_the_seconds_on_its_page_and_on_the_strip() -> None:
    now = [NOW]
    phone = FakePhone(state(call(reconnecting_since=NOW - 3)))
    async with opened(phone, now=lambda: now[0]) as stage:
        await stage.press("f4")
        await stage.sees("reconnecting, 3 s")
        now[0] = NOW + 4
        stage.app._main._tick()
        await stage.sees("reconnecting, 7 s")
        await stage.press("f9")
        now[0] = NOW + 5
        stage.app._main._tick()
        await stage.sees("▶ reconnecting, 8 s")
        await stage.tell(changed(phone.state, "c1", reconnecting_since=None))
        await stage.sees("in call")
        assert "reconnecting" not in stage.text


async def test_a_link_with_a_host_is_called_by_the_account_that_calls_hosts() -> None:
    phone = FakePhone(state(accounts=(account(), pbx())))
    async with opened(phone) as stage:
        await stage.app.open_number("sip:bob@other.example")
        await stage.settle()
        await stage.sees("calls the user bob@other.example")
        await stage.sees("pbx·sip")
        assert stage.app._main.page.account is not None  # type: ignore[attr-defined]
        assert stage.app._main.page.account.account.name == "pbx"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("presence", "said"),
    [
        (None, "nothing is told"),
        (Presence(), "nothing is told"),
        (Presence(note="at lunch"), "at lunch"),
        (Presence(Availability.ONLINE), "there"),
        (Presence(Availability.OFFLINE, HOSTILE), "not there: [red]\N{SYMBOL FOR ESCAPE}[2J"),
    ],
)
def test_how_one_is_is_said_in_words(presence: Presence | None, said: str) -> None:
    assert own_presence.shown(presence) == said


def test_the_state_without_any_account_has_no_keys_for_them() -> None:
    empty = PhoneState()
    assert (lines.ringing(empty), lines.mailboxes(empty), own_presence.publishing(empty)) == ((), (), ())

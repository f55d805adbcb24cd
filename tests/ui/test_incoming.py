"""A ringing call interrupts whatever is on the screen, and nothing is answered by accident."""

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HOSTILE, NOW, OLGA, RECORDS, SATO, account, call, changed, record, state
from tests.ui.stage import opened
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, AddressKind
from tuiphone.ui.screens.incoming import IncomingPopup
from tuiphone.ui.widgets.field import Field

RINGS = state(call(CallState.INCOMING, AN, "in"))
pytestmark = pytest.mark.usefixtures("_hears_at_once")


@pytest.mark.parametrize("keys", [["f2"], ["f4"], ["f7"], ["f1"], ["ctrl+p"]])
async def test_the_popup_comes_over_every_page_and_dialog(keys: list[str]) -> None:
    phone = FakePhone(state(), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press(*keys)
        await stage.tell(RINGS)
        await stage.sees("Incoming call")
        await stage.sees("+84 900 000 001")
        await stage.press("a")
        await stage.hears("answer", "in", False)


async def test_the_popup_comes_over_the_in_call_page_and_a_prompt() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("t")
        await stage.tell(state(call(), call(CallState.INCOMING, SATO, "in")))
        await stage.sees("Incoming call")
        await stage.sees("Answering puts Nguyễn Văn An on hold.")
        await stage.press("r")
        await stage.hears("reject", "in")
        await stage.tell(state(call()))
        await stage.sees("Transfer Nguyễn Văn An to")


@pytest.mark.parametrize("size", [(30, 10), (40, 12), (60, 24), (80, 14), (80, 24), (120, 10)])
async def test_its_keys_are_to_be_seen_in_every_size(size: tuple[int, int]) -> None:
    able = account(capabilities=EVERYTHING | Capability.FORWARD | Capability.BUSY)
    phone = FakePhone(state(accounts=(able,)))
    async with opened(phone, size=size) as stage:
        rings = call(CallState.INCOMING, SATO, "in", video=True)
        await stage.tell(state(call(), rings, call(CallState.INCOMING, AN, "more"), accounts=(able,)))
        for text in (
            "佐藤",
            "Video call",
            " a  Answer",
            " v  With",
            " r  Reject",
            " b  Busy",
            " i  Silence",
            " f  Forward",
        ):
            await stage.sees(text)


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("a", ("answer", "in", False)),
        ("v", ("answer", "in", True)),
        ("r", ("reject", "in")),
        ("b", ("reject", "in", True)),
        ("i", ("silence", "in")),
        ("escape", ("silence", "in")),
    ],
)
async def test_each_key_of_the_popup_is_a_command(key: str, command: tuple[object, ...]) -> None:
    accounts = (account(capabilities=EVERYTHING | Capability.BUSY),)
    phone = FakePhone(state(accounts=accounts))
    async with opened(phone) as stage:
        await stage.tell(state(call(CallState.INCOMING, AN, "in", video=True), accounts=accounts))
        await stage.press(key)
        await stage.hears(*command)


async def test_a_click_on_a_button_is_its_key() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.pilot.click("#do-answer")
        await stage.hears("answer", "in", False)


async def test_an_audio_call_is_not_offered_with_video() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.sees("Audio call to work")
        assert "With video" not in stage.text
        await stage.press("v")
        assert phone.told("answer") == []


async def test_an_account_that_cannot_reject_does_not_offer_it() -> None:
    accounts = (account(capabilities=EVERYTHING & ~Capability.REJECT),)
    phone = FakePhone(state(accounts=accounts))
    async with opened(phone) as stage:
        await stage.tell(state(call(CallState.INCOMING, AN, "in"), accounts=accounts))
        await stage.sees("Answer")
        assert "Reject" not in stage.text


async def test_answering_opens_the_in_call_page_on_that_call() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f4")
        both = state(call(), call(CallState.INCOMING, SATO, "in"))
        await stage.tell(both)
        await stage.press("a")
        now_talking = changed(changed(both, "c1", state=CallState.HELD), "in", state=CallState.ACTIVE, answered_at=NOW)
        await stage.tell(now_talking)
        assert len(stage.app.screen_stack) == 1
        assert stage.page == "call"
        await stage.press("m")
        await stage.hears("mute", "in", True)
        assert stage.toasts == []


async def test_keys_typed_as_the_popup_comes_up_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.ui.screens.incoming.GUARD_SECONDS", 60.0)
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.type("anna")
        await stage.tell(RINGS)
        await stage.type("varia")
        assert phone.told("answer") == phone.told("reject") == phone.told("silence") == []
        await stage.sees("Incoming call")


async def test_whoever_types_on_without_a_pause_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.ui.screens.incoming.PAUSE_SECONDS", 60.0)
    monkeypatch.setattr("tuiphone.ui.screens.incoming.MAX_GUARD_SECONDS", 60.0)
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.type("aaa")
        assert phone.told("answer") == []


async def test_answered_on_another_device_closes_the_popup_and_says_so() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.ELSEWHERE, ended_at=NOW))
        assert len(stage.app.screen_stack) == 1
        assert stage.toasts == ["Nguyễn Văn An: answered on another device."]


async def test_answered_on_another_screen_closes_the_popup_and_says_so() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", state=CallState.ACTIVE, answered_at=NOW))
        assert len(stage.app.screen_stack) == 1
        assert stage.toasts == ["Nguyễn Văn An: answered on another screen."]
        assert stage.page == "dial"


async def test_a_caller_who_gives_up_is_told_as_missed() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.MISSED, ended_at=NOW))
        assert len(stage.app.screen_stack) == 1
        assert stage.toasts == ["You missed a call from Nguyễn Văn An."]


async def test_rejecting_says_nothing_more() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.press("r")
        await stage.tell(changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.REJECTED, ended_at=NOW))
        assert len(stage.app.screen_stack) == 1
        assert stage.toasts == []


async def test_several_calls_queue_and_the_next_one_follows() -> None:
    both = state(call(CallState.INCOMING, AN, "in"), call(CallState.INCOMING, OLGA, "in2"))
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(both)
        await stage.sees("1 more call waiting.")
        await stage.press("r")
        await stage.hears("reject", "in")
        await stage.tell(changed(both, "in", state=CallState.ENDED, reason=EndReason.REJECTED, ended_at=NOW))
        await stage.sees("Ольга Петрова")
        await stage.press("a")
        await stage.hears("answer", "in2", False)


async def test_a_silenced_call_rings_on_in_the_strip_and_can_still_be_answered() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.press("i")
        assert len(stage.app.screen_stack) == 1
        await stage.tell(changed(RINGS, "in", silenced=True))
        await stage.sees("rings quietly")
        await stage.sees("alt+a answer")
        await stage.type("anna")
        assert stage.app.query_one("#number", Field).value == "anna"
        await stage.press("alt+a")
        await stage.hears("answer", "in", False)


async def test_silenced_on_another_screen_closes_the_popup_here() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", silenced=True))
        assert len(stage.app.screen_stack) == 1


async def test_earlier_calls_are_counted_and_dated() -> None:
    records = (record(3, AN, 3600), record(2, AN, 90_000), record(1, OLGA, 10))
    phone = FakePhone(state(), records=records)
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.sees("2 earlier calls, the last one 13:02.")


async def test_a_first_call_is_said_to_be_one() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.tell(RINGS)
        await stage.sees("The first call with them.")


async def test_a_hostile_caller_is_text() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(state(call(CallState.INCOMING, Address(AddressKind.USER, "m\x1b[0m", HOSTILE), "in")))
        await stage.sees("[red]␛[2J")
        await stage.sees("m␛[0m")


async def test_the_bell_rings_once_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    bells: list[int] = []
    phone = FakePhone(state())
    async with opened(phone) as stage:
        monkeypatch.setattr(stage.app, "bell", lambda: bells.append(1))
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", video=True))
        assert bells == [1]


async def test_a_call_that_rang_before_the_app_opened_has_its_popup() -> None:
    async with opened(FakePhone(RINGS)) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, IncomingPopup))


async def test_a_popup_under_the_palette_goes_when_the_palette_goes() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.press("ctrl+p")
        await stage.tell(changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.MISSED, ended_at=NOW))
        await stage.press("escape")
        await stage.until(lambda: len(stage.app.screen_stack) == 1)


async def test_pressing_answer_twice_answers_once() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.press("a", "a")
        assert phone.told("answer") == [("in", False)]


async def test_a_click_on_the_line_of_a_silenced_call_brings_its_popup_back() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(RINGS)
        await stage.press("i")
        await stage.tell(changed(RINGS, "in", silenced=True))
        await stage.pilot.click("CallLine", offset=(12, 0))
        await stage.sees("Incoming call")
        await stage.press("i")
        assert len(stage.app.screen_stack) == 1

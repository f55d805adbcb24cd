"""Quitting, detaching, and an engine that is gone."""

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import OLGA, account, call, state
from tests.ui.stage import opened
from tuiphone.control.client import NoEngine
from tuiphone.control.protocol import Alert
from tuiphone.core.call import CallState
from tuiphone.core.errors import PhoneError


async def test_ctrl_q_quits_at_once_when_nothing_is_up() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("ctrl+q")
        await stage.until(lambda: stage.app.return_value == "quit")
        assert phone.told("quit") == [()]


async def test_with_a_call_up_it_asks_and_can_end_the_call() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("ctrl+q")
        await stage.sees("A call is up: Nguyễn Văn An.")
        assert phone.told("quit") == []
        await stage.press("q")
        await stage.until(lambda: stage.app.return_value == "quit")
        assert phone.told("hangup") == [("c1",)]
        assert phone.told("quit") == [()]


async def test_it_can_keep_the_phone_running_instead() -> None:
    phone = FakePhone(state(call(), call(CallState.HELD, OLGA, "c2")))
    async with opened(phone) as stage:
        await stage.press("ctrl+q")
        await stage.sees("2 calls are up.")
        await stage.press("k")
        await stage.until(lambda: stage.app.return_value == "detached")
        assert phone.told("hangup") == phone.told("quit") == []
        assert phone.told("close") == [()]


async def test_escape_stays() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("ctrl+q", "escape")
        assert len(stage.app.screen_stack) == 1
        assert stage.app.return_value is None


async def test_another_screen_at_the_same_phone_is_mentioned() -> None:
    phone = FakePhone(state())
    phone.screens = 2
    async with opened(phone) as stage:
        await stage.press("ctrl+q")
        await stage.sees("1 other screen is attached to this phone.")


async def test_ctrl_q_works_over_a_popup() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.tell(state(call(CallState.INCOMING)))
        await stage.press("ctrl+q")
        await stage.sees("A call is up: Nguyễn Văn An.")


async def test_alt_z_detaches_at_once_whatever_is_up() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f2", "alt+z")
        await stage.until(lambda: stage.app.return_value == "detached")
        assert {command[0] for command in phone.commands} & {"quit", "hangup", "stop"} == set()


@pytest.mark.parametrize("key", ["f1", "f4", "t"])
async def test_an_engine_that_dies_is_told_over_any_screen_with_its_reason(key: str) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press(key)
        phone.die("It was told to stop.")
        await stage.sees("The phone's engine is gone")
        await stage.sees("It was told to stop. The calls that were up are lost.")
        assert "Calls ─" not in stage.text


async def test_an_engine_that_dropped_this_app_is_attached_again_and_not_called_dead() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        phone.drop()
        await stage.sees("The line to the phone's engine broke, and is up again.")
        assert "The phone's engine is gone" not in stage.text
        await stage.tell(state(accounts=(account("later"),)))
        await stage.sees("● later·oncaller")


async def test_of_a_flood_of_states_only_the_newest_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        drawn: list[int] = []
        redraw = stage.app.redraw
        monkeypatch.setattr(stage.app, "redraw", lambda: (drawn.append(1), redraw()))
        for number in range(50):
            phone.tell(state(accounts=(account(f"number-{number}"),)))
        await stage.sees("● number-49·oncaller")
        assert len(drawn) < 10


async def test_the_engine_can_be_started_again() -> None:
    phone = FakePhone(state(call()))
    started: list[int] = []

    async def launch() -> None:
        started.append(1)
        phone.state = state(accounts=(account("fresh"),))

    async with opened(phone, launch=launch) as stage:
        phone.die()
        await stage.sees("The phone's engine has ended unexpectedly.")
        await stage.press("enter")
        await stage.until(lambda: len(stage.app.screen_stack) == 1)
        assert started == [1]
        await stage.sees("● fresh·oncaller")
        await stage.tell(state(accounts=(account("later"),)))
        await stage.sees("● later·oncaller")


async def test_a_call_that_rings_at_the_new_engine_has_its_popup_and_the_dialog_is_gone() -> None:
    phone = FakePhone(state())

    async def launch() -> None:
        phone.state = state(call(CallState.INCOMING))

    async with opened(phone, launch=launch) as stage:
        phone.die()
        await stage.sees("The phone's engine is gone")
        await stage.press("enter")
        await stage.sees("Incoming call")
        assert len(stage.app.screen_stack) == 2


async def test_an_engine_that_does_not_start_says_why() -> None:
    phone = FakePhone(state())

    async def launch() -> None:
        raise PhoneError("The engine did not start: no room; see engine.log.")

    async with opened(phone, launch=launch) as stage:
        phone.die()
        await stage.sees("The phone's engine is gone")
        await stage.press("enter")
        await stage.sees("The engine did not start: no room; see engine.log.")
        await stage.press("q")
        assert stage.app.return_value == "lost"


async def test_without_an_engine_the_app_starts_one() -> None:
    phone = FakePhone(state())
    phone.refusals["attach"] = NoEngine("No tuiphone engine is running.")

    async def launch() -> None:
        del phone.refusals["attach"]

    async with opened(phone, launch=launch) as stage:
        await stage.sees("● work·oncaller")


async def test_without_an_engine_or_a_way_to_start_one_the_app_says_what_to_do() -> None:
    phone = FakePhone(state())
    phone.refusals["attach"] = NoEngine("No tuiphone engine is running for this profile.")
    async with opened(phone) as stage:
        await stage.sees("Start it with: tuiphone engine")
        await stage.press("ctrl+q")
        assert stage.app.return_value == "lost"


async def test_what_the_engine_says_once_is_a_toast_and_text() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        phone.alert(Alert("warning", "[red]No sound\x1b[2J", "work"))
        await stage.until(lambda: stage.toasts == ["[red]No sound␛[2J"])
        await stage.sees("[red]No sound")

"""Each page as it looks: small and dark, large and light. With --snapshot-update these pictures are drawn anew."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import (
    ACCOUNTS,
    AN,
    CARDS,
    HELP_DESK,
    NOW,
    OLGA,
    RECORDS,
    SATO,
    account,
    call,
    state,
)
from tests.ui.stage import Stage
from tuiphone.control.history import Suggestion
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.events import Link
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState
from tuiphone.ui.widgets.call_strip import CallLine
from tuiphone.ui.widgets.level_meter import LevelBar

TALKING = call(
    facts=(("From alias", "work-user"), ("To alias", "+84900000001"), ("Answered on another device", "no")),
    notices=('{"ticket": 4711}',),
    recording="/recordings/2026-11-21 Nguyễn Văn An.ogg",
)
HELD = call(CallState.HELD, OLGA, "c2", account="home")
RINGING = call(CallState.INCOMING, SATO, "in", video=True, account="home")


def everything(*calls: object, missed: int = 2) -> FakePhone:
    phone = FakePhone(state(*calls, accounts=ACCOUNTS, missed=missed), records=RECORDS)  # type: ignore[arg-type]
    phone.cards = CARDS
    return phone


async def meter(stage: Stage) -> None:
    await stage.until(lambda: stage.page == "call" and all(line.is_mounted for line in stage.app.query(CallLine)))
    for level in (0.01, 0.05, 0.2, 0.08):
        stage.phone.meter(c1=MediaStats(level, level * 2, "Opus", 2100, 3, 0.4, 4.2, 24.0, 41.0, 120.0, 4.3))
        await stage.until(lambda level=level: stage.app.query_one("#level-mine", LevelBar).level == level)  # type: ignore[misc]
    await stage.sees("good 4.3")


@EVERY_LOOK
def test_dial(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.sees("Help desk")

    assert looks_as_before(everything(), look, steps)


@EVERY_LOOK
def test_dial_with_suggestions(looks_as_before: Compare, look: Look) -> None:
    phone = everything(missed=0)
    phone.suggestions = (Suggestion(AN, "work", 7, NOW - 600), Suggestion(HELP_DESK, "work", 2, NOW - 9000))

    async def steps(stage: Stage) -> None:
        await stage.type("+84900")
        await stage.sees("Suggestions")

    assert looks_as_before(phone, look, steps)


def test_dial_without_an_account(looks_as_before: Compare) -> None:
    assert looks_as_before(FakePhone(state(accounts=())), SMALL_DARK)


@EVERY_LOOK
def test_in_call(looks_as_before: Compare, look: Look) -> None:
    assert looks_as_before(everything(TALKING, HELD), look, meter)


def test_in_call_with_the_keypad(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await meter(stage)
        await stage.press("k", "1", "2")
        await stage.until(lambda: stage.app.query_one("#call-pad Keypad").pressed is None)  # type: ignore[attr-defined]

    assert looks_as_before(everything(TALKING), SMALL_DARK, steps)


def test_the_card_of_whom_one_talks_to(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await meter(stage)
        await stage.press("d")
        await stage.sees("A favourite")

    assert looks_as_before(everything(TALKING), SMALL_DARK, steps)


def test_a_call_that_ended(looks_as_before: Compare) -> None:
    over = call(CallState.ENDED, ended_at=NOW - 2, reason=EndReason.BUSY, detail="The server says: 486 Busy Here.")

    app_state: PhoneState = state(over, accounts=ACCOUNTS)
    phone = FakePhone(state(call(CallState.RINGING), accounts=ACCOUNTS))

    async def ends(stage: Stage) -> None:
        await stage.until(lambda: stage.page == "call")
        await stage.tell(app_state)
        await stage.sees("ended: busy")

    assert looks_as_before(phone, SMALL_DARK, ends)


@EVERY_LOOK
def test_incoming_popup(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await meter(stage)
        await stage.tell(state(TALKING, HELD, RINGING, accounts=ACCOUNTS))
        await stage.sees("12 earlier calls")

    assert looks_as_before(everything(TALKING, HELD), look, steps)


@EVERY_LOOK
def test_accounts(looks_as_before: Compare, look: Look) -> None:
    mistakes = "vox.toml: url: is missing.\nvox.toml: tokn: unknown key; did you mean token?"
    accounts = (*ACCOUNTS, account("vox", Link.BROKEN, provider="vox", detail=mistakes, identity=None, numbers=()))

    async def steps(stage: Stage) -> None:
        await stage.press("f7", "end" if look.size == (80, 24) else "down")

    assert looks_as_before(FakePhone(state(accounts=accounts)), look, steps)


def test_help(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f1")

    assert looks_as_before(everything(), SMALL_DARK, steps)


def test_quit_dialog(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("ctrl+q")

    assert looks_as_before(everything(TALKING), SMALL_DARK, steps)


def test_sixteen_colours(looks_as_before: Compare) -> None:
    assert looks_as_before(everything(TALKING), replace(SMALL_DARK, themes=("terminal",)), meter)

"""The History page and its dialogs as they look."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import ACCOUNTS, AN, NOW, OLGA, RECORDS, SATO, record, state
from tests.ui.stage import Stage
from tuiphone.core.model import Address, AddressKind, Playback, RecordResult

LONG = Address(AddressKind.USER, "priya.sharma", "Priya Sharma-Venkataraman of the night shift 夜勤")
SHOWN = (
    replace(
        RECORDS[0],
        note="Wants the invoice again, by post; call back on Monday before ten.",
        detail="Normal call clearing",
        video=True,
    ),
    *RECORDS[1:5],
    record(30, SATO, 190_000, incoming=True, result=RecordResult.ELSEWHERE, account="home"),
    record(31, LONG, 200_000, incoming=True, note="¶", recording_url="https://vendor.example/31"),
    record(32, AN, 250_000, lost_at_crash=True, recording="/r/32.ogg", account="sold"),
    *(record(40 + n, (AN, OLGA, SATO, LONG)[n % 4], 300_000 + n * 50_000, incoming=n % 3 == 0) for n in range(40)),
    *RECORDS[5:],
)


def phone(**more: object) -> FakePhone:
    return FakePhone(state(accounts=ACCOUNTS, **more), records=SHOWN)  # type: ignore[arg-type]


@EVERY_LOOK
def test_history(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f4")
        await stage.sees("50 calls")

    playing = Playback("/r/7.ogg", 83.0, 0.0, NOW)
    assert looks_as_before(phone(playback=playing), look, steps)


@EVERY_LOOK
def test_history_filtered_with_a_mistake(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f4", "slash")
        await stage.type("from:tomorow an")
        await stage.until(lambda: stage.phone.told("history")[-1][0] == "from:tomorow an")
        await stage.sees(" calls ")

    assert looks_as_before(phone(), look, steps)


def test_history_with_nothing_found(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f4", "slash")
        await stage.type("nobody")
        await stage.sees("No call matches")

    assert looks_as_before(phone(), SMALL_DARK, steps)


@EVERY_LOOK
def test_history_export(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f4")
        await stage.sees("50 calls")
        await stage.press("x")
        await stage.sees("calls-2026")

    assert looks_as_before(phone(), look, steps)


def test_history_note_and_deletion(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f4")
        await stage.sees("50 calls")
        await stage.press("d")
        await stage.sees("Delete the call")

    assert looks_as_before(phone(), SMALL_DARK, steps)

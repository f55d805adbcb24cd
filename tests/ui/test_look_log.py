"""The log page as it looks."""

from tests.ui.fake_phone import FakePhone
from tests.ui.log_samples import ENTRIES, FRAMES
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import ACCOUNTS, state
from tests.ui.stage import Stage
from tuiphone.control.logbook import ReportPart

PARTS = (
    ReportPart("versions.txt", 343, "versions of tuiphone, Python, libraries and the system"),
    ReportPart("doctor.txt", 583, "what tuiphone doctor found"),
    ReportPart("config/config.toml", 44, "settings, without commands"),
    ReportPart("config/accounts/name-e74b07.toml", 180, "an account, without its secrets"),
    ReportPart("log/engine.log", 1_048_209, "the engine's log"),
    ReportPart("trace/name-e74b07.txt", 6397, "what went over the account's wire"),
)


def phone() -> FakePhone:
    made = FakePhone(state(accounts=ACCOUNTS))
    made.entries, made.frames, made.report = ENTRIES, {"work": FRAMES}, PARTS
    return made


@EVERY_LOOK
def test_what_happened(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f8", "down")
        await stage.sees("9 entries")

    assert looks_as_before(phone(), look, steps)


@EVERY_LOOK
def test_the_ladder(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f8", "t")
        await stage.sees("12 frames")
        await stage.press("up", "up")

    assert looks_as_before(phone(), look, steps)


@EVERY_LOOK
def test_an_entry_in_full(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f8", "down", "down", "down", "enter")
        await stage.sees("ValueError")

    assert looks_as_before(phone(), look, steps)


def test_a_frame_in_full(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f8", "t")
        await stage.sees("12 frames")
        await stage.press("home", *["down"] * 7, "enter")
        await stage.sees("ice-pwd")

    assert looks_as_before(phone(), SMALL_DARK, steps)


@EVERY_LOOK
def test_a_bug_report(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f8", "b", "enter")
        await stage.sees("doctor.txt")
        # The folder is another on every machine.
        await stage.press("ctrl+a", "ctrl+k")
        await stage.type("/tmp/report.zip")
        await stage.sees("In /tmp")
        stage.app.clear_notifications()

    assert looks_as_before(phone(), look, steps)

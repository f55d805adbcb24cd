"""What all tests of the app share: a fixed time zone, no animations, numbering plans read at once."""

import os
import time
from collections.abc import Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from tests.ui.fake_phone import FakePhone
from tests.ui.look import Compare, Look, Steps
from tests.ui.quiet import no_needless_waiting
from tests.ui.stage import Stage, make_app
from tuiphone.ui import numbers
from tuiphone.ui.screens import incoming


@pytest.fixture(scope="package", autouse=True)
def _same_everywhere() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    numbers.load()
    with no_needless_waiting():
        yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def _hears_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The popup's guard against keys meant for the field below is tested by itself."""
    monkeypatch.setattr(incoming, "GUARD_SECONDS", 0.0)
    monkeypatch.setattr(incoming, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def looks_as_before(snap_compare: Compare) -> Compare:
    """Compares the app on this phone, after these steps, with the picture of the test."""

    def compare(phone: FakePhone, look: Look, steps: Steps | None = None) -> bool:
        app = make_app(phone, theme=look.theme)

        async def before(pilot: Pilot[object]) -> None:
            stage = Stage(app, phone, pilot)
            await stage.until(lambda: app.has_engine)
            await stage.settle()
            if steps is not None:
                await steps(stage)
            for field in app.screen.query(Input):
                field.cursor_blink = False
            await stage.settle()

        return snap_compare(app, terminal_size=look.size, run_before=before)

    return compare

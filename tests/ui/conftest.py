"""What all tests of the app share: a fixed time zone, no animations, numbering plans read at once."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
from textual import _doc
from textual.app import App

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from tests.ui.fake_phone import FakePhone
from tests.ui.look import Compare, Look, Steps, pictures
from tests.ui.quiet import no_needless_waiting
from tuiphone.ui import numbers
from tuiphone.ui.screens import incoming


@pytest.fixture(scope="package", autouse=True)
def _same_everywhere() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        # With few colours an app would put on a palette for those first, only to be told of the one it is to have.
        patch.setenv("COLORTERM", "truecolor")
        time.tzset()
        numbers.load()
        with no_needless_waiting():
            yield
    time.tzset()


@pytest.fixture
def _hears_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The popup's guard against keys meant for the field below is tested by itself."""
    monkeypatch.setattr(incoming, "GUARD_SECONDS", 0.0)
    monkeypatch.setattr(incoming, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def looks_as_before(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Compares the app on this phone, after these steps, with the pictures of the test, one for each theme."""

    def compare(phone: FakePhone, look: Look, steps: Steps | None = None) -> bool:
        # Taken by ourselves: once at the page of the test, another theme costs little.
        taken = iter(asyncio.run(pictures(phone, look, steps)))
        monkeypatch.setattr(_doc, "take_svg_screenshot", lambda **_: next(taken))
        return all(snap_compare(App()) for _ in look.themes)

    return compare

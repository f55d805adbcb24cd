"""What all tests of the app share: a fixed time zone, no animations, numbering plans read at once."""

import os
import time
from collections.abc import Iterator

import pytest

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from tuiphone.ui import numbers
from tuiphone.ui.screens import incoming


@pytest.fixture(scope="package", autouse=True)
def _same_everywhere() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    numbers.load()
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

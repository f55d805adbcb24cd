"""Times to come, as people write them."""

import os
import time
from collections.abc import Iterator

import pytest

from tuiphone.core.until import BadTime, after_length, read, time_to_come


@pytest.fixture(autouse=True)
def _in_berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


NOW = at("2026-11-27 14:02")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("30m", 30), ("45", 45), ("1h", 60), ("1h30m", 90), ("1h 30", 90), ("2d", 2880), ("90min", 90), (" 5M ", 5)],
)
def test_a_length_is_added_to_now(text: str, minutes: int) -> None:
    assert after_length(text, NOW) == NOW + 60 * minutes


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("17:00", "2026-11-27 17:00"),
        ("14:02", "2026-11-28 14:02"),
        ("8:00", "2026-11-28 08:00"),
        ("tomorrow 17:00", "2026-11-28 17:00"),
        ("Tomorrow  8.05", "2026-11-28 08:05"),
    ],
)
def test_a_time_of_day_is_the_next_one(text: str, then: str) -> None:
    assert time_to_come(text, NOW) == read(text, NOW) == at(then)


def test_tomorrow_morning_is_at_eight_on_the_day_the_clocks_change_too() -> None:
    assert time_to_come("tomorrow 8:00", at("2026-10-24 12:00")) == at("2026-10-25 08:00")
    assert at("2026-10-25 08:00") - at("2026-10-24 08:00") == 25 * 3600


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "0", "25:00", "12:60", "m", "9999999", "1e3", "1:2", "17:00\x1b[2J", "٣٠x"]
)
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadTime) as refusal:
        read(text, NOW)
    assert str(refusal.value).endswith(".")
    assert "\x1b" not in str(refusal.value)

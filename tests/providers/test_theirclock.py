"""How far a server's clock is from ours: learnt from what agrees, kept, and given up again."""

import pytest

from tests.fakes import FakeMemory
from tuiphone.providers.theirclock import TheirClock


@pytest.mark.parametrize(
    ("measured", "behind"),
    [
        ([95.0, 96.0], 0.0),
        ([95.0, 96.0, 97.0], 96.0),
        ([-95.0, -96.0, -97.0], -96.0),
        ([12.0, 12.0, 12.0], 0.0),
        ([95.0, 3.0, 96.0], 0.0),
        ([95.0, 3.0, 96.0, 95.0, 97.0], 96.0),
        # One that is told late changes nothing; a clock that was set does, and a difference that wavers does not.
        ([95.0, 95.0, 95.0, 160.0, 95.0], 95.0),
        ([95.0, 95.0, 95.0, 0.0, 1.0, 2.0], 0.0),
        ([31.0, 31.0, 31.0, 28.0, 28.0, 28.0], 31.0),
        ([1e6, 1e6, 1e6], 0.0),
        ([float("nan")] * 3, 0.0),
    ],
)
def test_a_difference_counts_once_measurements_agree(measured: list[float], behind: float) -> None:
    memory = FakeMemory()
    clock = TheirClock("it", memory)
    for one in measured:
        clock.learn(one)
    assert clock.behind == behind
    assert TheirClock("it", memory).behind == behind, "remembered from run to run"


def test_what_is_another_clock_is_not_measured_again_and_nonsense_is_not_remembered() -> None:
    memory = FakeMemory({"clock_behind": "600"})
    clock = TheirClock("it", memory)
    clock.distrust()
    for _ in range(3):
        clock.learn(600.0)
    assert clock.behind == TheirClock("it", memory).behind == 0.0
    for junk in ("x", "nan", "1e9", "5", ""):
        assert TheirClock("it", FakeMemory({"clock_behind": junk})).behind == 0.0

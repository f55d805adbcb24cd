"""The estimated opinion of a listener."""

import pytest

from tuiphone.media.stats import one_way_ms, opinion


def test_a_call_with_nothing_wrong_is_as_good_as_a_telephone_can_be() -> None:
    assert opinion("opus", loss_percent=0, delay_ms=50) == pytest.approx(4.4, abs=0.05)


@pytest.mark.parametrize("codec", ["opus", "PCMU"])
def test_loss_and_delay_cost_opinion(codec: str) -> None:
    losses = [opinion(codec, loss_percent=loss, delay_ms=100) for loss in (0, 1, 5, 20, 60)]
    delays = [opinion(codec, loss_percent=0, delay_ms=delay) for delay in (20, 150, 300, 600, 2000)]
    assert losses == sorted(losses, reverse=True)
    assert delays == sorted(delays, reverse=True)
    assert losses[0] > 4.3
    assert losses[2] < 3.9
    assert delays[2] > 3.5 > delays[3]


def test_an_opinion_stays_on_its_scale() -> None:
    assert opinion("opus", loss_percent=100, delay_ms=5000) == 1.0
    assert opinion("opus", loss_percent=0, delay_ms=0) <= 4.5


def test_the_way_is_half_the_round_trip_and_what_waits() -> None:
    assert one_way_ms(80, 30) - one_way_ms(None, 30) == 40

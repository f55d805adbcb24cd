"""When the other end is asked for a sign of life, and when it counts as gone; on a clock of the test's."""

import pytest

from tuiphone.providers.sip.vigil import DOUBT_SECONDS, Vigil

LIMIT, TICK = 15.0, 0.5


class Watch:
    def __init__(self) -> None:
        self.now = 100.0
        self.vigil = Vigil(LIMIT, self.now)
        self.asked: list[float] = []

    def tick(self, *, seconds: float = TICK) -> bool:
        self.now += seconds
        if self.vigil.is_gone(self.now):
            return True
        if self.vigil.wants_to_ask(self.now):
            self.vigil.asked(self.now)
            self.asked.append(self.now - 100.0)
        return False

    def until_gone(self) -> float:
        while not self.tick():
            assert self.now < 1000
        return self.now - 100.0


def test_a_silent_server_is_asked_after_a_third_and_gone_at_the_limit() -> None:
    watch = Watch()
    assert watch.until_gone() == LIMIT
    assert watch.asked == [LIMIT / 3]


def test_a_server_that_talks_is_not_asked() -> None:
    watch = Watch()
    for _ in range(200):
        assert not watch.tick()
        watch.vigil.heard(watch.now)
    assert not watch.asked


def test_a_server_that_answers_when_asked_stays() -> None:
    watch = Watch()
    for _ in range(200):
        assert not watch.tick()
        if watch.vigil.unanswered_since is not None:
            watch.vigil.heard(watch.now)
    assert len(watch.asked) == 20


def test_who_is_doubted_is_asked_at_once_and_gone_soon() -> None:
    watch = Watch()
    watch.vigil.heard(watch.now)
    watch.vigil.doubt(watch.now, DOUBT_SECONDS)
    assert watch.until_gone() == DOUBT_SECONDS
    assert watch.asked == [TICK]


def test_an_answer_ends_the_doubt() -> None:
    watch = Watch()
    watch.vigil.doubt(watch.now, DOUBT_SECONDS)
    watch.tick()
    watch.vigil.heard(watch.now)
    assert watch.until_gone() == TICK + LIMIT


def test_a_second_doubt_gives_no_more_time() -> None:
    watch = Watch()
    watch.vigil.doubt(watch.now, DOUBT_SECONDS)
    watch.tick()
    watch.vigil.doubt(watch.now, 60)
    assert watch.until_gone() == DOUBT_SECONDS


@pytest.mark.parametrize("doubts", [False, True])
def test_time_in_which_nobody_looked_proves_nothing(doubts: bool) -> None:
    watch = Watch()
    watch.tick()
    if doubts:
        watch.vigil.doubt(watch.now, DOUBT_SECONDS)
    assert not watch.tick(seconds=3600), "what came meanwhile is still to be read"
    watch.vigil.heard(watch.now)
    assert not watch.tick()

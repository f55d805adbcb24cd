"""Keeping one account connected: how often it is tried, and when no longer."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from tests.core.conftest import settle
from tests.fakes import FakeProvider
from tuiphone.core import pace
from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost, TryLater
from tuiphone.core.events import ConnectionChanged, Link
from tuiphone.core.keeper import LONGEST_REST_SECONDS, STEADY_SECONDS, Backoff, Keeper


class Rig:
    def __init__(self) -> None:
        self.told: list[ConnectionChanged] = []
        self.provider = FakeProvider(self._from_provider)
        self.keeper = Keeper("home", self.provider, lambda _, event: self.told.append(event), lambda: 0.0)

    def _from_provider(self, event: object) -> None:
        assert isinstance(event, ConnectionChanged)
        self.told.append(event)
        if event.link is Link.ONLINE:
            self.keeper.came_online()

    @property
    def links(self) -> list[Link]:
        return [event.link for event in self.told]

    @property
    def pauses(self) -> list[float]:
        return [event.retry_at for event in self.told if event.retry_at is not None]


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr(random, "uniform", lambda low, high: 1.0)
    rig = Rig()
    yield rig
    await rig.keeper.stop()


def test_pauses_grow_from_half_a_second_to_a_minute_and_differ_from_phone_to_phone() -> None:
    expected = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    seen: list[list[float]] = []
    for _ in range(200):
        backoff = Backoff()
        seen.append([backoff.next() for _ in expected])
    for number, middle in enumerate(expected):
        pauses = [pauses[number] for pauses in seen]
        assert 0.75 * middle <= min(pauses) < 0.8 * middle
        assert 1.2 * middle < max(pauses) <= 1.25 * middle


def test_pauses_stay_a_minute_however_often_it_failed() -> None:
    backoff = Backoff()
    assert max(backoff.next() for _ in range(5000)) <= 75.0


async def test_a_link_that_comes_up_is_left_alone(rig: Rig) -> None:
    rig.keeper.start()
    await asyncio.sleep(3600)
    assert rig.links == [Link.CONNECTING, Link.ONLINE]
    assert rig.provider.runs == 1


async def test_whatever_a_provider_begins_goes_at_the_pace_of_the_phone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[bool] = []

    async def room() -> None:
        waited.append(True)

    async def run() -> None:
        await asyncio.create_task(pace.room())
        await asyncio.sleep(3600)

    monkeypatch.setattr(rig.provider, "run", run)
    keeper = Keeper("home", rig.provider, lambda _, event: None, lambda: 0.0, room=room)
    keeper.start()
    await settle()
    await keeper.stop()
    assert waited == [True]


async def test_starting_twice_connects_once(rig: Rig) -> None:
    rig.keeper.start()
    rig.keeper.start()
    await settle()
    assert rig.provider.runs == 1


async def test_refused_credentials_stop_the_tries(rig: Rig) -> None:
    rig.provider.fails["run"] = AccessDenied("The token has expired; get a new one.")
    rig.keeper.start()
    await asyncio.sleep(3600)
    assert rig.provider.runs == 1
    assert rig.told[-1] == ConnectionChanged(Link.FAILED, "The token has expired; get a new one.")


async def test_a_retry_tries_again_although_the_credentials_were_refused(rig: Rig) -> None:
    rig.provider.fails["run"] = AccessDenied("No.")
    rig.keeper.start()
    await settle()
    del rig.provider.fails["run"]
    rig.keeper.retry()
    await settle()
    assert rig.links == [Link.CONNECTING, Link.FAILED, Link.CONNECTING, Link.ONLINE]


@pytest.mark.parametrize("error", [ConnectionLost("The server is down."), BadFrame("It said something odd.")])
async def test_a_lost_link_is_tried_again_after_growing_pauses(rig: Rig, error: Exception) -> None:
    rig.provider.fails["run"] = error
    rig.keeper.start()
    await asyncio.sleep(200)
    assert rig.pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert rig.told[1] == ConnectionChanged(Link.WAITING, str(error), 0.5)
    assert rig.links[:4] == [Link.CONNECTING, Link.WAITING, Link.CONNECTING, Link.WAITING]


async def test_a_provider_that_leaves_at_once_makes_no_busy_loop(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def come_and_go() -> None:
        rig.provider.runs += 1
        rig.provider.emit(ConnectionChanged(Link.ONLINE))

    monkeypatch.setattr(rig.provider, "run", come_and_go)
    rig.keeper.start()
    await asyncio.sleep(3600)
    assert rig.provider.runs < 70
    assert rig.pauses[:8] == [0.5, 1, 2, 4, 8, 16, 32, 60]


async def test_a_steady_link_makes_the_pauses_small_again(rig: Rig) -> None:
    rig.provider.fails["run"] = ConnectionLost("down")
    rig.keeper.start()
    await asyncio.sleep(7)
    del rig.provider.fails["run"]
    await asyncio.sleep(8 + STEADY_SECONDS + 1)
    rig.provider.fails["run"] = ConnectionLost("down")
    rig.provider.lose(ConnectionLost("down"))
    await asyncio.sleep(12)
    assert rig.pauses == [0.5, 1, 2, 4, 0.5, 1, 2, 4, 8], "and they grow again when it was the last one for long"


async def test_a_long_wait_for_a_dead_server_is_no_steady_link(rig: Rig) -> None:
    rig.provider.connects = False
    rig.keeper.start()
    for _ in range(4):
        await asyncio.sleep(2 * STEADY_SECONDS)
        rig.provider.lose(ConnectionLost("The server does not answer."))
    await settle()
    assert rig.pauses == [0.5, 1, 2, 4]


async def test_a_retry_ends_the_pause(rig: Rig) -> None:
    rig.provider.fails["run"] = ConnectionLost("down")
    rig.keeper.start()
    await asyncio.sleep(100)
    runs = rig.provider.runs
    del rig.provider.fails["run"]
    rig.keeper.retry()
    await settle()
    assert rig.provider.runs == runs + 1
    assert rig.links[-1] is Link.ONLINE


async def test_a_retry_while_connected_neither_reconnects_nor_skips_the_next_pause(rig: Rig) -> None:
    rig.keeper.start()
    await settle()
    rig.keeper.retry()
    await settle()
    assert rig.provider.runs == 1
    rig.provider.lose(ConnectionLost("down"))
    await asyncio.sleep(0.4)
    assert rig.provider.runs == 1, "the pause is half a second"
    await asyncio.sleep(0.2)
    assert rig.provider.runs == 2


async def test_a_fault_of_a_provider_is_logged_and_tried_again(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.provider.fails["run"] = ZeroDivisionError("secret detail")
    rig.keeper.start()
    await asyncio.sleep(10)
    assert rig.provider.runs > 3
    assert "Traceback" in caplog.text
    said = rig.told[1].detail
    assert said is not None
    assert "secret detail" not in said
    assert "log" in said


@pytest.mark.parametrize("during", ["run", "pause"])
async def test_stopping_ends_the_link_and_the_tries(rig: Rig, during: str) -> None:
    if during == "pause":
        rig.provider.fails["run"] = ConnectionLost("down")
    rig.keeper.start()
    await asyncio.sleep(10)
    runs = rig.provider.runs
    await rig.keeper.stop()
    await asyncio.sleep(3600)
    assert rig.provider.runs == runs
    rig.provider.fails.clear()
    rig.keeper.start()
    await settle()
    assert rig.links[-1] is Link.ONLINE, "and it can be started again"


@pytest.mark.parametrize("how", ["stirred", "reachable"])
async def test_a_network_that_is_there_again_ends_the_pause_and_makes_the_next_ones_small(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    back = asyncio.Event()
    monkeypatch.setattr(rig.provider, "reachable", back.wait)
    rig.provider.fails["run"] = ConnectionLost("down")
    rig.keeper.start()
    await asyncio.sleep(100)
    runs = rig.provider.runs
    if how == "stirred":
        rig.keeper.stirred()
    else:
        back.set()
    await settle()
    back.clear()
    assert rig.provider.runs == runs + 1
    assert rig.pauses[-1] == 0.5


async def test_a_link_that_is_up_is_looked_at_when_the_machine_woke(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(rig.provider, "stirred", lambda: looks.append(True))
    rig.keeper.start()
    await settle()
    rig.keeper.stirred()
    assert looks
    assert rig.provider.runs == 1


async def test_a_server_that_wants_to_be_left_alone_is_whatever_the_network_does(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = asyncio.Event()
    back.set()
    monkeypatch.setattr(rig.provider, "reachable", back.wait)
    rig.provider.fails["run"] = TryLater("Too busy.", 120)
    rig.keeper.start()
    await settle()
    rig.keeper.stirred()
    await asyncio.sleep(119)
    assert rig.provider.runs == 1
    assert rig.pauses == [120]
    await asyncio.sleep(2)
    assert rig.provider.runs == 2


async def test_a_person_need_not_wait_for_a_server_that_wants_to_be_left_alone(rig: Rig) -> None:
    rig.provider.fails["run"] = TryLater("Too busy.", 10**9)
    rig.keeper.start()
    await settle()
    assert rig.pauses == [LONGEST_REST_SECONDS]
    rig.keeper.retry()
    await settle()
    assert rig.provider.runs == 2


async def test_a_provider_that_cannot_tell_whether_its_server_is_there_waits_as_others_do(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rig.provider, "reachable", fail)
    rig.provider.fails["run"] = ConnectionLost("down")
    rig.keeper.start()
    await asyncio.sleep(20)
    assert rig.pauses == [0.5, 1, 2, 4, 8, 16]
    assert "Traceback" in caplog.text

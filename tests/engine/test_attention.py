"""Do not disturb, auto-answer and claims, on a real database and a phone of stand-ins."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.core.conftest import _JumpingLoop
from tests.engine.conftest import AddAccount, rings
from tests.fakes import until
from tuiphone.control.attention import ClaimNotice, SetDisturb
from tuiphone.core.call import AnswerWish, Call, CallId, CallState, EndReason
from tuiphone.core.errors import NotPossible, RequestFailed
from tuiphone.core.events import CallEnded
from tuiphone.core.phone import Phone
from tuiphone.core.policy import FOREVER
from tuiphone.engine.alarm import CHECK_SECONDS, Alarm
from tuiphone.engine.attention import AttentionService
from tuiphone.engine.service import NoDirectory
from tuiphone.store.config import CallPreferences, Preferences
from tuiphone.store.db import Database
from tuiphone.store.paths import find


class Tones:
    """A mixer that counts what is played."""

    def __init__(self) -> None:
        self.played: list[float | None] = []

    def play(self, source: Any, *, seconds: float | None = None) -> None:
        self.played.append(seconds)


class Rig:
    """The service on a database that lasts."""

    def __init__(self, phone: Phone, database: Database, folder: Path) -> None:
        self.phone = phone
        self.tones = Tones()
        self.parts: Any = SimpleNamespace(
            paths=find(folder),
            preferences=Preferences(),
            database=database,
            phone=phone,
            mixer=self.tones,
            directory=NoDirectory(),
        )
        self.service = AttentionService(self.parts)

    def settle(self, **calls: Any) -> None:
        """The settings are like this now."""
        self.parts.preferences = Preferences(calls=CallPreferences(**calls))

    async def disturb(self, until: float | None) -> None:
        await self.service.set_disturb(SetDisturb(until))

    def call(self, id: CallId) -> Call:
        found = self.phone.state.call(id)
        assert found is not None
        return found


@pytest.fixture
async def rig(phone: Phone, tmp_path: Path) -> AsyncIterator[Rig]:
    database = await Database.open(tmp_path / "phone.db")
    rig = Rig(phone, database, tmp_path)
    await rig.service.start()
    yield rig
    await rig.service.close()
    await database.close()


# -- do not disturb ---------------------------------------------------------------------------------------------


async def test_a_call_rings_quietly_while_nobody_is_to_be_disturbed_and_loudly_before_and_after(
    rig: Rig, add_account: AddAccount
) -> None:
    home = await add_account()
    assert not rig.call(await rings(rig.phone, home)).silenced
    await rig.disturb(time.time() + 60)
    assert rig.call(await rings(rig.phone, home)).silenced
    await rig.disturb(None)
    await until(lambda: rig.phone.state.do_not_disturb is None)
    assert not rig.call(await rings(rig.phone, home)).silenced


async def test_what_rings_already_goes_quiet(rig: Rig, add_account: AddAccount) -> None:
    home = await add_account()
    rig.settle(dnd_allow=("carol",))
    bob, carol = await rings(rig.phone, home, "bob"), await rings(rig.phone, home, "carol")
    await rig.disturb(FOREVER)
    await until(lambda: rig.call(bob).silenced)
    assert not rig.call(carol).silenced


@pytest.mark.parametrize("written", ["0901234567", "+84 90 123 45 67", "0084901234567", "tel:+84-901-234-567"])
async def test_somebody_who_may_rings_in_whatever_form_the_number_is_written(
    rig: Rig, add_account: AddAccount, written: str
) -> None:
    home = await add_account(country="VN")
    rig.settle(dnd_allow=(written,))
    await rig.disturb(FOREVER)
    assert not rig.call(await rings(rig.phone, home, "+84901234567")).silenced
    assert not rig.call(await rings(rig.phone, home, "0901234567")).silenced
    assert rig.call(await rings(rig.phone, home, "+84901234568")).silenced
    assert rig.call(await rings(rig.phone, home, "mallory", name=written)).silenced


async def test_favourites_ring_unless_the_settings_say_no(
    rig: Rig, add_account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.parts.directory, "is_favourite", lambda peer, account: peer.text == "bob", raising=False)
    home = await add_account()
    await rig.disturb(FOREVER)
    assert not rig.call(await rings(rig.phone, home, "bob")).silenced
    assert rig.call(await rings(rig.phone, home, "carol")).silenced
    rig.settle(dnd_favourites=False)
    assert rig.call(await rings(rig.phone, home, "bob")).silenced


async def test_calls_are_refused_as_busy_where_the_settings_say_so(rig: Rig, add_account: AddAccount) -> None:
    home = await add_account()
    rig.settle(dnd="reject", dnd_allow=("carol",))
    await rig.disturb(FOREVER)
    bob, carol = await rings(rig.phone, home, "bob"), await rings(rig.phone, home, "carol")
    await until(lambda: home.asked("reject") == [(bob.ref,)])
    await until(lambda: rig.call(bob).reason is EndReason.REJECTED)
    assert rig.call(carol).state is CallState.INCOMING


@pytest.mark.parametrize("end", [-1.0, 0.0, float("nan"), float("inf"), FOREVER * 2])
async def test_an_end_that_is_none_is_refused(rig: Rig, end: float) -> None:
    with pytest.raises(NotPossible):
        await rig.disturb(end)
    assert rig.phone.state.do_not_disturb is None


async def test_it_outlives_the_engine_and_ends_in_the_next_one(rig: Rig, tmp_path: Path) -> None:
    end = time.time() + 0.6
    await rig.disturb(end)
    await rig.service.close()
    second = Rig(rig.phone, rig.parts.database, tmp_path)
    await second.service.start()
    await until(lambda: rig.phone.state.do_not_disturb == end)
    await until(lambda: rig.phone.state.do_not_disturb is None)
    assert time.time() >= end
    await second.service.close()


@pytest.mark.parametrize("kept", ["", "x", "nan", "-inf", "inf", "1e400", "5", "\x00"])
async def test_what_is_kept_may_be_anything(rig: Rig, tmp_path: Path, kept: str) -> None:
    from tuiphone.store.memory import keep

    await keep(rig.parts.database, "", "do not disturb", kept)
    second = Rig(rig.phone, rig.parts.database, tmp_path)
    await second.service.start()
    await asyncio.sleep(0)
    assert rig.phone.state.do_not_disturb is None
    await second.service.close()


def in_jumping_time(work: Callable[[], Any]) -> None:
    """Run this in a loop whose clock jumps to the next timer."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        runner.run(work())


def test_the_end_is_told_at_its_very_moment_and_once() -> None:
    async def work() -> None:
        loop, went_off = asyncio.get_running_loop(), []

        async def then() -> None:
            went_off.append(loop.time())

        alarm = Alarm(then, clock=lambda: 1000 + loop.time())
        alarm.set(1000 + 3601.5)
        await asyncio.sleep(7200)
        assert went_off == [pytest.approx(3601.5)]

    in_jumping_time(work)


@pytest.mark.parametrize(("jump", "expected"), [(3600.0, 100 + CHECK_SECONDS), (-600.0, 4200.0)])
def test_a_clock_that_is_set_moves_the_end(jump: float, expected: float) -> None:
    async def work() -> None:
        loop, went_off = asyncio.get_running_loop(), []

        async def then() -> None:
            went_off.append(loop.time())

        alarm = Alarm(then, clock=lambda: 1000 + loop.time() + (jump if loop.time() > 100 else 0))
        alarm.set(1000 + 3600)
        await asyncio.sleep(7200)
        assert len(went_off) == 1
        assert went_off[0] == pytest.approx(expected, abs=CHECK_SECONDS)

    in_jumping_time(work)


def test_another_end_forgets_the_one_before() -> None:
    async def work() -> None:
        loop, went_off = asyncio.get_running_loop(), []

        async def then() -> None:
            went_off.append(loop.time())

        alarm = Alarm(then, clock=loop.time)
        alarm.set(10)
        alarm.set(20)
        await asyncio.sleep(15)
        alarm.set(None)
        await asyncio.sleep(60)
        assert went_off == []

    in_jumping_time(work)


# -- answering by itself ----------------------------------------------------------------------------------------


async def test_calls_to_an_account_that_answers_by_itself_are_picked_up_with_a_tone(
    rig: Rig, add_account: AddAccount
) -> None:
    home = await add_account(auto_answer=0.05)
    id = await rings(rig.phone, home)
    assert rig.call(id).state is CallState.INCOMING
    await until(lambda: rig.call(id).state is CallState.ACTIVE)
    assert rig.call(id).auto_answered
    assert not rig.call(id).muted
    await until(lambda: len(rig.tones.played) == 1)


async def test_calls_of_some_callers_are_picked_up_on_any_account_the_microphone_closed(
    rig: Rig, add_account: AddAccount
) -> None:
    rig.settle(auto_answer_from=("090 123 4567",), auto_answer_after=0.01, auto_answer_muted=True)
    home = await add_account(country="VN")
    id, other = await rings(rig.phone, home, "+84901234567"), await rings(rig.phone, home, "+84901234568")
    await until(lambda: rig.call(id).state is CallState.ACTIVE)
    assert rig.call(id).muted
    assert rig.call(other).state is CallState.INCOMING


async def test_a_caller_that_may_ask_for_it_is_picked_up_with_a_tone(rig: Rig, add_account: AddAccount) -> None:
    home = await add_account()
    id = await rings(rig.phone, home, answer_wish=AnswerWish(0.0, muted=True))
    await until(lambda: rig.call(id).state is CallState.ACTIVE)
    assert (rig.call(id).auto_answered, rig.call(id).answered_as_asked, rig.call(id).muted) == (True, True, True)
    await until(lambda: len(rig.tones.played) == 1)


async def test_whoever_is_quicker_than_the_phone_has_the_call(rig: Rig, add_account: AddAccount) -> None:
    home = await add_account(auto_answer=0.5)
    silenced, rejected, gone = [await rings(rig.phone, home, peer) for peer in ("a", "b", "c")]
    rig.phone.silence(silenced)
    await rig.phone.reject(rejected)
    home.emit(CallEnded(gone.ref, EndReason.NO_ANSWER))
    await asyncio.sleep(0.7)
    assert home.asked("answer") == []
    assert rig.call(silenced).state is CallState.INCOMING
    by_hand = await rings(rig.phone, home, "d")
    await rig.phone.answer(by_hand)
    await asyncio.sleep(0.7)
    assert len(home.asked("answer")) == 1
    assert not rig.call(by_hand).auto_answered


async def test_of_two_calls_at_once_the_second_rings_on(rig: Rig, add_account: AddAccount) -> None:
    home = await add_account(auto_answer=0.05)
    first, second = await rings(rig.phone, home, "a"), await rings(rig.phone, home, "b")
    # On a busy machine the times of both are up at the same moment.
    time.sleep(0.1)  # noqa: ASYNC251
    await until(lambda: rig.call(first).state is CallState.ACTIVE)
    await asyncio.sleep(0.1)
    assert rig.call(second).state is CallState.INCOMING


async def test_do_not_disturb_that_begins_meanwhile_keeps_the_phone_from_answering(
    rig: Rig, add_account: AddAccount
) -> None:
    home = await add_account(auto_answer=0.5)
    rig.settle(dnd_allow=("bob",))
    id = await rings(rig.phone, home)
    await rig.disturb(FOREVER)
    await asyncio.sleep(0.7)
    assert rig.call(id).state is CallState.INCOMING


async def test_a_server_that_refuses_the_answer_is_told_of_and_the_call_rings_on(
    rig: Rig, add_account: AddAccount
) -> None:
    home = await add_account(auto_answer=0.01)
    home.fails["answer"] = RequestFailed("5", "no answers today")
    id = await rings(rig.phone, home)
    await until(lambda: rig.call(id).detail and "no answers today" in rig.call(id).detail)
    assert rig.call(id).state is CallState.INCOMING


# -- who tells --------------------------------------------------------------------------------------------------


async def test_of_several_screens_at_one_place_the_first_tells(rig: Rig) -> None:
    async def claim(what: str, place: str) -> bool:
        return (await rig.service.claim(ClaimNotice(what, place))).is_yours

    assert await claim("rings home/1", "desktop")
    assert not await claim("rings home/1", "desktop")
    assert await claim("rings home/1", "ssh")
    assert await claim("rings home/2", "desktop")


async def test_claims_are_bounded_whatever_is_asked(rig: Rig) -> None:
    for number in range(3000):
        await rig.service.claim(ClaimNotice(f"{number}" + "x" * 10_000, "p" * 10_000))
    assert len(rig.service._claims) <= 1000
    assert max(len(part) for claim in rig.service._claims for part in claim) <= 1000

"""Accounts come, go, are switched off and on, and one that is broken harms no other."""

import asyncio
from typing import Any

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING, FakeProvider
from tuiphone.core.call import ACCOUNT_OFF, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import AccessDenied, ConnectionLost, NotPossible
from tuiphone.core.events import AccountRemoved, CallEnded, Link
from tuiphone.core.model import Account


def link(rig: Rig, name: str) -> Link | None:
    state = rig.phone.state.account(name)
    return None if state is None else state.link


async def test_an_account_shows_who_we_are_and_what_it_can(rig: Rig) -> None:
    await rig.add(numbers=("0800", "0801"))
    state = rig.phone.state.account("home")
    assert state is not None
    assert state.account == Account("home", "fake", EVERYTHING, identity="me", numbers=("0800", "0801"))


async def test_an_account_that_is_switched_off_does_not_connect(rig: Rig) -> None:
    made: list[FakeProvider] = []

    def make(emit: Any) -> FakeProvider:
        made.append(FakeProvider(emit))
        return made[0]

    rig.phone.add_account(Account("home", "fake", EVERYTHING), make, enabled=False)
    await asyncio.sleep(100)
    assert link(rig, "home") is Link.OFF
    assert made[0].runs == 0
    await rig.phone.switch_account("home", on=True)
    await settle()
    assert link(rig, "home") is Link.ONLINE


async def test_switching_an_account_off_lets_its_link_go(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.switch_account("home", on=False)
    await asyncio.sleep(100)
    assert link(rig, "home") is Link.OFF
    assert provider.runs == 1


async def test_an_account_with_a_call_is_not_switched_off(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(NotPossible, match="home has a call; hang up first"):
        await rig.phone.switch_account("home", on=False)
    assert rig.call(id).state is CallState.ACTIVE
    assert link(rig, "home") is Link.ONLINE


async def test_an_account_whose_calls_cannot_be_hung_up_here_is_switched_off_in_the_middle_of_one(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~Capability.HANGUP)
    id = await rig.talk(provider)
    await rig.phone.switch_account("home", on=False)
    await settle()
    assert link(rig, "home") is Link.OFF
    assert rig.call(id).state is CallState.ENDED
    assert rig.call(id).detail == ACCOUNT_OFF


async def test_a_broken_account_is_shown_while_the_others_ring(rig: Rig) -> None:
    rig.phone.add_broken_account(Account("bad", "?", Capability(0)), "bad.toml: no such key: tokn")
    provider = await rig.add()
    await rig.ring(provider)
    state = rig.phone.state.account("bad")
    assert state is not None
    assert (state.link, state.detail) == (Link.BROKEN, "bad.toml: no such key: tokn")
    assert rig.phone.state.incoming is not None
    for refused in (rig.phone.switch_account("bad", on=True), rig.phone.switch_account("nobody", on=True)):
        with pytest.raises(NotPossible):
            await refused
    with pytest.raises(NotPossible, match="bad cannot be used"):
        rig.phone.retry_account("bad")


async def test_removing_an_account_hangs_its_calls_up_and_leaves_the_others(rig: Rig) -> None:
    home, work = await rig.add(), await rig.add("work")
    other = await rig.talk(work, account="work")
    mine = await rig.talk(home)
    await rig.phone.hold(other, on=False)
    await rig.phone.remove_account("home")
    await settle()
    assert home.asked("hangup") == [(mine.ref,)]
    assert rig.call(mine).state is CallState.ENDED
    assert rig.factory.made[1].is_closed
    assert link(rig, "home") is None
    assert link(rig, "work") is Link.ONLINE
    assert rig.call(other).state is CallState.ACTIVE


async def test_a_call_that_rings_when_its_account_is_removed_was_missed(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    await rig.phone.remove_account("home")
    assert rig.call(id).reason is EndReason.MISSED
    assert [event.ref for event in rig.events(CallEnded)] == [id.ref]


async def test_everybody_is_told_that_an_account_is_gone(rig: Rig) -> None:
    await rig.add()
    await rig.phone.remove_account("home")
    last = rig.changes[-1]
    assert isinstance(last.event, AccountRemoved)
    assert (last.before.account("home") is None, last.after.account("home")) == (False, None)


async def test_a_call_that_begins_while_its_account_is_removed_does_not_outlive_it(rig: Rig) -> None:
    provider = await rig.add()
    provider.stalls.add("hangup")
    busy = await rig.talk(provider)
    removal = asyncio.ensure_future(rig.phone.remove_account("home"))
    await settle()
    provider.stalls.add("dial")
    late = asyncio.ensure_future(rig.phone.dial("carol", account="home"))
    await settle()
    await removal
    late.cancel()
    await settle()
    assert [call.state for call in rig.phone.state.calls] == [CallState.ENDED] * 2
    assert rig.call(busy).state is CallState.ENDED
    assert all(media.is_closed for media in rig.factory.made)


async def test_a_call_its_provider_begins_with_its_last_breath_does_not_outlive_the_account(rig: Rig) -> None:
    provider = await rig.add()
    removal = asyncio.ensure_future(rig.phone.remove_account("home"))
    provider.incoming()
    await removal
    assert [call.state for call in rig.phone.state.calls] == [CallState.ENDED]


async def test_a_dial_finds_its_account_gone_when_other_calls_are_held(rig: Rig) -> None:
    home, work = await rig.add(), await rig.add("work")
    await rig.talk(work, account="work")
    work.stalls.add("hold")
    dialling = asyncio.ensure_future(rig.phone.dial("bob", account="home"))
    await settle()
    await rig.phone.remove_account("home")
    with pytest.raises(NotPossible, match="There is no account home"):
        await dialling
    assert not home.asked("dial")


async def test_removing_an_account_twice_at_once_removes_it_once(rig: Rig) -> None:
    await rig.add()
    await asyncio.gather(rig.phone.remove_account("home"), rig.phone.remove_account("home"))
    assert link(rig, "home") is None


async def test_an_account_that_is_switched_off_is_not_connected_by_a_wish_to_try_again(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.switch_account("home", on=False)
    await settle()
    with pytest.raises(NotPossible, match="home is switched off; switch it on first"):
        rig.phone.retry_account("home")
    await asyncio.sleep(100)
    assert provider.runs == 1


async def test_removing_an_account_nobody_knows_is_nothing(rig: Rig) -> None:
    await rig.add()
    await rig.phone.remove_account("nobody")
    assert link(rig, "home") is Link.ONLINE


async def test_an_account_of_the_same_name_takes_the_place_of_the_old_one(rig: Rig) -> None:
    old = await rig.add()
    new = await rig.add(capabilities=EVERYTHING & ~Capability.VIDEO)
    await asyncio.sleep(100)
    assert (old.runs, new.runs) == (1, 1)
    assert (old.is_running, new.is_running) == (False, True), "the old link was let go"
    assert len(rig.phone.state.accounts) == 1


async def test_accounts_are_listed_by_name(rig: Rig) -> None:
    for name in ("work", "home", "club"):
        await rig.add(name)
    assert [known.account.name for known in rig.phone.state.accounts] == ["club", "home", "work"]


async def test_a_link_that_was_up_for_long_is_tried_again_at_once(rig: Rig) -> None:
    provider = await rig.add()
    pauses: list[float] = []
    for lasts_s in (1, 1, 1, 3600, 1):
        await asyncio.sleep(lasts_s)
        provider.lose(ConnectionLost("down"))
        await settle()
        state = rig.phone.state.account("home")
        assert state is not None
        assert state.retry_at is not None
        pauses.append(state.retry_at - state.since)
        await asyncio.sleep(pauses[-1] + 0.01)
    assert pauses == pytest.approx([0.5, 1, 2, 0.5, 1], rel=0.26)


async def test_a_retry_connects_an_account_whose_credentials_were_refused(rig: Rig) -> None:
    provider = await rig.add()
    provider.lose(AccessDenied("The token has expired."))
    await asyncio.sleep(1000)
    assert link(rig, "home") is Link.FAILED
    rig.phone.retry_account("home")
    await settle()
    assert link(rig, "home") is Link.ONLINE
    assert provider.runs == 2

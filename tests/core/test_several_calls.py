"""Several calls: swapping, a conference, a transfer after asking; and that only what is meant to hears us."""

import asyncio

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING, FakeMedia, FakeProvider
from tuiphone.core.call import CallId, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.commands import HOLD_SECONDS
from tuiphone.core.errors import ConnectionLost, NotPossible, RequestFailed
from tuiphone.core.events import CallAnswered, CallEnded, CallHeld, CallHeldByPeer
from tuiphone.core.ledger import Change

ACTIVE, HELD, ENDED = CallState.ACTIVE, CallState.HELD, CallState.ENDED


def media(rig: Rig, id: CallId) -> FakeMedia:
    found = rig.phone._switchboard.get(id)
    assert isinstance(found, FakeMedia)
    return found


def hear_us(rig: Rig) -> set[str]:
    """The calls whose far side hears the microphone."""
    found: set[str] = set()
    for call in rig.phone.state.live_calls:
        one = media(rig, call.id)
        if one.is_started and not one.is_held:
            found.add(call.peer.text)
    return found


async def three(rig: Rig, provider: FakeProvider) -> tuple[CallId, CallId, CallId]:
    """Three answered calls, the last of them talking."""
    ids = [await rig.talk(provider, who) for who in ("ann", "bob", "cat")]
    return ids[0], ids[1], ids[2]


# -- who hears us ---------------------------------------------------------------------------------------------------


async def test_a_call_of_ours_that_is_answered_late_closes_the_microphone_to_the_one_taken_back_meanwhile(
    rig: Rig,
) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    second = await rig.phone.dial("bob", account="home")
    await rig.phone.hold(first, on=False)
    await settle()
    assert hear_us(rig) == {"ann"}
    provider.stalls.add("hold")  # the server takes its time, the microphone must not
    heard: list[set[str]] = []

    async def listen(change: Change) -> None:
        heard.append(hear_us(rig))  # as slow as a disk: what it sees is what could be heard meanwhile

    rig.phone.listen(listen)
    provider.emit(CallAnswered(second.ref))
    await settle()
    assert heard[0] == {"bob"}
    assert hear_us(rig) == {"bob"}
    await asyncio.sleep(HOLD_SECONDS + 1)
    assert rig.call(first).state is HELD


async def test_two_screens_that_take_back_different_calls_end_up_with_one(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.hold(second, on=True)
    await settle()
    await asyncio.gather(rig.phone.hold(first, on=False), rig.phone.hold(second, on=False))
    await settle()
    assert len(hear_us(rig)) == 1
    assert [rig.call(id).state for id in (first, second)].count(ACTIVE) == 1


async def test_calls_whose_sound_is_elsewhere_are_left_alone_by_what_others_do(rig: Rig) -> None:
    desk = await rig.add("desk", EVERYTHING & ~Capability.MEDIA)
    here = await rig.add("home")
    mine = await rig.talk(here, "ann")
    theirs = await rig.phone.dial("bob", account="desk")
    await rig.phone.hold(mine, on=False)
    desk.emit(CallAnswered(theirs.ref))
    await settle()
    assert rig.call(mine).state is ACTIVE
    assert rig.call(theirs).state is ACTIVE


# -- swapping -------------------------------------------------------------------------------------------------------


async def test_swapping_holds_first_and_then_takes_the_other_back(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    provider.log.clear()
    assert await rig.phone.swap() == first
    await settle()
    assert provider.asked("hold") == [(second.ref, True), (first.ref, False)]
    assert (rig.call(first).state, rig.call(second).state) == (ACTIVE, HELD)
    assert hear_us(rig) == {"ann"}


async def test_with_three_calls_swapping_goes_round(rig: Rig) -> None:
    provider = await rig.add()
    first, second, third = await three(rig, provider)
    order: list[CallId] = []
    for _ in range(4):
        order.append(await rig.phone.swap())
        await settle()
        assert hear_us(rig) == {rig.call(order[-1]).peer.text}
    assert order == [first, second, third, first]


@pytest.mark.parametrize("how", ["fails", "stalls"])
async def test_a_hold_that_fails_at_the_server_is_made_here_and_the_swap_goes_on(rig: Rig, how: str) -> None:
    provider, other = await rig.add(), await rig.add("work")
    first = await rig.talk(other, "ann", account="work")
    second = await rig.talk(provider, "bob")
    if how == "fails":
        provider.fails["hold"] = RequestFailed(5, "No.")
    else:
        provider.stalls.add("hold")
    await rig.phone.swap()
    await settle()
    assert (rig.call(first).state, rig.call(second).state) == (ACTIVE, HELD)
    assert hear_us(rig) == {"ann"}


async def test_without_a_call_on_hold_there_is_nothing_to_swap_with(rig: Rig) -> None:
    provider = await rig.add()
    with pytest.raises(NotPossible, match="no call on hold"):
        await rig.phone.swap()
    await rig.talk(provider)
    with pytest.raises(NotPossible, match="no call on hold"):
        await rig.phone.swap()


async def test_with_every_call_on_hold_swapping_takes_one_back(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    await rig.phone.hold(first, on=True)
    await settle()
    assert await rig.phone.swap() == first


# -- conference -----------------------------------------------------------------------------------------------------


async def test_joined_calls_of_different_accounts_all_hear_us_and_are_mixed(rig: Rig) -> None:
    home, work = await rig.add("home"), await rig.add("work")
    first = await rig.talk(home, "ann")
    second = await rig.talk(work, "bob", account="work")
    await rig.phone.join()
    await settle()
    for id in (first, second):
        assert rig.call(id).conference
        assert rig.call(id).state is ACTIVE
        assert media(rig, id).is_joined
    assert hear_us(rig) == {"ann", "bob"}


async def test_a_third_call_is_added_and_the_rest_stays_joined(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.join([first, second])
    third = await rig.talk(provider, "cat")
    await settle()
    assert {rig.call(id).state for id in (first, second)} == {HELD}, "calling another holds the whole conference"
    assert rig.call(first).conference
    await rig.phone.join([third])
    await settle()
    assert hear_us(rig) == {"ann", "bob", "cat"}
    assert len(rig.phone.state.conference) == 3


async def test_of_three_calls_two_can_be_joined_and_the_third_hears_nothing(rig: Rig) -> None:
    provider = await rig.add()
    first, second, third = await three(rig, provider)
    await rig.phone.join([first, second])
    await settle()
    assert hear_us(rig) == {"ann", "bob"}
    assert rig.call(third).state is HELD
    assert not media(rig, third).is_joined


async def test_answering_another_call_holds_the_conference_and_it_comes_back_as_one(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.join()
    await settle()
    third = await rig.ring(provider, peer="cat")
    await rig.phone.answer(third)
    await settle()
    assert hear_us(rig) == {"cat"}
    assert await rig.phone.swap() == first
    await settle()
    assert hear_us(rig) == {"ann", "bob"}
    assert rig.call(third).state is HELD
    assert [call.id for call in rig.phone.state.conference] == [first, second]


async def test_holding_one_takes_it_out_of_the_conference(rig: Rig) -> None:
    provider = await rig.add()
    first, second, third = await three(rig, provider)
    await rig.phone.join()
    await rig.phone.hold(second, on=True)
    await settle()
    assert not rig.call(second).conference
    assert not media(rig, second).is_joined
    assert [call.id for call in rig.phone.state.conference] == [first, third]
    assert hear_us(rig) == {"ann", "cat"}


async def test_one_that_leaves_ends_its_own_part_only_and_the_last_one_is_no_conference(rig: Rig) -> None:
    provider = await rig.add()
    first, second, third = await three(rig, provider)
    await rig.phone.join()
    await settle()
    provider.emit(CallEnded(second.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert hear_us(rig) == {"ann", "cat"}
    assert rig.call(first).conference
    await rig.phone.hangup(third)
    await settle()
    assert rig.call(first).state is ACTIVE
    assert not rig.call(first).conference
    assert not media(rig, first).is_joined


async def test_muting_in_a_conference_closes_the_microphone_to_all_and_joining_keeps_it_closed(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.mute(first, on=True)
    await settle()
    await rig.phone.join()
    await settle()
    assert media(rig, second).is_muted
    assert rig.call(second).muted
    assert [asked[1] for asked in provider.asked("mute") if asked[0] == second.ref] == [True]
    await rig.phone.mute(second, on=False)
    await settle()
    assert not media(rig, first).is_muted
    assert not rig.call(first).muted


async def test_splitting_goes_on_with_one_and_holds_the_others(rig: Rig) -> None:
    provider = await rig.add()
    first, second, third = await three(rig, provider)
    await rig.phone.join()
    await settle()
    await rig.phone.split(second)
    await settle()
    assert rig.phone.state.conference == ()
    assert [rig.call(id).state for id in (first, second, third)] == [HELD, ACTIVE, HELD]
    assert not any(media(rig, id).is_joined for id in (first, second, third))
    assert hear_us(rig) == {"bob"}


async def test_splitting_a_conference_on_hold_takes_that_one_back(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.join()
    await rig.talk(provider, "cat")
    await rig.phone.split(first)
    await settle()
    assert hear_us(rig) == {"ann"}
    assert rig.call(second).state is HELD


async def test_a_member_that_put_us_on_hold_does_not_play_its_music_to_the_others(rig: Rig) -> None:
    provider = await rig.add()
    first, _ = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.join()
    provider.emit(CallHeldByPeer(first.ref, on=True))
    await settle()
    assert not media(rig, first).is_joined
    provider.emit(CallHeldByPeer(first.ref, on=False))
    await settle()
    assert media(rig, first).is_joined


async def test_one_that_cannot_be_taken_back_stays_out_and_the_error_is_told(rig: Rig) -> None:
    home, work = await rig.add("home"), await rig.add("work")
    first = await rig.talk(home, "ann")
    await rig.talk(work, "bob", account="work")
    home.fails["hold"] = RequestFailed(5, "It has no such call.")
    with pytest.raises(RequestFailed):
        await rig.phone.join()
    await settle()
    assert rig.phone.state.conference == ()
    assert rig.call(first).state is HELD
    assert hear_us(rig) == {"bob"}


async def test_a_conference_needs_two_answered_calls_with_sound_here(rig: Rig) -> None:
    desk, home = await rig.add("desk", EVERYTHING & ~Capability.MEDIA), await rig.add("home")
    await rig.talk(home, "ann")
    elsewhere = await rig.talk(desk, "bob", account="desk")
    await rig.phone.dial("cat", account="home")
    with pytest.raises(NotPossible, match="two answered calls"):
        await rig.phone.join()
    with pytest.raises(NotPossible, match="sound of desk is not here"):
        await rig.phone.join([elsewhere, *(call.id for call in rig.phone.state.calls)])
    with pytest.raises(NotPossible, match="in no conference"):
        await rig.phone.split(elsewhere)


# -- transfer after asking ------------------------------------------------------------------------------------------


async def test_asking_holds_the_call_and_connecting_ends_both_as_transferred(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    asked = await rig.phone.consult(first, "bob")
    await settle()
    assert (rig.call(first).state, rig.call(asked).consults) == (HELD, first.ref)
    provider.emit(CallAnswered(asked.ref))
    await settle()
    assert hear_us(rig) == {"bob"}
    await rig.phone.connect(asked, first)
    await settle()
    assert provider.asked("join") == [(first.ref, asked.ref)]
    assert {rig.call(id).reason for id in (first, asked)} == {EndReason.TRANSFERRED}


async def test_two_calls_that_are_up_already_are_connected_the_one_talked_to_last(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    await rig.phone.connect(second, first)
    assert provider.asked("join") == [(first.ref, second.ref)]


async def test_ending_the_consultation_leads_back_to_the_first_call(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    for answered in (False, True):
        asked = await rig.phone.consult(first, "bob")
        if answered:
            provider.emit(CallAnswered(asked.ref))
            await settle()
        await rig.phone.hangup(asked)
        await settle()
        assert hear_us(rig) == {"ann"}


@pytest.mark.parametrize("reason", [EndReason.BUSY, EndReason.NO_ANSWER, EndReason.REJECTED])
async def test_a_consultation_that_comes_to_nothing_leads_back(rig: Rig, reason: EndReason) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    asked = await rig.phone.consult(first, "bob")
    provider.emit(CallEnded(asked.ref, reason))
    await settle()
    assert hear_us(rig) == {"ann"}


async def test_when_the_one_who_was_asked_hangs_up_the_first_call_does_not_hear_us_unasked(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    asked = await rig.phone.consult(first, "bob")
    provider.emit(CallAnswered(asked.ref))
    provider.emit(CallEnded(asked.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert rig.call(first).state is HELD


async def test_a_consultation_that_cannot_be_dialled_leads_back(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    provider.fails["dial"] = ConnectionLost("The line is down.")
    with pytest.raises(ConnectionLost):
        await rig.phone.consult(first, "bob")
    await settle()
    assert hear_us(rig) == {"ann"}


async def test_after_swapping_back_ending_the_consultation_changes_nothing_else(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider, "ann")
    asked = await rig.phone.consult(first, "bob")
    provider.emit(CallAnswered(asked.ref))
    await settle()
    await rig.phone.swap()
    await settle()
    other = await rig.talk(provider, "cat")
    await rig.phone.hangup(asked)
    await settle()
    assert hear_us(rig) == {"cat"}
    assert rig.call(other).state is ACTIVE


async def test_a_transfer_after_asking_is_refused_where_it_makes_no_sense(rig: Rig) -> None:
    provider, blind = await rig.add(), await rig.add("blind", EVERYTHING & ~Capability.TRANSFER_ATTENDED)
    first = await rig.talk(provider, "ann")
    asked = await rig.phone.consult(first, "bob")
    with pytest.raises(NotPossible, match="dialing cannot be transferred after asking"):
        await rig.phone.connect(first, asked)
    with pytest.raises(NotPossible, match="same account"):
        await rig.phone.connect(first, first)
    away = await rig.talk(blind, "cat", account="blind")
    with pytest.raises(NotPossible, match="same account"):
        await rig.phone.connect(first, away)
    with pytest.raises(NotPossible, match="blind cannot ask before it transfers"):
        await rig.phone.consult(away, "dan")
    assert not provider.asked("join")
    assert not blind.asked("dial")[1:]


async def test_a_refused_connection_leaves_both_calls_as_they_were(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    provider.fails["join"] = RequestFailed(488, "Not here.")
    with pytest.raises(RequestFailed):
        await rig.phone.connect(first, second)
    await settle()
    assert (rig.call(first).state, rig.call(second).state) == (HELD, ACTIVE)
    assert rig.call(first).pending is None


# -- notes ----------------------------------------------------------------------------------------------------------


async def test_a_note_is_kept_with_the_call_also_when_it_has_just_ended(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.note(id, "  calls back on Monday ")
    assert rig.call(id).note == "calls back on Monday"
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    await rig.phone.note(id, "sent the offer")
    assert (rig.call(id).state, rig.call(id).note) == (ENDED, "sent the offer")
    await rig.phone.note(id, " ")
    assert rig.call(id).note is None
    with pytest.raises(NotPossible, match="at most 2,000"):
        await rig.phone.note(id, "x" * 2001)


async def test_a_hold_that_the_server_makes_is_no_reason_to_hold_others(rig: Rig) -> None:
    provider = await rig.add()
    first, second = await rig.talk(provider, "ann"), await rig.talk(provider, "bob")
    provider.log.clear()
    provider.emit(CallHeld(first.ref, on=True))
    await settle()
    assert rig.call(second).state is ACTIVE
    assert not provider.asked("hold")

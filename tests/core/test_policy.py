"""Who rings, who rings quietly, who is refused, and who is answered unasked."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.build import BOB, call, with_calls
from tests.core.conftest import Rig, settle
from tuiphone.core.call import AnswerWish, Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Action, Capability
from tuiphone.core.events import CallStarted, DisturbChanged
from tuiphone.core.model import Account, Address
from tuiphone.core.policy import FOREVER, PickUp, Rules, Treatment, picks_up, treatment
from tuiphone.core.state import PhoneState, with_account

NOW = 1000.0
RING, QUIET, REFUSE = Treatment
RINGS = call(CallState.INCOMING)
TALKS = replace(call(CallState.ACTIVE), id=CallId("home", "2"))
RINGS_TOO = replace(RINGS, id=CallId("home", "3"))


def is_among(address: Address, account: str, listed: tuple[str, ...]) -> bool:
    return address.text in listed


def rules(**changes: Any) -> Rules:
    return replace(Rules(is_among, lambda address, account: False), **changes)


FRIENDS = {"is_favourite": lambda address, account: address == BOB}


@pytest.mark.parametrize(
    ("until", "wanted", "expected"),
    [
        (None, {}, RING),
        (NOW + 1, {}, QUIET),
        (FOREVER, {}, QUIET),
        (NOW, {}, RING),
        (NOW - 1, {"refuse": True}, RING),
        (NOW + 1, {"refuse": True}, REFUSE),
        (NOW + 1, {"allowed": ("bob",)}, RING),
        (NOW + 1, {"allowed": ("bob",), "refuse": True}, RING),
        (NOW + 1, {"allowed": ("carol",)}, QUIET),
        (NOW + 1, FRIENDS, RING),
        (NOW + 1, FRIENDS | {"favourites_ring": False}, QUIET),
    ],
)
def test_a_call_is_taken_as_the_time_and_the_rules_say(
    until: float | None, wanted: dict[str, Any], expected: Treatment
) -> None:
    state = replace(PhoneState(), do_not_disturb=until)
    assert treatment(state, BOB, "home", NOW, rules(**wanted)) is expected


def account(seconds: float | None) -> Account:
    return Account("home", "fake", Capability.MEDIA, auto_answer=seconds)


@pytest.mark.parametrize(
    ("calls", "wanted", "of_account", "expected"),
    [
        ([RINGS], {}, None, None),
        ([RINGS], {}, 3.0, 3.0),
        ([RINGS], {"answered": ("bob",), "answer_after": 4.0}, None, 4.0),
        ([RINGS], {"answered": ("bob",), "answer_after": 4.0}, 1.0, 1.0),
        ([RINGS], {"answered": ("carol",)}, None, None),
        ([replace(RINGS, silenced=True)], {}, 3.0, None),
        ([replace(RINGS, pending=Action.REJECT)], {}, 3.0, None),
        ([call(CallState.ACTIVE)], {}, 3.0, None),
        ([call(CallState.RINGING)], {}, 3.0, None),
        ([RINGS, TALKS], {}, 3.0, None),
        ([RINGS, replace(TALKS, state=CallState.HELD)], {}, 3.0, None),
        ([RINGS, replace(TALKS, state=CallState.DIALING)], {}, 3.0, None),
        ([RINGS, TALKS], {"answer_in_call": True}, 3.0, 3.0),
        ([RINGS, RINGS_TOO], {}, 3.0, 3.0),
        ([RINGS, replace(TALKS, state=CallState.ENDED)], {}, 3.0, 3.0),
    ],
)
def test_a_call_is_answered_by_itself_only_where_the_rules_say_so(
    calls: list[Call], wanted: dict[str, Any], of_account: float | None, expected: float | None
) -> None:
    state = with_account(with_calls(*calls), account(of_account))
    found = picks_up(state, calls[0], NOW, rules(**wanted))
    assert (None if found is None else found.after_s) == expected


INTERCOM = replace(RINGS, answer_wish=AnswerWish(0.0))
MUTED = replace(RINGS, answer_wish=AnswerWish(1.0, muted=True))


@pytest.mark.parametrize(
    ("calls", "wanted", "of_account", "expected"),
    [
        ([INTERCOM], {}, None, PickUp(0.0, muted=False, asked=True)),
        ([MUTED], {}, None, PickUp(1.0, muted=True, asked=True)),
        ([INTERCOM], {"answer_muted": True}, None, PickUp(0.0, muted=True, asked=True)),
        ([INTERCOM, RINGS_TOO], {}, None, PickUp(0.0, muted=False, asked=True)),
        ([MUTED], {}, 3.0, PickUp(1.0, muted=True, asked=True)),
        ([INTERCOM, TALKS], {}, None, None),
        ([INTERCOM, replace(TALKS, state=CallState.HELD)], {"answer_in_call": True}, None, None),
        ([INTERCOM, TALKS], {"answer_in_call": True, "answer_muted": True}, 3.0, PickUp(3.0, muted=True)),
        ([replace(INTERCOM, silenced=True)], {}, None, None),
        ([replace(INTERCOM, pending=Action.REJECT)], {}, None, None),
        ([replace(INTERCOM, direction=CallDirection.OUTGOING)], {}, None, None),
        ([replace(INTERCOM, state=CallState.ACTIVE)], {}, None, None),
    ],
)
def test_a_caller_that_asks_for_it_is_answered_beside_no_other_call(
    calls: list[Call], wanted: dict[str, Any], of_account: float | None, expected: PickUp | None
) -> None:
    state = with_account(with_calls(*calls), account(of_account))
    assert picks_up(state, calls[0], NOW, rules(**wanted)) == expected


@pytest.mark.parametrize("ringing", [RINGS, INTERCOM])
@pytest.mark.parametrize("wanted", [{}, {"allowed": ("bob",)}])
def test_nothing_is_answered_by_itself_while_nobody_is_to_be_disturbed(wanted: dict[str, Any], ringing: Call) -> None:
    state = replace(with_account(with_calls(ringing), account(3.0)), do_not_disturb=NOW + 1)
    assert picks_up(state, ringing, NOW, rules(**wanted)) is None


async def test_a_call_that_is_to_ring_quietly_never_rings_loudly_not_even_for_one_event(rig: Rig) -> None:
    rig.phone.ring_quietly_if(lambda account, event, state, at: event.peer.text == "bob")
    home = await rig.add()
    quiet, loud = await rig.ring(home, peer="bob"), await rig.ring(home, peer="carol")
    assert rig.call(quiet).silenced
    assert not rig.call(loud).silenced
    states = [change.after.call(quiet) for change in rig.changes]
    assert all(known.silenced for known in states if known is not None)


async def test_a_decision_that_fails_lets_the_call_ring(rig: Rig) -> None:
    def fails(account: str, event: CallStarted, state: PhoneState, at: float) -> bool:
        raise ZeroDivisionError

    rig.phone.ring_quietly_if(fails)
    id = await rig.ring(await rig.add())
    assert not rig.call(id).silenced


async def test_answering_by_itself_with_a_closed_microphone_never_opens_it(rig: Rig) -> None:
    home = await rig.add()
    id = await rig.ring(home)
    await rig.phone.answer(id, muted=True)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert rig.call(id).auto_answered
    assert rig.call(id).muted
    log = rig.factory.last.log
    assert log.index(("mute", True)) < log.index(("start",))
    assert home.asked("mute") == [(id.ref, True, True)], "the far side is told of it"


async def test_a_call_that_could_not_be_answered_by_itself_can_be_answered_by_hand_and_is_heard(rig: Rig) -> None:
    from tuiphone.core.errors import RequestFailed

    home = await rig.add()
    id = await rig.ring(home)
    home.fails["answer"] = RequestFailed("5", "no")
    with pytest.raises(RequestFailed):
        await rig.phone.answer(id, muted=True)
    del home.fails["answer"]
    await rig.phone.answer(id)
    await settle()
    assert not rig.call(id).muted
    assert not rig.call(id).auto_answered
    assert not rig.factory.last.is_muted
    assert [asked[1] for asked in home.asked("mute")] == [True, False]


async def test_a_call_is_forwarded_unanswered(rig: Rig) -> None:
    home = await rig.add()
    id = await rig.ring(home)
    await rig.phone.forward(id, "carol")
    await settle()
    assert [to.text for _, to in home.asked("forward")] == ["carol"]
    assert rig.call(id).state is CallState.ENDED


def test_do_not_disturb_is_part_of_the_state() -> None:
    from tuiphone.core.reduce import reduce

    assert reduce(PhoneState(), "", DisturbChanged(5.0), 1.0).do_not_disturb == 5.0

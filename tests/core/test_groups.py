"""Group calls: one call with several people in it, from who is asked to what can be done with them."""

import pytest

from tests.core.build import BOB, call, with_calls
from tests.core.conftest import Rig, settle
from tests.core.test_people import Book
from tests.fakes import EVERYTHING, FakeProvider
from tuiphone.core.call import Attendance, CallDirection, CallId, CallState, Participant
from tuiphone.core.capability import Action, Capability, allowed
from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible, RequestFailed
from tuiphone.core.events import (
    CallAnswered,
    CallHeld,
    CallMuted,
    CallStarted,
    ConnectionChanged,
    Link,
    ParticipantsChanged,
)
from tuiphone.core.groups import MAX_PEOPLE
from tuiphone.core.introductions import introduced
from tuiphone.core.model import Address, AddressKind, room
from tuiphone.core.reduce import MAX_PARTICIPANTS, reduce

A, C = Action, Capability
ALONE = EVERYTHING & ~C.GROUP


def user(name: str) -> Address:
    return Address(AddressKind.USER, name)


US = Participant(user("me"), Attendance.JOINED, is_us=True)
THERE = Participant(BOB, Attendance.JOINED)
ASKED = Participant(user("carol"), Attendance.INVITED)


async def gathered(rig: Rig, provider: FakeProvider, *people: str) -> CallId:
    """A group call of ours to which everybody came."""
    id = await rig.phone.start_group(people or ("bob", "carol"))
    provider.emit(CallAnswered(id.ref))
    came = tuple(Participant(user(name), Attendance.JOINED) for name in people or ("bob", "carol"))
    provider.emit(ParticipantsChanged(id.ref, (US, *came)))
    await settle()
    return id


# -- what can be done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "more", "actions"),
    [
        (CallState.DIALING, {}, {A.HANGUP, A.MUTE, A.NOTE}),
        (CallState.INCOMING, {}, {A.ANSWER, A.REJECT, A.SILENCE}),
        (CallState.ACTIVE, {}, {A.HANGUP, A.MUTE, A.NOTE, A.RECORD, A.HOLD, A.INVITE, A.REMOVE}),
        (
            CallState.HELD,
            {"direction": CallDirection.INCOMING},
            {A.HANGUP, A.MUTE, A.NOTE, A.RECORD, A.RESUME, A.INVITE},
        ),
        (CallState.ACTIVE, {"participants": (US, ASKED)}, {A.HANGUP, A.MUTE, A.NOTE, A.RECORD, A.HOLD, A.INVITE}),
        (
            CallState.ACTIVE,
            {"video": True, "camera": True, "cameras": ("a", "b")},
            {A.HANGUP, A.MUTE, A.NOTE, A.RECORD, A.HOLD, A.INVITE, A.REMOVE, A.CAMERA, A.SWITCH_CAMERA},
        ),
    ],
)
def test_a_group_call_is_neither_transferred_nor_joined_with_others(
    state: CallState, more: dict[str, object], actions: set[Action]
) -> None:
    made = call(state, **{"participants": (US, THERE, ASKED), **more})
    assert allowed(made, EVERYTHING) == actions
    assert A.INVITE not in allowed(made, ALONE)


def test_a_call_with_one_peer_is_open_to_nobody_else() -> None:
    assert not {A.INVITE, A.REMOVE} & allowed(call(CallState.ACTIVE), EVERYTHING)


# -- the state ------------------------------------------------------------------------------------------------------


def test_who_is_in_a_group_call_is_told_as_it_changes() -> None:
    born = CallStarted("1", room("Meeting", [BOB]), CallDirection.INCOMING, participants=(US, ASKED))
    state = reduce(with_calls(), "home", born, 1.0)
    assert state.calls[0].participants == (US, ASKED)
    assert state.calls[0].company == ()
    state = reduce(state, "home", ParticipantsChanged("1", (US, THERE, ASKED)), 2.0)
    assert state.calls[0].company == (THERE,)
    many = tuple(Participant(user(f"u{n}"), Attendance.JOINED) for n in range(MAX_PARTICIPANTS + 5))
    assert len(reduce(state, "home", ParticipantsChanged("1", many), 3.0).calls[0].participants) == MAX_PARTICIPANTS


def test_a_call_with_one_peer_never_becomes_a_group_call_and_a_group_call_never_one_with_one_peer() -> None:
    single = with_calls(call())
    assert reduce(single, "home", ParticipantsChanged("1", (US, THERE)), 2.0) is single
    group = with_calls(call(participants=(US, THERE)))
    assert reduce(group, "home", ParticipantsChanged("1", ()), 2.0) is group


def test_the_people_of_a_group_have_the_names_of_the_contacts_and_the_room_keeps_its_own() -> None:
    born = CallStarted("1", room("Meeting", [BOB]), CallDirection.INCOMING, participants=(THERE, ASKED))
    known = introduced(born, "home", Book())
    assert isinstance(known, CallStarted)
    assert [one.address.label for one in known.participants] == ["Robert", "carol"]
    assert known.peer.label == "Meeting"
    nameless = introduced(CallStarted("1", room(None, [BOB, user("carol")]), CallDirection.OUTGOING), "home", Book())
    assert isinstance(nameless, CallStarted)
    assert (nameless.peer.text, nameless.peer.name) == ("bob, carol", "Robert, carol")
    strangers = CallStarted("1", room(None, [user("carol"), user("dave")]), CallDirection.OUTGOING)
    assert introduced(strangers, "home", Book()) is strangers
    changed = introduced(ParticipantsChanged("1", (THERE,)), "home", Book())
    assert isinstance(changed, ParticipantsChanged)
    assert changed.participants[0].address.label == "Robert"


# -- calling --------------------------------------------------------------------------------------------------------


async def test_several_people_are_called_in_one_call_with_media_of_its_own(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.start_group(["bob", " carol ", "bob"], video=True)
    await settle()
    assert provider.asked("start_group") == [((user("bob"), user("carol")), True)]
    assert rig.call(id).peer == Address(AddressKind.USER, "bob, carol")
    assert [one.address.text for one in rig.call(id).participants] == ["me", "bob", "carol"]
    assert rig.phone._switchboard.get(id) is rig.factory.last
    assert rig.factory.last.video


async def test_people_with_commas_between_them_are_called_together(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.dial("bob, carol,")
    assert provider.asked("start_group") == [((user("bob"), user("carol")), False)]
    assert not provider.asked("dial")
    await rig.phone.dial("bob,")
    assert len(provider.asked("start_group")) == 1


async def test_an_account_without_group_calls_reads_a_comma_as_it_always_did(rig: Rig) -> None:
    provider = await rig.add(capabilities=ALONE)
    await rig.phone.dial("bob,carol")
    assert provider.asked("dial") == [(user("bob,carol"), False, None)]


async def test_the_first_connected_account_that_has_group_calls_makes_them(rig: Rig) -> None:
    await rig.add("alone", ALONE)
    away, able = await rig.add("away"), await rig.add("home")
    away.emit(ConnectionChanged(Link.WAITING, "Lost."))
    await settle()
    assert (await rig.phone.start_group(["bob", "carol"])).account == "home"
    assert able.asked("start_group")
    with pytest.raises(ConnectionLost):
        await rig.phone.start_group(["bob", "carol"], account="away")
    with pytest.raises(NotPossible, match="alone has no group calls"):
        await rig.phone.start_group(["bob", "carol"], account="alone")


@pytest.mark.parametrize(
    ("people", "why"),
    [((), "Nobody to call"), ((" ", ""), "Nobody to call"), (("bob", "a b"), "a space"), (["x"] * 0, "Nobody")],
)
async def test_people_who_cannot_be_called_are_told_before_anything_is_asked(
    rig: Rig, people: tuple[str, ...], why: str
) -> None:
    provider = await rig.add()
    with pytest.raises(BadAddress, match=why):
        await rig.phone.start_group(people)
    with pytest.raises(BadAddress, match=str(MAX_PEOPLE)):
        await rig.phone.start_group([f"u{n}" for n in range(MAX_PEOPLE + 1)])
    assert not provider.log


async def test_a_group_call_that_cannot_begin_leaves_no_media_behind(rig: Rig) -> None:
    provider = await rig.add()
    provider.fails["start_group"] = RequestFailed(703, "Too many people.")
    with pytest.raises(RequestFailed):
        await rig.phone.start_group(["bob", "carol"])
    await settle()
    assert rig.factory.last.is_closed
    assert not rig.phone.state.calls


async def test_no_account_with_group_calls_says_what_to_do_instead(rig: Rig) -> None:
    await rig.add(capabilities=ALONE)
    with pytest.raises(NotPossible, match="join the calls"):
        await rig.phone.start_group(["bob", "carol"])


# -- in the call ----------------------------------------------------------------------------------------------------


async def test_more_people_are_invited_and_taken_out_by_their_address(rig: Rig) -> None:
    provider = await rig.add()
    id = await gathered(rig, provider)
    await rig.phone.invite(id, ["dave"])
    await rig.phone.remove(id, ["bob"])
    assert provider.asked("invite") == [(id.ref, (user("dave"),))]
    assert provider.asked("remove") == [(id.ref, (user("bob"),))]
    with pytest.raises(BadAddress, match="eve is not in this call; there are: bob, carol"):
        await rig.phone.remove(id, ["eve"])
    with pytest.raises(BadAddress, match="a space"):
        await rig.phone.invite(id, ["a b"])
    with pytest.raises(NotPossible, match="bob is in this call already"):
        await rig.phone.invite(id, ["eve", "bob"])
    assert len(provider.asked("invite")) == 1


async def test_nobody_is_invited_into_a_call_with_one_peer(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(NotPossible, match="tuiphone group"):
        await rig.phone.invite(id, ["dave"])


async def test_only_who_began_the_call_takes_people_out(rig: Rig) -> None:
    provider = await rig.add()
    provider.emit(CallStarted("r", room("Meeting", [BOB]), CallDirection.INCOMING, participants=(US, THERE)))
    await settle()
    id = CallId("home", "r")
    await rig.phone.answer(id)
    await settle()
    with pytest.raises(NotPossible, match="Only who began"):
        await rig.phone.remove(id, ["bob"])


async def test_a_group_call_is_held_here_alone_and_makes_way_for_another_call(rig: Rig) -> None:
    provider = await rig.add()
    id = await gathered(rig, provider)
    media = rig.factory.last
    await rig.phone.hold(id, on=True)
    await settle()
    assert media.is_held
    assert rig.call(id).state is CallState.HELD
    await rig.phone.hold(id, on=False)
    other = await rig.talk(provider, "dave")
    await settle()
    assert rig.call(id).state is CallState.HELD
    assert rig.call(other).state is CallState.ACTIVE
    assert media.is_held
    assert not provider.asked("hold")
    assert len(rig.events(CallHeld)) == 3


async def test_muting_a_group_call_tells_the_others(rig: Rig) -> None:
    provider = await rig.add()
    id = await gathered(rig, provider)
    await rig.phone.mute(id, on=True)
    await settle()
    assert provider.asked("mute") == [(id.ref, True, True)]
    assert rig.events(CallMuted)


async def test_a_group_call_is_left_out_of_a_conference_of_calls(rig: Rig) -> None:
    provider = await rig.add()
    await gathered(rig, provider)
    await rig.talk(provider, "dave")
    with pytest.raises(NotPossible, match="two answered calls"):
        await rig.phone.join()

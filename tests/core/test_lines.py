"""Telephones of others: picking up what rings there; mailboxes; being handed on to somebody else; a picture added."""

from typing import Any

import pytest

from tests.core.build import BOB
from tests.core.conftest import Rig, settle
from tests.core.test_people import Book
from tests.fakes import EVERYTHING, FakeMedia, FakeProvider
from tuiphone.core.call import CallId, CallState, EndReason, Referral
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost, NotPossible, RequestFailed
from tuiphone.core.events import LineChanged, TransferRequested, VoicemailChanged
from tuiphone.core.introductions import introduced
from tuiphone.core.model import Address, AddressKind, LineState

CAROL = Address(AddressKind.USER, "102", "Carol")
DIALING, RINGING, INCOMING, ACTIVE, HELD, ENDED = CallState


async def watched(rig: Rig, *events: LineChanged, **more: Any) -> FakeProvider:
    """An account that watches these lines."""
    provider = await rig.add(**more)
    for event in events:
        provider.emit(event)
    await settle()
    return provider


@pytest.mark.parametrize("named", ["102", " carol "])
async def test_a_call_that_rings_at_a_line_is_picked_up_by_its_number_or_its_name(rig: Rig, named: str) -> None:
    provider = await watched(rig, LineChanged(CAROL, LineState.RINGING, BOB, incoming=True))
    talking = await rig.talk(provider)
    id = await rig.phone.pickup(named)
    await settle()
    assert provider.asked("pickup") == [(CAROL,)]
    assert rig.call(id).state is ACTIVE
    assert rig.call(talking).state is HELD, "two calls must not hear the microphone at once"
    assert isinstance(provider.media[id.ref], FakeMedia)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (LineChanged(CAROL, LineState.IDLE), "Nothing rings at Carol; it is free."),
        (LineChanged(CAROL, LineState.BUSY, BOB), "Nothing rings at Carol; it is busy."),
        (LineChanged(CAROL, LineState.RINGING, BOB), "Carol is calling somebody"),
        (LineChanged(CAROL, LineState.UNKNOWN), "is not told what Carol does"),
        (LineChanged(BOB, LineState.RINGING, incoming=True), "102 is not watched; there are: bob."),
    ],
)
async def test_what_cannot_be_picked_up_is_said(rig: Rig, event: LineChanged, said: str) -> None:
    provider = await watched(rig, event)
    with pytest.raises(NotPossible, match=said):
        await rig.phone.pickup("102")
    assert not provider.asked("pickup")


async def test_without_lines_or_with_the_link_lost_nothing_is_picked_up(rig: Rig) -> None:
    with pytest.raises(NotPossible, match="No line is watched"):
        await rig.phone.pickup("102")
    provider = await watched(rig, LineChanged(CAROL, LineState.RINGING, BOB, incoming=True))
    with pytest.raises(NotPossible, match="no account work"):
        await rig.phone.pickup("102", account="work")
    provider.lose(ConnectionLost("It broke."))
    await settle()
    with pytest.raises(ConnectionLost, match="home is reconnecting"):
        await rig.phone.pickup("102")


async def test_of_two_accounts_that_watch_a_line_the_one_where_it_rings_picks_up(rig: Rig) -> None:
    quiet = await watched(rig, LineChanged(CAROL, LineState.IDLE))
    rings = await watched(rig, LineChanged(CAROL, LineState.RINGING, BOB, incoming=True), name="work")
    await rig.phone.pickup("102")
    assert (quiet.asked("pickup"), rings.asked("pickup")) == ([], [(CAROL,)])


async def test_media_of_a_call_somebody_else_picked_up_first_is_given_back(rig: Rig) -> None:
    provider = await watched(rig, LineChanged(CAROL, LineState.RINGING, BOB, incoming=True))
    provider.fails["pickup"] = NotPossible("Somebody else was faster.")
    with pytest.raises(NotPossible, match="faster"):
        await rig.phone.pickup("102")
    await settle()
    assert rig.factory.last.is_closed


async def test_the_mailbox_with_new_messages_is_called(rig: Rig) -> None:
    first, second = await rig.add(), await rig.add("work")
    with pytest.raises(NotPossible, match="No account here has been told"):
        await rig.phone.call_mailbox()
    first.emit(VoicemailChanged(0, 3, Address(AddressKind.USER, "*97")))
    second.emit(VoicemailChanged(2, 0, Address(AddressKind.USER, "*98")))
    await settle()
    assert (await rig.phone.call_mailbox()).account == "work"
    assert second.asked("dial")[0][0] == Address(AddressKind.USER, "*98")
    assert (await rig.phone.call_mailbox("home")).account == "home"


async def test_a_mailbox_without_a_number_is_not_called(rig: Rig) -> None:
    provider = await rig.add()
    with pytest.raises(NotPossible, match="home has not been told of a mailbox"):
        await rig.phone.call_mailbox("home")
    provider.emit(VoicemailChanged(2))
    await settle()
    with pytest.raises(NotPossible, match="give it as mailbox"):
        await rig.phone.call_mailbox()
    assert not provider.asked("dial")


async def test_a_redirected_call_goes_on_when_the_person_says_so(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob")
    provider.emit(TransferRequested(id.ref, CAROL, "redirect"))
    await settle()
    assert rig.call(id).referral == Referral(CAROL, "redirect")
    assert await rig.phone.follow(id) == id
    await settle()
    assert provider.asked("follow") == [(id.ref, False)], "the call keeps its media"
    assert rig.call(id).referral is None


async def test_without_a_link_the_question_stays_and_is_gone_when_the_far_side_waits_no_more(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(TransferRequested(id.ref, CAROL, "transfer"))
    await settle()
    provider.fails["follow"] = ConnectionLost("There is no connection.")
    with pytest.raises(ConnectionLost):
        await rig.phone.follow(id)
    await settle()
    assert rig.call(id).referral is not None
    provider.fails["follow"] = NotPossible("The other side does not wait for that any more.")
    with pytest.raises(NotPossible):
        await rig.phone.follow(id)
    await settle()
    assert rig.call(id).referral is None


async def test_who_is_transferred_has_one_new_call(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(TransferRequested(id.ref, CAROL, "transfer"))
    await settle()
    made = await rig.phone.follow(id)
    await settle()
    assert made != id
    assert rig.call(made).state is DIALING
    assert rig.call(id).reason is EndReason.TRANSFERRED
    assert provider.media[made.ref] is not provider.media[id.ref]


async def test_nobody_is_called_when_the_person_says_no(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(NotPossible, match="bob has not asked you to call somebody else"):
        await rig.phone.stay(id)
    provider.emit(TransferRequested(id.ref, CAROL, "transfer"))
    await settle()
    await rig.phone.stay(id)
    await settle()
    assert provider.asked("stay") == [(id.ref,)]
    assert (rig.call(id).referral, rig.call(id).state) == (None, ACTIVE)
    with pytest.raises(NotPossible, match="has not asked"):
        await rig.phone.follow(id)


def test_lines_and_those_we_are_handed_to_have_the_names_of_the_address_book() -> None:
    robert = Address(AddressKind.USER, "bob", "Robert")
    told = LineChanged(BOB, LineState.BUSY, BOB)
    assert introduced(told, "home", Book()) == LineChanged(robert, LineState.BUSY, robert)
    asked = TransferRequested("1", BOB, "redirect")
    assert introduced(asked, "home", Book()) == TransferRequested("1", robert, "redirect")


async def test_a_picture_is_added_to_an_audio_call_and_gone_again_when_the_far_side_wants_none(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING | Capability.ADD_VIDEO)
    id = await rig.talk(provider)
    provider.fails["camera"] = RequestFailed("bob", "Their telephone shows no pictures.")
    with pytest.raises(RequestFailed):
        await rig.phone.camera(id, on=True)
    await settle()
    assert not rig.call(id).camera
    assert not rig.factory.last.has_camera
    del provider.fails["camera"]
    await rig.phone.camera(id, on=True)
    await settle()
    assert rig.call(id).camera


@pytest.mark.parametrize(
    ("typed", "account", "text"),
    [
        ("sip:bob@other.example", "pbx", "bob@other.example"),
        ("sip:bob@other.example:5080;transport=ws", "pbx", "bob@other.example:5080"),
        ("bob", "home", "bob"),
    ],
)
async def test_an_address_with_a_host_is_called_by_the_account_that_calls_hosts(
    rig: Rig, typed: str, account: str, text: str
) -> None:
    await rig.add()
    await rig.add("pbx", EVERYTHING | Capability.DIAL_URI)
    id = await rig.phone.dial(typed)
    assert id == CallId(account, "1")
    assert rig.call(id).peer.text == text

"""Contacts in the core: names known before anything rings, rosters and presence asked for at the vendor."""

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING
from tuiphone.core.call import CallDirection
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import (
    CallDescribed,
    CallRang,
    CallStarted,
    ContactsChanged,
    DeskCallChanged,
    PresenceChanged,
    RecordLogged,
    TextReceived,
)
from tuiphone.core.introductions import introduced
from tuiphone.core.ledger import Change
from tuiphone.core.model import (
    Address,
    AddressKind,
    Availability,
    CallRecord,
    Contact,
    ContactAddress,
    DeskCall,
    DeskState,
    Presence,
    RecordResult,
)

BOB = Address(AddressKind.USER, "bob")
BOBBY = Address(AddressKind.USER, "bob", "BOB (vendor)")


class Book:
    """Knows bob as Robert, and at the account `pbx` as somebody else."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def name_of(self, address: Address, account: str | None = None) -> str | None:
        self.asked.append((address.text, account))
        if address.text != "bob":
            return None
        return "Another Bob" if account == "pbx" else "Robert"

    def is_favourite(self, address: Address, account: str | None = None) -> bool:
        return False


RECORD = CallRecord(0, "home", "r", BOBBY, True, False, 1.0, None, 2.0, RecordResult.MISSED)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (CallStarted("1", BOBBY, CallDirection.INCOMING), lambda event: event.peer.name),
        (CallDescribed("1", peer=BOB), lambda event: event.peer.name),
        (TextReceived(BOBBY, "hi"), lambda event: event.sender.name),
        (RecordLogged(RECORD), lambda event: event.record.peer.name),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_contacts_own_name_wins_over_the_vendors(event, name) -> None:
    assert name(introduced(event, "home", Book())) == "Robert"
    assert name(introduced(event, "pbx", Book())) == "Another Bob"


@pytest.mark.parametrize(
    "event",
    [
        CallStarted("1", Address(AddressKind.USER, "carol", "Carol"), CallDirection.INCOMING),
        CallDescribed("1", video=True),
        CallRang("1"),
    ],
)
def test_an_event_of_a_stranger_or_of_nobody_is_the_very_same(event) -> None:
    assert introduced(event, "home", Book()) is event


async def test_a_caller_has_the_contacts_name_before_any_listener_hears_of_the_call(rig: Rig) -> None:
    heard: list[str | None] = []

    async def hear(change: Change) -> None:
        if isinstance(change.event, CallStarted):
            heard.append(change.after.calls[0].peer.name)
            heard.append(change.event.peer.name)

    rig.phone.listen(hear)
    rig.phone.know_by(Book())
    provider = await rig.add()
    await rig.ring(provider, peer="bob", name="BOB (vendor)")
    assert heard == ["Robert", "Robert"]


async def test_whom_we_call_has_the_contacts_name_too(rig: Rig) -> None:
    rig.phone.know_by(Book())
    await rig.add()
    assert rig.call(await rig.phone.dial("bob")).peer.name == "Robert"


async def test_a_caller_who_is_put_into_the_contacts_during_the_call_gets_the_name_at_once(rig: Rig) -> None:
    book = Book()
    provider = await rig.add()
    id = await rig.ring(provider, peer="bob", name="BOB (vendor)")
    stranger = await rig.ring(provider, peer="carol", name="Carol")
    for ref, state in (("m", DeskState.MISSED), ("w", DeskState.WAITING)):
        provider.emit(DeskCallChanged(DeskCall(ref, BOB, state, 100.0)))
    await settle()
    rig.phone.know_by(book)
    rig.phone.introduce_again()
    await settle()
    assert [call.peer.name for call in rig.phone.state.accounts[0].desk] == ["Robert", BOB.name]
    assert rig.call(id).peer.name == "Robert"
    assert rig.call(stranger).peer.name == "Carol"
    assert len(rig.events(CallDescribed)) == 1


async def test_a_directory_that_fails_leaves_the_call_ringing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Book):
        def name_of(self, address: Address, account: str | None = None) -> str | None:
            raise RuntimeError("the index is gone")

    rig.phone.know_by(Broken())
    provider = await rig.add()
    id = await rig.ring(provider, peer="bob", name="BOB (vendor)")
    assert rig.call(id).peer.name == "BOB (vendor)"
    assert "the index is gone" in caplog.text


async def test_a_roster_is_read_added_to_and_taken_from_at_the_vendor(rig: Rig) -> None:
    provider = await rig.add()
    provider.roster = (Contact(0, "Bob", (ContactAddress(BOB),)),)
    assert await rig.phone.contacts("home") == provider.roster
    carol = Address(AddressKind.USER, "carol")
    await rig.phone.add_contact("home", carol)
    await rig.phone.remove_contact("home", BOB)
    await settle()
    told = [[contact.addresses[0].address for contact in event.contacts] for event in rig.events(ContactsChanged)]
    assert told == [[BOB, carol], [carol]]


async def test_watching_somebody_brings_their_presence(rig: Rig) -> None:
    provider = await rig.add()
    provider.presences[BOB] = Presence(Availability.ONLINE, "At lunch")
    await rig.phone.watch("home", [BOB])
    await settle()
    assert rig.events(PresenceChanged) == [PresenceChanged(BOB, Presence(Availability.ONLINE, "At lunch"))]


@pytest.mark.parametrize(
    ("verb", "missing", "sentence"),
    [
        ("contacts", Capability.CONTACTS, "home keeps no contacts at its server."),
        ("add_contact", Capability.CONTACTS, "home keeps no contacts at its server."),
        ("remove_contact", Capability.CONTACTS, "home keeps no contacts at its server."),
        ("watch", Capability.PRESENCE, "home does not tell who is there at its server."),
    ],
)
async def test_what_an_account_cannot_do_with_people_is_refused_in_words(
    rig: Rig, verb: str, missing: Capability, sentence: str
) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~missing)
    arguments = {"contacts": (), "watch": ([BOB],)}.get(verb, (BOB,))
    with pytest.raises(NotPossible, match=sentence):
        await getattr(rig.phone, verb)("home", *arguments)
    assert provider.log == []


async def test_a_roster_cannot_be_read_while_the_link_is_down(rig: Rig) -> None:
    provider = await rig.add()
    provider.lose(ConnectionLost("gone"))
    provider.connects = False
    await settle()
    with pytest.raises(ConnectionLost):
        await rig.phone.contacts("home")

"""People, lines, mailboxes and messages over the simulator: what phones see of each other, also after it restarts."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes import soon
from tests.media.peers import Side
from tests.media.peers import until as until_slowly
from tests.providers.sip.calls.test_simulator import Join, Ours, user
from tests.providers.sip.calls.test_simulator import join as join
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, NotPossible, RequestFailed
from tuiphone.core.events import (
    CallAnswered,
    CallStarted,
    LineChanged,
    PresenceChanged,
    PresencePublished,
    TextReceived,
    TextStatusChanged,
    VoicemailChanged,
)
from tuiphone.core.model import Availability, LineState, Presence, TextStatus
from tuiphone.simulator.sip import Sip as Server

SECONDS = 30.0
HERE = Presence(Availability.ONLINE, "ở nhà <b>")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The simulator, in a hurry; two messages wait for everybody."""
    running = Server("127.0.0.1", {"port": 0, "pace": 0.1, "voicemail": 2})
    await running.start()
    yield running
    await running.close()


async def last(account: Ours, kind: type, matches: Any) -> Any:
    """The newest event of this kind, once it is as wanted."""
    await until_slowly(lambda: bool(found := account.all(kind)) and matches(found[-1]), SECONDS)
    return account.all(kind)[-1]


async def test_each_sees_how_the_other_is(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    await alice.provider.presence([user("bob")])
    await bob.provider.publish(HERE)
    told = await last(alice, PresenceChanged, lambda event: event.presence == HERE)
    assert told.who == user("bob")
    assert bob.all(PresencePublished)[-1].presence == HERE
    await bob.provider.publish(Presence(Availability.OFFLINE))
    await last(alice, PresenceChanged, lambda event: event.presence.availability is Availability.OFFLINE)
    await bob.provider.publish(HERE)
    await last(alice, PresenceChanged, lambda event: event.presence == HERE)
    await bob.stop()
    await last(alice, PresenceChanged, lambda event: event.presence.note is None)


async def test_messages_go_both_ways_and_what_is_not_taken_is_said(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    long = " ".join(f"chữ{number}" for number in range(400))
    ref = await soon(alice.provider.send_text(user("bob"), long))
    assert TextStatusChanged(ref, TextStatus.DELIVERED) in alice.all(TextStatusChanged)
    await until_slowly(lambda: " ".join(event.text for event in bob.all(TextReceived)) == long, SECONDS)
    assert {event.sender.text for event in bob.all(TextReceived)} == {"alice"}
    with pytest.raises(RequestFailed, match="no such number or user"):
        await soon(alice.provider.send_text(user("nobody-there"), "x"))


async def test_a_line_is_watched_and_what_rings_there_is_picked_up(join: Join) -> None:
    alice, bob, carol = await join("alice", lines=("bob",)), await join("bob"), await join("carol")
    await last(alice, LineChanged, lambda event: event.state is LineState.IDLE)
    ref = await carol.begin("bob")
    await bob.rings()
    told = await last(alice, LineChanged, lambda event: event.state is LineState.RINGING)
    assert (told.line.text, told.incoming, told.peer and told.peer.text) == ("bob", True, "carol")
    side = Side(600.0)
    taken = await soon(alice.provider.pickup(user("bob"), media=side.peer))
    alice.sides[taken] = side
    await until_slowly(lambda: any(event.ref == taken for event in alice.all(CallAnswered)), SECONDS)
    await carol.up()
    assert alice.all(CallStarted)[-1].peer.text == "carol"
    await last(alice, LineChanged, lambda event: event.state is LineState.IDLE)
    await alice.provider.hangup(taken)
    await carol.over(ref)


async def test_at_a_pbx_that_tells_little_a_line_is_picked_up_by_its_code(server: Server, join: Join) -> None:
    server.change("line_details", 0)
    alice, bob = await join("alice", lines=("bob",), pickup_code="*8"), await join("bob")
    plain, carol = await join("alice", lines=("bob",)), await join("carol")
    ref = await carol.begin("bob")
    theirs = await bob.rings()
    for watching in (alice, plain):
        told = await last(watching, LineChanged, lambda event: event.state is LineState.RINGING)
        assert (told.incoming, told.peer) == (True, None)
    with pytest.raises(NotPossible, match="pickup_code"):
        await plain.provider.pickup(user("bob"))
    side = Side(600.0)
    taken = await soon(alice.provider.pickup(user("bob"), media=side.peer))
    alice.sides[taken] = side
    await alice.up()
    await carol.up()
    assert (await bob.over(theirs)).reason is EndReason.ELSEWHERE
    await alice.sounds(taken)
    await alice.provider.hangup(taken)
    await carol.over(ref)


async def test_a_line_that_talks_is_busy_with_whom(join: Join) -> None:
    alice, bob = await join("alice", lines=("bob",)), await join("bob")
    ref = await bob.dial("echo")
    told = await last(alice, LineChanged, lambda event: event.state is LineState.BUSY)
    assert told.peer is not None
    assert told.peer.text == "echo"
    await bob.provider.hangup(ref)
    await last(alice, LineChanged, lambda event: event.state is LineState.IDLE)


async def test_the_mailbox_says_what_waits_and_is_heard_by_calling_it(join: Join) -> None:
    alice = await join("alice")
    told = await last(alice, VoicemailChanged, lambda event: event.new == 2)
    assert told.mailbox is not None
    await alice.dial(told.mailbox.text)
    await last(alice, VoicemailChanged, lambda event: event.new == 0)


async def test_everything_is_there_again_after_the_server_forgot_it_all(server: Server, join: Join) -> None:
    alice, bob = await join("alice", lines=("bob",)), await join("bob")
    await alice.provider.presence([user("bob")])
    await bob.provider.publish(HERE)
    await last(alice, PresenceChanged, lambda event: event.presence == HERE)
    before = {kind: alice.count(kind) for kind in (PresenceChanged, LineChanged, VoicemailChanged)}
    server.restart(0.0)
    for account in (alice, bob):
        running = account.running
        assert running is not None
        await until_slowly(running.done, SECONDS)
        assert isinstance(running.exception(), ConnectionLost)
        await account.online()
    await until_slowly(lambda: alice.count(PresenceChanged) > before[PresenceChanged], SECONDS)
    await last(alice, PresenceChanged, lambda event: event.presence == HERE)
    await bob.dial("echo")
    await last(alice, LineChanged, lambda event: event.state is LineState.BUSY)
    server.watchers.set_mailbox("alice", 5, 0)
    await last(alice, VoicemailChanged, lambda event: event.new == 5)

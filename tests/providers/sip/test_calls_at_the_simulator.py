"""What a person does with calls, over the simulator: takes them back, hands them on, shows a picture, presses keys."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes import soon
from tests.media.peers import until as until_slowly
from tests.providers.rig import told
from tests.providers.sip.calls.test_simulator import Join, Ours, user
from tests.providers.sip.calls.test_simulator import alice as alice
from tests.providers.sip.calls.test_simulator import join as join
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, TextReceived, TransferRequested
from tuiphone.providers.sip.session_timer import Agreed
from tuiphone.simulator.sip import Sip as Server

SECONDS = 30.0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The simulator, in a hurry; each nonce is good for one request, and devices are asked what they can."""
    running = Server("127.0.0.1", {"port": 0, "pace": 0.1, "nonce_uses": 1, "options_seconds": 0.2})
    await running.start()
    yield running
    await running.close()


async def test_a_call_that_is_taken_back_is_missed_there(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    ref = await alice.begin("bob")
    theirs = await bob.rings()
    await told(alice, CallRang)
    await soon(alice.provider.hangup(ref))
    assert (await alice.over(ref)).reason is EndReason.CANCELLED
    assert (await bob.over(theirs)).reason is EndReason.MISSED


async def test_a_call_is_refused_by_a_person_or_sent_on(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    refused = await alice.begin("bob")
    await soon(bob.provider.reject(await bob.rings()))
    assert (await alice.over(refused)).reason is EndReason.REJECTED
    busy = await alice.begin("bob")
    await soon(bob.provider.busy(await bob.rings(2)))
    assert (await alice.over(busy)).reason is EndReason.BUSY
    sent_on = await alice.begin("bob")
    theirs = await bob.rings(3)
    await soon(bob.provider.forward(theirs, user("echo")))
    assert (await bob.over(theirs)).reason is EndReason.TRANSFERRED
    assert await told(alice, TransferRequested) == TransferRequested(sent_on, user("echo"), "redirect")
    await soon(alice.provider.follow(sent_on, media=None))
    assert await alice.up() == sent_on
    await alice.sounds(sent_on)


async def test_who_we_talk_to_calls_somebody_else_for_us(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    ref = await alice.dial("voice")
    await soon(alice.provider.transfer(ref, user("bob")))
    theirs = await bob.rings()
    await soon(bob.provider.answer(theirs))
    await bob.up()
    assert (await alice.over(ref)).reason is EndReason.TRANSFERRED
    await bob.sounds(theirs)
    assert bob.all(CallEnded) == []


async def test_a_picture_of_ours_is_seen_in_a_call_that_began_without(join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    ref = await alice.begin("bob")
    theirs = await bob.rings()
    await soon(bob.provider.answer(theirs))
    await bob.up()
    await alice.up()
    await alice.sounds(ref)
    await soon(alice.provider.camera(ref, True))
    await until_slowly(lambda: any(event.video for event in bob.all(CallDescribed)), SECONDS)
    await until_slowly(lambda: bob.sides[theirs].peer.stats().video_frames > 0, SECONDS)
    assert any(event.video for event in alice.all(CallDescribed))


async def test_keys_go_both_ways_in_the_sound(server: Server, alice: Ours) -> None:
    ref = await alice.dial("press-rtp-12#")
    await alice.sounds(ref)
    side = alice.sides[ref]
    await until_slowly(lambda: "".join(change.digits for change in side.changes) == "12#", SECONDS)
    await soon(alice.provider.dtmf(ref, "42"))
    call = server.floor.whole(ref)
    assert call is not None
    await until_slowly(lambda: call.medium.digits == "42", SECONDS)


async def test_a_session_that_we_refresh_goes_on(server: Server, alice: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Agreed, "refresh_after", property(lambda self: 0.05))
    ref = await alice.dial("timer-uac")
    call = server.floor.whole(ref)
    assert call is not None
    await until_slowly(lambda: call.refreshes > 1, SECONDS)
    assert alice.all(CallEnded) == []
    assert alice.count(CallAnswered) == 1


async def test_a_server_whose_nonces_are_good_for_once_is_answered_each_time(server: Server, join: Join) -> None:
    alice, bob = await join("alice"), await join("bob")
    for text in ("one", "two", "three"):
        await soon(alice.provider.send_text(user("bob"), text))
    assert [event.text for event in bob.all(TextReceived)] == ["one", "two", "three"]
    refused = [one for one in server.heard.of("alice", "MESSAGE") if not one.has("proxy-authorization")]
    assert len(refused) == 1, "the others had credentials at once, that were stale"


async def test_a_server_that_asks_what_we_can_is_told(server: Server, alice: Ours) -> None:
    await until_slowly(lambda: server.heard.of("alice", "OPTIONS"), SECONDS)
    answer = server.heard.of("alice", "OPTIONS")[0]
    assert answer.status == 200
    assert {"INVITE", "REFER", "UPDATE", "MESSAGE", "NOTIFY"} <= set(answer.all("allow"))
    assert alice.events

"""Calls over the simulator, with real sound: what its users do, and what two phones do with each other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.fakes import FakeMemory, soon
from tests.media.peers import Side, cut
from tests.media.peers import until as until_slowly
from tests.providers.rig import Account, told
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallHeldByPeer,
    CallInterrupted,
    CallRang,
    CallStarted,
    DigitsHeard,
    LineChanged,
    TransferRequested,
)
from tuiphone.core.model import Address, AddressKind, LineState
from tuiphone.core.ports import MediaLink
from tuiphone.core.secret import Secret
from tuiphone.providers.sip.client import Sip
from tuiphone.providers.sip.settings import Settings
from tuiphone.simulator.sip import Sip as Server
from tuiphone.simulator.sip.people import PASSWORDS

SECONDS = 30.0


def user(name: str) -> Address:
    """Somebody at the server."""
    return Address(AddressKind.USER, name)


class Ours(Account):
    """An account at the simulator, and real media for each of its calls."""

    def __init__(self, server: Server, name: str, **more: Any) -> None:
        values = {"server": server.url, "password": Secret(PASSWORDS[name])} | more
        super().__init__(Settings(user=name, domain="phones.example", **values), FakeMemory(), Sip)
        self.name = name
        self.sides: dict[str, Side] = {}

    async def begin(self, name: str, *, video: bool = False) -> str:
        """Call somebody."""
        side = Side(600.0, video=video)
        ref = await self.provider.dial(user(name), video=video, media=side.peer)
        self.sides[ref] = side
        return ref

    async def dial(self, name: str, **more: Any) -> str:
        """Call somebody who picks up."""
        count = self.count(CallAnswered)
        ref = await self.begin(name, **more)
        await self.up(count + 1)
        return ref

    async def up(self, nth: int = 1) -> str:
        """The nth call that was answered; its sound begins."""
        ref = (await told(self, CallAnswered, nth)).ref
        self.sides[ref].peer.start()
        return ref

    async def rings(self, nth: int = 1) -> str:
        """The nth call to us rings."""

        def incoming() -> list[CallStarted]:
            return [event for event in self.all(CallStarted) if event.direction is CallDirection.INCOMING]

        await until_slowly(lambda: len(incoming()) >= nth, SECONDS)
        started = incoming()[nth - 1]
        side = self.sides[started.ref] = Side(900.0, video=started.video)
        await self.provider.ringing(started.ref, side.peer)
        return started.ref

    async def sounds(self, ref: str) -> None:
        """The media of the call is connected."""
        await until_slowly(lambda: self.sides[ref].link is MediaLink.CONNECTED, SECONDS)

    async def over(self, ref: str) -> CallEnded:
        """How this call ended."""
        await until_slowly(lambda: any(event.ref == ref for event in self.all(CallEnded)), SECONDS)
        return next(event for event in self.all(CallEnded) if event.ref == ref)

    async def leave(self) -> None:
        """Hang up everything and go."""
        gone = {event.ref for event in self.all(CallEnded)}
        for event in self.all(CallStarted):
            if event.ref not in gone:
                await self.provider.hangup(event.ref)
        await self.stop()
        for side in self.sides.values():
            await side.peer.close()


Join = Callable[..., Awaitable[Ours]]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The simulator, in a hurry."""
    running = Server("127.0.0.1", {"port": 0, "pace": 0.1, "session_seconds": 90.0})
    await running.start()
    yield running
    await running.close()


@pytest.fixture
async def join(server: Server) -> AsyncIterator[Join]:
    """Makes phones, registered."""
    async with AsyncExitStack() as stack:

        async def make(name: str, **more: Any) -> Ours:
            made = Ours(server, name, **more)
            stack.push_async_callback(made.leave)
            await made.online()
            return made

        yield make


@pytest.fixture
async def alice(join: Join) -> Ours:
    return await join("alice")


async def test_early_sound_said_reliably_is_heard_and_answered(alice: Ours) -> None:
    ref = await alice.dial("early-update")
    assert CallRang(ref, early_media=True) in alice.events
    await alice.sounds(ref)


@pytest.mark.parametrize("name", ["fork", "fork-both"])
async def test_of_two_phones_one_is_talked_to(alice: Ours, name: str) -> None:
    ref = await alice.dial(name)
    await alice.sounds(ref)
    assert alice.count(CallAnswered) == 1
    assert alice.all(CallEnded) == []


async def test_a_far_side_holds_and_takes_the_call_up_again(alice: Ours) -> None:
    ref = await alice.dial("hold-me")
    await told(alice, CallHeldByPeer, 2)
    assert alice.all(CallHeldByPeer) == [CallHeldByPeer(ref, True), CallHeldByPeer(ref, False)]


async def test_a_far_side_adds_a_picture(alice: Ours) -> None:
    ref = await alice.dial("add-video")
    await until_slowly(lambda: alice.all(CallDescribed) and alice.all(CallDescribed)[-1].video, SECONDS)
    await until_slowly(lambda: alice.sides[ref].peer.stats().video_frames > 0, SECONDS)


@pytest.mark.parametrize(("name", "holds"), [("glare", True), ("echo", True), ("no-hold", False)])
async def test_we_hold_where_the_far_side_lets_us(
    alice: Ours, name: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.GLARE_PAUSES_S", {True: (0.1, 0.2), False: (0.0, 0.1)})
    ref = await alice.dial(name)
    alice.sides[ref].peer.hold(True)
    if holds:
        await soon(alice.provider.hold(ref, True))
    else:
        with pytest.raises(RequestFailed):
            await soon(alice.provider.hold(ref, True))
    assert alice.all(CallEnded) == []


async def test_the_far_side_sends_us_on(alice: Ours) -> None:
    ref = await alice.dial("refer-me")
    asked = await told(alice, TransferRequested)
    assert asked == TransferRequested(ref, user("echo"), "transfer")
    side = Side(600.0)
    made = await soon(alice.provider.follow(ref, media=side.peer))
    alice.sides[made] = side
    assert await alice.up(2) == made
    assert (await alice.over(ref)).reason is EndReason.TRANSFERRED
    await alice.sounds(made)


async def test_a_call_is_sent_elsewhere(alice: Ours) -> None:
    ref = await alice.begin("redirect-two")
    assert (await told(alice, TransferRequested)).to == user("echo")
    await soon(alice.provider.follow(ref, media=None))
    assert await alice.up() == ref
    await alice.sounds(ref)


async def test_a_call_sent_in_circles_ends(alice: Ours) -> None:
    assert (await alice.over(await alice.begin("redirect-loop"))).reason is EndReason.FAILED


@pytest.mark.parametrize(
    ("name", "reason"), [("busy", EndReason.BUSY), ("status-603", EndReason.REJECTED), ("nobody", EndReason.BAD_NUMBER)]
)
async def test_a_refusal_is_told(alice: Ours, name: str, reason: EndReason) -> None:
    assert (await alice.over(await alice.begin(name))).reason is reason


async def test_a_far_side_that_hangs_up_is_told(alice: Ours) -> None:
    end = await alice.over(await alice.dial("drop"))
    assert (end.reason, end.detail) == (EndReason.REMOTE_HUNG_UP, None)


async def test_old_numbers_and_answers_said_twice_harm_nothing(alice: Ours) -> None:
    for name in ("cseq", "twice", "update", "late-again"):
        ref = await alice.dial(name)
        await alice.sounds(ref)
        await soon(alice.provider.hangup(ref))
        assert (await alice.over(ref)).reason is EndReason.HUNG_UP


async def test_a_session_of_an_hour_is_agreed_on(alice: Ours) -> None:
    ref = await alice.dial("timer-422")
    assert alice.provider._desk.find(ref).refresh.timer._wanted == 3600


async def test_keys_go_both_ways_by_info(join: Join) -> None:
    alice = await join("alice", dtmf="info")
    ref = await alice.dial("press-12#")
    await until_slowly(lambda: "".join(event.digits for event in alice.all(DigitsHeard)) == "12#", SECONDS)
    await soon(alice.provider.dtmf(ref, "5"))
    assert alice.all(CallEnded) == []


async def _two(join: Join) -> tuple[Ours, Ours, str, str]:
    alice, bob = await join("alice"), await join("bob")
    ref = await alice.begin("bob")
    theirs = await bob.rings()
    await bob.provider.answer(theirs)
    await bob.up()
    await alice.up()
    await alice.sounds(ref)
    await bob.sounds(theirs)
    return alice, bob, ref, theirs


async def test_who_we_talk_to_is_handed_to_somebody_who_was_asked(join: Join) -> None:
    alice, bob, ref, theirs = await _two(join)
    carol = await join("carol")
    asked = await alice.begin("carol")
    hers = await carol.rings()
    await carol.provider.answer(hers)
    await carol.up()
    await alice.up(2)
    await soon(alice.provider.join(ref, asked))
    assert (await told(bob, TransferRequested)).to.text == "carol"
    side = Side(900.0)
    made = await soon(bob.provider.follow(theirs, media=side.peer))
    bob.sides[made] = side
    await bob.up(2)
    for one in (ref, asked):
        assert (await alice.over(one)).reason is EndReason.TRANSFERRED
    assert (await bob.over(theirs)).reason is EndReason.TRANSFERRED
    assert carol.all(CallDescribed)[-1].peer is not None
    assert carol.count(CallStarted) == 1, "the call goes on with somebody else"
    await bob.sounds(made)
    await soon(bob.provider.hangup(made))
    assert (await carol.over(hers)).reason is EndReason.REMOTE_HUNG_UP


async def _tell(server: Server, what: str, **body: Any) -> None:
    """One of the simulator's control calls."""
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://{server.address}/sim/") as client:
        assert (await client.post(what, json=body)).status_code == 200


def _cut(server: Server, phone: Ours) -> None:
    """The server lets go of this phone's link without a word."""
    for flow in [one for one in server.flows if one.user == phone.name]:
        flow.link.drop()


async def test_a_call_whose_link_broke_is_restored_and_heard(
    server: Server, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.GONE_SECONDS", 0.0)
    alice, bob, ref, theirs = await _two(join)
    _cut(server, alice)
    with pytest.raises(ConnectionLost):
        await alice.running
    assert alice.all(CallInterrupted) == [CallInterrupted(ref, on=True)]
    before = alice.sides[ref].peer._link
    await alice.online()
    assert await told(alice, CallInterrupted, 2) == CallInterrupted(ref, on=False)
    await alice.sounds(ref)
    assert alice.sides[ref].peer._link is not before
    assert bob.all(CallEnded) == []
    _cut(server, alice)
    with pytest.raises(ConnectionLost):
        await alice.running
    await soon(bob.provider.hangup(theirs))
    await alice.online()
    assert (await alice.over(ref)).reason is EndReason.LOST


async def test_a_server_that_was_started_again_has_both_phones_restore_their_call(
    server: Server, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.PAUSE_SECONDS", 0.1)
    alice, bob, ref, theirs = await _two(join)
    await _tell(server, "restart", seconds=0.0)
    await until_slowly(lambda: not server.is_down, SECONDS)
    for phone in (alice, bob):
        with pytest.raises(ConnectionLost):
            await phone.running
    await alice.online()
    await bob.online()
    for phone in (alice, bob):
        assert (await told(phone, CallInterrupted, 2)).on is False
        assert phone.all(CallEnded) == []
    await alice.sounds(ref)
    await bob.sounds(theirs)


async def test_two_phones_between_which_the_sound_is_cut_find_another_way(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.media.alarms.SILENCE_S", 1.0)
    alice, bob, ref, theirs = await _two(join)
    links = [alice.sides[ref].peer._link, bob.sides[theirs].peer._link]
    cut(alice.sides[ref])
    cut(bob.sides[theirs])
    for phone, one in ((alice, ref), (bob, theirs)):
        await until_slowly(lambda: one not in _interrupted(phone) and phone.sides[one].peer._link not in links, SECONDS)  # noqa: B023
        await phone.sounds(one)
        assert phone.all(CallEnded) == []
    assert any(phone.count(CallInterrupted) for phone in (alice, bob))


def _interrupted(phone: Ours) -> set[str]:
    """Calls that are interrupted now."""
    return {ref for ref, on in {event.ref: event.on for event in phone.all(CallInterrupted)}.items() if on}


@pytest.mark.parametrize("robot", ["voice", "late"])
async def test_a_robot_calls_with_a_description_or_without_and_is_heard(
    server: Server, alice: Ours, robot: str
) -> None:
    await _tell(server, "robot", robot=robot, to="alice")
    ref = await alice.rings()
    assert alice.all(CallStarted)[0].peer.text == "voice"
    await soon(alice.provider.answer(ref))
    await alice.up()
    await alice.sounds(ref)


async def test_a_call_is_answered_on_one_device_and_told_on_the_other(join: Join) -> None:
    alice, bob, other = await join("alice"), await join("bob"), await join("bob")
    await alice.begin("bob")
    ref, elsewhere = await bob.rings(), await other.rings()
    await soon(bob.provider.answer(ref))
    await bob.up()
    assert (await other.over(elsewhere)).reason is EndReason.ELSEWHERE


async def test_a_call_that_rings_at_a_watched_line_is_picked_up(join: Join) -> None:
    alice, bob, carol = await join("alice"), await join("bob"), await join("carol", lines=("bob",))
    ref = await alice.begin("bob")
    theirs = await bob.rings()
    await until_slowly(
        lambda: any(event.state is LineState.RINGING and event.incoming for event in carol.all(LineChanged)), SECONDS
    )
    side = Side(900.0)
    hers = await soon(carol.provider.pickup(user("bob"), media=side.peer))
    carol.sides[hers] = side
    await carol.up()
    await alice.up()
    assert (await bob.over(theirs)).reason is EndReason.ELSEWHERE
    assert alice.all(CallDescribed)[-1].peer is not None
    await alice.sounds(ref)
    await carol.sounds(hers)

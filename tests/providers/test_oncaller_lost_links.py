"""Links that are lost in the middle of OnCaller calls: nothing hangs, and what can go on goes on."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.fakes import soon, until
from tests.providers.exchange import Cutter, Simulator, simulator, user
from tests.providers.rig import (
    BOB,
    PHONE,
    Account,
    Connection,
    ScriptedServer,
    SdpMedia,
    connected,
    invite,
    make_call,
    say_sdp,
    talk,
)
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallRang,
    CallStarted,
    ConnectionChanged,
    InfoReceived,
)
from tuiphone.providers.oncaller import call, desk


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with simulator(ping_after_ms=5000, ring_seconds=3, grace_seconds=1) as running:
        yield running


class Life:
    """One call from alice to bob, whose two sides do what people do, each as soon as it can."""

    def __init__(self, alice: Account, bob: Account) -> None:
        self.alice, self.bob = alice, bob
        self.near, self.far = SdpMedia(), SdpMedia()
        self.ours = self.theirs = ""

    async def begin(self) -> None:
        """Alice calls, bob picks up as soon as he sees the call."""
        self.ours = await self.alice.provider.dial(BOB, media=self.near)
        self.theirs = (await self.bob.told(CallStarted)).ref
        await self.bob.provider.ringing(self.theirs, self.far)
        await until(lambda: "answer" in self.far.verbs())
        while not self.bob.count(CallAnswered) and not self.bob.count(CallEnded):
            # A person presses the key again when told that the connection was lost.
            with suppress(ConnectionLost):
                await self.bob.provider.answer(self.theirs)
            await asyncio.sleep(0.02)

    async def end(self) -> None:
        """Both hang up, whatever they see, until they see no call any more."""
        for who, ref in ((self.alice, self.ours), (self.bob, self.theirs)):
            if ref and not who.count(CallEnded):
                await soon(who.provider.hangup(ref))
        await until(lambda: self.ended)

    @property
    def talking(self) -> bool:
        """Both sides say so, and both have what they need to hear each other."""
        answered = self.alice.count(CallAnswered) == self.bob.count(CallAnswered) == 1
        near, far = self.near.verbs(), self.far.verbs()
        return answered and "apply" in near and "answer" in far and "add_candidate" in near and "add_candidate" in far

    @property
    def ended(self) -> bool:
        """Each side has seen as many calls end as begin, and one at most."""
        both = (self.alice, self.bob)
        return self.ours != "" and all(who.count(CallEnded) == who.count(CallStarted) <= 1 for who in both)


async def until_nothing_is_left(sim: Simulator, before: set[str]) -> None:
    """Wait until the server has no call of this test any more; its grace time may have to pass."""
    deadline = asyncio.get_running_loop().time() + 15
    while True:
        left = [known for known in (await sim.state())["calls"] if not known["ended"] and known["id"] not in before]
        if not left:
            return
        assert asyncio.get_running_loop().time() < deadline, left
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("side", ["alice", "bob"])
@pytest.mark.parametrize("swallow", [True, False], ids=["swallowed", "passed"])
@pytest.mark.parametrize("frame", range(1, 13))
async def test_a_link_lost_at_any_frame_leaves_no_call_half_alive(
    sim: Simulator, side: str, swallow: bool, frame: int
) -> None:
    before = {known["id"] for known in (await sim.state())["calls"]}
    async with Cutter(sim.url) as cutter:
        urls = {"alice": sim.url, "bob": sim.url} | {side: cutter.url}
        async with (
            user(sim.settings("alice", url=urls["alice"])) as alice,
            user(sim.settings("bob", url=urls["bob"])) as bob,
        ):
            cutter.cut_at(frame, swallow=swallow)
            life = Life(alice, bob)
            beginning = asyncio.create_task(life.begin())
            await until(lambda: cutter.cuts or life.talking or life.ended)
            way, service = cutter.cut_frame or ("not", 0)
            if way == "up" and swallow and service != 26:
                # What we have to say is said again; only what the server says can be lost for good.
                await until(lambda: life.talking)
            with suppress(AssertionError):
                await until(lambda: life.talking or life.ended, seconds=0.3)
            beginning.cancel()
            await asyncio.gather(beginning, return_exceptions=True)
            await life.end()
        await until_nothing_is_left(sim, before)


async def test_a_call_goes_on_over_a_link_that_comes_back_in_time(sim: Simulator) -> None:
    async with (
        Cutter(sim.url) as cutter,
        user(sim.settings("alice", url=cutter.url)) as alice,
        user(sim.settings("bob")) as bob,
    ):
        life = Life(alice, bob)
        await soon(life.begin())
        await until(lambda: life.talking)
        cutter.cut()
        await alice.told(ConnectionChanged, 2)
        life.near.hold(True)
        await soon(alice.provider.hold(life.ours, True))
        assert alice.all(CallHeld) == [CallHeld(life.ours, True)]
        await bob.told(CallHeldByPeer)
        await soon(bob.provider.send_info(life.theirs, "still there?"))
        await alice.told(InfoReceived)
        assert not life.ended
        await life.end()


async def test_hold_that_a_lost_link_interrupts_is_done_when_it_is_back(sim: Simulator) -> None:
    async with (
        Cutter(sim.url) as cutter,
        user(sim.settings("alice", url=cutter.url)) as alice,
        user(sim.settings("bob")) as bob,
    ):
        life = Life(alice, bob)
        await soon(life.begin())
        await until(lambda: life.talking)
        cutter.cut_at(1, swallow=True)
        life.near.hold(True)
        await soon(alice.provider.hold(life.ours, True))
        assert cutter.cut_frame == ("up", 27)
        assert (await bob.told(CallHeldByPeer)).on
        await life.end()


async def test_a_call_whose_link_comes_back_too_late_is_lost(sim: Simulator) -> None:
    async with Cutter(sim.url) as cutter, user(sim.settings("bob")) as bob:
        alice = Account(sim.settings("alice", url=cutter.url))
        await alice.online()
        life = Life(alice, bob)
        await soon(life.begin())
        cutter.cut()
        assert alice.running is not None
        with pytest.raises(ConnectionLost, match="broke off"):
            await soon(alice.running)
        assert (await bob.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP
        assert alice.count(CallEnded) == 0, "nobody has told us yet"
        await alice.online()
        assert (await alice.told(CallEnded)).reason is EndReason.LOST
        await alice.stop()


async def test_a_server_that_dies_and_comes_back_knows_no_call() -> None:
    with simulator() as first:
        port = int(first.url.rstrip("/").rpartition(":")[2])
        alice, bob = Account(first.settings("alice")), Account(first.settings("bob"))
        await alice.online()
        await bob.online()
        life = Life(alice, bob)
        await soon(life.begin())
        await until(lambda: life.talking)
        first.kill()
    for who in (alice, bob):
        assert who.running is not None
        with pytest.raises(ConnectionLost):
            await soon(who.running)
        with pytest.raises(ConnectionLost, match="connection refused"):
            await soon(who.start())
    with pytest.raises(ConnectionLost, match="no connection to OnCaller"):
        await alice.provider.dial(BOB)
    with simulator(port=port):
        for who in (alice, bob):
            await who.online()
            assert (await who.told(CallEnded)).reason is EndReason.LOST
            await who.stop()


# -- one link, step by step -----------------------------------------------------------------------------------------


async def back(server: ScriptedServer, alice: Account, *, exist: bool | None = True) -> Connection:
    """Let alice connect again; the server says whether her call is still there."""
    if alice.running is not None:
        await asyncio.gather(alice.running, return_exceptions=True)
    alice.start()
    client = await server.client()
    await client.log_in()
    if exist is not None:
        assert (await client.reply(205, exist=exist))["callId"] == "call-1"
    return client


async def test_a_call_lost_before_the_server_took_it_is_over_and_a_sign_of_life_later_is_hung_up_on() -> None:
    async with connected() as (server, client, alice):
        ref = await alice.provider.dial(BOB, media=SdpMedia())
        await client.hear(26)
        await client.socket.close()
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, EndReason.LOST)
        client = await back(server, alice, exist=None)
        await client.say(32, callId="call-9", code=180)
        assert (await client.reply(28))["callId"] == "call-9"
        await client.say(32, callId="call-9", code=180)
        await client.say(32, callId="call-8", code=486)
        await client.beat()
        assert client.heard(28) == []
        assert alice.count(CallRang) == 0


async def test_what_the_server_has_not_confirmed_is_said_again_after_the_next_log_in() -> None:
    async with connected() as (server, client, alice):
        _, media = await make_call(client, alice)
        await client.socket.close()
        client = await back(server, alice)
        again = [await client.hear(27) for _ in range(2)]
        assert [each["type"] for each in again] == ["sdp", "candidate"]
        assert all(each["requestId"] > 5 for each in again)
        assert media.verbs() == ["use_ice", "offer"]


async def test_what_the_server_has_confirmed_is_not_said_again() -> None:
    async with connected() as (server, client, alice):
        await alice.provider.dial(BOB, media=SdpMedia())
        await client.reply(26, callId="call-1", toType="internal")
        for _ in range(2):
            await client.reply(27)
        await client.beat()
        await client.socket.close()
        client = await back(server, alice)
        await client.beat()
        assert client.heard(27) == []


async def test_what_is_too_old_to_matter_is_not_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "RESUME_SECONDS", 0.0)
    async with connected() as (server, client, alice):
        await make_call(client, alice)
        await client.socket.close()
        client = await back(server, alice)
        await client.beat()
        assert client.heard(27) == []


async def test_a_description_made_while_the_link_is_down_goes_out_when_it_is_back() -> None:
    async with connected() as (server, client, alice):
        ref = await invite(client, alice)
        await say_sdp(client, "offer")
        await client.beat()
        await client.socket.close()
        assert alice.running is not None
        await asyncio.gather(alice.running, return_exceptions=True)
        await alice.provider.ringing(ref, SdpMedia())
        client = await back(server, alice)
        assert (await client.hear(31))["code"] == 180
        assert (await client.hear(27))["data"]["type"] == "answer"


@pytest.mark.parametrize("incoming", [True, False])
async def test_ending_a_call_without_a_link_works_at_once_and_is_told_later(incoming: bool) -> None:
    async with connected() as (server, client, alice):
        ref = await invite(client, alice) if incoming else (await talk(client, alice))[0]
        await client.socket.close()
        assert alice.running is not None
        await asyncio.gather(alice.running, return_exceptions=True)
        await soon(alice.provider.hangup(ref), seconds=5)
        reason = EndReason.REJECTED if incoming else EndReason.HUNG_UP
        assert alice.events[-1] == CallEnded(ref, reason)
        client = await back(server, alice, exist=None)
        request = await client.hear(31 if incoming else 28)
        assert (request["callId"], request.get("code")) == ("call-1", 486 if incoming else None)


async def test_an_end_that_goes_down_with_the_link_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "GOODBYE_SECONDS", 0.05)
    async with connected() as (server, client, alice):
        ref, _ = await talk(client, alice)
        hanging_up = asyncio.create_task(alice.provider.hangup(ref))
        await client.hear(28)
        await client.socket.close()
        await soon(hanging_up)
        assert alice.events[-1] == CallEnded(ref, EndReason.HUNG_UP)
        client = await back(server, alice, exist=None)
        assert (await client.hear(28))["callId"] == "call-1"


@pytest.mark.parametrize(("exist", "ends"), [(True, False), (False, True)])
async def test_after_a_reconnect_each_call_is_asked_about(exist: bool, ends: bool) -> None:
    async with connected() as (server, client, alice):
        await talk(client, alice)
        await client.socket.close()
        client = await back(server, alice, exist=exist)
        await client.beat()
        assert (alice.count(CallEnded) == 1) is ends
        assert (len(client.heard(28)) == 1) is ends


async def test_a_ringing_call_that_is_gone_after_a_reconnect_was_missed() -> None:
    async with connected() as (server, client, alice):
        await invite(client, alice)
        await client.socket.close()
        await back(server, alice, exist=False)
        assert (await alice.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_a_server_that_cannot_check_calls_ends_none() -> None:
    async with connected() as (server, client, alice):
        await talk(client, alice)
        await client.socket.close()
        client = await back(server, alice, exist=None)
        await client.reply(205, 1)
        await client.beat()
        assert alice.count(CallEnded) == 0


async def test_commands_without_a_link_say_so() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        await client.socket.close()
        assert alice.running is not None
        await asyncio.gather(alice.running, return_exceptions=True)
        commands = [
            alice.provider.dial(BOB),
            alice.provider.dtmf(ref, "1"),
            alice.provider.send_info(ref, {}),
            alice.provider.send_text(BOB, "hi"),
            alice.provider.transfer(ref, BOB),
        ]
        for command in commands:
            with pytest.raises(ConnectionLost, match="no connection to OnCaller just now; try again in a moment"):
                await soon(command)
        assert alice.count(CallStarted) == 1

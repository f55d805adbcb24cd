"""Vox's calls against the simulator, which was written from the same protocol by another reading of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.fakes import FakeMemory, soon, until
from tests.providers.rig import Account, SdpMedia
from tests.providers.vox.server import told
from tests.providers.vox.test_simulator import BOB, Stage
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallHeldByPeer,
    CallMutedByPeer,
    CallRang,
    CallStarted,
    ConnectionChanged,
    RecordLogged,
)
from tuiphone.core.model import Address, AddressKind, RecordResult

ALICE = Address(AddressKind.USER, "alice")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        made = Stage(stack)
        await made.open()
        yield made


@pytest.fixture
async def hasty() -> AsyncIterator[Stage]:
    """Where nothing rings for long."""
    async with AsyncExitStack() as stack:
        made = Stage(stack)
        await made.open(ring_seconds=0.3)
        yield made


def phone(last: str) -> Address:
    return Address(AddressKind.PHONE, f"+8490555000{last}")


async def rung(who: Account, *, video: bool = False, nth: int = 1) -> tuple[str, SdpMedia]:
    """Let the nth call that comes to this account ring."""

    def incoming() -> list[CallStarted]:
        return [event for event in who.all(CallStarted) if event.direction is CallDirection.INCOMING]

    await until(lambda: len(incoming()) >= nth)
    media = SdpMedia(video=video)
    await who.provider.ringing(incoming()[nth - 1].ref, media)
    return incoming()[nth - 1].ref, media


async def talking(alice: Account, bob: Account, *, video: bool = False) -> tuple[str, str]:
    """Alice calls bob, who picks up with a picture where there is one."""
    ours = await alice.provider.dial(BOB, video=video, media=SdpMedia(video=video))
    theirs, _ = await rung(bob, video=video)
    await told(alice, CallRang)
    await soon(bob.provider.answer(theirs, video=video))
    await told(alice, CallAnswered)
    return ours, theirs


def facts(who: Account) -> dict[str, str]:
    """What was shown of its calls beside their beginning, the last of each."""
    return dict(fact for event in who.all(CallDescribed) for fact in event.facts)


@pytest.mark.parametrize("video", [False, True])
async def test_a_call_between_users_from_dialling_to_the_end(stage: Stage, video: bool) -> None:
    alice, bob = await stage.join("alice"), await stage.join("bob")
    near, far = SdpMedia(video=video), None
    ours = await alice.provider.dial(BOB, video=video, media=near, recorded=True)
    theirs, far = await rung(bob, video=video)
    assert theirs == ours, "both sides have the id of the history"
    started = bob.all(CallStarted)[0]
    assert (started.peer, started.video) == (ALICE, video)
    assert ("Recorded by them", "the caller says so") in started.facts
    await told(alice, CallRang)
    await soon(bob.provider.answer(theirs, video=video))
    await told(alice, CallAnswered)
    await until(lambda: "apply" in near.verbs())
    assert far.verbs() == ["use_ice", "answer"]
    await soon(bob.provider.hangup(theirs))
    assert (await told(alice, CallEnded)).reason is EndReason.REMOTE_HUNG_UP
    assert bob.all(CallEnded)[0].reason is EndReason.HUNG_UP


async def test_mute_and_hold_are_told_and_known(stage: Stage) -> None:
    alice, bob = await stage.join("alice"), await stage.join("bob")
    ours, theirs = await talking(alice, bob, video=True)
    await alice.provider.mute(ours, audio=True, video=True)
    await told(bob, CallMutedByPeer)
    await until(lambda: facts(bob).get("Their picture") == "switched off by them")
    await until(lambda: facts(alice).get("Notice to them") == "they know that your microphone and picture are off")
    await bob.provider.camera(theirs, False)
    await until(lambda: facts(alice).get("Their picture") == "switched off by them")
    await until(lambda: facts(bob).get("Notice to them") == "they know that your picture is off")
    session = bob.provider._session
    session.post("directAVCallHoldUnHoldReq", sDstMobNu="alice", eCallType=2, sCallId=ours, bOption=True)
    assert (await told(alice, CallHeldByPeer)).on


async def test_declined_is_rejected(stage: Stage) -> None:
    alice, bob = await stage.join("alice"), await stage.join("bob")
    await alice.provider.dial(BOB, media=SdpMedia())
    theirs, _ = await rung(bob)
    await soon(bob.provider.reject(theirs))
    assert (await told(alice, CallEnded)).reason is EndReason.REJECTED


@pytest.mark.parametrize(("who", "reason"), [("busy", EndReason.BUSY), ("nobody", EndReason.UNREACHABLE)])
async def test_users_who_cannot_be_talked_to(stage: Stage, who: str, reason: EndReason) -> None:
    alice = await stage.join("alice")
    await alice.provider.dial(Address(AddressKind.USER, who), media=SdpMedia())
    ended = await told(alice, CallEnded)
    assert ended.reason is reason
    assert ended.detail is not None


@pytest.mark.parametrize("who", ["silent", "bob"])
async def test_users_who_do_not_answer_or_are_not_logged_in(hasty: Stage, who: str) -> None:
    alice = await hasty.join("alice")
    await alice.provider.dial(Address(AddressKind.USER, who), media=SdpMedia())
    assert (await told(alice, CallEnded)).reason in (EndReason.NO_ANSWER, EndReason.UNREACHABLE)
    assert alice.count(CallRang) == (who == "silent")


@pytest.mark.parametrize("answered", [False, True])
async def test_another_device_of_bob_stops_ringing(stage: Stage, answered: bool) -> None:
    alice = await stage.join("alice")
    first, second = await stage.join("bob", device_id="1"), await stage.join("bob", device_id="2")
    await alice.provider.dial(BOB, media=SdpMedia())
    (ref, _), _ = await rung(first), await rung(second)
    await soon(first.provider.answer(ref) if answered else first.provider.reject(ref))
    ended = await told(second, CallEnded)
    assert ended.reason is (EndReason.ELSEWHERE if answered else EndReason.REJECTED)
    record = (await told(second, RecordLogged)).record
    assert (record.ref, record.incoming) == (ref, True)
    assert record.result is (RecordResult.ELSEWHERE if answered else RecordResult.REJECTED)
    assert first.count(RecordLogged) == 0


async def test_two_who_call_each_other_and_both_answer_are_left_with_one_call(stage: Stage) -> None:
    alice, bob = await stage.join("alice"), await stage.join("bob")
    await asyncio.gather(alice.provider.dial(BOB, media=SdpMedia()), bob.provider.dial(ALICE, media=SdpMedia()))
    (to_alice, _), (to_bob, _) = await rung(alice), await rung(bob)
    await soon(asyncio.gather(alice.provider.answer(to_alice), bob.provider.answer(to_bob), return_exceptions=True))

    def left(who: Account) -> set[str]:
        return {event.ref for event in who.all(CallStarted)} - {event.ref for event in who.all(CallEnded)}

    await until(lambda: len(left(alice)) == len(left(bob)) == 1)
    assert left(alice) == left(bob)


# -- telephones -----------------------------------------------------------------------------------------------------


async def test_a_telephone_is_heard_answered_and_gets_digits(stage: Stage) -> None:
    alice = await stage.join("alice")
    media = SdpMedia()
    ref = await alice.provider.dial(phone("1"), media=media)
    assert (await told(alice, CallRang)).early_media
    await told(alice, CallAnswered)
    assert media.verbs().count("apply") == 1
    for digit in "12#":
        await soon(alice.provider.dtmf(ref, digit))
    (telephone,) = [call.telephone for call in stage.vox.exchange.calls.values()]
    assert telephone is not None
    assert telephone.digits == "12#"  # type: ignore[attr-defined]
    await soon(alice.provider.hangup(ref))
    await until(lambda: all(call.ended for call in stage.vox.exchange.calls.values()))


@pytest.mark.parametrize(("last", "reason"), [("8", EndReason.NO_CREDIT), ("9", EndReason.NO_ANSWER)])
async def test_telephones_that_do_not_answer(hasty: Stage, last: str, reason: EndReason) -> None:
    alice = await hasty.join("alice")
    await alice.provider.dial(phone(last), media=SdpMedia())
    assert (await told(alice, CallEnded)).reason is reason


async def test_a_busy_telephone(stage: Stage) -> None:
    alice = await stage.join("alice")
    await alice.provider.dial(phone("0"), media=SdpMedia())
    assert (await told(alice, CallEnded)).reason is EndReason.BUSY


@pytest.mark.parametrize("how", ["answered and left", "answered and ended there", "declined", "given up"])
async def test_a_telephone_calls(stage: Stage, how: str) -> None:
    alice = await stage.join("alice")
    call = stage.vox.calls.inbound("alice", "84911112222")
    ref, _ = await rung(alice)
    started = alice.all(CallStarted)[0]
    assert (started.peer, started.ref) == (Address(AddressKind.PHONE, "84911112222"), call.ref)
    assert started.caller == "18005550100"
    if how.startswith("answered"):
        await soon(alice.provider.answer(ref))
        assert alice.count(CallAnswered) == 1
    match how:
        case "answered and left":
            await soon(alice.provider.hangup(ref))
        case "declined":
            await soon(alice.provider.reject(ref))
        case _:
            stage.vox.gateway.hang_up(call.ref)
    reason = {
        "answered and left": EndReason.HUNG_UP,
        "answered and ended there": EndReason.REMOTE_HUNG_UP,
        "declined": EndReason.REJECTED,
        "given up": EndReason.MISSED,
    }[how]
    assert (await told(alice, CallEnded)).reason is reason
    await until(lambda: call.ended)


# -- lost links -----------------------------------------------------------------------------------------------------


async def test_a_call_can_be_answered_and_ended_after_both_lost_their_links(stage: Stage) -> None:
    alice, bob = await stage.join("alice", FakeMemory()), await stage.join("bob", FakeMemory())
    ours = await alice.provider.dial(BOB, media=SdpMedia())
    theirs, _ = await rung(bob)
    await told(alice, CallRang)

    async def come_back() -> None:
        for who in (alice, bob):
            for link in stage.vox.links_of(str(who.provider.identity)):
                link.drop()
            await until(lambda who=who: who.running is not None and who.running.done())
            count = who.count(ConnectionChanged)
            who.start()
            await told(who, ConnectionChanged, count + 1)

    await come_back()
    await soon(bob.provider.answer(theirs))
    await told(alice, CallAnswered)
    await come_back()
    await soon(alice.provider.hangup(ours))
    assert (await told(bob, CallEnded)).reason is EndReason.REMOTE_HUNG_UP

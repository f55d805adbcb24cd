"""OnCaller against the simulator, which was written from the same document by another reading of it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.exchange import Simulator, simulator, user
from tests.providers.rig import BOB, Account, SdpMedia, account
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import AccessDenied, RequestFailed
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallRang,
    CallStarted,
    DevicesChanged,
    InfoReceived,
    TextReceived,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller import codes
from tuiphone.providers.oncaller.token import sign

CAROL = Address(AddressKind.USER, "carol")


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with simulator(ping_after_ms=300, ring_seconds=2, grace_seconds=2) as running:
        yield running


def phone(last: str) -> Address:
    return Address(AddressKind.PHONE, f"+84905550{last}")


async def rung(who: Account, *, video: bool = False, nth: int = 1) -> tuple[str, SdpMedia]:
    """Let the nth call to this account ring."""
    started = [event for event in who.all(CallStarted) if event.direction is CallDirection.INCOMING]
    await until(lambda: who.count(CallStarted) >= nth)
    started = [event for event in who.all(CallStarted) if event.direction is CallDirection.INCOMING]
    media = SdpMedia(video=video)
    await who.provider.ringing(started[-1].ref, media)
    return started[-1].ref, media


async def talking(alice: Account, bob: Account, **more: Any) -> tuple[str, SdpMedia, str, SdpMedia]:
    """Alice calls bob, who picks up."""
    near = SdpMedia(**more)
    ours = await alice.provider.dial(BOB, media=near, **more)
    theirs, far = await rung(bob, **more)
    await alice.told(CallRang)
    await soon(bob.provider.answer(theirs, **more))
    await alice.told(CallAnswered)
    await until(lambda: "add_candidate" in near.verbs() and "add_candidate" in far.verbs())
    return ours, near, theirs, far


# -- app to app -----------------------------------------------------------------------------------------------------


async def test_a_call_between_apps_from_dialling_to_the_end(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, near, theirs, far = await talking(alice, bob)
        assert near.verbs() == ["use_ice", "offer", "apply", "add_candidate"]
        assert far.verbs() == ["use_ice", "answer", "add_candidate"]
        assert near.ice == far.ice == ((), True)
        told = bob.all(CallStarted)[0]
        assert (told.peer, told.caller) == (Address(AddressKind.USER, "alice"), "bob")
        assert ("From internal", "yes") in told.facts
        facts = dict(fact for event in alice.all(CallDescribed) for fact in event.facts)
        assert facts["To type"] == "internal"
        assert facts["Custom data from your server"].startswith("sim-custom:")
        await soon(alice.provider.hangup(ours))
        assert await alice.told(CallEnded) == CallEnded(ours, EndReason.HUNG_UP)
        assert await bob.told(CallEnded) == CallEnded(theirs, EndReason.REMOTE_HUNG_UP)


async def test_the_callee_hangs_up(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, _, theirs, _ = await talking(alice, bob)
        await soon(bob.provider.hangup(theirs))
        assert await bob.told(CallEnded) == CallEnded(theirs, EndReason.HUNG_UP)
        assert await alice.told(CallEnded) == CallEnded(ours, EndReason.REMOTE_HUNG_UP)


async def test_a_rejected_call(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours = await alice.provider.dial(BOB, media=SdpMedia())
        theirs, _ = await rung(bob)
        await soon(bob.provider.reject(theirs))
        assert await bob.told(CallEnded) == CallEnded(theirs, EndReason.REJECTED)
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ours, EndReason.BUSY)


async def test_a_cancelled_call(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours = await alice.provider.dial(BOB, media=SdpMedia())
        theirs, _ = await rung(bob)
        await soon(alice.provider.hangup(ours))
        assert await alice.told(CallEnded) == CallEnded(ours, EndReason.CANCELLED)
        assert await bob.told(CallEnded) == CallEnded(theirs, EndReason.REMOTE_HUNG_UP)


async def test_a_call_cancelled_before_the_server_has_answered_rings_nowhere_for_long(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours = await alice.provider.dial(BOB, media=SdpMedia())
        await soon(alice.provider.hangup(ours))
        assert alice.all(CallEnded) == [CallEnded(ours, EndReason.CANCELLED)]
        assert (await bob.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_nobody_answers(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        await alice.provider.dial(BOB, media=SdpMedia())
        await rung(bob)
        assert (await alice.told(CallEnded)).reason is EndReason.NO_ANSWER
        assert (await bob.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_a_callee_who_is_not_connected(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice:
        await alice.provider.dial(Address(AddressKind.USER, "nobody"), media=SdpMedia())
        assert (await alice.told(CallEnded)).reason is EndReason.UNREACHABLE


@pytest.mark.parametrize("r", range(1, 20))
async def test_each_refusal_of_the_server_is_understood(sim: Simulator, r: int) -> None:
    async with user(sim.settings("alice")) as alice:
        await alice.provider.dial(Address(AddressKind.USER, f"err-{r}"), media=SdpMedia())
        ended = await alice.told(CallEnded)
        assert ended.reason is codes.MAKE_CALL[r].reason
        assert (ended.detail or "").startswith(codes.MAKE_CALL[r].sentence[:-1])


async def test_hold_is_heard_on_the_other_side(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, near, theirs, _ = await talking(alice, bob)
        for on in (True, False):
            near.hold(on)
            await soon(alice.provider.hold(ours, on))
            assert alice.all(CallHeld)[-1] == CallHeld(ours, on)
            assert bob.all(CallHeldByPeer)[-1] == CallHeldByPeer(theirs, on)


async def test_both_hold_at_the_same_moment(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, near, theirs, far = await talking(alice, bob)
        near.hold(True)
        far.hold(True)
        await soon(asyncio.gather(alice.provider.hold(ours, True), bob.provider.hold(theirs, True)))
        assert alice.all(CallHeld) == [CallHeld(ours, True)]
        assert bob.all(CallHeld) == [CallHeld(theirs, True)]
        assert alice.all(CallHeldByPeer)[-1].on
        assert bob.all(CallHeldByPeer)[-1].on


async def test_side_messages_and_texts(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, _, theirs, _ = await talking(alice, bob)
        await soon(alice.provider.send_info(ours, {"infoA": "1", "infoB": 2, "test": True}))
        assert await bob.told(InfoReceived) == InfoReceived(theirs, '{"infoA":"1","infoB":2,"test":true}')
        await soon(bob.provider.send_info(theirs, "plain"))
        assert await alice.told(InfoReceived) == InfoReceived(ours, '"plain"')
        await soon(alice.provider.send_text(BOB, "Chào bạn"))
        assert await bob.told(TextReceived) == TextReceived(Address(AddressKind.USER, "alice"), "Chào bạn")


async def test_an_app_call_cannot_be_transferred_by_the_servers_word_either(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, _, _, _ = await talking(alice, bob)
        call_id = dict(fact for event in alice.all(CallDescribed) for fact in event.facts)["Call id"]
        from tuiphone.providers.oncaller import requests

        desk = alice.provider._desk
        call = desk.find(ours)
        assert call is not None
        with pytest.raises(RequestFailed) as refused:
            await call.send(requests.transfer(call_id, "carol"), codes.TRANSFER)
        assert refused.value.code == 2


async def test_a_video_call_and_the_picture_that_is_added_to_a_voice_call(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        _, near, _, _ = await talking(alice, bob, video=True)
        assert bob.all(CallStarted)[0].video
        assert near.verbs().count("offer") == 1
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as bob:
        ours, near, theirs, _ = await talking(alice, bob)
        near.video = True
        await soon(alice.provider.hold(ours, False))
        await until(lambda: any(event.video and event.ref == theirs for event in bob.all(CallDescribed)))


# -- several devices ------------------------------------------------------------------------------------------------


async def test_one_of_two_devices_picks_up(sim: Simulator) -> None:
    async with (
        user(sim.settings("alice")) as alice,
        user(sim.settings("bob", device_name="desk")) as desk,
        user(sim.settings("bob", device_name="mobile")) as mobile,
    ):
        await until(
            lambda: (
                [[device.name for device in event.devices] for event in desk.all(DevicesChanged)][-1:] == [["mobile"]]
            )
        )
        assert [device.name for device in mobile.all(DevicesChanged)[-1].devices] == ["desk"]
        near = SdpMedia()
        ours = await alice.provider.dial(BOB, media=near)
        _, unused = await rung(desk)
        taken, used = await rung(mobile)
        await until(lambda: "answer" in unused.verbs() and "answer" in used.verbs())
        await soon(mobile.provider.answer(taken))
        assert await alice.told(CallAnswered) == CallAnswered(ours)
        assert (await desk.told(CallEnded)).reason is EndReason.ELSEWHERE
        assert ("Answered on another device", "yes") in desk.all(CallDescribed)[-1].facts
        await until(lambda: "add_candidate" in used.verbs() and "add_candidate" in near.verbs())
        assert near.verbs().count("apply") == 1
        assert unused.candidates == []
        await soon(mobile.provider.hangup(taken))
        assert (await alice.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP
        assert desk.count(CallEnded) == mobile.count(CallEnded) == 1


async def test_a_rejection_on_one_device_ends_the_call_on_both(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as one, user(sim.settings("bob")) as two:
        await alice.provider.dial(BOB, media=SdpMedia())
        first, _ = await rung(one)
        await rung(two)
        await soon(one.provider.reject(first))
        assert (await two.told(CallEnded)).reason is EndReason.REJECTED
        assert (await alice.told(CallEnded)).reason is EndReason.BUSY


async def test_a_device_that_comes_while_it_rings_rings_too(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice, user(sim.settings("bob")) as one:
        await alice.provider.dial(BOB, media=SdpMedia())
        await rung(one)
        async with user(sim.settings("bob")) as late:
            ref, media = await rung(late)
            await until(lambda: "answer" in media.verbs())
            await soon(late.provider.answer(ref))
            await alice.told(CallAnswered)
            assert (await one.told(CallEnded)).reason is EndReason.ELSEWHERE


async def test_a_device_that_leaves_is_no_longer_listed(sim: Simulator) -> None:
    async with user(sim.settings("bob", device_name="desk")) as desk:
        async with user(sim.settings("bob", device_name="mobile")):
            await until(lambda: desk.all(DevicesChanged)[-1].devices)
        await until(lambda: not desk.all(DevicesChanged)[-1].devices)


# -- telephones -----------------------------------------------------------------------------------------------------


async def test_a_telephone_is_called_and_its_keys_pressed(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice:
        near = SdpMedia()
        ours = await alice.provider.dial(phone("100"), media=near)
        await alice.told(CallRang)
        await alice.told(CallAnswered)
        await until(lambda: "apply" in near.verbs())
        await soon(alice.provider.dtmf(ours, "1"))
        await soon(alice.provider.hangup(ours))
        assert alice.events[-1] == CallEnded(ours, EndReason.HUNG_UP)
        with pytest.raises(Exception, match="over"):
            await alice.provider.dtmf(ours, "1")


async def test_early_media_of_a_telephone(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice:
        near = SdpMedia()
        ours = await alice.provider.dial(phone("183"), media=near)
        await until(lambda: CallRang(ours, early_media=True) in alice.events)
        await until(lambda: "apply" in near.verbs())
        assert alice.count(CallAnswered) == 0, "it is heard before it answers"
        await alice.told(CallAnswered)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("404", EndReason.BAD_NUMBER),
        ("408", EndReason.NO_ANSWER),
        ("480", EndReason.UNREACHABLE),
        ("486", EndReason.BUSY),
        ("503", EndReason.FAILED),
        ("603", EndReason.REJECTED),
    ],
)
async def test_telephones_that_cannot_be_reached(sim: Simulator, last: str, reason: EndReason) -> None:
    async with user(sim.settings("alice")) as alice:
        await alice.provider.dial(phone(last), media=SdpMedia())
        ended = await alice.told(CallEnded)
        assert (ended.reason, f"({last} " in (ended.detail or "")) == (reason, True)


@pytest.mark.parametrize(("last", "r"), [("0", None), ("1", 4), ("5", 5), ("6", 6), ("7", 7), ("8", 8)])
async def test_numbers_to_call_from_are_checked_by_the_server(sim: Simulator, last: str, r: int | None) -> None:
    async with user(sim.settings("alice", numbers=(f"8499000000{last}",))) as alice:
        await alice.provider.dial(phone("100"), media=SdpMedia())
        if r is None:
            await alice.told(CallAnswered)
        else:
            assert (await alice.told(CallEnded)).reason is codes.MAKE_CALL[r].reason


async def test_a_telephone_calls_is_answered_and_hangs_up(sim: Simulator) -> None:
    async with user(sim.settings("bob")) as bob:
        call = await sim.post("sim/inbound", **{"from": "84905550001", "to": "84990000000", "userId": "bob"})
        ref, media = await rung(bob)
        told = bob.all(CallStarted)[0]
        assert (told.peer, told.caller) == (Address(AddressKind.PHONE, "84905550001"), "84990000000")
        assert ("From internal", "no") in told.facts
        assert "answer" not in media.verbs()
        await soon(bob.provider.answer(ref))
        await until(lambda: "answer" in media.verbs())
        assert (await bob.told(CallAnswered)).ref == ref
        await sim.post("sim/hangup", callId=call["callId"])
        assert await bob.told(CallEnded) == CallEnded(ref, EndReason.REMOTE_HUNG_UP)


async def test_a_telephone_is_handed_over_to_another_user(sim: Simulator) -> None:
    async with user(sim.settings("bob")) as bob, user(sim.settings("carol")) as carol:
        await sim.post("sim/inbound", **{"from": "84905550001", "to": "84990000000", "userId": "bob"})
        ref, _ = await rung(bob)
        await soon(bob.provider.answer(ref))
        with pytest.raises(RequestFailed, match="not connected") as refused:
            await bob.provider.transfer(ref, Address(AddressKind.USER, "nobody"))
        assert refused.value.code == 3
        await soon(bob.provider.transfer(ref, CAROL))
        assert bob.all(CallEnded) == [CallEnded(ref, EndReason.TRANSFERRED, "Transferred to carol.")]
        handed, media = await rung(carol)
        assert carol.all(CallStarted)[0].peer == Address(AddressKind.PHONE, "84905550001")
        await soon(carol.provider.answer(handed))
        await until(lambda: "answer" in media.verbs())
        await soon(carol.provider.hangup(handed))
        assert carol.all(CallEnded) == [CallEnded(handed, EndReason.HUNG_UP)]


# -- the link -------------------------------------------------------------------------------------------------------


def token(
    secret: str = "oncaller-sim-secret", *, sid: str = "SK-oncaller-sim", user: str = "alice", now: float = 0
) -> str:
    import time

    return sign(key_sid=sid, secret=secret, user_id=user, now=now or time.time())


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("", 1),
        ("a.b.c", 2),
        ("no token at all", 3),
        (token(sid="SK-other"), 5),
        (token("another secret"), 6),
        (token(now=1_700_000_000), 6),
    ],
    ids=["empty", "not base64", "no parts", "unknown key", "wrong secret", "expired"],
)
async def test_a_wrong_token_is_access_denied_in_words(sim: Simulator, bad: str, code: int) -> None:
    keys = {"key_sid": None, "key_secret": None, "token": Secret(bad)}
    async with account(sim.settings("alice", **keys)) as alice:
        with pytest.raises(AccessDenied, match=f"({code} ".replace("(", r"\(")):
            await soon(alice.start())
        assert alice.events == []


async def test_an_expired_token_is_renewed_by_its_command(sim: Simulator) -> None:
    tokens = [token(now=1_700_000_000), token()]

    async def command() -> str:
        return tokens.pop(0)

    keys = {"key_sid": None, "key_secret": None, "token": Secret(command)}
    async with user(sim.settings("alice", **keys)):
        assert tokens == []


async def test_pings_keep_the_link(sim: Simulator) -> None:
    async with user(sim.settings("alice")) as alice:
        await asyncio.sleep(1.2)
        assert len(alice.events) == 2, "online and no devices, once"

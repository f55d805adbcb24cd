"""Telephones behind the gateway: calls to them, calls from them, transfer."""

import asyncio
import time

import pytest

from tests.simulator.conftest import LogIn, Serve
from tests.simulator.control import control, state_of
from tests.simulator.phone import Phone
from tests.simulator.talk import Talk
from tuiphone.simulator import gateway
from tuiphone.simulator.gateway import Telephone
from tuiphone.simulator.oncaller import OnCaller

HOTLINE = "84990000000"
TONE_HZ = 600


async def dial(phone: Phone, number: str, *, pitch_hz: int = 0) -> Talk:
    return await phone.dial(number, hotline=HOTLINE, pitch_hz=pitch_hz)


async def hears(server: OnCaller, ref: str) -> None:
    """Wait until the telephone in a call hears something."""
    for _ in range(400):
        if server.gateway.frames(ref) > 10:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the telephone heard nothing")


async def released(server: OnCaller) -> None:
    """Wait until no telephone is left off its hook."""
    for _ in range(1500):
        if not server.gateway._telephones:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(server.gateway._telephones)


@pytest.mark.parametrize("number", ["+84905550001", "84905550001", "1234567"])
async def test_a_telephone_rings_answers_and_sends_its_tone(server: OnCaller, log_in: LogIn, number: str) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, number)
    await talk.ear.tone(TONE_HZ)
    assert alice.codes(talk.ref) == [100, 180, 200]


async def test_the_answer_of_a_telephone_has_its_candidates_inside_and_no_device(
    server: OnCaller, log_in: LogIn
) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550001")
    await alice.push(32, code=200)
    (answer,) = alice.got(29, callId=talk.ref)
    assert answer["data"]["type"] == "answer"
    lines = answer["data"]["sdp"].splitlines()
    candidates = [line for line in lines if line.startswith("a=candidate:")]
    assert candidates
    assert all(" 127.0.0.1 " in line for line in candidates)
    assert ["deviceId" in body for body in (answer, *alice.got(32, code=200))] == [False, False]
    numbers = [kind if kind == 29 else body["code"] for kind, body in alice.history if kind in (29, 32)]
    assert numbers == [100, 180, 29, 200]


async def test_the_gateway_counts_the_sound_it_receives(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550001", pitch_hz=300)
    await talk.ear.until(lambda: len(talk.ear.heard) >= 50)
    state = await state_of(server, talk.ref)
    assert state["answered"]
    assert not state["ended"]
    said = talk.mouth.sent_samples // 960
    assert said - 25 <= int(str(state["phoneFrames"])) <= said
    assert await alice.result(28, callId=talk.ref) == 0
    state = await state_of(server, talk.ref)
    assert state["ended"]
    assert int(str(state["phoneFrames"])) >= 25


@pytest.mark.parametrize("code", [404, 408, 480, 486, 503, 603])
async def test_a_telephone_refuses_with_the_last_digits_of_its_number(
    server: OnCaller, log_in: LogIn, code: int
) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, f"+84905550{code}")
    await alice.push(32, callId=talk.ref, code=code)
    assert alice.codes(talk.ref) == [100, 180, code]
    assert await alice.result(28, callId=talk.ref) == 1


async def test_a_telephone_with_000_rings_until_the_ring_time_is_over(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ring_seconds=1.0)  # any other number has answered by then
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550000")
    await alice.push(32, code=408)
    assert alice.codes(talk.ref) == [100, 180, 408]


async def test_early_media_of_183_is_heard_before_the_answer(
    server: OnCaller, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_EARLY_MEDIA_S", 5.0)  # a busy machine may take a second until it hears anything
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550183")
    await talk.ear.tone(TONE_HZ)
    assert alice.codes(talk.ref) == [100, 183]
    await alice.push(32, code=200)
    assert len(alice.got(29, type="sdp")) == 1


async def test_early_media_of_183_is_answered_a_second_later(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    dialled = time.monotonic()
    talk = await dial(alice, "+84905550183")
    await alice.push(32, code=200)
    assert time.monotonic() - dialled >= 1
    assert alice.codes(talk.ref) == [100, 183, 200]


async def test_a_telephone_waits_for_an_offer_that_comes_late(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    reply = await alice.request(26, fromNumber=HOTLINE, toNumber="+84905550001", custom="")
    await alice.push(32, code=180)
    await asyncio.sleep(0.6)
    assert alice.codes(reply["callId"]) == [100, 180]
    talk = alice._talk(reply["callId"], calling=True, external=True, video=False)
    await talk.offer()
    await talk.ear.tone(TONE_HZ)


async def test_a_cancelled_call_ends_on_the_telephone(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550001")
    assert await alice.result(28, callId=talk.ref) == 0
    await asyncio.sleep(0.8)
    assert 200 not in alice.codes(talk.ref)
    await released(server)


async def test_keys_pressed_reach_the_telephone(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550001")
    await alice.push(32, code=200)
    for digit in "12#":
        assert await alice.result(34, callId=talk.ref, digits=digit) == 0
    telephone = server.exchange.calls[talk.ref].telephone
    assert isinstance(telephone, Telephone)
    assert telephone.digits == "12#"


async def test_a_held_telephone_is_silent_until_resumed(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await dial(alice, "+84905550001")
    await talk.ear.tone(TONE_HZ)
    assert await talk.offer_again("sendonly") == "recvonly"
    await talk.ear.nothing()
    assert await talk.offer_again("sendrecv") == "sendrecv"
    await talk.ear.tone(TONE_HZ)


async def test_a_telephone_calls_a_user_and_hangs_up(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    reply = await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "bob"})
    ref = reply.json()["callId"]
    assert reply.json() == {"r": 0, "callId": ref}
    talk = await bob.rung(callId=ref, fromInternal=False, fromNumber="84905550001", toNumber=HOTLINE, pitch_hz=300)
    offer = await bob.push(29, type="sdp")
    assert offer["data"]["type"] == "offer"
    assert await bob.result(31, callId=ref, code=200) == 0
    talk.answer()
    await talk.ear.tone(TONE_HZ)
    assert int(str((await state_of(server, ref))["phoneFrames"])) > 0
    assert (await control(server, "hangup", callId=ref)).json() == {"r": 0}
    await bob.push(30, callId=ref)
    assert (await control(server, "hangup", callId=ref)).json() == {"r": 1}
    await released(server)


async def test_a_user_hangs_up_on_a_telephone_that_called(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "bob"})
    talk = await bob.rung()
    assert await bob.result(31, callId=talk.ref, code=200) == 0
    talk.answer()
    await talk.ear.tone(TONE_HZ)
    assert await bob.result(28, callId=talk.ref) == 0
    assert (await state_of(server, talk.ref))["ended"]
    await released(server)


async def test_a_telephone_that_gives_up_ringing_takes_the_call_from_all_devices(
    server: OnCaller, log_in: LogIn
) -> None:
    first, second = await log_in(server, "bob"), await log_in(server, "bob")
    reply = await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "bob"})
    await first.rung()
    await second.rung()
    await control(server, "hangup", callId=reply.json()["callId"])
    await first.push(30)
    await second.push(30)


async def test_a_telephone_calling_nobody_is_refused_with_a_sentence(server: OnCaller) -> None:
    reply = await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "bob"})
    assert reply.status_code == 400
    assert reply.json() == {"r": 1, "message": "bob is not connected"}


async def test_a_telephone_calls_a_robot(server: OnCaller) -> None:
    reply = await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "echo"})
    ref = reply.json()["callId"]
    await hears(server, ref)
    assert (await control(server, "hangup", callId=ref)).json() == {"r": 0}


async def test_a_transfer_makes_the_telephone_call_another_user(server: OnCaller, log_in: LogIn) -> None:
    alice, carol = await log_in(server, "alice"), await log_in(server, "carol")
    talk = await dial(alice, "+84905550001", pitch_hz=300)
    await talk.ear.tone(TONE_HZ)
    to = {"number": "carol", "type": "internal", "alias": "carol"}
    assert await alice.result(101, callId=talk.ref, to=to) == 0
    await alice.push(30, callId=talk.ref)
    before = server.gateway.frames(talk.ref)
    moved = await carol.rung(fromInternal=False, fromNumber="+84905550001", toNumber="carol", pitch_hz=300)
    assert moved.ref != talk.ref
    assert await carol.result(31, callId=moved.ref, code=200) == 0
    moved.answer()
    await moved.ear.tone(TONE_HZ)
    await hears(server, moved.ref)
    assert before == server.gateway.frames(talk.ref) > 0
    assert (await control(server, "hangup", callId=moved.ref)).json() == {"r": 0}
    await carol.push(30, callId=moved.ref)
    await released(server)


async def test_an_incoming_telephone_call_can_be_transferred_to_a_robot(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    await control(server, "inbound", **{"from": "84905550001", "to": HOTLINE, "userId": "bob"})
    talk = await bob.rung()
    assert await bob.result(31, callId=talk.ref, code=200) == 0
    assert await bob.result(101, callId=talk.ref, to={"number": "tone", "type": "internal", "alias": "tone"}) == 0
    await bob.push(30, callId=talk.ref)
    (moved,) = [call for call in server.exchange.calls.values() if call.callee == "tone"]
    await hears(server, moved.ref)


async def test_transfers_that_cannot_be_made_say_why(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    to_bob = {"number": "bob", "type": "internal", "alias": "bob"}
    assert await alice.result(101, callId="none", to=to_bob) == 1
    app = await alice.dial("tone")
    await alice.push(32, callId=app.ref, code=200)
    assert await alice.result(101, callId=app.ref, to=to_bob) == 2
    telephone = await dial(alice, "+84905550001")
    assert await alice.result(101, callId=telephone.ref, to=to_bob) == 1, "it is not answered yet"
    await alice.push(32, callId=telephone.ref, code=200)
    assert await alice.result(101, callId=telephone.ref, to={**to_bob, "number": "carol"}) == 3
    assert await bob.result(101, callId=telephone.ref, to=to_bob) == 1, "it is not bob's"
    assert not server.exchange.calls[telephone.ref].ended

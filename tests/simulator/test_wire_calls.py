"""Calls on OnCaller's wire, frame by frame: who is told what, in which order, with which result codes."""

import asyncio
from typing import Any

import pytest

from tests.simulator.conftest import LogIn, Serve
from tests.simulator.phone import Phone
from tuiphone.simulator.oncaller import OnCaller

HOTLINE = "84990000000"
OFFER = {"type": "offer", "sdp": "v=0\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\nanswer\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0, "extra": [1]}


async def dial(phone: Phone, to: str, **more: Any) -> str:
    """Make a call; its id."""
    asked = {"fromNumber": phone.user, "toNumber": to, "video": False, "custom": ""} | more
    reply = await phone.request(26, **asked)
    assert reply["r"] == 0, reply
    return reply["callId"]


async def answered(alice: Phone, bob: Phone) -> str:
    """A call that bob took."""
    ref = await dial(alice, bob.user)
    await bob.push(33, callId=ref)
    assert await bob.result(31, callId=ref, code=200) == 0
    await alice.push(32, callId=ref, code=200)
    return ref


def kinds(phone: Phone) -> list[int]:
    return [service for service, _ in phone.history]


# -- app to app -----------------------------------------------------------------------------------------------------


async def test_a_call_between_apps_goes_frame_by_frame_as_drawn(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    reply = await alice.request(26, fromNumber="alice", toNumber="bob", video=True, custom="my data")
    ref = reply["callId"]
    assert reply | {"requestId": 0} == {
        "r": 0,
        "message": "SUCCESS",
        "requestId": 0,
        "callId": ref,
        "fromNumber": "alice",
        "toNumber": "bob",
        "toType": "internal",
        "video": True,
        "peerToPeerCall": True,
        "customDataFromYourServer": "sim-custom:my data",
        "iceServers": [],
    }
    assert await bob.push(33) == {
        "callId": ref,
        "fromNumber": "alice",
        "toNumber": "bob",
        "fromAlias": "alice",
        "toAlias": "bob",
        "fromInternal": True,
        "video": True,
        "customDataFromYourServer": "sim-custom:my data",
        "iceServers": [],
    }
    for kind, data in (("sdp", OFFER), ("candidate", CANDIDATE)):
        assert await alice.result(27, callId=ref, type=kind, data=data) == 0
        assert await bob.push(29) == {"callId": ref, "type": kind, "data": data}
    for kind, data in (("sdp", ANSWER), ("candidate", CANDIDATE)):
        assert await bob.result(27, callId=ref, type=kind, data=data) == 0
    assert await bob.result(31, callId=ref, code=180) == 0
    assert await bob.result(31, callId=ref, code=200) == 0
    from_bob = {"callId": ref, "deviceId": bob.device}
    await alice.settled()
    assert alice.history == [
        (32, {"callId": ref, "code": 100, "reason": "Trying"}),
        (29, {**from_bob, "type": "sdp", "data": ANSWER}),
        (29, {**from_bob, "type": "candidate", "data": CANDIDATE}),
        (32, {**from_bob, "code": 180, "reason": "Ringing"}),
        (32, {**from_bob, "code": 200, "reason": "OK"}),
    ]
    assert (await alice.request(205, callId=ref)) == {"r": 0, "exist": True, "callId": ref, "requestId": 7}
    assert await alice.result(28, callId=ref) == 0
    assert await bob.push(30) == {"callId": ref}
    assert (await bob.request(205, callId=ref))["exist"] is False
    assert await bob.result(28, callId=ref) == 1


async def test_the_reply_to_a_call_comes_before_everything_it_sets_off(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    order: list[int] = []
    take = alice._take
    alice._take = lambda text: (
        order.append(int(text[12:14].strip(b",. " if isinstance(text, bytes) else ",. "))),
        take(text),
    )[1]
    await dial(alice, "nobody")
    await alice.push(32, code=480)
    await dial(alice, "busy")
    await alice.push(32, code=486)
    assert order[:2] == [26, 32]
    assert order[2] == 26


async def test_a_later_offer_of_either_side_is_relayed_with_the_callees_device(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    assert await bob.result(27, callId=ref, type="sdp", data=OFFER) == 0
    assert (await alice.push(29))["deviceId"] == bob.device
    assert await alice.result(27, callId=ref, type="sdp", data=ANSWER) == 0
    assert "deviceId" not in await bob.push(29)


async def test_a_rejection_ends_the_call_on_every_device(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    bob, bob2 = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await dial(alice, "bob")
    await bob.push(33)
    assert await bob.result(31, callId=ref, code=486) == 0
    assert await alice.push(32, code=486) == {
        "callId": ref,
        "code": 486,
        "reason": "Busy Here",
        "deviceId": bob.device,
    }
    assert await bob2.push(38) == {"type": "CALL_STATE", "data": {"callId": ref, "code": 486}}
    assert await bob2.result(31, callId=ref, code=200) == 1
    await bob.settled()
    assert 38 not in kinds(bob)
    assert 30 not in kinds(bob) + kinds(bob2)


async def test_a_cancelled_call_ends_on_every_device(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    bobs = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await dial(alice, "bob")
    assert await alice.result(28, callId=ref) == 0
    for bob in bobs:
        assert await bob.push(30) == {"callId": ref}
    await alice.settled()
    assert alice.codes(ref) == [100]


async def test_the_second_device_answers_and_the_first_comes_too_late(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    bob, bob2 = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await dial(alice, "bob")
    assert await alice.result(27, callId=ref, type="sdp", data=OFFER) == 0
    for one in (bob, bob2):
        await one.push(33)
        await one.push(29)
        assert await one.result(27, callId=ref, type="sdp", data=ANSWER) == 0
        assert (await alice.push(29))["deviceId"] == one.device
    assert await bob.result(31, callId=ref, code=180) == 0
    assert await bob2.push(38) == {"type": "CALL_STATE", "data": {"callId": ref, "code": 180}}
    assert await bob2.result(31, callId=ref, code=200) == 0
    assert (await alice.push(32, code=200))["deviceId"] == bob2.device
    assert await bob.push(38) == {"type": "CALL_STATE", "data": {"callId": ref, "code": 200}}
    for service, more in ((31, {"code": 200}), (31, {"code": 486}), (31, {"code": 180}), (28, {})):
        assert await bob.result(service, callId=ref, **more) == 2
    assert await bob.result(27, callId=ref, type="candidate", data=CANDIDATE) == 0
    await alice.settled()
    assert alice.got(29, type="candidate") == [], "what the losing device sends is dropped"
    assert await alice.result(27, callId=ref, type="candidate", data=CANDIDATE) == 0
    await bob2.push(29, type="candidate")
    await bob.settled()
    assert bob.got(29, type="candidate") == []
    assert await bob2.result(28, callId=ref) == 0
    await alice.push(30)
    assert await bob.push(38) == {"type": "CALL_END", "data": {"callId": ref}}
    assert 38 not in [kind for kind in kinds(bob2)[2:] if kind != 38] and len(bob2.got(38)) == 1


async def test_ringing_ends_with_408_and_is_taken_from_the_devices(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ring_seconds=0.3)
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await dial(alice, "bob")
    assert (await alice.push(32, code=408))["reason"] == "Request Timeout"
    assert await bob.push(30) == {"callId": ref}


async def test_a_device_that_logs_in_while_it_rings_gets_the_call_and_what_was_sent(
    server: OnCaller, log_in: LogIn
) -> None:
    alice, _ = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await dial(alice, "bob")
    await alice.result(27, callId=ref, type="sdp", data=OFFER)
    await alice.result(27, callId=ref, type="candidate", data=CANDIDATE)
    late = await log_in(server, "bob", talks=False)
    await late.settled()
    assert kinds(late) == [33, 29, 29]
    assert late.got(29)[0]["data"] == OFFER
    assert await late.result(31, callId=ref, code=200) == 0


@pytest.mark.parametrize(
    ("number", "code"), [("err-1", 1), ("err-8", 8), ("err-19", 19), ("err-77", 77), ("", 10), (None, 10)]
)
async def test_a_call_that_cannot_be_made_has_its_code_and_a_message(
    server: OnCaller, log_in: LogIn, number: str | None, code: int
) -> None:
    alice = await log_in(server, "alice")
    reply = await alice.request(26, fromNumber="alice", toNumber=number, video=False, custom="")
    assert reply["r"] == code
    assert reply["message"]
    assert "callId" not in reply
    await alice.settled()
    assert alice.history == []


@pytest.mark.parametrize(
    ("hotline", "code"),
    [
        (HOTLINE, 0),
        ("84990000004", 4),
        ("84990000005", 5),
        ("84990000006", 6),
        ("84990000007", 7),
        ("84990000008", 8),
        ("alice", 4),
    ],
)
async def test_only_the_good_hotline_may_call_telephones(
    server: OnCaller, log_in: LogIn, hotline: str, code: int
) -> None:
    alice = await log_in(server, "alice", talks=False)
    reply = await alice.request(26, fromNumber=hotline, toNumber="+84905550486", video=False, custom="")
    assert reply["r"] == code
    if code == 0:
        assert (reply["toType"], reply["peerToPeerCall"]) == ("external", False)
        await alice.push(32, code=486)
        assert alice.codes(reply["callId"]) == [100, 180, 486]


@pytest.mark.parametrize(("number", "kind"), [("1234567", "external"), ("123456", "internal"), ("1" * 16, "internal")])
async def test_seven_to_fifteen_digits_are_a_telephone(server: OnCaller, log_in: LogIn, number: str, kind: str) -> None:
    alice = await log_in(server, "alice", talks=False)
    reply = await alice.request(26, fromNumber=HOTLINE, toNumber=number, video=False, custom="")
    assert reply["toType"] == kind


async def test_strangers_get_the_result_codes_of_the_profile(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    mallory = await log_in(server, "mallory", talks=False)
    other = await log_in(server, "alice", talks=False)
    ref = await answered(alice, bob)
    for service, more, code in (
        (27, {"type": "sdp", "data": OFFER}, 1),
        (34, {"digits": "1"}, 1),
        (36, {"info": {}}, 1),
        (28, {}, 1),
        (31, {"code": 180}, 3),
        (31, {"code": 200}, 3),
        (31, {"code": 486}, 3),
        (101, {"to": {"number": "bob", "type": "internal"}}, 1),
    ):
        assert await mallory.result(service, callId=ref, **more) == code
    assert await other.result(28, callId=ref) == 2, "another device of the caller"
    for service in (27, 28, 31, 34, 36, 100, 101):
        assert await alice.result(service, callId="none", type="sdp", data=OFFER, code=200, hold=True) == 1
    assert await alice.result(101, callId=ref, to={"number": "bob", "type": "internal"}) == 2
    assert await alice.result(28, callId=ref) == 0
    for service in (27, 28, 31, 34, 36, 100):
        assert await bob.result(service, callId=ref, type="sdp", data=OFFER, code=200, hold=True) == 1


async def test_side_messages_keys_and_hold_within_a_call(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    info = {"infoA": "1", "infoB": 2, "test": True}
    assert await alice.result(36, callId=ref, info=info) == 0
    assert await bob.push(37) == {"callId": ref, "info": info}
    assert await bob.result(36, callId=ref, info=[1]) == 0
    assert (await alice.push(37))["info"] == [1]
    assert await alice.result(34, callId=ref, digits="12#") == 0
    assert await alice.result(100, callId=ref, hold=True, musicOnHold=None) == 0
    await bob.settled()
    assert kinds(bob) == [33, 37]


@pytest.mark.parametrize("data", [{**CANDIDATE, "sdpMid": None, "sdpMLineIndex": None}, {"candidate": 5}, "bare", None])
async def test_a_candidate_that_would_break_a_browser_is_not_relayed(
    server: OnCaller, log_in: LogIn, data: object
) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    assert await alice.result(27, callId=ref, type="candidate", data=data) < 0
    await bob.settled()
    assert 29 not in kinds(bob)


# -- lost links -----------------------------------------------------------------------------------------------------


async def test_a_device_that_comes_back_has_its_call_and_what_it_missed(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    await bob.break_link()
    assert await alice.result(36, callId=ref, info="while away") == 0
    await bob.open()
    assert (await bob.log_in())["r"] == 0
    assert (await bob.push(37))["info"] == "while away"
    assert await bob.result(36, callId=ref, info="back") == 0
    await alice.push(37, info="back")
    assert len(bob.got(33)) == 1
    await bob.break_link()
    assert await alice.result(28, callId=ref) == 0
    await bob.open()
    await bob.log_in()
    assert await bob.push(30) == {"callId": ref}


async def test_a_caller_that_comes_back_learns_that_it_was_answered(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await dial(alice, "bob")
    await alice.break_link()
    assert await bob.result(31, callId=ref, code=200) == 0
    await alice.open()
    await alice.log_in()
    await alice.push(32, code=200)
    assert await alice.result(28, callId=ref) == 0


async def test_a_device_that_stays_away_has_hung_up(serve: Serve, log_in: LogIn) -> None:
    server = await serve(grace_seconds=0.3)
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    await bob.break_link()
    assert await alice.push(30) == {"callId": ref}


async def test_a_user_whose_link_is_lost_is_not_there_for_new_calls(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    await bob.break_link()
    await asyncio.sleep(0.05)
    ref = await dial(alice, "bob")
    assert await alice.push(32) == {"callId": ref, "code": 480, "reason": "Temporarily Unavailable"}


async def test_requests_named_as_unanswered_get_no_reply(serve: Serve, log_in: LogIn) -> None:
    server = await serve(unanswered="34, 36")
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await alice.request(34, callId=ref, digits="1")
    assert await alice.result(28, callId=ref) == 0

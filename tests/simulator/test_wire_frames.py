"""A whole call on OnCaller's wire, frame by frame, and what a device finds when its link comes back."""

import asyncio
from typing import Any

import pytest

from tests.fakes import until
from tests.simulator.conftest import LogIn, Serve
from tests.simulator.phone import Phone
from tuiphone.simulator.oncaller import OnCaller

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
    assert (await alice.request(205, callId=ref)) == {"r": 0, "exist": True, "callId": ref, "requestId": 6}
    assert await alice.result(28, callId=ref) == 0
    assert await bob.push(30) == {"callId": ref}
    assert (await bob.request(205, callId=ref))["exist"] is False
    assert await bob.result(28, callId=ref) == 1


async def test_a_later_offer_of_either_side_is_relayed_with_the_callees_device(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    assert await bob.result(27, callId=ref, type="sdp", data=OFFER) == 0
    assert (await alice.push(29))["deviceId"] == bob.device
    assert await alice.result(27, callId=ref, type="sdp", data=ANSWER) == 0
    assert "deviceId" not in await bob.push(29)


@pytest.mark.parametrize("data", [{**CANDIDATE, "sdpMid": None, "sdpMLineIndex": None}, {"candidate": 5}, "bare", None])
async def test_a_candidate_that_would_break_a_browser_is_not_relayed(
    server: OnCaller, log_in: LogIn, data: object
) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await answered(alice, bob)
    assert await alice.result(27, callId=ref, type="candidate", data=data) < 0
    await bob.settled()
    assert 29 not in kinds(bob)


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


async def test_a_user_whose_link_is_lost_is_not_there_for_new_calls(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    await bob.break_link()
    await until(lambda: not server.exchange.online("bob"))
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


async def test_the_description_of_early_media_comes_before_183(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("+84905550183", hotline="84990000000")
    await alice.push(32, code=200)
    heard = [body.get("code") or body["type"] for service, body in alice.history if service in (29, 32)]
    assert heard == [100, "sdp", 183, 200]
    assert "a=candidate:" in talk.descriptions[0]["sdp"]

"""Calls on OnCaller's wire: the sequences of section 10 and the result codes of sections 5, 6, 8 and 11."""

import asyncio
from typing import Any

import pytest

from tests.simulator.conftest import LogIn, Serve
from tests.simulator.phone import Phone
from tests.simulator.talk import Talk
from tuiphone.simulator.oncaller import OnCaller

HOTLINE = "84990000000"
OFFER = {"type": "offer", "sdp": "v=0\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


def media(talk: Talk) -> set[str]:
    """The fingerprints of the keys with which a connection is encrypted."""
    assert talk.connection.localDescription
    lines = talk.connection.localDescription.sdp.splitlines()
    return {line for line in lines if line.startswith("a=fingerprint")}


async def start(phone: Phone, to: str, **more: Any) -> str:
    """Make a call without any media."""
    reply = await phone.request(26, **{"fromNumber": phone.user, "toNumber": to, "video": False, "custom": ""} | more)
    assert reply["r"] == 0, reply
    return reply["callId"]


# -- 10.2: app to app ---------------------------------------------------------------------------------------------


async def test_two_apps_talk_and_the_caller_hangs_up(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    outgoing = await alice.dial("bob", pitch_hz=400)
    incoming = await bob.rung(callId=outgoing.ref, pitch_hz=700)
    await alice.push(32, code=180)
    assert await bob.result(31, callId=incoming.ref, code=200) == 0
    incoming.answer()
    await outgoing.ear.tone(700)
    await incoming.ear.tone(400)
    assert alice.codes(outgoing.ref) == [100, 180, 200]
    assert await alice.result(28, callId=outgoing.ref) == 0
    await bob.push(30, callId=outgoing.ref)
    await alice.settled()
    assert alice.got(30) == [], "who hangs up is told nothing"


async def test_the_called_app_hangs_up(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    ref = await start(alice, "bob")
    assert await bob.result(31, callId=ref, code=200) == 0
    assert await bob.result(28, callId=ref) == 0
    assert await alice.push(30) == {"callId": ref}
    assert await bob.result(28, callId=ref) == 1
    assert await alice.result(28, callId=ref) == 1


async def test_a_hold_is_seen_in_the_directions_and_its_sound_stops_and_returns(
    server: OnCaller, log_in: LogIn
) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    outgoing = await alice.dial("bob", pitch_hz=400)
    incoming = await bob.rung(pitch_hz=700)
    await bob.result(31, callId=incoming.ref, code=200)
    incoming.answer()
    await outgoing.ear.tone(700)
    assert await outgoing.offer_again("sendonly") == "recvonly"
    await outgoing.ear.nothing()
    assert await outgoing.offer_again("sendrecv") == "sendrecv"
    await outgoing.ear.tone(700)
    assert await incoming.offer_again("sendonly") == "recvonly", "the called side may hold as well"


async def test_the_reply_and_the_invitation_have_every_field(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    asked = {"fromNumber": "Alice A.", "toNumber": "bob", "video": True, "custom": "x ☎"}
    reply = await alice.request(26, **asked)
    ref = reply["callId"]
    del reply["requestId"]
    assert reply == {
        "r": 0,
        "message": "SUCCESS",
        "callId": ref,
        "fromNumber": "Alice A.",
        "toNumber": "bob",
        "toType": "internal",
        "video": True,
        "peerToPeerCall": True,
        "customDataFromYourServer": "sim-custom:x ☎",
        "iceServers": [],
    }
    assert await bob.push(33) == {
        "callId": ref,
        "fromNumber": "Alice A.",
        "toNumber": "bob",
        "fromAlias": "Alice A.",
        "toAlias": "bob",
        "fromInternal": True,
        "video": True,
        "customDataFromYourServer": "sim-custom:x ☎",
        "iceServers": [],
    }


async def test_a_call_without_the_video_field_is_an_audio_call(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    reply = await alice.request(26, fromNumber="alice", toNumber="bob", custom="")
    assert reply["video"] is False
    assert (await bob.push(33))["video"] is False


async def test_no_push_of_a_call_comes_before_the_reply_that_names_it(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    for to in ("tone", "nobody"):
        ref = await start(alice, to)
        await alice.push(32, callId=ref)
        ours = [service for service, body in alice.arrivals if body.get("callId") == ref]
        assert ours[0] == 26


async def test_a_device_names_itself_to_the_caller_in_all_its_packets_and_the_caller_does_not(
    server: OnCaller, log_in: LogIn
) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    talk = await alice.dial("bob")
    incoming = await bob.rung()
    await alice.push(32, code=180, deviceId=bob.device)
    await alice.push(29, type="sdp", deviceId=bob.device)
    await alice.push(29, type="candidate", deviceId=bob.device)
    await bob.result(31, callId=incoming.ref, code=200)
    await alice.push(32, code=200, deviceId=bob.device, reason="OK")
    assert not any("deviceId" in body for body in bob.got(29, callId=talk.ref))
    assert "deviceId" not in alice.got(32, code=100)[0]


async def test_descriptions_and_candidates_arrive_as_they_were_sent(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    odd = {**CANDIDATE, "usernameFragment": "WNGI", "sdpMid": None}
    offer = {"type": "offer", "sdp": "v=0\r\na=odd \x01 ☎\r\n"}
    assert await alice.result(27, callId=ref, type="sdp", data=offer) == 0
    assert await alice.result(27, callId=ref, type="candidate", data=odd) == 0
    assert await bob.push(29) == {"callId": ref, "type": "sdp", "data": offer}
    assert await bob.push(29) == {"callId": ref, "type": "candidate", "data": odd}
    assert [kind for kind, _ in bob.history] == [33, 29, 29]


# -- 10.3: rejected, cancelled, unanswered ------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "reason"), [(486, "Busy Here"), (603, "Decline")])
async def test_one_device_rejects_and_the_call_is_over_for_all(
    server: OnCaller, log_in: LogIn, code: int, reason: str
) -> None:
    alice = await log_in(server, "alice", talks=False)
    first, second = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await start(alice, "bob")
    assert await first.result(31, callId=ref, code=code) == 0
    assert await alice.push(32, code=code) == {
        "callId": ref,
        "code": code,
        "reason": reason,
        "deviceId": first.device,
    }
    assert await second.push(38) == {"type": "CALL_STATE", "data": {"callId": ref, "code": code}}
    assert await second.result(31, callId=ref, code=200) == 1
    assert first.got(38) == []


async def test_a_cancelled_call_stops_ringing_everywhere(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    bobs = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await start(alice, "bob")
    assert await alice.result(28, callId=ref, reasonEndcall="") == 0
    for bob in bobs:
        assert await bob.push(30) == {"callId": ref}
        assert await bob.result(31, callId=ref, code=200) == 1


async def test_a_call_nobody_answers_ends_after_the_ring_time(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ring_seconds=0.3)
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await alice.push(32, callId=ref, code=408)
    await bob.push(30, callId=ref)
    assert await bob.result(31, callId=ref, code=200) == 1


async def test_a_call_to_somebody_not_connected_is_made_and_ends_unavailable(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    ref = await start(alice, "nobody")
    assert await alice.push(32) == {"callId": ref, "code": 480, "reason": "Temporarily Unavailable"}


# -- 10.4: several devices ----------------------------------------------------------------------------------------


async def test_the_caller_talks_with_the_device_that_answered_and_the_others_are_told(
    server: OnCaller, log_in: LogIn
) -> None:
    alice, loser, winner = await log_in(server, "alice"), await log_in(server, "bob"), await log_in(server, "bob")
    outgoing = await alice.dial("bob")
    losing, winning = await loser.rung(pitch_hz=400), await winner.rung(pitch_hz=700)
    ref = outgoing.ref
    async with asyncio.timeout(15):
        await losing.applied.wait()
        await winning.applied.wait()
    assert await winner.result(31, callId=ref, code=200) == 0
    winning.answer()
    await outgoing.ear.tone(700)
    assert losing.ear.heard == []
    assert media(losing) != media(winning)
    code = {"type": "CALL_STATE", "data": {"callId": ref, "code": 200}}
    assert await loser.push(38, **code) == code
    assert [body["data"].get("code") for body in winner.got(38)] in ([], [180])
    assert await loser.result(31, callId=ref, code=200) == 2
    assert await loser.result(31, callId=ref, code=486) == 2
    assert await loser.result(28, callId=ref) == 2
    relayed = len(alice.got(29))
    assert await loser.result(27, callId=ref, type="candidate", data=CANDIDATE) == 0
    await alice.settled()
    assert len(alice.got(29)) == relayed, "what the losing device sends is dropped"
    heard = len(loser.got(29))
    assert await alice.result(27, callId=ref, type="candidate", data=CANDIDATE) == 0
    await loser.settled()
    assert len(loser.got(29)) == heard
    assert await winner.result(28, callId=ref) == 0
    await alice.push(30, callId=ref)
    end = {"type": "CALL_END", "data": {"callId": ref}}
    assert await loser.push(38, **end) == end
    assert await alice.result(28, callId=ref) == 1


async def test_the_other_devices_learn_that_one_rings(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    first, second = [await log_in(server, "bob", talks=False) for _ in range(2)]
    ref = await start(alice, "bob")
    assert await first.result(31, callId=ref, code=180) == 0
    assert await second.push(38) == {"type": "CALL_STATE", "data": {"callId": ref, "code": 180}}
    assert await second.result(31, callId=ref, code=200) == 0


async def test_a_device_that_logs_in_while_it_rings_gets_the_call_and_can_take_it(
    server: OnCaller, log_in: LogIn
) -> None:
    alice, first = await log_in(server, "alice"), await log_in(server, "bob")
    outgoing = await alice.dial("bob")
    await first.rung()
    late = await log_in(server, "bob")
    incoming = await late.rung(callId=outgoing.ref, pitch_hz=700)
    assert [kind for kind, _ in late.history][:3] == [33, 29, 29]
    assert await late.result(31, callId=outgoing.ref, code=200) == 0
    incoming.answer()
    await outgoing.ear.tone(700)


async def test_a_user_may_call_their_own_other_device(server: OnCaller, log_in: LogIn) -> None:
    desk, mobile = [await log_in(server, "alice", talks=False) for _ in range(2)]
    ref = await start(desk, "alice")
    await mobile.push(33, callId=ref)
    await desk.settled()
    assert desk.got(33) == []
    assert await mobile.result(31, callId=ref, code=200) == 0
    await desk.push(32, code=200, deviceId=mobile.device)


# -- 4.4: lost links ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["caller", "callee"])
async def test_a_call_goes_on_when_its_device_logs_in_again(server: OnCaller, log_in: LogIn, side: str) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await bob.result(31, callId=ref, code=200)
    lost, left = (alice, bob) if side == "caller" else (bob, alice)
    await lost.break_link()
    assert await left.result(36, callId=ref, info={"while": "away"}) == 0
    again = await log_in(server, lost.user, device=lost.device, talks=False)
    assert await again.push(37) == {"callId": ref, "info": {"while": "away"}}
    reply = await again.request(205, callId=ref)
    assert (reply["r"], reply["exist"], reply["callId"]) == (0, True, ref)
    assert await again.result(28, callId=ref) == 0
    await left.push(30, callId=ref)


async def test_a_device_that_stays_away_has_hung_up_after_the_grace_time(serve: Serve, log_in: LogIn) -> None:
    server = await serve(grace_seconds=0.2)
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await bob.result(31, callId=ref, code=200)
    await bob.break_link()
    await alice.push(30, callId=ref)
    assert (await alice.request(205, callId=ref))["exist"] is False


async def test_another_device_does_not_inherit_a_lost_devices_call(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await bob.result(31, callId=ref, code=200)
    await bob.break_link()
    other = await log_in(server, "bob", talks=False)
    assert await other.result(28, callId=ref) in (1, 2)
    assert other.got(33) == []
    assert (await alice.request(205, callId=ref))["exist"] is True


# -- result codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"),
    [(1, "ANSWER_URL_EMPTY"), (3, "TO_TYPE_IS_NOT_INTERNAL_OR_EXTERNAL"), (8, "NOT_ENOUGH_MONEY"), (17, ""), (999, "")],
)
async def test_calling_err_n_is_refused_with_n(server: OnCaller, log_in: LogIn, code: int, message: str) -> None:
    alice = await log_in(server, "alice", talks=False)
    reply = await alice.request(26, fromNumber="alice", toNumber=f"err-{code}", video=False, custom="")
    assert reply["r"] == code
    assert message in reply["message"]
    assert "callId" not in reply
    await alice.settled()
    assert alice.history == []


@pytest.mark.parametrize(
    ("hotline", "code"),
    [
        ("84990000000", 0),
        ("84990000005", 5),
        ("84990000006", 6),
        ("84990000007", 7),
        ("84990000008", 8),
        ("84990000001", 4),
        ("alice", 4),
        ("+84990000000", 4),
    ],
)
async def test_only_the_good_hotline_calls_telephones(server: OnCaller, log_in: LogIn, hotline: str, code: int) -> None:
    alice = await log_in(server, "alice", talks=False)
    reply = await alice.request(26, fromNumber=hotline, toNumber="+84905550001", video=False, custom="")
    assert reply["r"] == code
    if not code:
        assert (reply["toType"], reply["peerToPeerCall"]) == ("external", False)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("1234567", "external"),
        ("123456789012345", "external"),
        ("+1234567", "external"),
        ("123456", "internal"),
        ("1234567890123456", "internal"),
        ("++1234567", "internal"),
        ("1234 567", "internal"),
        ("１２３４５６７", "internal"),
        ("err-", "internal"),
        ("err-0", "internal"),
        ("[red]\x1b[2J", "internal"),
    ],
)
async def test_what_is_called_tells_telephones_from_users(
    server: OnCaller, log_in: LogIn, number: str, kind: str
) -> None:
    alice = await log_in(server, "alice", talks=False)
    reply = await alice.request(26, fromNumber=HOTLINE, toNumber=number, video=False, custom="")
    assert (reply["r"], reply["toType"], reply["toNumber"]) == (0, kind, number)


async def test_users_are_called_from_any_number(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    await start(alice, "bob", fromNumber="84990000005")
    await bob.push(33, fromNumber="84990000005")


async def test_a_stranger_can_do_nothing_to_a_call_and_learns_it_by_the_codes(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    mallory = await log_in(server, "mallory", talks=False)
    ref = await start(alice, "bob")
    await bob.push(33)
    for code in (180, 200, 486):
        assert await mallory.result(31, callId=ref, code=code) == 3
        assert await alice.result(31, callId=ref, code=code) == 3, "the caller is not the callee"
    assert await mallory.result(28, callId=ref) == 1
    assert await mallory.result(27, callId=ref, type="sdp", data=OFFER) == 1
    assert await mallory.result(34, callId=ref, digits="1") == 1
    assert await mallory.result(36, callId=ref, info={}) == 1
    assert await mallory.result(101, callId=ref, to={"number": "mallory", "type": "internal"}) == 1
    await alice.settled()
    await bob.settled()
    assert alice.codes(ref) == [100]
    assert [kind for kind, _ in bob.history] == [33]
    assert await bob.result(31, callId=ref, code=200) == 0


async def test_requests_for_a_call_that_is_unknown_or_over_have_code_1(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    over = await start(alice, "bob")
    await alice.result(28, callId=over)
    for ref in ("none", over):
        assert await bob.result(27, callId=ref, type="sdp", data=OFFER) == 1
        assert await bob.result(28, callId=ref) == 1
        assert await bob.result(31, callId=ref, code=200) == 1
        assert await bob.result(34, callId=ref, digits="1") == 1
        assert await bob.result(36, callId=ref, info={}) == 1
        assert await bob.result(100, callId=ref, hold=True, musicOnHold=None) == 1
        assert await bob.result(101, callId=ref, to={"number": "alice", "type": "internal"}) == 1
        assert (await bob.request(205, callId=ref))["exist"] is False


# -- 10.7: in the call --------------------------------------------------------------------------------------------


async def test_side_messages_go_both_ways_as_they_are(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await bob.result(31, callId=ref, code=200)
    info = {"infoA": "1", "infoB": 2, "test": True, "deep": [None, {"x": 1.5}]}
    assert await alice.result(36, callId=ref, info=info) == 0
    assert await bob.push(37) == {"callId": ref, "info": info}
    assert await bob.result(36, callId=ref, info="text") == 0
    assert await alice.push(37) == {"callId": ref, "info": "text"}


async def test_keys_and_server_side_hold_are_granted_and_an_app_sees_nothing(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice", talks=False), await log_in(server, "bob", talks=False)
    ref = await start(alice, "bob")
    await bob.result(31, callId=ref, code=200)
    await bob.push(33)
    assert await alice.result(34, callId=ref, digits="1") == 0
    assert await alice.result(100, callId=ref, hold=True, musicOnHold=None) == 0
    assert await alice.result(100, callId=ref, hold=False) == 0
    await bob.settled()
    assert [kind for kind, _ in bob.history] == [33]


async def test_video_is_offered_in_the_middle_of_a_call(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("echo")
    await talk.ear.silence()
    talk.show()
    assert await talk.offer_again() == "sendrecv"
    answer = talk.descriptions[-1]["sdp"]
    assert "a=recvonly" in answer[answer.index("m=video") :]
    talk.mouth.pitch_hz = 500
    await talk.ear.tone(500)

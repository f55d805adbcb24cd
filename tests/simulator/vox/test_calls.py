"""Calls between users (sections 4.5 and 7)."""

import json
import uuid
from typing import Any

import httpx
import pytest
from aiortc.sdp import candidate_from_sdp

from tests.simulator.vox.conftest import Control, LogIn, Serve
from tests.simulator.vox.phone import SDP, Phone
from tests.simulator.vox.wire import Message
from tuiphone.simulator.vox import Vox

ICE = json.dumps({"ice": {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}})


async def connected(vox: Vox, log_in: LogIn) -> tuple[Phone, Phone, str]:
    """Alice and bob in a call that bob answered."""
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await alice.call("bob")
    await bob.expect(195)
    assert await bob.answer(ref, "alice") == 1
    await alice.expect(197)
    return alice, bob, ref


def candidates(ref: str, to: str, lines: list[str], texts: list[str]) -> Message:
    """Type 203."""
    return [(2, to), (3, ref), *[(4, line) for line in lines], (5, 1), *[(6, text) for text in texts]]


async def test_a_call_goes_as_the_protocol_draws_it(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = str(uuid.uuid4())
    fields: Message = [(2, "bob"), (3, 2), (4, ref), (5, "offer"), (6, True), (7, 1_700_000_000_000), (8, True)]
    reply = await alice.ask(195, fields)
    assert (reply.num(4), reply.text(2), reply.text(3), reply.num(5)) == (1, "alice", ref, 1)
    offer = await bob.expect(195)
    assert (offer.part(1).text(1), offer.part(1).text(2)) == ("alice", "tuiphone")
    assert [offer.text(n) for n in (2, 4, 5)] == ["bob", ref, "offer"]
    assert [offer.num(n) for n in (3, 6, 7, 8)] == [2, 1, 1_700_000_000_000, 1]
    ringing = await bob.ask(295, [(2, "alice"), (3, 2), (4, ref), (5, True)])
    assert (ringing.text(3), ringing.num(4)) == (ref, 1)
    rings = await alice.expect(295)
    assert (rings.part(1).text(1), rings.text(2), rings.text(4), rings.num(5)) == ("bob", "alice", ref, 1)
    assert await bob.ret(197, [(2, "alice"), (3, 2), (4, ref), (5, "answer"), (6, 1_700_000_001_000), (7, True)]) == 1
    answered = await alice.expect(197)
    assert [answered.text(n) for n in (2, 4, 5)] == ["alice", ref, "answer"]
    assert [answered.num(n) for n in (3, 6, 7)] == [2, 1_700_000_001_000, 1]
    end = await alice.ask(199, [(2, "bob"), (3, 2), (4, ref), (5, 1), (6, 7), (7, "bye")])
    assert (end.text(2), end.text(3), end.num(4)) == ("alice", ref, 1)
    over = await bob.expect(199)
    assert (over.part(1).text(1), over.text(4), over.num(6), over.text(7)) == ("alice", ref, 7, "bye")
    assert over.num(5) > 1_700_000_000_000
    await alice.settled()
    assert alice.got(199) == [], "who ends it is told nothing"


async def test_no_push_comes_before_the_reply_that_names_its_call(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    await alice.call("busy")
    await alice.expect(199)
    assert alice.arrivals.index((0, 196)) < alice.arrivals.index((0, 295)) < alice.arrivals.index((0, 199))


async def test_two_users_talk_and_see_each_other(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ours, theirs = alice.talk(pitch_hz=400, video=True), bob.talk(pitch_hz=700, video=True)
    ref = await alice.call("bob", await ours.offer(), kind=2)
    offer = await bob.expect(195)
    await bob.answer(ref, "alice", await theirs.answer(offer.text(5)))
    await ours.accept((await alice.expect(197)).text(5))
    await ours.ear.tone(700)
    await theirs.ear.tone(400)
    await ours.ear.until(lambda: len(ours.ear.pictures) > 2)


async def test_candidates_go_both_ways_as_they_are(vox: Vox, log_in: LogIn) -> None:
    alice, bob, ref = await connected(vox, log_in)
    odd = json.dumps({"ice": {"candidate": "candidate:9 1 udp 1 x.local 9 typ host", "usernameFragment": "u"}})
    assert await alice.ret(203, candidates(ref, "bob", ["a line"], [ICE, odd])) == 1
    came = await bob.expect(203)
    assert (came.texts(4), came.texts(6), came.text(3), came.text(2)) == (["a line"], [ICE, odd], ref, "bob")
    assert await bob.ret(203, candidates(ref, "alice", [], ['{"ice":null}'])) == 1
    assert (await alice.expect(203)).texts(6) == ['{"ice":null}'], "the end marker too"
    await bob.settled()
    assert len(bob.got(203)) == 1


async def test_the_callers_candidates_come_while_it_rings_and_the_calleds_after_the_answer(
    vox: Vox, log_in: LogIn
) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await alice.call("bob")
    await alice.ret(203, candidates(ref, "bob", [], [ICE]))
    await bob.expect(203)
    await bob.ret(203, candidates(ref, "alice", [], [ICE]))
    await bob.answer(ref, "alice")
    await alice.expect(203)
    order = [kind for family, kind in alice.arrivals if family == 0 and kind in (197, 203)]
    assert order == [197, 203]


async def test_a_decline_ends_it_with_the_reason(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await alice.call("bob")
    await bob.expect(195)
    assert await bob.end(ref, "alice", "User busy") == 1
    assert (await alice.expect(199, f4=ref)).text(7) == "User busy"


async def test_an_end_is_taken_again_but_not_forwarded(vox: Vox, log_in: LogIn) -> None:
    alice, bob, ref = await connected(vox, log_in)
    assert await alice.end(ref, "bob") == 1
    assert await alice.end(ref, "bob") == 1
    assert await bob.end(ref, "alice") == 1
    await bob.settled()
    await alice.settled()
    assert len(bob.got(199)) == 1
    assert alice.got(199) == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (197, [(4, "no"), (5, SDP)]),
        (245, [(4, "no"), (5, SDP)]),
        (199, [(4, "no")]),
        (247, [(4, "no")]),
        (17, [(3, "no")]),
        (295, [(4, "no")]),
        (203, [(3, "no")]),
        (185, [(5, "no")]),
        (185, [(2, "123")]),
        (243, [(3, "no")]),
        (229, [(3, "no"), (4, "1")]),
        (337, [(4, "no")]),
        (349, [(4, "no")]),
        (351, [(4, "no")]),
    ],
)
async def test_an_unknown_call_is_ret_5(vox: Vox, log_in: LogIn, kind: int, fields: Any) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(kind, fields) == 5


async def test_a_stranger_can_do_nothing_in_a_call(vox: Vox, log_in: LogIn) -> None:
    _, bob, ref = await connected(vox, log_in)
    carol = await log_in(vox, "carol")
    assert await carol.end(ref, "bob") == 5
    assert await carol.answer(ref, "alice") == 5
    assert await carol.ret(203, candidates(ref, "bob", [], [ICE])) == 5
    assert await carol.ret(349, [(2, "bob"), (3, 1), (4, ref), (5, False)]) == 5
    before = len(bob.asked)
    await bob.settled()
    assert len(bob.asked) == before


@pytest.mark.parametrize(
    "fields",
    [
        [(2, "bob"), (3, 1), (4, ""), (5, SDP)],
        [(2, "bob"), (3, 1), (4, "a b"), (5, SDP)],
        [(2, "bob"), (3, 1), (4, "x" * 129), (5, SDP)],
        [(2, ""), (3, 1), (4, "ref"), (5, SDP)],
        [(2, "bob"), (3, 1), (4, "ref"), (5, "")],
        [(2, "bob"), (3, 1), (4, "ref"), (5, "x" * 300_000)],
    ],
)
async def test_a_call_with_fields_that_cannot_be_is_ret_21(vox: Vox, log_in: LogIn, fields: Message) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(195, fields) == 21


async def test_an_id_is_taken_once(vox: Vox, log_in: LogIn) -> None:
    alice, bob, ref = await connected(vox, log_in)
    assert await bob.ret(195, [(2, "alice"), (3, 1), (4, ref), (5, SDP)]) == 4
    assert await alice.answer(ref, "bob") == 5, "and one does not answer one's own call"
    assert await bob.answer(ref, "alice") == 4, "nor twice"


async def test_a_device_makes_no_more_than_a_hundred_calls_at_a_time(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    refs = [await alice.call("bob") for _ in range(100)]
    assert await alice.ret(195, [(2, "bob"), (3, 1), (4, "ref"), (5, SDP)]) == 10
    assert await alice.ret(15, [(2, "0901234561"), (3, 4), (4, "ref"), (5, SDP)]) == 10
    await alice.end(refs[0], "bob")
    await alice.call("bob")


async def test_an_unknown_user_is_refused_and_the_call_ended(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(195, [(2, "nobody"), (3, 1), (4, "ref"), (5, SDP)]) == 5
    end = await alice.expect(199, f4="ref")
    assert (end.part(1).text(1), end.text(2)) == ("nobody", "alice")
    assert alice.arrivals.index((0, 196)) < alice.arrivals.index((0, 199))


async def test_who_is_offline_rings_until_the_ring_time_is_over(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(ring_seconds=0.3)
    alice = await log_in(vox, "alice")
    ref = await alice.call("bob")
    end = await alice.expect(199, f4=ref)
    assert (end.num(6), end.text(7)) == (408, "No answer")


async def test_who_comes_while_it_rings_can_still_answer(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.call("bob")
    await alice.ret(203, candidates(ref, "bob", [], [ICE]))
    bob = await log_in(vox, "bob")
    assert (await bob.expect(195)).text(4) == ref
    await bob.expect(203)
    assert await bob.answer(ref, "alice") == 1
    await alice.expect(197)


async def test_who_does_not_answer_is_told_that_it_is_over(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(ring_seconds=0.3)
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await alice.call("bob")
    await alice.expect(199, f4=ref)
    await bob.expect(199, f4=ref)
    assert await bob.answer(ref, "alice") == 5, "too late"


async def test_all_devices_ring_and_the_first_answer_wins(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    first, second = await log_in(vox, "bob", device="1"), await log_in(vox, "bob", device="2")
    ref = await alice.call("bob")
    await first.expect(195)
    await second.expect(195)
    assert await first.answer(ref, "alice") == 1
    sync = await second.expect(313)
    assert [sync.text(n) for n in (2, 3, 4)] == [ref, "alice", "bob"]
    assert [sync.num(n) for n in (5, 6, 8, 10)] == [1, 2, 0, 2]
    assert 0 < sync.num(7) <= sync.num(9)
    assert await second.answer(ref, "alice") == 16
    assert await second.end(ref, "alice") == 16
    assert await second.ret(349, [(2, "alice"), (3, 1), (4, ref), (5, False)]) == 16
    await first.settled()
    assert first.got(313) == []
    assert len(alice.got(197)) == 1


async def test_a_decline_on_one_device_stops_the_others(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    first, second = await log_in(vox, "bob", device="1"), await log_in(vox, "bob", device="2")
    ref = await alice.call("bob")
    await first.end(ref, "alice", "User busy")
    sync = await second.expect(313)
    assert (sync.text(2), sync.num(6), sync.num(9)) == (ref, 1, 0)
    assert sync.num(8) > 0
    await alice.expect(199, f4=ref)


async def test_a_cancelled_call_ends_on_all_devices(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    first, second = await log_in(vox, "bob", device="1"), await log_in(vox, "bob", device="2")
    ref = await alice.call("bob")
    await alice.end(ref, "bob")
    await first.expect(199, f4=ref)
    await second.expect(199, f4=ref)


async def test_both_may_call_each_other_at_once(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    there, back = await alice.call("bob"), await bob.call("alice")
    assert (await bob.expect(195)).text(4) == there
    assert (await alice.expect(195)).text(4) == back
    assert await bob.answer(there, "alice") == 1
    assert await alice.answer(back, "bob") == 1


@pytest.mark.parametrize(("kind", "on"), [(1, True), (1, False), (2, False), (3, True)])
async def test_a_mute_is_told_and_acknowledged(vox: Vox, log_in: LogIn, kind: int, on: bool) -> None:
    alice, bob, ref = await connected(vox, log_in)
    reply = await alice.ask(349, [(2, "bob"), (3, kind), (4, ref), (5, on)])
    assert (reply.text(2), reply.text(3), reply.num(4)) == ("alice", ref, 1)
    told = await bob.expect(349)
    assert (told.part(1).text(1), told.text(2), told.num(3), told.text(4), told.num(5)) == (
        *("alice", "bob", kind, ref),
        int(on),
    )
    assert await bob.ret(351, [(2, "alice"), (3, kind), (4, ref), (5, on)]) == 1
    ack = await alice.expect(351)
    assert (ack.part(1).text(1), ack.num(3), ack.text(4), ack.num(5)) == ("bob", kind, ref, int(on))


async def test_a_hold_is_told(vox: Vox, log_in: LogIn) -> None:
    alice, bob, ref = await connected(vox, log_in)
    assert await bob.ret(337, [(2, "alice"), (3, 1), (4, ref), (5, True)]) == 1
    held = await alice.expect(337)
    assert (held.part(1).text(1), held.num(3), held.text(4), held.num(5)) == ("bob", 1, ref, 1)


# -- robots -------------------------------------------------------------------------------------------------------


async def test_a_robot_answers_and_is_heard_and_seen(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    media = alice.talk(pitch_hz=500, video=True)
    ref = await alice.call("echo", await media.offer(), kind=2)
    assert (await alice.expect(295)).part(1).text(1) == "echo"
    await media.accept((await alice.expect(197)).text(5))
    candidate = json.loads((await alice.expect(203)).text(6))["ice"]
    assert candidate["candidate"].startswith("candidate:")
    ice = media.connection.getTransceivers()[0].sender.transport.transport.iceGatherer.getLocalCandidates()[0]
    line = f"candidate:{ice.foundation} 1 udp {ice.priority} {ice.ip} {ice.port} typ host"
    mine = json.dumps({"ice": {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}})
    assert await alice.ret(203, candidates(ref, "echo", [line], [mine])) == 1
    await media.ear.tone(500)
    await media.ear.until(lambda: len(media.ear.pictures) > 2)
    assert await alice.ret(349, [(2, "echo"), (3, 1), (4, ref), (5, False)]) == 1
    assert (await alice.expect(351)).num(5) == 0, "it acknowledges like anybody"
    assert await alice.end(ref, "echo") == 1


async def test_a_robot_that_refuses_ends_the_call(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.call("busy")
    end = await alice.expect(199, f4=ref)
    assert (end.num(6), end.text(7)) == (486, "User busy")


async def test_a_robot_calls_back(vox: Vox, log_in: LogIn, control: Control) -> None:
    alice = await log_in(vox, "alice")
    reply = await control("robot", robot="tone", to="alice", video=False)
    ref = reply.json()["callId"]
    offer = await alice.expect(195, f4=ref)
    assert (offer.part(1).text(1), offer.num(3)) == ("tone", 1)
    media = alice.talk(pitch_hz=0)
    await alice.answer(ref, "tone", await media.answer(offer.text(5)))
    ice = json.loads((await alice.expect(203)).text(6))["ice"]
    await add(media, ice)
    await media.ear.tone(440)


async def add(media: Any, ice: dict[str, Any]) -> None:
    """Add a candidate that came by itself."""
    candidate = candidate_from_sdp(ice["candidate"].removeprefix("candidate:"))
    candidate.sdpMid, candidate.sdpMLineIndex = ice["sdpMid"], ice["sdpMLineIndex"]
    await media.connection.addIceCandidate(candidate)


async def test_the_state_of_calls_can_be_asked(vox: Vox, log_in: LogIn) -> None:
    _, _, ref = await connected(vox, log_in)
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{vox.rest_port}/sim/state")
    assert reply.json()["calls"] == [{"id": ref, "answered": True, "ended": False, "phoneFrames": 0}]


async def test_the_server_can_be_made_to_ask_anything(vox: Vox, log_in: LogIn, control: Control) -> None:
    alice = await log_in(vox, "alice")
    reply = await control("ask", userId="alice", of="x", name="userPendingNotificationsReq", fields={"uCounter2": 4})
    assert reply.json() == {"r": 0, "devices": 1}
    assert (await alice.expect(83)).num(2) == 4
    assert (await control("ask", userId="alice", name="nothing")).status_code == 400
    assert (await control("ask", userId="alice", name="loginRes", fields={"x": 1})).status_code == 400
    assert (await control("push", userId="alice", raw="zz")).status_code == 400
    assert (await control("drop", userId="alice")).status_code == 200
    await alice.lost()

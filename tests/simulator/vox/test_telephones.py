"""Calls to and from telephones (sections 4.6, 7 and 11)."""

import json

import httpx
import pytest

from tests.simulator.vox.conftest import Control, LogIn, Serve
from tests.simulator.vox.phone import SDP, Phone
from tests.simulator.vox.wire import Message
from tuiphone.simulator.vox import Vox

NUMBER = "+84901234561"
ICE = json.dumps({"ice": {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}})


async def offered(phone: Phone) -> str:
    """A real offer, without any media to be heard."""
    return await phone.talk().offer()


async def answered_call_in(phone: Phone, control: Control) -> str:
    """A telephone's call that the phone answered."""
    ref = (await control("pstn-in", to=phone.user, **{"from": "0901234567"})).json()["callId"]
    offer = await phone.expect(241, f4=ref)
    sdp = await phone.talk().answer(offer.text(5))
    fields: Message = [(2, "x"), (3, 4), (4, ref), (5, sdp), (6, 1), (7, offer.text(9)), (8, False)]
    assert await phone.ret(245, fields) == 1
    return ref


async def test_a_number_gives_early_media_answers_and_echoes(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    media = alice.talk(pitch_hz=600)
    ref = await alice.dial(NUMBER, await media.offer())
    early = await alice.expect(193)
    assert (early.part(1).text(1), early.text(2), early.text(3), early.num(5)) == ("84901234561", "alice", ref, 1)
    await media.accept(early.text(4))
    answered = await alice.expect(187)
    assert (answered.text(2), answered.text(3), answered.num(5)) == ("alice", ref, 1)
    assert answered.text(4) == early.text(4), "who applied the first description may pass the second over"
    await media.ear.tone(600)
    end: Message = [(2, NUMBER), (3, 4), (4, ref), (6, 1), (7, "")]
    reply = await alice.ask(247, end)
    assert (reply.text(3), reply.num(5)) == (ref, 1)
    await alice.settled()
    assert alice.got(205) == []


async def test_the_older_way_to_end_is_taken_too(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.dial(NUMBER, await offered(alice))
    await alice.expect(187)
    reply = await alice.ask(17, [(2, NUMBER), (3, ref)])
    assert (reply.text(2), reply.num(3)) == ("OK", 1)


async def test_a_number_ending_in_0_is_busy(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.dial("0901234560", await offered(alice))
    end = await alice.expect(205, f3=ref)
    assert (end.part(1).text(1), end.num(4), end.text(5)) == ("0901234560", 486, "User busy")
    await alice.settled()
    assert alice.got(193) == []


async def test_a_number_ending_in_9_does_not_answer(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(ring_seconds=0.3)
    alice = await log_in(vox, "alice")
    ref = await alice.dial("0901234569", await offered(alice))
    end = await alice.expect(205, f3=ref)
    assert (end.num(4), end.text(5)) == (408, "No answer")
    assert alice.got(193) == []


async def test_a_number_ending_in_8_costs_more_than_there_is(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    reply = await alice.ask(15, [(2, "0901234568"), (3, 4), (4, "ref"), (5, SDP)])
    assert (reply.num(2), reply.text(4)) == (31, "ref")
    assert await alice.ret(247, [(4, "ref")]) == 5, "there was never such a call"


@pytest.mark.parametrize("number", ["", "12", "1" * 16, "alice", "++84901", "84 90"])
async def test_what_is_no_number_is_ret_21(vox: Vox, log_in: LogIn, number: str) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(15, [(2, number), (3, 4), (4, "ref"), (5, SDP)]) == 21


async def test_a_description_that_is_none_ends_the_call(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.dial(NUMBER, "nonsense")
    end = await alice.expect(205, f3=ref)
    assert (end.num(4), end.text(5)) == (488, "bad SDP")


async def test_keys_are_remembered(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.dial(NUMBER, await offered(alice))
    await alice.expect(187)
    for digit in "1#A":
        reply = await alice.ask(229, [(2, NUMBER), (3, ref), (4, digit)])
        assert (reply.num(2), reply.text(3), reply.text(4), reply.text(5)) == (1, NUMBER, ref, digit)
    assert await alice.ret(229, [(2, NUMBER), (3, ref), (4, "x")]) == 21
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{vox.rest_port}/sim/digits", params={"callId": ref})
    assert reply.json() == {"digits": "1#A"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (185, [(2, NUMBER), (3, "line"), (4, 1), (7, ICE)]),
        (185, [(2, NUMBER), (4, 1), (5, "{ref}"), (7, ICE)]),
        (243, [(2, NUMBER), (3, "{ref}"), (5, 1), (6, ICE), (7, "")]),
        (185, [(2, NUMBER), (4, 1), (5, "{ref}"), (7, "no json"), (7, '{"ice":null}'), (7, "[]")]),
    ],
)
async def test_candidates_may_come_either_way(vox: Vox, log_in: LogIn, kind: int, fields: Message) -> None:
    alice = await log_in(vox, "alice")
    ref = await alice.dial(NUMBER, await offered(alice))
    assert await alice.ret(kind, [(number, ref if value == "{ref}" else value) for number, value in fields]) == 1
    await alice.expect(193)


async def test_a_telephone_calls_a_user_and_echoes(vox: Vox, log_in: LogIn, control: Control) -> None:
    alice = await log_in(vox, "alice")
    ref = (await control("pstn-in", to="alice", **{"from": "0901234567"})).json()["callId"]
    assert len(ref) == 16
    assert ref.isalnum()
    offer = await alice.expect(241)
    assert [offer.text(n) for n in (2, 4, 11)] == ["alice", ref, "18005550100"]
    assert (offer.part(1).text(1), offer.num(3), offer.num(7), offer.text(9)) == ("0901234567", 4, 1, "media-sim-1")
    media = alice.talk(pitch_hz=600)
    sdp = await media.answer(offer.text(5))
    reply = await alice.ask(245, [(2, "0901234567"), (3, 4), (4, ref), (5, sdp), (6, 1), (7, "media-sim-1"), (8, 0)])
    assert (reply.text(3), reply.num(4)) == (ref, 1)
    await media.ear.tone(600)
    assert await alice.ret(243, [(2, "x"), (3, ref), (5, 1), (6, ICE), (7, "media-sim-1")]) == 1
    assert await alice.ret(247, [(2, "x"), (3, 4), (4, ref), (6, 1), (7, "media-sim-1")]) == 1
    await alice.settled()
    assert alice.got(249) == []


async def test_the_telephone_hangs_up(vox: Vox, log_in: LogIn, control: Control) -> None:
    alice = await log_in(vox, "alice")
    ref = await answered_call_in(alice, control)
    assert (await control("hangup", callId=ref)).json() == {"r": 0}
    end = await alice.expect(249, f4=ref)
    assert (end.part(1).text(1), end.text(2), end.num(3), end.text(8)) == ("0901234567", "alice", 4, "media-sim-1")
    assert end.text(6)


async def test_a_telephones_call_rings_everywhere_and_is_answered_once(
    vox: Vox, log_in: LogIn, control: Control
) -> None:
    first, second = await log_in(vox, "alice", device="1"), await log_in(vox, "alice", device="2")
    ref = await answered_call_in(first, control)
    sync = await second.expect(313)
    assert (sync.text(2), sync.num(5), sync.num(6), sync.text(4)) == (ref, 4, 2, "alice")
    assert await second.ret(245, [(4, ref), (5, SDP)]) == 16


async def test_a_telephones_call_can_be_declined_or_missed(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    declined = vox.calls.inbound("alice", "0901234567").ref
    await alice.expect(241, f4=declined)
    assert await alice.ret(247, [(4, declined)]) == 1
    missed = vox.calls.inbound("alice", "0901234567")
    await alice.expect(241, f4=missed.ref)
    vox.exchange._ring_timeout(missed)  # its time is over, however long the description took
    await alice.expect(249, f4=missed.ref)


async def test_a_telephone_calls_nobody_that_is_none(control: Control) -> None:
    assert (await control("pstn-in", to="nobody", **{"from": "0901"})).status_code == 400
    assert (await control("pstn-in", to="echo", **{"from": "0901"})).status_code == 400
    assert (await control("pstn-in", to="alice", **{"from": "x"})).status_code == 400
    assert (await control("pstn-in", to="alice")).status_code == 400

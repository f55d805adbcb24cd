"""Packets about AZStack calls that nobody should send: none crashes, none harms another call, none leaves one stuck."""

import asyncio
import random
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import BOB, BOB_ID, CANDIDATE, CAROL_ID, NUMBERS, PHONE, US, Table, table
from tests.providers.rig import SlowMedia, sections
from tuiphone.core.call import EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.providers.azstack.call import OngoingCall

OFFER = {"type": "offer", "sdp": sections()}
ANSWER = {"type": "answer", "sdp": sections(setup="active")}
WRONG = [None, True, False, 1.5, -1, 2**70, "", "x" * 500, "7\x1b[31m", [], [7], {}, {"callId": 7}]


def packets(call_id: Any) -> list[tuple[int, dict[str, Any]]]:
    """One of everything a server can say about a call."""
    return [
        (610, {"callId": call_id, "status": 402, "chargingError": -3}),
        (504, {"callId": call_id}),
        (503, {"callId": call_id, "code": 183}),
        (503, {"callId": call_id, "code": 200, "sdp_candidate": sections()}),
        (503, {"callId": call_id, "code": 486}),
        (506, {"callId": call_id, "code": 702}),
        (506, {"callId": call_id, "code": 700}),
        (508, {"callId": call_id, "code": 200}),
        (187, {"callId": call_id, "type": 1, "data": ANSWER}),
        (187, {"callId": call_id, "type": 2, "data": CANDIDATE}),
        (188, {"callId": call_id, "status": 200, "from": BOB_ID}),
        (188, {"callId": call_id, "status": 700, "from": BOB_ID}),
        (199, {"callId": call_id, "status": 180}),
        (199, {"callId": call_id, "status": 200}),
    ]


async def one_of_each(at: Table) -> list[OngoingCall]:
    """A call of each kind: on its way out, ringing here."""
    out, _ = await at.dial()
    free_out, _ = await at.dial(BOB)
    await at.sends(186)
    callin, _ = await at.callin(7)
    free_in, _ = await at.free_call(9)
    return [out, free_out, callin, free_in]


async def test_what_is_about_a_call_nobody_knows_is_nothing() -> None:
    async with table() as at:
        calls = await one_of_each(at)
        told, sent = len(at.events), len(at.services)
        for unknown in (1, "7", "9", f"{calls[0].call_id}", 0, -7):
            for service, body in packets(unknown):
                at.say(service, **body)
        await at.idle()
        assert (len(at.events), len(at.services)) == (told, sent)


async def test_what_is_about_a_call_that_is_over_is_nothing() -> None:
    async with table() as at:
        calls = await one_of_each(at)
        for call in calls:
            await soon(call.hangup())
        told, sent = len(at.events), len(at.services)
        for call in calls:
            for service, body in packets(call.call_id):
                at.say(service, **body)
        await at.idle()
        assert (len(at.events), len(at.services)) == (told, sent)


async def test_packets_of_one_kind_of_call_do_nothing_to_another_kind() -> None:
    async with table() as at:
        calls = await one_of_each(at)
        kinds = {0: (506, 508, 187, 188, 199), 1: (610, 504, 503, 506, 508), 2: (610, 504, 503, 187, 188, 199)}
        kinds[3] = kinds[1]
        for index, call in enumerate(calls):
            for service, body in packets(call.call_id):
                if service in kinds[index]:
                    at.say(service, **body)
        await at.idle()
        assert at.all(CallEnded) == at.all(CallAnswered) == []


@pytest.mark.parametrize(
    "field", ["callId", "status", "code", "type", "data", "sdp_candidate", "from", "chargingError"]
)
async def test_fields_of_a_wrong_type_crash_nothing_and_every_call_can_be_ended(field: str) -> None:
    for wrong in WRONG:
        async with table() as at:
            for call in await one_of_each(at):
                for service, body in packets(call.call_id):
                    if field in body:
                        at.say(service, **body | {field: wrong})
            await at.idle()
            for event in at.all(CallEnded):
                assert event.detail or event.reason is EndReason.REMOTE_HUNG_UP


@pytest.mark.parametrize("field", ["callId", "mediaType", "from", "to", "sdp", "sdp_candidate", "callType"])
async def test_calls_that_come_with_fields_of_a_wrong_type_ring_or_do_not(field: str) -> None:
    for wrong in WRONG:
        await _come_with(field, wrong)


async def _come_with(field: str, wrong: Any) -> None:
    async with table() as at:
        free = {"callId": 9, "mediaType": 1, "from": BOB_ID, "to": US, "sdp": OFFER}
        paid = {"callId": 7, "callType": 2, "from": "84912345678", "to": NUMBERS[0], "sdp_candidate": sections()}
        for service, body in ((186, free), (505, paid)):
            if field in body:
                at.say(service, **body | {field: wrong})
        await at.idle()
        for started in at.all(CallStarted):
            assert started.ref.isprintable()
            assert not started.ref.startswith("-")
            call = at.call(started.ref)
            call.ring(SlowMedia())
            await soon(call.answer(video=False))
            assert at.all(CallAnswered)[-1].ref == started.ref


@pytest.mark.parametrize("call_id", ["-h", "7\n8", "\x1b]0;x\x07", "../../x", "a b", "é", "x" * 200])
async def test_an_id_that_is_no_name_for_a_call_gets_another_one_here_and_is_echoed(call_id: str) -> None:
    async with table() as at:
        call, _ = await at.callin(call_id)
        assert call.ref.startswith("id-")
        assert at.sent(506)[0]["callId"] == call_id
        at.say(506, callId=call_id, code=702)
        assert at.ended().ref == call.ref


async def test_a_description_that_is_too_long_is_never_handed_to_media() -> None:
    async with table() as at:
        long = sections() + "a=x\r\n" * 20_000
        at.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=long, **{"from": "84912345678"})
        at.say(186, callId=9, mediaType=1, sdp={"type": "offer", "sdp": long}, **{"from": BOB_ID})
        await at.idle()
        assert at.all(CallStarted) == []
        call, media = await at.dial(BOB)
        await at.sends(186)
        at.say(188, callId=call.call_id, status=200)
        at.say(187, callId=call.call_id, type=1, data={"type": "answer", "sdp": long})
        await at.idle()
        assert "apply" not in media.verbs()
        at.say(187, callId=call.call_id, type=1, data=ANSWER)
        await until(lambda: "apply" in media.verbs())


@pytest.mark.parametrize("kind", ["offer", "pranswer", None, 1])
async def test_an_answer_that_does_not_call_itself_one_is_none(kind: Any) -> None:
    async with table() as at:
        call, media = await at.dial(BOB)
        await at.sends(186)
        at.say(188, callId=call.call_id, status=200)
        at.say(187, callId=call.call_id, type=1, data=ANSWER | {"type": kind})
        await at.idle()
        assert "apply" not in media.verbs()


async def test_answering_a_call_that_is_waited_for_too_long_ends_it_by_itself() -> None:
    """The phone gives up on the command; the call's own time limit still holds."""
    async with table() as at:
        call, media = await at.callin()
        media.may_go_on.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await call.answer(video=False)
        with pytest.raises(NotPossible, match="already"):
            await call.answer(video=False)
        media.may_go_on.set()
        await at.told(CallAnswered)
        assert at.sent(506)[-1]["code"] == 200


async def test_media_that_goes_wrong_with_a_candidate_harms_nothing_else() -> None:
    async with table() as at:
        call, media = await at.free_call()
        await soon(call.answer(video=False))
        media.fails["add_candidate"] = NegotiationFailed("No such line.")
        at.say(187, callId=9, type=2, data=CANDIDATE)
        await until(lambda: "add_candidate" in media.verbs())
        del media.fails["add_candidate"]
        at.say(187, callId=9, type=2, data=CANDIDATE)
        await until(lambda: len(media.candidates) == 2)
        assert at.all(CallEnded) == []


async def test_a_flood_of_calls_fills_no_memory() -> None:
    async with table() as at:
        for call_id in range(2000):
            at.say(505, callId=call_id, callType=2, to="1", sdp_candidate=sections(), **{"from": "2"})
            at.say(506, callId=call_id, code=702)
        assert len(at.all(CallStarted)) == len(at.all(CallEnded)) == 2000
        assert len(at.desk._past) <= 500
        assert len(at.desk._refs._given) <= 500
        assert at.desk._calls == {}


@pytest.mark.parametrize("seed", range(40))
async def test_any_packets_in_any_order_leave_each_call_with_one_end(seed: int) -> None:
    dice = random.Random(seed)
    async with table() as at:
        ids: list[Any] = [7, 9]
        for call in await one_of_each(at):
            ids.append(call.call_id)
        for _ in range(300):
            call_id = dice.choice(ids)
            said = [
                *packets(call_id),
                (610, {"callId": call_id, "status": 100}),
                (503, {"callId": call_id, "code": dice.choice([100, 180, 199, 200, 403, 599, 700, 702])}),
                (188, {"callId": call_id, "status": dice.choice([100, 180, 200, 400, 600, 603, 999])}),
                (505, {"callId": call_id, "callType": 2, "from": "1", "to": "2", "sdp_candidate": sections()}),
                (186, {"callId": call_id, "mediaType": 2, "from": dice.choice([BOB_ID, CAROL_ID]), "sdp": OFFER}),
            ]
            service, body = dice.choice(said)
            at.say(service, **body)
            match dice.randrange(12):
                case 0:
                    at.desk.close()
                    at.connect()
                case 1 | 2:
                    await asyncio.sleep(0)
                case 3:
                    await _do_something(at, dice)
                case 4:
                    ids.append((await at.dial(dice.choice([BOB, PHONE])))[0].call_id)
                case _:
                    pass
        await at.idle()
        described = {event.ref for event in at.all(CallDescribed)} | {event.ref for event in at.all(CallAnswered)}
        assert described <= {event.ref for event in at.all(CallStarted)}
        for ref in {event.ref for event in at.all(CallEnded)}:
            kinds = [type(event) for event in at.events if getattr(event, "ref", None) == ref]
            assert (kinds[0], kinds[-1]) == (CallStarted, CallEnded), "nothing is told after the end"


async def _do_something(at: Table, dice: random.Random) -> None:
    over = {event.ref for event in at.all(CallEnded)}
    live = [event.ref for event in at.all(CallStarted) if event.ref not in over]
    if not live:
        return
    call = at.call(dice.choice(live))
    try:
        match dice.randrange(4):
            case 0:
                if not call.negotiation.has_media:
                    at.media.append(SlowMedia(video=call.video))
                    call.ring(at.media[-1])
            case 1:
                await soon(call.answer(video=False))
            case 2:
                await soon(call.reject())
            case _:
                await soon(call.hangup())
    except NotPossible:
        pass


async def test_whatever_was_said_before_the_call_can_still_be_ended() -> None:
    async with table() as at:
        call, _ = await at.dial()
        for service, body in packets(call.call_id):
            if service in (504, 187, 188, 506):
                at.say(service, **body)
        await soon(call.hangup())
        assert at.ended().reason is EndReason.CANCELLED

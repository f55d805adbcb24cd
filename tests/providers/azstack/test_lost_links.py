"""Links that are lost in the middle of AZStack calls: what rings ends in words, what was answered goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import BOB, BOB_ID, NUMBERS, US, Table, table
from tests.providers.rig import SlowMedia, sections
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.providers import goodbyes
from tuiphone.providers.azstack.call import OngoingCall

Step: TypeAlias = Callable[[Table], Awaitable[SlowMedia]]


async def _callout(at: Table) -> SlowMedia:
    return (await at.dial())[1]


async def _callout_begun(at: Table) -> SlowMedia:
    call, media = await at.dial()
    at.say(610, callId=call.call_id, status=100)
    return media


async def _callout_offering(at: Table) -> SlowMedia:
    media = SlowMedia()
    media.may_go_on.clear()
    call, _ = await at.dial(media=media)
    at.say(504, callId=call.call_id)
    await until(lambda: "offer" in media.verbs())
    return media


async def _callout_offered(at: Table) -> SlowMedia:
    call, media = await at.dial()
    at.say(504, callId=call.call_id)
    await at.sends(501)
    return media


async def _callout_ringing(at: Table) -> SlowMedia:
    media = await _callout_offered(at)
    at.say(503, callId=at.sent(500)[-1]["callId"], code=183)
    return media


async def _free_looking_up(at: Table) -> SlowMedia:
    at.people.may_answer.clear()
    return (await at.dial(BOB))[1]


async def _free_offering(at: Table) -> SlowMedia:
    media = SlowMedia()
    media.may_go_on.clear()
    await at.dial(BOB, media=media)
    await until(lambda: "offer" in media.verbs())
    return media


async def _free_offered(at: Table) -> SlowMedia:
    _, media = await at.dial(BOB)
    await at.sends(186)
    return media


async def _free_ringing(at: Table) -> SlowMedia:
    media = await _free_offered(at)
    at.say(188, callId=at.sent(186)[-1]["callId"], status=180, **{"from": BOB_ID})
    return media


async def _callin_announced(at: Table) -> SlowMedia:
    at.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": "84912345678"})
    return SlowMedia()


async def _callin_ringing(at: Table) -> SlowMedia:
    return (await at.callin())[1]


async def _callin_answering(at: Table) -> SlowMedia:
    call, media = await at.callin()
    media.may_go_on.clear()
    asyncio.create_task(call.answer(video=False), name="azstack-test")  # noqa: RUF006  # ends with the call
    await until(lambda: "answer" in media.verbs())
    return media


async def _free_announced(at: Table) -> SlowMedia:
    at.people.may_answer.clear()
    offer = {"type": "offer", "sdp": sections()}
    at.say(186, callId=9, mediaType=1, to=US, sdp=offer, **{"from": BOB_ID})
    return SlowMedia()


async def _free_in_ringing(at: Table) -> SlowMedia:
    return (await at.free_call())[1]


async def _free_in_answering(at: Table) -> SlowMedia:
    call, media = await at.free_call(video=True)
    media.may_go_on.clear()
    asyncio.create_task(call.answer(video=True), name="azstack-test")  # noqa: RUF006  # ends with the call
    await until(lambda: "answer" in media.verbs())
    return media


OURS_UNSAID: list[Step] = [_free_looking_up, _free_offering]
OURS: list[Step] = [_callout, _callout_begun, _callout_offering, _callout_offered, _callout_ringing]
OURS_FREE: list[Step] = [_free_offered, _free_ringing]
THEIRS: list[Step] = [
    _callin_announced,
    _callin_ringing,
    _callin_answering,
    _free_announced,
    _free_in_ringing,
    _free_in_answering,
]


@pytest.mark.parametrize("step", [*OURS, *OURS_FREE, *OURS_UNSAID, *THEIRS])
async def test_a_call_that_was_not_answered_ends_with_the_link_in_words(step: Step) -> None:
    async with table() as at:
        media = await step(at)
        before = at.session
        at.desk.close()
        assert at.ended().reason is EndReason.LOST
        assert "connection was lost" in (at.ended().detail or "")
        sent = len(before.posts)
        media.may_go_on.set()
        at.people.may_answer.set()
        await at.idle()
        assert len(at.all(CallEnded)) == len(at.all(CallStarted)) == 1
        assert at.all(CallAnswered) == []
        assert len(before.posts) == sent


@pytest.mark.parametrize("step", OURS)
async def test_a_telephone_of_ours_that_may_ring_on_is_stopped_when_the_link_is_back(step: Step) -> None:
    async with table() as at:
        await step(at)
        started = at.sent(500)[0]
        at.desk.close()
        at.connect()
        assert at.services == [502]
        assert at.sent(502) == [{"callId": started["callId"], "to": started["to"]}]


@pytest.mark.parametrize("step", OURS_FREE)
async def test_a_user_whose_phone_may_ring_on_is_told_when_the_link_is_back(step: Step) -> None:
    async with table() as at:
        await step(at)
        at.desk.close()
        at.connect()
        assert [(body["to"], body["status"]) for body in at.sent(188)] == [(BOB_ID, 700)]


@pytest.mark.parametrize("step", [*THEIRS, *OURS_UNSAID])
async def test_nothing_is_said_later_of_calls_that_others_may_take_or_nobody_knows(step: Step) -> None:
    async with table() as at:
        await step(at)
        at.desk.close()
        at.connect()
        assert at.services == [], "it may ring on, on another device of ours"


@pytest.mark.parametrize("kind", ["callin", "free call"])
async def test_a_call_that_still_rings_when_the_link_is_back_rings_again(kind: str) -> None:
    async with table() as at:
        await (at.callin() if kind == "callin" else at.free_call())
        at.desk.close()
        at.connect()
        call, _ = await (at.callin() if kind == "callin" else at.free_call())
        assert call.ref in ("7-2", "9-2")
        await soon(call.answer(video=False))
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def _out(at: Table) -> OngoingCall:
    media = await _callout_offered(at)
    call_id = at.sent(500)[-1]["callId"]
    at.say(503, callId=call_id, code=200, sdp_candidate=sections())
    await until(lambda: "apply" in media.verbs())
    return at.call(f"{call_id}")


async def _in(at: Table) -> OngoingCall:
    call, _ = await at.callin()
    await soon(call.answer(video=False))
    return call


async def _free_out(at: Table) -> OngoingCall:
    media = await _free_offered(at)
    call_id = at.sent(186)[-1]["callId"]
    at.say(188, callId=call_id, status=200)
    at.say(187, callId=call_id, type=1, data={"type": "answer", "sdp": sections()})
    await until(lambda: "apply" in media.verbs())
    return at.call(f"{call_id}")


async def _free_in(at: Table) -> OngoingCall:
    call, _ = await at.free_call(video=True)
    await soon(call.answer(video=True))
    return call


TALKS = [(_out, 502, None), (_in, 506, 700), (_free_out, 188, 700), (_free_in, 188, 700)]


@pytest.mark.parametrize(("talk", "service", "code"), TALKS)
async def test_an_answered_call_goes_on_without_the_link_and_is_hung_up_when_it_is_back(
    talk: Callable[[Table], Awaitable[OngoingCall]], service: int, code: int | None
) -> None:
    async with table() as at:
        call = await talk(at)
        at.desk.close()
        await at.idle()
        assert at.all(CallEnded) == []
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        at.connect()
        assert at.services == [service]
        (said,) = at.sent(service)
        assert said.get("code", said.get("status")) == code
        assert said["callId"] == call.call_id


@pytest.mark.parametrize(("talk", "service", "code"), TALKS)
async def test_an_answered_call_is_hung_up_by_the_far_side_over_the_next_link(
    talk: Callable[[Table], Awaitable[OngoingCall]], service: int, code: int | None
) -> None:
    async with table() as at:
        call = await talk(at)
        at.desk.close()
        at.connect()
        assert at.services == [], "nothing is known to be wrong with it"
        match service:
            case 502:
                at.say(503, callId=call.call_id, code=700)
            case 506:
                at.say(506, callId=call.call_id, code=code)
            case _:
                at.say(188, callId=call.call_id, status=code)
        assert (at.ended().ref, at.ended().reason) == (call.ref, EndReason.REMOTE_HUNG_UP)


async def test_the_camera_can_be_switched_without_the_link() -> None:
    async with table() as at:
        call = await _free_in(at)
        at.desk.close()
        await soon(call.camera(False))
        assert at.events[-1] == CallDescribed(call.ref, (("Own picture", "off"),))


async def test_a_hang_up_is_not_said_when_it_is_too_late_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goodbyes, "RESUME_SECONDS", 0.0)
    async with table() as at:
        call = await _out(at)
        at.desk.close()
        await soon(call.hangup())
        at.connect()
        assert at.services == []


async def test_a_hang_up_that_may_have_gone_down_with_the_link_is_said_again() -> None:
    async with table() as at:
        call = await _out(at)
        await soon(call.hangup())
        at.desk.close()
        at.connect()
        assert at.services == [502]
        assert len(at.all(CallEnded)) == 1


async def test_a_hang_up_that_must_have_arrived_is_not_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goodbyes, "DOUBTFUL_SECONDS", 0.0)
    async with table() as at:
        call = await _out(at)
        await soon(call.hangup())
        at.desk.close()
        at.connect()
        assert at.services == []


async def test_without_a_link_a_call_that_begins_is_refused_and_several_losses_are_one() -> None:
    async with table() as at:
        await _callout_ringing(at)
        for _ in range(3):
            at.desk.close()
        with pytest.raises(ConnectionLost, match="not connected"):
            await at.dial(BOB)
        assert len(at.all(CallEnded)) == 1

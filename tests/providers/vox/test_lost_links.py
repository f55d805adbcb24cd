"""Vox's link lost at every step of a call, and what is said when it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from tests.fakes import soon, until
from tests.providers.rig import SlowMedia, sections
from tests.providers.vox.desk_rig import BOB, FROM_PHONE, PHONE, THEIRS, VOICE, FakeSession, Table, table
from tests.providers.vox.server import ScriptedServer, connected, told, vox
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import CallAnswered, CallEnded, CallStarted
from tuiphone.providers import goodbyes
from tuiphone.providers.vox import codes, desk
from tuiphone.providers.vox.call import VoxCall

START, ANSWER, END = "directAudioVideoCallStartReq", "directAudioVideoCallAnswerReq", "directAudioVideoCallEndReq"
RINGING = "directAudioVideoCall180RingingReq"
Begin: TypeAlias = Callable[[Table], Awaitable[VoxCall]]


async def _offering(at: Table) -> VoxCall:
    media = SlowMedia()
    media.may_go_on.clear()
    call, _ = await at.dial(BOB, media=media)
    return call


async def _asked(at: Table) -> VoxCall:
    at.session.silent.add(START)
    return (await at.invited())[0]


async def _invited(at: Table) -> VoxCall:
    return (await at.invited())[0]


async def _ringing_there(at: Table) -> VoxCall:
    call, _ = await at.invited()
    at.say("directAudioVideoCall180RingingReq", sCallId=call.call_id)
    return call


async def _early(at: Table) -> VoxCall:
    call, media = await at.invited(PHONE)
    at.say("callSessionInProgressSdpReq", sCallId=call.call_id, sSdp=sections(setup="active"), ret=1)
    await until(lambda: "apply" in media.verbs())
    return call


async def _talking(at: Table) -> VoxCall:
    return (await at.talk())[0]


async def _on_the_telephone(at: Table) -> VoxCall:
    return (await at.talk(PHONE))[0]


async def _rings_here(at: Table) -> VoxCall:
    return (await at.app_call())[0]


async def _telephone_rings_here(at: Table) -> VoxCall:
    return (await at.phone_call())[0]


async def _taken(at: Table) -> VoxCall:
    call, _ = await at.app_call()
    await soon(call.answer(video=False))
    return call


OURS = [(_offering, []), (_asked, [199]), (_invited, [199]), (_ringing_there, [199]), (_early, [247])]


@pytest.mark.parametrize("how", ["at once", "in time"])
@pytest.mark.parametrize(("begin", "goodbye"), OURS)
async def test_a_call_of_ours_that_nobody_answered_ends_without_a_link_and_is_called_off_later(
    begin: Begin, goodbye: list[int], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 0.02)
    async with table() as at:
        call = await begin(at)
        at.lose(for_good=how == "at once")
        assert (await at.told(CallEnded)).reason is EndReason.LOST
        assert at.desk.find(call.ref) is None
        at.connect()
        assert at.numbers == goodbye


@pytest.mark.parametrize("begin", [_invited, _ringing_there, _early])
async def test_a_call_of_ours_that_nobody_answered_yet_goes_on_where_the_link_is_soon_back(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 0.02)
    async with table() as at:
        call = await begin(at)
        at.lose()
        at.connect()
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(2 * desk.PATIENCE_SECONDS, over.set)
        await soon(over.wait())
        is_phone = call.peer == PHONE
        name = "callAnswerReq" if is_phone else ANSWER
        at.say(name, sCallId=call.call_id, sSdp=sections(setup="active"))
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_a_call_that_cannot_be_offered_for_want_of_a_link_is_over() -> None:
    async with table() as at:
        call = await _offering(at)
        at.lose()
        at.media[0].may_go_on.set()
        assert (await at.told(CallEnded)).reason is EndReason.LOST
        assert at.desk.find(call.ref) is None


async def test_a_call_that_rings_here_can_be_answered_when_the_link_is_back() -> None:
    async with table() as at:
        call = await _rings_here(at)
        at.lose()
        with pytest.raises(ConnectionLost):
            await call.answer(video=False)
        at.connect()
        await at.sends(RINGING)
        await soon(call.answer(video=False))
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        assert at.numbers == [295, 197]


async def test_a_call_that_rings_here_no_more_when_the_link_is_back_was_missed() -> None:
    async with table() as at:
        await _rings_here(at)
        at.lose()
        session = FakeSession()
        session.refuses[RINGING] = codes.INTERNAL
        at.connect(session)
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.MISSED
        assert "while the connection was lost" in (ended.detail or "")


async def test_that_the_server_does_not_say_whether_it_still_rings_means_nothing() -> None:
    async with table() as at:
        call = await _rings_here(at)
        at.lose()
        session = FakeSession()
        session.silent.add(RINGING)
        at.connect(session)
        await at.sends(RINGING)
        at.lose()
        at.connect()
        await at.idle()
        assert at.desk.find(call.ref) is call


@pytest.mark.parametrize("begin", [_rings_here, _telephone_rings_here])
async def test_a_call_that_rings_here_ends_silently_and_may_come_again(begin: Begin) -> None:
    async with table() as at:
        call = await begin(at)
        at.lose(for_good=True)
        assert at.ended().reason is EndReason.LOST
        at.connect()
        assert at.numbers == [], "it may still ring on our other devices"
        await begin(at)
        first, second = at.all(CallStarted)
        assert first.ref != second.ref
        assert at.desk.find(second.ref) is not None
        assert at.desk.find(second.ref) is not call


@pytest.mark.parametrize("begin", [_rings_here, _telephone_rings_here])
async def test_a_call_that_rings_here_and_is_announced_anew_is_the_same(begin: Begin) -> None:
    async with table() as at:
        call = await begin(at)
        at.lose()
        at.connect()
        assert (await begin(at)) is call
        assert len(at.all(CallStarted)) == 1


async def test_a_pick_up_that_may_have_been_heard_is_taken_back() -> None:
    async with table() as at:
        call, _ = await at.app_call()
        at.session.silent.add(ANSWER)
        answering = asyncio.create_task(call.answer(video=False))
        await at.sends(ANSWER)
        at.lose()
        await soon(answering)
        assert at.ended().reason is EndReason.LOST
        at.connect()
        assert at.numbers == [199]


@pytest.mark.parametrize("begin", [_talking, _on_the_telephone, _taken])
async def test_a_call_that_was_answered_goes_on_and_can_be_ended(begin: Begin) -> None:
    async with table() as at:
        call = await begin(at)
        at.lose()
        await at.idle()
        assert at.all(CallEnded) == []
        at.connect()
        assert at.numbers == []
        await soon(call.hangup())
        assert at.ended().reason is EndReason.HUNG_UP
        assert at.numbers in ([199], [247])


@pytest.mark.parametrize("begin", [_talking, _on_the_telephone, _taken])
async def test_a_hang_up_without_a_link_is_said_as_soon_as_there_is_one(begin: Begin) -> None:
    async with table() as at:
        call = await begin(at)
        at.lose()
        await soon(call.hangup())
        assert at.ended().reason is EndReason.HUNG_UP
        at.connect()
        assert at.numbers in ([199], [247])
        at.connect()
        assert len(at.numbers) <= 1


async def test_a_hang_up_just_before_the_link_goes_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with table() as at:
        call = await _talking(at)
        await soon(call.hangup())
        at.lose()
        at.connect()
        assert at.numbers == [199]
        monkeypatch.setattr(goodbyes, "DOUBTFUL_SECONDS", 0.0)
        at.lose()
        at.connect()
        assert at.numbers == [], "by then it has arrived"


async def test_a_hang_up_is_not_said_when_it_is_too_late_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goodbyes, "RESUME_SECONDS", 0.0)
    async with table() as at:
        call = await _talking(at)
        at.lose()
        await soon(call.hangup())
        at.connect()
        assert at.numbers == []


@pytest.mark.parametrize("for_good", [False, True])
async def test_an_offer_that_is_being_made_when_the_link_goes_is_sent_if_it_is_back(for_good: bool) -> None:
    async with table() as at:
        media = SlowMedia()
        media.may_go_on.clear()
        await at.dial(BOB, media=media)
        await until(lambda: "offer" in media.verbs())
        at.lose(for_good=for_good)
        at.connect()
        media.may_go_on.set()
        await at.idle()
        assert at.numbers == ([] if for_good else [195])
        assert len(at.all(CallEnded)) == for_good


async def test_a_digit_without_a_link_is_an_error_and_the_call_goes_on() -> None:
    async with table() as at:
        call = await _on_the_telephone(at)
        at.lose()
        with pytest.raises(ConnectionLost):
            await call.dtmf("1")
        assert at.desk.find(call.ref) is call


# -- over a real connection -----------------------------------------------------------------------------------------


async def test_after_a_log_in_anew_a_call_can_still_be_ended_by_both() -> None:
    async with connected() as (server, client, alice):
        media = SlowMedia()
        ref = await alice.provider.dial(BOB, media=media)
        start = await client.take(START)
        await client.ask(ANSWER, sCallId=start.sCallId, sSdp=sections(setup="active"), sender="bob")
        await told(alice, CallAnswered)
        client.drop()
        await until(lambda: alice.running is not None and alice.running.done())
        with pytest.raises(ConnectionLost):
            await alice.provider.dial(BOB, media=SlowMedia())
        alice.start()
        again = await server.accept()
        await again.take("getStunTurnReq")
        assert (await again.ask(END, sCallId=ref, sender="bob")).ret == 1
        assert (await alice.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_every_command_about_a_call_that_is_over_is_answered() -> None:
    async with connected() as (_, _, alice):
        await soon(alice.provider.hangup("gone"))
        await soon(alice.provider.reject("gone"))
        assert [event.reason for event in alice.all(CallEnded)] == [EndReason.HUNG_UP, EndReason.REJECTED]
        await soon(alice.provider.ringing("gone", None))


async def test_a_hang_up_is_out_before_the_account_is_switched_off() -> None:
    async with ScriptedServer() as server, vox(server.url) as alice:
        alice.start()
        client = await server.accept()
        await client.take("getStunTurnReq")
        ref = await alice.provider.dial(BOB, media=SlowMedia())
        start = await client.take(START)
        await soon(alice.provider.hangup(ref))
        await alice.stop()
        assert (await client.hear(END)).sCallId == start.sCallId


async def test_a_call_that_came_is_told_and_answered_over_the_wire() -> None:
    async with connected() as (_, client, alice):
        await client.ask(START, sCallId=THEIRS, stCallType=VOICE, sSdp=sections(), sender="bob")
        started = await alice.told(CallStarted)
        await alice.provider.ringing(started.ref, SlowMedia())
        await client.take("directAudioVideoCall180RingingReq")
        answering = asyncio.create_task(alice.provider.answer(started.ref))
        said = await client.take(ANSWER)
        await soon(answering)
        assert said.sCallId == THEIRS
        await client.ask("incomingCallStartReq", sCallId=FROM_PHONE, sSdp=sections(), sMediaServerId="m", sender="+1")
        assert (await alice.told(CallStarted, 2)).peer.text == "+1"
        await soon(alice.provider.hangup(FROM_PHONE))
        await soon(alice.provider.hangup(started.ref))
        assert alice.count(CallEnded) == 2

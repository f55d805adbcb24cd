"""Calls from user to user on Vox, with sound or picture, both ways and in every order."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import SlowMedia, complete, sections
from tests.providers.vox.desk_rig import BOB, CANDIDATE, FAR, ICE, THEIRS, VIDEO, VOICE, Table, table
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import BadAddress, ConnectionLost, NegotiationFailed, NotPossible
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallHeldByPeer,
    CallRang,
    CallStarted,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Description
from tuiphone.providers.vox import appcall, codes, desk, incoming, vox_pb2
from tuiphone.providers.vox.appcall import AppCallOut
from tuiphone.providers.vox.call import VoxCall

START, ANSWER, END = "directAudioVideoCallStartReq", "directAudioVideoCallAnswerReq", "directAudioVideoCallEndReq"
RINGING, ICE_SENT = "directAudioVideoCall180RingingReq", "sendIceCandidatesInDirectAVCallReq"


def answer(at: Table, call: VoxCall, **more: Any) -> Any:
    """Bob picks up."""
    return at.say(ANSWER, sCallId=call.call_id, **({"sSdp": sections(setup="active")} | more))


# -- we call --------------------------------------------------------------------------------------------------------


async def test_a_call_goes_from_start_to_end_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.dial()
        facts = (("Kind of call", "Vox app call, audio"), ("Call id", call.call_id))
        assert at.events == [CallStarted(call.ref, BOB, CallDirection.OUTGOING, facts=facts)]
        assert call.ref == call.call_id
        assert len(call.call_id.split("-")) == 5, "a UUID"
        sent = await at.sends(START)
        assert (sent.sDstMobNu, sent.stCallType, sent.sCallId) == ("bob", VOICE, call.call_id)
        assert (sent.sCallActive, sent.sStartTime) == (True, at.session.now_ms())
        assert sent.sSdp == complete(sections())
        assert not sent.HasField("bIsRecording")
        assert media.log[0] == ("use_ice", (ICE,), True)
        reply = at.say(RINGING, sCallId=call.call_id)
        assert (reply.ret, reply.sCallId, reply.sMobNu) == (1, call.call_id, "alice")
        assert at.all(CallRang) == [CallRang(call.ref)]
        assert answer(at, call).ret == 1
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        assert at.say(ICE_SENT, sCallId=call.call_id, sJsonIceCandidates=[CANDIDATE]).ret == 1
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply", "add_candidate"])
        assert media.log[2] == ("apply", Description("answer", sections(setup="active")))
        assert media.candidates == [FAR]
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        (end,) = at.sent(END)
        assert (end.sDstMobNu, end.sCallId, end.stCallType) == ("bob", call.call_id, VOICE)
        assert end.sStopTime == at.session.now_ms()
        assert not end.HasField("sEndReason")
        assert at.numbers == [195, 199], "no candidates: ours are in the description"


async def test_a_video_call_offers_a_picture() -> None:
    async with table() as at:
        call, media = await at.talk(video=True)
        sent = at.sent(START)[0]
        assert (sent.stCallType, sent.sSdp) == (VIDEO, complete(sections(video="sendrecv")))
        assert at.started().video
        assert ("Own picture", "on") in at.started().facts
        await soon(call.hangup())
        assert at.sent(END)[0].stCallType == VIDEO
        assert at.all(CallDescribed) == []
        assert "apply" in media.verbs()


async def test_an_answer_without_picture_makes_it_a_call_without() -> None:
    async with table() as at:
        call, _ = await at.invited(video=True)
        answer(at, call)
        described = await at.told(CallDescribed)
        assert described == CallDescribed(call.ref, (("Video", "the other side has none"),), video=False)


@pytest.mark.parametrize("how", ["asked", "settings", "not"])
async def test_that_we_record_is_said_when_we_call(how: str) -> None:
    async with table(record_calls=how == "settings") as at:
        await at.invited(recorded=how == "asked")
        assert at.sent(START)[0].bIsRecording is (how != "not")
        assert (("Recorded by you", "they are told of it") in at.started().facts) is (how != "not")


async def test_that_they_are_in_another_call_is_shown() -> None:
    async with table() as at:
        call, _ = await at.invited()
        at.say(RINGING, sCallId=call.call_id, bIsCallWaiting=True)
        assert at.all(CallDescribed) == [CallDescribed(call.ref, (("Call waiting", "bob is in another call"),))]


@pytest.mark.parametrize("ret", [*sorted(set(codes.MEANINGS) - codes.SUCCESSES), 0, 99])
async def test_a_refusal_ends_the_call_in_words(ret: int) -> None:
    async with table() as at:
        at.session.refuses[START] = ret or 1000
        await at.dial()
        ended = await at.told(CallEnded)
        assert ended.detail is not None
        assert ended.detail.endswith((".", ")"))
        credit = ret in (codes.NO_BALANCE, codes.NO_CREDIT)
        if credit:
            assert ended.reason is EndReason.NO_CREDIT
            assert "credit" in ended.detail
        if ret == codes.INTERNAL:
            assert ended.reason is EndReason.UNREACHABLE
            assert "knows no user bob" in ended.detail
        assert at.numbers == [195], "there is no call to be ended"


async def test_an_unknown_user_ends_the_call_once_although_it_is_said_twice() -> None:
    async with table() as at:
        at.session.refuses[START] = codes.INTERNAL
        call, _ = await at.dial()
        await at.told(CallEnded)
        assert at.say(END, sCallId=call.call_id, uEndStatus=404, sEndReason="Unknown user").ret == 1
        assert at.ended().reason is EndReason.UNREACHABLE


ENDS = [
    ({"uEndStatus": 404, "sEndReason": "Unknown user"}, False, EndReason.UNREACHABLE, "Vox knows no user bob"),
    ({"sEndReason": "User busy"}, True, EndReason.BUSY, "busy"),
    ({"uEndStatus": 603, "sEndReason": "User busy"}, True, EndReason.REJECTED, "rejected"),
    ({"uEndStatus": 486}, False, EndReason.BUSY, "(486)"),
    ({"uEndStatus": 480, "sEndReason": "Not reachable"}, False, EndReason.UNREACHABLE, "Not reachable"),
    ({"uEndStatus": 408, "sEndReason": "No answer"}, True, EndReason.NO_ANSWER, "(408 No answer)"),
    ({"uEndStatus": 487}, True, EndReason.NO_ANSWER, "487"),
    ({"sEndReason": "No answer"}, True, EndReason.NO_ANSWER, "Nobody answered"),
    ({"sEndReason": "bad SDP"}, True, EndReason.FAILED, "no sound format"),
    ({"uEndStatus": 699, "sEndReason": "\x1b[31mred"}, True, EndReason.FAILED, "(699 [31mred)"),
    ({}, True, EndReason.REJECTED, "bob declined the call."),
    ({}, False, EndReason.UNREACHABLE, "bob may not be logged in"),
    ({"uEndStatus": 200, "sEndReason": "Gone fishing"}, True, EndReason.REJECTED, "(200 Gone fishing)"),
]


@pytest.mark.parametrize(("said", "rang", "reason", "words"), ENDS)
async def test_how_a_call_ends_that_nobody_answered(
    said: dict[str, Any], rang: bool, reason: EndReason, words: str
) -> None:
    async with table() as at:
        call, _ = await at.invited()
        if rang:
            at.say(RINGING, sCallId=call.call_id)
        assert at.say(END, sCallId=call.call_id, **said).ret == 1
        assert at.ended().reason is reason
        assert words in (at.ended().detail or "")
        assert at.sent(END) == []


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({}, None),
        ({"sEndReason": "bye"}, "They said: bye"),
        ({"uEndStatus": 500, "sEndReason": "Server melts"}, "They said: Server melts"),
    ],
)
async def test_they_hang_up(said: dict[str, Any], detail: str | None) -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.say(END, sCallId=call.call_id, **said)
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP, detail)
        assert at.say(END, sCallId=call.call_id).ret == 1, "said again, it is answered and means nothing"


async def test_nobody_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppCallOut, "ring_seconds", 0.02)
    async with table() as at:
        await at.dial()
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.NO_ANSWER
        assert at.sent(END)[0].sEndReason == "No answer"


async def test_a_call_of_ours_rings_for_as_long_as_the_protocol_says() -> None:
    assert AppCallOut.ring_seconds == 45.0


async def test_they_are_told_why_we_hang_up() -> None:
    async with table() as at:
        call, _ = await at.talk()
        await soon(call.hangup("the next meeting begins"))
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        (end,) = at.sent(END)
        assert (end.sEndReason, end.HasField("uEndStatus")) == ("the next meeting begins", False)


@pytest.mark.parametrize("offered", [False, True])
async def test_we_think_better_of_it(offered: bool) -> None:
    async with table() as at:
        media = SlowMedia()
        if not offered:
            media.may_go_on.clear()
        call, _ = await at.dial(media=media)
        if offered:
            await at.sends(START)
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.CANCELLED)
        media.may_go_on.set()
        await at.idle()
        assert at.numbers == ([195, 199] if offered else [])
        answer(at, call)
        assert at.all(CallAnswered) == []


async def test_a_call_without_sound_here_is_none() -> None:
    async with table() as at:
        await at.desk.dial(BOB, video=False, media=None, recorded=False)
        assert at.ended().reason is EndReason.FAILED
        assert "no sound" in (at.ended().detail or "")
        assert at.numbers == []


@pytest.mark.parametrize("to", ["alice", "", "b ob", "b" * 65, "bo\tb"])
async def test_whom_one_cannot_call(to: str) -> None:
    async with table() as at:
        with pytest.raises(BadAddress):
            await at.desk.dial(Address(AddressKind.USER, to), video=False, media=SlowMedia(), recorded=False)
        assert at.events == []


async def test_without_a_link_there_is_no_call() -> None:
    async with table() as at:
        at.lose()
        with pytest.raises(ConnectionLost):
            await at.desk.dial(BOB, video=False, media=SlowMedia(), recorded=False)
        assert at.events == []


@pytest.mark.parametrize("error", [NegotiationFailed("There is no Opus here."), KeyError("a bug")])
async def test_an_offer_that_cannot_be_made_ends_the_call(error: Exception) -> None:
    async with table() as at:
        media = SlowMedia()
        media.fails["offer"] = error
        await at.dial(media=media)
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.FAILED
        assert ("Opus" if isinstance(error, NegotiationFailed) else "log has the details") in (ended.detail or "")
        assert at.numbers == []


@pytest.mark.parametrize("how", ["media refuses it", "empty", "too long"])
async def test_an_answer_that_is_of_no_use_ends_the_call_as_bad_sdp(how: str) -> None:
    async with table() as at:
        call, media = await at.invited()
        media.fails["apply"] = NegotiationFailed("Nothing in common.")
        answer(at, call, sSdp={"empty": "", "too long": "v=0" + "x" * 70_000}.get(how, sections()))
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.FAILED
        assert at.sent(END)[0].sEndReason == "bad SDP"


async def test_a_second_answer_changes_nothing() -> None:
    async with table() as at:
        call, media = await at.talk()
        answer(at, call)
        at.say(RINGING, sCallId=call.call_id)
        await at.idle()
        assert media.verbs().count("apply") == 1
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        assert at.all(CallRang) == []


async def test_nobody_can_answer_what_was_not_offered_yet() -> None:
    async with table() as at:
        media = SlowMedia()
        media.may_go_on.clear()
        call, _ = await at.dial(media=media)
        answer(at, call)
        at.say(RINGING, sCallId=call.call_id)
        assert len(at.events) == 1


async def test_a_reply_that_never_comes_matters_only_where_nothing_else_came(monkeypatch: pytest.MonkeyPatch) -> None:
    async with table() as at:
        at.session.silent.add(START)
        call, _ = await at.invited()
        answer(at, call)
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        at.say(END, sCallId=call.call_id)
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


# -- candidates -----------------------------------------------------------------------------------------------------


async def test_candidates_are_kept_until_there_is_a_description_and_the_second_list_is_not_read() -> None:
    async with table() as at:
        call, media = await at.invited()
        other = "candidate:8 1 udp 8 127.0.0.1 6000 typ host"
        at.say(ICE_SENT, sCallId=call.call_id, sIceCandidates=[other], sJsonIceCandidates=[CANDIDATE, CANDIDATE])
        await at.idle()
        assert media.candidates == []
        answer(at, call)
        await until(lambda: media.candidates == [FAR, FAR])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"ice":null}',
        '{"ice":{}}',
        '{"ice":{"candidate":""}}',
        '{"ice":{"candidate":null,"sdpMid":"0"}}',
        '{"ice":{"candidate":5}}',
        '{"ice":{"candidate":"rubbish"}}',
        '{"ice":{"candidate":"candidate:9 1 udp 9 \\ud800 5000 typ host"}}',
        "{" * 2000,
        '{"ice":{"candidate":"candidate:' + "x" * 3000 + '"}}',
    ],
)
async def test_an_end_mark_or_rubbish_is_no_candidate(text: str) -> None:
    async with table() as at:
        call, media = await at.talk()
        at.say(ICE_SENT, sCallId=call.call_id, sJsonIceCandidates=[text, CANDIDATE])
        await until(lambda: media.candidates == [FAR])


# -- we are called --------------------------------------------------------------------------------------------------


async def test_an_incoming_call_goes_from_ringing_to_end_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.app_call()
        facts = (("Kind of call", "Vox app call, audio"), ("Call id", THEIRS))
        assert at.events == [CallStarted(THEIRS, BOB, CallDirection.INCOMING, facts=facts)]
        (ringing,) = at.sent(RINGING)
        assert (ringing.sDstMobNu, ringing.sCallId, ringing.stCallType) == ("bob", THEIRS, VOICE)
        assert ringing.bIsCallWaiting is False
        at.say(ICE_SENT, sCallId=THEIRS, sJsonIceCandidates=[CANDIDATE])
        await at.idle()
        assert media.verbs() == [], "nothing is opened before a person answers"
        await soon(call.answer(video=False))
        await until(lambda: media.verbs() == ["use_ice", "answer", "add_candidate"])
        assert media.log[1] == ("answer", Description("offer", sections()))
        (said,) = at.sent(ANSWER)
        assert (said.sDstMobNu, said.sCallId, said.stCallType) == ("bob", THEIRS, VOICE)
        assert (said.sSdp, said.ullAnswerTime) == (complete(sections(setup="active")), at.session.now_ms())
        assert at.events[1:] == [CallAnswered(THEIRS)]
        await soon(call.hangup())
        assert at.ended() == CallEnded(THEIRS, EndReason.HUNG_UP)
        assert at.numbers == [295, 197, 199]


async def test_the_reply_to_an_offer_says_what_the_offer_said() -> None:
    async with table() as at:
        reply = at.say(START, sCallId=THEIRS, sSdp=sections(), stCallType=VOICE, bIsRecording=True)
        assert (reply.ret, reply.sCallId, reply.sMobNu, reply.bIsRecording) == (1, THEIRS, "alice", True)
        assert ("Recorded by them", "the caller says so") in at.started().facts


@pytest.mark.parametrize("picture", [False, True])
async def test_a_video_call_may_be_answered_with_and_without_our_picture(picture: bool) -> None:
    async with table() as at:
        call, media = await at.app_call(video=True)
        await soon(call.answer(video=picture))
        assert media.log[1] == ("answer", Description("offer", sections(video="sendrecv")))
        assert at.sent(ANSWER)[0].stCallType == VIDEO
        assert at.started().video
        assert CallDescribed(THEIRS, (("Own picture", "on" if picture else "off"),)) in at.events
        await at.idle()
        notices = [(each.eMediaType, each.bOption) for each in at.sent("directAVCallMediaOnOffReq")]
        assert notices == ([] if picture else [(vox_pb2.MEDIA_VIDEO, False)])


@pytest.mark.parametrize("announced", [False, True])
async def test_a_picture_is_agreed_on_where_it_is_both_announced_and_described(announced: bool) -> None:
    async with table() as at:
        described = sections(video=None if announced else "sendrecv")
        call, media = await at.app_call(stCallType=VIDEO if announced else VOICE, sSdp=described)
        assert not at.started().video
        await soon(call.answer(video=True))
        assert ("m=video 0 " in media.log[1][1].sdp) is not announced
        with pytest.raises(NotPossible, match="without video"):
            await call.camera(True)


@pytest.mark.parametrize("command", ["reject", "hangup"])
async def test_refusing_a_call_says_that_we_are_busy(command: str) -> None:
    async with table() as at:
        call, _ = await at.app_call()
        await soon(getattr(call, command)())
        assert at.ended() == CallEnded(THEIRS, EndReason.REJECTED)
        assert at.sent(END)[0].sEndReason == "User busy"


async def test_a_second_call_is_told_that_it_waits() -> None:
    async with table() as at:
        await at.app_call()
        await at.app_call("other", of="carol")
        assert [each.bIsCallWaiting for each in at.sent(RINGING)] == [False, True]


async def test_a_call_waits_also_behind_one_that_is_kept_elsewhere() -> None:
    async with table() as at:
        at.desk.in_other_calls = lambda: True
        await at.app_call()
        assert at.sent(RINGING)[0].bIsCallWaiting


@pytest.mark.parametrize("ret", [codes.ELSEWHERE, codes.INTERNAL])
async def test_an_answer_that_comes_too_late(ret: int) -> None:
    async with table() as at:
        call, _ = await at.app_call()
        at.session.refuses[ANSWER] = ret
        await soon(call.answer(video=False))
        assert at.all(CallAnswered) == []
        assert at.ended().reason is (EndReason.ELSEWHERE if ret == codes.ELSEWHERE else EndReason.FAILED)
        assert at.sent(END) == []


ELSEWHERE = [
    (vox_pb2.ANSWERED, EndReason.ELSEWHERE, None),
    (0, EndReason.ELSEWHERE, None),
    (vox_pb2.MISSED, EndReason.REJECTED, "Declined on another device."),
]


@pytest.mark.parametrize(("status", "reason", "detail"), ELSEWHERE)
@pytest.mark.parametrize("answering", [False, True])
async def test_another_device_of_ours_takes_the_call(
    status: int, reason: EndReason, detail: str | None, answering: bool
) -> None:
    async with table() as at:
        call, media = await at.app_call()
        media.may_go_on.clear()
        tasks = [asyncio.create_task(call.answer(video=False))] if answering else []
        await until(lambda: not answering or "answer" in media.verbs())
        reply = at.say("callInfoSyncReq", sCallID=THEIRS, ssrcMobNu="bob", sDstMobNu="alice", eStatus=status)
        assert (reply.ret, reply.sCallId) == (1, THEIRS)
        assert at.ended() == CallEnded(THEIRS, reason, detail)
        media.may_go_on.set()
        await soon(asyncio.gather(*tasks))
        assert at.all(CallAnswered) == []
        assert at.numbers == [295], "the caller is told nothing by this device"


async def test_that_a_call_was_handled_elsewhere_is_nothing_to_one_that_was_answered_here() -> None:
    async with table() as at:
        call, _ = await at.app_call()
        await soon(call.answer(video=False))
        at.say("callInfoSyncReq", sCallID=THEIRS, eStatus=vox_pb2.ANSWERED)
        assert at.desk.find(THEIRS) is call


async def test_the_caller_gives_up() -> None:
    async with table() as at:
        await at.app_call()
        at.say(END, sCallId=THEIRS, sEndReason="No answer")
        assert at.ended() == CallEnded(THEIRS, EndReason.MISSED, "The caller gave up (No answer).")


async def test_a_call_nobody_answers_here_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "RING_SECONDS", 0.02)
    async with table() as at:
        await at.app_call()
        assert (await at.told(CallEnded)).reason is EndReason.MISSED
        assert at.sent(END)[0].sEndReason == "No answer"


async def test_an_offer_that_media_refuses_ends_the_call_as_bad_sdp() -> None:
    async with table() as at:
        call, media = await at.app_call()
        media.fails["answer"] = NegotiationFailed("The far side offers no sound.")
        await soon(call.answer(video=False))
        assert at.ended() == CallEnded(THEIRS, EndReason.FAILED, "The far side offers no sound.")
        assert at.sent(END)[0].sEndReason == "bad SDP"
        assert at.sent(ANSWER) == []


@pytest.mark.parametrize("sdp", ["", "v=0\r\n" + "x" * 65_536])
async def test_a_call_without_a_description_that_can_be_used_is_over_at_once(sdp: str) -> None:
    async with table() as at:
        assert at.say(START, sCallId=THEIRS, sSdp=sdp, stCallType=VOICE).ret == 1
        assert at.ended().reason is EndReason.FAILED
        assert at.sent(END)[0].sEndReason == "bad SDP"


async def test_an_answer_without_sound_here_refuses_the_call() -> None:
    async with table() as at:
        at.say(START, sCallId=THEIRS, sSdp=sections(), stCallType=VOICE)
        call = at.call(THEIRS)
        with pytest.raises(NotPossible, match="only just coming in"):
            await call.answer(video=False)
        call.ring(None)
        await soon(call.answer(video=False))
        assert at.ended().reason is EndReason.FAILED
        assert at.sent(END)[0].sEndReason == "User busy"


async def test_a_call_is_answered_once() -> None:
    async with table() as at:
        call, _ = await at.app_call()
        await soon(call.answer(video=False))
        with pytest.raises(NotPossible, match="already"):
            await call.answer(video=False)
        ours, _ = await at.dial()
        with pytest.raises(NotPossible, match="one of ours"):
            await ours.answer(video=False)
        with pytest.raises(NotPossible, match="hang up instead"):
            await ours.reject()


async def test_an_offer_said_again_is_the_same_call_and_one_that_is_over_stays_over() -> None:
    async with table() as at:
        call, _ = await at.app_call()
        assert at.say(START, sCallId=THEIRS, sSdp=sections(), stCallType=VOICE).ret == 1
        assert at.desk.find(THEIRS) is call
        await soon(call.reject())
        assert at.say(START, sCallId=THEIRS, sSdp=sections(), stCallType=VOICE).ret == 1
        assert len(at.all(CallStarted)) == 1


async def test_digits_do_not_go_to_users() -> None:
    async with table() as at:
        call, _ = await at.talk()
        with pytest.raises(NotPossible, match="telephones only, and bob is none"):
            await call.dtmf("1")


# -- hold and glare -------------------------------------------------------------------------------------------------


async def test_hold_of_the_other_side_is_shown() -> None:
    async with table() as at:
        call, _ = await at.talk()
        for on in (True, False):
            assert at.say("directAVCallHoldUnHoldReq", sCallId=call.call_id, bOption=on).eReturnCode == 1
        assert at.all(CallHeldByPeer) == [CallHeldByPeer(call.ref, True), CallHeldByPeer(call.ref, False)]


@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_two_who_call_each_other_talk_in_the_call_that_was_answered(
    first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appcall, "GLARE_SECONDS", 0.5)  # not over before it is looked at
    async with table() as at:
        if first == "ours":
            ours, _ = await at.invited()
            call, _ = await at.app_call()
            assert at.sent(RINGING)[0].bIsCallWaiting
        else:
            call, _ = await at.app_call()
            ours, _ = await at.invited()
        await soon(call.answer(video=False))
        assert at.desk.find(ours.ref) is ours, "they may answer it at this very moment"
        ended = await at.told(CallEnded)
        assert (ended.ref, ended.reason) == (ours.ref, EndReason.CANCELLED)
        assert "at the same moment" in (ended.detail or "")
        assert [each.sCallId for each in at.sent(END)] == [ours.call_id]
        assert at.desk.find(THEIRS) is call


@pytest.mark.parametrize("last", ["ours", "theirs"])
async def test_where_both_answer_the_others_call_the_later_one_is_left(last: str) -> None:
    async with table() as at:
        ours, _ = await at.invited()
        call, media = await at.app_call()
        if last == "theirs":
            media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        if last == "ours":
            await soon(answering)
        answer(at, ours)
        media.may_go_on.set()
        await soon(answering)
        ended, left = (call, ours) if last == "ours" else (ours, call)
        assert (at.ended().ref, at.ended().reason) == (ended.ref, EndReason.HUNG_UP)
        assert [each.sCallId for each in at.sent(END)] == [ended.call_id]
        assert at.desk.find(left.ref) is left


async def test_somebody_one_talks_to_can_be_called_once_more() -> None:
    async with table() as at:
        first, _ = await at.talk()
        call, _ = await at.app_call()
        await soon(call.answer(video=False))
        await at.talk()
        assert at.all(CallEnded) == []
        assert at.desk.find(first.ref) is first


async def test_calls_to_others_are_not_withdrawn() -> None:
    async with table() as at:
        ours, _ = await at.invited(Address(AddressKind.USER, "carol"))
        call, _ = await at.app_call(THEIRS)
        await soon(call.answer(video=False))
        assert at.desk.find(ours.ref) is ours


async def test_more_calls_than_anybody_can_take_are_told_that_we_are_busy() -> None:
    async with table() as at:
        for number in range(desk.MAX_CALLS + 2):
            at.say(START, sCallId=f"call-{number}", sSdp=sections(), stCallType=VOICE)
        assert len(at.all(CallStarted)) == desk.MAX_CALLS
        busy = [(each.sCallId, each.uEndStatus, each.sEndReason) for each in at.sent(END)]
        assert busy == [(f"call-{desk.MAX_CALLS + n}", 486, "User busy") for n in (0, 1)]

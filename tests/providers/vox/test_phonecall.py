"""Calls to and from telephones on Vox: credit, early media, digits, and every way in which they end."""

import re
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import SlowMedia, complete, sections
from tests.providers.vox.desk_rig import BOB, CANDIDATE, DID, FAR, FROM_PHONE, PHONE, PSTN, Table, table
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible, RequestFailed
from tuiphone.core.events import CallAnswered, CallEnded, CallRang, CallStarted
from tuiphone.core.ports import Description
from tuiphone.providers.vox import codes, incoming, vox_pb2
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.phonecall import PhoneCallOut

START, EARLY, ANSWER = "callStartReq", "callSessionInProgressSdpReq", "callAnswerReq"
ENDED, END, DTMF = "callEndedReq", "incomingCallEndReq", "sendDtmfToneInCallReq"
ICE_OUT, ICE_IN = "sendIceCandidatesInCallReq", "sendIceCandidatesInIncomingCallReq"
THEIR_SDP = sections(setup="active")


def early(at: Table, call: VoxCall, **more: Any) -> Any:
    """The telephone network is heard."""
    return at.say(EARLY, of=PHONE.text, sCallId=call.call_id, **({"sSdp": THEIR_SDP, "ret": 1} | more))


def answer(at: Table, call: VoxCall, **more: Any) -> Any:
    """The telephone is picked up."""
    return at.say(ANSWER, of=PHONE.text, sCallId=call.call_id, **({"sSdp": THEIR_SDP, "ret": 1} | more))


# -- we call --------------------------------------------------------------------------------------------------------


async def test_a_call_goes_from_start_to_end_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.dial(PHONE)
        facts = (
            ("Kind of call", "Vox telephone call, audio"),
            ("From number", DID),
            ("To number", PHONE.text),
            ("Call id", call.call_id),
        )
        assert at.events == [CallStarted(call.ref, PHONE, CallDirection.OUTGOING, caller=DID, facts=facts)]
        assert re.fullmatch(r"[A-Za-z0-9]{16}", call.call_id)
        sent = await at.sends(START)
        assert (sent.sDstMobNu, sent.sCallId, sent.stCallType) == (PHONE.text, call.call_id, PSTN)
        assert (sent.sSdp, sent.sFromNumber) == (complete(sections()), DID)
        assert not sent.HasField("bIsRecording")
        assert (early(at, call).ret, media.is_started) == (1, False)
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply"])
        assert media.log[2] == ("apply", Description("answer", THEIR_SDP))
        assert at.events[1:] == [CallRang(call.ref, early_media=True)]
        assert at.say(ICE_OUT, of=PHONE.text, sCallId=call.call_id, sJsonIceCandidates=[CANDIDATE]).ret == 1
        await until(lambda: media.candidates == [FAR])
        assert answer(at, call, sSdp=sections("sendonly")).ret == 1
        await at.idle()
        assert media.verbs().count("apply") == 1, "there is one answer to an offer, and early media was it"
        assert at.events[2:] == [CallAnswered(call.ref)]
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        (end,) = at.sent(END)
        assert (end.sDstMobNu, end.sCallId, end.stCallType) == (PHONE.text, call.call_id, PSTN)
        assert (end.sStopTime, end.sMediaServerId) == (at.session.now_ms(), "")
        assert at.numbers == [15, 247]


async def test_without_a_number_of_ours_none_is_named() -> None:
    async with table(from_user="") as at:
        await at.invited(PHONE)
        assert not at.sent(START)[0].HasField("sFromNumber")
        assert ("From number", "chosen by Vox") in at.started().facts
        assert at.started().caller is None


@pytest.mark.parametrize("how", ["asked", "settings", "not"])
async def test_that_we_record_is_said_when_we_call(how: str) -> None:
    async with table(record_calls=how == "settings") as at:
        await at.invited(PHONE, recorded=how == "asked")
        assert at.sent(START)[0].bIsRecording is (how != "not")


async def test_an_answer_without_early_media_has_the_description() -> None:
    async with table() as at:
        _, media = await at.talk(PHONE)
        assert media.log[2] == ("apply", Description("answer", THEIR_SDP))
        assert at.all(CallRang) == []


async def test_progress_without_sound_is_ringing_only_and_the_answer_still_counts() -> None:
    async with table() as at:
        call, media = await at.invited(PHONE)
        early(at, call, sSdp="")
        assert at.all(CallRang) == [CallRang(call.ref)]
        answer(at, call)
        await until(lambda: "apply" in media.verbs())


async def test_an_answer_without_any_description_ends_the_call() -> None:
    async with table() as at:
        call, _ = await at.invited(PHONE)
        answer(at, call, sSdp="")
        assert at.ended().reason is EndReason.FAILED
        assert at.numbers == [15, 247]


@pytest.mark.parametrize("what", ["early media", "answer"])
async def test_a_description_that_media_refuses_ends_the_call(what: str) -> None:
    async with table() as at:
        call, media = await at.invited(PHONE)
        media.fails["apply"] = NegotiationFailed("Nothing in common.")
        (early if what == "early media" else answer)(at, call)
        assert (await at.told(CallEnded)).detail == "Nothing in common."
        assert at.numbers == [15, 247]


@pytest.mark.parametrize("ret", [codes.NO_CREDIT, codes.NO_BALANCE])
@pytest.mark.parametrize("when", ["start", "progress", "answer"])
async def test_no_credit_is_said_in_words(ret: int, when: str) -> None:
    async with table() as at:
        if when == "start":
            at.session.refuses[START] = ret
            await at.dial(PHONE)
        else:
            call, _ = await at.invited(PHONE)
            (early if when == "progress" else answer)(at, call, ret=ret)
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.NO_CREDIT
        assert "not enough credit" in (ended.detail or "")
        assert at.numbers == [15]


@pytest.mark.parametrize(
    ("ret", "reason"), [(codes.INTERNAL, EndReason.FAILED), (codes.INVALID_FIELD, EndReason.BAD_NUMBER)]
)
async def test_another_refusal_says_what_to_do(ret: int, reason: EndReason) -> None:
    async with table() as at:
        at.session.refuses[START] = ret
        await at.dial(PHONE)
        ended = await at.told(CallEnded)
        assert ended.reason is reason
        assert "Check" in (ended.detail or "")


ENDS = [
    (486, "User busy", EndReason.BUSY, "(486 User busy)"),
    (600, "", EndReason.BUSY, "busy"),
    (0, "busy", EndReason.BUSY, "busy"),
    (408, "No answer", EndReason.NO_ANSWER, "Nobody answered"),
    (480, "", EndReason.UNREACHABLE, "not reachable"),
    (404, "", EndReason.BAD_NUMBER, "no such number"),
    (402, "", EndReason.NO_CREDIT, "paid for"),
    (603, "", EndReason.REJECTED, "rejected"),
    (503, "", EndReason.FAILED, "takes no calls now"),
    (0, "", EndReason.NO_ANSWER, "did not answer."),
    (0, "out of credit", EndReason.NO_CREDIT, "paid for"),
    (4_000_000_000, "", EndReason.FAILED, "4000000000"),
]


@pytest.mark.parametrize(("status", "said", "reason", "words"), ENDS)
async def test_how_a_call_ends_that_nobody_answered(status: int, said: str, reason: EndReason, words: str) -> None:
    async with table() as at:
        call, _ = await at.invited(PHONE)
        assert at.say(ENDED, sCallId=call.call_id, sEndStatus=status, sEndReason=said).ret == 1
        assert at.ended().reason is reason
        assert words in (at.ended().detail or "")
        assert at.numbers == [15]


async def test_a_busy_telephone_after_early_media_is_busy() -> None:
    async with table() as at:
        call, _ = await at.invited(PHONE)
        early(at, call)
        at.say(ENDED, sCallId=call.call_id, sEndStatus=486)
        assert at.ended().reason is EndReason.BUSY


async def test_they_hang_up() -> None:
    async with table() as at:
        call, _ = await at.talk(PHONE)
        at.say(ENDED, sCallId=call.call_id, sEndStatus=200, sEndReason="Call ended")
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP)


async def test_nobody_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PhoneCallOut, "ring_seconds", 0.02)
    async with table() as at:
        await at.dial(PHONE)
        assert (await at.told(CallEnded)).reason is EndReason.NO_ANSWER
        assert at.numbers == [15, 247]


async def test_before_it_is_offered_nobody_can_know_of_it() -> None:
    async with table() as at:
        media = SlowMedia()
        media.may_go_on.clear()
        call, _ = await at.dial(PHONE, media=media)
        early(at, call)
        answer(at, call)
        early(at, call, ret=codes.NO_CREDIT)
        assert len(at.events) == 1
        await soon(call.hangup())
        assert at.numbers == []


async def test_after_the_answer_progress_means_nothing() -> None:
    async with table() as at:
        call, _ = await at.talk(PHONE)
        early(at, call, ret=codes.NO_CREDIT)
        answer(at, call, ret=codes.INTERNAL)
        assert at.all(CallRang) == at.all(CallEnded) == []


@pytest.mark.parametrize("number", [PHONE.text, PHONE.text.removeprefix("+")])
async def test_candidates_without_a_call_id_are_found_by_the_number(number: str) -> None:
    async with table() as at:
        call, media = await at.talk(PHONE)
        at.say(ICE_OUT, of=number, sDstNumber="alice", sJsonIceCandidates=[CANDIDATE])
        await until(lambda: media.candidates == [FAR])
        assert at.desk.find(call.ref) is call


async def test_candidates_of_one_of_two_calls_to_a_number_belong_to_neither() -> None:
    async with table() as at:
        _, first = await at.talk(PHONE)
        _, second = await at.talk(PHONE)
        at.say(ICE_OUT, of=PHONE.text, sDstNumber="alice", sJsonIceCandidates=[CANDIDATE])
        await at.idle()
        assert first.candidates == second.candidates == []


async def test_candidates_of_older_servers_come_as_those_of_incoming_calls() -> None:
    async with table() as at:
        call, media = await at.talk(PHONE)
        at.say(ICE_IN, sCallId=call.call_id, sJsonIceCandidates=[CANDIDATE])
        await until(lambda: media.candidates == [FAR])


async def test_a_telephone_has_no_picture() -> None:
    async with table() as at:
        with pytest.raises(NotPossible, match="without video"):
            await at.desk.dial(PHONE, video=True, media=SlowMedia(), recorded=False)
        assert at.events == []
        call, _ = await at.talk(PHONE)
        with pytest.raises(NotPossible, match="without video"):
            await call.camera(True)


# -- digits and mute ------------------------------------------------------------------------------------------------


async def test_digits_go_one_at_a_time() -> None:
    async with table() as at:
        call, _ = await at.talk(PHONE)
        for digit in "1#*":
            await soon(call.dtmf(digit))
        sent = [(each.sDstNumber, each.sCallId, each.sDtmfDigit) for each in at.sent(DTMF)]
        assert sent == [(PHONE.text, call.call_id, digit) for digit in "1#*"]


async def test_digits_that_are_refused_are_an_error_and_the_call_goes_on() -> None:
    async with table() as at:
        call, _ = await at.talk(PHONE)
        at.session.refuses[DTMF] = codes.INVALID_FIELD
        with pytest.raises(RequestFailed):
            await call.dtmf("1")
        assert at.desk.find(call.ref) is call


async def test_a_telephone_is_not_told_of_mute() -> None:
    async with table() as at:
        call, _ = await at.talk(PHONE)
        await call.mute(audio=True, video=True)
        assert at.numbers == [15]
        at.say("directAVCallMediaOnOffReq", sCallId=call.call_id, eMediaType=vox_pb2.MEDIA_VOICE, bOption=False)
        assert at.numbers == [15]


# -- we are called --------------------------------------------------------------------------------------------------


async def test_an_incoming_call_goes_from_ringing_to_end_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.phone_call()
        facts = (
            ("Kind of call", "Vox telephone call, audio"),
            ("From number", PHONE.text),
            ("To number", DID),
            ("Call id", FROM_PHONE),
        )
        assert at.events == [CallStarted(FROM_PHONE, PHONE, CallDirection.INCOMING, caller=DID, facts=facts)]
        assert at.numbers == [], "there is no message that it rings"
        at.say(ICE_IN, of=PHONE.text, sCallId=FROM_PHONE, sJsonIceCandidates=[CANDIDATE], sMediaServerId="ms-7")
        await soon(call.answer(video=True))
        await until(lambda: media.verbs() == ["use_ice", "answer", "add_candidate"])
        (said,) = at.sent("incomingCallAnswerReq")
        assert (said.sDstMobNu, said.sCallId, said.sMediaServerId) == (PHONE.text, FROM_PHONE, "ms-7")
        assert (said.sSdp, said.ullAnswerTime) == (complete(sections(setup="active")), at.session.now_ms())
        assert said.bIsRecording is False
        assert at.events[1:] == [CallAnswered(FROM_PHONE)]
        await soon(call.hangup())
        assert at.ended() == CallEnded(FROM_PHONE, EndReason.HUNG_UP)
        (end,) = at.sent(END)
        assert (end.sDstMobNu, end.sCallId, end.sMediaServerId) == (PHONE.text, FROM_PHONE, "ms-7")
        assert at.numbers == [245, 247]


async def test_the_reply_to_an_offer_names_both_sides() -> None:
    async with table() as at:
        reply = at.say(
            "incomingCallStartReq", of=PHONE.text, sDstMobNu="alice", sCallId=FROM_PHONE, sSdp=sections(), sBrandPin="5"
        )
        assert (reply.ret, reply.sMobNu, reply.sCallId) == (1, "alice", FROM_PHONE)
        assert (reply.sDstNumber, reply.sBrandPin) == ("alice", "5")


@pytest.mark.parametrize("caller", ["", "\x1b]0;boo\x07", "1" * 200])
async def test_a_caller_whose_number_is_none_is_withheld(caller: str) -> None:
    async with table() as at:
        at.say("incomingCallStartReq", of=caller, sCallId=FROM_PHONE, sSdp=sections(), sMediaServerId="ms")
        call, _ = at.ring(FROM_PHONE)
        assert at.started().peer.text == "withheld"
        await soon(call.answer(video=False))
        assert at.sent("incomingCallAnswerReq")[0].sDstMobNu == ""
        await soon(call.hangup())
        assert at.sent(END)[0].sDstMobNu == ""


@pytest.mark.parametrize("talking", [False, True])
async def test_a_caller_who_ends_the_call(talking: bool) -> None:
    async with table() as at:
        call, _ = await at.phone_call()
        if talking:
            await soon(call.answer(video=False))
        assert at.say("incomingCallEndedReq", sCallId=FROM_PHONE, sEndStatus=487, sEndReason="Cancelled").ret == 1
        assert at.ended().reason is (EndReason.REMOTE_HUNG_UP if talking else EndReason.MISSED)
        assert END not in [message.DESCRIPTOR.name for message in at.session.sent]


async def test_refusing_a_call_ends_it() -> None:
    async with table() as at:
        call, _ = await at.phone_call()
        await soon(call.reject())
        assert at.ended() == CallEnded(FROM_PHONE, EndReason.REJECTED)
        assert at.numbers == [247]


async def test_another_device_of_ours_takes_the_call() -> None:
    async with table() as at:
        call, _ = await at.phone_call()
        at.session.refuses["incomingCallAnswerReq"] = codes.ELSEWHERE
        await soon(call.answer(video=False))
        assert at.ended().reason is EndReason.ELSEWHERE
        await at.phone_call("another")
        at.say("callInfoSyncReq", sCallID="another", eCallType=PSTN, eStatus=vox_pb2.ANSWERED)
        assert [each.reason for each in at.all(CallEnded)] == [EndReason.ELSEWHERE] * 2


async def test_a_call_nobody_answers_here_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "RING_SECONDS", 0.02)
    async with table() as at:
        await at.phone_call()
        assert (await at.told(CallEnded)).reason is EndReason.MISSED
        assert at.numbers == [247]


async def test_a_picture_in_the_offer_of_a_telephone_is_refused() -> None:
    async with table() as at:
        call, media = await at.phone_call(sSdp=sections(video="sendrecv"), stCallType=vox_pb2.VIDEO)
        assert not at.started().video
        await soon(call.answer(video=True))
        assert "m=video 0 " in media.log[1][1].sdp


async def test_an_offer_that_media_refuses_ends_the_call() -> None:
    async with table() as at:
        call, media = await at.phone_call()
        media.fails["answer"] = NegotiationFailed("The far side offers no sound.")
        await soon(call.answer(video=False))
        assert at.ended() == CallEnded(FROM_PHONE, EndReason.FAILED, "The far side offers no sound.")
        assert at.numbers == [247]


async def test_a_call_from_a_telephone_is_told_that_it_waits_by_nobody() -> None:
    async with table() as at:
        await at.talk(BOB)
        await at.phone_call()
        assert 295 not in at.numbers

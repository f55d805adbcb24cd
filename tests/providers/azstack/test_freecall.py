"""Calls from user to user on AZStack, with sound or picture, both ways and in every order."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import BOB, BOB_ID, CANDIDATE, CAROL_ID, US, Table, table
from tests.providers.rig import SlowMedia, complete, sections
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed, NotPossible, RequestTimeout
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Candidate, Description
from tuiphone.providers import negotiation
from tuiphone.providers.azstack import desk, freecall
from tuiphone.providers.azstack.call import OngoingCall

FAR = Candidate("candidate:9 1 udp 9 127.0.0.1 5000 typ host", "0", 0)


def answer(**more: Any) -> dict[str, Any]:
    """The other side's answer, as data of a 187."""
    return {"type": "answer", "sdp": sections(setup="active", **more)}


async def invited(at: Table, *, video: bool = False) -> tuple[OngoingCall, SlowMedia]:
    """A call of ours that is on its way to bob."""
    call, media = await at.dial(BOB, video=video)
    await at.sends(186)
    return call, media


async def talk(at: Table, *, video: bool = False) -> tuple[OngoingCall, SlowMedia]:
    """A call of ours that bob picked up."""
    call, media = await invited(at, video=video)
    at.say(188, callId=call.call_id, status=200, **{"from": BOB_ID})
    at.say(187, callId=call.call_id, type=1, data=answer(video="sendrecv" if video else None))
    await until(lambda: "apply" in media.verbs())
    return call, media


async def answered(at: Table, *, video: bool = False, picture: bool = False) -> tuple[OngoingCall, SlowMedia]:
    """A call of bob's that we picked up."""
    call, media = await at.free_call(video=video)
    await soon(call.answer(video=picture))
    return call, media


# -- we call --------------------------------------------------------------------------------------------------------


async def test_a_call_goes_from_start_to_stop_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.dial(BOB)
        started = CallStarted(
            call.ref,
            BOB,
            CallDirection.OUTGOING,
            facts=(("Kind of call", "free call, audio"), ("Call id", f"{call.call_id}")),
        )
        assert at.events == [started], "it is told of before anybody is asked who bob is"
        sent = await at.sends(186)
        offer = {"type": "offer", "sdp": complete(sections())}
        assert sent == {"callId": call.call_id, "mediaType": 1, "to": BOB_ID, "sdp": offer}
        known = Address(AddressKind.USER, "bob", "Bob B.")
        assert at.events[1:] == [CallDescribed(call.ref, (("User id", f"{BOB_ID}"),), peer=known)]
        at.say(188, callId=call.call_id, status=100)
        at.say(188, callId=call.call_id, status=180, **{"from": BOB_ID, "to": US})
        assert at.all(CallRang) == [CallRang(call.ref)]
        at.say(188, callId=call.call_id, status=200, **{"from": BOB_ID, "to": US})
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        await at.idle()
        assert "apply" not in media.verbs(), "the answer follows a moment later"
        at.say(187, callId=call.call_id, type=1, data=answer())
        at.say(187, callId=call.call_id, type=2, data=CANDIDATE)
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply", "add_candidate"])
        assert media.log[2] == ("apply", Description("answer", sections(setup="active")))
        assert media.candidates == [FAR]
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        assert at.sent(188) == [{"callId": call.call_id, "to": BOB_ID, "status": 700}]
        assert at.services == [186, 188]


async def test_a_video_call_offers_a_picture_both_ways() -> None:
    async with table() as at:
        call, _ = await at.dial(BOB, video=True)
        sent = await at.sends(186)
        assert sent["mediaType"] == 2
        assert sent["sdp"]["sdp"] == complete(sections(video="sendrecv"))
        (started,) = at.all(CallStarted)
        assert started.video
        assert dict(started.facts) == {
            "Kind of call": "free call, video",
            "Own picture": "on",
            "Call id": f"{call.call_id}",
        }


async def test_a_user_nobody_knows_ends_the_call_in_words() -> None:
    async with table() as at:
        await at.dial(Address(AddressKind.USER, "nobody"))
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.UNREACHABLE
        assert "no user nobody" in (ended.detail or "")
        assert at.services == []


async def test_calling_oneself_ends_in_words() -> None:
    async with table() as at:
        await at.dial(Address(AddressKind.USER, "alice"))
        assert "this account itself" in ((await at.told(CallEnded)).detail or "")
        assert at.services == []


@pytest.mark.parametrize(
    "error",
    [RequestTimeout("AZStack did not answer in time. Try again."), ConnectionLost("The link is down."), KeyError()],
)
async def test_a_question_for_the_user_that_fails_ends_the_call_in_words(error: Exception) -> None:
    async with table() as at:
        at.people.fails = error
        await at.dial(BOB)
        ended = await at.told(CallEnded)
        assert ended.reason is (EndReason.LOST if isinstance(error, ConnectionLost) else EndReason.FAILED)
        assert ended.detail == (str(error) if isinstance(error, RequestTimeout) else ended.detail)
        assert ended.detail
        assert at.services == [], "nobody knows of the call"


async def test_a_question_for_the_user_that_nobody_answers_is_given_up() -> None:
    async with table(request_timeout=0.02) as at:
        at.people.may_answer.clear()
        await at.dial(BOB)
        assert await at.told(CallEnded) == CallEnded(
            at.all(CallStarted)[0].ref, EndReason.FAILED, "AZStack did not answer in time. Try again."
        )
        assert at.services == []


@pytest.mark.parametrize("when", ["while the user is asked for", "while the offer is made", "after 186"])
async def test_a_call_can_be_cancelled_at_any_time(when: str) -> None:
    async with table() as at:
        media = SlowMedia()
        if when == "while the user is asked for":
            at.people.may_answer.clear()
        if when == "while the offer is made":
            media.may_go_on.clear()
        call, _ = await at.dial(BOB, media=media)
        if when == "while the offer is made":
            await until(lambda: "offer" in media.verbs())
        if when == "after 186":
            await at.sends(186)
        await soon(call.hangup())
        at.people.may_answer.set()
        media.may_go_on.set()
        await at.idle()
        assert at.ended() == CallEnded(call.ref, EndReason.CANCELLED)
        assert at.services == ([186, 188] if when == "after 186" else [])


FINAL = [
    (400, EndReason.NO_ANSWER, "Nobody answered"),
    (600, EndReason.BUSY, "busy"),
    (603, EndReason.REJECTED, "rejected"),
    (700, EndReason.REMOTE_HUNG_UP, ""),
]


@pytest.mark.parametrize(("status", "reason", "words"), FINAL)
@pytest.mark.parametrize("talking", [False, True])
async def test_every_final_status_ends_our_call(status: int, reason: EndReason, words: str, talking: bool) -> None:
    async with table() as at:
        call, _ = await (talk(at) if talking else invited(at))
        at.say(188, callId=call.call_id, status=status, **{"from": BOB_ID})
        assert (at.ended().ref, at.ended().reason) == (call.ref, reason)
        assert words in (at.ended().detail or "")
        assert at.sent(188) == [], "final codes are not replied to"


@pytest.mark.parametrize(
    ("status", "words"), [(100, "connecting (100)"), (0, "unknown status 0"), (999, "unknown status 999")]
)
async def test_other_statuses_change_nothing_but_a_fact(status: int, words: str) -> None:
    async with table() as at:
        call, _ = await invited(at)
        at.say(188, callId=call.call_id, status=status)
        assert at.events[2:] == [CallDescribed(call.ref, (("Status", words),))]


async def test_an_answer_before_the_pick_up_waits_for_it() -> None:
    async with table() as at:
        call, media = await invited(at)
        at.say(187, callId=call.call_id, type=2, data=CANDIDATE)
        at.say(187, callId=call.call_id, type=1, data=answer())
        at.say(187, callId=call.call_id, type=1, data={"type": "answer", "sdp": sections("inactive")})
        await at.idle()
        assert media.verbs() == ["use_ice", "offer"]
        at.say(188, callId=call.call_id, status=200)
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply", "add_candidate"])
        assert media.log[2] == ("apply", Description("answer", sections(setup="active"))), "the first one counts"


async def test_only_the_first_answer_counts() -> None:
    async with table() as at:
        call, media = await talk(at)
        at.say(187, callId=call.call_id, type=1, data={"type": "answer", "sdp": sections("inactive")})
        at.say(188, callId=call.call_id, status=200)
        await at.idle()
        assert (media.verbs().count("apply"), len(at.all(CallAnswered))) == (1, 1)


async def test_a_pick_up_that_no_answer_follows_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freecall, "ANSWER_SECONDS", 0.02)
    async with table() as at:
        call, _ = await invited(at)
        at.say(188, callId=call.call_id, status=200)
        at.say(187, callId=call.call_id, type=1, data={"type": "answer"})
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.FAILED
        assert "not agreed on" in (ended.detail or "")
        assert at.sent(188) == [{"callId": call.call_id, "to": BOB_ID, "status": 700}]


async def test_an_answer_that_media_refuses_ends_the_call_on_both_sides() -> None:
    async with table() as at:
        call, media = await invited(at)
        media.fails["apply"] = NegotiationFailed("The far side's answer does not fit our offer.")
        at.say(188, callId=call.call_id, status=200)
        at.say(187, callId=call.call_id, type=1, data=answer())
        assert await at.told(CallEnded) == CallEnded(
            call.ref, EndReason.FAILED, "The far side's answer does not fit our offer."
        )
        assert at.sent(188)[-1]["status"] == 700


async def test_a_call_that_only_rings_ends_by_itself_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freecall, "UNANSWERED_SECONDS", 0.02)
    async with table() as at:
        await invited(at)
        assert (await at.told(CallEnded)).reason is EndReason.NO_ANSWER
        assert at.sent(188)[-1]["status"] == 700


async def test_a_far_side_without_a_picture_makes_it_a_call_without_one() -> None:
    async with table() as at:
        call, media = await invited(at, video=True)
        at.say(188, callId=call.call_id, status=200)
        at.say(187, callId=call.call_id, type=1, data=answer())
        await until(lambda: "apply" in media.verbs())
        await until(lambda: not call.video)
        assert at.events[-1] == CallDescribed(call.ref, (("Video", "the other side has none"),), video=False)


@pytest.mark.parametrize("status", [100, 180, 200, 400, 600, 603, 700])
async def test_no_other_device_of_ours_has_a_say_in_our_call(status: int) -> None:
    async with table() as at:
        call, _ = await invited(at)
        at.say(199, callId=call.call_id, status=status)
        assert at.desk.find(call.ref) is call


async def test_only_the_one_we_call_is_listened_to() -> None:
    async with table() as at:
        call, _ = await invited(at)
        for status in (180, 200, 603, 700):
            at.say(188, callId=call.call_id, status=status, **{"from": CAROL_ID})
        assert at.all(CallRang) == at.all(CallAnswered) == at.all(CallEnded) == []


async def test_before_it_is_offered_nobody_can_know_of_it() -> None:
    async with table() as at:
        at.people.may_answer.clear()
        call, media = await at.dial(BOB)
        for status in (180, 200, 700):
            at.say(188, callId=call.call_id, status=status)
        at.say(187, callId=call.call_id, type=1, data=answer())
        at.say(187, callId=call.call_id, type=2, data=CANDIDATE)
        assert len(at.events) == 1
        assert media.verbs() == ["use_ice"]


# -- we are called --------------------------------------------------------------------------------------------------


async def test_an_incoming_call_goes_from_ringing_to_stop_as_the_protocol_draws_it() -> None:
    async with table() as at:
        call, media = await at.free_call()
        assert at.all(CallStarted) == [
            CallStarted(
                "9",
                Address(AddressKind.USER, "bob", "Bob B."),
                CallDirection.INCOMING,
                facts=(("Kind of call", "free call, audio"), ("User id", f"{BOB_ID}"), ("Call id", "9")),
            )
        ]
        assert at.sent(188) == [{"callId": 9, "to": BOB_ID, "status": 180}]
        at.say(187, callId=9, type=2, data=CANDIDATE)
        await at.idle()
        assert media.verbs() == ["use_ice"], "nothing is opened before a person answers"
        await soon(call.answer(video=False))
        await until(lambda: media.verbs() == ["use_ice", "answer", "add_candidate"])
        assert media.log[1] == ("answer", Description("offer", sections()))
        own = {"type": "answer", "sdp": complete(sections(setup="active"))}
        assert at.services == [188, 188, 187], "first the pick-up, then the answer"
        assert at.sent(188)[1] == {"callId": 9, "to": BOB_ID, "status": 200}
        assert at.sent(187) == [{"callId": 9, "to": BOB_ID, "type": 1, "data": own}]
        assert at.events[1:] == [CallAnswered("9")]
        await soon(call.hangup())
        assert at.sent(188)[2:] == [{"callId": 9, "to": BOB_ID, "status": 700}]
        assert at.ended() == CallEnded("9", EndReason.HUNG_UP)


@pytest.mark.parametrize("why", ["unknown", "silent", "failing"])
async def test_a_caller_whose_name_is_not_to_be_had_is_called_by_the_number(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freecall, "NAME_SECONDS", 0.02)
    async with table() as at:
        if why == "unknown":
            at.people.known.clear()
        elif why == "silent":
            at.people.may_answer.clear()
        else:
            at.people.fails = RequestTimeout("AZStack did not answer in time.")
        await at.free_call()
        assert at.all(CallStarted)[0].peer == Address(AddressKind.USER, f"{BOB_ID}")


async def test_a_call_given_up_before_its_caller_has_a_name_is_a_missed_call() -> None:
    async with table() as at:
        at.people.may_answer.clear()
        at.say(186, callId=9, mediaType=1, sdp={"type": "offer", "sdp": sections()}, **{"from": BOB_ID})
        assert at.events == []
        at.say(187, callId=9, type=2, data=CANDIDATE)
        at.say(188, callId=9, status=700, **{"from": BOB_ID})
        assert [type(event) for event in at.events] == [CallStarted, CallEnded]
        assert at.ended() == CallEnded("9", EndReason.MISSED, "The caller gave up.")
        at.people.may_answer.set()
        await at.idle()
        assert len(at.events) == 2


@pytest.mark.parametrize("picture", [False, True])
async def test_a_video_call_is_one_also_if_it_is_answered_without_our_picture(picture: bool) -> None:
    async with table() as at:
        call, media = await at.free_call(video=True)
        await soon(call.answer(video=picture))
        assert media.log[-1] == ("answer", Description("offer", sections(video="sendrecv")))
        assert at.sent(187)[0]["data"]["sdp"] == complete(sections(video="sendrecv", setup="active"))
        assert at.events[1:] == [CallAnswered("9"), CallDescribed("9", (("Own picture", "on" if picture else "off"),))]
        sent = len(at.services)
        for on in (True, False, True):
            await soon(call.camera(on))
            assert at.events[-1] == CallDescribed("9", (("Own picture", "on" if on else "off"),))
        assert len(at.services) == sent, "the far side is not told"


async def test_an_offer_that_media_refuses_is_rejected_in_words() -> None:
    async with table() as at:
        call, media = await at.free_call(video=True)
        media.fails["answer"] = NegotiationFailed("The far side offers no sound.")
        await soon(call.answer(video=False))
        assert at.ended() == CallEnded("9", EndReason.FAILED, "The far side offers no sound.")
        assert [sent["status"] for sent in at.sent(188)] == [180, 603]


async def test_a_call_without_video_never_gets_any() -> None:
    async with table() as at:
        offer = {"type": "offer", "sdp": sections(video="sendrecv")}
        call, media = await at.free_call(sdp=offer)
        await soon(call.answer(video=True))
        assert "m=video 0 " in media.log[-1][1].sdp
        with pytest.raises(NotPossible, match="without video"):
            await call.camera(True)


@pytest.mark.parametrize("command", ["reject", "hangup"])
async def test_refusing_a_call_says_603(command: str) -> None:
    async with table() as at:
        call, _ = await at.free_call()
        await soon(getattr(call, command)())
        assert at.ended() == CallEnded("9", EndReason.REJECTED)
        assert at.sent(188)[1:] == [{"callId": 9, "to": BOB_ID, "status": 603}]


async def test_a_call_nobody_answers_here_is_missed_and_says_400() -> None:
    async with table(ring_seconds=0.02) as at:
        await at.free_call()
        assert (await at.told(CallEnded)).reason is EndReason.MISSED
        assert at.sent(188)[1:] == [{"callId": 9, "to": BOB_ID, "status": 400}]


@pytest.mark.parametrize("status", [400, 600, 603, 700])
@pytest.mark.parametrize("talking", [False, True])
async def test_a_caller_who_ends_the_call(status: int, talking: bool) -> None:
    async with table() as at:
        await (answered(at) if talking else at.free_call())
        at.say(188, callId=9, status=status, **{"from": BOB_ID})
        assert at.ended().reason is (EndReason.REMOTE_HUNG_UP if talking else EndReason.MISSED)
        assert (at.ended().detail is None) is talking


@pytest.mark.parametrize("status", [100, 180, 200, 0, 999])
async def test_nothing_else_the_caller_says_ends_it(status: int) -> None:
    async with table() as at:
        call, _ = await at.free_call()
        at.say(188, callId=9, status=status, **{"from": BOB_ID})
        at.say(188, callId=9, status=700, **{"from": CAROL_ID})
        assert at.desk.find("9") is call
        assert at.all(CallRang) == at.all(CallAnswered) == []


ELSEWHERE = [
    (200, EndReason.ELSEWHERE, "Answered on another device"),
    (400, EndReason.MISSED, "gave up ringing"),
    (600, EndReason.BUSY, "as busy"),
    (603, EndReason.REJECTED, "Rejected on another device"),
    (700, EndReason.ELSEWHERE, "Ended on another device"),
]


@pytest.mark.parametrize(("status", "reason", "words"), ELSEWHERE)
async def test_what_another_device_did_ends_the_call_here_in_words(status: int, reason: EndReason, words: str) -> None:
    async with table() as at:
        await at.free_call()
        at.say(199, callId=9, status=status)
        assert at.ended().reason is reason
        assert words in (at.ended().detail or "")
        assert [sent["status"] for sent in at.sent(188)] == [180]


@pytest.mark.parametrize(
    ("status", "words"), [(100, "connecting (100)"), (180, "ringing (180)"), (999, "unknown status 999")]
)
async def test_that_it_rings_elsewhere_too_is_nothing_but_a_fact(status: int, words: str) -> None:
    async with table() as at:
        await at.free_call()
        at.say(199, callId=9, status=status)
        assert at.events[1:] == [CallDescribed("9", (("Other device", words),))]


async def test_that_it_rings_elsewhere_is_not_told_before_the_call_is() -> None:
    async with table() as at:
        at.people.may_answer.clear()
        offer = {"type": "offer", "sdp": sections()}
        at.say(186, callId=9, mediaType=1, to=US, sdp=offer, **{"from": BOB_ID})
        at.say(199, callId=9, status=180)
        assert at.events == []
        at.people.may_answer.set()
        await at.told(CallStarted)
        assert len(at.events) == 1


@pytest.mark.parametrize("what", ["the caller gives up", "another device answers", "we reject", "we hang up"])
async def test_what_ends_the_call_while_its_answer_is_made(what: str) -> None:
    async with table() as at:
        call, media = await at.free_call()
        media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        match what:
            case "the caller gives up":
                at.say(188, callId=9, status=700, **{"from": BOB_ID})
            case "another device answers":
                at.say(199, callId=9, status=200)
            case "we reject":
                await soon(call.reject())
            case _:
                await soon(call.hangup())
        media.may_go_on.set()
        await soon(answering)
        await at.idle()
        assert at.all(CallAnswered) == []
        assert len(at.all(CallEnded)) == 1
        assert at.sent(187) == [], "no answer goes out any more"
        assert [sent["status"] for sent in at.sent(188)] in ([180], [180, 603])


# -- several --------------------------------------------------------------------------------------------------------


async def test_two_users_whose_clocks_made_the_same_id() -> None:
    async with table() as at:
        call, _ = await answered(at)
        at.say(186, callId=9, mediaType=1, sdp={"type": "offer", "sdp": sections()}, **{"from": CAROL_ID})
        await at.idle()
        assert at.sent(188)[-1] == {"callId": 9, "to": CAROL_ID, "status": 600}
        assert at.desk.find("9") is call
        assert len(at.all(CallStarted)) == 1
        await soon(call.hangup())
        at.say(186, callId=9, mediaType=1, sdp={"type": "offer", "sdp": sections()}, **{"from": CAROL_ID})
        assert (await at.told(CallStarted, 2)).peer.text == "carol", "the one before is over, and was another's"


async def test_both_call_each_other_in_the_same_second() -> None:
    async with table() as at:
        ours, _ = await invited(at)
        offer = {"type": "offer", "sdp": sections()}
        at.say(186, callId=ours.call_id, mediaType=1, sdp=offer, **{"from": BOB_ID})
        assert at.sent(188) == [{"callId": ours.call_id, "to": BOB_ID, "status": 600}]
        at.say(188, callId=ours.call_id, status=600, **{"from": BOB_ID})
        assert at.ended().reason is EndReason.BUSY


async def test_an_offer_of_our_own_that_comes_back_is_nothing() -> None:
    async with table() as at:
        ours, _ = await invited(at)
        offer = {"type": "offer", "sdp": sections()}
        at.say(186, callId=ours.call_id, mediaType=1, sdp=offer, **{"from": US})
        assert (at.sent(188), len(at.all(CallStarted))) == ([], 1)


async def test_announced_twice_it_is_one_call_and_once_over_it_stays_over() -> None:
    async with table() as at:
        offer = {"type": "offer", "sdp": sections()}
        call, _ = await at.free_call()
        at.say(186, callId=9, mediaType=1, sdp=offer, **{"from": BOB_ID})
        await soon(call.reject())
        at.say(186, callId=9, mediaType=1, sdp=offer, **{"from": BOB_ID})
        await at.idle()
        assert len(at.all(CallStarted)) == 1
        assert [sent["status"] for sent in at.sent(188)] == [180, 603]


async def test_one_call_too_many_is_told_that_we_are_busy() -> None:
    async with table() as at:
        offer = {"type": "offer", "sdp": sections()}
        for call_id in range(desk.MAX_CALLS + 1):
            at.say(186, callId=call_id, mediaType=1, sdp=offer, **{"from": BOB_ID})
        await at.told(CallStarted, desk.MAX_CALLS)
        assert at.sent(188) == [{"callId": desk.MAX_CALLS, "to": BOB_ID, "status": 600}]


async def test_a_flood_of_candidates_is_taken_up_to_a_limit() -> None:
    async with table() as at:
        call, media = await at.free_call()
        for _ in range(negotiation.MAX_CANDIDATES * 3):
            at.say(187, callId=9, type=2, data=CANDIDATE)
        await soon(call.answer(video=False))
        for _ in range(100):
            at.say(187, callId=9, type=2, data=CANDIDATE)
        await until(lambda: len(media.candidates) == negotiation.MAX_CANDIDATES)
        await at.idle()
        assert len(media.candidates) == negotiation.MAX_CANDIDATES

"""Calls from telephones to us on AZStack: answered here, elsewhere, by nobody, and given up."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import BOB, NUMBERS, Table, table
from tests.providers.rig import SlowMedia, complete, sections
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Description, IceServer
from tuiphone.providers.azstack import desk
from tuiphone.providers.azstack.call import OngoingCall

CALLER = "84912345678"


def status(code: int, *, call_id: Any = 7, **more: Any) -> dict[str, Any]:
    """A 506 of ours."""
    return {"callId": call_id, "callType": 2, "destination": CALLER, "phonenumber": NUMBERS[0], "code": code} | more


async def answered(at: Table) -> tuple[OngoingCall, SlowMedia]:
    """A call that we picked up."""
    call, media = await at.callin()
    await soon(call.answer(video=False))
    return call, media


async def test_a_call_goes_from_ringing_to_hanging_up_as_the_protocol_draws_it() -> None:
    async with table(tags="support") as at:
        call, media = await at.callin()
        assert at.all(CallStarted) == [
            CallStarted(
                "7",
                Address(AddressKind.PHONE, CALLER),
                CallDirection.INCOMING,
                caller=NUMBERS[0],
                facts=(
                    ("Kind of call", "call-in (paid), audio"),
                    ("From number", CALLER),
                    ("To number", NUMBERS[0]),
                    ("Call id", "7"),
                ),
            )
        ]
        assert at.sent(506) == [status(183)]
        assert media.verbs() == ["use_ice"], "nothing is opened before a person answers"
        assert media.ice == ((IceServer(("stun:stun.example.net:3478",)),), True)
        await soon(call.answer(video=False))
        assert media.log[-1] == ("answer", Description("offer", sections()))
        own = complete(sections(setup="active"))
        assert at.sent(506)[1] == status(200, tags="support", sdp_candidate=own)
        assert at.events[1:] == [CallAnswered("7")]
        await soon(call.hangup())
        assert at.sent(506)[2:] == [status(700, tags="support")]
        assert at.ended() == CallEnded("7", EndReason.HUNG_UP)


async def test_it_is_told_of_before_the_caller_hears_that_it_rings() -> None:
    async with table() as at:
        at.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        assert len(at.all(CallStarted)) == 1
        assert at.services == []
        at.call("7").ring(None)
        assert at.sent(506) == [status(183)]


@pytest.mark.parametrize("call_id", [7, "7", "abc-1", 2**53 + 1])
@pytest.mark.parametrize("call_type", [2, "two", None, [1, {"a": None}], 0, False])
async def test_id_and_type_are_echoed_as_they_came(call_id: Any, call_type: Any) -> None:
    async with table() as at:
        call, _ = await at.callin(call_id, callType=call_type)
        await soon(call.reject())
        for sent in at.sent(506):
            assert sent["callId"] == call_id
            assert type(sent["callId"]) is type(call_id)
            assert sent.get("callType") == call_type
        assert call.ref == f"{call_id}"


async def test_a_caller_who_withholds_the_number_is_shown_as_that_and_echoed_as_it_came() -> None:
    async with table() as at:
        call, _ = await at.callin(**{"from": ""})
        assert at.all(CallStarted)[0].peer == Address(AddressKind.PHONE, "withheld")
        await soon(call.reject())
        assert at.sent(506)[-1]["destination"] == ""


# -- what we do -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["reject", "hangup"])
async def test_refusing_a_call_says_702(command: str) -> None:
    async with table(tags="t") as at:
        call, media = await at.callin()
        await soon(getattr(call, command)())
        assert at.sent(506)[1:] == [status(702, tags="t")]
        assert at.ended() == CallEnded("7", EndReason.REJECTED)
        assert "answer" not in media.verbs()


async def test_a_call_nobody_answers_here_is_missed_and_says_403() -> None:
    async with table(ring_seconds=0.02) as at:
        await at.callin()
        ended = await at.told(CallEnded)
        assert (ended.ref, ended.reason) == ("7", EndReason.MISSED)
        assert at.sent(506)[1:] == [status(403)]


async def test_a_call_that_is_being_answered_is_not_given_up() -> None:
    async with table(ring_seconds=0.05) as at:
        call, _ = await answered(at)
        assert call._timer is not None
        assert call._timer.cancelled()
        assert at.all(CallEnded) == []


async def test_answering_twice_is_refused_in_words_and_answers_once() -> None:
    async with table() as at:
        call, media = await answered(at)
        with pytest.raises(NotPossible, match="already"):
            await call.answer(video=False)
        assert media.verbs().count("answer") == 1
        assert len(at.all(CallAnswered)) == 1


async def test_answering_while_the_answer_is_made_is_refused_in_words() -> None:
    async with table() as at:
        call, media = await at.callin()
        media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        with pytest.raises(NotPossible, match="already"):
            await call.answer(video=False)
        media.may_go_on.set()
        await soon(answering)
        assert len(at.all(CallAnswered)) == 1


async def test_it_cannot_be_answered_before_it_rings_here() -> None:
    async with table() as at:
        at.say(505, callId=7, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        with pytest.raises(NotPossible, match="only just coming in"):
            await at.call("7").answer(video=False)


async def test_without_sound_it_is_rejected_in_words() -> None:
    async with table() as at:
        at.say(505, callId=7, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        at.call("7").ring(None)
        await soon(at.call("7").answer(video=False))
        assert at.ended().reason is EndReason.FAILED
        assert "no sound" in (at.ended().detail or "")
        assert at.sent(506)[-1]["code"] == 702


async def test_an_offer_that_media_refuses_is_rejected_in_words() -> None:
    async with table() as at:
        call, media = await at.callin(sdp_candidate="v=0 nonsense")
        media.fails["answer"] = NegotiationFailed("The far side offers no sound.")
        await soon(call.answer(video=False))
        assert at.ended() == CallEnded("7", EndReason.FAILED, "The far side offers no sound.")
        assert [sent["code"] for sent in at.sent(506)] == [183, 702]
        assert at.all(CallAnswered) == []


async def test_a_telephone_gets_no_video_whatever_it_offers() -> None:
    async with table() as at:
        call, media = await at.callin(sdp_candidate=sections(video="sendrecv"))
        await soon(call.answer(video=True))
        assert "m=video 0 " in media.log[-1][1].sdp
        assert at.all(CallStarted)[0].video is False


@pytest.mark.parametrize("command", ["reject", "hangup"])
async def test_giving_up_while_the_answer_is_made_rejects_the_call(command: str) -> None:
    async with table() as at:
        call, media = await at.callin()
        media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        await soon(getattr(call, command)())
        media.may_go_on.set()
        await soon(answering)
        await at.idle()
        assert at.ended() == CallEnded("7", EndReason.REJECTED)
        assert [sent["code"] for sent in at.sent(506)] == [183, 702], "it must not be picked up after that"
        assert at.all(CallAnswered) == []


# -- what the caller does -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "words"), [(702, "The caller gave up."), (700, "The caller hung up.")])
async def test_a_caller_who_is_gone_before_the_answer_was_missed(code: int, words: str) -> None:
    async with table() as at:
        await at.callin()
        at.say(506, callId=7, code=code)
        assert at.ended() == CallEnded("7", EndReason.MISSED, words)
        assert len(at.sent(506)) == 1, "final codes are not replied to"


async def test_a_caller_who_gives_up_while_the_answer_is_made_was_missed() -> None:
    async with table() as at:
        call, media = await at.callin()
        media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        at.say(506, callId=7, code=702)
        media.may_go_on.set()
        await soon(answering)
        await at.idle()
        assert at.ended().reason is EndReason.MISSED
        assert [sent["code"] for sent in at.sent(506)] == [183]
        assert at.all(CallAnswered) == []


@pytest.mark.parametrize("code", [700, 702])
async def test_a_caller_who_hangs_up(code: int) -> None:
    async with table() as at:
        await answered(at)
        at.say(506, callId=7, code=code)
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP
        assert [sent["code"] for sent in at.sent(506)] == [183, 200]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (183, "ringing (183)"),
        (200, "answered (200)"),
        (403, "not answered (403)"),
        (486, "busy (486)"),
        (0, "unknown status 0"),
        (999, "unknown status 999"),
    ],
)
async def test_other_codes_change_nothing_but_a_fact(code: int, words: str) -> None:
    async with table() as at:
        await at.callin()
        at.say(506, callId=7, code=code)
        assert at.events[1:] == [CallDescribed("7", (("Status", words),))]


# -- what other devices of ours do ----------------------------------------------------------------------------------

ELSEWHERE = [
    (200, EndReason.ELSEWHERE, "Answered on another device"),
    (486, EndReason.BUSY, "as busy"),
    (702, EndReason.REJECTED, "Rejected on another device"),
    (700, EndReason.ELSEWHERE, "Ended on another device"),
    (403, EndReason.MISSED, "gave up ringing"),
]


@pytest.mark.parametrize(("code", "reason", "words"), ELSEWHERE)
async def test_what_another_device_did_ends_the_call_here_in_words(code: int, reason: EndReason, words: str) -> None:
    async with table() as at:
        await at.callin()
        at.say(508, callId=7, code=code)
        assert at.ended().reason is reason
        assert words in (at.ended().detail or "")
        assert len(at.sent(506)) == 1


@pytest.mark.parametrize(
    ("code", "words"), [(183, "ringing (183)"), (0, "unknown status 0"), (999, "unknown status 999")]
)
async def test_that_it_rings_elsewhere_too_is_nothing_but_a_fact(code: int, words: str) -> None:
    async with table() as at:
        await at.callin()
        at.say(508, callId=7, code=code)
        assert at.events[1:] == [CallDescribed("7", (("Other device", words),))]


async def test_another_device_that_answers_while_ours_does_has_it() -> None:
    async with table() as at:
        call, media = await at.callin()
        media.may_go_on.clear()
        answering = asyncio.create_task(call.answer(video=False))
        await until(lambda: "answer" in media.verbs())
        at.say(508, callId=7, code=200)
        media.may_go_on.set()
        await soon(answering)
        await at.idle()
        assert at.ended().reason is EndReason.ELSEWHERE
        assert [sent["code"] for sent in at.sent(506)] == [183]


# -- several --------------------------------------------------------------------------------------------------------


async def test_a_second_call_waits_beside_the_first() -> None:
    async with table() as at:
        first, _ = await answered(at)
        second, _ = await at.callin(8)
        at.say(506, callId=8, code=702)
        assert at.ended().ref == second.ref
        assert at.desk.find(first.ref) is first


async def test_announced_twice_it_is_one_call_and_once_over_it_stays_over() -> None:
    async with table() as at:
        call, _ = await at.callin()
        for _ in range(2):
            at.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        await soon(call.reject())
        at.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        assert len(at.all(CallStarted)) == 1
        assert at.sent(506)[-1]["code"] == 702


async def test_a_server_that_counts_from_the_beginning_again_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PAST_SECONDS", 0.0)
    async with table() as at:
        call, _ = await at.callin()
        await soon(call.reject())
        again, _ = await at.callin()
        assert again.ref == "7-2", "a name is used once"
        other, _ = await at.callin(8)
        assert other.ref == "8"


async def test_an_id_of_ours_of_another_kind_is_another_call() -> None:
    async with table() as at:
        ours, _ = await at.dial()
        free, _ = await at.dial(BOB)
        theirs, _ = await at.callin(ours.call_id)
        assert (theirs.ref, theirs.call_id) == (f"{ours.ref}-2", ours.call_id)
        at.say(506, callId=ours.call_id, code=702)
        assert at.ended().ref == theirs.ref
        at.say(506, callId=free.call_id, code=702)
        at.say(508, callId=ours.call_id, code=200)
        assert len(at.all(CallEnded)) == 1
        assert at.desk.find(ours.ref) is ours


async def test_one_call_too_many_is_told_that_we_are_busy() -> None:
    async with table() as at:
        for call_id in range(desk.MAX_CALLS):
            at.say(505, callId=call_id + 1, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        at.say(505, callId=99, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        assert len(at.all(CallStarted)) == desk.MAX_CALLS
        assert at.sent(506) == [status(486, call_id=99)]
        at.say(506, callId=1, code=702)
        at.say(505, callId=99, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **{"from": CALLER})
        assert at.all(CallStarted)[-1].ref == "99", "when there is room again it may come"

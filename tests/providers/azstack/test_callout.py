"""Calls to telephones on AZStack: every answer the server can give, and everything it can leave out."""

from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import NUMBERS, PHONE, Table, table
from tests.providers.rig import SlowMedia, complete, sections
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Description, IceServer
from tuiphone.providers import negotiation
from tuiphone.providers.azstack import call as call_module
from tuiphone.providers.azstack.call import OngoingCall
from tuiphone.providers.azstack.messages import CalloutGarbled

NUMBER = PHONE.text


async def offered(at: Table) -> tuple[OngoingCall, SlowMedia]:
    """A call that the server takes; our offer is out."""
    call, media = await at.dial()
    at.say(610, callId=call.call_id, status=100)
    at.say(504, callId=call.call_id)
    await at.sends(501)
    return call, media


async def talk(at: Table) -> tuple[OngoingCall, SlowMedia]:
    """A call that somebody picked up."""
    call, media = await offered(at)
    at.say(503, callId=call.call_id, code=200, sdp_candidate=sections())
    await until(lambda: "apply" in media.verbs())
    return call, media


async def test_a_call_goes_from_start_to_stop_as_the_protocol_draws_it() -> None:
    async with table(tags="support") as at:
        call, media = await at.dial()
        assert at.all(CallStarted) == [
            CallStarted(
                call.ref,
                PHONE,
                CallDirection.OUTGOING,
                caller=NUMBERS[0],
                facts=(
                    ("Kind of call", "call-out (paid), audio"),
                    ("From number", NUMBERS[0]),
                    ("To number", NUMBER),
                    ("Tags", "support"),
                    ("Call id", call.ref),
                ),
            )
        ]
        assert at.all(CallStarted)[0].media is media
        start = {"callId": call.call_id, "to": NUMBER, "from": NUMBERS[0], "tags": "support"}
        assert at.sent(500) == [start]
        assert call.ref == f"{call.call_id}", "so that the server's log and ours are one"
        at.say(610, callId=call.call_id, status=100)
        await at.idle()
        assert media.verbs() == ["use_ice"], "nothing is offered before the server wants it"
        at.say(504, callId=call.call_id)
        offer = await at.sends(501)
        assert offer == {"callId": call.call_id, "to": NUMBER, "sdp_candidate": complete(sections())}
        at.say(503, callId=call.call_id, code=100)
        at.say(503, callId=call.call_id, code=183)
        assert at.all(CallRang) == [CallRang(call.ref, early_media=False)]
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections(setup="active"))
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply"])
        assert media.log[-1] == ("apply", Description("answer", sections(setup="active")))
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        assert at.sent(502) == [{"callId": call.call_id, "to": NUMBER}]
        assert at.services == [500, 501, 502]


@pytest.mark.parametrize(
    ("caller", "numbers", "said"),
    [
        (None, NUMBERS, NUMBERS[0]),
        (NUMBERS[1], NUMBERS, NUMBERS[1]),
        ("alice", NUMBERS, NUMBERS[0]),
        ("84777", NUMBERS, NUMBERS[0]),
        (None, (), None),
        ("alice", (), None),
    ],
)
async def test_the_number_called_from_is_one_of_the_settings(
    caller: str | None, numbers: tuple[str, ...], said: str | None
) -> None:
    async with table(numbers=numbers) as at:
        await at.dial(caller=caller)
        assert at.sent(500)[0].get("from") == said
        (started,) = at.all(CallStarted)
        assert started.caller == said
        assert dict(started.facts)["From number"] == (said or "chosen by AZStack")
        assert "tags" not in at.sent(500)[0]


async def test_ids_are_made_from_the_clock_and_never_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    async with table() as at:
        monkeypatch.setattr("tuiphone.providers.azstack.desk.time.time", lambda: 1_700_000_000.9)
        ids = [(await at.dial())[0].call_id for _ in range(3)]
        assert ids == [1_700_000_000, 1_700_000_001, 1_700_000_002]


@pytest.mark.parametrize(("ours", "expected"), [(None, "stun:stun.example.net:3478"), ((), None), ("turn:t", "turn:t")])
async def test_ice_servers_of_the_settings_come_before_those_of_the_log_in(ours: Any, expected: str | None) -> None:
    servers = (IceServer((ours,)),) if isinstance(ours, str) else ours
    async with table(ice_servers=servers) as at:
        _, media = await at.dial()
        assert media.ice == (() if expected is None else (IceServer((expected,)),), True)


async def test_without_a_connection_nothing_is_called() -> None:
    async with table() as at:
        at.desk.close()
        with pytest.raises(ConnectionLost, match="not connected"):
            await at.dial()
        assert at.events == []


async def test_a_telephone_cannot_be_called_with_video() -> None:
    async with table() as at:
        with pytest.raises(NotPossible, match="without video"):
            await at.dial(video=True)
        assert (at.events, at.services) == ([], [])


async def test_without_sound_nothing_is_asked_of_the_server() -> None:
    async with table() as at:
        await at.desk.dial(PHONE, video=False, caller=None, media=None)
        assert (at.ended().reason, at.services) == (EndReason.FAILED, [])
        assert "no sound" in (at.ended().detail or "")


# -- the first answer -----------------------------------------------------------------------------------------------

REFUSALS = [
    (402, -3, EndReason.BUSY, "busy"),
    (402, -4, EndReason.NO_CREDIT, "not enough money"),
    (402, -5, EndReason.BAD_NUMBER, "no such number"),
    (402, -99, EndReason.FAILED, "402, -99"),
    (402, None, EndReason.FAILED, "402"),
    (404, None, EndReason.FAILED, "not let you call from this number"),
    (500, None, EndReason.FAILED, "500"),
    (0, 0, EndReason.FAILED, "0, 0"),
]


@pytest.mark.parametrize(("status", "error", "reason", "words"), REFUSALS)
async def test_every_refusal_ends_the_call_in_words(
    status: int, error: int | None, reason: EndReason, words: str
) -> None:
    async with table() as at:
        call, media = await at.dial()
        at.say(610, callId=call.call_id, status=status, **({} if error is None else {"chargingError": error}))
        assert (at.ended().ref, at.ended().reason) == (call.ref, reason)
        assert words in (at.ended().detail or "")
        at.say(504, callId=call.call_id)
        await at.idle()
        assert at.services == [500], "the server ended it, so nobody has to be told, and nothing is offered"
        assert media.verbs() == ["use_ice"]


@pytest.mark.parametrize("first", [[504], [504, 610], [504, 504], [610, 504, 610, 504]])
async def test_the_go_ahead_may_come_alone_early_or_twice(first: list[int]) -> None:
    async with table() as at:
        call, media = await at.dial()
        for service in first:
            at.say(service, callId=call.call_id, status=100)
        await at.sends(501)
        at.say(504, callId=call.call_id)
        await at.idle()
        assert media.verbs() == ["use_ice", "offer"], "one offer, however often it is asked for"
        assert len(at.sent(501)) == 1


async def test_a_start_that_nobody_answers_is_given_up_and_stopped() -> None:
    async with table(request_timeout=0.02) as at:
        call, media = await at.dial()
        ended = await at.told(CallEnded)
        assert ended == CallEnded(call.ref, EndReason.FAILED, "AZStack did not answer in time. Try again.")
        assert at.sent(502) == [{"callId": call.call_id, "to": NUMBER}], "the server must not ring for nobody"
        at.say(504, callId=call.call_id)
        await at.idle()
        assert "offer" not in media.verbs()


async def test_a_success_without_a_go_ahead_is_given_up_as_well() -> None:
    async with table(request_timeout=0.02) as at:
        call, _ = await at.dial()
        at.say(610, callId=call.call_id, status=100)
        assert (await at.told(CallEnded)).reason is EndReason.FAILED
        assert len(at.sent(502)) == 1


async def test_a_call_that_only_rings_ends_by_itself_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.azstack.callout.UNANSWERED_SECONDS", 0.02)
    async with table() as at:
        call, _ = await offered(at)
        assert (await at.told(CallEnded)).reason is EndReason.NO_ANSWER
        assert at.sent(502) == [{"callId": call.call_id, "to": NUMBER}]


async def test_an_answered_call_may_last() -> None:
    assert call_module.UNANSWERED_SECONDS > 60
    async with table(request_timeout=0.02) as at:
        call, _ = await talk(at)
        assert call._timer is not None
        assert call._timer.cancelled()


@pytest.mark.parametrize("service", [610, 504])
async def test_a_first_answer_that_cannot_be_read_ends_the_call_that_waits_for_it(service: int) -> None:
    async with table() as at:
        call, _ = await at.dial()
        at.take(CalloutGarbled(service))
        assert (at.ended().ref, at.ended().reason) == (call.ref, EndReason.FAILED)
        assert "cannot be read" in (at.ended().detail or "")
        assert len(at.sent(502)) == 1


async def test_a_first_answer_that_cannot_be_read_harms_no_other_call() -> None:
    async with table() as at:
        at.take(CalloutGarbled(610))
        await talk(at)
        at.take(CalloutGarbled(504))
        await at.dial()
        await at.dial()
        at.take(CalloutGarbled(610))
        assert at.all(CallEnded) == [], "of two that wait nobody knows which was meant; they have a time limit"


# -- progress -------------------------------------------------------------------------------------------------------

FINAL = [
    (403, EndReason.REJECTED, "rejected"),
    (408, EndReason.UNREACHABLE, "not reachable"),
    (480, EndReason.NO_ANSWER, "Nobody answered"),
    (486, EndReason.BUSY, "busy"),
    (487, EndReason.CANCELLED, "ended before"),
    (503, EndReason.UNREACHABLE, "no signal"),
    (700, EndReason.REMOTE_HUNG_UP, ""),
    (702, EndReason.NO_CREDIT, "run out"),
    (599, EndReason.BUSY, "599"),
    (400, EndReason.BUSY, "400"),
    (100_000, EndReason.BUSY, "100000"),
]
PASSING = [(100, "connecting (100)"), (199, "unknown status 199"), (0, "unknown status 0"), (-1, "unknown status -1")]
RINGING = [(180, "ringing (180)"), (183, "ringing (183)")]


@pytest.mark.parametrize(("code", "reason", "words"), FINAL)
@pytest.mark.parametrize("answered", [False, True])
async def test_every_final_code_ends_the_call(code: int, reason: EndReason, words: str, answered: bool) -> None:
    async with table() as at:
        call, _ = await (talk(at) if answered else offered(at))
        at.say(503, callId=call.call_id, code=code)
        assert (at.ended().ref, at.ended().reason) == (call.ref, reason)
        assert words in (at.ended().detail or "")
        at.say(503, callId=call.call_id, code=code)
        await soon(call.hangup())
        assert at.sent(502) == [], "nobody is left to hang up on"


@pytest.mark.parametrize(("code", "words"), PASSING)
async def test_codes_that_are_not_final_change_nothing_but_a_fact(code: int, words: str) -> None:
    async with table() as at:
        call, _ = await offered(at)
        at.say(503, callId=call.call_id, code=code)
        assert at.events[1:] == [CallDescribed(call.ref, (("Status", words),))]


@pytest.mark.parametrize(("code", "words"), RINGING)
async def test_both_codes_of_ringing_ring_and_bring_no_sound(code: int, words: str) -> None:
    async with table() as at:
        call, media = await offered(at)
        at.say(503, callId=call.call_id, code=code, sdp_candidate=sections())
        assert at.events[1:] == [CallDescribed(call.ref, (("Status", words),)), CallRang(call.ref)]
        await at.idle()
        assert "apply" not in media.verbs()


async def test_ringing_before_the_go_ahead_is_ringing_and_after_the_answer_nothing() -> None:
    async with table() as at:
        call, _ = await at.dial()
        at.say(503, callId=call.call_id, code=183)
        assert len(at.all(CallRang)) == 1
        at.say(504, callId=call.call_id)
        await at.sends(501)
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections())
        at.say(503, callId=call.call_id, code=183)
        assert len(at.all(CallRang)) == 1


async def test_an_answer_said_twice_is_one() -> None:
    async with table() as at:
        call, media = await talk(at)
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections("inactive"))
        at.say(503, callId=call.call_id, code=200)
        await at.idle()
        assert (len(at.all(CallAnswered)), media.verbs().count("apply")) == (1, 1)
        assert at.all(CallEnded) == []


@pytest.mark.parametrize("sdp", [None, "", 7, "v=0" * 30_000])
async def test_a_pick_up_without_an_answer_that_can_be_used_ends_the_call_on_both_sides(sdp: Any) -> None:
    async with table() as at:
        call, _ = await offered(at)
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sdp)
        assert (at.ended().ref, at.ended().reason) == (call.ref, EndReason.FAILED)
        assert "not agreed on" in (at.ended().detail or "")
        assert (len(at.sent(502)), at.all(CallAnswered)) == (1, [])


async def test_an_answer_that_media_refuses_ends_the_call_on_both_sides() -> None:
    async with table() as at:
        call, media = await offered(at)
        media.fails["apply"] = NegotiationFailed("The far side's sound cannot be used: it is not encrypted.")
        at.say(503, callId=call.call_id, code=200, sdp_candidate="v=0")
        ended = await at.told(CallEnded)
        assert ended == CallEnded(
            call.ref, EndReason.FAILED, "The far side's sound cannot be used: it is not encrypted."
        )
        assert len(at.sent(502)) == 1


@pytest.mark.parametrize("error", [NegotiationFailed("No way out."), ValueError("a bug")])
async def test_an_offer_that_media_cannot_make_ends_the_call_on_both_sides(error: Exception) -> None:
    async with table() as at:
        media = SlowMedia()
        media.fails["offer"] = error
        call, _ = await at.dial(media=media)
        at.say(504, callId=call.call_id)
        ended = await at.told(CallEnded)
        assert ended.reason is EndReason.FAILED
        assert ended.detail == (str(error) if isinstance(error, NegotiationFailed) else ended.detail)
        assert (at.sent(501), len(at.sent(502))) == ([], 1)
        assert call.is_over


async def test_media_that_takes_too_long_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "STEP_SECONDS", 0.02)
    async with table() as at:
        media = SlowMedia()
        media.may_go_on.clear()
        call, _ = await at.dial(media=media)
        at.say(504, callId=call.call_id)
        ended = await at.told(CallEnded)
        assert (ended.ref, ended.reason) == (call.ref, EndReason.FAILED)
        assert "too long" in (ended.detail or "")
        assert len(at.sent(502)) == 1


@pytest.mark.parametrize("when", ["before 504", "while the offer is made"])
async def test_an_answer_before_our_offer_ends_the_call_and_nothing_else(when: str) -> None:
    async with table() as at:
        media = SlowMedia()
        media.may_go_on.clear()
        call, _ = await at.dial(media=media)
        if when != "before 504":
            at.say(504, callId=call.call_id)
            await until(lambda: "offer" in media.verbs())
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections())
        media.may_go_on.set()
        await at.idle()
        assert at.ended().reason is EndReason.FAILED
        assert "before it was set up" in (at.ended().detail or "")
        assert (len(at.sent(502)), at.sent(501), "apply" in media.verbs()) == (1, [], False)


async def test_a_final_code_before_the_go_ahead_ends_the_call() -> None:
    async with table() as at:
        call, _ = await at.dial()
        at.say(503, callId=call.call_id, code=486)
        at.say(504, callId=call.call_id)
        await at.idle()
        assert at.ended().reason is EndReason.BUSY
        assert at.sent(501) == []


# -- stopping -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before 504", "while the offer is made", "after 501", "while it rings"])
async def test_a_call_can_be_cancelled_at_any_time(when: str) -> None:
    async with table() as at:
        media = SlowMedia()
        call, _ = await at.dial(media=media)
        if when == "while the offer is made":
            media.may_go_on.clear()
        if when != "before 504":
            at.say(504, callId=call.call_id)
            await until(lambda: "offer" in media.verbs())
        if when in ("after 501", "while it rings"):
            await at.sends(501)
        if when == "while it rings":
            at.say(503, callId=call.call_id, code=183)
        await soon(call.hangup())
        media.may_go_on.set()
        await at.idle()
        assert at.ended() == CallEnded(call.ref, EndReason.CANCELLED)
        assert at.services[-1] == 502, "nothing is said of a call that has been stopped"
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections())
        at.say(504, callId=call.call_id)
        at.say(610, callId=call.call_id, status=402)
        await at.idle()
        assert len(at.all(CallEnded)) == 1
        assert at.desk.find(call.ref) is None


async def test_hanging_up_while_the_answer_is_taken_ends_the_call_once() -> None:
    async with table() as at:
        call, media = await offered(at)
        media.may_go_on.clear()
        at.say(503, callId=call.call_id, code=200, sdp_candidate=sections())
        await until(lambda: "apply" in media.verbs())
        await soon(call.hangup())
        media.fails["apply"] = NegotiationFailed("The call is over.")
        media.may_go_on.set()
        await at.idle()
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)


async def test_a_call_of_ours_can_be_neither_answered_nor_rejected() -> None:
    async with table() as at:
        call, _ = await at.dial()
        for command in (call.answer(video=False), call.reject()):
            with pytest.raises(NotPossible, match="one of ours"):
                await command
        with pytest.raises(NotPossible, match="without video"):
            await call.camera(True)


async def test_only_the_first_end_of_a_call_counts_and_no_clock_runs_on() -> None:
    async with table() as at:
        call, _ = await offered(at)
        assert call._timer is not None
        assert not call._timer.cancelled()
        call.end(EndReason.BUSY)
        call.end(EndReason.FAILED)
        call.leave(EndReason.FAILED)
        assert at.ended() == CallEnded(call.ref, EndReason.BUSY)
        assert call._timer.cancelled()


async def test_several_calls_go_on_at_once_and_each_gets_what_is_its_own() -> None:
    async with table() as at:
        first, _ = await talk(at)
        second, _ = await at.dial(Address(AddressKind.PHONE, "+84900000486"))
        at.say(504, callId=second.call_id)
        await at.sends(501, 2)
        assert at.sent(500)[1]["to"] == "+84900000486"
        at.say(503, callId=second.call_id, code=486)
        assert at.ended().ref == second.ref
        assert at.desk.find(first.ref) is first

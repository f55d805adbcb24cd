"""Calls of ours: what is sent, what is told, and every way in which they are answered or not."""

import asyncio

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import BOB, PHONE, Media, sdp, table
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, CallStarted
from tuiphone.core.model import Address, AddressKind

ANSWER = sdp(setup="active")


async def test_a_call_goes_from_invite_to_bye() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        started = at.events[0]
        assert isinstance(started, CallStarted)
        assert (started.ref, started.peer, started.direction) == (call.ref, BOB, CallDirection.OUTGOING)
        assert started.media is at.media[0]
        assert (str(invite.uri), invite.call_id) == ("sip:bob@pbx.example", call.ref)
        assert {"100rel", "replaces", "timer"} <= invite.supported
        assert not invite.required
        assert invite.headers.get("Session-Expires") == "1800"
        assert {"UPDATE", "PRACK", "REFER", "INFO", "NOTIFY"} <= {*(invite.headers.get("Allow") or "").split(", ")}
        assert "a=candidate:1 1 udp" in invite.text
        far.reply(invite, 180)
        assert at.events[1:] == [CallRang(call.ref)]
        far.reply(invite, 180)
        far.reply(invite, 200, sdp=ANSWER)
        ack = await at.asked("ACK")
        assert (ack.cseq.number, ack.to.tag, str(ack.uri)) == (invite.cseq.number, far.tag, far.contact[1:-1])
        await until(lambda: at.media[0].applied() == [ANSWER])
        assert at.events[1:3] == [CallRang(call.ref), CallAnswered(call.ref)]
        hanging_up = call.hangup()
        bye = None

        async def answer_bye() -> None:
            nonlocal bye
            bye = await at.asked("BYE")
            far.reply(bye, 200)

        await asyncio.gather(soon(hanging_up), answer_bye())
        assert bye is not None
        assert bye.cseq.number > invite.cseq.number
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)


async def test_a_telephone_is_called_from_the_number_of_the_account() -> None:
    async with table(numbers=("+84240000001", "+84240000002")) as at:
        _, invite, _ = await at.invited(PHONE)
        assert str(invite.uri) == f"sip:{PHONE.text}@pbx.example;user=phone"
        assert invite.headers.get("P-Preferred-Identity") == "<sip:+84240000001@pbx.example;user=phone>"
        _, invite, _ = await at.invited(PHONE, caller="+84240000002")
        assert invite.headers.get("P-Preferred-Identity") == "<sip:+84240000002@pbx.example;user=phone>"
        for to, caller in ((BOB, None), (PHONE, "alice@pbx.example")):
            _, invite, _ = await at.invited(to, caller=caller)
            assert "P-Preferred-Identity" not in invite.headers, "not among users, nor where we call as ourselves"
        callers = ["+84240000001", "+84240000002", None, "alice@pbx.example"]
        assert [event.caller for event in at.all(CallStarted)] == callers


async def test_somebody_at_another_domain_is_called_there() -> None:
    async with table() as at:
        _, invite, _ = await at.invited(Address(AddressKind.USER, "dave@other.example"))
        assert str(invite.uri) == "sip:dave@other.example"


async def test_early_media_is_heard_before_the_answer_and_is_the_answer() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 183, sdp=ANSWER)
        await until(lambda: at.media[0].applied() == [ANSWER])
        assert at.events[1:] == [CallRang(call.ref, early_media=True)]
        far.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        await at.idle()
        assert at.media[0].applied() == [ANSWER]
        assert at.requests("INVITE") == [invite]
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_progress_without_sound_is_no_ringing_and_tells_what_goes_on() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 100)
        far.reply(invite, 183)
        assert at.all(CallRang) == []
        far.reply(invite, 182)
        assert at.all(CallDescribed)[-1].facts == (("Progress", "is waiting in a queue"),)
        assert len(at.all(CallRang)) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, EndReason.FAILED),
        (403, EndReason.FAILED),
        (404, EndReason.BAD_NUMBER),
        (408, EndReason.NO_ANSWER),
        (480, EndReason.UNREACHABLE),
        (484, EndReason.BAD_NUMBER),
        (486, EndReason.BUSY),
        (487, EndReason.NO_ANSWER),
        (488, EndReason.FAILED),
        (499, EndReason.FAILED),
        (503, EndReason.FAILED),
        (600, EndReason.BUSY),
        (603, EndReason.REJECTED),
        (604, EndReason.BAD_NUMBER),
        (699, EndReason.FAILED),
    ],
)
async def test_a_refusal_is_told_in_words(status: int, reason: EndReason) -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, status, "As It Says")
        assert at.ended().reason is reason
        if status != 401:
            assert f"({status} As It Says)" in (at.ended().detail or "")
        await at.asked("ACK")
        assert at.desk.find(call.ref) is None


async def test_a_gateway_says_more_in_its_reason_than_in_its_status() -> None:
    async with table() as at:
        _, invite, far = await at.invited(PHONE)
        far.reply(invite, 503, headers=[("Reason", 'Q.850;cause=17;text="User busy"')])
        assert (at.ended().reason, at.ended().detail) == (EndReason.BUSY, "The other side is busy. (503 User busy)")


async def test_an_answer_without_a_description_ends_the_call_on_both_sides() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 200)
        await at.asked("ACK")
        await at.asked("BYE")
        assert at.ended().reason is EndReason.FAILED
        assert at.all(CallAnswered) == []


async def test_an_answer_that_media_refuses_ends_the_call_on_both_sides() -> None:
    async with table() as at:
        media = Media()
        media.fails["apply"] = NegotiationFailed("There is no codec in common.")
        _, invite, far = await at.invited(media=media)
        far.reply(invite, 200, sdp=ANSWER)
        await at.asked("BYE")
        assert at.ended().reason is EndReason.FAILED
        assert "no codec in common" in (at.ended().detail or "")


async def test_without_sound_nothing_is_sent() -> None:
    async with table() as at:
        await at.desk.dial(BOB, video=False, caller=None, media=None)
        await at.idle()
        assert at.ended().reason is EndReason.FAILED
        assert at.sent == []


async def test_without_a_link_nobody_is_called() -> None:
    async with table() as at:
        at.lose()
        with pytest.raises(ConnectionLost):
            await at.dial()
        assert at.events == []


async def test_a_link_lost_before_the_answer_ends_the_call() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 180)
        at.lose()
        assert at.ended().reason is EndReason.LOST


async def test_a_far_side_without_a_picture_makes_it_a_call_with_sound_only() -> None:
    async with table() as at:
        call, invite, far = await at.invited(video=True)
        assert "m=video" in invite.text
        refused = sdp(setup="active", video="inactive").replace("m=video 9", "m=video 0")
        far.reply(invite, 200, sdp=refused)
        assert (await at.told(CallDescribed)).video is False
        assert call.video is False


# -- taken back ------------------------------------------------------------------------------------------------------


async def test_a_call_that_rings_is_cancelled() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 180)
        await soon(call.hangup())
        cancel = await at.asked("CANCEL")
        assert (cancel.via.branch, cancel.cseq.number) == (invite.via.branch, invite.cseq.number)
        assert at.ended() == CallEnded(call.ref, EndReason.CANCELLED)
        far.reply(cancel, 200)
        far.reply(invite, 487)
        await at.asked("ACK")


async def test_before_anything_came_back_nothing_is_cancelled_but_then_it_is() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        await soon(call.hangup())
        assert at.requests("CANCEL") == []
        far.reply(invite, 180)
        await at.asked("CANCEL")


async def test_an_answer_that_crosses_the_cancel_is_confirmed_and_ended() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 180)
        await soon(call.hangup())
        await at.asked("CANCEL")
        far.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        bye = await at.asked("BYE")
        far.reply(bye, 200)
        assert at.ended().reason is EndReason.CANCELLED
        assert at.all(CallAnswered) == []


async def test_a_call_hung_up_while_its_offer_is_made_sends_nothing() -> None:
    async with table() as at:
        media = Media()
        media.stalled = asyncio.Event()
        call = await at.dial(media=media)
        await at.idle()
        await soon(call.hangup())
        media.stalled.set()
        await at.idle()
        assert at.sent == []
        assert at.ended().reason is EndReason.CANCELLED


async def test_who_never_answers_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.outgoing.RING_SECONDS", 0.05)
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 180)
        await at.asked("CANCEL")
        assert at.ended().reason is EndReason.NO_ANSWER


async def test_a_minimum_for_the_session_timer_is_heeded_once() -> None:
    async with table(session_expires=90) as at:
        call, invite, far = await at.invited()
        far.reply(invite, 422, headers=[("Min-SE", "600")])
        again = await at.asked("INVITE")
        assert again.call_id == invite.call_id
        assert again.cseq.number > invite.cseq.number
        assert again.headers.get("Session-Expires") == "600"
        assert again.headers.get("Min-SE") == "600"
        far = at.far(again)
        far.reply(again, 422, headers=[("Min-SE", "600")])
        assert at.ended().reason is EndReason.FAILED
        assert at.desk.find(call.ref) is None

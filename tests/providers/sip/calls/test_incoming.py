"""Calls to us: what rings here, how it is answered, refused, sent on, taken back, and what never rings."""

import asyncio

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import CAROL, Media, sdp, table
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallInterrupted, CallStarted, ProviderFaulted
from tuiphone.core.model import AddressKind
from tuiphone.providers.sip import desk

PLAIN = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


async def test_a_call_goes_from_invite_to_their_bye() -> None:
    async with table() as at:
        call, invite, far = await at.rings()
        started = at.events[0]
        assert isinstance(started, CallStarted)
        assert (started.ref, started.direction) == (call.ref, CallDirection.INCOMING)
        assert (started.peer.kind, started.peer.text, started.peer.name) == (AddressKind.USER, "bob", "Bob")
        assert (started.caller, started.video) == ("alice", False)
        ringing = await at.answered(invite, final=False)
        assert ringing.status == 180
        assert ringing.contact is not None
        assert at.media[0].offered() == [], "the offer waits until somebody picks up"
        await soon(call.answer(video=False))
        answer = await at.answered(invite)
        assert (answer.status, answer.to.tag, answer.content_type) == (200, ringing.to.tag, "application/sdp")
        assert "a=setup:active" in answer.text
        assert at.media[0].offered() == [sdp()]
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        far.ack(invite)
        bye = far.ask("BYE")
        assert (await at.answered(bye)).status == 200
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP)
        assert (await at.answered(far.ask("BYE"))).status == 481


async def test_we_hang_up_a_call_of_theirs() -> None:
    async with table() as at:
        call, far = await at.picked_up()
        hanging_up = asyncio.ensure_future(call.hangup())
        bye = await at.asked("BYE")
        assert (bye.to.tag, bye.from_.tag, bye.call_id) == (far.tag, far.our_tag, far.call_id)
        far.reply(bye, 200)
        await soon(hanging_up)
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)


async def test_an_invite_without_an_offer_gets_ours_and_answers_it() -> None:
    async with table() as at:
        call, invite, far = await at.rings(offer=None)
        await soon(call.answer(video=False))
        answer = await at.answered(invite)
        assert "a=setup:actpass" in answer.text
        far.ack(invite, sdp=sdp(setup="active"))
        await until(lambda: at.media[0].applied() == [sdp(setup="active")])
        assert at.desk.find(call.ref) is call


async def test_an_offer_of_ours_that_gets_no_answer_ends_the_call() -> None:
    async with table() as at:
        call, invite, far = await at.rings(offer=None)
        await soon(call.answer(video=False))
        await at.answered(invite)
        far.ack(invite)
        await at.asked("BYE")
        assert at.ended().reason is EndReason.FAILED


async def test_a_rejected_call_is_declined() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        await soon(call.reject())
        assert (await at.answered(invite)).status == 603
        assert at.ended() == CallEnded(call.ref, EndReason.REJECTED)


async def test_hanging_up_a_call_that_rings_declines_it() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        await soon(call.hangup())
        assert (await at.answered(invite)).status == 603


async def test_a_caller_can_be_told_that_we_are_busy() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        await soon(call.busy())
        assert (await at.answered(invite)).status == 486
        assert at.ended().reason is EndReason.REJECTED


async def test_a_call_is_sent_on() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        await soon(call.forward(CAROL))
        answer = await at.answered(invite)
        assert (answer.status, answer.headers.all("Contact")) == (302, ["<sip:carol@pbx.example>"])
        assert at.ended() == CallEnded(call.ref, EndReason.TRANSFERRED, "Forwarded to carol.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, EndReason.MISSED),
        ('SIP;cause=200;text="Call completed elsewhere"', EndReason.ELSEWHERE),
        ("SIP ;cause=600", EndReason.REJECTED),
        ('Q.850;cause=26, SIP;cause=200;text="Call completed elsewhere"', EndReason.ELSEWHERE),
        ("SIP;cause=487", EndReason.MISSED),
        ("SIP;cause=abc", EndReason.MISSED),
        ('SIP;text="not closed', EndReason.MISSED),
    ],
)
async def test_a_call_that_is_taken_back_says_why(said: str | None, reason: EndReason) -> None:
    async with table() as at:
        call, invite, far = await at.rings()
        far.cancel(invite, *([] if said is None else [("Reason", said)]))
        assert at.ended().reason is reason
        assert (await at.answered(invite)).status == 487
        with pytest.raises(NotPossible):
            at.desk.call_for(call.peer, far.uri, media=None).talking()


async def test_who_takes_back_while_we_pick_up_gets_no_call() -> None:
    async with table() as at:
        media = Media()
        media.stalled = asyncio.Event()
        call, invite, far = await at.rings(media=media)
        answering = asyncio.ensure_future(call.answer(video=False))
        await until(lambda: media.offered())
        far.cancel(invite)
        media.stalled.set()
        await soon(answering)
        assert (await at.answered(invite)).status == 487
        assert at.all(CallAnswered) == []
        assert at.ended().reason is EndReason.MISSED


async def test_a_bye_before_the_answer_takes_the_call_back_too() -> None:
    async with table() as at:
        _, invite, far = await at.rings()
        assert (await at.answered(far.ask("BYE"))).status == 200
        assert (await at.answered(invite)).status == 487
        assert at.ended().reason is EndReason.MISSED


async def test_an_offer_that_media_refuses_is_not_acceptable() -> None:
    async with table() as at:
        media = Media()
        media.fails["answer"] = NegotiationFailed("There is no codec in common.")
        call, invite, _ = await at.rings(media=media)
        await soon(call.answer(video=False))
        assert (await at.answered(invite)).status == 488
        assert at.ended().reason is EndReason.FAILED


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (PLAIN, "application/sdp", 488),
        (sdp().replace("m=audio 9", "m=audio 0"), "application/sdp", 488),
        ("v=0\r\n", "application/sdp", 488),
        ("<xml/>", "application/xml", 415),
        ("hello", None, 415),
    ],
)
async def test_what_can_never_be_heard_does_not_ring(body: str, kind: str | None, status: int) -> None:
    async with table() as at:
        invite = at.stranger().ask("INVITE", body=body.encode(), content_type=kind)
        assert (await at.answered(invite)).status == status
        assert at.all(CallStarted) == []


async def test_a_call_that_can_never_be_heard_is_told_of_and_a_flood_of_them_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with table() as at:
        for _ in range(50):
            at.stranger().ask("INVITE", sdp=PLAIN)
        (fault,) = at.all(ProviderFaulted)
        assert fault.detail.startswith("A call from Bob (bob) could not ring: it had no encrypted WebRTC sound.")
        monkeypatch.setattr(desk, "TELL_AGAIN_SECONDS", 0.0)
        at.stranger("carol").ask("INVITE", sdp=PLAIN)
        assert at.all(ProviderFaulted)[1].detail.startswith("A call from Carol (carol) could not ring")


async def test_a_description_among_other_things_is_found() -> None:
    body = (
        f"--x\r\nContent-Type: application/sdp\r\n\r\n{sdp()}\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--\r\n"
    )
    async with table() as at:
        far = at.stranger()
        far.ask("INVITE", body=body.encode(), content_type='multipart/mixed; boundary="x"')
        started = await at.told(CallStarted)
        assert at.call(started.ref)._offer.strip() == sdp().strip()


async def test_beyond_the_limit_callers_hear_busy() -> None:
    async with table(max_calls=2) as at:
        await at.rings()
        await at.rings(user="carol")
        invite = at.stranger("dave").ask("INVITE", sdp=sdp())
        assert (await at.answered(invite)).status == 486
        assert len(at.all(CallStarted)) == 2
        (fault,) = at.all(ProviderFaulted)
        assert fault.detail == (
            "A call from Dave (dave) could not ring: 2 calls were here already. The caller heard busy."
        )


async def test_a_call_that_is_too_new_or_was_answered_is_not_answered() -> None:
    async with table() as at:
        at.stranger().ask("INVITE", sdp=sdp())
        call = at.call((await at.told(CallStarted)).ref)
        with pytest.raises(NotPossible, match="only just"):
            await call.answer(video=False)
        call.ring(Media())
        await call.answer(video=False)
        with pytest.raises(NotPossible, match="already"):
            await call.answer(video=False)


async def test_without_sound_here_a_call_is_not_answered() -> None:
    async with table() as at:
        far = at.stranger()
        invite = far.ask("INVITE", sdp=sdp())
        call = at.call((await at.told(CallStarted)).ref)
        call.ring(None)
        await call.answer(video=False)
        assert (await at.answered(invite)).status == 480
        assert at.ended().reason is EndReason.FAILED


async def test_an_answer_that_nobody_confirms_ends_the_call() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        await soon(call.answer(video=False))
        await at.answered(invite)
        call.invite.unacked()
        await at.asked("BYE")
        assert at.ended().reason is EndReason.LOST


@pytest.mark.parametrize("waits", ["soon", "-1", "9" * 30])
async def test_a_caller_that_waits_for_nobody_knows_how_long_rings_as_others_do(waits: str) -> None:
    async with table() as at:
        call, invite, far = await at.rings(headers=[("Expires", waits)])
        assert at.desk._calls == {call.ref: call}
        far.cancel(invite)
        assert at.ended() == CallEnded(call.ref, EndReason.MISSED, "The caller gave up.")


async def test_a_confirmation_that_was_lost_with_the_link_is_not_asked_of_a_later_change() -> None:
    async with table() as at:
        call, invite, far = await at.rings(offer=None)
        await soon(call.answer(video=False))
        await at.answered(invite)
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 200, sdp=sdp("bob-again", setup="active"))
        await at.told(CallInterrupted, 2)
        change = far.ask("INVITE", sdp=sdp("bob2"))
        await at.answered(change)
        far.ack(change)
        await at.idle()
        assert at.desk.find(call.ref) is call


async def test_nobody_answers_for_too_long() -> None:
    async with table() as at:
        call, invite, _ = await at.rings()
        assert call._timer.when() - asyncio.get_running_loop().time() > 200
        call._timer._callback()
        assert (await at.answered(invite)).status == 480
        assert at.ended().reason is EndReason.MISSED


async def test_a_lost_link_is_a_missed_call_and_the_same_call_may_come_again() -> None:
    async with table() as at:
        call, invite, far = await at.rings()
        at.lose()
        assert at.ended().reason is EndReason.MISSED
        at.connect()
        far.our_tag = ""
        far.ask("INVITE", sdp=sdp(), cseq=invite.cseq.number)
        started = await at.told(CallStarted, 2)
        assert started.ref != call.ref


async def test_without_a_link_the_answer_is_refused_in_words() -> None:
    async with table() as at:
        call, _, _ = await at.rings()
        at.agent.lost()
        with pytest.raises(ConnectionLost):
            await call.answer(video=False)


async def test_a_video_call_says_so_and_is_answered_with_one() -> None:
    async with table() as at:
        call, invite, _ = await at.rings(offer=sdp(video="sendrecv"))
        assert at.events[0].video is True  # type: ignore[union-attr]
        await soon(call.answer(video=True))
        assert "m=video" in (await at.answered(invite)).text
        assert [event.video for event in at.all(CallDescribed)] == []


async def test_a_second_invite_before_the_answer_has_to_wait() -> None:
    async with table() as at:
        _, _, far = await at.rings()
        again = await at.answered(far.ask("INVITE", sdp=sdp()))
        assert (again.status, again.headers.get("Retry-After")) == (500, "5")
        assert (await at.answered(far.ask("UPDATE", sdp=sdp()))).status == 500
        assert (await at.answered(far.ask("UPDATE"))).status == 200


async def test_a_session_timer_that_is_too_short_is_refused() -> None:
    async with table() as at:
        answer = await at.answered(at.stranger().ask("INVITE", sdp=sdp(), headers=[("Session-Expires", "30")]))
        assert (answer.status, answer.headers.get("Min-SE")) == (422, "90")
        assert at.events == []


async def test_what_a_caller_puts_into_names_is_told_as_plain_text() -> None:
    async with table() as at:
        far = at.stranger()
        name = ("Diversion", '"[bold]\\"x" <sip:boss@pbx.example>;reason=unconditional')
        far.ask("INVITE", sdp=sdp(), headers=[name, ("User-Agent", "x" * 500)])
        facts = dict((await at.told(CallStarted)).facts)
        assert facts["Forwarded by"] == '[bold]"x (sip:boss@pbx.example)'
        assert len(facts["Their phone"]) == 100

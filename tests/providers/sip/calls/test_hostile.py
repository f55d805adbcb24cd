"""Far sides that break the rules, by mistake or on purpose: nothing of it ends another call, floods us or shows up."""

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import Far, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, CallStarted

ANSWER = sdp(setup="active")


async def test_a_request_out_of_order_is_refused_and_the_call_goes_on() -> None:
    async with table() as at:
        call, far = await at.talk()
        await at.answered(far.ask("INFO"))
        for number in (far.cseq, far.cseq - 50):
            assert (await at.answered(far.ask("INVITE", sdp=sdp("evil"), cseq=number))).status == 500
        assert at.media[0].offered() == []
        assert at.desk.find(call.ref) is call


async def test_a_stranger_with_the_call_id_alone_ends_nothing() -> None:
    async with table() as at:
        call, far = await at.talk()
        for tag, ours in (("evil", far.our_tag), (far.tag, "guessed"), ("", far.our_tag)):
            evil = Far(at, far.call_id, tag=tag, our_tag=ours, cseq=900)
            assert (await at.answered(evil.ask("BYE"))).status == 481
        assert at.desk.find(call.ref) is call


async def test_a_storm_of_byes_is_one_end() -> None:
    async with table() as at:
        call, far = await at.talk()
        asked = [far.ask("BYE") for _ in range(200)]
        assert [(await at.answered(bye)).status for bye in asked] == [200] + [481] * 199
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP)


async def test_a_flood_of_progress_is_told_once() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        for number in range(1000):
            far.reply(invite, 180, headers=[("Require", "100rel"), ("RSeq", f"{number + 1}")])
        assert at.all(CallRang) == [CallRang(call.ref)]
        await at.idle()
        assert len(at.requests("PRACK")) <= 64
        for number in range(200):
            far.reply(invite, 183, sdp=sdp(f"again{number}", setup="active"))
        await until(lambda: at.media[0].applied())
        await at.idle()
        assert len(at.media[0].applied()) == 1


@pytest.mark.parametrize("contact", ["", "<mailto:x@y.example>", "<nonsense"])
async def test_an_answer_without_a_way_back_is_confirmed_where_we_asked_or_dropped(contact: str) -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 200, sdp=ANSWER, contact=contact)
        await at.idle()
        if contact == "<nonsense":
            assert at.all(CallAnswered) == [], "it cannot be read"
        else:
            ack = await at.asked("ACK")
            assert str(ack.uri) == "sip:bob@pbx.example"
            assert at.desk.find(call.ref) is call


async def test_an_answer_without_a_tag_is_an_answer() -> None:
    # RFC 3261 section 12.1.2: phones older than that have none.
    async with table() as at:
        call, invite, far = await at.invited()
        far.tag = ""
        far.reply(invite, 200, sdp=ANSWER)
        await at.idle()
        assert len(at.all(CallAnswered)) <= 1
        assert call.is_over or call.answered


async def test_an_answer_after_a_refusal_changes_nothing() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 486)
        far.reply(invite, 200, sdp=ANSWER)
        await at.idle()
        assert at.ended().reason is EndReason.BUSY
        assert at.all(CallAnswered) == []


async def test_a_refusal_after_an_answer_changes_nothing() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 200, sdp=ANSWER)
        far.reply(invite, 486)
        await at.idle()
        assert at.desk.find(call.ref) is call


async def test_progress_after_an_answer_changes_nothing() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 200, sdp=ANSWER)
        before = len(at.events)
        far.reply(invite, 180)
        far.reply(invite, 183, sdp=sdp("evil"))
        await at.idle()
        assert len(at.events) == before
        assert at.media[0].applied() == [ANSWER]


async def test_a_huge_description_is_none() -> None:
    async with table() as at:
        invite = at.stranger().ask("INVITE", sdp=sdp() + "a=x:" + "y" * 70_000)
        await at.idle()
        assert at.events == []
        assert all(answer.status in (413, 488, 500, 513, 415) for answer in at.answers(invite))


async def test_calls_by_the_hundred_ring_only_as_often_as_allowed() -> None:
    async with table(max_calls=3) as at:
        asked = [at.stranger(f"u{number}").ask("INVITE", sdp=sdp()) for number in range(100)]
        await at.idle()
        assert len(at.all(CallStarted)) == 3
        refused = [at.answers(invite)[-1].status for invite in asked[3:]]
        assert set(refused) <= {486, 503}


async def test_names_and_reasons_with_escapes_are_told_as_plain_text() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 603, "\x1b[2J\x07Go away" + "!" * 500)
        detail = at.ended().detail or ""
        assert detail.isprintable()
        assert len(detail) < 250


async def test_a_name_in_a_followed_transfer_has_no_escapes() -> None:
    async with table() as at:
        call, far = await at.talk()
        headers = [("Event", "refer"), ("Subscription-State", "active")]
        await at.answered(far.ask("NOTIFY", headers=headers, body=b"SIP/2.0 200 OK", content_type="message/sipfrag"))
        assert at.desk.find(call.ref) is call, "nothing was being transferred"
        await at.answered(far.ask("UPDATE", headers=[("P-Asserted-Identity", '"\x1b[1mX" <sip:eve@pbx.example>')]))
        described = at.all(CallDescribed)[-1]
        assert described.peer is not None
        assert (described.peer.name or "").isprintable()


async def test_an_ack_with_a_surprise_is_nothing() -> None:
    async with table() as at:
        call, invite, far = await at.rings()
        await soon(call.answer(video=False))
        await at.answered(invite)
        far.ack(invite, sdp=sdp("evil"))
        far.ack(invite, sdp=sdp("evil"))
        far.ask("ACK", cseq=5, sdp=sdp("evil"))
        await at.idle()
        assert at.media[0].applied() == []
        assert at.desk.find(call.ref) is call


async def test_the_same_call_by_two_ways_rings_once() -> None:
    async with table() as at:
        _, invite, far = await at.rings()
        far.our_tag = ""
        again = far.ask("INVITE", sdp=sdp(), cseq=invite.cseq.number)
        assert (await at.answered(again)).status == 482
        assert len(at.all(CallStarted)) == 1

"""Reliable provisional responses (RFC 3262), as the caller takes them and as the callee sends them."""

import asyncio

import pytest

from tests.fakes import until
from tests.providers.sip.calls.rig import Media, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallAnswered, CallRang
from tuiphone.providers.sip.reliable import InOrder, RAck

ANSWER = sdp(setup="active")
REQUIRED = ("Require", "100rel")


def test_numbers_are_taken_in_order_once_each_and_only_so_many() -> None:
    order = InOrder()
    assert [order.takes(said) for said in ("7", "7", "9", "8", "6", None, "x", "-1", "0", "9")] == [
        *(7, None, None, 8, None),
        *(None, None, None, None, 9),
    ]
    assert sum(order.takes(f"{number}") is not None for number in range(10, 5000)) < 100


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("776656 1 INVITE", RAck(776656, 1, "INVITE")),
        (" 1  2 INVITE ", RAck(1, 2, "INVITE")),
        ("1 INVITE", None),
        ("", None),
        (None, None),
        ("99999999999 1 INVITE", None),
    ],
)
def test_what_a_prack_names(text: str | None, read: RAck | None) -> None:
    assert RAck.parse(text) == read


async def test_a_reliable_response_is_acknowledged_and_its_answer_applied() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 183, sdp=ANSWER, headers=[REQUIRED, ("RSeq", "41")])
        prack = await at.asked("PRACK")
        assert prack.headers.get("RAck") == f"41 {invite.cseq.number} INVITE"
        assert (prack.to.tag, prack.cseq.number > invite.cseq.number) == (far.tag, True)
        far.reply(prack, 200)
        await until(lambda: at.media[0].applied() == [ANSWER])
        far.reply(invite, 180, headers=[REQUIRED, ("RSeq", "42")])
        far.reply(await at.asked("PRACK"), 200)
        far.reply(invite, 200)
        await at.asked("ACK")
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_one_that_comes_again_or_too_early_is_passed_over() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 180, headers=[REQUIRED, ("RSeq", "1")])
        await at.asked("PRACK")
        far.reply(invite, 180, headers=[REQUIRED, ("RSeq", "1")])
        far.reply(invite, 183, sdp=ANSWER, headers=[REQUIRED, ("RSeq", "3")])
        far.reply(invite, 183, sdp=ANSWER, headers=[REQUIRED])
        await at.idle()
        assert at.requests("PRACK") != []
        assert len(at.requests("PRACK")) == 1
        assert at.media[0].applied() == []
        far.reply(invite, 183, sdp=ANSWER, headers=[REQUIRED, ("RSeq", "2")])
        await at.asked("PRACK")
        await until(lambda: at.media[0].applied() == [ANSWER])


async def test_each_phone_counts_for_itself() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        other = at.far(invite, "other-tag")
        far.reply(invite, 180, headers=[REQUIRED, ("RSeq", "9")])
        other.reply(invite, 180, headers=[REQUIRED, ("RSeq", "1")])
        assert {(await at.asked("PRACK")).to.tag for _ in range(2)} == {far.tag, "other-tag"}


async def test_the_far_side_may_change_early_media_by_update() -> None:
    async with table() as at:
        _, invite, far = await at.invited()
        far.reply(invite, 183, sdp=ANSWER, headers=[REQUIRED, ("RSeq", "1")])
        await until(lambda: at.media[0].applied() == [ANSWER])
        update = far.ask("UPDATE", sdp=sdp("bob2"))
        assert (await at.answered(update)).status == 200
        assert at.media[0].offered() == [sdp("bob2")]
        assert (await at.answered(far.ask("UPDATE"))).status == 200
        other = at.far(invite, "other-tag")
        other.reply(invite, 180)
        assert (await at.answered(other.ask("UPDATE", sdp=sdp("x")))).status == 491


# -- we are called ---------------------------------------------------------------------------------------------------


async def test_ringing_is_said_reliably_to_whoever_insists() -> None:
    async with table() as at:
        call, invite, far = await at.rings(headers=[REQUIRED])
        ringing = await at.answered(invite, final=False)
        assert ringing.required == {"100rel"}
        rseq = int(ringing.headers.get("RSeq") or "")
        await until(lambda: len([one for one in at.answers(invite) if one.status == 180]) >= 2)
        wrong = far.ask("PRACK", headers=[("RAck", f"{rseq + 1} {invite.cseq.number} INVITE")])
        assert (await at.answered(wrong)).status == 481
        prack = far.ask("PRACK", headers=[("RAck", f"{rseq} {invite.cseq.number} INVITE")])
        assert (await at.answered(prack)).status == 200
        twice = far.ask("PRACK", headers=[("RAck", f"{rseq} {invite.cseq.number} INVITE")])
        assert (await at.answered(twice)).status == 481
        await call.answer(video=False)
        assert (await at.answered(invite)).status == 200
        far.ack(invite)


async def test_an_invite_without_an_offer_gets_ours_in_the_ringing_and_the_answer_comes_with_prack() -> None:
    async with table() as at:
        call, invite, far = await at.rings(offer=None, headers=[REQUIRED])
        ringing = await at.answered(invite, final=False)
        assert "m=audio" in ringing.text
        answering = asyncio.ensure_future(call.answer(video=False))
        await at.idle()
        assert at.all(CallAnswered) == [], "not before the offer was acknowledged"
        rack = ("RAck", f"{ringing.headers.get('RSeq')} {invite.cseq.number} INVITE")
        assert (await at.answered(far.ask("PRACK", headers=[rack], sdp=ANSWER))).status == 200
        await answering
        answer = await at.answered(invite)
        assert (answer.status, answer.body) == (200, b"")
        far.ack(invite)
        assert at.media[0].applied() == [ANSWER]
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_who_never_acknowledges_the_ringing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.early.T1", 0.01)
    monkeypatch.setattr("tuiphone.providers.sip.early.TIMEOUT", 0.05)
    async with table() as at:
        _, invite, _ = await at.rings(headers=[REQUIRED], media=Media())
        assert (await at.answered(invite)).status == 504
        assert at.ended().reason is EndReason.MISSED


async def test_without_being_asked_ringing_is_said_once_and_plainly() -> None:
    async with table() as at:
        _, invite, _ = await at.rings(headers=[("Supported", "100rel")])
        assert not (await at.answered(invite, final=False)).required
        assert at.all(CallRang) == []

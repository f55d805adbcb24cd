"""An answered call is changed, by us and by the far side: hold, pictures, refusals, glare, signs of life."""

import asyncio

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import Media, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import CallDescribed, CallHeld, CallHeldByPeer, ProviderFaulted
from tuiphone.core.model import Address, AddressKind

ANSWER = sdp(setup="active")
NOWHERE = sdp().replace("c=IN IP4 0.0.0.0", "c=IN IP4 198.51.100.7")
HELD_THE_OLD_WAY = sdp().replace("m=audio 9", "m=audio 4000")


async def test_holding_and_taking_back_are_offered_anew() -> None:
    async with table() as at:
        call, far = await at.talk()
        for on, direction in ((True, "sendonly"), (False, "sendrecv")):
            at.media[0].hold(on)
            holding = asyncio.ensure_future(call.hold(on))
            invite = await at.asked("INVITE")
            assert (invite.to.tag, invite.from_.tag) == (far.tag, far.our_tag)
            assert f"a={direction}\r\n" in invite.text
            assert "a=candidate:1 1 udp" in invite.text
            far.reply(invite, 200, sdp=sdp(setup="active", direction="recvonly" if on else "sendrecv"))
            ack = await at.asked("ACK")
            assert ack.cseq.number == invite.cseq.number
            await soon(holding)
        assert at.all(CallHeld) == [CallHeld(call.ref, True), CallHeld(call.ref, False)]
        assert at.all(CallHeldByPeer) == []


async def test_a_refused_change_leaves_the_call_as_it_was() -> None:
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        far.reply(await at.asked("INVITE"), 488)
        with pytest.raises(RequestFailed):
            await soon(holding)
        assert at.all(CallHeld) == []
        assert at.desk.find(call.ref) is call


@pytest.mark.parametrize("status", [408, 481])
async def test_a_far_side_that_no_longer_knows_the_call_ends_it(status: int) -> None:
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        far.reply(await at.asked("INVITE"), status)
        with pytest.raises(RequestFailed):
            await soon(holding)
        assert at.ended().reason is EndReason.LOST
        await at.asked("BYE")


async def test_no_answer_to_a_change_is_told_and_a_late_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.ANSWER_SECONDS", 0.05)
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        invite = await at.asked("INVITE")
        far.reply(invite, 100)
        with pytest.raises(RequestTimeout):
            await soon(holding)
        await at.asked("CANCEL")
        far.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        await until(lambda: len(at.media[0].applied()) == 2)


async def test_two_offers_that_meet_are_both_refused_and_ours_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.GLARE_PAUSES_S", {True: (0.0, 0.01), False: (0.0, 0.01)})
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        invite = await at.asked("INVITE")
        theirs = far.ask("INVITE", sdp=sdp("bob2"))
        assert (await at.answered(theirs)).status == 491
        far.ack(theirs)
        assert (await at.answered(far.ask("UPDATE", sdp=sdp("bob2")))).status == 491
        far.reply(invite, 491)
        again = await at.asked("INVITE")
        assert again.cseq.number > invite.cseq.number
        far.reply(again, 200, sdp=ANSWER)
        await soon(holding)
        assert at.all(CallHeld) == [CallHeld(call.ref, True)]


async def test_a_glare_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.GLARE_PAUSES_S", {True: (0.0, 0.01), False: (0.0, 0.01)})
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        for _ in range(5):
            far.reply(await at.asked("INVITE"), 491)
        with pytest.raises(RequestFailed, match="same time"):
            await soon(holding)


async def test_an_offer_of_ours_waits_for_theirs_to_be_through() -> None:
    async with table() as at:
        call, far = await at.talk()
        theirs = far.ask("INVITE", sdp=sdp("bob2"))
        await at.answered(theirs)
        holding = asyncio.ensure_future(call.hold(True))
        await at.idle()
        assert len(at.requests("INVITE")) == 1
        far.ack(theirs)
        ours = await at.asked("INVITE")
        far.reply(ours, 200, sdp=ANSWER)
        await soon(holding)


# -- the far side changes it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", [sdp(direction="sendonly"), sdp(direction="inactive"), HELD_THE_OLD_WAY])
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
async def test_the_far_side_holds_and_comes_back(offer: str, method: str) -> None:
    async with table() as at:
        call, far = await at.talk()
        for said in (offer, NOWHERE):
            change = far.ask(method, sdp=said)
            answer = await at.answered(change)
            assert (answer.status, answer.content_type) == (200, "application/sdp")
            if method == "INVITE":
                far.ack(change)
        assert at.all(CallHeldByPeer) == [CallHeldByPeer(call.ref, True), CallHeldByPeer(call.ref, False)]


async def test_browsers_that_do_not_know_their_address_yet_do_not_hold() -> None:
    async with table() as at:
        _, far = await at.talk()
        await at.answered(far.ask("UPDATE", sdp=sdp()))
        assert at.all(CallHeldByPeer) == []


async def test_a_picture_that_is_added_there_is_taken_and_told_and_gone_again() -> None:
    async with table() as at:
        call, far = await at.talk()
        change = far.ask("INVITE", sdp=sdp(video="sendrecv"))
        assert "m=video" in (await at.answered(change)).text
        far.ack(change)
        assert at.all(CallDescribed)[-1].video is True
        assert not at.media[0].has_camera
        held = far.ask("INVITE", sdp=sdp(direction="sendonly", video="inactive"))
        await at.answered(held)
        far.ack(held)
        assert len(at.all(CallDescribed)) == 1, "on hold a picture comes back"
        change = far.ask("INVITE", sdp=sdp())
        await at.answered(change)
        far.ack(change)
        assert [event.video for event in at.all(CallDescribed)] == [True, False]
        assert call.video is False


async def test_an_offer_that_media_refuses_changes_nothing() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.media[0].fails["answer"] = NegotiationFailed("Nothing in common.")
        change = far.ask("INVITE", sdp=sdp("bob2"))
        assert (await at.answered(change)).status == 488
        assert at.desk.find(call.ref) is call
        del at.media[0].fails["answer"]
        far.ack(change)
        again = far.ask("INVITE", sdp=sdp("bob3"))
        assert (await at.answered(again)).status == 200


async def test_a_change_without_an_offer_gets_ours_and_answers_it() -> None:
    async with table() as at:
        _, far = await at.talk()
        change = far.ask("INVITE")
        assert "a=setup:actpass" in (await at.answered(change)).text
        far.ack(change, sdp=sdp("bob2", setup="active"))
        await until(lambda: len(at.media[0].applied()) == 2)


async def test_a_change_that_is_not_finished_is_told_and_harms_nothing() -> None:
    async with table() as at:
        call, far = await at.talk()
        change = far.ask("INVITE")
        await at.answered(change)
        far.ack(change)
        assert len(at.all(ProviderFaulted)) == 1
        again = far.ask("INVITE", sdp=sdp("bob2"))
        assert (await at.answered(again)).status == 200
        assert at.desk.find(call.ref) is call


async def test_a_second_change_before_the_first_is_through_has_to_wait() -> None:
    async with table() as at:
        _, far = await at.talk()
        at.media[0].stalled = asyncio.Event()
        first = far.ask("INVITE", sdp=sdp("bob2"))
        second = await at.answered(far.ask("INVITE", sdp=sdp("bob3")))
        assert second.status == 500
        assert 0 <= int(second.headers.get("Retry-After") or "") <= 10
        at.media[0].stalled.set()
        assert (await at.answered(first)).status == 200


async def test_a_change_that_is_taken_back_is_none() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.media[0].stalled = asyncio.Event()
        change = far.ask("INVITE", sdp=sdp(direction="sendonly"))
        await until(lambda: at.media[0].offered())
        far.ask("CANCEL", cseq=change.cseq.number, branch=change.via.branch)
        assert (await at.answered(change)).status == 487
        at.media[0].stalled.set()
        await at.idle()
        assert at.all(CallHeldByPeer) == []
        assert at.desk.find(call.ref) is call


async def test_a_call_that_ends_while_they_change_it_refuses_the_change() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.media[0].stalled = asyncio.Event()
        change = far.ask("INVITE", sdp=sdp("bob2"))
        await until(lambda: at.media[0].offered())
        far.ask("BYE")
        assert (await at.answered(change)).status == 487
        assert at.desk.find(call.ref) is None


async def test_a_body_nobody_can_read_is_refused() -> None:
    async with table() as at:
        _, far = await at.talk()
        answer = await at.answered(far.ask("INVITE", body=b"x", content_type="text/plain"))
        assert (answer.status, answer.headers.get("Accept")) == (415, "application/sdp")


async def test_the_far_side_may_move() -> None:
    async with table() as at:
        call, far = await at.talk()
        far.contact = "<sip:bob-elsewhere@203.0.113.9>"
        change = far.ask("INVITE", sdp=sdp("bob2"))
        await at.answered(change)
        far.ack(change)
        call.leave(EndReason.HUNG_UP)
        assert str((await at.asked("BYE")).uri) == "sip:bob-elsewhere@203.0.113.9"


async def test_who_is_there_now_is_told_when_the_server_vouches_for_it() -> None:
    async with table() as at:
        call, far = await at.talk()
        await at.answered(far.ask("UPDATE", headers=[("P-Asserted-Identity", '"Carol" <sip:carol@pbx.example>')]))
        carol = Address(AddressKind.USER, "carol", "Carol")
        assert at.all(CallDescribed)[-1].peer == carol
        assert call.peer == carol
        await at.answered(far.ask("UPDATE", headers=[("P-Asserted-Identity", "<nonsense")]))
        assert call.peer == carol


# -- our picture -----------------------------------------------------------------------------------------------------


async def test_a_picture_is_added_to_a_call_with_sound_only() -> None:
    async with table() as at:
        call, far = await at.talk()
        showing = asyncio.ensure_future(call.camera(True))
        invite = await at.asked("INVITE")
        assert "m=video" in invite.text
        far.reply(invite, 200, sdp=sdp(setup="active", video="recvonly"))
        await soon(showing)
        assert at.all(CallDescribed)[-1].video is True
        await soon(call.camera(False))
        await soon(call.camera(True))
        await at.idle()
        assert len(at.requests("INVITE")) == 2, "what was agreed on needs no other word"


async def test_a_far_side_that_takes_no_picture_is_told() -> None:
    async with table() as at:
        call, far = await at.talk()
        showing = asyncio.ensure_future(call.camera(True))
        refused = sdp(setup="active", video="inactive").replace("m=video 9", "m=video 0")
        far.reply(await at.asked("INVITE"), 200, sdp=refused)
        with pytest.raises(NotPossible, match="no picture"):
            await soon(showing)
        assert call.video is False


async def test_what_is_not_answered_cannot_be_changed() -> None:
    async with table() as at:
        call, _, _ = await at.invited()
        ringing, _, _ = await at.rings(media=Media())
        for one in (call, ringing):
            with pytest.raises(NotPossible, match="not been answered"):
                await one.hold(True)


async def test_an_offer_that_was_overtaken_by_theirs_is_made_anew() -> None:
    async with table() as at:
        call, far = await at.talk()
        media = at.media[0]
        media.stalled = asyncio.Event()
        holding = asyncio.ensure_future(call.hold(True))
        await until(lambda: media.verbs().count("offer") == 2)
        theirs = far.ask("INVITE", sdp=sdp("bob2"))
        media.stalled.set()
        await at.answered(theirs)
        far.ack(theirs)
        invite = await at.asked("INVITE")
        assert media.verbs()[-2:] == ["answer", "offer"]
        far.reply(invite, 200, sdp=ANSWER)
        await soon(holding)


async def test_a_field_that_cannot_be_read_does_not_lose_an_answer() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(
            invite, 200, sdp=ANSWER, headers=[("Allow", '"'), ("Session-Expires", '";'), ("P-Asserted-Identity", "<")]
        )
        await at.asked("ACK")
        await until(lambda: at.media[0].applied() == [ANSWER])
        assert call.answered

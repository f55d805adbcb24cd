"""Calls of ours that are sent somewhere else: asked first, the best place first, never in circles, never for ever."""

from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import CAROL, Far, Table, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, TransferRequested
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.redirects import MAX_REDIRECTS, Redirects
from tuiphone.providers.sip.uri import Uri

ANSWER = sdp(setup="active")


def contacts(*texts: str) -> list[NameAddr]:
    return [NameAddr.parse(text) for text in texts]


def places(redirects: Redirects) -> list[str]:
    """Everywhere it still goes."""
    found: list[str] = []
    while (place := redirects.next()) is not None:
        found.append(str(place.uri))
    return found


def test_the_preferred_place_comes_first_and_none_comes_twice() -> None:
    redirects = Redirects(Uri.parse("sip:bob@pbx.example"))
    redirects.sent_to(
        contacts(
            "<sip:low@x.example>;q=0.1",
            "<sip:bob@pbx.example>",
            "<mailto:bob@x.example>",
            "<sip:high@x.example>;q=0.9",
            "<sip:best@x.example>",
            "<sip:high@x.example>;q=0.8",
            "<sip:odd@x.example>;q=often",
        )
    )
    assert places(redirects) == [f"sip:{who}@x.example" for who in ("best", "high", "low", "odd")]


def test_what_the_redirecting_side_adds_to_an_address_is_left_out() -> None:
    redirects = Redirects(Uri.parse("sip:bob@pbx.example"))
    redirects.sent_to(contacts("<sip:c:secret@x.example;method=MESSAGE;transport=ws?Replaces=x&Route=y>"))
    assert places(redirects) == ["sip:c@x.example;transport=ws"]


def test_nobody_is_sent_on_for_ever() -> None:
    redirects = Redirects(Uri.parse("sip:bob@pbx.example"))
    been = 0
    for number in range(50):
        redirects.sent_to(contacts(f"<sip:{number}@x.example>", "<sip:bob@pbx.example>"))
        been += redirects.next() is not None
    assert been == MAX_REDIRECTS


async def redirected(at: Table, *to: str, status: int = 302) -> tuple[Any, Any, Far]:
    call, invite, far = await at.invited()
    far.reply(invite, status, headers=[("Contact", one) for one in to or ("<sip:carol@pbx.example>",)])
    await at.asked("ACK")
    return call, invite, far


async def test_a_person_is_asked_and_follows() -> None:
    async with table() as at:
        call, invite, _ = await redirected(at)
        assert at.all(TransferRequested) == [TransferRequested(call.ref, CAROL, "redirect")]
        await at.idle()
        assert at.requests("INVITE") == [invite]
        assert await soon(call.follow(None)) is None
        again = await at.asked("INVITE")
        assert (str(again.uri), again.call_id) == ("sip:carol@pbx.example", invite.call_id)
        assert again.cseq.number > invite.cseq.number
        assert again.body == invite.body, "nobody has answered that offer yet"
        facts = (("To", "sip:carol@pbx.example"), ("Redirected from", "bob"))
        assert at.all(CallDescribed) == [CallDescribed(call.ref, facts, peer=CAROL)]
        carol = at.far(again, "carol-tag", "carol")
        carol.reply(again, 180)
        carol.reply(again, 200, sdp=ANSWER)
        await at.asked("ACK")
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_a_person_does_not_follow() -> None:
    async with table() as at:
        call, _, _ = await redirected(at)
        await soon(call.stay())
        assert at.ended().reason is EndReason.CANCELLED
        assert "carol" in (at.ended().detail or "")


async def test_hanging_up_is_an_answer_too() -> None:
    async with table() as at:
        call, _, _ = await redirected(at)
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.CANCELLED)
        assert at.requests("CANCEL") == []


async def test_nobody_decides_in_time() -> None:
    async with table() as at:
        call, _, _ = await redirected(at)
        call._timer._callback()
        assert at.ended().reason is EndReason.CANCELLED


async def test_the_next_place_is_asked_about_when_the_first_does_not_answer() -> None:
    async with table() as at:
        call, _, _ = await redirected(at, "<sip:carol@pbx.example>;q=1", "<sip:dave@pbx.example>;q=0.5")
        await soon(call.follow(None))
        again = await at.asked("INVITE")
        at.far(again, "carol-tag").reply(again, 480)
        dave = Address(AddressKind.USER, "dave")
        assert (await at.told(TransferRequested, 2)).to == dave
        await soon(call.follow(None))
        assert at.all(CallDescribed)[-1].peer == dave
        assert dict(at.all(CallDescribed)[-1].facts)["Redirected from"] == "bob", "who was called at first"
        last = await at.asked("INVITE")
        at.far(last, "dave-tag").reply(last, 486)
        assert at.ended().reason is EndReason.BUSY


async def test_who_is_refused_everywhere_goes_nowhere_else() -> None:
    # RFC 3261 section 21.6: a 6xx speaks for all places.
    async with table() as at:
        call, _, _ = await redirected(at, "<sip:carol@pbx.example>;q=1", "<sip:dave@pbx.example>;q=0.5")
        await soon(call.follow(None))
        again = await at.asked("INVITE")
        at.far(again, "carol-tag").reply(again, 603)
        assert at.ended().reason is EndReason.REJECTED


async def test_without_a_link_a_person_follows_later() -> None:
    async with table() as at:
        call, _, _ = await redirected(at)
        at.agent.lost()
        with pytest.raises(ConnectionLost):
            await call.follow(None)
        at.connect()
        await soon(call.follow(None))
        await at.asked("INVITE")


async def test_a_call_sent_in_circles_ends() -> None:
    async with table() as at:
        call, _, _ = await redirected(at)
        await soon(call.follow(None))
        again = await at.asked("INVITE")
        at.far(again, "carol-tag").reply(again, 302, headers=[("Contact", "<sip:bob@pbx.example>")])
        assert at.ended().reason is EndReason.FAILED
        assert len(at.all(TransferRequested)) == 1


@pytest.mark.parametrize("to", [["<mailto:carol@x.example>"], ["*"], ["<sip:bob@pbx.example>"]])
async def test_a_redirect_to_nowhere_is_a_refusal(to: list[str]) -> None:
    async with table() as at:
        await redirected(at, *to)
        assert at.ended().reason is EndReason.FAILED
        assert at.all(TransferRequested) == []


async def test_after_early_media_the_next_place_gets_a_fresh_offer() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 183, sdp=ANSWER)
        await until(lambda: at.media[0].applied())
        far.reply(invite, 302, headers=[("Contact", "<sip:carol@pbx.example>")])
        await soon(call.follow(None))
        again = await at.asked("INVITE")
        assert "a=ice-ufrag:alice1" in again.text
        carol = at.far(again, "carol-tag")
        carol.reply(again, 200, sdp=sdp("carol", setup="active"))
        await until(lambda: at.media[0].applied() == [ANSWER, sdp("carol", setup="active")])


async def test_a_telephone_is_called_at_our_own_server() -> None:
    async with table() as at:
        call, _, _ = await redirected(at, "<tel:+84905550001>")
        await soon(call.follow(None))
        assert str((await at.asked("INVITE")).uri) == "sip:+84905550001@pbx.example;user=phone"


async def test_without_being_asked_there_is_nothing_to_follow() -> None:
    async with table() as at:
        call, _, _ = await at.invited()
        with pytest.raises(NotPossible):
            await call.follow(None)
        with pytest.raises(NotPossible):
            await call.stay()

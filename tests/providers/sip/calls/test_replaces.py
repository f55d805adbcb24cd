"""Somebody takes a place in a call of ours, and we take somebody's: Replaces (RFC 3891) and pickup."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import BOB, CAROL, PHONE, Far, Media, Table, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.lines import RingingDialog
from tuiphone.providers.sip.message import Request
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.uri import Uri

ANSWER = sdp(setup="active")
LINE = Address(AddressKind.USER, "101")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a@b;to-tag=1;from-tag=2", Replaces("a@b", "1", "2")),
        (" a ; from-tag=2 ; TO-TAG=1 ; early-only ", Replaces("a", "1", "2", early_only=True)),
        ("a;to-tag=1;from-tag=2;x=y", Replaces("a", "1", "2")),
    ],
)
def test_what_a_replaces_names(text: str, read: Replaces) -> None:
    assert Replaces.parse(text) == read
    assert Replaces.parse(str(read)) == read


@pytest.mark.parametrize(
    "text", ["", "a", "a;to-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=1;to-tag=1;from-tag=2", 'a;to-tag="', "a" * 2000]
)
def test_what_names_no_dialog(text: str) -> None:
    with pytest.raises(BadMessage):
        Replaces.parse(text)


def replacing(
    at: Table, of: Far, *, early_only: bool = False, offer: str | None = None, **tags: str
) -> tuple[Far, Request]:
    """Carol takes bob's place in a dialog of Alice's."""
    carol = at.stranger("carol")
    names = {"to_tag": of.our_tag, "from_tag": of.tag} | tags
    header = Replaces(of.call_id, **names, early_only=early_only)
    invite = carol.ask(
        "INVITE",
        sdp=sdp("carol") if offer is None else offer or None,
        headers=[("Replaces", str(header)), ("Require", "replaces")],
    )
    return carol, invite


async def test_a_call_goes_on_with_who_takes_the_far_sides_place() -> None:
    async with table() as at:
        call, bob = await at.talk()
        carol, invite = replacing(at, bob)
        answer = await at.answered(invite)
        carol.our_tag = answer.to.tag or ""
        assert (answer.status, answer.content_type) == (200, "application/sdp")
        assert at.media[0].offered() == [sdp("carol")]
        assert (await at.asked("BYE")).to.tag == bob.tag
        carol.ack(invite)
        described = at.all(CallDescribed)[-1]
        assert (described.peer, described.facts) == (Address(AddressKind.USER, "carol", "Carol"), (("Before", "bob"),))
        assert len(at.all(CallStarted)) == len(at.all(CallAnswered)) == 1
        assert at.all(CallEnded) == []
        await at.answered(carol.ask("BYE"))
        assert at.ended().ref == call.ref


async def test_a_late_bye_of_who_was_replaced_ends_nothing() -> None:
    async with table() as at:
        _, bob = await at.talk()
        carol, invite = replacing(at, bob)
        await at.answered(invite)
        carol.ack(invite)
        assert (await at.answered(bob.ask("BYE"))).status == 481
        assert at.all(CallEnded) == []


async def test_who_takes_over_without_an_offer_answers_ours() -> None:
    async with table() as at:
        _, bob = await at.talk()
        carol, invite = replacing(at, bob, offer="")
        answer = await at.answered(invite)
        assert "a=setup:actpass" in answer.text
        carol.our_tag = answer.to.tag or ""
        carol.ack(invite, sdp=sdp("carol", setup="active"))
        await until(lambda: at.media[0].applied()[1:] == [sdp("carol", setup="active")])


@pytest.mark.parametrize("wrong", [{"to_tag": "x"}, {"from_tag": "x"}])
async def test_who_names_no_call_of_ours_is_refused(wrong: dict[str, str]) -> None:
    async with table() as at:
        call, bob = await at.talk()
        _, invite = replacing(at, bob, **wrong)
        assert (await at.answered(invite)).status == 481
        assert at.desk.find(call.ref) is call
        assert len(at.all(CallStarted)) == 1


async def test_an_answered_call_is_not_taken_by_who_wants_an_unanswered_one() -> None:
    async with table() as at:
        _, bob = await at.talk()
        _, invite = replacing(at, bob, early_only=True)
        assert (await at.answered(invite)).status == 486


async def test_a_call_that_rings_here_is_not_taken_over() -> None:
    async with table() as at:
        _, _, bob = await at.rings()
        _, invite = replacing(at, bob)
        assert (await at.answered(invite)).status == 481


async def test_an_offer_that_media_refuses_leaves_the_call_as_it_was() -> None:
    async with table() as at:
        call, bob = await at.talk()
        at.media[0].fails["answer"] = NegotiationFailed("Nothing in common.")
        _, invite = replacing(at, bob)
        assert (await at.answered(invite)).status == 488
        assert call.dialog.remote_tag == bob.tag
        assert at.requests("BYE") == []


@pytest.mark.parametrize("headers", [["a;to-tag=1;from-tag=2"] * 2, ["broken"]])
async def test_a_broken_replaces_is_a_bad_request(headers: list[str]) -> None:
    async with table() as at:
        invite = at.stranger().ask("INVITE", sdp=sdp(), headers=[("Replaces", one) for one in headers])
        assert (await at.answered(invite)).status == 400
        assert at.events == []


async def test_who_picks_up_for_the_one_we_call_gets_the_call() -> None:
    async with table() as at:
        call, invite, bob = await at.invited()
        bob.reply(invite, 180)
        carol, taking = replacing(at, bob, early_only=True)
        answer = await at.answered(taking)
        carol.our_tag = answer.to.tag or ""
        carol.ack(taking)
        assert "cause=200" in ((await at.asked("CANCEL")).headers.get("Reason") or "")
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        assert call.peer.text == "carol"
        bob.reply(invite, 487)
        await at.idle()
        assert at.desk.find(call.ref) is call
        await at.answered(carol.ask("BYE"))
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


async def test_who_picks_up_at_the_same_moment_is_sent_away() -> None:
    async with table() as at:
        call, invite, bob = await at.invited()
        bob.reply(invite, 180)
        carol, taking = replacing(at, bob, early_only=True)
        carol.our_tag = (await at.answered(taking)).to.tag or ""
        carol.ack(taking)
        bob.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        assert (await at.asked("BYE")).to.tag == bob.tag
        assert at.desk.find(call.ref) is call


# -- pickup ----------------------------------------------------------------------------------------------------------


def ringing() -> RingingDialog:
    """Bob calls line 101."""
    bob = NameAddr("Bob", Uri.parse("sip:bob@pbx.example"))
    return RingingDialog("xyz@bob", "line-tag", "bob-tag", Uri.parse("sip:bob@198.51.100.7:5070;transport=ws"), bob)


async def pickup(at: Table) -> tuple[Any, Request]:
    """Alice takes it."""
    at.media.append(Media())
    ref = await soon(at.desk.pickup(LINE, ringing(), media=at.media[-1]))
    return at.call(ref), await at.asked("INVITE")


async def test_a_call_that_rings_at_a_line_is_picked_up() -> None:
    async with table() as at:
        call, invite = await pickup(at)
        assert str(invite.uri) == "sip:bob@198.51.100.7:5070;transport=ws"
        assert invite.headers.get("Replaces") == "xyz@bob;to-tag=bob-tag;from-tag=line-tag;early-only"
        assert invite.required == {"replaces"}
        assert at.all(CallStarted)[0].peer == Address(AddressKind.USER, "bob", "Bob")
        assert at.all(CallStarted)[0].picked_up_for == LINE
        at.far(invite).reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]


async def test_somebody_else_had_it_first() -> None:
    async with table() as at:
        _, invite = await pickup(at)
        at.far(invite).reply(invite, 486)
        assert at.ended().reason is EndReason.BUSY


async def test_what_the_pbx_tells_too_little_of_is_not_picked_up_and_the_key_that_would_help_is_named() -> None:
    async with table() as at:
        with pytest.raises(NotPossible, match=r"101.*pickup_code ="):
            await at.desk.pickup(LINE, None, media=None)


@pytest.mark.parametrize(
    ("code", "line", "dialled"),
    [
        ("*8", LINE, "sip:*8101@pbx.example"),
        ("**", Address(AddressKind.PHONE, "+84240000101"), "sip:**+84240000101@pbx.example"),
        ("#8", LINE, "sip:%238101@pbx.example"),
        ("*8", Address(AddressKind.USER, "101@branch.example"), "sip:*8101@branch.example"),
    ],
)
async def test_with_a_code_it_is_dialled_before_the_extension(code: str, line: Address, dialled: str) -> None:
    async with table(pickup_code=code, numbers=("+84240000001",)) as at:
        at.media.append(Media())
        await soon(at.desk.pickup(line, ringing(), media=at.media[-1], caller=PHONE))
        invite = await at.asked("INVITE")
        assert str(invite.uri) == dialled
        assert invite.headers.get("Replaces") is None
        assert invite.headers.get("P-Preferred-Identity") is None, "a code is no call to a telephone"
        started = at.all(CallStarted)[0]
        assert started.peer == PHONE
        assert started.picked_up_for == line
        at.far(invite).reply(invite, 404)


@pytest.mark.parametrize(
    ("said", "peers"),
    [
        ("sip:*8101@pbx.example", []),
        ("sip:101@pbx.example", []),
        ("sip:carol@pbx.example", ["carol"]),
    ],
)
async def test_who_was_taken_is_whom_the_pbx_vouches_for_and_never_its_own_code(said: str, peers: list[str]) -> None:
    async with table(pickup_code="*8") as at:
        at.media.append(Media())
        await soon(at.desk.pickup(LINE, None, media=at.media[-1]))
        invite = await at.asked("INVITE")
        assert at.all(CallStarted)[0].peer == LINE, "the PBX did not say who calls"
        at.far(invite).reply(invite, 200, sdp=ANSWER, headers=[("P-Asserted-Identity", f"<{said}>")])
        await at.asked("ACK")
        assert [event.peer.text for event in at.all(CallDescribed) if event.peer] == peers


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [(404, EndReason.FAILED, "somebody else had it first"), (500, EndReason.FAILED, "server")],
)
async def test_a_code_that_takes_nothing_says_so_and_not_that_the_caller_is_unknown(
    status: int, reason: EndReason, sentence: str
) -> None:
    async with table(pickup_code="*8") as at:
        at.media.append(Media())
        await soon(at.desk.pickup(LINE, None, media=at.media[-1], caller=BOB))
        invite = await at.asked("INVITE")
        at.far(invite).reply(invite, status)
        assert at.ended().reason is reason
        assert sentence in (at.ended().detail or "")
        assert ("pickup_code" in (at.ended().detail or "")) is (status == 404)


async def test_two_tuiphones_know_each_other_s_replaces() -> None:
    # What our transfer writes is what our takeover reads.
    async with table() as at:
        call, bob = await at.talk()
        other, invite, carol = await at.invited(CAROL)
        carol.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        asking = asyncio.ensure_future(call.join(other))
        refer = await at.asked("REFER")
        bob.reply(refer, 202)
        await soon(asking)
        written = NameAddr.parse(refer.headers.get("Refer-To") or "").uri.header("Replaces") or ""
        named = Replaces.parse(written)
        assert (named.call_id, named.to_tag, named.from_tag) == (other.ref, carol.tag, other.dialog.local_tag)
        assert BOB.text == call.peer.text

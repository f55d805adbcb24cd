"""Calls that we hand over by REFER, blind and after asking, and what NOTIFY says of it."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon
from tests.providers.sip.calls.rig import CAROL, Far, Table, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, NotPossible, RequestFailed
from tuiphone.core.events import CallDescribed, CallEnded, ProviderFaulted
from tuiphone.providers.sip import progress
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.progress import Progress
from tuiphone.providers.sip.replaces import Replaces

FRAG = "message/sipfrag;version=2.0"


@pytest.mark.parametrize(
    ("kind", "body", "read"),
    [
        ("message/sipfrag", b"SIP/2.0 180 Ringing\r\n", Progress(180, "Ringing")),
        ("message/sipfrag", b"SIP/2.0 200 OK", Progress(200, "OK")),
        ("message/sipfrag", b"\r\nSIP/2.0 486 Busy \x1b[1mHere\r\nTo: x", Progress(486, "Busy [1mHere")),
        ("message/sipfrag", b"SIP/2.0 503", Progress(503)),
        ("message/sipfrag", b"SIP/2.0 999 No", None),
        ("message/sipfrag", b"\xff\xfe", None),
        ("message/sipfrag", b"", None),
        ("text/plain", b"SIP/2.0 200 OK", None),
        (None, b"SIP/2.0 200 OK", None),
    ],
)
def test_what_a_fragment_says(kind: str | None, body: bytes, read: Progress | None) -> None:
    assert progress.parse(kind, body) == read


def notify(far: Far, body: str, *, over: bool = False, event: str = "refer") -> Any:
    """The far side tells how it goes."""
    state = "terminated;reason=noresource" if over else "active;expires=60"
    headers = [("Event", event), ("Subscription-State", state)]
    return far.ask("NOTIFY", body=body.encode(), content_type=FRAG, headers=headers)


async def transferring(at: Table, *, event: str = "refer") -> tuple[Any, Far, Any]:
    """A call that is being transferred to carol, which the far side took up."""
    call, far = await at.talk()
    asking = asyncio.ensure_future(call.transfer(CAROL))
    refer = await at.asked("REFER")
    far.reply(refer, 202)
    await soon(asking)
    return call, far, refer


async def test_a_blind_transfer_is_over_when_the_other_one_answered() -> None:
    async with table() as at:
        call, far, refer = await transferring(at)
        assert refer.headers.get("Refer-To") == "<sip:carol@pbx.example>"
        assert refer.headers.get("Referred-By") == "<sip:alice@pbx.example>"
        assert refer.contact is not None
        assert (await at.answered(notify(far, "SIP/2.0 100 Trying"))).status == 200
        assert (await at.answered(notify(far, "SIP/2.0 180 Ringing"))).status == 200
        assert [event.facts for event in at.all(CallDescribed)] == [
            (("Transfer", "asked to call carol"),),
            (("Transfer", "carol: Ringing"),),
        ]
        await at.answered(notify(far, "SIP/2.0 200 OK", over=True))
        await at.asked("BYE")
        assert at.ended() == CallEnded(call.ref, EndReason.TRANSFERRED, "Transferred to carol.")


async def test_a_transfer_that_fails_leaves_the_call_and_says_why() -> None:
    async with table() as at:
        call, far, _ = await transferring(at)
        await at.answered(notify(far, "SIP/2.0 486 Busy Here", over=True))
        (fault,) = at.all(ProviderFaulted)
        assert fault.detail == "carol did not take the call: The other side is busy. (486 Busy Here) bob is still here."
        assert at.desk.find(call.ref) is call
        assert (await at.answered(notify(far, "SIP/2.0 200 OK"))).status == 481, "nothing is being transferred now"
        asking = asyncio.ensure_future(call.transfer(CAROL))
        far.reply(await at.asked("REFER"), 202)
        await soon(asking)


async def test_who_leaves_during_a_transfer_was_transferred() -> None:
    async with table() as at:
        _, far, _ = await transferring(at)
        await at.answered(far.ask("BYE"))
        assert at.ended().reason is EndReason.TRANSFERRED


async def test_who_leaves_after_a_failed_transfer_hung_up() -> None:
    async with table() as at:
        _, far, _ = await transferring(at)
        await at.answered(notify(far, "SIP/2.0 603 Decline", over=True))
        await at.answered(far.ask("BYE"))
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


@pytest.mark.parametrize("status", [403, 405, 420, 501, 603, 500])
async def test_a_refused_transfer_is_told(status: int) -> None:
    async with table() as at:
        call, far = await at.talk()
        asking = asyncio.ensure_future(call.transfer(CAROL))
        far.reply(await at.asked("REFER"), status)
        with pytest.raises(RequestFailed, match="not transferred"):
            await soon(asking)
        await at.answered(far.ask("BYE"))
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


@pytest.mark.parametrize("how", ["Refer-Sub", "terminated"])
async def test_a_transfer_that_nothing_is_told_of_is_taken_for_done(how: str) -> None:
    async with table() as at:
        call, far = await at.talk()
        asking = asyncio.ensure_future(call.transfer(CAROL))
        refer = await at.asked("REFER")
        far.reply(refer, 202, headers=[("Refer-Sub", "false")] if how == "Refer-Sub" else [])
        await soon(asking)
        if how == "terminated":
            await at.answered(notify(far, "SIP/2.0 100 Trying", over=True))
        await at.asked("BYE")
        assert at.ended().reason is EndReason.TRANSFERRED


async def test_a_notify_of_something_else_is_refused() -> None:
    async with table() as at:
        _, far, refer = await transferring(at)
        answer = await at.answered(notify(far, "SIP/2.0 200 OK", event="presence"))
        assert (answer.status, answer.headers.get("Allow-Events")) == (489, "refer")
        other = notify(far, "SIP/2.0 200 OK", event=f"refer;id={refer.cseq.number + 7}")
        assert (await at.answered(other)).status == 481
        assert at.all(CallEnded) == []


async def test_one_call_is_transferred_once_at_a_time() -> None:
    async with table() as at:
        call, _, _ = await transferring(at)
        with pytest.raises(NotPossible, match="already"):
            await call.transfer(CAROL)


async def test_a_transfer_without_a_link_leaves_everything_as_it_was() -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.lose()
        with pytest.raises(ConnectionLost):
            await call.transfer(CAROL)
        assert call.transferring.handed_to is None


async def test_a_transfer_that_nothing_is_heard_of_is_given_up() -> None:
    async with table() as at:
        call, _, _ = await transferring(at)
        call.transferring._timer._callback()
        assert len(at.all(ProviderFaulted)) == 1
        assert call.transferring.handed_to is None


# -- after asking ----------------------------------------------------------------------------------------------------


async def two_calls(at: Table, *, contact: str | None = None) -> tuple[Any, Far, Any, Far]:
    """Bob, and carol who was asked."""
    call, bob = await at.talk()
    other, invite, carol = await at.invited(CAROL)
    carol.tag, carol.user = "carol-tag", "carol"
    carol.reply(invite, 200, sdp=sdp("carol", setup="active"), contact=contact)
    await at.asked("ACK")
    await at.idle()
    return call, bob, other, carol


@pytest.mark.parametrize("contact", [None, "<sip:carol@pbx.example;gr=urn:uuid:1>"])
async def test_the_far_sides_of_two_calls_are_connected(contact: str | None) -> None:
    async with table() as at:
        call, bob, other, carol = await two_calls(at, contact=contact)
        joining = asyncio.ensure_future(call.join(other))
        refer = await at.asked("REFER")
        assert refer.to.tag == bob.tag
        to = NameAddr.parse(refer.headers.get("Refer-To") or "")
        assert (to.uri.user, to.uri.host) == ("carol", "pbx.example")
        assert (to.uri.param("gr") is not None) is (contact is not None)
        assert Replaces.parse(to.uri.header("Replaces") or "") == Replaces(other.ref, "carol-tag", carol.our_tag)
        bob.reply(refer, 202)
        await soon(joining)
        await at.answered(notify(bob, "SIP/2.0 200 OK", over=True))
        assert {(await at.asked("BYE")).to.tag for _ in range(2)} == {bob.tag, carol.tag}
        assert [event.reason for event in at.all(CallEnded)] == [EndReason.TRANSFERRED] * 2
        assert "bob talks to carol" in (at.all(CallEnded)[0].detail or "")


async def test_who_was_asked_may_leave_first() -> None:
    async with table() as at:
        call, bob, other, carol = await two_calls(at)
        joining = asyncio.ensure_future(call.join(other))
        bob.reply(await at.asked("REFER"), 202)
        await soon(joining)
        await at.answered(carol.ask("BYE"))
        assert at.ended() == CallEnded(other.ref, EndReason.TRANSFERRED, "Transferred: bob talks to carol now.")
        await at.answered(notify(bob, "SIP/2.0 200 OK", over=True))
        assert at.all(CallEnded)[1].reason is EndReason.TRANSFERRED


async def test_a_connection_that_fails_leaves_both_calls() -> None:
    async with table() as at:
        call, bob, other, carol = await two_calls(at)
        joining = asyncio.ensure_future(call.join(other))
        bob.reply(await at.asked("REFER"), 202)
        await soon(joining)
        await at.answered(notify(bob, "SIP/2.0 481 Call/Transaction Does Not Exist", over=True))
        assert at.all(CallEnded) == []
        await at.answered(carol.ask("BYE"))
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


async def test_a_call_is_not_connected_with_itself_or_with_one_that_rings() -> None:
    async with table() as at:
        call, _ = await at.talk()
        with pytest.raises(NotPossible):
            await call.join(call)
        other, _, _ = await at.invited(CAROL)
        with pytest.raises(NotPossible):
            await call.join(other)

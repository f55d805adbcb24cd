"""The far side wants us to call somebody else: a person is asked, and the far side is told how it goes."""

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import CAROL, Far, Media, Table, sdp, table
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallEnded, CallStarted, TransferRequested
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.message import Request


async def refer(at: Table, far: Far, to: str = "<sip:carol@pbx.example>", **more: str) -> Request:
    """The far side asks, and hears that we think about it."""
    asked = far.ask("REFER", headers=[("Refer-To", to), *((k.replace("_", "-"), v) for k, v in more.items())])
    assert (await at.answered(asked)).status == 202
    return asked


async def told(at: Table, far: Far) -> tuple[str, str]:
    """What the far side is told next: the status line and the state."""
    notify = await at.asked("NOTIFY")
    assert (notify.headers.get("Event") or "").startswith("refer")
    assert notify.content_type == "message/sipfrag"
    far.reply(notify, 200)
    return notify.text.strip(), notify.headers.get("Subscription-State") or ""


async def test_a_person_follows_and_both_sides_hear_of_it() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        assert await told(at, far) == ("SIP/2.0 100 Trying", "active;expires=120")
        assert at.all(TransferRequested) == [TransferRequested(call.ref, CAROL, "transfer")]
        media = Media()
        at.media.append(media)
        ref = await soon(call.follow(media))
        started = at.all(CallStarted)[1]
        assert (started.ref, started.peer, started.direction) == (ref, CAROL, CallDirection.OUTGOING)
        invite = await at.asked("INVITE")
        assert invite.headers.get("Referred-By") == "<sip:bob@pbx.example>"
        carol = at.far(invite, "carol-tag", "carol")
        carol.reply(invite, 180)
        assert await told(at, far) == ("SIP/2.0 180 Ringing", "active;expires=120")
        carol.reply(invite, 200, sdp=sdp("carol", setup="active"))
        assert await told(at, far) == ("SIP/2.0 200 OK", "terminated;reason=noresource")
        await at.answered(far.ask("BYE"))
        end = at.ended()
        assert (end.ref, end.reason) == (call.ref, EndReason.TRANSFERRED)
        assert end.detail == "bob handed you on to carol."
        assert at.desk.find(ref) is not None


async def test_who_handed_us_on_and_does_not_leave_is_left() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        media = Media()
        at.media.append(media)
        await soon(call.follow(media))
        invite = await at.asked("INVITE")
        at.far(invite, "carol-tag", "carol").reply(invite, 200, sdp=sdp("carol", setup="active"))
        await until(lambda: call.referral._timer is not None and call.referral.followed_to)
        call.referral._timer._callback()
        assert (await at.asked("BYE")).to.tag == far.tag
        assert at.ended().reason is EndReason.TRANSFERRED


async def test_a_person_stays() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await told(at, far)
        await soon(call.stay())
        assert await told(at, far) == ("SIP/2.0 603 Declined", "terminated;reason=rejected")
        with pytest.raises(NotPossible):
            await call.follow(Media())
        assert at.desk.find(call.ref) is call
        await at.answered(far.ask("BYE"))
        assert at.ended().reason is EndReason.REMOTE_HUNG_UP


async def test_nobody_decides_in_time() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await told(at, far)
        call.referral._timer._callback()
        assert await told(at, far) == ("SIP/2.0 603 Declined", "terminated;reason=rejected")


async def test_where_nobody_answers_we_stay_and_the_far_side_hears_why() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await told(at, far)
        media = Media()
        at.media.append(media)
        await soon(call.follow(media))
        invite = await at.asked("INVITE")
        at.far(invite, "carol-tag").reply(invite, 486)
        assert await told(at, far) == ("SIP/2.0 486 Busy Here", "terminated;reason=noresource")
        assert at.desk.find(call.ref) is call
        await refer(at, far)
        notify = await at.asked("NOTIFY")
        assert ";id=" in (notify.headers.get("Event") or ""), "the second one of a dialog has a name"


async def test_a_followed_call_that_we_hang_up_is_told_as_well() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await told(at, far)
        media = Media()
        at.media.append(media)
        made = at.call(await soon(call.follow(media)))
        await at.asked("INVITE")
        await soon(made.hangup())
        assert (await told(at, far))[0] == "SIP/2.0 487 Request Terminated"


async def test_the_call_takes_the_place_of_another_one_where_that_is_asked() -> None:
    async with table() as at:
        call, far = await at.talk()
        replaces = "12345%40host%3Bto-tag%3Dabc%3Bfrom-tag%3Ddef"
        await refer(
            at, far, f"<sip:carol@pbx.example?Replaces={replaces}&X-Evil=1>", Referred_By="<sip:boss@x.example>"
        )
        media = Media()
        at.media.append(media)
        await soon(call.follow(media))
        invite = await at.asked("INVITE")
        assert invite.headers.get("Replaces") == "12345@host;to-tag=abc;from-tag=def"
        assert invite.required == {"replaces"}
        assert invite.headers.get("Referred-By") == "<sip:boss@x.example>"
        assert str(invite.uri) == "sip:carol@pbx.example", "nothing else of the address gets into our request"
        assert "X-Evil" not in invite.headers


async def test_a_far_side_that_wants_to_hear_nothing_hears_nothing() -> None:
    async with table() as at:
        call, far = await at.talk()
        asked = await refer(at, far, Refer_Sub="false")
        assert (await at.answered(asked)).headers.get("Refer-Sub") == "false"
        await soon(call.stay())
        await at.idle()
        assert at.requests("NOTIFY") == []


@pytest.mark.parametrize(
    ("to", "status"),
    [
        (["<mailto:carol@pbx.example>"], 416),
        (["<sip:carol@pbx.example;method=BYE>"], 501),
        (["<sip:a@x.example>", "<sip:b@x.example>"], 400),
        ([], 400),
        (["<sip:carol@pbx.example?Replaces=broken>"], 400),
        (["<<>"], 400),
    ],
)
async def test_what_nobody_can_call_is_refused(to: list[str], status: int) -> None:
    async with table() as at:
        call, far = await at.talk()
        asked = far.ask("REFER", headers=[("Refer-To", one) for one in to])
        assert (await at.answered(asked)).status == status
        assert at.all(TransferRequested) == []
        with pytest.raises(NotPossible):
            await call.stay()


async def test_one_wish_at_a_time() -> None:
    async with table() as at:
        _, far = await at.talk()
        await refer(at, far)
        again = far.ask("REFER", headers=[("Refer-To", "<sip:dave@pbx.example>")])
        assert (await at.answered(again)).status == 491


async def test_without_sound_here_the_far_side_is_told_and_may_ask_again() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await told(at, far)
        await soon(call.follow(None))
        line, state = await told(at, far)
        assert line.startswith("SIP/2.0 503")
        assert state.startswith("terminated")
        await refer(at, far)
        assert at.desk.find(call.ref) is call


async def test_a_telephone_is_called_as_one() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far, "<tel:+84905550001>")
        assert at.all(TransferRequested)[0].to == Address(AddressKind.PHONE, "+84905550001")
        media = Media()
        at.media.append(media)
        await soon(call.follow(media))
        assert str((await at.asked("INVITE")).uri) == "sip:+84905550001@pbx.example;user=phone"


async def test_from_outside_a_call_nobody_has_us_call() -> None:
    async with table() as at:
        asked = at.stranger().ask("REFER", headers=[("Refer-To", "<sip:carol@pbx.example>")])
        assert (await at.answered(asked)).status == 603
        assert at.events == []


async def test_a_call_that_ends_meanwhile_is_no_longer_waited_for() -> None:
    async with table() as at:
        call, far = await at.talk()
        await refer(at, far)
        await at.answered(far.ask("BYE"))
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP)
        assert call.referral._timer is None

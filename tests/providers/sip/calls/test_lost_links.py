"""A link lost at every step, and what becomes of the calls when we are registered again."""

import asyncio

import pytest

from tests.fakes import soon, until
from tests.providers.sip.calls.rig import sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed
from tuiphone.core.events import CallEnded, CallInterrupted, ProviderFaulted
from tuiphone.core.ports import MediaStats
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.restoration import without_server

ANSWER = sdp(setup="active")
AGAIN = sdp("bob-again", setup="active")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("ours", [True, False])
async def test_a_call_is_restored_over_a_fresh_connection(ours: bool) -> None:
    async with table() as at:
        call, far = await (at.talk() if ours else at.picked_up())
        at.lose()
        assert at.all(CallInterrupted) == [CallInterrupted(call.ref, on=True)]
        at.connect()
        invite = await at.asked("INVITE")
        assert "a=ice-ufrag:alice1" in invite.text
        assert (invite.to.tag, invite.from_.tag) == (far.tag, far.our_tag)
        assert len(at.all(CallInterrupted)) == 1
        far.reply(invite, 200, sdp=AGAIN)
        assert await at.told(CallInterrupted, 2) == CallInterrupted(call.ref, on=False)
        assert at.media[0].applied()[-1] == AGAIN
        assert at.all(CallEnded) == []


async def test_a_link_that_is_lost_again_is_one_interruption() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        await at.asked("INVITE")
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)
        assert at.all(CallInterrupted) == [CallInterrupted(call.ref, on=True), CallInterrupted(call.ref, on=False)]


async def test_a_link_lost_between_two_tries_is_tried_once_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.PAUSE_SECONDS", 3600.0)
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 480)
        await at.idle()
        at.lose()
        at.connect()
        invite = await at.asked("INVITE")
        assert len(call._tasks) == 1
        far.reply(invite, 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)


async def test_a_far_side_that_hung_up_meanwhile_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.GONE_SECONDS", 0.0)
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 481)
        await at.told(CallEnded)
        detail = "The other side ended the call while the connection was lost."
        assert at.ended() == CallEnded(call.ref, EndReason.LOST, detail)


async def test_a_bye_that_waited_for_us_is_told_as_it_is() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        await at.asked("INVITE")
        assert (await at.answered(far.ask("BYE"))).status == 200
        assert at.ended() == CallEnded(call.ref, EndReason.REMOTE_HUNG_UP)


async def test_a_far_side_that_says_so_itself_is_believed_at_once() -> None:
    async with table() as at:
        call, far = await at.talk(headers=[("Server", "Bobphone 1")])
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 481, headers=[("Server", "Proxy 2")])
        far.reply(await at.asked("INVITE"), 481, headers=[("User-Agent", "Bobphone 1")])
        assert (await at.told(CallEnded)).reason is EndReason.LOST
        assert at.desk.find(call.ref) is None


@pytest.mark.parametrize("status", [404, 408, 430, 480, 481, 500, 503])
async def test_a_far_side_that_is_not_back_yet_is_tried_again(status: int) -> None:
    async with table() as at:
        _, far = await at.talk()
        at.lose()
        at.connect()
        for _ in range(3):
            far.reply(await at.asked("INVITE"), status)
        far.reply(await at.asked("INVITE"), 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)
        assert at.all(CallEnded) == []


async def test_a_far_side_that_does_not_come_back_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.RESTORE_SECONDS", 0.0)
    async with table() as at:
        _, far = await at.talk()
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 480)
        await at.told(CallEnded)
        assert at.ended().reason is EndReason.LOST


async def test_a_far_side_that_wants_no_change_keeps_the_call() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 488)
        await at.told(CallInterrupted, 2)
        assert at.desk.find(call.ref) is call


async def test_a_server_that_wants_another_password_for_it_is_told() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        challenge = [("WWW-Authenticate", 'Digest realm="elsewhere", nonce="n", algorithm=SHA-1, qop="auth-int"')]
        far.reply(await at.asked("INVITE"), 401, headers=challenge)
        await at.told(CallInterrupted, 2)
        assert "could not be restored" in at.all(ProviderFaulted)[0].detail
        assert at.desk.find(call.ref) is call


async def test_sound_that_cannot_be_set_up_anew_is_told() -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.lose()
        at.media[0].fails["offer"] = NegotiationFailed("No network.")
        at.connect()
        await at.told(CallInterrupted, 2)
        assert len(at.all(ProviderFaulted)) == 1
        assert at.desk.find(call.ref) is call


async def test_both_sides_restore_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.GLARE_PAUSES_S", {True: (0.0, 0.01), False: (0.0, 0.01)})
    async with table() as at:
        _, far = await at.talk()
        at.lose()
        at.connect()
        ours = await at.asked("INVITE")
        theirs = far.ask("INVITE", sdp=sdp("bob-fresh"))
        assert (await at.answered(theirs)).status == 491
        far.ack(theirs)
        far.reply(ours, 491)
        again = await at.asked("INVITE")
        far.reply(again, 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)


async def test_a_link_that_does_not_come_back_ends_the_call_unless_it_is_still_heard() -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.lose()
        restoration = call.restoration
        assert restoration._timer.when() - asyncio.get_running_loop().time() > 60
        at.media[0].figures = MediaStats(received=500)
        restoration._timer._callback()
        assert at.all(CallEnded) == []
        restoration._timer._callback()
        assert at.ended().reason is EndReason.LOST


async def test_hanging_up_without_a_link_is_said_when_there_is_one() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        await soon(call.hangup())
        assert at.ended() == CallEnded(call.ref, EndReason.HUNG_UP)
        assert at.requests("BYE") == []
        at.connect()
        bye = await at.asked("BYE")
        assert bye.to.tag == far.tag
        far.reply(bye, 200)
        at.lose()
        at.connect()
        await at.idle()
        assert len(at.requests("BYE")) == 1


async def test_a_bye_whose_answer_was_lost_is_said_again() -> None:
    async with table() as at:
        call, _ = await at.talk()
        call.leave(EndReason.HUNG_UP)
        await at.asked("BYE")
        at.lose()
        await at.idle()
        at.connect()
        await at.asked("BYE")


async def test_a_bye_too_old_to_matter_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.desk.UNSAID_SECONDS", 0.0)
    async with table() as at:
        call, _ = await at.talk()
        at.lose()
        await soon(call.hangup())
        at.connect()
        await at.idle()
        assert at.requests("BYE") == []


async def test_a_change_under_way_fails_with_the_link_and_the_call_is_restored() -> None:
    async with table() as at:
        call, far = await at.talk()
        holding = asyncio.ensure_future(call.hold(True))
        await at.asked("INVITE")
        at.lose()
        with pytest.raises(ConnectionLost):
            await soon(holding)
        at.connect()
        far.reply(await at.asked("INVITE"), 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)


async def test_a_change_of_theirs_under_way_does_not_bar_ours_afterwards() -> None:
    async with table() as at:
        _, far = await at.talk()
        change = far.ask("INVITE", sdp=sdp("bob2"))
        await at.answered(change)
        at.lose()
        at.connect()
        far.reply(await at.asked("INVITE"), 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)


async def test_several_calls_are_restored_each() -> None:
    async with table() as at:
        one, bob = await at.talk()
        other, carol = await at.picked_up(user="carol")
        at.lose()
        at.connect()
        for _ in range(2):
            invite = await at.asked("INVITE")
            (bob if invite.to.tag == bob.tag else carol).reply(invite, 200, sdp=AGAIN)
        await until(lambda: len(at.all(CallInterrupted)) == 4)
        assert {event.ref for event in at.all(CallInterrupted) if not event.on} == {one.ref, other.ref}


def _routes(*texts: str) -> tuple[NameAddr, ...]:
    return tuple(NameAddr.parse(f"<sip:{text};lr>") for text in texts)


@pytest.mark.parametrize(
    ("way", "here", "left"),
    [
        (("a:1", "b:2"), "b:2", ("b:2",)),
        (("a:1;transport=ws", "a:1", "b:2", "b:2;transport=ws"), "b:2", ("b:2", "b:2;transport=ws")),
        (("a.example:443", "a.example:5060", "b.example"), "c.example:443", ("b.example",)),
        (("127.0.0.1:1", "127.0.0.1:2"), "other:443", ("127.0.0.1:2",)),
        (("a:1",), "b:2", ()),
        ((), "b:2", ()),
    ],
)
def test_a_way_without_a_server_that_died(way: tuple[str, ...], here: str, left: tuple[str, ...]) -> None:
    assert without_server(_routes(*way), here) == _routes(*left)


async def test_through_another_server_a_call_takes_another_way_once_the_old_one_failed() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        ways = [("Record-Route", f"<sip:{one}.pbx.example:443;lr>") for one in ("edge2", "edge1")]
        far.reply(invite, 200, sdp=ANSWER, headers=ways)
        await at.asked("ACK")
        await until(lambda: at.media[0].applied())
        at.lose()
        at.connect("edge2.pbx.example:443")
        invite = await at.asked("INVITE")
        assert invite.headers.all("Route") == ["<sip:edge1.pbx.example:443;lr>", "<sip:edge2.pbx.example:443;lr>"]
        far.reply(invite, 500)
        invite = await at.asked("INVITE")
        assert invite.headers.all("Route") == ["<sip:edge2.pbx.example:443;lr>"]
        far.reply(invite, 200, sdp=AGAIN)
        await at.told(CallInterrupted, 2)
        assert at.desk.find(call.ref) is call


async def test_a_call_that_is_heard_without_its_servers_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.restoration.RESTORE_SECONDS", 0.0)
    async with table() as at:
        call, far = await at.talk()
        at.lose()
        at.connect()
        invite = await at.asked("INVITE")
        at.media[0].figures = MediaStats(received=500)
        far.reply(invite, 503)
        await at.told(CallInterrupted, 2)
        assert len(at.all(ProviderFaulted)) == 1
        assert at.desk.find(call.ref) is call

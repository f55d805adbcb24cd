"""Sound that is cut while the link to the server stands: offered anew, by one side or both, never for ever."""

import pytest

from tests.fakes import until
from tests.providers.sip.calls.rig import Table, sdp, table
from tuiphone.core.call import SOUND_LOST, EndReason
from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.events import CallEnded, CallInterrupted
from tuiphone.providers.sip import endings, mending, reasons
from tuiphone.providers.sip.mending import TRIES

AGAIN = sdp("bob-again", setup="active")


@pytest.fixture(autouse=True)
def _nothing_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is."""
    monkeypatch.setattr(mending, "PAUSE_SECONDS", 3600.0)
    monkeypatch.setattr(mending, "MEND_SECONDS", 3600.0)


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "PAUSE_SECONDS", 0.0)


def said(at: Table) -> list[bool]:
    """Whether the call was interrupted, each time that changed."""
    return [event.on for event in at.all(CallInterrupted)]


@pytest.mark.parametrize("ours", [True, False])
async def test_sound_that_is_cut_gets_a_fresh_connection_and_goes_on_once_it_is_there(ours: bool) -> None:
    async with table() as at:
        call, far = await (at.talk() if ours else at.picked_up())
        at.media[0].cut(True)
        assert at.all(CallInterrupted) == [CallInterrupted(call.ref, on=True)]
        invite = await at.asked("INVITE")
        assert "a=ice-ufrag:alice1" in invite.text
        assert (invite.to.tag, invite.from_.tag) == (far.tag, far.our_tag)
        far.reply(invite, 200, sdp=AGAIN)
        await until(lambda: at.media[0].applied()[-1:] == [AGAIN])
        await at.idle()
        assert said(at) == [True], "agreed on is not heard"
        at.media[0].cut(False)
        await until(lambda: said(at) == [True, False])
        assert at.all(CallEnded) == []


async def test_sound_that_is_cut_before_anybody_answered_or_after_the_end_is_let_be() -> None:
    async with table() as at:
        call, invite, far = await at.invited()
        far.reply(invite, 183, sdp=sdp(setup="active"))
        at.media[0].cut(True)
        far.reply(invite, 486)
        at.media[0].cut(True)
        await at.idle()
        assert said(at) == []
        assert at.requests("INVITE") == [invite]
        assert at.desk.find(call.ref) is None


async def test_sound_that_comes_back_by_itself_ends_the_interruption() -> None:
    async with table() as at:
        _, far = await at.talk()
        at.media[0].cut(True)
        far.reply(await at.asked("INVITE"), 480)
        at.media[0].cut(False)
        await until(lambda: said(at) == [True, False])


async def test_their_new_connection_is_enough() -> None:
    async with table() as at:
        _, far = await at.talk()
        theirs = far.ask("INVITE", sdp=sdp("bob-fresh"))
        at.media[0].cut(True)
        await at.answered(theirs)
        far.ack(theirs)
        await at.idle()
        assert len(at.requests("INVITE")) == 1
        at.media[0].cut(False)
        await until(lambda: said(at) == [True, False])
        assert at.media[0].fresh == 0


async def test_of_two_that_offer_at_the_same_time_one_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.renegotiation.GLARE_PAUSES_S", {True: (0.0, 0.01), False: (0.0, 0.01)})
    async with table() as at:
        _, far = await at.talk()
        at.media[0].cut(True)
        ours = await at.asked("INVITE")
        theirs = far.ask("INVITE", sdp=sdp("bob-fresh"))
        assert (await at.answered(theirs)).status == 491
        far.ack(theirs)
        far.reply(ours, 491)
        again = far.ask("INVITE", sdp=sdp("bob-fresh"))
        assert (await at.answered(again)).status == 200
        far.ack(again)
        at.media[0].cut(False)
        await until(lambda: said(at) == [True, False])
        assert len(at.requests("INVITE")) == 2


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize(("status", "offers"), [(408, TRIES), (480, TRIES), (500, TRIES), (488, 1)])
async def test_a_far_side_that_does_not_agree_is_asked_a_few_times(status: int, offers: int) -> None:
    async with table() as at:
        call, far = await at.talk()
        at.media[0].cut(True)
        for _ in range(offers):
            far.reply(await at.asked("INVITE"), status)
        await at.idle()
        assert len(at.requests("INVITE")) == 1 + offers
        assert call.mending.is_on, "it may come back by itself"


@pytest.mark.usefixtures("_no_pauses")
async def test_sound_that_cannot_be_set_up_here_is_tried_a_few_times() -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.media[0].fails["offer"] = NegotiationFailed("No network.")
        at.media[0].cut(True)
        await until(lambda: at.media[0].fresh == TRIES)
        await at.idle()
        assert at.media[0].fresh == TRIES
        assert call.mending.is_on


async def test_a_far_side_that_is_really_gone_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MEND_SECONDS", 0.05)
    async with table() as at:
        call, far = await at.talk()
        at.media[0].cut(True)
        await at.told(CallEnded)
        assert at.ended() == CallEnded(call.ref, EndReason.LOST, SOUND_LOST)
        bye = await at.asked("BYE")
        assert bye.to.tag == far.tag
        meant = endings.hung_up(reasons.parse(bye.headers))
        assert meant.reason is EndReason.LOST, "the far side hears that nobody hung up"


async def test_a_far_side_that_no_longer_knows_the_call_ends_it_at_once() -> None:
    async with table() as at:
        _, far = await at.talk()
        at.media[0].cut(True)
        far.reply(await at.asked("INVITE"), 481)
        await at.told(CallEnded)
        assert at.ended().reason is EndReason.LOST
        await at.idle()
        assert len(at.requests("INVITE")) == 2


async def test_a_link_that_is_lost_as_well_is_one_interruption() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.media[0].cut(True)
        await at.asked("INVITE")
        at.lose()
        at.media[0].cut(False)
        at.media[0].cut(True)
        at.connect()
        invite = await at.asked("INVITE")
        assert said(at) == [True]
        far.reply(invite, 200, sdp=AGAIN)
        await until(lambda: said(at) == [True, False])
        assert len(at.requests("INVITE")) == 3
        assert not call.mending.is_on


async def test_sound_that_is_cut_again_and_again_is_not_offered_anew_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MAX_OFFERS", 2)
    async with table() as at:
        call, far = await at.talk()
        for times in (1, 2):
            at.media[0].cut(True)
            far.reply(await at.asked("INVITE"), 200, sdp=AGAIN)
            at.media[0].cut(False)
            await until(lambda: said(at) == [True, False] * times)  # noqa: B023
        at.media[0].cut(True)
        await at.idle()
        assert len(at.requests("INVITE")) == 3
        assert call.mending.is_on
        monkeypatch.setattr(mending, "CALM_SECONDS", 0.0)
        at.media[0].cut(False)
        await until(lambda: said(at)[-1] is False)
        at.media[0].cut(True)
        await at.asked("INVITE")

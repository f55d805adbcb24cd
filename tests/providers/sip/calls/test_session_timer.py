"""Session timers (RFC 4028): what is agreed on, who refreshes, and what happens when nobody does."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import until
from tests.providers.sip.calls.rig import Table, sdp, table
from tuiphone.core.call import EndReason
from tuiphone.providers.sip.session_timer import Agreed, Expires, SessionTimer, minimum

ANSWER = sdp(setup="active")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1800", Expires(1800)),
        (" 90 ; refresher=uac ", Expires(90, "uac")),
        ("90;x=y;REFRESHER=UAS", Expires(90, "uas")),
        ("90;refresher=me", Expires(90)),
        ("", None),
        (None, None),
        ("-1", None),
        ("99999999999", None),
        ("90;refresher=", Expires(90)),
        ('90;refresher="', None),
    ],
)
def test_what_a_session_expires_says(text: str | None, read: Expires | None) -> None:
    assert Expires.parse(text) == read


@pytest.mark.parametrize(("text", "read"), [("90", 90), ("89", None), ("86401", None), ("x", None), (None, None)])
def test_what_a_minimum_says(text: str | None, read: int | None) -> None:
    assert minimum(text) == read


@pytest.mark.parametrize(
    ("said", "agreed"),
    [
        (None, None),
        ("junk", None),
        ("600;refresher=uac", Agreed(600, ours=True)),
        ("600;refresher=uas", Agreed(600, ours=False)),
        ("600", Agreed(600, ours=True)),
        ("1;refresher=uac", Agreed(90, ours=True)),
        ("4000000000;refresher=uac", None),
    ],
)
def test_what_is_agreed_on_by_their_answer(said: str | None, agreed: Agreed | None) -> None:
    timer = SessionTimer(1800)
    timer.answered(said)
    assert timer.agreed == agreed


@pytest.mark.parametrize(
    ("said", "min_se", "supported", "headers", "agreed"),
    [
        (None, None, (), (), None),
        (None, None, ("timer",), ("1800;refresher=uas",), Agreed(1800, ours=True)),
        ("600", None, ("timer",), ("600;refresher=uac", "timer"), Agreed(600, ours=False)),
        ("600;refresher=uas", None, ("timer",), ("600;refresher=uas",), Agreed(600, ours=True)),
        ("600", None, (), ("600;refresher=uas",), Agreed(600, ours=True)),
        ("7200", None, ("TIMER",), ("1800;refresher=uac", "timer"), Agreed(1800, ours=False)),
        ("7200", "3600", ("timer",), ("3600;refresher=uac", "timer"), Agreed(3600, ours=False)),
    ],
)
def test_what_is_agreed_on_by_our_answer(
    said: str | None, min_se: str | None, supported: tuple[str, ...], headers: tuple[str, ...], agreed: Agreed | None
) -> None:
    timer = SessionTimer(1800)
    assert tuple(value for _, value in timer.answers(said, min_se=min_se, supported=supported)) == headers
    assert timer.agreed == agreed


def test_when_to_act() -> None:
    assert (Agreed(1800, ours=True).refresh_after, Agreed(1800, ours=False).over_after) == (900, 1768)
    assert Agreed(90, ours=False).over_after == 60


def test_who_refreshes_stays_as_it_is() -> None:
    timer = SessionTimer(600)
    assert timer.asks() == (("Session-Expires", "600"),)
    timer.answered("600;refresher=uas")
    assert timer.asks() == (("Session-Expires", "600;refresher=uas"),)
    timer.answered("600;refresher=uac")
    assert timer.asks() == (("Session-Expires", "600;refresher=uac"),)
    assert not timer.too_short("600")
    assert timer.too_short("1200")
    assert timer.asks() == (("Session-Expires", "1200;refresher=uac"), ("Min-SE", "1200"))


# -- in a call -------------------------------------------------------------------------------------------------------


@pytest.fixture
def soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a session takes no time, its end neither; the rules stay."""
    monkeypatch.setattr(Agreed, "refresh_after", property(lambda self: 0.02))


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that the far side refreshes is over at once."""
    monkeypatch.setattr(Agreed, "over_after", property(lambda self: 0.02))


async def _talk(at: Table, *, allows: str = "INVITE, UPDATE", expires: str = "600;refresher=uac") -> tuple[Any, Any]:
    return await at.talk(headers=[("Allow", allows), ("Session-Expires", expires), ("Require", "timer")])


@pytest.mark.usefixtures("soonest")
async def test_we_refresh_by_update_where_that_is_known() -> None:
    async with table(session_expires=600) as at:
        call, far = await _talk(at)
        update = await at.asked("UPDATE")
        assert (update.headers.get("Session-Expires"), update.body) == ("600;refresher=uac", b"")
        far.reply(update, 200, headers=[("Session-Expires", "600;refresher=uac")])
        again = await at.asked("UPDATE")
        assert again.cseq.number > update.cseq.number
        assert at.desk.find(call.ref) is call


@pytest.mark.usefixtures("soonest")
@pytest.mark.parametrize("allows", ["INVITE", "INVITE, UPDATE"])
async def test_we_refresh_by_invite_where_update_is_not_known_or_refused(allows: str) -> None:
    async with table(session_expires=600) as at:
        call, far = await _talk(at, allows=allows)
        if "UPDATE" in allows:
            far.reply(await at.asked("UPDATE"), 501)
        invite = await at.asked("INVITE")
        assert invite.headers.get("Session-Expires") == "600;refresher=uac"
        far.reply(invite, 200, sdp=ANSWER)
        await at.asked("ACK")
        await at.idle()
        assert call.refresh.timer.agreed is None, "their answer had no timer"


@pytest.mark.usefixtures("soonest")
async def test_a_refresh_that_is_too_short_is_asked_for_longer() -> None:
    async with table(session_expires=600) as at:
        _, far = await _talk(at)
        far.reply(await at.asked("UPDATE"), 422, headers=[("Min-SE", "3600")])
        again = await at.asked("UPDATE")
        assert again.headers.get("Session-Expires") == "3600;refresher=uac"
        assert again.headers.get("Min-SE") == "3600"


@pytest.mark.usefixtures("soonest")
async def test_a_refresh_that_finds_nobody_ends_the_call() -> None:
    async with table(session_expires=600) as at:
        _, far = await _talk(at)
        far.reply(await at.asked("UPDATE"), 481)
        await at.asked("BYE")
        assert at.ended().reason is EndReason.LOST


@pytest.mark.usefixtures("soonest")
async def test_a_refresh_that_failed_is_tried_again_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.sip.refresh.AGAIN_SECONDS", 0.02)
    async with table(session_expires=600) as at:
        call, far = await _talk(at, allows="INVITE")
        far.reply(await at.asked("INVITE"), 500)
        far.reply(await at.asked("INVITE"), 200, sdp=ANSWER)
        await at.asked("ACK")
        assert at.desk.find(call.ref) is call


@pytest.mark.usefixtures("ends")
async def test_a_far_side_that_does_not_refresh_is_gone() -> None:
    async with table() as at:
        await _talk(at, expires="600;refresher=uas")
        bye = await at.asked("BYE")
        assert "408" in (bye.headers.get("Reason") or "")
        assert at.ended().reason is EndReason.LOST
        assert "10 minutes" in (at.ended().detail or "")


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
async def test_a_refresh_of_theirs_begins_the_session_anew(method: str) -> None:
    async with table() as at:
        call, far = await _talk(at, expires="600;refresher=uas")
        before = call.refresh._over
        known = [("Supported", "timer"), ("Session-Expires", "900;refresher=uac")]
        refresh = far.ask(method, headers=known, sdp=sdp() if method == "INVITE" else None)
        answer = await at.answered(refresh)
        assert answer.headers.get("Session-Expires") == "900;refresher=uac"
        assert answer.required == {"timer"}
        if method == "INVITE":
            far.ack(refresh)
        assert before.cancelled()
        assert call.refresh._over.when() - asyncio.get_running_loop().time() > 600


async def test_a_refresh_of_theirs_that_is_too_short_is_refused() -> None:
    async with table() as at:
        _, far = await at.talk()
        answer = await at.answered(far.ask("UPDATE", headers=[("Session-Expires", "10")]))
        assert (answer.status, answer.headers.get("Min-SE")) == (422, "90")


@pytest.mark.usefixtures("soonest")
@pytest.mark.parametrize("knows", [True, False])
async def test_a_call_to_us_has_a_timer_too(knows: bool) -> None:
    async with table() as at:
        headers = [("Session-Expires", "600;refresher=uas")] + [("Supported", "timer")] * knows
        call, invite, far = await at.rings(headers=headers)
        await call.answer(video=False)
        assert (await at.answered(invite)).headers.get("Session-Expires") == "600;refresher=uas"
        far.ack(invite)
        refresh = await at.asked("INVITE")
        far.reply(refresh, 200, sdp=ANSWER, headers=[("Session-Expires", "600;refresher=uac")])
        await until(lambda: len(at.requests("ACK")) == 1)
        assert call.refresh.timer.agreed == Agreed(600, ours=True)


def test_nothing_but_the_timer_decides() -> None:
    decide: Callable[[str], bool] = SessionTimer(1800).refuses
    assert [decide(said) for said in ("89", "90", "junk")] == [True, False, False]

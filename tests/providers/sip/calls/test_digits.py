"""Pressed keys: in the sound, by INFO, and those that the far side presses."""

import asyncio

import pytest

from tests.fakes import soon
from tests.providers.sip.calls.rig import table
from tuiphone.core.call import EndReason
from tuiphone.core.errors import NotPossible, RequestFailed
from tuiphone.core.events import DigitsHeard, TextReceived
from tuiphone.providers.sip import digits


@pytest.mark.parametrize(
    ("kind", "body", "keys"),
    [
        (digits.RELAY, b"Signal=5\r\nDuration=160\r\n", "5"),
        (digits.RELAY, b"Signal= *\nDuration= 250", "*"),
        (digits.RELAY, b"Duration=1\r\nsignal=11\r\n", "#"),
        (digits.RELAY, b"Signal=a", "A"),
        (digits.RELAY, b"Signal=flash", ""),
        (digits.RELAY, b"", ""),
        (digits.PLAIN, b"7", "7"),
        (digits.PLAIN, b" 10\r\n", "*"),
        (digits.PLAIN, b"\xff", ""),
        (digits.PLAIN, b"1" * 300, ""),
        ("application/media_control+xml", b"<x/>", None),
        (None, b"5", None),
    ],
)
def test_which_keys_a_body_tells_of(kind: str | None, body: bytes, keys: str | None) -> None:
    assert digits.pressed(kind, body) == keys


@pytest.mark.parametrize("how", ["auto", "rtp"])
async def test_keys_go_out_in_the_sound_where_the_far_side_takes_them(how: str) -> None:
    async with table(dtmf=how) as at:
        call, _ = await at.talk()
        await soon(call.dtmf("12#"))
        assert ("dtmf", "12#") in at.media[0].log
        assert at.requests("INFO") == []


@pytest.mark.parametrize("how", ["auto", "info"])
async def test_keys_go_out_by_info_where_it_does_not_or_we_are_told_to(how: str) -> None:
    async with table(dtmf=how) as at:
        call, far = await at.talk()
        at.media[0].takes_events = how == "info"
        pressing = asyncio.ensure_future(call.dtmf("1#"))
        for key in "1#":
            info = await at.asked("INFO")
            assert (info.content_type, info.body) == (digits.RELAY, f"Signal={key}\r\nDuration=160\r\n".encode())
            far.reply(info, 200)
        await soon(pressing)


async def test_keys_that_can_go_out_in_no_way_are_told() -> None:
    async with table(dtmf="rtp") as at:
        call, _ = await at.talk()
        at.media[0].takes_events = False
        with pytest.raises(NotPossible, match="dtmf"):
            await call.dtmf("1")


async def test_a_far_side_that_takes_no_keys_is_told() -> None:
    async with table(dtmf="info") as at:
        call, far = await at.talk()
        pressing = asyncio.ensure_future(call.dtmf("1"))
        far.reply(await at.asked("INFO"), 415)
        with pytest.raises(RequestFailed, match="415"):
            await soon(pressing)
        assert at.desk.find(call.ref) is call


async def test_a_far_side_that_knows_the_call_no_more_ends_it() -> None:
    async with table(dtmf="info") as at:
        call, far = await at.talk()
        pressing = asyncio.ensure_future(call.dtmf("1"))
        far.reply(await at.asked("INFO"), 481)
        with pytest.raises(RequestFailed):
            await soon(pressing)
        assert at.ended().reason is EndReason.LOST


async def test_keys_of_the_far_side_are_told() -> None:
    async with table() as at:
        call, far = await at.talk()
        for kind, body in ((digits.RELAY, b"Signal=5\r\n"), (digits.PLAIN, b"#"), (digits.PLAIN, b"nonsense")):
            assert (await at.answered(far.ask("INFO", body=body, content_type=kind))).status == 200
        assert at.all(DigitsHeard) == [DigitsHeard(call.ref, "5"), DigitsHeard(call.ref, "#")]


async def test_other_infos_are_answered_as_they_deserve() -> None:
    async with table() as at:
        _, far = await at.talk()
        assert (await at.answered(far.ask("INFO"))).status == 200
        answer = await at.answered(far.ask("INFO", body=b"<x/>", content_type="application/media_control+xml"))
        assert (answer.status, digits.RELAY in (answer.headers.get("Accept") or "")) == (415, True)


async def test_other_requests_in_a_call_are_answered() -> None:
    async with table() as at:
        call, far = await at.talk()
        at.agent.on("OPTIONS", lambda incoming: None)
        at.agent.on("MESSAGE", lambda incoming: None)
        at.agent.on("SUBSCRIBE", lambda incoming: None)
        options = await at.answered(far.ask("OPTIONS"))
        assert options.status == 200
        assert "REFER" in (options.headers.get("Allow") or "")
        assert (await at.answered(far.ask("MESSAGE", body=b" hi ", content_type="text/plain"))).status == 200
        assert [(came.sender, came.text) for came in at.all(TextReceived)] == [(call.peer, " hi ")]
        assert (await at.answered(far.ask("MESSAGE", body=b"<b>", content_type="text/html"))).status == 415
        assert (await at.answered(far.ask("SUBSCRIBE"))).status == 405
        assert (await at.answered(far.ask("PRACK", headers=[("RAck", "1 1 INVITE")]))).status == 481

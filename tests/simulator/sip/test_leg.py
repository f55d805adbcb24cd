"""The leg that simulated PBXes ring their extensions by, seen by phones."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from tests.fakes import soon, until
from tests.simulator.sip.conftest import Join
from tests.simulator.sip.media import Media
from tests.simulator.sip.phone import Phone
from tuiphone.simulator.leg import LegCall, Refused
from tuiphone.simulator.loopback import keep_to_loopback
from tuiphone.simulator.sip import Sip


@pytest.fixture(autouse=True)
def media_stays_here() -> None:
    keep_to_loopback()


@pytest.fixture
async def ringing(server: Sip, alice: Phone) -> AsyncIterator[asyncio.Task[LegCall]]:
    """Extension 101, which is alice's, while it rings."""
    task = asyncio.create_task(server.leg.ring("101", "0900000001"))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_extension_logs_in_with_its_own_password(server: Sip, join: Join) -> None:
    assert not server.leg.is_registered("137")
    await join(server, "137", password="pw137")
    assert server.leg.is_registered("137")
    assert not server.leg.is_registered("101")


async def test_the_extension_hears_the_ringback_tone_and_then_itself(
    alice: Phone, ringing: asyncio.Task[LegCall]
) -> None:
    async with Media(300) as media:
        invite = await alice.rung()
        assert '"0900000001" <sip:0900000001@phones.example>' in invite["from"]
        await alice.take_up(invite, body=await media.answer(invite.body))
        call = await soon(ringing)
        tone = asyncio.create_task(call.ringback(math.inf))
        await media.ear.tone(425)
        tone.cancel()
        call.echo()
        await media.ear.tone(300)
        assert call.recording().startswith(b"RIFF")
        await call.hang_up()
        await alice.respond(await alice.get("BYE"), 200)
        await soon(call.ended())


async def test_devices_of_the_extension_and_of_its_user_ring_until_one_answers(
    server: Sip, alice: Phone, join: Join
) -> None:
    desk_phone = await join(server, "101", password="pw101")
    both = asyncio.create_task(server.leg.ring("101", "0900000002"))
    await alice.rung()
    invite = await desk_phone.rung()
    async with Media() as media:
        talk = await desk_phone.take_up(invite, body=await media.answer(invite.body))
        call = await soon(both)
        cancel = await alice.get("CANCEL")
        assert "Call completed elsewhere" in cancel["reason"]
        await talk.hang_up()
        await soon(call.ended())


@pytest.mark.parametrize(("status", "kind"), [(486, "busy"), (603, "declined"), (480, "declined")])
async def test_a_refusal_has_a_kind(alice: Phone, ringing: asyncio.Task[LegCall], status: int, kind: str) -> None:
    await alice.respond(await alice.rung(), status)
    with pytest.raises(Refused, match=kind):
        await soon(ringing)


async def test_who_does_not_answer_is_cancelled(server: Sip, alice: Phone) -> None:
    silent = asyncio.create_task(server.leg.ring("101", "", seconds=2))
    invite = await alice.rung()
    assert "<sip:anonymous@" in invite["from"]
    with pytest.raises(Refused, match="silent"):
        await soon(silent)
    await alice.respond(await alice.get("CANCEL"), 200)
    await alice.respond(invite, 487)
    await until(lambda: not server.floor.calls)


async def test_nobody_is_rung_where_nobody_is(server: Sip) -> None:
    with pytest.raises(Refused, match="unregistered"):
        await soon(server.leg.ring("102", "0900000001"))


@pytest.mark.parametrize("turns", [1, 3])
async def test_who_gives_up_before_the_invitation_is_out_rings_nobody(server: Sip, alice: Phone, turns: int) -> None:
    task = asyncio.create_task(server.leg.ring("101", "0900000001"))
    for _ in range(turns):  # after one it has not begun to look for its addresses, after three it is at that
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # Whoever would ring is called before this one.
    call = server.floor.new_call("tone")
    dialled = asyncio.create_task(call.dial("sip:alice@phones.example", with_offer=False))
    invite = await alice.rung()
    assert "tone" in invite["from"]
    await alice.respond(invite, 486)
    await soon(dialled)
    assert not [one for one in alice.came if one.method == "INVITE"]


async def test_a_call_to_the_extension_is_seen_on_the_line_of_its_user(
    server: Sip, alice: Phone, ringing: asyncio.Task[LegCall]
) -> None:
    await alice.rung()
    await until(lambda: server.watchers.callbook.lines_of("alice"))
    assert server.watchers.callbook.lines_of("alice")[0].other == "0900000001"

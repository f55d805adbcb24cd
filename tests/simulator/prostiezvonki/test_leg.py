"""Calls with the devices of a SIP leg: their events come when people do things (11)."""

import asyncio

import httpx
import pytest

from tests.fakes import soon, until
from tests.simulator.prostiezvonki.conftest import LogIn, Serve
from tuiphone.simulator.leg import RING_S, Refused
from tuiphone.simulator.prostiezvonki import Prostiezvonki

OUTSIDE = "73430112233"
SOUND = b"RIFF what was said"


class Talk:
    """A call that a device answered."""

    def __init__(self) -> None:
        self.hears = "nothing"
        self.over = asyncio.Event()

    async def ringback(self, seconds: float) -> None:
        self.hears = "ringback"
        await self.over.wait()

    def echo(self) -> None:
        self.hears = "echo"

    def recording(self) -> bytes:
        return SOUND

    async def ended(self) -> None:
        await self.over.wait()

    async def hang_up(self) -> None:
        self.over.set()


class Devices:
    """A leg with a device at 101, at which the test sits."""

    def __init__(self) -> None:
        self.rings: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.decides: asyncio.Future[Talk] = asyncio.get_running_loop().create_future()
        self.left_off = asyncio.Event()

    def is_registered(self, extension: str) -> bool:
        return extension == "101"

    async def ring(self, extension: str, caller: str, *, seconds: float = RING_S) -> Talk:
        self.rings.put_nowait((extension, caller))
        try:
            return await self.decides
        except asyncio.CancelledError:
            self.left_off.set()
            raise

    async def rung(self) -> tuple[str, str]:
        """Who was rung, and by whom."""
        return await soon(self.rings.get())

    def pick_up(self) -> Talk:
        """Answer."""
        talk = Talk()
        self.decides.set_result(talk)
        return talk


Stage = tuple[Prostiezvonki, Devices]


@pytest.fixture
async def stage(serve: Serve) -> Stage:
    server, devices = await serve(), Devices()
    server.use_leg(devices)
    return server, devices


async def test_our_own_telephone_rings_first_and_the_call_lasts_until_somebody_hangs_up(
    stage: Stage, log_in: LogIn
) -> None:
    server, devices = stage
    client = await log_in(server)
    await client.ask("Call", From="101", To=OUTSIDE)
    assert await devices.rung() == ("101", OUTSIDE)
    await client.ask("GetVersion")
    assert not client.events
    talk = devices.pick_up()
    await client.event(16)
    await until(lambda: talk.hears == "echo")
    assert len(client.events) == 2
    talk.over.set()
    end = await client.event(4)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(end["record"])).content == SOUND


@pytest.mark.parametrize("begin", ["Call", "inbound"])
async def test_a_telephone_that_refuses_ends_the_call_without_talk(stage: Stage, log_in: LogIn, begin: str) -> None:
    server, devices = stage
    client = await log_in(server)
    if begin == "Call":
        await client.ask("Call", From="101", To=OUTSIDE)
    else:
        server.pbx.arrive(OUTSIDE, "101", server.pbx.manner())
    await devices.rung()
    devices.decides.set_exception(Refused("declined"))
    end = await client.event(4)
    assert end["duration"] == "0"
    assert client.kinds(end["callID"]) == ([4] if begin == "Call" else [2, 4])


async def test_who_hangs_up_before_the_far_end_answers_did_not_talk(serve: Serve, log_in: LogIn) -> None:
    server, devices = await serve(answer_after_s=60.0), Devices()
    server.use_leg(devices)
    client = await log_in(server)
    await client.ask("Call", From="101", To=OUTSIDE)
    await devices.rung()
    talk = devices.pick_up()
    await until(lambda: talk.hears == "ringback")
    talk.over.set()
    end = await client.event(4)
    assert (client.kinds(end["callID"]), end["duration"]) == ([8, 4], "0")


async def test_a_telephone_that_calls_us_rings_ours_and_talks_with_it(stage: Stage, log_in: LogIn) -> None:
    server, devices = stage
    client = await log_in(server)
    call = server.pbx.arrive(OUTSIDE, "101", server.pbx.manner())
    assert await devices.rung() == ("101", OUTSIDE)
    await client.event(2)
    talk = devices.pick_up()
    await client.event(32)
    assert talk.hears == "echo"
    server.pbx.hang_up(call)
    await client.event(4)
    assert talk.over.is_set()


async def test_a_transfer_hangs_up_here_and_rings_there(stage: Stage, log_in: LogIn) -> None:
    server, devices = stage
    client, other = await log_in(server), await log_in(server, "102")
    call = server.pbx.arrive(OUTSIDE, "101", server.pbx.manner())
    await devices.rung()
    talk = devices.pick_up()
    await client.event(32)
    await client.ask("Transfer", CallID=call.id, To="102")
    assert int((await client.event(4))["duration"]) >= 1
    assert talk.over.is_set()
    assert (await other.event(4))["to"] == "102"
    assert other.kinds(call.id) == [2, 32, 4]


async def test_a_call_that_is_taken_elsewhere_stops_ringing_here(stage: Stage, log_in: LogIn) -> None:
    server, devices = stage
    other = await log_in(server, "102")
    call = server.pbx.arrive(OUTSIDE, "101", server.pbx.manner())
    await devices.rung()
    await other.ask("Transfer", CallID=call.id, To="102")
    await soon(devices.left_off.wait())
    await other.event(32, callID=call.id)


async def test_calls_between_extensions_end_together(stage: Stage, log_in: LogIn) -> None:
    server, devices = stage
    caller, callee = await log_in(server), await log_in(server, "102")
    await caller.ask("Call", From="101", To="102")
    await devices.rung()
    talk = devices.pick_up()
    await callee.event(32)
    await caller.event(16)
    talk.over.set()
    await caller.event(4)
    await callee.event(4)

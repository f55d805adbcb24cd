"""Calls by timers: out, in, offered, moved and taken (5, 8, 11)."""

import io
import wave
from dataclasses import replace

import httpx
import pytest

from tests.fakes import until
from tests.simulator.prostiezvonki.conftest import Control, LogIn, Serve
from tuiphone.simulator.prostiezvonki import Prostiezvonki
from tuiphone.simulator.prostiezvonki.envelope import Refusal

OUTSIDE = "73430112233"


async def test_a_call_goes_out_is_answered_and_ends_with_a_recording(server: Prostiezvonki, log_in: LogIn) -> None:
    client, other = await log_in(server), await log_in(server, "102")
    assert (await client.ask("Call", From="101", To=OUTSIDE))["Code"] == "0"
    end = await client.event(4)
    assert client.kinds(end["callID"]) == [8, 16, 4]
    assert client.events[0] == {"type": "8", "callID": "18467", "from": "101", "to": OUTSIDE}
    assert (end["from"], end["to"], end["direction"], end["missed"]) == ("101", OUTSIDE, "1", "0")
    assert int(end["duration"]) >= 1
    assert int(end["end"]) >= int(end["start"]) > 1_700_000_000
    async with httpx.AsyncClient(trust_env=False) as http:
        sound = await http.get(end["record"])
        part = await http.get(end["record"], headers={"Range": "bytes=0-3"})
        assert (await http.get(f"{end['record']}x")).status_code == 404
    with wave.open(io.BytesIO(sound.content)) as reader:
        assert reader.getframerate() == 8000
        assert reader.getnframes() > 0
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert not other.events


async def test_a_busy_number_is_called_and_ends_without_talk(serve: Serve, log_in: LogIn) -> None:
    client = await log_in(await serve(numbers_busy=f"1,{OUTSIDE}"))
    await client.ask("Call", From="101", To=OUTSIDE)
    end = await client.event(4)
    assert client.kinds(end["callID"]) == [8, 4]
    assert (end["duration"], end["record"]) == ("0", "")


@pytest.mark.parametrize(
    ("method", "data", "code"),
    [
        ("Call", {"From": "102", "To": OUTSIDE}, "6"),
        ("Call", {"From": "101", "To": "101"}, "6"),
        ("Call", {"From": "101", "To": ""}, "4"),
        ("Call", {"To": OUTSIDE}, "4"),
        ("Call", {"From": "101", "To": "+7 (343) 011"}, "4"),
        ("Transfer", {"CallID": "1", "To": "102"}, "5"),
        ("Transfer", {"To": "102"}, "4"),
        ("Generate", {"Event": "3"}, "4"),
        ("Generate", {"From": "101"}, "4"),
        ("Generate", {"Event": "2", "CallID": str(2**64), "To": "101"}, "4"),
        ("Generate", {"Event": "128", "From": "102", "To": "900", "Smstext": "0J8="}, "6"),
        ("Generate", {"Event": "128", "From": "101", "To": "900", "Smstext": "text"}, "1"),
        ("Simulation", {"Mode": "perhaps"}, "4"),
        ("GetClients", {}, "0"),
        ("GetServerId", {}, "0"),
        ("License", {}, "0"),
    ],
)
async def test_requests_have_a_code(
    server: Prostiezvonki, log_in: LogIn, method: str, data: dict[str, str], code: str
) -> None:
    client = await log_in(server)
    assert (await client.ask(method, **data))["Code"] == code
    assert not client.events


async def test_a_call_between_extensions_is_seen_by_both(server: Prostiezvonki, log_in: LogIn) -> None:
    caller, callee = await log_in(server, mask=127), await log_in(server, "102", mask=127)
    await caller.ask("Call", From="101", To="102")
    out, into = await caller.event(4), await callee.event(4)
    assert caller.kinds(out["callID"]) == [8, 16, 4]
    assert callee.kinds(into["callID"]) == [2, 32, 4]
    assert (out["direction"], into["direction"]) == ("1", "0")
    assert out["from"] == into["from"] == "101"
    await callee.ask("GetVersion")
    assert {one["callID"] for one in caller.events}.isdisjoint(one["callID"] for one in callee.events)


async def test_a_waiting_call_that_nobody_routes_comes_by_itself(
    server: Prostiezvonki, log_in: LogIn, control: Control
) -> None:
    client, other = await log_in(server), await log_in(server, "102")
    await control("inbound", **{"from": OUTSIDE, "to": "101", "offered": 0.05, "line": "2"})
    end = await client.event(4)
    assert client.kinds(end["callID"]) == [1, 2, 32, 4]
    offer = await other.event(1)
    assert offer == {"type": "1", "callID": end["callID"], "from": OUTSIDE, "line": "2"}
    assert other.kinds(end["callID"]) == [1]


async def test_the_first_to_route_a_waiting_call_wins(serve: Serve, log_in: LogIn) -> None:
    server = await serve(offer_s=60.0, talk_s=60.0)
    slow, quick = await log_in(server), await log_in(server, "102")
    server.pbx.arrive(OUTSIDE, "101", replace(server.pbx.manner(), offer_s=60.0))
    call_id = (await slow.event(1))["callID"]
    assert (await quick.ask("Transfer", CallID=call_id, To="102"))["Code"] == "0"
    assert (await slow.ask("Transfer", CallID=call_id, To="101"))["Code"] == "6"
    await quick.event(32, callID=call_id, to="102")
    assert quick.kinds(call_id) == [1, 2, 32]
    assert slow.kinds(call_id) == [1]


async def test_two_who_route_at_the_very_same_moment_are_not_both_heard(serve: Serve) -> None:
    pbx = (await serve()).pbx
    call = pbx.arrive(OUTSIDE, "101", replace(pbx.manner(), offer_s=60.0))
    pbx.transfer(call, "102", by="102")
    with pytest.raises(Refusal, match="first"):
        pbx.transfer(call, "137", by="137")
    assert call.extension == "102"


async def test_a_caller_who_gives_up_while_waiting_was_with_nobody(
    server: Prostiezvonki, log_in: LogIn, control: Control
) -> None:
    client, other = await log_in(server), await log_in(server, "102")
    call_id = (await control("inbound", **{"from": OUTSIDE, "to": "101", "offered": 60})).json()["callId"]
    await client.event(1)
    assert (await control("hangup", callId=call_id)).json() == {"r": 0}
    for one in (client, other):
        end = await one.event(4)
        assert (end["to"], end["duration"], end["direction"]) == ("", "0", "0")
    await until(lambda: server.pbx.calls[call_id].is_over)
    assert (await control("hangup", callId=call_id)).json() == {"r": 1}


async def test_a_live_call_moves_with_an_end_here_and_a_ring_there(serve: Serve, log_in: LogIn) -> None:
    server = await serve(talk_s=60.0)
    client, other = await log_in(server), await log_in(server, "102")
    await client.ask("Call", From="101", To=OUTSIDE)
    call_id = (await client.event(16))["callID"]
    assert (await other.ask("Transfer", CallID=call_id, To="102"))["Code"] == "6"
    assert (await client.ask("Transfer", CallID=call_id, To=""))["Code"] == "4"
    assert (await client.ask("Transfer", CallID=call_id, To="102"))["Code"] == "0"
    end = await client.event(4, callID=call_id)
    assert (end["direction"], end["to"]) == ("1", OUTSIDE)
    ring = await other.event(2, callID=call_id)
    assert (ring["from"], ring["to"]) == (OUTSIDE, "102")
    await other.event(32, callID=call_id)
    assert client.kinds(call_id) == [8, 16, 4]


async def test_a_call_that_rings_at_somebody_else_can_be_taken(
    server: Prostiezvonki, log_in: LogIn, control: Control
) -> None:
    taker, ringing = await log_in(server, mask=127), await log_in(server, "102")
    call_id = (await control("inbound", **{"from": OUTSIDE, "to": "102", "answers": False, "ring_s": 60})).json()[
        "callId"
    ]
    await taker.event(2, to="102")
    assert (await ringing.ask("Transfer", CallID=call_id, To="102"))["Code"] == "6"
    assert (await taker.ask("Transfer", CallID=call_id, To="101"))["Code"] == "0"
    assert (await ringing.event(4, callID=call_id))["duration"] == "0"
    await taker.event(32, callID=call_id, to="101")
    assert int((await taker.event(4, callID=call_id, to="101"))["duration"]) >= 1


async def test_nobody_at_the_desk_is_a_missed_call(server: Prostiezvonki, log_in: LogIn, control: Control) -> None:
    client = await log_in(server)
    await control("inbound", **{"from": OUTSIDE, "to": "101", "answers": False, "ring_s": 0.05})
    end = await client.event(4)
    assert client.kinds(end["callID"]) == [2, 4]
    assert (end["direction"], end["duration"], end["record"]) == ("0", "0", "")


async def test_there_are_only_so_many_calls(serve: Serve, log_in: LogIn) -> None:
    server = await serve(talk_s=60.0)
    client = await log_in(server)
    codes = [(await client.ask("Call", From="101", To=OUTSIDE))["Code"] for _ in range(101)]
    assert (codes[99], codes[100]) == ("0", "6")
    # Those that a client makes up go on only when they are routed.
    for kind, number in (("1", "5"), ("2", "6")):
        await client.ask("Generate", Event=kind, From=OUTSIDE, To="" if kind == "1" else "101", CallID=number)
        assert (await client.ask("Transfer", CallID=number, To="102"))["Code"] == "6"
    assert client.kinds("5") == [1]


async def test_numbers_of_the_demo_make_the_desk_busy(serve: Serve, log_in: LogIn) -> None:
    server = await serve(pace=0.005)
    client = await log_in(server, mask=127)
    await client.ask("Call", From="101", To="700")
    waits = await client.event(1)
    assert (await client.event(2, callID=waits["callID"]))["to"] == "101"
    talks, missed = await client.event(32, to="102"), await client.event(2, to="137")
    assert (await client.event(4, callID=missed["callID"]))["duration"] == "0"
    assert (await client.event(4, callID=talks["callID"]))["duration"] != "0"

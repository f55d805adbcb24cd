"""Who is told of what: watchers, groups, the late; and events that clients make up (2, 5, 6, 11)."""

import base64

import pytest

from tests.fakes import until
from tests.simulator.prostiezvonki.client import Client
from tests.simulator.prostiezvonki.conftest import Control, LogIn, Serve
from tuiphone.simulator.prostiezvonki import Prostiezvonki

OUTSIDE = "73430112233"


async def test_a_mask_chooses_the_events_of_others(server: Prostiezvonki, log_in: LogIn, control: Control) -> None:
    nothing, ends, everything = (
        await log_in(server),
        await log_in(server, "102", mask=4),
        await log_in(server, "137", mask=127),
    )
    await control("call", **{"from": "101", "to": OUTSIDE})
    call_id = (await everything.event(4))["callID"]
    await ends.event(4)
    await nothing.event(4)
    assert everything.kinds(call_id) == nothing.kinds(call_id) == [8, 16, 4]
    assert ends.kinds(call_id) == [4]
    await control("call", **{"from": "102", "to": OUTSIDE})
    await everything.event(4, sender="102")
    await nothing.ask("GetVersion")
    assert {one["callID"] for one in nothing.events} == {call_id}


async def test_a_group_narrows_what_is_watched(serve: Serve, log_in: LogIn) -> None:
    server = await serve(groups="137:sales")
    sales, stores = await log_in(server, mask=127, group="sales"), await log_in(server, "102", mask=127, group="stores")
    server.pbx.place("137", OUTSIDE)
    await sales.event(4, sender="137")
    server.pbx.place("102", OUTSIDE)
    await stores.event(4, sender="102")
    await sales.ask("GetVersion")
    assert not [one for one in sales.events if one["from"] == "102"]
    assert not [one for one in stores.events if one["from"] == "137"]


async def test_ends_of_calls_are_told_late_once_and_the_latest_alone(serve: Serve, log_in: LogIn) -> None:
    server = await serve(late_events=2)
    await leave(server, await log_in(server))
    for number in ("111", "222", "333"):
        server.pbx.arrive(number, "101", server.pbx.manner())
    await until(lambda: all(call.is_over for call in server.pbx.calls.values()))
    client = await log_in(server)
    await client.ask("GetVersion")
    assert [(one["type"], one["missed"]) for one in client.events] == [("4", "1")] * 2
    assert all(int(one["duration"]) >= 1 and one["record"] for one in client.events)
    await leave(server, client)
    again = await log_in(server)
    await again.ask("GetVersion")
    assert not again.events


@pytest.mark.parametrize(("number", "result"), [("9004445566", "1"), ("9004445500", "2")])
async def test_an_sms_is_handed_over_and_its_status_told(
    server: Prostiezvonki, log_in: LogIn, number: str, result: str
) -> None:
    client, other = await log_in(server), await log_in(server, "102", mask=1023)
    smstext = base64.b64encode("Привет".encode()).decode()
    assert (await client.ask("Generate", Event="128", From="101", To=number, Smstext=smstext))["Code"] == "0"
    status = await client.event(256, result=result)
    assert client.kinds(status["callID"]) == [128, 256, 256]
    assert [one.get("result", one.get("smstext")) for one in client.events] == [smstext, "0", result]
    assert server.methods.texts[0].text == "Привет"
    assert not other.events


async def test_events_can_be_made_up_and_their_calls_moved(server: Prostiezvonki, log_in: LogIn) -> None:
    client, other = await log_in(server), await log_in(server, "102")
    await client.ask("Generate", Event="1", From=OUTSIDE, Line="7")
    offer = await other.event(1)
    assert offer == {"type": "1", "callID": "18467", "from": OUTSIDE, "line": "7"}
    await client.ask("Generate", Event="2", From=OUTSIDE, To="101", CallID="5")
    await client.ask(
        "Generate", Event="4", From=OUTSIDE, To="101", CallID="5", Duration="9", Start="10", Record="ftp://r"
    )
    end = await client.event(4)
    assert (end["duration"], end["start"], end["direction"], end["record"]) == ("9", "10", "0", "ftp://r")
    assert list(end)[:4] == ["type", "callID", "from", "to"]
    assert (await other.ask("Transfer", CallID="5", To="102"))["Code"] == "5"
    assert (await other.ask("Transfer", CallID="18467", To="102"))["Code"] == "0"
    await other.event(4, callID="18467")
    assert other.kinds("18467") == [1, 2, 32, 4]
    assert not [one for one in other.events if one["callID"] == "5"]


async def test_control_calls_reach_sockets_switches_and_say_what_is_wrong(
    server: Prostiezvonki, log_in: LogIn, control: Control
) -> None:
    client = await log_in(server)
    await control("push", extension="101", xml='<Event type="2" callID="9" from="1" to="101"/>')
    await client.event(2, callID="9")
    assert (await control("set", key="talk_s", value="long")).status_code == 400
    assert (await control("set", key="port", value=1)).status_code == 400
    assert (await control("set", key="users", value="101")).status_code == 400
    assert (await control("inbound", **{"from": "1", "to": "999"})).json()["message"] == "there is no extension '999'"
    assert (await control("nonsense")).status_code == 400
    assert (await control("set", key="close_with", value="102:4003")).json() == {"r": 0}
    assert await (await log_in(server, "102")).closed() == 4003
    await control("event", owners=["101"], attributes={"type": 4, "callID": 8, "missedFinal": 1})
    assert (await client.event(4, callID="8"))["missedFinal"] == "1"
    await control("sms", **{"from": "101", "to": "9004445566", "text": "Привет"})
    assert base64.b64decode((await client.event(128))["smstext"]).decode() == "Привет"
    await control("close", extension="101", code=4001)
    assert await client.closed() == 4001
    another = await log_in(server)
    await another.ask("GetVersion")
    await control("drop", extension="101")
    assert await another.closed() == 1006


async def test_the_simulation_keeps_a_desk_busy_until_it_is_switched_off(serve: Serve, log_in: LogIn) -> None:
    server = await serve(pace=0.001)
    client = await log_in(server)
    await client.ask("Simulation", Mode="on")
    await until(lambda: len([one for one in client.events if one["type"] == "1"]) >= 2)
    await client.ask("Simulation", Mode="off")
    assert not server.desk.is_busy("101")


async def leave(server: Prostiezvonki, client: Client) -> None:
    """Leave, and wait until that was noticed."""
    await client.ask("GetVersion")
    await client.close()
    await until(lambda: "101" not in server.office.sessions)

"""Log-in, ping, other devices and lost links on OnCaller's wire."""

import time
from typing import Any

import httpx
import pytest

from tests.fakes import until
from tests.simulator.conftest import LogIn, Serve
from tests.simulator.control import control
from tests.simulator.phone import KEY_SID, Phone, packed, signed, token_for
from tuiphone.simulator.oncaller import OnCaller

HEADER = {"typ": "JWT", "alg": "HS256", "cty": "stringee-api;v=1"}
VECTOR = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImN0eSI6InN0cmluZ2VlLWFwaTt2PTEifQ.eyJqdGkiOiJTSy1vbmNhbGxlci1zaW0tMTcwMDAwM"
    "DAwMCIsImlzcyI6IlNLLW9uY2FsbGVyLXNpbSIsImV4cCI6MTcwMDAwMzYwMCwidXNlcklkIjoiYWxpY2UifQ.tu6UJEBnNB9xiid29wN7gfhwX2"
    "3xIuafO96yeq82c7c"
)


def payload(**changes: Any) -> dict[str, Any]:
    return {"jti": f"{KEY_SID}-1", "iss": KEY_SID, "exp": int(time.time()) + 3600, "userId": "alice"} | changes


async def stranger(server: OnCaller, user: str = "alice", **more: Any) -> Phone:
    """A phone that is connected and not logged in."""
    phone = Phone(f"ws://127.0.0.1:{server.port}/", user, talks=False, **more)
    await phone.open()
    return phone


async def test_a_good_token_logs_in_with_all_fields_the_client_reads(server: OnCaller) -> None:
    async with await stranger(server) as alice:
        reply = await alice.log_in()
        about = {"clientId": alice.device, "browserId": "browser-1", "deviceName": "a test", "platform": 3}
        assert reply["clients"] == [about]
        assert (reply["r"], reply["message"], reply["userId"]) == (0, "SUCCESS", "alice")
        assert (reply["projectId"], reply["ping_after_ms"], reply["ice_servers"]) == (1001, 45000, [])
        assert isinstance(reply["connectionId"], str)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", 1),
        (7, 1),
        ("no dots", 3),
        ("one.two", 3),
        (f"{packed(b'no json')}.{packed(payload())}.x", 2),
        (f"{packed(HEADER)}.{packed(b'[1]')}.x", 2),
        (f"{packed(HEADER)}.{packed(b'[' * 5000)}.x", 2),
        (signed(HEADER | {"alg": "none"}, payload()), 4),
        (signed(HEADER | {"alg": "HS512"}, payload()), 4),
        (signed(HEADER, payload(iss="SK-somebody")), 5),
        (VECTOR, 6),
        (token_for("alice", expires=1_700_000_000), 6),
        (signed(HEADER, payload(), "another secret"), 6),
        (f"{packed(HEADER)}.{packed(payload())}.", 6),
        (signed(HEADER, payload(exp="soon")), 6),
        (signed(HEADER, {key: value for key, value in payload().items() if key != "exp"}), 6),
        (signed(HEADER, payload(userId="")), 7),
        (signed(HEADER, payload(userId=12)), 7),
        (signed(HEADER, payload(userId=None, rest_api=True)), 7),
    ],
    ids=range(19),
)
async def test_a_bad_token_is_refused_with_the_code_of_its_fault(server: OnCaller, token: object, code: int) -> None:
    async with await stranger(server) as alice:
        reply = await alice.log_in(token)
        assert reply["r"] == code
        assert reply["message"]
        assert "clients" not in reply
        assert (await alice.log_in())["r"] == 0, "the socket stays usable"


async def test_the_vector_of_the_protocol_is_what_this_phone_would_sign() -> None:
    vector = {"jti": "SK-oncaller-sim-1700000000", "iss": KEY_SID, "exp": 1700003600, "userId": "alice"}
    assert signed(HEADER, vector) == VECTOR


async def test_nothing_but_a_refusal_before_the_log_in(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob", talks=False)
    async with await stranger(server) as alice:
        reply = await alice.request(26, fromNumber="alice", toNumber="bob", video=False, custom="")
        assert reply["r"] < 0
        assert "callId" not in reply
        assert await alice.result(54, toUser="bob", message=1) < 0
        await bob.settled()
        assert bob.history == []


async def test_pings_come_at_the_set_pace_and_answers_are_not_answered(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ping_after_ms=100)
    begun = time.monotonic()
    alice = await log_in(server, "alice")
    await until(lambda: alice.pings >= 5)
    assert time.monotonic() - begun >= 0.45


async def test_a_client_that_answers_no_ping_is_dropped(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ping_after_ms=100)
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    alice.answers_pings = False
    await alice.lost()
    await bob.settled()


async def test_other_devices_learn_who_came_and_went(server: OnCaller, log_in: LogIn) -> None:
    first = await log_in(server, "alice")
    second = Phone(first.url, "alice", talks=False)
    await second.open()
    reply = await second.log_in()
    assert [one["clientId"] for one in reply["clients"]] == [first.device, second.device]
    came = await first.push(104, status="connected")
    assert came == {**reply["clients"][1], "status": "connected"}
    await second.close()
    assert (await first.push(104, status="disconnected"))["clientId"] == second.device
    assert second.got(104) == []


async def test_a_second_log_in_of_the_same_device_replaces_the_first_socket(server: OnCaller, log_in: LogIn) -> None:
    watcher = await log_in(server, "alice", device="web-watcher")
    older = await log_in(server, "alice", device="web-1")
    await watcher.push(104, status="connected")
    newer = await log_in(server, "alice", device="web-1")
    await older.lost()
    await newer.settled()
    await watcher.settled()
    bob = await log_in(server, "bob", talks=False)
    assert await bob.result(54, toUser="alice", message="one") == 0
    await newer.push(55, message="one")
    assert len(watcher.got(104)) == 1, "it never was away, so it does not come again"


async def test_a_socket_that_logs_in_as_somebody_else_leaves_the_first_user(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob", talks=False)
    turncoat = await log_in(server, "alice", talks=False)
    assert (await turncoat.log_in(token_for("carol")))["r"] == 0
    assert await bob.result(54, toUser="alice", message=1) == 1
    assert await bob.result(54, toUser="carol", message=2) == 0
    await turncoat.push(55, message=2)


async def test_messages_and_topics_reach_every_device_as_they_were_sent(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice", talks=False)
    bobs = [await log_in(server, "bob", talks=False) for _ in range(2)]
    message = {"text": "[red]\x1b[2J ☎", "list": [1, 2.5, None, True]}
    assert await alice.result(54, toUser="bob", message=message) == 0
    for bob in bobs:
        assert await bob.push(55) == {"fromUser": "alice", "message": message}
    assert (await control(server, "topic", userId="bob", topic="news", message="hi")).json()["r"] == 0
    for bob in bobs:
        assert await bob.push(102) == {"topic": "news", "message": "hi"}
    assert await alice.result(54, toUser="nobody", message=1) == 1


@pytest.mark.parametrize(("service", "body"), [(103, {"attribute": "a", "value": "b"}), (39, {}), (40, {})])
async def test_small_requests_are_granted(server: OnCaller, log_in: LogIn, service: int, body: dict[str, str]) -> None:
    alice = await log_in(server, "alice")
    assert await alice.result(service, **body) == 0


async def test_the_address_look_up_names_this_server_for_a_good_token(server: OnCaller) -> None:
    url = f"http://127.0.0.1:{server.port}/v2/getStringeeServerAddress"
    async with httpx.AsyncClient(trust_env=False) as client:
        good = await client.get(url, params={"access_token": token_for("alice")})
        bad = await client.get(url, params={"access_token": VECTOR})
    assert good.json() == {"r": 0, "data": {"stringeeServerAddrs": {"web": [{"ip": "127.0.0.1", "port": server.port}]}}}
    assert good.headers["Access-Control-Allow-Origin"] == "*"
    assert bad.json()["r"] == 6

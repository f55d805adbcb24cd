"""Logging in and staying logged in, against a server that does as the test says."""

import asyncio
import json
import logging

import pytest

from tests.fakes import FakeMemory, soon, until
from tests.providers.rig import Account, ScriptedServer, account, connected, settings
from tuiphone.core.errors import (
    AccessDenied,
    BadFrame,
    ConnectionLost,
    NotPossible,
    ProviderError,
    RequestFailed,
    RequestTimeout,
)
from tuiphone.core.events import ConnectionChanged, DevicesChanged, Link, TextReceived
from tuiphone.core.model import Address, AddressKind, Device
from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller import codes, registration, session
from tuiphone.providers.oncaller.token import sign

BOB = Address(AddressKind.USER, "bob")


async def refused(server: ScriptedServer, alice: Account, r: int, **body: object) -> ProviderError:
    """Let alice's log-in be refused with this code; what `run` raises."""
    running = alice.start()
    client = await server.client()
    await client.reply(2, r, **body)
    with pytest.raises(ProviderError) as error:
        await soon(running)
    return error.value


async def test_the_log_in_is_the_documented_one() -> None:
    async with ScriptedServer() as server, account(settings(server.url, device_name="desk")) as alice:
        alice.start()
        body = await (await server.client()).log_in()
        ids = {key: body.pop(key) for key in ("deviceId", "browserId", "sessionId")}
        assert {key: value.split("-")[0] for key, value in ids.items()} == {
            "deviceId": "web",
            "browserId": "browser",
            "sessionId": "session",
        }
        assert all(len(value.split("-", 1)[1]) == 36 for value in ids.values())
        assert body == {
            "accesstoken": "a token",
            "platform": 3,
            "platformVersion": "",
            "deviceName": "desk",
            "screenSize": "",
            "sdkVersion": "2.6.0",
            "requestId": 1,
        }
        assert (await alice.told(ConnectionChanged)).link is Link.ONLINE
        assert alice.memory.kept == {"browser_id": ids["browserId"]}
        assert alice.provider.identity == "alice"


async def test_the_browser_id_lasts_and_the_device_id_is_new_for_each_life_of_the_account() -> None:
    memory = FakeMemory()
    seen: list[tuple[str, str]] = []
    async with ScriptedServer() as server:
        for _ in range(2):
            async with account(settings(server.url), memory) as alice:
                alice.start()
                body = await (await server.client()).hear(2)
                seen.append((body["browserId"], body["deviceId"]))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] != seen[1][1]


async def test_a_reconnect_is_the_same_device_and_goes_on_counting_its_requests() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        bodies = []
        for _ in range(2):
            running = alice.start()
            client = await server.client()
            bodies.append(await client.log_in())
            await client.say(1)
            await client.hear(1)
            await client.socket.close()
            with pytest.raises(ConnectionLost, match="closed the connection"):
                await soon(running)
        same = [{key: body[key] for key in ("deviceId", "sessionId", "browserId")} for body in bodies]
        assert same[0] == same[1]
        assert [body["requestId"] for body in bodies] == [1, 3]


async def test_a_ping_is_answered_once_and_at_once() -> None:
    async with connected() as (_, client, _):
        await client.say(1)
        assert await client.hear(1) == {"requestId": 2}
        await client.beat()
        assert client.heard(1) == []


async def test_a_server_that_falls_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "SILENCE_GRACE_S", 0.05)
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        running = alice.start()
        await (await server.client()).log_in(ping_after_ms=50)
        await alice.told(ConnectionChanged)
        with pytest.raises(ConnectionLost, match="has been silent for 0 seconds"):
            await soon(running)


async def test_a_server_that_says_something_now_and_then_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "SILENCE_GRACE_S", 0.2)
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        running = alice.start()
        client = await server.client()
        await client.log_in(ping_after_ms=1)
        for _ in range(8):
            await asyncio.sleep(0.05)
            await client.beat()
        assert not running.done()


async def test_a_server_that_never_answers_the_log_in_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REQUEST_SECONDS", 0.05)
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        with pytest.raises(RequestTimeout, match="did not answer within"):
            await soon(alice.start())
        assert alice.events == []


async def test_a_server_that_hangs_up_during_the_log_in_is_lost() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        running = alice.start()
        await (await server.client()).socket.close(1013, "come back later")
        with pytest.raises(ConnectionLost, match="come back later"):
            await soon(running)


async def test_cancelling_closes_the_link() -> None:
    async with connected() as (_, client, alice):
        await alice.stop()
        await soon(client.socket.wait_closed())
        with pytest.raises(ConnectionLost, match="no connection to OnCaller"):
            await alice.provider.dial(BOB)


# -- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("r", [1, 2, 3, 4, 5, 7, 8])
async def test_refused_credentials_are_access_denied_in_words(r: int) -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        error = await refused(server, alice, r, message="WHY")
        assert isinstance(error, AccessDenied)
        assert str(error) == f"{codes.LOGIN[r][:-1]} ({r} WHY)."
        assert alice.events == []


async def test_an_unknown_refusal_may_pass() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        error = await refused(server, alice, 99)
        assert isinstance(error, RequestFailed)
        assert error.code == 99


async def test_an_expired_token_is_replaced_by_a_fresh_one_at_once() -> None:
    tokens = ["old", "new", "newer"]

    async def command() -> str:
        return tokens.pop(0)

    async with ScriptedServer() as server, account(settings(server.url, token=Secret(command))) as alice:
        alice.start()
        assert (await (await server.client()).reply(2, 6))["accesstoken"] == "old"
        assert (await (await server.client()).log_in())["accesstoken"] == "new"
        await alice.told(ConnectionChanged)
        assert tokens == ["newer"]


async def test_an_expired_token_without_another_is_access_denied() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        error = await refused(server, alice, 6, message="EXPIRED")
        assert isinstance(error, AccessDenied)
        assert "has expired, or is signed with a wrong secret" in str(error)


async def test_a_fresh_token_that_is_refused_too_is_access_denied() -> None:
    tokens = ["old", "new", "newer"]

    async def command() -> str:
        return tokens.pop(0)

    async with ScriptedServer() as server, account(settings(server.url, token=Secret(command))) as alice:
        running = alice.start()
        for _ in range(2):
            await (await server.client()).reply(2, 6)
        with pytest.raises(AccessDenied):
            await soon(running)


async def test_a_token_for_somebody_else_is_access_denied() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        running = alice.start()
        await (await server.client()).log_in(userId="mallory")
        with pytest.raises(AccessDenied, match="for 'mallory', but user_id says 'alice'"):
            await soon(running)
        assert alice.events == []


async def test_keys_of_the_settings_sign_the_token() -> None:
    pair = {"token": None, "key_sid": "SK1", "key_secret": Secret("s" * 32)}
    async with ScriptedServer() as server, account(settings(server.url, **pair)) as alice:
        alice.start()
        body = await (await server.client()).log_in()
        header = sign(key_sid="SK1", secret="s" * 32, user_id="alice", now=0).split(".")[0]
        assert body["accesstoken"].split(".")[0] == header


# -- several servers ------------------------------------------------------------------------------------------------


async def test_a_standby_sends_us_to_the_active_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "STANDBY_PAUSE_S", 0.01)
    async with ScriptedServer() as standby, ScriptedServer() as active, account(settings(standby.url)) as alice:
        alice.start()
        await (await standby.client()).reply(2, 15, change_to_server=active.url)
        await (await active.client()).log_in()
        await alice.told(ConnectionChanged)


async def test_servers_that_send_us_round_in_circles_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "STANDBY_PAUSE_S", 0.01)
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        running = alice.start()
        for _ in range(registration.MAX_STANDBYS):
            await (await server.client()).reply(2, 15, change_to_server=server.url)
        with pytest.raises(ConnectionLost, match="from one to the other"):
            await soon(running)


@pytest.mark.parametrize("where", ["", "ws://elsewhere.example.net:6899/", "http://127.0.0.1/", 5])
async def test_a_standby_that_names_no_safe_server_makes_us_try_the_next_address(where: object) -> None:
    async with (
        ScriptedServer() as standby,
        ScriptedServer() as active,
        account(settings(standby.url, active.url)) as alice,
    ):
        running = alice.start()
        await (await standby.client()).reply(2, 15, change_to_server=where)
        with pytest.raises(ConnectionLost, match="only a standby"):
            await soon(running)
        alice.start()
        await (await active.client()).log_in()
        await alice.told(ConnectionChanged)


async def test_the_first_two_tries_go_to_one_address_and_then_the_list_goes_round() -> None:
    async with ScriptedServer() as one, ScriptedServer() as two, account(settings(one.url, two.url)) as alice:
        tried = []
        for _ in range(5):
            running = alice.start()
            await until(lambda: one.arrivals.qsize() + two.arrivals.qsize() > 0)
            server = one if one.arrivals.qsize() else two
            tried.append("one" if server is one else "two")
            await (await server.client()).socket.close()
            with pytest.raises(ConnectionLost):
                await soon(running)
        assert tried == ["one", "one", "two", "one", "two"]


async def test_a_good_address_is_stayed_with() -> None:
    async with ScriptedServer() as one, ScriptedServer() as two, account(settings(one.url, two.url)) as alice:
        for _ in range(4):
            running = alice.start()
            client = await one.client()
            await client.log_in()
            await client.beat()
            await client.socket.close()
            with pytest.raises(ConnectionLost):
                await soon(running)
        assert two.arrivals.empty()


# -- bad frames -----------------------------------------------------------------------------------------------------

GARBAGE = [
    "",
    "garbage",
    b"\x00\x01\x02",
    "[]",
    "{}",
    '{"service": 0, "body": {}}',
    '{"service": 33}',
    '{"service": 33, "body": "{}"}',
    '{"service": 33, "body": {"callId": {}}}',
    '{"service": 29, "body": {"callId": "x", "type": "sdp", "data": {"type": "offer", "sdp": 5}}}',
    '{"service": 32, "body": {"callId": "nobody", "code": "200"}}',
    '{"service": 2, "body": {"r": 0, "requestId": "1"}}',
    '{"service": 26, "body": {"r": 0, "requestId": 77}}',
    '{"service": 77777, "body": {}}',
    "[" * 100_000,
    json.dumps({"service": 104, "body": {"clientId": "x" * 100_000}}),
]


async def test_garbage_harms_nobody() -> None:
    async with connected() as (_, client, alice):
        for frame in GARBAGE:
            await client.socket.send(frame)
        await client.beat()
        assert alice.running is not None
        assert not alice.running.done()
        assert alice.count(ConnectionChanged) == 1


async def test_a_server_that_says_nothing_but_garbage_is_left() -> None:
    async with connected() as (_, client, alice):
        for _ in range(session.MAX_BAD_FRAMES):
            await client.socket.send("garbage")
        assert alice.running is not None
        with pytest.raises(BadFrame, match="does not speak OnCaller's protocol"):
            await soon(alice.running)


async def test_nothing_is_believed_before_the_log_in() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        alice.start()
        client = await server.client()
        await client.say(33, callId="c", fromNumber="mallory", fromInternal=True)
        await client.say(55, fromUser="mallory", message="hello")
        await client.beat()
        assert alice.events == []


# -- devices, messages ----------------------------------------------------------------------------------------------


async def test_other_devices_are_told_from_ours_and_come_and_go() -> None:
    async with ScriptedServer() as server, account(settings(server.url)) as alice:
        alice.start()
        client = await server.client()
        login = await client.hear(2)
        clients = [
            {"clientId": login["deviceId"], "deviceName": "this"},
            {"clientId": "web-2", "deviceName": "Mozilla"},
        ]
        await client.say(2, r=0, requestId=login["requestId"], userId="alice", clients=clients)
        await client.say(104, clientId="web-3", deviceName="mobile", status="connected")
        await client.say(104, clientId=login["deviceId"], deviceName="this", status="disconnected")
        await client.say(104, clientId="web-2", status="disconnected")
        await client.beat()
        assert [event.devices for event in alice.all(DevicesChanged)] == [
            (Device("web-2", "Mozilla"),),
            (Device("web-2", "Mozilla"), Device("web-3", "mobile")),
            (Device("web-3", "mobile"),),
        ]


async def test_messages_go_both_ways() -> None:
    async with connected() as (_, client, alice):
        sending = asyncio.create_task(alice.provider.send_text(BOB, "Chào"))
        request = await client.reply(54)
        await soon(sending)
        assert (request["toUser"], request["message"]) == ("bob", "Chào")
        await client.say(55, fromUser="bob", message="hello")
        await client.say(102, topic="news", message={"rain": True})
        await client.beat()
        assert alice.all(TextReceived) == [
            TextReceived(BOB, "hello"),
            TextReceived(Address(AddressKind.USER, "news"), '{"rain":true}', "news"),
        ]


async def test_a_message_that_is_refused_or_impossible_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as (_, client, alice):
        sending = asyncio.create_task(alice.provider.send_text(BOB, "hi"))
        await client.reply(54, 4, message="USER_NOT_FOUND")
        with pytest.raises(RequestFailed, match=r"\(4 USER_NOT_FOUND\)"):
            await soon(sending)
        with pytest.raises(NotPossible, match="a telephone number"):
            await alice.provider.send_text(Address(AddressKind.PHONE, "+84905550001"), "hi")
        with pytest.raises(NotPossible, match="40,002 bytes"):
            await alice.provider.send_text(BOB, "x" * 40_000)
        monkeypatch.setattr(session, "REQUEST_SECONDS", 0.05)
        with pytest.raises(RequestTimeout):
            await alice.provider.send_text(BOB, "hi")


async def test_an_attribute_is_changed() -> None:
    async with connected() as (_, client, alice):
        changing = asyncio.create_task(alice.provider.change_attribute("mood", "good"))
        request = await client.reply(103)
        await soon(changing)
        assert (request["attribute"], request["value"]) == ("mood", "good")


async def test_a_reply_to_another_request_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REQUEST_SECONDS", 0.2)
    async with connected() as (_, client, alice):
        sending = asyncio.create_task(alice.provider.send_text(BOB, "hi"))
        request = await client.hear(54)
        await client.say(54, r=0, requestId=request["requestId"] + 1)
        await client.say(103, r=0, requestId=request["requestId"])
        await client.say(54, r=0)
        with pytest.raises(RequestTimeout):
            await soon(sending)


async def test_a_lost_link_fails_what_waits_for_a_reply() -> None:
    async with connected() as (_, client, alice):
        sending = asyncio.create_task(alice.provider.send_text(BOB, "hi"))
        await client.hear(54)
        await client.socket.close()
        with pytest.raises(ConnectionLost, match="was lost meanwhile"):
            await soon(sending)


async def test_the_token_is_in_no_log_and_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(token=Secret("hush-hush")) as (_, client, alice):
        await client.beat()
        traced = [frame.body for frame in alice.provider.trace]
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert any('"accesstoken":"•••"' in line for line in traced)
    assert not any("hush" in line for line in [*ours, *traced])


# -- the REST look-up -----------------------------------------------------------------------------------------------


class LookUp:
    """An HTTP server that gives these answers, one per request; `paths` is what was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.paths: list[str] = []
        self.url = ""

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.paths.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        status, body = self.answers.pop(0)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        writer.close()
        await writer.wait_closed()

    async def __aenter__(self) -> "LookUp":
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


FOUND = {
    "r": 0,
    "data": {"stringeeServerAddrs": {"web": [{"ip": "127.0.0.1", "port": 1}, {"ip": "127.0.0.1", "port": 2}]}},
}


async def test_the_look_up_finds_the_servers_which_are_reached_by_tls() -> None:
    async with (
        LookUp((200, json.dumps(FOUND)), (200, json.dumps(FOUND))) as look_up,
        account(settings(api_base_url=look_up.url)) as alice,
    ):
        for port in (1, 1, 2, 1):
            with pytest.raises(ConnectionLost, match=rf"^Cannot reach 127\.0\.0\.1:{port}: connection refused"):
                await soon(alice.start())
        assert look_up.paths == ["/v2/getStringeeServerAddress?access_token=a+token"] * 2


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ((200, '{"r": 3, "msg": "no"}'), AccessDenied, r"Check the access token and api_base_url \(-11 r 3\)"),
        ((403, "no"), AccessDenied, r"-12 HTTP 403"),
        ((500, "broken"), RequestFailed, r"try again later \(-12 HTTP 500\)"),
        ((500, ""), ConnectionLost, "nothing that makes sense"),
        ((200, "<html>"), ConnectionLost, "nothing that makes sense"),
        ((200, '{"r": "0"}'), ConnectionLost, "nothing that makes sense"),
        ((200, '{"r": 0, "data": {}}'), ConnectionLost, "knows no server"),
    ],
)
async def test_a_look_up_that_fails_says_why(answer: tuple[int, str], kind: type[ProviderError], says: str) -> None:
    async with LookUp(answer) as look_up, account(settings(api_base_url=look_up.url)) as alice:
        with pytest.raises(kind, match=says):
            await soon(alice.start())


async def test_a_look_up_refused_for_its_token_is_tried_with_a_fresh_one() -> None:
    tokens = ["old", "new"]

    async def command() -> str:
        return tokens.pop(0)

    async with (
        LookUp((200, '{"r": 6}'), (200, json.dumps(FOUND))) as look_up,
        account(settings(api_base_url=look_up.url, token=Secret(command))) as alice,
    ):
        with pytest.raises(ConnectionLost, match="connection refused"):
            await soon(alice.start())
        assert [path.rpartition("=")[2] for path in look_up.paths] == ["old", "new"]


async def test_a_dead_look_up_server_is_a_lost_connection() -> None:
    async with LookUp() as look_up:
        url = look_up.url
    async with account(settings(api_base_url=url)) as alice:
        with pytest.raises(ConnectionLost, match="connection refused"):
            await soon(alice.start())

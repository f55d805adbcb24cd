"""An AZStack account and its two connections: log-in, refusals, silence, loss, bad packets; no secret anywhere."""

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.fakes import until
from tests.providers.azstack.server import (
    CREDENTIALS,
    PATIENCE,
    USER_ID,
    ScriptedServer,
    azstack,
    connected,
    public_key,
    read_token,
    told,
)
from tuiphone.core.call import CallDirection
from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost, RequestTimeout
from tuiphone.core.events import CallStarted, ConnectionChanged, Link, ProviderFaulted, RecordLogged
from tuiphone.core.secret import Secret
from tuiphone.core.trace import Way
from tuiphone.providers.azstack import errors, session
from tuiphone.providers.azstack.journal import account_log

LOG = {"callId": 1700000000, "from": "84000387212", "to": "84900000200", "recordTime": 1700000012000}


async def ended(alice: Any) -> BaseException:
    """What the link ended by."""
    async with asyncio.timeout(PATIENCE):
        (result,) = await asyncio.gather(alice.running, return_exceptions=True)
    return result


async def test_it_asks_for_a_chat_server_and_logs_in_on_a_second_connection() -> None:
    async with ScriptedServer() as server, azstack(server.url, namespace="n") as alice:
        alice.start()
        master = await server.client()
        assert await master.hear(29) == {"azStackUserId": "alice"}
        await master.say(29, ip="10.9.8.7", port=9001)
        slave = await server.client()
        await asyncio.wait_for(master.is_over.wait(), PATIENCE)
        said = await slave.log_in()
        token = said.pop("token")
        assert said == {
            "slaveIp": "10.9.8.7",
            "slavePort": 9001,
            "fullname": "Alice A",
            "namespace": "n",
            "appId": "0123456789abcdef0123456789abcdef",
            "sdkVersion": "2.2.4",
            "screenSize": "1280x720",
        }
        assert read_token(token) == {
            "sdkVersion": "2.2.4",
            "namespace": "n",
            "azStackUserID": "alice",
            "userCredentials": CREDENTIALS,
        }
        assert (await told(alice, ConnectionChanged)).link is Link.ONLINE
        assert alice.provider.identity == "alice"
        assert (master.log, slave.log) == ([29], [179])


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"resultCode": 1}, r"it says no \(resultCode 1\)\. Check app_id, public_key, user_id and user_credentials\."),
    ({"resultCode": -7, "userId": 5, "ice_server": []}, r"\(resultCode -7\)"),
    ({"userId": 5}, "no list of ICE servers"),
    ({"userId": 5, "ice_server": {}}, "no list of ICE servers"),
    ({"ice_server": []}, "no user id"),
    ({"userId": "5", "ice_server": []}, "no user id"),
    ({}, "no user id"),
]


@pytest.mark.parametrize(("said", "says"), REFUSALS)
async def test_a_refusal_is_told_and_not_tried_again(said: dict[str, Any], says: str) -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        slave = await server.slave()
        await slave.hear(179)
        await slave.say(162, **said)
        with pytest.raises(AccessDenied, match=says):
            raise await ended(alice)
        assert alice.events == []
        await asyncio.wait_for(slave.is_over.wait(), PATIENCE)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", None, {"userId": 1, "ice_server": []}, 7])
async def test_a_log_in_answered_by_nothing_readable_is_an_error_of_its_own(body: Any) -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        slave = await server.slave()
        await slave.hear(179)
        await slave.say_body(162, body)
        failed = await ended(alice)
        assert isinstance(failed, BadFrame)
        assert errors.code_of(failed) == "ERR_SOCKET_PARSE_BODY"


@pytest.mark.parametrize(
    ("service", "body", "code"),
    [
        (162, "{}", "ERR_SOCKET_UNKNOWN_SERVICE"),
        (77, None, "ERR_SOCKET_UNKNOWN_SERVICE"),
        (29, None, "ERR_SOCKET_PARSE_BODY"),
        (29, "not JSON", "ERR_SOCKET_PARSE_BODY"),
        (29, "{}", "ERR_SOCKET_PARSE_BODY"),
        (29, '{"ip": "10.0.0.7", "port": {}}', "ERR_SOCKET_PARSE_BODY"),
    ],
)
async def test_a_master_that_answers_anything_else_fails_the_log_in(service: int, body: Any, code: str) -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        master = await server.client()
        await master.hear(29)
        await master.say_body(service, body)
        failed = await ended(alice)
        assert isinstance(failed, BadFrame)
        assert errors.code_of(failed) == code
        assert str(failed).endswith("Check that `url` leads to AZStack.")
        await asyncio.wait_for(master.is_over.wait(), PATIENCE)


@pytest.mark.parametrize("step", ["master", "slave"])
async def test_a_server_that_says_nothing_is_left_after_the_request_timeout(step: str) -> None:
    async with ScriptedServer() as server, azstack(server.url, request_timeout=0.4) as alice:
        alice.start()
        if step == "master":
            await (await server.client()).hear(29)
        else:
            await (await server.slave()).hear(179)
        failed = await ended(alice)
        assert isinstance(failed, RequestTimeout)
        assert errors.code_of(failed) == "ERR_REQUEST_TIMEOUT"
        assert "within 0.4 seconds" in str(failed)


async def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    async with ScriptedServer() as server:
        gone = server.url
    async with azstack(gone) as alice:
        alice.start()
        failed = await ended(alice)
        assert isinstance(failed, ConnectionLost)
        assert errors.code_of(failed) == "ERR_SOCKET_CONNECT"
        assert "connection refused" in str(failed)


@pytest.mark.parametrize("step", ["master", "slave", "logging in", "online"])
async def test_a_line_that_is_cut_ends_the_link_at_every_step(step: str) -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        if step == "master":
            cut = await server.client()
            await cut.hear(29)
        elif step == "slave":
            cut = await server.slave()
        elif step == "logging in":
            cut = await server.slave()
            await cut.hear(179)
        else:
            cut = await server.accept()
            await told(alice, ConnectionChanged)
        cut.drop()
        failed = await ended(alice)
        assert isinstance(failed, ConnectionLost)
        assert str(failed).endswith(".")
        assert alice.count(ConnectionChanged) == (step == "online")


async def test_a_server_that_leaves_in_order_ends_the_link() -> None:
    async with connected() as (_, client, alice):
        await client.leave()
        assert isinstance(await ended(alice), ConnectionLost)


async def test_it_comes_back_with_a_new_token_and_under_the_same_number() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        tokens = []
        for _ in range(2):
            alice.start()
            slave = await server.slave()
            tokens.append((await slave.log_in())["token"])
            await told(alice, ConnectionChanged, len(tokens))
            slave.drop()
            await ended(alice)
        assert tokens[0] != tokens[1]
        assert read_token(tokens[0]) == read_token(tokens[1])
        assert alice.all(ProviderFaulted) == []


async def test_another_number_after_a_reconnection_is_told() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        (await server.accept()).drop()
        await ended(alice)
        alice.start()
        await server.accept(userId=7)
        fault = await told(alice, ProviderFaulted)
        assert f"as user {USER_ID} and now as user 7" in fault.detail
        assert alice.all(ConnectionChanged)[-1].link is Link.ONLINE


async def test_credentials_are_read_anew_for_each_log_in() -> None:
    given = iter(["first secret", "second secret"])

    async def source() -> str:
        return next(given)

    async with ScriptedServer() as server, azstack(server.url, user_credentials=Secret(source)) as alice:
        seen = []
        for count in (1, 2):
            alice.start()
            slave = await server.slave()
            seen.append(read_token((await slave.log_in())["token"])["userCredentials"])
            await told(alice, ConnectionChanged, count)
            slave.drop()
            await ended(alice)
        assert seen == ["first secret", "second secret"]


async def test_it_shows_that_it_lives_and_never_answers_a_ping() -> None:
    async with connected(ping_interval=0.02) as (_, client, alice):
        assert await client.hear(1) == {}
        assert await client.hear(1) == {}
    async with connected() as (_, client, alice):
        await client.say(1)
        await client.say(601, data=LOG)
        await told(alice, RecordLogged)
        assert client.heard(1) == []


async def test_a_call_right_after_the_log_in_is_not_lost() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        slave = await server.slave()
        await slave.hear(179)
        await slave.say(162, userId=USER_ID, username="alice", fullname="Alice A", ice_server=[])
        call = {"callId": 7, "callType": 2, "from": "84912345678", "to": "84000387212", "sdp_candidate": "v=0\r\n"}
        await slave.say(505, **call)
        started = await told(alice, CallStarted)
        assert (started.ref, started.direction) == ("7", CallDirection.INCOMING)
        kinds = [type(event) for event in alice.events]
        assert kinds.index(ConnectionChanged) < kinds.index(CallStarted)


async def test_what_comes_before_the_log_in_is_nothing() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        slave = await server.slave()
        await slave.hear(179)
        await slave.say(505, callId=7, callType=2, **{"from": "1", "to": "2", "sdp_candidate": "v=0\r\n"})
        await slave.say(601, data=LOG)
        await slave.say(162, userId=USER_ID, username="alice", fullname="Alice A", ice_server=[])
        await slave.say(601, data={**LOG, "callId": 2})
        assert (await told(alice, RecordLogged)).record.ref == "2"
        assert [type(event) for event in alice.events] == [ConnectionChanged, RecordLogged]


BAD_PACKETS: list[tuple[Any, Any]] = [
    (503, "not JSON"),
    (503, None),
    (503, '{"callId": 1}'),
    (505, "[]"),
    (505, '{"callId": {}}'),
    (186, json.dumps({"callId": 1, "mediaType": 1, "from": "x", "sdp": {}})),
    (187, '{"callId": 1, "type": 1, "data": 7}'),
    (601, '{"data": 7}'),
    (509, "null"),
    (165, '{"purpose": []}'),
    (162, '{"userId": 999, "ice_server": []}'),
    (29, '{"ip": "10.0.0.1", "port": 1}'),
    (610, None),
    (504, "{"),
    (99_999, '{"anything": [1, 2, 3]}'),
    (99_999, None),
    (-1, "{}"),
    (0, "{}"),
    ("505", "{}"),
    (None, "{}"),
    (1.5, "{}"),
]


async def test_single_bad_packets_are_dropped_and_the_link_stays() -> None:
    async with connected() as (_, client, alice):
        for service, body in BAD_PACKETS:
            await client.say_body(service, body)
        for frame in (
            '42["Other",{}]',
            '42["WebPacket"]',
            '42["WebPacket",7]',
            "42nonsense",
            "42[",
            "44",
            "6",
            "7x",
            "",
        ):
            await client.say_frame(frame)
        await client.say(601, data=LOG)
        assert (await told(alice, RecordLogged)).record.ref == "1700000000"
        assert [type(event) for event in alice.events] == [ConnectionChanged, RecordLogged]
        assert alice.running is not None
        assert not alice.running.done()


async def test_a_server_that_sends_little_else_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_BAD_PACKETS", 5)
    async with connected() as (_, client, alice):
        for _ in range(5):
            await client.say_body(503, "not JSON")
        failed = await ended(alice)
        assert isinstance(failed, BadFrame)
        assert "does not speak AZStack's protocol" in str(failed)


async def test_a_packet_of_a_megabyte_does_no_harm_and_one_of_five_is_refused_in_a_sentence() -> None:
    async with connected() as (_, client, alice):
        await client.say(601, data=LOG | {"tags": "x" * 1_000_000})
        logged = await told(alice, RecordLogged)
        assert len(logged.record.detail) < 300
        await client.say(601, data=LOG | {"tags": "x" * 5_000_000})
        failed = await ended(alice)
        assert isinstance(failed, ConnectionLost)
        assert "more than 4096 KB at once" in str(failed)
        assert alice.count(RecordLogged) == 1


async def test_packets_that_nobody_takes_end_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_UNSENT", 3)
    async with connected() as (_, _client, alice):
        desk = alice.provider._desk
        posted = desk.session()
        for _ in range(10):
            posted.post(session.requests.ping())
        failed = await ended(alice)
        assert isinstance(failed, ConnectionLost)
        assert "takes nothing in any more" in str(failed)


async def test_no_secret_is_in_the_trace_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(log_level="debug") as (server, client, alice):
        token = "none"
        client.drop()
        await ended(alice)
        alice.start()
        slave = await server.slave()
        token = (await slave.log_in())["token"]
        await told(alice, ConnectionChanged, 2)
        await slave.say_body(503, f'{{"token": "{token}", "x": "{CREDENTIALS}"')
        await slave.say(601, data=LOG)
        await told(alice, RecordLogged)
        trace = "\n".join(f"{frame.label} {frame.body}" for frame in alice.provider.trace)
        assert '"token":"•••"' in trace
        assert '"password":"•••"' in trace
        for secret in (token, CREDENTIALS, "relay password"):
            assert secret not in trace
            assert secret not in caplog.text
            assert secret not in repr(alice.events)
        assert public_key() not in caplog.text
        assert "sent: log in as Alice A" in caplog.text
        assert "received: log in: ok, 387212" in caplog.text


@pytest.mark.parametrize(("level", "has_info", "has_error"), [("none", 0, 0), ("error", 0, 1), ("info", 1, 1)])
async def test_the_log_gets_as_much_as_the_settings_want(
    level: str, has_info: int, has_error: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(log_level=level) as (_, client, alice):
        client.drop()
        await ended(alice)
        said = [(entry.levelname, entry.message) for entry in caplog.records if entry.name.endswith("azstack.alice")]
        assert sum(name == "INFO" and "logged in at" in text for name, text in said) == has_info
        assert sum(name == "ERROR" for name, _ in said) == has_error
        assert not any(name == "DEBUG" for name, _ in said)


async def test_the_trace_tells_the_log_in_in_words() -> None:
    async with connected() as (_, client, alice):
        await client.say(99_999, x=1)
        await client.say(601, data=LOG)
        await told(alice, RecordLogged)
        frames = [(frame.way, frame.label, frame.call) for frame in alice.provider.trace if frame.way is not Way.NOTE]
        assert frames == [
            (Way.SENT, "chat server for alice", None),
            (Way.RECEIVED, "chat server 10.0.0.7:9000", None),
            (Way.SENT, "log in as Alice A", None),
            (Way.RECEIVED, "log in: ok, 387212", None),
            (Way.RECEIVED, "service 99999", None),
            (Way.RECEIVED, "call log", "1700000000"),
        ]


async def test_commands_without_a_connection_say_so() -> None:
    async with azstack("http://127.0.0.1:1") as alice:
        for command in (alice.provider.history(), alice.provider._people.find("bob")):
            with pytest.raises(ConnectionLost, match="not connected now"):
                await command


async def test_leaving_closes_both_ends() -> None:
    async with connected() as (_, client, alice):
        await alice.stop()
        await asyncio.wait_for(client.is_over.wait(), PATIENCE)
        await until(lambda: alice.running is not None and alice.running.done())


def test_nothing_is_printed_where_nobody_keeps_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    log = account_log("somebody.else", "debug")
    log.propagate, before = False, log.propagate
    try:
        log.error("no connection")
    finally:
        log.propagate = before
    assert capsys.readouterr() == ("", "")
    assert log.name == "tuiphone.providers.azstack.somebody_else"

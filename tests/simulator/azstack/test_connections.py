"""Transport, heartbeat, log-in and refusals."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.simulator.azstack.conftest import LogIn, Serve
from tests.simulator.azstack.phone import PATIENCE_S, Phone, Socket, about, encrypted, token_text
from tuiphone.simulator.azstack import MAX_FRAME, AZStack, server
from tuiphone.simulator.azstack.token import Keys


async def test_the_public_part_of_the_application_is_told_and_nothing_else(simulator: AZStack):
    told = await about(simulator.url)
    assert set(told) == {"appId", "publicKey"}
    assert len(base64.b64decode(told["publicKey"])) == 294  # a SubjectPublicKeyInfo of 2048 bits


@pytest.mark.parametrize("eio", [3, 4])
async def test_both_generations_of_clients_are_opened_and_connected_unasked(simulator: AZStack, eio: int):
    async with Socket(simulator.url, eio=eio) as socket:
        assert (socket.times["pingInterval"], socket.times["pingTimeout"]) == (25_000, 5_000)


@pytest.mark.parametrize("query", ["EIO=3&transport=polling", "transport=websocket", "EIO=2&transport=websocket", ""])
async def test_polling_and_older_generations_are_refused_in_words(simulator: AZStack, query: str):
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"{simulator.url}socket.io/?{query}")
        plain = await client.get(f"{simulator.url}socket.io/?EIO=3&transport=websocket")
    assert reply.status_code == plain.status_code == 400
    assert "Engine.IO 3" in reply.text
    assert "WebSocket" in plain.text


async def test_each_ping_gets_its_text_back(simulator: AZStack):
    async with Socket(simulator.url) as socket:
        for text in ("2", "2probe", "2 \N{SNOWMAN}"):
            await socket.send_text(text)
        await socket.pong(3)
        assert socket.pongs == ["", "probe", " \N{SNOWMAN}"]


async def test_a_client_that_closes_is_closed(simulator: AZStack):
    async with Socket(simulator.url) as socket:
        await socket.send_text("1")
        await socket.lost()


async def test_a_silent_client_is_dropped_and_one_that_pings_is_kept(serve: Serve):
    simulator = await serve(ping_interval=0.3, ping_timeout=1.2)
    async with Socket(simulator.url) as chatty, Socket(simulator.url) as silent:
        assert silent.times["pingInterval"] == 300

        async def ping() -> None:
            while True:
                await chatty.send_text("2")
                await asyncio.sleep(0.05)

        pinging = asyncio.create_task(ping())
        await silent.lost()
        before = len(chatty.pongs)
        await chatty.pong(before + 5)
        pinging.cancel()


async def test_a_log_in_says_who_one_is_and_stays_the_same(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    (reply,) = alice.got(162)
    assert reply == {
        "resultCode": 0,
        "userId": 387212,
        "username": "alice",
        "fullname": "Alice Ở Nhà",
        "ice_server": [],
    }
    await alice.send_text("41")
    again = await log_in(simulator, "alice")
    other = await log_in(simulator, "một người")
    assert again.id == alice.id
    assert 0 < other.id < 900_000_000
    assert other.id not in (alice.id, 0)


async def test_an_ice_server_can_be_given_to_log_ins(serve: Serve, log_in: LogIn):
    simulator = await serve(ice_server="turn:127.0.0.1:3478", ice_username="u", ice_password="p")
    alice = await log_in(simulator, "alice")
    assert alice.got(162)[0]["ice_server"] == [{"url": "turn:127.0.0.1:3478", "username": "u", "password": "p"}]


def _public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


async def test_all_refusals_are_alike_and_leave_one_outside(simulator: AZStack):
    public = (await about(simulator.url))["publicKey"]
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    wrong: list[dict[str, Any]] = [
        {"token": encrypted(_public(stranger), token_text("alice"))},
        {"token": encrypted(public, b"no json")},
        {"token": encrypted(public, b"\xff\xfe")},
        {"token": encrypted(public, b'{"azStackUserID": ""}')},
        {"token": encrypted(public, b'{"azStackUserID": 5}')},
        {"token": encrypted(public, b"[" * 200)},
        {"token": base64.b64encode(b"\0" * 256).decode()},
        {"token": base64.b64encode(b"x" * 300).decode()},
        {"token": "not base64 \N{SNOWMAN} \ud800"},
        {"token": None},
        {"appId": "another"},
        {"appId": None},
        {"slaveIp": "10.9.9.9"},
        {"slavePort": 1},
        {"slavePort": "9000"},
    ]
    async with Phone(simulator.url, "alice") as phone:
        good = await phone.credentials()
        for change in wrong:
            await phone.send(179, **{**good, **change})
            assert await phone.expect(162) == {"resultCode": 1}, change
        await phone.send(164, purpose=1, userIdList=[])
        await phone.send_text("42" + json.dumps(["WebPacket", {"service": 179}]))
        assert await phone.expect(162) == {"resultCode": 1}
        assert (await phone.log_in())["userId"] == 387212
        assert phone.got(164) == []


async def test_who_goes_on_guessing_is_dropped(simulator: AZStack):
    async with Phone(simulator.url, "alice") as phone:
        for _ in range(30):
            await phone.send(179, token="")
        await phone.lost()
        assert phone.got(162) == [{"resultCode": 1}] * len(phone.got(162))


async def test_a_service_can_be_left_unanswered(serve: Serve, log_in: LogIn):
    alice = await log_in(await serve(unanswered="105, 509"), "alice")
    await alice.send(105, state=1)
    await alice.send(509)
    await alice.settled()
    assert {service for service, _ in alice.history} == {162, 164}


async def test_there_is_room_for_many_connections_and_an_end_to_it(simulator: AZStack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    async with Socket(simulator.url):
        with pytest.raises(InvalidStatus, match="503"):
            await Socket(simulator.url).open()


async def test_before_the_log_in_only_the_log_in_is_answered(simulator: AZStack):
    async with Phone(simulator.url, "alice") as phone:
        await phone.send(1)
        for service in (500, 186, 509, 105, 38, 9999):
            await phone.send(service, callId=1, to="84900000200")
        await phone.log_in()
        assert [service for service, _ in phone.history] == [162]


async def test_a_connection_that_asked_for_a_server_is_no_slave(simulator: AZStack):
    async with Phone(simulator.url, "alice") as phone:
        await phone.send(29, azStackUserId="alice")
        server = await phone.expect(29)
        assert (type(server["ip"]), type(server["port"])) == (str, int)
        await phone.send(179, **await phone.credentials())
        await phone.send_text("2")
        await phone.pong()
        assert phone.got(162) == []


@pytest.mark.parametrize("name", ["azStackUserID", "azStackUserId"])
def test_a_token_is_read_in_either_spelling_with_its_leading_zeros_lost_and_its_surrogates_apart(keys: Keys, name: str):
    text = (
        json.dumps({name: "\N{GRINNING FACE}"}, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16")
    )
    halves = text.encode("utf-16-le")
    apart = "".join(chr(int.from_bytes(halves[at : at + 2], "little")) for at in range(0, len(halves), 2))
    for _ in range(2000):
        raw = base64.b64decode(encrypted(keys.public, apart.encode("utf-8", "surrogatepass")))
        if raw[0] == 0:
            break
    else:
        raise AssertionError("no ciphertext began with a zero")
    assert keys.user_of(base64.b64encode(raw.lstrip(b"\0")).decode()) == "\N{GRINNING FACE}"


GARBAGE: list[str | bytes] = [
    "",
    "0{}",
    "3",
    "40",
    "42",
    "42[",
    "42{}",
    "42[]",
    "42[1]",
    '42["WebPacket"]',
    '42["WebPacket",5]',
    '42["WebPacket",{"service":"500","body":"{}"}]',
    '42["WebPacket",{"service":true,"body":"{}"}]',
    '42["WebPacket",{"service":500.0,"body":"{}"}]',
    '42["WebPacket",{"service":500,"body":{}}]',
    '42["WebPacket",{"service":500,"body":"[]"}]',
    '42["WebPacket",{"service":500,"body":"{\\"callId\\":NaN}"}]',
    '42["WebPacket",{"service":500,"body":"{\\"callId\\":1e999}"}]',
    '42["WebPacket",{"service":500}]',
    '42["WebPacket",{"service":123456,"body":"{}"}]',
    '42["Other",{"service":509,"body":"{}"}]',
    '421["WebPacket",{"service":509,"body":"{}"}]',
    '42/other,["WebPacket",{"service":509,"body":"{}"}]',
    "42" + "[" * 100_000,
    '42["WebPacket",{"service":' + "9" * 5000 + "}]",
    "5",
    "6",
    "9",
    "44",
    "\x00",
    b"\x00\xff",
]


async def test_frames_that_are_none_are_nothing(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    for frame in GARBAGE:
        await alice.send_text(frame)
    await alice.settled()
    assert {service for service, _ in alice.history} == {162, 164}


SERVICES = (500, 501, 502, 505, 506, 186, 187, 188, 509, 164, 165, 105, 38, 40, 1, 29, 179)
WRONG: list[Any] = [None, True, 7, -1, 2**60, 1.5, "x" * 5_000, "\ud800", [], [[]], {}, {"sdp": 5}]


@pytest.mark.parametrize("service", SERVICES)
async def test_fields_of_wrong_shapes_harm_nobody(simulator: AZStack, log_in: LogIn, service: int):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    call = await alice.dial(bob.number)
    names = ("callId", "to", "from", "tags", "sdp", "sdp_candidate", "code", "status", "type", "data", "mediaType")
    names += ("purpose", "userIdList", "usernameList", "id", "token", "slavePort", "callType")
    for value in WRONG:
        await alice.send(service, **dict.fromkeys(names, value))
        for name in names:
            await alice.send(service, **{"callId": call, "to": bob.id, "type": 2, name: value})
    await alice.settled()
    await bob.settled()


async def test_a_frame_over_the_limit_closes_only_the_socket_it_came_on(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    await alice.send(187, data="x" * MAX_FRAME)
    await alice.lost()
    await bob.settled()


async def test_a_client_that_floods_and_reads_nothing_is_dropped_and_harms_nobody(simulator: AZStack, log_in: LogIn):
    bob = await log_in(simulator, "bob")
    url = f"{simulator.url.replace('http', 'ws')}socket.io/?EIO=3&transport=websocket"
    async with connect(url, proxy=None, close_timeout=0.2) as flooder:
        flooder.transport.pause_reading()
        noise = "2" + "x" * 200_000

        async def flood() -> None:
            while True:
                await flooder.send(noise)

        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(flood(), PATIENCE_S)
        await bob.settled()


async def test_links_cut_at_any_moment_leave_the_others_as_they_are(simulator: AZStack, log_in: LogIn):
    bob = await log_in(simulator, "bob")
    for moment in range(4):
        phone = Phone(simulator.url, "alice")
        await phone.open()
        if moment >= 1:
            await phone.log_in()
        if moment >= 2:
            await phone.begin(bob.number)
        if moment >= 3:
            await phone.dial(bob.number)
        phone.break_link()
        await phone.lost()
    await bob.expect(506, code=702)
    await bob.settled()


async def test_any_packet_and_any_text_can_be_pushed_to_a_user_and_links_cut(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    async with httpx.AsyncClient(trust_env=False) as client:
        push = {"userId": "alice", "frame": {"service": 503, "body": {"callId": 5}}}
        assert (await client.post(f"{simulator.url}sim/push", json=push)).json() == {"r": 0, "devices": 1}
        assert await alice.expect(503) == {"callId": 5}
        await client.post(f"{simulator.url}sim/push", json={"userId": "alice", "raw": "3hello"})
        await alice.pong()
        assert (await client.post(f"{simulator.url}sim/drop", json={"userId": "alice"})).json()["devices"] == 1
        wrong = await client.post(f"{simulator.url}sim/push", json={"userId": "alice", "frame": []})
    assert wrong.status_code == 400
    await alice.lost()


@pytest.mark.parametrize(
    "settings", [{"ping_interval": 50.0, "ping_timeout": 11.0}, {"ping_interval": 0.0}, {"ring_seconds": float("nan")}]
)
def test_times_that_make_no_sense_are_refused(settings: dict[str, float]):
    with pytest.raises(ValueError, match="seconds"):
        AZStack("127.0.0.1", settings)


async def test_a_key_that_is_kept_is_the_same_at_the_next_start(serve: Serve, log_in: LogIn, tmp_path: Path):
    file = tmp_path / "key.pem"
    first = await serve(key_file=str(file))
    second = await serve(key_file=str(file))
    assert first.account("alice")["public_key"] == second.account("alice")["public_key"]
    assert file.stat().st_mode & 0o777 == 0o600
    await log_in(second, "alice")

"""Packets over socket.io: with the servers of both generations, and with peers that do what no server should."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from tests.fakes import soon as within
from tests.providers.test_links import raw, self_signed, served, unused_port
from tests.rigs.node_server import NodeProgram, socket_io
from tuiphone.core.errors import BadFrame, ConnectionLost
from tuiphone.core.trace import Trace, Way
from tuiphone.providers.azstack import engine_io, socket
from tuiphone.providers.azstack.socket import PacketSocket

QUICK = {"pingInterval": 1000, "pingTimeout": 2000}
OLD = "socket.io"
NEW = "socket.io-4"
FILLING = {"filling": "x" * 200_000}
Talk = Callable[[ServerConnection], Awaitable[None]]


async def soon(work: Awaitable[Any]) -> Any:
    return await within(work, seconds=15)


@pytest.fixture(autouse=True)
async def _nothing_is_left_over() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=2)
    assert not [task for task in left if not task.done()]
    from engineio import base_client

    assert not base_client.connected_clients


def hello(interval: float = 25_000, timeout: float = 5000) -> str:
    return "0" + json.dumps({"sid": "s", "upgrades": [], "pingInterval": interval, "pingTimeout": timeout})


def packet(service: Any, body: Any) -> str:
    return "42" + json.dumps(["WebPacket", {"service": service, "body": body}])


@asynccontextmanager
async def old(talk: Talk, **times: float) -> AsyncIterator[str]:
    """The address of a hand-written server of the old generation, which goes on with this."""

    async def whole(connection: ServerConnection) -> None:
        await connection.send(hello(**times))
        await connection.send("40")
        await talk(connection)

    async with served(whole) as url:
        yield url


def says(*frames: str | bytes) -> Talk:
    """Sends these and waits until we leave."""

    async def talk(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    return talk


async def listens(connection: ServerConnection) -> None:
    await connection.wait_closed()


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[PacketSocket]:
    peer = await soon(PacketSocket.open(url, timeout=15, **options))
    try:
        yield peer
    finally:
        await soon(peer.close())


async def go_on_sending(peer: PacketSocket, body: dict[str, Any]) -> None:
    while True:
        await peer.send(1, body)
        await asyncio.sleep(0)


# -- Node's servers -------------------------------------------------------------------------------------------------


async def exchange(server: NodeProgram, peer: PacketSocket, body: dict[str, Any]) -> None:
    await peer.send(500, body)
    got = await server.hear("packet")
    assert (got["service"], json.loads(got["body"])) == (500, body)
    assert await soon(peer.receive()) == (500, body)


async def stay(package: str, **options: Any) -> None:
    async with socket_io(package, **QUICK, **options) as (server, url), opened(url) as peer:
        assert await server.hear("connected") == 1
        await exchange(server, peer, {"to": "84900000200", "name": "Chào 📞"})
        # So long that the library's own clocks, which know nothing of the old generation, would have run out too.
        for _ in range(8):
            assert await server.hear("heartbeat")
        await exchange(server, peer, {"still": "there"})
        server.tell(count=True)
        assert await server.hear("connections") == 1
        assert not [said for said in server.said if "disconnected" in said]


async def test_we_stay_with_servers_of_both_generations_beyond_their_time_outs_as_one_connection() -> None:
    # At the same time, as it takes a while.
    async with asyncio.TaskGroup() as group:
        group.create_task(stay(OLD))
        group.create_task(stay(NEW))
        group.create_task(stay(NEW, allowEIO3=True))


async def test_we_leave_as_the_vendors_client_does() -> None:
    async with socket_io(OLD) as (server, url):
        async with opened(url) as peer:
            await peer.send(1, {})
            assert await server.hear("packet") == {"service": 1, "body": "{}"}
        assert await server.hear("disconnected") == "client namespace disconnect"


async def miss(package: str, says: str) -> None:
    async with socket_io(package, pingInterval=700, pingTimeout=1000) as (server, url), opened(url) as peer:
        await server.hear("heartbeat")
        server.freeze()
        with pytest.raises(ConnectionLost, match=rf"^127\.0\.0\.1:\d+ {says} any more; the network may be gone\.$"):
            await soon(peer.receive())
        with pytest.raises(ConnectionLost):
            await soon(peer.send(1, {}))


async def test_a_server_that_stops_answering_is_noticed() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(miss(OLD, "(does not answer|says nothing)"))
        group.create_task(miss(NEW, "says nothing"))


async def test_a_server_that_is_killed_is_noticed() -> None:
    async with socket_io(OLD) as (server, url), opened(url) as peer:
        await server.hear("connected")
        server.kill()
        with pytest.raises(ConnectionLost, match=r"^The connection to 127\.0\.0\.1:\d+ broke off\."):
            await soon(peer.receive())
        with pytest.raises(ConnectionLost):
            await soon(peer.receive())


@pytest.mark.parametrize("how", ["namespace", "close"])
@pytest.mark.parametrize("package", [OLD, NEW])
async def test_a_server_that_ends_the_connection_is_heard(package: str, how: str) -> None:
    trace = Trace()
    async with socket_io(package) as (server, url), opened(url, trace=trace) as peer:
        await server.hear("connected")
        server.tell(leave=how)
        with pytest.raises(ConnectionLost, match=r"closed the connection"):
            await soon(peer.receive())
    assert [frame.label for frame in trace][-1].startswith("closed by the server")


async def test_other_events_and_binary_ones_are_bad_and_the_link_goes_on() -> None:
    async with socket_io(OLD) as (server, url), opened(url) as peer:
        await server.hear("connected")
        server.tell(emit=["Other", {"service": 1, "body": "{}"}])
        with pytest.raises(BadFrame, match="sent an event that is no packet"):
            await soon(peer.receive())
        server.tell(binary=1000)
        with pytest.raises(BadFrame, match="characters that are no packet"):
            await soon(peer.receive())
        with pytest.raises(BadFrame, match="sent a binary frame of 1001 bytes"):
            await soon(peer.receive())
        server.tell(emit=["WebPacket", {"service": 2, "body": "{}"}])
        assert await soon(peer.receive()) == (2, {})


# -- a server that takes the old protocol at its word ---------------------------------------------------------------


async def test_a_strict_server_of_the_old_generation_gets_nothing_it_does_not_know() -> None:
    heard: list[str] = []
    pings = asyncio.Semaphore(0)

    def only_three(connection: ServerConnection, request: Request) -> Response | None:
        fits = (
            request.path.startswith("/socket.io/?")
            and "EIO=3" in request.path
            and "transport=websocket" in request.path
        )
        return None if fits else connection.respond(HTTPStatus.BAD_REQUEST, "unsupported")

    async def talk(connection: ServerConnection) -> None:
        await connection.send(hello(500, 15_000))
        await connection.send("40")
        async for frame in connection:
            assert isinstance(frame, str)
            heard.append(frame)
            if frame == "2":
                await connection.send("3")
                pings.release()
            elif frame.startswith("42"):
                await connection.send(frame)

    async with serve(talk, "127.0.0.1", 0, process_request=only_three) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with opened(url) as peer:
            for _ in range(3):
                await soon(pings.acquire())
            await peer.send(29, {"azStackUserId": "test_user_1"})
            assert await soon(peer.receive()) == (29, {"azStackUserId": "test_user_1"})
    assert '42["WebPacket",{"service":29,"body":"{\\"azStackUserId\\":\\"test_user_1\\"}"}]' in heard
    assert [frame for frame in heard if frame != "2" and not frame.startswith("42")] == ["41"]


async def test_a_server_that_waits_for_us_is_asked_after_a_while() -> None:
    heard: list[str | bytes] = []

    async def talk(connection: ServerConnection) -> None:
        await connection.send(hello())
        heard.append(await connection.recv())
        await connection.send('40{"sid":"t"}')
        await connection.send("2")
        heard.append(await connection.recv())
        await connection.send(packet(1, "{}"))
        await connection.wait_closed()

    async with served(talk) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (1, {})
    assert heard == ["40{}", "3"]


async def test_a_server_that_pings_is_not_pinged() -> None:
    heard: list[str | bytes] = []

    async def talk(connection: ServerConnection) -> None:
        for _ in range(4):
            await connection.send("2")
            heard.append(await connection.recv())
            await asyncio.sleep(0.2)
        await connection.send(packet(1, "{}"))
        await connection.wait_closed()

    async with old(talk, interval=200, timeout=10_000) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (1, {})
    assert heard == ["3", "3", "3", "3"]


async def test_any_frame_is_a_sign_of_life_even_without_pongs() -> None:
    async def talk(connection: ServerConnection) -> None:
        pings = 0
        while pings < 3:
            pings += await connection.recv() == "2"
            await connection.send(packet(pings, "{}"))
        await connection.wait_closed()

    async with old(talk, interval=200, timeout=10_000) as url, opened(url) as peer:
        assert [(await soon(peer.receive()))[0] for _ in range(3)] == [1, 2, 3]


async def test_a_server_that_wants_rare_pings_is_asked_more_often_and_has_to_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_io, "MAX_PING_SECONDS", 0.2)
    async with old(listens, interval=3_600_000, timeout=3_600_000) as url, opened(url) as peer:
        with pytest.raises(ConnectionLost, match=r"does not answer any more; the network may be gone\."):
            await soon(peer.receive())


@pytest.mark.parametrize("frame", ["41", "1"])
async def test_a_goodbye_is_heard(frame: str) -> None:
    async with old(says(packet(1, "{}"), frame)) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (1, {})
        with pytest.raises(ConnectionLost, match=r"^127\.0\.0\.1:\d+ closed the connection\.$"):
            await soon(peer.receive())


# -- what comes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *({"a": 1}, [], 5, None, True),
        *("", "{", "[]", "5", "null", '"text"', "[" * 50_000, '{"a":' * 20_000, '{"a": 1e999}'),
        *("\ud800", '{"a": "\ud800"}', '{"a": "\\ud800"}'),
    ],
    ids=lambda body: ascii(body)[:24],
)
async def test_a_body_that_is_no_text_of_an_object_is_none(body: Any) -> None:
    trace = Trace()
    async with old(says(packet(164, body), packet(1, "{}"))) as url, opened(url, trace=trace) as peer:
        assert await soon(peer.receive()) == (164, None)
        assert await soon(peer.receive()) == (1, {})
    "".join(frame.body for frame in trace).encode()


async def test_a_packet_without_a_body_has_none() -> None:
    async with old(says('42["WebPacket",{"service":9,"more":1}]')) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (9, None)


BAD: list[str | bytes] = [
    b"",
    b"\x00\x01",
    b'\x042["WebPacket",{"service":1,"body":"{}"}]',
    "",
    "nonsense",
    "bBASE64==",
    "²",
    "5",
    "7",
    "9" * 100,
    "2" + "[" * 50_000,
    "3" + "x" * 100,
    "1?",
    "0" + "[" * 50_000,
    hello(),
    "4",
    "4[",
    "4" + "[" * 50_000,
    "40/admin,",
    "41/admin,",
    "42",
    "42{",
    "42{}",
    "42[]",
    "42[[]]",
    '42[{"a":1}]',
    "42[null]",
    "42" + "[" * 50_000,
    "42" + "1" * 200 + '["WebPacket"]',
    "42²[]",
    '42["WebPacket"]',
    '42["WebPacket",null]',
    '42["WebPacket",{"service":1,"body":"{}"},2]',
    '42["WebPacket",{"body":"{}"}]',
    '42["WebPacket",{"service":"1","body":"{}"}]',
    '42["WebPacket",{"service":1.5,"body":"{}"}]',
    '42["WebPacket",{"service":true,"body":"{}"}]',
    '42["Other",{"service":1,"body":"{}"}]',
    '42["\\ud800",{"service":1,"body":"{}"}]',
    '42["connect",1]',
    "43" + "[" * 50_000,
    '451-["WebPacket",{"_placeholder":true,"num":0}]',
    "461-[]",
    "47",
    "48",
    "4x",
]


@pytest.mark.parametrize("frame", BAD, ids=lambda frame: repr(frame)[:24])
async def test_a_frame_that_is_no_packet_is_bad_and_the_link_goes_on(frame: str | bytes) -> None:
    trace = Trace()
    async with old(says(frame, packet(1, "{}"))) as url, opened(url, trace=trace) as peer:
        with pytest.raises(BadFrame, match=r"^127\.0\.0\.1:\d+ sent .*\.$"):
            await soon(peer.receive())
        assert await soon(peer.receive()) == (1, {})
        await peer.send(1, {})
    "".join(frame.body for frame in trace).encode()


@pytest.mark.parametrize(
    "frame",
    [
        *("6", "3", '44{"message":"no"}', "44", "43[]", "430[]", '43["a"]', "40"),
        *('42["connect"]', '42["disconnect"]', '42["connect_error"]', '42/x,["WebPacket",{"service":1,"body":"{}"}]'),
    ],
)
async def test_frames_that_mean_nothing_to_us_are_passed_over(frame: str) -> None:
    async with old(says(frame, packet(7, "{}"))) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (7, {})
        await peer.send(1, {})


async def test_a_packet_of_a_megabyte_is_read() -> None:
    calls = [{"callId": number, "from": "84000387212", "tags": "x" * 50} for number in range(10_000)]
    body = json.dumps({"r": 1, "data": calls})
    assert 1_000_000 < len(body) < engine_io.MAX_FRAME_BYTES
    async with old(says(packet(509, body), packet(1, "{}"))) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (509, json.loads(body))
        assert await soon(peer.receive()) == (1, {})


async def test_a_megabyte_that_is_no_packet_is_dropped() -> None:
    noise = "x" * 1_000_000
    async with old(says(packet(1, noise), noise, packet(7, "{}"))) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (1, None)
        with pytest.raises(BadFrame, match="1000000 characters that are no packet"):
            await soon(peer.receive())
        assert await soon(peer.receive()) == (7, {})


async def test_a_frame_beyond_the_limit_ends_the_link() -> None:
    async with old(says(packet(1, "x" * engine_io.MAX_FRAME_BYTES))) as url, opened(url) as peer:
        with pytest.raises(ConnectionLost, match="more than 4096 KB at once"):
            await soon(peer.receive())


@pytest.mark.parametrize("frame", [packet(1, "{}"), packet(1, "x" * 100_000), "nonsense"])
async def test_a_server_that_sends_more_than_is_read_is_given_up(frame: str) -> None:
    async def flood(connection: ServerConnection) -> None:
        with suppress(OSError):
            while connection.state.name == "OPEN":
                await connection.send(frame)
                await asyncio.sleep(0)

    async with old(flood) as url, opened(url) as peer:
        with pytest.raises(ConnectionLost, match=r"sent more than could be read\."):
            await soon(go_on_sending(peer, {}))
        with pytest.raises(ConnectionLost, match=r"sent more than could be read\."):
            await soon(peer.receive())
        assert not peer._waiting


async def test_a_burst_is_no_flood_while_somebody_reads() -> None:
    count = 3 * socket.MAX_WAITING
    async with old(says(*[packet(n, "{}") for n in range(count)])) as url, opened(url) as peer:
        assert [(await soon(peer.receive()))[0] for _ in range(count)] == list(range(count))


async def test_reading_can_be_given_up_and_taken_up_again() -> None:
    async with socket_io(OLD) as (_, url), opened(url) as peer:
        reading = asyncio.create_task(peer.receive())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await peer.send(3, {})
        assert await soon(peer.receive()) == (3, {})


# -- what goes ------------------------------------------------------------------------------------------------------


async def test_a_server_that_takes_nothing_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.providers.links.SEND_SECONDS", 0.3)
    deaf = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await deaf.wait()
        connection.transport.abort()

    async with old(talk) as url, opened(url) as peer:
        with pytest.raises(ConnectionLost, match="takes nothing in any more; the network may be gone"):
            await soon(go_on_sending(peer, FILLING))
        with pytest.raises(ConnectionLost):
            await soon(peer.receive())
        deaf.set()


async def test_closing_does_not_wait_for_a_server_that_takes_nothing_in() -> None:
    deaf = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await deaf.wait()
        connection.transport.abort()

    async with old(talk) as url:
        try:
            async with opened(url) as peer:
                filling = asyncio.create_task(go_on_sending(peer, FILLING))
                _, pending = await asyncio.wait({filling}, timeout=0.5)
                assert pending
            with pytest.raises(ConnectionLost):
                await soon(filling)
        finally:
            deaf.set()


@pytest.mark.parametrize("seconds", [0, 0.3])
async def test_closing_can_be_given_up(seconds: float) -> None:
    deaf = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await deaf.wait()
        connection.transport.abort()

    async with old(talk) as url, opened(url) as peer:
        closing = asyncio.create_task(peer.close())
        await asyncio.wait({closing}, timeout=seconds)
        closing.cancel()
        await asyncio.wait({closing})
        with pytest.raises(ConnectionLost):
            await soon(peer.receive())
        deaf.set()


async def test_packets_of_several_writers_go_out_whole() -> None:
    async with socket_io(OLD) as (_, url), opened(url) as peer:
        await soon(asyncio.gather(*[peer.send(n, {"n": n}) for n in range(50)]))
        assert [(await soon(peer.receive()))[0] for _ in range(50)] == list(range(50))


async def test_closing_twice_and_using_what_is_closed_is_no_accident() -> None:
    async with old(listens) as url, opened(url) as peer:
        assert peer.is_loopback
        await peer.close()
        await peer.close()
        with pytest.raises(ConnectionLost):
            await soon(peer.receive())
        with pytest.raises(ConnectionLost):
            await soon(peer.send(1, {}))


async def test_whoever_reads_and_writes_while_it_is_closed_hears_of_it() -> None:
    async with old(listens) as url, opened(url) as peer:
        reading = asyncio.create_task(peer.receive())
        await asyncio.sleep(0)
        await peer.close()
        with pytest.raises(ConnectionLost, match="is closed"):
            await soon(reading)


# -- connecting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered HTTP 404 where a WebSocket was expected"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answered HTTP 500 where a WebSocket was expected"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "answered HTTP 400 where a WebSocket was expected"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "did not answer as a WebSocket server does"),
        (b"", "did not answer as a WebSocket server does"),
    ],
)
async def test_a_server_of_another_kind_is_recognised(answer: bytes, shown: str) -> None:
    async with raw(answer) as where:
        with pytest.raises(ConnectionLost, match=shown):
            await soon(PacketSocket.open(f"http://{where}"))


async def test_a_redirect_is_not_followed() -> None:
    visits = 0

    async def count(connection: ServerConnection) -> None:
        nonlocal visits
        visits += 1

    async with served(count) as elsewhere:
        answer = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        async with raw(answer.encode()) as where:
            with pytest.raises(ConnectionLost, match="answered HTTP 302 where a WebSocket was expected"):
                await soon(PacketSocket.open(f"http://{where}"))
    assert visits == 0


async def test_nobody_there_is_a_sentence() -> None:
    with pytest.raises(ConnectionLost, match="connection refused"):
        await soon(PacketSocket.open(f"http://127.0.0.1:{await unused_port()}"))


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with served(listens, tls=self_signed(tmp_path)) as url:
        with pytest.raises(ConnectionLost, match=r"certificate that cannot be trusted"):
            await soon(PacketSocket.open(url.replace("wss:", "https:")))


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with old(listens) as url, opened(url.replace("ws:", "http:")):
        pass


@pytest.mark.parametrize(
    "first",
    [
        *("", "hello", "40", b"0", "0", "0[]", "0{}", "0null", "0" + "[" * 50_000),
        *('0{"sid":1,"pingInterval":1,"pingTimeout":1}', '0{"sid":"s","pingInterval":"1","pingTimeout":1}'),
    ],
    ids=lambda first: repr(first)[:24],
)
async def test_a_server_of_something_else_than_socket_io_is_recognised(first: str | bytes) -> None:
    async with served(says(first)) as url:
        with pytest.raises(ConnectionLost, match=r"did not answer as a socket\.io server does\. Check the address\."):
            await soon(PacketSocket.open(url))


@pytest.mark.parametrize(("interval", "timeout"), [(0, 0), (-1, -1), (1e300, 1e300)])
async def test_times_no_server_can_mean_are_no_accident(interval: float, timeout: float) -> None:
    async with old(says(packet(1, "{}")), interval=interval, timeout=timeout) as url, opened(url) as peer:
        assert await soon(peer.receive()) == (1, {})


async def test_a_refusal_is_a_sentence() -> None:
    async with served(says(hello(), '44{"message":"no"}')) as url:
        with pytest.raises(ConnectionLost, match="refused the connection"):
            await soon(PacketSocket.open(url))


@pytest.mark.parametrize("frames", [(), (hello(),)])
async def test_a_server_that_says_too_little_is_given_up(frames: tuple[str, ...]) -> None:
    async with served(says(*frames)) as url:
        with pytest.raises(ConnectionLost, match=r"no answer within 0 seconds"):
            await soon(PacketSocket.open(url, timeout=0.4))


@pytest.mark.parametrize("frames", [(), (hello(),), (hello(), "41"), (hello(), "1")])
async def test_a_server_that_leaves_meanwhile_is_a_sentence(frames: tuple[str, ...]) -> None:
    async def talk(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)

    async with served(talk) as url:
        with pytest.raises(ConnectionLost, match=r"closed the connection|broke off"):
            await soon(PacketSocket.open(url))


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_connecting_can_be_given_up_at_any_moment(steps: int) -> None:
    async with old(listens) as url:
        opening = asyncio.create_task(PacketSocket.open(url))
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        opening.cancel()
        try:
            peer = await soon(opening)
        except asyncio.CancelledError:
            return
        await peer.close()


@pytest.mark.parametrize("frames", [(), (hello(),)])
async def test_waiting_for_a_server_can_be_given_up(frames: tuple[str, ...]) -> None:
    arrived = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        arrived.set()
        await connection.wait_closed()

    async with served(talk) as url:
        opening = asyncio.create_task(PacketSocket.open(url))
        await soon(arrived.wait())
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await soon(opening)


# -- trace, log, loop -----------------------------------------------------------------------------------------------


async def test_the_trace_has_every_packet_decoded_and_no_log_has_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    trace = Trace()
    async with socket_io(NEW) as (server, url), opened(url, trace=trace, secrets=frozenset({"appId"})) as peer:
        await peer.send(179, {"token": "hush-1", "appId": "hush-2", "fullname": "An"})
        await soon(peer.receive())
        server.tell(emit=["WebPacket", {"service": 5, "body": 'password="hush-3"'}])
        await soon(peer.receive())
    notes = [frame.label for frame in trace if frame.way is Way.NOTE]
    assert notes == ["connected by ws", "broke off, code 1002", "connected by ws", "closed by us"]
    assert [frame.body for frame in trace if frame.way is Way.SENT] == [
        '{"service":179,"body":{"token":"•••","appId":"•••","fullname":"An"}}'
    ]
    assert "hush" not in repr(list(trace))
    assert "hush" not in caplog.text


def test_what_is_used_of_the_library_without_its_promise_is_there() -> None:
    import socketio

    assert hasattr(socketio.AsyncClient, "_handle_eio_message")
    client = socketio.AsyncClient(handle_sigint=False, logger=logging.getLogger("quiet"))
    assert client.eio.read_loop_task is client.eio.write_loop_task is None


async def test_connecting_does_not_hold_the_loop_up_while_the_library_loads() -> None:
    # A process of its own: in this one the library is long loaded.
    script = """
import asyncio, sys, threading
from tuiphone.core.errors import ConnectionLost
from tuiphone.providers.azstack.socket import PacketSocket

async def connect():
    loaded_by = {}
    class Spy:
        def find_spec(self, name, path=None, target=None):
            if name in ("socketio", "engineio", "aiohttp"):
                loaded_by[name] = threading.current_thread() is threading.main_thread()
    sys.meta_path.insert(0, Spy())
    try:
        await PacketSocket.open("http://127.0.0.1:9")
    except ConnectionLost:
        print(sorted(loaded_by.items()))

asyncio.run(connect())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[('aiohttp', False), ('engineio', False), ('socketio', False)]"

"""Links: what goes through, and every way in which a connection fails as a sentence."""

import asyncio
import datetime
import gzip
import ipaddress
import logging
import ssl
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.fakes import soon
from tuiphone.core import pace
from tuiphone.core.errors import BadFrame, ConnectionLost
from tuiphone.core.trace import Trace, Way
from tuiphone.providers.links import MAX_FRAME_BYTES, HttpLink, JsonSocket, is_loopback

Talk = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def served(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0, ssl=tls) as server:
        yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@asynccontextmanager
async def raw(answer: bytes | None) -> AsyncIterator[str]:
    """A TCP server that says this to whatever it is asked and hangs up, or says nothing at all (None)."""

    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(4096)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await soon(asyncio.gather(*talks))


async def unused_port() -> int:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


def self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def echo(socket: ServerConnection) -> None:
    async for frame in socket:
        await socket.send(frame)


async def test_objects_go_both_ways() -> None:
    async with served(echo) as url:
        socket = await JsonSocket.open(url)
        await socket.send({"service": 1, "body": {"a": "Chào"}})
        assert await soon(socket.receive()) == {"service": 1, "body": {"a": "Chào"}}
        assert socket.is_loopback
        await socket.close()


async def test_nothing_is_read_while_the_phone_is_behind() -> None:
    caught_up = asyncio.Event()

    async def room() -> None:
        await caught_up.wait()

    pace.keep(room)
    async with served(echo) as url:
        socket = await JsonSocket.open(url)
        await socket.send({"a": 1})
        reading = asyncio.ensure_future(socket.receive())
        was_read, _ = await asyncio.wait([reading], timeout=0.1)
        caught_up.set()
        assert await soon(reading) == {"a": 1}
        assert not was_read
        await socket.close()


async def test_frames_that_are_no_objects_are_bad_and_the_link_goes_on() -> None:
    bad = [
        b"\x00\x01",
        "",
        "nonsense",
        "[]",
        "1",
        "null",
        '"text"',
        "{",
        "[" * 50_000,
        '{"a":' * 40_000,
        '{"a": 1e999}',
    ]

    async def talk(socket: ServerConnection) -> None:
        for frame in bad:
            await socket.send(frame)
        await socket.send('{"good": true}')
        await socket.wait_closed()

    async with served(talk) as url:
        socket = await JsonSocket.open(url)
        for _ in bad:
            with pytest.raises(BadFrame, match=r"^127\.0\.0\.1:\d+ sent .*\.$"):
                await soon(socket.receive())
        assert await soon(socket.receive()) == {"good": True}
        await socket.close()


async def test_a_frame_beyond_the_limit_ends_the_link() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"a": "' + "x" * MAX_FRAME_BYTES + '"}')
        await socket.wait_closed()

    async with served(talk) as url:
        socket = await JsonSocket.open(url)
        with pytest.raises(ConnectionLost, match="more than 256 KB at once"):
            await soon(socket.receive())
        await socket.close()


async def test_the_servers_reason_for_closing_is_passed_on() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.close(1001, "maintenance")

    async with served(talk) as url:
        socket = await JsonSocket.open(url)
        with pytest.raises(ConnectionLost, match=r"closed the connection \(maintenance\)"):
            await soon(socket.receive())
        with pytest.raises(ConnectionLost):
            await socket.send({})
        await socket.close()


async def test_a_connection_that_breaks_off_is_lost() -> None:
    async def talk(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with served(talk) as url:
        socket = await JsonSocket.open(url)
        with pytest.raises(ConnectionLost, match=r"The connection to 127\.0\.0\.1:\d+ broke off\."):
            await soon(socket.receive())
        await socket.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_dead_server_gives_the_sentence_of_a_refused_connection(host: str) -> None:
    port = await unused_port()
    with pytest.raises(ConnectionLost) as lost:
        await JsonSocket.open(f"ws://{host}:{port}/")
    assert str(lost.value) == f"Cannot reach {host}:{port}: connection refused. Is the server running?"


async def test_a_silent_server_is_given_up_after_the_timeout() -> None:
    async with raw(None) as where:
        with pytest.raises(ConnectionLost, match=r"no answer within 0 seconds\. Check the address and the network\."):
            await JsonSocket.open(f"ws://{where}/", timeout=0.2)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered HTTP 404 where a WebSocket was expected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "answered HTTP 200 where a WebSocket was expected"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "did not answer as a WebSocket server does"),
        (b"", "did not answer as a WebSocket server does"),
    ],
)
async def test_a_server_of_another_kind_is_recognised(answer: bytes, says: str) -> None:
    async with raw(answer) as where:
        with pytest.raises(ConnectionLost, match=says):
            await JsonSocket.open(f"ws://{where}/")


async def test_a_redirect_of_a_websocket_is_not_followed() -> None:
    visits: list[ServerConnection] = []

    async def note(connection: ServerConnection) -> None:
        visits.append(connection)

    async with served(note) as elsewhere:
        answer = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        async with raw(answer.encode()) as where:
            with pytest.raises(ConnectionLost, match="answered HTTP 307 where a WebSocket was expected"):
                await JsonSocket.open(f"ws://{where}/")
    assert not visits


async def test_closing_does_not_wait_for_a_peer_that_takes_nothing_in() -> None:
    deaf = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await deaf.wait()
        connection.transport.abort()

    async def fill(socket: JsonSocket) -> None:
        while True:
            await socket.send({"filling": "x" * 200_000})

    async with served(talk) as url:
        socket = await JsonSocket.open(url)
        filling = asyncio.create_task(fill(socket))
        assert not (await asyncio.wait({filling}, timeout=0.5))[0]
        await soon(socket.close(), seconds=10)
        with pytest.raises(ConnectionLost):
            await soon(filling)
        deaf.set()


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with served(echo, tls=self_signed(tmp_path)) as url:
        with pytest.raises(ConnectionLost, match=r"certificate that cannot be trusted \(self-signed certificate\)"):
            await JsonSocket.open(url)


async def test_tls_to_a_server_without_it_is_a_sentence() -> None:
    async with raw(b"no TLS here\r\n\r\n") as where:
        with pytest.raises(ConnectionLost, match=r"^(Cannot reach )?127\.0\.0\.1:\d+"):
            await JsonSocket.open(f"wss://{where}/", timeout=1)


async def test_a_host_without_an_address_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConnectionLost, match=r"^Cannot find v1\.example\.net: no such host\."):
        await JsonSocket.open("ws://v1.example.net:6899/")


async def test_the_wire_trace_has_every_frame_both_ways_without_their_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    trace = Trace()
    async with served(echo) as url:
        socket = await JsonSocket.open(url, secrets=frozenset({"digits"}), trace=trace)
        await socket.send({"service": 2, "body": {"accesstoken": "hush-1", "ice": [{"credential": "hush-2"}]}})
        await soon(socket.receive())
        await socket.send({"service": 34, "body": {"digits": "hush-3"}})
        await soon(socket.receive())
        await socket.close()
    assert [frame.way for frame in trace] == [Way.NOTE, Way.SENT, Way.RECEIVED, Way.SENT, Way.RECEIVED, Way.NOTE]
    assert [frame.label for frame in trace if frame.way is Way.NOTE] == ["connected by ws", "closed by us"]
    first = next(frame for frame in trace if frame.way is Way.SENT)
    assert first.body == '{"service":2,"body":{"accesstoken":"•••","ice":[{"credential":"•••"}]}}'
    assert "hush" not in repr(list(trace))
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert "hush" not in "".join(ours)


async def test_a_link_that_is_closed_or_refused_says_so_in_the_trace() -> None:
    trace = Trace()

    async def close(connection: ServerConnection) -> None:
        await connection.close(4001, "go away")

    async with served(close) as url:
        socket = await JsonSocket.open(url, trace=trace)
        with pytest.raises(ConnectionLost):
            await soon(socket.receive())
        await socket.close()
    with pytest.raises(ConnectionLost):
        await JsonSocket.open(f"ws://127.0.0.1:{await unused_port()}/", trace=trace)
    said = [frame.label for frame in trace]
    assert said[:2] == ["connected by ws", "closed by the server, code 4001"]
    assert len(said) == 3
    assert "connection refused" in said[2]


async def test_what_is_no_json_is_in_the_trace_as_it_came() -> None:
    trace = Trace()

    async def babble(connection: ServerConnection) -> None:
        await connection.send("password=hush {")
        await connection.wait_closed()

    async with served(babble) as url:
        socket = await JsonSocket.open(url, trace=trace)
        with pytest.raises(BadFrame):
            await soon(socket.receive())
        await socket.close()
    assert [frame.body for frame in trace if frame.way is Way.RECEIVED] == ["password=••• {"]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *[(host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost")],
        *[(host, False) for host in ("10.0.0.1", "example.net", "localhost.example.net", "", "0.0.0.0")],
    ],
)
def test_loopback_is_told_from_the_rest(host: str, here: bool) -> None:
    assert is_loopback(host) is here


# -- HTTP -----------------------------------------------------------------------------------------------------------


async def test_a_small_answer_comes_whole_and_the_query_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    trace = Trace()
    async with raw(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"r": 0}') as where:
        answer = await HttpLink(trace=trace).get(f"http://{where}/v2/x", params={"access_token": "hush"})
    assert (answer.status, answer.json()) == (200, {"r": 0})
    assert [(frame.label, frame.body) for frame in trace] == [
        ("GET /v2/x", '{"access_token":"•••"}'),
        ("HTTP 200 to GET /v2/x", '{"r":0}'),
    ]
    assert "hush" not in caplog.text


async def test_a_body_that_is_no_json_reads_as_nothing() -> None:
    async with raw(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>") as where:
        answer = await HttpLink().get(f"http://{where}/", params={})
    assert (answer.status, answer.json()) == (502, None)


async def test_an_answer_beyond_the_limit_is_not_read_to_its_end() -> None:
    body = b"x" * 2000
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) as where:
        with pytest.raises(BadFrame, match="sent more than 1 KB at once"):
            await HttpLink(max_bytes=1024).get(f"http://{where}/", params={})


def packed(encoding: str, body: bytes) -> bytes:
    """An answer whose body is packed like that."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_packed_answer_is_unpacked(pack: Callable[[bytes], bytes]) -> None:
    async with raw(packed("gzip" if pack is gzip.compress else "Deflate", pack(b'{"r": 0}'))) as where:
        assert (await HttpLink().get(f"http://{where}/", params={})).json() == {"r": 0}


async def test_no_more_of_a_packed_answer_is_unpacked_than_it_may_have() -> None:
    bomb = gzip.compress(b"x" * 20_000_000)
    async with raw(packed("gzip", bomb)) as where:
        link = HttpLink(max_bytes=1024)
        tracemalloc.start()
        try:
            with pytest.raises(BadFrame, match="sent more than 1 KB at once"):
                await link.get(f"http://{where}/", params={})
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 15_000_000, most


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "*"])
async def test_what_is_packed_otherwise_than_was_asked_for_is_refused(encoding: str) -> None:
    async with raw(packed(encoding, gzip.compress(gzip.compress(b'{"r": 0}')))) as where:
        trace = Trace()
        with pytest.raises(BadFrame, match="not asked for"):
            await HttpLink(trace=trace).get(f"http://{where}/", params={})
    assert [frame.label for frame in trace][-1] == "HTTP 200, packed otherwise than was asked for"


async def test_what_was_packed_badly_is_a_sentence() -> None:
    async with raw(packed("gzip", b"no gzip at all")) as where:
        with pytest.raises(ConnectionLost, match=r"\.$"):
            await HttpLink().get(f"http://{where}/", params={})


async def test_a_redirect_is_not_followed() -> None:
    async with raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as where:
        assert (await HttpLink().get(f"http://{where}/", params={"access_token": "t"})).status == 302


async def test_a_vendor_may_name_what_goes_by_and_what_of_it_is_secret() -> None:
    async with raw(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"pin": "12345"}') as where:
        trace = Trace()
        link = HttpLink(trace=trace, secrets=frozenset({"pin"}), name=lambda way, line, carried: f"{way.value}: {line}")
        await link.get(f"http://{where}/x", params={"pin": "54321"}, headers={"Authorization": "Bearer 999"})
    sent, received = trace
    assert (sent.label, received.label) == ("sent: GET /x", "received: HTTP 200 to GET /x")
    for secret in ("54321", "12345", "999"):
        assert secret not in repr([sent.body, received.body])


async def test_http_failures_are_the_same_sentences() -> None:
    port = await unused_port()
    with pytest.raises(ConnectionLost, match=rf"Cannot reach 127\.0\.0\.1:{port}: connection refused"):
        await HttpLink().get(f"http://127.0.0.1:{port}/", params={})
    async with raw(None) as where:
        with pytest.raises(ConnectionLost, match="no answer within"):
            await HttpLink(timeout=0.3).get(f"http://{where}/", params={})
    async with raw(b"") as where:
        with pytest.raises(ConnectionLost, match=f"Cannot reach {where}"):
            await HttpLink().get(f"http://{where}/", params={})


async def test_looking_up_an_address_does_not_hold_the_loop_up_while_its_library_loads() -> None:
    # A process of its own: in this one the library is long loaded.
    script = """
import asyncio, sys
from tuiphone.core.errors import ConnectionLost
from tuiphone.providers.links import MAX_FRAME_BYTES, HttpLink, JsonSocket, is_loopback

async def look_up():
    import threading
    loaded_by = []
    class Spy:
        def find_spec(self, name, path=None, target=None):
            if name == "httpx":
                loaded_by.append(threading.current_thread() is threading.main_thread())
    sys.meta_path.insert(0, Spy())
    try:
        await HttpLink().get("http://127.0.0.1:9/", params={})
    except ConnectionLost:
        pass
    print(loaded_by)

asyncio.run(look_up())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[False]"

"""The WebSocket under SIP: its opening, every way in which that fails as a sentence, how its end is noticed."""

import asyncio
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.fakes import soon, until
from tests.providers.sip.account.certificates import Authority
from tests.providers.sip.account.registrar import Asked, Device, Registrar, device, registrar
from tests.providers.test_links import raw
from tuiphone.core.errors import ConfigError, ConnectionLost, TryLater
from tuiphone.core.secret import Secret
from tuiphone.providers.sip import link, outlook
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.link import NoSignOfLife, is_no_way, is_reachable
from tuiphone.providers.sip.opening import Opening, opening
from tuiphone.providers.sip.settings import Settings


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


# -- opening --------------------------------------------------------------------------------------------------------


async def test_path_headers_token_and_sub_protocol_reach_the_server() -> None:
    seen: list[Request] = []

    def note(connection: ServerConnection, request: Request) -> None:
        seen.append(request)

    async with registrar(process_request=note) as server:
        url = server.url.replace("/ws", "/sip?tenant=7")
        more: dict[str, Any] = {"headers": ("X-Tenant: acme", "Origin: https://pbx.example")}
        async with device(url, bearer_token=Secret("a-token-nobody-sees"), **more) as alice:
            await alice.online()
            assert "a-token-nobody-sees" not in "".join(frame.body + frame.label for frame in alice.trace)
    (request,) = seen
    assert request.path == "/sip?tenant=7"
    assert request.headers["Sec-WebSocket-Protocol"] == "sip"
    assert request.headers["X-Tenant"] == "acme"
    assert request.headers["Authorization"] == "Bearer a-token-nobody-sees"


async def test_a_server_that_speaks_another_protocol_over_websocket_is_told_from_sip() -> None:
    async with registrar(subprotocols=None) as server, device(server.url) as alice:
        with pytest.raises(ConnectionLost, match=r"speaks WebSocket but not sip over it\. Check the address, its path"):
            raise await alice.fails()
        assert not server.asked


async def test_a_server_that_insists_on_another_protocol_is_told_from_sip() -> None:
    async with registrar(subprotocols=[Subprotocol("xmpp")]) as server, device(server.url) as alice:
        with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1:\d+ .*Check the address"):
            raise await alice.fails()


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (200, {}, ConnectionLost, "answered HTTP 200 where a WebSocket was expected. Check the address."),
        (302, {"Location": "ws://127.0.0.1:1/"}, ConnectionLost, "HTTP 302 .*sends us elsewhere"),
        (403, {}, ConnectionLost, "HTTP 403 .*does not let us in"),
        (404, {}, ConnectionLost, "HTTP 404 .*none at this path"),
        (502, {}, ConnectionLost, "HTTP 502 .*takes nobody in"),
        (503, {"Retry-After": "40"}, TryLater, "HTTP 503 .*left alone for 40 seconds"),
        (503, {"Retry-After": "Fri, 31 Dec 1999"}, ConnectionLost, "HTTP 503 .*takes nobody in"),
    ],
)
async def test_what_answers_http_instead_of_a_websocket_is_named(
    status: int, headers: dict[str, str], kind: type[Exception], words: str
) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        response = connection.respond(HTTPStatus(status), "<html>Hello</html>")
        for name, value in headers.items():
            response.headers[name] = value
        return response

    async with registrar(process_request=answer) as server, device(server.url) as alice:
        with pytest.raises(kind, match=words):
            raise await alice.fails()


@pytest.mark.parametrize("answer", [b"SIP/2.0 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b""])
async def test_what_is_no_web_server_at_all_is_named(answer: bytes) -> None:
    async with raw(answer) as where, device(f"ws://{where}/ws") as alice:
        with pytest.raises(ConnectionLost, match=r"did not answer as a WebSocket server does|broke off|Cannot reach"):
            raise await alice.fails()


# -- TLS ------------------------------------------------------------------------------------------------------------


async def test_an_authority_of_ones_own_is_trusted_and_others_are_not(authority: Authority) -> None:
    async with registrar(tls=authority.serving()) as server:
        async with device(server.url, ca_file=str(authority.file)) as alice:
            await alice.online()
            assert server.registers()[0].get("Via").startswith("SIP/2.0/WSS ")
        async with device(server.url) as stranger:
            with pytest.raises(ConnectionLost, match="certificate that cannot be trusted"):
                raise await stranger.fails()


@pytest.mark.parametrize(
    ("name", "days", "words"), [("other.example", 20, "mismatch|not valid"), ("127.0.0.1", -0, "expired")]
)
async def test_a_certificate_for_somebody_else_or_out_of_date_is_refused(
    authority: Authority, name: str, days: int, words: str
) -> None:
    tls = authority.serving(name, days=days, since=-2) if days <= 0 else authority.serving(name, days=days)
    async with registrar(tls=tls) as server, device(server.url, ca_file=str(authority.file)) as alice:
        with pytest.raises(ConnectionLost, match=f"cannot be trusted .*({words})"):
            raise await alice.fails()
        assert not server.asked


async def test_a_server_found_by_the_dns_has_to_prove_the_domain_it_serves(authority: Authority) -> None:
    how = await opening(Settings(user="a", domain="pbx.example", ca_file=str(authority.file)))
    async with registrar(tls=authority.serving("pbx.example")) as server:
        device_trace = Device(server.url).trace
        opened = await link.SipLink.open(Server(server.url, "pbx.example"), how, device_trace, silence_s=15)
        await opened.close()
        with pytest.raises(ConnectionLost, match="cannot be trusted"):
            await link.SipLink.open(Server(server.url, "other.example"), how, device_trace, silence_s=15)


async def test_a_client_certificate_is_shown_to_a_server_that_wants_one(authority: Authority) -> None:
    pair = authority.sign("alice")
    files = {"certificate": str(pair.certificate), "certificate_key": str(pair.key)}
    async with registrar(tls=authority.serving(wants_client=True)) as server:
        async with device(server.url, ca_file=str(authority.file), **files) as alice:
            await alice.online()
        async with device(server.url, ca_file=str(authority.file)) as nobody:
            with pytest.raises(ConnectionLost, match="certificate"):
                raise await nobody.fails()


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        ("ca_file", "nonsense", "ca_file: .* holds no certificate"),
        ("certificate", "nonsense", "certificate: .* holds no certificate with its private key"),
        ("certificate_key", "nonsense", "certificate: .* holds no certificate, or certificate_key not its key"),
    ],
)
async def test_files_that_hold_something_else_are_named(
    authority: Authority, tmp_path: Path, key: str, content: str, words: str
) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text(content)
    files = {key: str(bad)}
    if key == "certificate_key":
        files["certificate"] = str(authority.sign("alice").certificate)
    with pytest.raises(ConfigError, match=words):
        await opening(Settings(user="a", domain="b.example", **files))


async def test_a_key_with_a_password_is_not_asked_about_on_the_terminal(authority: Authority) -> None:
    pair = authority.sign("locked", password=b"sesame")
    files = {"certificate": str(pair.certificate), "certificate_key": str(pair.key)}
    with pytest.raises(ConfigError, match="the private key is encrypted"):
        await soon(opening(Settings(user="a", domain="b.example", **files)))


async def test_nothing_of_ones_own_needs_no_files() -> None:
    assert await opening(Settings(user="a", domain="b.example")) == Opening({}, None)


# -- its end --------------------------------------------------------------------------------------------------------


async def test_a_server_that_was_restarted_is_noticed_at_once_and_known_again() -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        port = port_of(server)
        assert server.server is not None
        server.server.close()
        with pytest.raises(ConnectionLost, match=r"closed the connection|broke off"):
            raise await alice.fails()
        await server.server.wait_closed()
        async with registrar(port=port) as again:
            await alice.online()
            assert again.registers()[0].get("Contact") == server.registers()[0].get("Contact")


class DeafProxy:
    """Between a phone and its server; passes nothing on any more when it is told so, as a dead network does."""

    def __init__(self, there: int) -> None:
        self._there = there
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.passes = asyncio.Event()
        self.passes.set()
        self.count = 0

    async def __aenter__(self) -> "DeafProxy":
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ws"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._there)
        self._writers += [writer, far_writer]
        for ends in ((reader, far_writer), (far_reader, writer)):
            self._pipes.add(asyncio.create_task(self._pipe(*ends)))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self.passes.wait()
            writer.write(data)
        writer.close()


def through(server: Registrar) -> DeafProxy:
    return DeafProxy(port_of(server))


def port_of(server: Registrar) -> int:
    return int(re.findall(r":(\d+)", server.url)[0])


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the link often enough for a test."""
    monkeypatch.setattr(link, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(link, "PROBE_AFTER_SECONDS", 0.05)


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When a server was asked for a sign of life."""
    found: list[float] = []
    ask = link.SipLink._ask

    def note(self: link.SipLink, now: float) -> None:
        found.append(now)
        ask(self, now)

    monkeypatch.setattr(link.SipLink, "_ask", note)
    return found


@pytest.mark.usefixtures("hasty")
async def test_a_half_open_connection_is_noticed_within_the_silence_that_is_borne() -> None:
    async with registrar() as server, through(server) as proxy, device(proxy.url, keep_alive=600) as alice:
        await alice.online()
        assert alice.registration._link is not None
        alice.registration._link._vigil.limit = 0.3
        proxy.passes.clear()
        error = await alice.fails()
        assert isinstance(error, NoSignOfLife)
        assert re.match(r"127\.0\.0\.1:\d+ gives no sign of life; the network may be gone\.", str(error))
        assert is_no_way(error)
        proxy.passes.set()


@pytest.mark.usefixtures("hasty")
async def test_a_quiet_connection_whose_server_answers_pings_stays(asks: list[float]) -> None:
    async with registrar() as server, device(server.url, keep_alive=5) as alice:
        await alice.online()
        opened = alice.registration._link
        assert opened is not None
        await until(lambda: asks)
        await until(lambda: opened._vigil.unanswered_since is None)
        assert alice.told == ["online"]


@pytest.mark.usefixtures("hasty")
async def test_a_network_that_comes_back_is_not_waited_for_as_long_as_tcp_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([False, False])
    probes: list[bool] = []

    async def probe(there: tuple[str, int] | None) -> bool:
        probes.append(next(answers, True))
        return probes[-1]

    monkeypatch.setattr(link, "is_reachable", probe)
    monkeypatch.setattr(link, "PROBE_SECONDS", 0.1)
    async with registrar() as server, through(server) as proxy, device(proxy.url, keep_alive=600) as alice:
        await alice.online()
        proxy.passes.clear()
        assert alice.registration._link is not None
        alice.registration._link._ask(asyncio.get_running_loop().time())
        assert isinstance(await alice.fails(), NoSignOfLife)
        assert probes[:3] == [False, False, True]
        proxy.passes.set()


@pytest.mark.usefixtures("hasty")
async def test_a_slow_server_that_can_be_reached_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[bool] = []

    async def probe(there: tuple[str, int] | None) -> bool:
        probes.append(True)
        return True

    monkeypatch.setattr(link, "is_reachable", probe)
    async with registrar() as server, through(server) as proxy, device(proxy.url, keep_alive=600) as alice:
        await alice.online()
        proxy.passes.clear()
        assert alice.registration._link is not None
        alice.registration._link._ask(asyncio.get_running_loop().time())
        await until(lambda: len(probes) > 5)
        proxy.passes.set()
        vigil = alice.registration._link._vigil
        await until(lambda: vigil.unanswered_since is None)
        assert alice.told == ["online"]


@pytest.mark.usefixtures("hasty")
async def test_after_sleep_a_dead_link_is_noticed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "DOUBT_SECONDS", 0.1)
    async with registrar() as server, through(server) as proxy, device(proxy.url, keep_alive=600) as alice:
        await alice.online()
        proxy.passes.clear()
        alice.registration.stirred()
        assert isinstance(await alice.fails(), NoSignOfLife)
        proxy.passes.set()


@pytest.mark.usefixtures("hasty")
async def test_after_sleep_a_link_that_still_works_stays(asks: list[float]) -> None:
    async with registrar() as server, device(server.url, keep_alive=600) as alice:
        await alice.online()
        alice.registration.stirred()
        opened = alice.registration._link
        assert opened is not None
        await until(lambda: asks)
        await until(lambda: opened._vigil.unanswered_since is None)
        assert alice.told == ["online"]
        assert server.opened == 1


async def test_after_a_long_sleep_the_registration_is_refreshed_at_once() -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        alice.registration._granted_at -= 3600
        alice.registration.stirred()
        await until(lambda: len(server.registers()) == 2)


async def test_a_link_whose_own_address_is_gone_is_let_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with registrar() as server, device(server.url, keep_alive=600) as alice:
        await alice.online()
        monkeypatch.setattr(link.FrameSocket, "here", "192.0.2.77")
        alice.registration.stirred()
        assert isinstance(await alice.fails(), ConnectionLost)


@pytest.mark.usefixtures("hasty")
async def test_a_flow_timer_is_kept_by_double_line_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with registrar() as server, device(server.url, keep_alive=600) as alice:
        server.answer = lambda asked: asked.granted("Flow-Timer: 1")
        await alice.online()
        await until(lambda: server.pings)
        assert alice.told == ["online"]


async def test_a_server_is_in_reach_also_when_it_refuses() -> None:
    async with registrar() as server:
        port = port_of(server)
        assert await is_reachable(("127.0.0.1", port))
    assert await is_reachable(("127.0.0.1", port)), "a refusal comes by a way that is there"
    assert not await is_reachable(None)


# -- coming back ----------------------------------------------------------------------------------------------------


async def test_nobody_looks_for_a_server_that_only_refused_us() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.reply("500 No")
        await alice.fails()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await alice.registration.reachable()


async def test_a_server_out_of_reach_is_looked_for_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, False, False, True])
    probed: list[tuple[str, int] | None] = []

    async def probe(there: tuple[str, int] | None) -> bool:
        probed.append(there)
        return next(answers)

    monkeypatch.setattr(outlook, "is_reachable", probe)
    monkeypatch.setattr(outlook, "PAUSE_SECONDS", 0.01)
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        alice.registration._outlook.failed(NoSignOfLife("It is gone."))
        await soon(alice.registration.reachable())
        assert len(probed) == 4
        assert probed[0] == ("127.0.0.1", port_of(server))
        assert alice.memory.kept["server"].startswith("127.0.0.1 "), "and so it is after a new start"


async def test_a_server_that_hangs_is_given_the_benefit_of_the_doubt_only_so_often() -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        alice.registration._outlook.failed(NoSignOfLife("It is gone."))
        for _ in range(outlook.BENEFITS):
            await soon(alice.registration.reachable())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await alice.registration.reachable()


# -- hostile servers ------------------------------------------------------------------------------------------------


async def test_a_frame_without_end_ends_the_link() -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        await server.connections[0].send("SIP/2.0 200 OK\r\n" + "X: y\r\n" * 200_000)
        with pytest.raises(ConnectionLost, match="more than 256 KB at once"):
            raise await alice.fails()


@pytest.mark.parametrize(
    "frame",
    [
        "nonsense",
        b"\x00\xff\xfe",
        "SIP/2.0 200 OK\r\n\r\n",
        "INVITE \r\n\r\n",
        "\r\n" * 1000,
        "SIP/2.0 200 OK\r\nCSeq: -1 X\r\n\r\n",
    ],
    ids=range(6),
)
async def test_what_is_no_sip_is_dropped_and_the_link_goes_on(frame: str | bytes) -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        await server.connections[0].send(frame)
        await server.connections[0].send("\r\n\r\n")
        await until(lambda: any("keep-alive" in each.label or each.size == 2 for each in alice.trace))
        assert alice.told == ["online"]


async def test_a_server_that_takes_nothing_in_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MAX_UNSENT", 10)
    monkeypatch.setattr(link, "TICK_SECONDS", 0.02)
    async with registrar() as server, device(server.url, keep_alive=600) as alice:
        await alice.online()
        server.connections[0].transport.pause_reading()
        opened = alice.registration._link
        assert opened is not None
        for _ in range(60):
            opened.send("X" * 200_000)
        assert isinstance(await alice.fails(), ConnectionLost)


def test_what_is_asked_can_be_read_back() -> None:
    assert Asked("REGISTER sip:a SIP/2.0\r\nExpires: 7\r\n\r\n").expires == 7

"""Looking at a SIP account: each step a finding, and nothing at the server is other than before."""

import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from tests.providers.sip.account.certificates import Authority
from tests.providers.sip.account.name_server import name_server
from tests.providers.sip.account.registrar import Asked, Registrar, device, registrar
from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.secret import Secret
from tuiphone.core.trace import Trace
from tuiphone.providers.sip.examination import MAX_SERVERS, Examination
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.providers.sip.settings import Settings
from tuiphone.simulator.sip import Sip

GOOD, WARN, BAD = Verdict.GOOD, Verdict.WARN, Verdict.BAD


async def examined(*urls: str, lookup: Lookup | None = None, **more: Any) -> list[Finding]:
    given = {"user": "alice", "domain": "pbx.example", "password": Secret("wonderland"), "servers": urls} | more
    return [finding async for finding in Examination(Settings(**given), Trace(), lookup=lookup).run()]


def brief(findings: list[Finding]) -> list[tuple[str, Verdict]]:
    return [(finding.what, finding.verdict) for finding in findings]


async def test_a_server_that_is_well_is_looked_at_from_port_to_registration() -> None:
    async with registrar() as server:
        server.answer = lambda asked: asked.reply("200 OK", "Contact: <sip:a@b>, <sip:c@d>")
        findings = await examined(server.url)
    assert brief(findings) == [("TCP", GOOD), ("WebSocket", GOOD), ("registration", GOOD), ("clock", GOOD)]
    assert "knows alice@pbx.example by its password; 2 devices are registered now." in findings[2].said


async def test_nothing_is_registered_and_nobody_is_put_out() -> None:
    server = Sip("127.0.0.1", {"port": 0})
    await server.start()
    try:
        account = server.account("alice")
        about = {"domain": account["domain"], "password": Secret(account["password"])}
        async with device(account["server"], **about) as alice:
            await alice.online()
            (before,) = server.registrar.of("alice")
            findings = await examined(account["server"], **about)
            assert server.registrar.of("alice") == [before]
            assert alice.told == ["online"]
        assert ("registration", GOOD) in brief(findings)
        assert "one device is" in findings[2].said
    finally:
        await server.close()


async def test_the_question_has_no_contact() -> None:
    async with registrar() as server:
        server.answer = lambda asked: asked.reply("200 OK")
        await examined(server.url)
        (asked,) = server.registers()
        assert not asked.get("Contact")
        assert not asked.get("Expires")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("403 Forbidden", "does not let alice@pbx.example register"),
        ("404 Not Found", "knows no alice@pbx.example"),
        ("500 Oh", "cannot register"),
        ('401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', "refused the user name or password"),
    ],
)
async def test_a_refusal_is_told_in_words(status: str, words: str) -> None:
    async with registrar() as server:
        server.answer = lambda asked: asked.reply(status)
        findings = await examined(server.url)
    assert brief(findings)[2] == ("registration", BAD)
    assert words in findings[2].said


async def test_an_account_without_password_is_told_when_one_is_wanted() -> None:
    async with registrar() as server:
        server.answer = lambda asked: asked.reply('401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"')
        findings = await examined(server.url, password=None)
    assert "The account has no password." in findings[2].said


async def test_what_speaks_no_sip_ends_at_the_websocket() -> None:
    async with registrar(subprotocols=None) as server:
        findings = await examined(server.url)
    assert brief(findings) == [("TCP", GOOD), ("WebSocket", BAD)]
    assert "not sip over it" in findings[1].said


async def test_a_server_that_drops_us_says_so() -> None:
    async with registrar() as server:

        def drop(asked: Asked) -> None:
            server.drop()

        server.answer = drop
        findings = await examined(server.url)
    assert brief(findings)[2] == ("registration", BAD)
    assert "broke off" in findings[2].said


async def test_each_server_is_looked_at_though_the_first_is_down() -> None:
    async with registrar() as gone:
        pass
    async with registrar() as server:
        findings = await examined(gone.url, server.url)
    assert brief(findings)[:3] == [("TCP", BAD), ("TCP", GOOD), ("WebSocket", GOOD)]


async def test_of_very_many_servers_the_first_are_looked_at() -> None:
    async with registrar() as server:
        findings = await examined(*(f"{server.url}{number}" for number in range(MAX_SERVERS + 2)))
        assert server.opened == MAX_SERVERS
    assert findings[-1].verdict is WARN


async def test_certificates_of_both_sides_are_shown_with_their_ends(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.sign("alice", days=5)
    files = {"certificate": str(pair.certificate), "certificate_key": str(pair.key), "ca_file": str(authority.file)}
    async with registrar(tls=authority.serving(wants_client=True)) as server:
        findings = await examined(server.url, **files)
    assert brief(findings) == [
        ("own certificate", WARN),
        ("TCP", GOOD),
        ("TLS", GOOD),
        ("certificate", GOOD),
        ("WebSocket", GOOD),
        ("registration", GOOD),
        ("clock", GOOD),
    ]


async def test_a_server_that_tells_no_time_leaves_the_clock_to_the_person() -> None:
    def without(connection: ServerConnection, request: Request, response: Response) -> None:
        del response.headers["Date"]

    async with registrar(process_response=without) as server:
        findings = await examined(server.url)
    assert brief(findings)[-1] == ("clock", GOOD)
    assert "here it is" in findings[-1].said


async def test_files_that_cannot_be_used_end_the_look(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    assert brief(await examined("ws://127.0.0.1:1/", ca_file=str(bad))) == [("settings", BAD)]


async def test_a_server_found_by_the_dns_is_named_with_how_it_was_found() -> None:
    async with registrar() as server:
        record = (f"1 1 {_port(server)} localhost.",)
        async with name_server({("_sip._ws.localhost", "SRV"): record}) as names:
            lookup = Lookup(name_servers=("127.0.0.1",), port=names.port)
            findings = await examined(lookup=lookup, domain="localhost")
    assert brief(findings)[:4] == [("DNS", GOOD), ("DNS", GOOD), ("TCP", GOOD), ("WebSocket", GOOD)]
    assert findings[0].said == f"SRV records of localhost: localhost:{_port(server)}."


async def test_a_domain_without_records_is_a_guess_and_said_to_be_one() -> None:
    async with name_server({}) as names:
        lookup = Lookup(name_servers=("127.0.0.1",), port=names.port)
        findings = await examined(lookup=lookup, domain="pbx.example")
    assert brief(findings) == [("DNS", WARN), ("DNS", BAD)]
    assert "set `server`" in findings[0].said


def _port(server: Registrar) -> int:
    return int(server.url.split(":")[2].split("/")[0])


async def test_time_that_passes_while_it_is_looked_at_is_no_fault_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    waited = 0.0

    async def read() -> str:
        nonlocal waited
        waited = 3600.0
        return "wonderland"

    monkeypatch.setattr(time, "time", lambda: now() + waited)
    async with registrar() as server:
        findings = await examined(server.url, password=Secret(read))
    assert ("clock", GOOD) in brief(findings)

"""STUN and TURN servers, looked at on loopback: each answers, refuses or is silent as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
from aioice import stun, turn

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.ports import IceServer
from tuiphone.media import traversal
from tuiphone.media.traversal import Url, look

GOOD, WARN, BAD = Verdict.GOOD, Verdict.WARN, Verdict.BAD
Answer = Callable[[stun.Message, tuple[str, int]], stun.Message | bytes | None]


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        said = self._answer(stun.parse_message(data), addr)
        if said is not None:
            self._transport.sendto(bytes(said), addr)


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[int]:
    """Its port."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Server(answer), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def seen_at(port: int | None = None) -> Answer:
    def answer(asked: stun.Message, addr: tuple[str, int]) -> stun.Message:
        said = stun.Message(asked.message_method, stun.Class.RESPONSE, asked.transaction_id)
        said.attributes["XOR-MAPPED-ADDRESS"] = (addr[0], port or addr[1])
        return said

    return answer


def relay(code: int | None = None) -> Answer:
    """A TURN server that asks for credentials, and then refuses with this code, or relays."""

    def answer(asked: stun.Message, addr: tuple[str, int]) -> stun.Message:
        is_proved = "USERNAME" in asked.attributes
        refusal = code if is_proved else 401
        kind = stun.Class.RESPONSE if refusal is None else stun.Class.ERROR
        said = stun.Message(asked.message_method, kind, asked.transaction_id)
        if refusal is not None:
            said.attributes["ERROR-CODE"] = (refusal, "Said So")
            said.attributes["REALM"] = "relay.example"
            said.attributes["NONCE"] = b"once"
        else:
            said.attributes["XOR-RELAYED-ADDRESS"] = ("127.0.0.1", 50000)
            said.attributes["XOR-MAPPED-ADDRESS"] = addr
            said.attributes["LIFETIME"] = 600
        if is_proved:
            said.add_message_integrity(turn.make_integrity_key("alice", "relay.example", "a-turn-secret"))
        return said

    return answer


async def found(*urls: str, is_local: bool = False, name: str | None = None) -> list[Finding]:
    servers = (IceServer(urls, name, "a-turn-secret" if name else None),) if urls else None
    return [finding async for finding in look(servers, is_local=is_local)]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traversal, "RESEND_SECONDS", 0.1)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("stun:a.example", Url("stun", "a.example", 3478, "udp")),
        ("stun:a.example:19302", Url("stun", "a.example", 19302, "udp")),
        ("turn:[2001:db8::1]:80?transport=tcp", Url("turn", "2001:db8::1", 80, "tcp")),
        ("turns:a.example", Url("turns", "a.example", 5349, "tcp")),
        ("turn:", None),
        ("http://a.example", None),
        ("stun:a.example:x", None),
    ],
)
def test_urls_are_read_as_the_rfcs_have_them(text: str, parsed: Url | None) -> None:
    assert Url.parse(text) == parsed


async def test_an_account_without_servers_is_told_what_that_means() -> None:
    assert [finding.verdict for finding in await found(is_local=True)] == [GOOD]
    (finding,) = await found()
    assert finding.verdict is WARN
    assert "ice_servers" in finding.said


async def test_a_stun_server_says_how_it_sees_us() -> None:
    async with server(seen_at()) as port:
        first, udp = await found(f"stun:127.0.0.1:{port}")
    assert (first.what, first.verdict) == ("STUN", GOOD)
    assert "sees us as 127.0.0.1:" in first.said
    assert (udp.what, udp.verdict) == ("UDP", GOOD)


async def test_a_first_question_that_is_lost_is_asked_again() -> None:
    asked: list[stun.Message] = []

    def answer(message: stun.Message, addr: tuple[str, int]) -> stun.Message | bytes | None:
        asked.append(message)
        if len(asked) < 3:
            return None if len(asked) == 1 else b"\0\1nonsense"
        return seen_at()(message, addr)

    async with server(answer) as port:
        assert (await found(f"stun:127.0.0.1:{port}"))[0].verdict is GOOD


async def test_a_stun_server_that_is_silent_points_at_the_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traversal, "STEP_SECONDS", 0.3)
    async with server(lambda message, addr: None) as port:
        (finding,) = await found(f"stun:127.0.0.1:{port}")
    assert finding.verdict is BAD
    assert "firewall" in finding.said


async def test_a_router_that_gives_each_connection_a_port_needs_a_relay() -> None:
    async with server(seen_at(1111)) as one, server(seen_at(2222)) as other, server(relay()) as relaying:
        urls = (f"stun:127.0.0.1:{one}", f"stun:127.0.0.1:{other}")
        assert (await found(*urls))[-1].verdict is WARN
        assert (await found(*urls, f"turn:127.0.0.1:{relaying}", name="alice"))[-1].verdict is GOOD


async def test_a_turn_server_that_relays_says_where() -> None:
    async with server(relay()) as port:
        (finding,) = await found(f"turn:127.0.0.1:{port}", name="alice")
    assert finding.verdict is GOOD
    assert "relays for us, at 127.0.0.1:50000" in finding.said


@pytest.mark.parametrize(("code", "words"), [(401, "user name or credential"), (486, r"request (486 Said So)")])
async def test_a_turn_server_that_refuses_says_why(code: int, words: str) -> None:
    async with server(relay(code)) as port:
        (finding,) = await found(f"turn:127.0.0.1:{port}", name="alice")
    assert finding.verdict is BAD
    assert words in finding.said
    assert "a-turn-secret" not in finding.said


async def test_a_turn_server_that_is_silent_or_closed_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traversal, "STEP_SECONDS", 0.3)
    async with server(lambda message, addr: None) as port:
        (silent,) = await found(f"turn:127.0.0.1:{port}", name="alice")
        (closed,) = await found(f"turn:127.0.0.1:{port}?transport=tcp", name="alice")
    assert (silent.verdict, closed.verdict) == (BAD, BAD)


async def test_a_host_that_is_none_is_bad() -> None:
    findings = await found("stun:no-such-host.example", "turn:no-such-host.example", name="alice")
    assert [finding.verdict for finding in findings] == [BAD, BAD]
    assert all("no such host" in finding.said for finding in findings)


async def test_stun_over_tls_is_said_to_be_of_no_use() -> None:
    assert [finding.verdict for finding in await found("stuns:a.example")] == [WARN]

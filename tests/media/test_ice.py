"""Which addresses a call offers and which of the far side's it tries."""

import asyncio
from typing import Any

import aioice.ice
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from tests.media.peers import Side
from tuiphone.core.ports import Candidate, IceServer
from tuiphone.media import ice, seams
from tuiphone.media.ice import Reach, parse_candidate

HOST = "candidate:842163049 1 udp 1677729535 {} 34913 typ {} generation 0 ufrag WNGI network-id 3"


@pytest.fixture(autouse=True)
def _a_machine_with_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [
        ("lo", "127.0.0.1", False),
        ("eth0", "192.0.2.2", False),
        ("eth0", "fe80::1", True),
        ("wg0", "198.51.100.7", False),
        ("wg0", "2001:db8::7", False),
    ]
    monkeypatch.setattr(ice, "_own_addresses", lambda: iter(own))
    monkeypatch.setattr(ice, "_stock_addresses", aioice.ice.get_host_addresses)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda ipv4, ipv6: ["192.0.2.2", "198.51.100.7"])


def candidate(address: str, kind: str = "host") -> Candidate:
    return Candidate(HOST.format(address, kind), "0", 0)


async def gathered(reach: Reach) -> list[str]:
    with reach.gathering():
        await asyncio.sleep(0)
        return await asyncio.create_task(asyncio.to_thread(aioice.ice.get_host_addresses, True, True))


def test_aioice_asks_where_we_answer() -> None:
    """The seam: aioice's Connection looks the function up in its own module each time it gathers."""
    ice.install()
    assert aioice.ice.get_host_addresses is ice._host_addresses
    assert "get_host_addresses" in aioice.ice.Connection.gather_candidates.__code__.co_names


@pytest.mark.parametrize(
    ("reach", "addresses"),
    [
        (Reach(loopback=True), ["127.0.0.1"]),
        (Reach(loopback=True, interfaces=("eth0",)), ["127.0.0.1"]),
        (Reach(interfaces=("eth0",)), ["192.0.2.2"]),
        (Reach(interfaces=("wg*",)), ["198.51.100.7", "2001:db8::7"]),
        (Reach(interfaces=("ppp0",)), []),
        (Reach(), ["192.0.2.2", "198.51.100.7"]),
    ],
)
async def test_addresses_are_those_of_the_reach(reach: Reach, addresses: list[str]) -> None:
    assert await gathered(reach) == addresses


async def test_two_calls_at_once_do_not_disturb_each_other() -> None:
    here, there = await asyncio.gather(gathered(Reach(loopback=True)), gathered(Reach(interfaces=("wg0",))))
    assert here == ["127.0.0.1"]
    assert there == ["198.51.100.7", "2001:db8::7"]
    assert aioice.ice.get_host_addresses(True, True) == ["192.0.2.2", "198.51.100.7"]


async def test_a_connection_within_loopback_offers_nothing_else() -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=Reach(loopback=True).servers(())))
    connection.addTransceiver("audio")
    with Reach(loopback=True).gathering():
        await connection.setLocalDescription()
    found = [line for line in connection.localDescription.sdp.splitlines() if line.startswith("a=candidate")]
    assert [line.split()[4] for line in found] == ["127.0.0.1"]
    await connection.close()


def test_no_servers_means_none_and_not_a_public_one() -> None:
    assert Reach().servers(()) == []
    assert RTCConfiguration().iceServers is None, "which is why the list must be given"


def test_servers_are_passed_on_with_their_secrets() -> None:
    (server,) = Reach().servers((IceServer(("turn:turn.example:3478",), "alice", "secret"),))
    assert (server.urls, server.username, server.credential) == (["turn:turn.example:3478"], "alice", "secret")


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("stun:127.0.0.1:3478", True),
        ("turn:[::1]:3478?transport=udp", True),
        ("turn:localhost", True),
        ("stun:stun.example:3478", False),
        ("turn:192.0.2.9:3478", False),
        ("turn:[2001:db8::1]", False),
    ],
)
def test_within_loopback_only_servers_of_this_machine_are_used(url: str, used: bool) -> None:
    assert bool(Reach(loopback=True).servers((IceServer((url,)),))) is used


@pytest.mark.parametrize(
    ("address", "everywhere", "loopback", "chosen"),
    [
        ("192.0.2.77", True, False, True),
        ("2001:db8::9", True, False, True),
        ("127.0.0.1", True, True, True),
        ("192.0.2.2", True, True, True),  # our own address, which a browser on this machine offers
        ("224.0.0.251", False, False, False),
        ("2f9c9e5a-0000-4000-8000-000000000000.local", True, False, False),
        ("peer.example", False, False, False),
        ("999.1.1.1", False, False, False),
    ],
)
def test_candidates_out_of_reach_are_left_out(address: str, everywhere: bool, loopback: bool, chosen: bool) -> None:
    reaches = Reach(), Reach(loopback=True), Reach(interfaces=("eth0",))
    found = [parse_candidate(candidate(address), reach) is not None for reach in reaches]
    assert found == [everywhere, loopback, chosen]


def test_a_candidate_is_read_with_or_without_its_prefix() -> None:
    for prefix in ("", "a="):
        parsed = parse_candidate(Candidate(prefix + HOST.format("192.0.2.5", "srflx"), "0", 0), Reach())
        assert parsed is not None
        assert (parsed.ip, parsed.port, parsed.type) == ("192.0.2.5", 34913, "srflx")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "candidate:",
        "candidate:1 1 udp",
        "candidate:1 1 tcp 1 192.0.2.5 9 typ host tcptype active",
        "candidate:1 2 udp 1 192.0.2.5 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.5 0 typ host",
        "candidate:1 1 udp 1 192.0.2.5 70000 typ host",
        "candidate:1 x udp 1 192.0.2.5 5000 typ host",
        "candidate:1 1 udp 1 192.0.2.5 5000 typ prflx",
        "candidate:1 1 udp 1 192.0.2.5 5000 typ host raddr 1 rport x",
        "candidate:1 1 udp 1 ١٩٢.0.2.5 5000 typ host",
        "candidate:" + "1" * 600 + " 1 udp 1 192.0.2.5 5000 typ host",
    ],
)
def test_candidates_of_no_use_are_swallowed(text: str) -> None:
    assert parse_candidate(Candidate(text, "0", 0), Reach()) is None


@pytest.mark.parametrize(
    ("urls", "seconds"),
    [(("stun:127.0.0.1:9",), seams.STUN_S), (("turn:127.0.0.1:9",), seams.TURN_S), ((), seams.STUN_S)],
)
async def test_a_silent_server_holds_up_a_call_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch, urls: tuple[str, ...], seconds: float
) -> None:
    """aioice's own patience is 5 s, and a single address without a way to the server is enough to need all of it."""
    waited: list[float] = []
    gather = aioice.ice.Connection.get_component_candidates

    async def watched(self: Any, component: int, addresses: list[str], timeout: float = 5) -> Any:
        waited.append(timeout)
        return await gather(self, component, addresses, timeout=0.01)  # type: ignore[arg-type]

    monkeypatch.setattr(aioice.ice.Connection, "get_component_candidates", watched)
    side = Side(440)
    side.peer.use_ice((IceServer(urls, "user", "secret"),) if urls else (), loopback=True)
    offer = await side.peer.offer()
    assert waited == [seconds]
    assert [candidate.text.split()[4] for candidate in offer.candidates] == ["127.0.0.1"]
    await side.peer.close()

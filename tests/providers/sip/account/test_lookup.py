"""Finding the server of a domain by the DNS, asked of a name server on loopback."""

import pytest

from tests.fakes import soon
from tests.providers.sip.account.name_server import NameServer, name_server
from tuiphone.core.errors import ConnectionLost
from tuiphone.providers.sip import lookup
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.lookup import LONGEST_TTL, SHORTEST_TTL, Lookup

DOMAIN = "pbx.example"
NAPTR = (
    '10 10 "s" "SIPS+D2W" "" _sips._ws.hosted.example.',
    '20 10 "s" "SIPS+D2W" "" _backup._ws.pbx.example.',
    '5 10 "s" "SIP+D2U" "" _sip._udp.pbx.example.',
)
PLAIN = (Server("wss://pbx.example:443/ws"),)


def asking(server: NameServer) -> Lookup:
    return Lookup(name_servers=("127.0.0.1",), port=server.port)


async def test_naptr_names_the_srv_records_and_they_name_the_servers() -> None:
    records = {
        (DOMAIN, "NAPTR"): NAPTR,
        ("_sips._ws.hosted.example", "SRV"): ("20 1 8443 edge2.pbx.example.", "10 1 443 edge1.hosted.example."),
        ("_backup._ws.pbx.example", "SRV"): ("1 1 443 backup.pbx.example.",),
    }
    async with name_server(records, ttl=120) as server:
        found = await soon(asking(server).servers(DOMAIN, "/ws"))
    assert found.servers == (
        Server("wss://edge1.hosted.example:443/ws", DOMAIN),
        Server("wss://edge2.pbx.example:8443/ws"),
        Server("wss://backup.pbx.example:443/ws"),
    )
    assert found.ttl == 120
    assert ("_sip._udp.pbx.example", "SRV") not in server.asked


@pytest.mark.parametrize("name", ["_sips._ws.pbx.example", "_sip._wss.pbx.example"])
async def test_without_naptr_the_usual_names_of_srv_records_are_tried(name: str) -> None:
    async with name_server({(name, "SRV"): ("1 1 8443 edge.pbx.example.",)}) as server:
        found = await soon(asking(server).servers(DOMAIN, "/sip"))
    assert found.servers == (Server("wss://edge.pbx.example:8443/sip"),)


@pytest.mark.parametrize(
    ("no", "is_certain"), [((), True), ("NXDOMAIN", True), ("SERVFAIL", False), ("REFUSED", False)]
)
async def test_without_any_record_the_domain_itself_is_the_server(no: str | tuple[str, ...], is_certain: bool) -> None:
    names = [(DOMAIN, "NAPTR"), ("_sips._ws.pbx.example", "SRV"), ("_sip._wss.pbx.example", "SRV")]
    async with name_server(dict.fromkeys(names, no)) as server:
        found = await soon(asking(server).servers(DOMAIN, "/ws"))
    assert found.servers == PLAIN
    assert found.is_certain is is_certain


async def test_a_name_server_that_is_silent_does_not_keep_us_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "LOOKUP_SECONDS", 0.3)
    names = [(DOMAIN, "NAPTR"), ("_sips._ws.pbx.example", "SRV"), ("_sip._wss.pbx.example", "SRV")]
    async with name_server(dict.fromkeys(names)) as server:
        found = await soon(asking(server).servers(DOMAIN, "/ws"))
    assert found.servers == PLAIN
    assert not found.is_certain


async def test_a_silent_naptr_question_does_not_hide_srv_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "LOOKUP_SECONDS", 2.0)
    records = {(DOMAIN, "NAPTR"): None, ("_sips._ws.pbx.example", "SRV"): ("1 1 443 edge.pbx.example.",)}
    async with name_server(records) as server:
        found = await soon(asking(server).servers(DOMAIN, "/ws"))
    assert found.servers == (Server("wss://edge.pbx.example:443/ws"),)


async def test_a_domain_that_says_it_has_no_such_service_is_believed() -> None:
    async with name_server({("_sips._ws.pbx.example", "SRV"): ("0 0 0 .",)}) as server:
        with pytest.raises(ConnectionLost, match=r"pbx\.example says that it offers no SIP over WebSocket"):
            await soon(asking(server).servers(DOMAIN, "/ws"))


async def test_no_more_servers_than_anybody_has_are_taken() -> None:
    many = tuple(f"1 1 443 edge{number}.pbx.example." for number in range(20))
    records = {
        (DOMAIN, "NAPTR"): tuple(f'{number} 1 "s" "SIPS+D2W" "" _{number}.pbx.example.' for number in range(3)),
        **{(f"_{number}.pbx.example", "SRV"): many for number in range(3)},
    }
    async with name_server(records) as server:
        found = await soon(asking(server).servers(DOMAIN, "/ws"))
    assert len(found.servers) == len(set(found.servers)) == 20


@pytest.mark.parametrize(("ttl", "kept"), [(0, SHORTEST_TTL), (10**6, LONGEST_TTL), (77, 77)])
async def test_what_was_found_is_kept_for_a_time_between_limits(ttl: int, kept: float) -> None:
    async with name_server({("_sips._ws.pbx.example", "SRV"): ("1 1 443 a.pbx.example.",)}, ttl=ttl) as server:
        assert (await soon(asking(server).servers(DOMAIN, "/ws"))).ttl == kept


async def test_a_domain_that_no_name_server_could_know_is_its_own_server() -> None:
    async with name_server({}) as server:
        found = await soon(asking(server).servers("a" * 70 + ".example", "/ws"))
    assert found.servers == (Server(f"wss://{'a' * 70}.example:443/ws"),)

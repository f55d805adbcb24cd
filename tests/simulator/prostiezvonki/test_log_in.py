"""The query string, refusals a moment after the handshake, and who takes whose place (3, 9, 10)."""

import base64

import httpx
import pytest

from tests.simulator.prostiezvonki.client import query
from tests.simulator.prostiezvonki.conftest import LogIn, Serve
from tuiphone.simulator.prostiezvonki import Prostiezvonki
from tuiphone.simulator.prostiezvonki.login import Denied, logged_in

USERS = {"101": "pw101", "102": ">>>?~~", "103": "п" * 32, "104": "", "105": "x" * 33}


@pytest.mark.parametrize(
    "text",
    [
        query("101"),
        query("102", ">>>?~~"),  # Pj4+P35+ has a + that is no blank
        query("102", CID="Pj4%2bP35%2B"),
        query("103", "п" * 32),
        query("104", ""),
        query("101", Unknown="1"),
    ],
)
def test_who_is_known_gets_in(text: str) -> None:
    assert logged_in(f"/?{text}", USERS).extension in USERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CID=cHcxMDE=",
        query("101", "wrong"),
        query("101", ""),
        query("100"),
        query("105", "x" * 33),
        query("102", CID="Pj4 P35 "),
        query("101", CID="pw101"),
        query("101", CID=base64.b64encode(b"\xff").decode()),
        query("101", GID="102"),
        query("101", CT=""),
        query("101", BroadcastEventsMask="many"),
        query("101", BroadcastEventsMask="-1"),
        query("101", PzProtocolVersion=""),
        query("101").replace("&BroadcastGroup=", ""),
    ],
)
def test_who_is_unknown_or_says_it_badly_does_not(text: str) -> None:
    with pytest.raises(Denied):
        logged_in(f"/?{text}", USERS)


def test_what_a_log_in_wants_is_understood() -> None:
    login = logged_in(f"/?{query('101', mask=127, group='Отдел%201', CT='sugar')}", USERS)
    assert (login.extension, login.client_type, login.mask, login.group) == ("101", "sugar", 127, "Отдел 1")


async def test_a_refusal_comes_after_the_handshake_and_closes_with_4008(server: Prostiezvonki, log_in: LogIn) -> None:
    client = await log_in(server, password="wrong")  # returns when the handshake is done
    assert await client.closed() == 4008
    assert not server.office.sessions


async def test_an_odd_password_passes_the_real_handshake(serve: Serve, log_in: LogIn) -> None:
    client = await log_in(await serve(users="101:>>>?~~"), password=">>>?~~")
    assert (await client.ask("GetVersion"))["Code"] == "0"


async def test_licences_can_be_made_to_fail(serve: Serve, log_in: LogIn) -> None:
    server = await serve(close_with="101:4006,102:4007")
    assert await (await log_in(server)).closed() == 4006
    assert await (await log_in(server, "102")).closed() == 4007
    server.switches.turn("close_with", "")
    assert (await (await log_in(server)).ask("GetVersion"))["Code"] == "0"


async def test_the_second_client_of_an_extension_takes_the_place_of_the_first(
    server: Prostiezvonki, log_in: LogIn
) -> None:
    first, second, other = await log_in(server), await log_in(server), await log_in(server, "102")
    assert await first.closed() == 4009
    for client, extension in ((second, "101"), (other, "102")):
        assert (await client.ask("Call", From=extension, To="73430112233"))["Code"] == "0"
        await client.event(4)


async def test_what_is_no_socket_is_told_so(server: Prostiezvonki) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(server.http_url)).status_code == 404
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
        assert (await http.get(f"{server.http_url}path/?{query('101')}", headers=upgrade)).status_code == 404


async def test_account_files_have_what_a_client_needs(server: Prostiezvonki) -> None:
    assert server.account("bob") == {
        "provider": "prostiezvonki",
        "host": f"ws://127.0.0.1:{server.port}",
        "password": "pw102",
        "extension": "102",
        "broadcast_mask": 127,
        "sip_account": "bob-sip",
    }

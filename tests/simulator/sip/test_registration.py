"""Who may register, how they prove it, and what they are told."""

from pathlib import Path

import aiohttp
import pytest
from websockets.exceptions import WebSocketException

from tests.fakes import until
from tests.providers.sip.account.certificates import Authority
from tests.simulator.sip.conftest import Join, Serve
from tests.simulator.sip.phone import Phone, Talk
from tests.simulator.sip.wire import inside
from tuiphone.simulator.sip import Sip


async def test_a_device_that_proves_who_it_is_is_registered_with_gruus_outbound_and_path(
    server: Sip, join: Join
) -> None:
    alice = await join(server, "alice", registers=False)
    answer = await alice.register()
    assert answer.status == 200
    assert answer["require"] == "outbound"
    assert answer["path"] == f"<sip:{server.address};transport=ws;lr;ob>"
    contact = answer["contact"]
    assert inside(contact) == alice.contact
    assert ";expires=600;" in contact
    instance = alice.instance.strip("<>")
    assert f'pub-gruu="sip:alice@phones.example;gr={instance}"' in contact
    assert 'temp-gruu="sip:' in contact


@pytest.mark.parametrize(
    ("auth", "algorithms"),
    [("md5", ["MD5"]), ("sha256", ["SHA-256"]), ("both", ["SHA-256", "MD5"]), ("legacy", ["MD5"])],
)
async def test_challenges_are_of_the_algorithms_that_the_switch_names(
    serve: Serve, join: Join, auth: str, algorithms: list[str]
) -> None:
    alice = await join(await serve(auth=auth), "alice", registers=False)
    request = alice.request("REGISTER", alice.aor, uri="sip:phones.example")
    refused = await alice.final(await alice.send(request))
    assert refused.status == 401
    found = refused.all("www-authenticate")
    assert [one.split("algorithm=")[1].split(",")[0] for one in found] == algorithms
    for challenge in found:
        signed = alice.signed(request, challenge, "authorization")
        assert (await alice.final(await alice.send(signed))).status == 200


async def test_a_wrong_password_is_challenged_again_and_not_as_stale(server: Sip, join: Join) -> None:
    alice = await join(server, "alice", registers=False)
    alice.password = "guess"
    answer = await alice.register()
    assert answer.status == 401
    assert "stale" not in answer["www-authenticate"]


async def test_a_wrong_password_may_be_refused_for_good(serve: Serve, join: Join) -> None:
    alice = await join(await serve(wrong_password=403), "alice", registers=False)
    alice.password = "guess"
    assert (await alice.register()).status == 403


@pytest.mark.parametrize("uses", [0, 1])
async def test_a_nonce_is_stale_after_its_uses_and_a_count_is_taken_once(serve: Serve, join: Join, uses: int) -> None:
    alice = await join(await serve(nonce_uses=uses), "alice", registers=False)
    request = alice.request("REGISTER", alice.aor, uri="sip:phones.example")
    challenge = (await alice.final(await alice.send(request)))["www-authenticate"]
    signed = alice.signed(request, challenge, "authorization")
    assert (await alice.final(await alice.send(signed))).status == 200
    later = alice.signed(request, challenge, "authorization") if uses else alice.again(signed)
    refused = await alice.final(await alice.send(later))
    assert refused.status == 401
    assert "stale=true" in refused["www-authenticate"]


async def test_credentials_need_what_came_with_the_challenge_and_the_right_sender(server: Sip, join: Join) -> None:
    alice = await join(server, "alice", registers=False)
    request = alice.request("REGISTER", alice.aor, uri="sip:phones.example")
    challenge = (await alice.final(await alice.send(request)))["www-authenticate"]
    changed = alice.signed(request, challenge.replace('opaque="', 'opaque="0'), "authorization")
    assert (await alice.final(await alice.send(changed))).status == 401
    request = alice.request("MESSAGE", "echo", body="hello")
    request.headers = [(name, value.replace("alice@", "bob@") if name == "from" else value)
                       for name, value in request.headers]  # fmt: skip
    _, answer = await alice.ask(request)
    assert answer.status == 403


async def test_auth_int_signs_the_body_too(serve: Serve, join: Join) -> None:
    alice = await join(await serve(auth="auth-int"), "alice")
    _, answer = await alice.ask(alice.request("MESSAGE", "echo", ("content-type", "text/plain"), body="hello"))
    assert answer.status == 200
    unsigned = alice.request("MESSAGE", "echo", ("content-type", "text/plain"), body="hello")
    challenge = (await alice.final(await alice.send(unsigned)))["proxy-authenticate"]
    signed = alice.signed(unsigned, challenge, "proxy-authorization")
    signed.body = "jello"
    assert (await alice.final(await alice.send(signed))).status == 407


async def test_the_realm_may_be_another_than_the_domain(serve: Serve, join: Join) -> None:
    alice = await join(await serve(realm="somewhere.else"), "alice", registers=False)
    assert (await alice.register()).status == 200


async def test_nobody_registers_as_somebody_else(server: Sip, join: Join) -> None:
    mallory = await join(server, "bob", registers=False)
    request = mallory.request("REGISTER", "alice", uri="sip:phones.example")
    _, answer = await mallory.ask(request)
    assert answer.status == 403


async def test_too_short_a_time_is_refused_with_the_least_one(serve: Serve, join: Join) -> None:
    alice = await join(await serve(min_expires=300), "alice", registers=False)
    answer = await alice.register(expires=60)
    assert (answer.status, answer["min-expires"]) == (423, "300")


async def test_who_leaves_and_whose_time_is_over_is_not_there_any_more(server: Sip, join: Join) -> None:
    alice = await join(server, "alice")
    bob = await join(server, "bob", registers=False)
    assert (await bob.register(expires=1)).status == 200
    assert (await alice.register(expires=0)).all("contact") == []
    assert server.registrar.of("alice") == []
    await until(lambda: not server.registrar.of("bob"))


async def test_a_register_may_be_refused_with_any_status(serve: Serve, join: Join) -> None:
    alice = await join(await serve(refuse="REGISTER:503", retry_after=7), "alice", registers=False)
    answer = await alice.register()
    assert (answer.status, answer["retry-after"]) == (503, "7")


async def test_the_socket_can_be_encrypted_and_ask_for_a_certificate(
    serve: Serve, join: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    pair = authority.sign("127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    tls = {"tls_certificate": str(pair.certificate), "tls_key": str(pair.key)}
    server = await serve(**tls)
    assert server.account("alice")["server"].startswith("wss://127.0.0.1:")
    alice = await join(server, "alice")
    await alice.send(alice.request("OPTIONS", "echo"))
    assert (await alice.get("", asked="OPTIONS")).status == 407
    strict = await serve(**tls, tls_client_ca=str(authority.file))
    with pytest.raises((OSError, WebSocketException)):
        await join(strict, "alice")


async def test_an_account_has_all_that_a_phone_needs(server: Sip) -> None:
    assert server.account("alice") == {
        "provider": "sip",
        "server": f"ws://127.0.0.1:{server.port}/sip",
        "user": "alice",
        "domain": "phones.example",
        "password": "pw1",
        "ice_servers": [],
        "mailbox": "voicemail",
        "lines": ["bob", "carol"],
    }
    with pytest.raises(ValueError, match="auth"):
        Sip("127.0.0.1", {"auth": "by-name"})


async def test_a_keep_alive_is_answered(server: Sip, join: Join) -> None:
    alice = await join(server, "alice", registers=False)
    await alice.send_text("\r\n\r\n")
    await until(lambda: alice.pongs == 1)


@pytest.mark.parametrize(("path", "protocols", "status"), [("/sip", [], 400), ("/other", ["sip"], 404)])
async def test_a_socket_needs_the_path_and_the_sub_protocol(
    server: Sip, path: str, protocols: list[str], status: int
) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"ws://{server.address}{path}", protocols=protocols)
    assert refused.value.status == status


async def test_the_same_device_on_a_new_socket_takes_the_place_of_the_old_one(server: Sip, join: Join) -> None:
    bob = await join(server, "bob")
    await bob.cut()
    await until(lambda: not server.registrar.of("bob"))
    again = await join(server, "bob", instance=bob.instance)
    assert [one.contact for one in server.registrar.all_of("bob")] == [again.contact]


async def test_a_call_of_a_device_goes_on_over_its_next_socket(server: Sip, join: Join) -> None:
    alice, bob = await join(server, "alice"), await join(server, "bob")
    calling = await alice.invite("bob")
    ringing = await bob.rung()
    answer = await bob.respond(ringing, 200, body="v=0\r\n")
    final = await alice.final(calling)
    mine = Talk.calling(alice, calling, final)
    await mine.acknowledge(calling.number)
    await bob.get("ACK")
    await bob.cut()
    await until(lambda: not server.registrar.of("bob"))
    lost = await mine.ask("INFO")
    assert lost.status == 430
    again = await join(server, "bob", instance=bob.instance)
    request = mine.request("INFO")
    await alice.send(request)
    await again.respond(await again.get("INFO"), 200)
    assert (await alice.final(request)).status == 200
    theirs = Talk.called(again, ringing, answer)
    await again.send(theirs.request("BYE"))
    await alice.respond(await alice.get("BYE"), 200)
    assert (await again.get("", asked="BYE")).status == 200


async def test_a_phone_is_reached_by_its_gruu(server: Sip, join: Join) -> None:
    alice, bob = await join(server, "alice"), await join(server, "bob")
    other = await join(server, "bob")
    gruu = f"sip:bob@phones.example;gr={bob.instance.strip('<>')}"
    request = await alice.invite(gruu)
    await bob.respond(await bob.rung(), 486)
    assert (await alice.final(request)).status == 486
    assert not other.came


async def test_a_server_may_want_requests_to_come_through_it(serve: Serve, join: Join) -> None:
    server = await serve(service_route=1, register_header="P-Associated-URI: <sip:a@b>|X-More: yes")
    alice = await join(server, "alice", registers=False)
    answer = await alice.register()
    assert answer["service-route"] == f"<sip:{server.address};transport=ws;lr;orig>"
    assert (answer["p-associated-uri"], answer["x-more"]) == ("<sip:a@b>", "yes")
    talk = await alice.call("paper", ("route", answer["service-route"]))
    await talk.hang_up()


async def test_a_stranger_is_challenged_for_everything(server: Sip) -> None:
    async with Phone(server.url, "alice") as alice:
        alice.password = "guess"
        for method in ("MESSAGE", "OPTIONS", "REFER", "SUBSCRIBE", "PUBLISH"):
            _, answer = await alice.ask(alice.request(method, "echo"))
            assert answer.status in (401, 407)

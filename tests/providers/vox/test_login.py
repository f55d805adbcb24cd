"""Logging in at Vox, staying, and leaving."""

import asyncio
import time

import pytest

from tests.fakes import FakeMemory
from tests.providers.vox.server import PASS_HASH, PASSWORD, ScriptedServer, connected, told, vox
from tuiphone.core.errors import AccessDenied, ConnectionLost, RequestFailed
from tuiphone.core.events import ConnectionChanged, Link, ProviderFaulted
from tuiphone.core.secret import Secret
from tuiphone.providers import links
from tuiphone.providers.vox import registration, session
from tuiphone.providers.vox.registration import pass_hash


def test_password_goes_out_as_the_hash_of_the_protocols_example():
    assert pass_hash("alice", "pw1") == "520a220d8e47cd510977040451af943aafe65d68adcc3355ce019b97fa923779"


async def test_log_in_says_who_we_are_and_nothing_of_the_password():
    async with ScriptedServer() as server, vox(server.url, device_id="123456", push_token=Secret("push-me")) as alice:
        alice.start()
        client = await server.client()
        said = await client.log_in()
        await told(alice, ConnectionChanged)
        assert alice.events[0] == ConnectionChanged(Link.ONLINE)
    assert (said.stHdrs.sMobNu, said.stHdrs.sClientId) == ("alice", "tuiphone")
    assert 0 < said.stHdrs.ullTransId <= 2**53
    assert said.sPassHash == PASS_HASH
    assert (said.stOSName, said.sOSVersion) == (4, "-")
    assert (said.sDeviceId, said.sPushDevToken) == ("123456", "push-me")
    assert (said.sAppDetails.sAppId, said.sAppDetails.sAppName, said.sAppDetails.sAppSecret) == ("pid_test", "", "")
    # What the protocol calls required is there even where it is empty.
    assert all(said.sAppDetails.HasField(key) for key in ("sAppName", "sCustomerId", "sAppSecret"))
    assert not any(PASSWORD.encode() in frame for frame in client.frames)


async def test_device_is_the_same_after_a_restart_and_a_number_as_vox_wants_it():
    memory, seen = FakeMemory(), []
    async with ScriptedServer() as server:
        for _ in range(2):
            async with vox(server.url, memory) as alice:
                alice.start()
                seen.append((await (await server.client()).log_in()).sDeviceId)
    assert seen[0] == seen[1]
    assert seen[0].isdecimal()
    assert 0 < int(seen[0]) <= 10**9


@pytest.mark.parametrize(
    ("ret", "words"),
    [
        (3, "username and password. (401)"),
        (7, "(403)"),
        (11, "attached already. Log out on the other device, then try again. (499)"),
        (12, "Check project_id. (800)"),
        (13, "(801)"),
        (14, "(802)"),
        (15, "deactivated at Vox. Ask who runs the project. (803)"),
    ],
)
async def test_a_refusal_stops_the_account_with_what_to_do(ret: int, words: str):
    async with ScriptedServer() as server, vox(server.url) as alice:
        running = alice.start()
        await (await server.client()).log_in(ret=ret)
        with pytest.raises(AccessDenied, match="Vox refused the log-in") as caught:
            await running
        assert words in str(caught.value)
        assert not alice.count(ConnectionChanged)


@pytest.mark.parametrize("ret", [0, 5, 24, 77])
async def test_a_failure_of_the_server_is_followed_by_another_try(ret: int):
    async with ScriptedServer() as server, vox(server.url) as alice:
        running = alice.start()
        await (await server.client()).log_in(ret=ret)
        with pytest.raises(RequestFailed):
            await running


async def test_a_server_that_leaves_during_the_log_in_is_a_lost_link():
    async with ScriptedServer() as server, vox(server.url) as alice:
        running = alice.start()
        client = await server.client()
        await client.hear("loginReq")
        await client.leave()
        with pytest.raises(ConnectionLost, match="closed the connection"):
            await running


async def test_who_switches_the_account_off_is_logged_out_before_the_link_is_closed():
    async with connected() as (_, client, alice):
        await alice.stop()
        said = await client.hear("logoutReq")
        await client.is_over.wait()
        assert said.sPushEnable is False
        assert client.close_code == 1000


async def test_leaving_does_not_wait_for_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registration, "GOODBYE_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        client.lets_go = False
        await alice.stop()
        await client.is_over.wait()
        assert client.log[-1] == "logoutReq"


async def test_after_a_lost_link_the_same_account_logs_in_again_with_other_numbers():
    async with ScriptedServer() as server, vox(server.url) as alice:
        numbers = []
        for turn in (1, 2):
            running = alice.start()
            client = await server.client()
            numbers.append((await client.log_in()).stHdrs.ullTransId)
            await told(alice, ConnectionChanged, turn)
            client.drop()
            with pytest.raises(ConnectionLost):
                await running
        assert numbers[0] < numbers[1]
        assert "logoutReq" not in server.connections[0].log


async def test_a_log_in_elsewhere_is_told_with_what_to_do():
    async with connected() as (_, client, alice):
        reply = await client.ask("loginElseWhereNotificationReq")
        assert reply.eReturnCode == 1
        assert "another device" in (await told(alice, ProviderFaulted)).detail
        # Still in: nothing more happens.
        await client.take("getStunTurnReq")
        await client.beat()
        assert alice.running is not None
        assert not alice.running.done()


async def test_whoever_took_our_place_is_not_fought_with():
    async with connected() as (_, client, alice):
        await client.ask("loginElseWhereNotificationReq")
        await client.take("getStunTurnReq", ret=3)
        assert alice.running is not None
        with pytest.raises(AccessDenied, match="as this very device"):
            await alice.running


async def test_clock_of_the_server_is_kept():
    async with ScriptedServer() as server, vox(server.url) as alice:
        alice.start()
        ahead = 3_600_000
        await server.accept(uServerTime=round(time.time() * 1000) + ahead)
        await told(alice, ConnectionChanged)
        link = alice.provider._session
        assert abs(link.now_ms() - time.time() * 1000 - ahead) < 60_000
        assert abs(link.our_time(link.now_ms()) - time.time()) < 60


@pytest.mark.parametrize("nonsense", [0, 1, 2**64 - 1])
async def test_a_clock_that_is_none_is_not_followed(nonsense: int):
    async with ScriptedServer() as server, vox(server.url) as alice:
        alice.start()
        await server.accept(uServerTime=nonsense)
        await told(alice, ConnectionChanged)
        assert abs(alice.provider._session.now_ms() - time.time() * 1000) < 60_000


async def test_servers_between_the_peers_are_those_of_the_settings_and_of_vox():
    more = {
        "stun": "stun.example:3478",
        "turn": "turn.example:3478",
        "turn_user": "u",
        "turn_password": Secret("pw-pw"),
    }
    async with ScriptedServer() as server, vox(server.url, **more) as alice:
        alice.start()
        client = await server.accept()
        await told(alice, ConnectionChanged)
        link = alice.provider._session
        assert [each.urls for each in link.ice_servers] == [("stun:stun.example:3478",), ("turn:turn.example:3478",)]
        asked = asyncio.create_task(link.ice())
        theirs = {"sTurnUserName": "them", "sTurnPassword": "their secret", "eTxType": 2}
        listed = [
            {"sStunURL": "stun.vox.example", "sStunPort": 19302, "sTurnURL": "turn.vox.example", "sTurnPort": 443}
            | theirs,
            {"sStunURL": "stun:stun.example", "sStunPort": 3478, "sTurnURL": "turns:t.example:5349"}
            | theirs
            | {"eTxType": 3},
            {"sStunURL": "bad host", "sStunPort": 1, "sTurnURL": "over.websocket", "sTurnPort": 1}
            | theirs
            | {"eTxType": 5},
            {"sStunURL": "x", "sStunPort": 2**63, "sTurnURL": "", "sTurnPort": 0} | theirs,
        ]
        await client.take("getStunTurnReq", stStunTurnInfo=listed)
        servers = await asked
        assert [each.urls[0] for each in servers] == [
            "stun:stun.example:3478",
            "turn:turn.example:3478",
            "stun:stun.vox.example:19302",
            "turn:turn.vox.example:443?transport=udp",
            "turns:t.example:5349?transport=tcp",
        ]
        assert (servers[3].username, servers[3].credential) == ("them", "their secret")
        assert "their secret" not in " ".join(frame.body for frame in alice.provider.trace.frames())


async def test_a_server_without_ice_servers_leaves_those_of_the_settings():
    async with ScriptedServer() as server, vox(server.url, stun="stun.example:3478") as alice:
        alice.start()
        client = await server.accept()
        await client.take("getStunTurnReq", ret=5)
        assert [each.urls for each in await alice.provider._session.ice()] == [("stun:stun.example:3478",)]


async def test_secrets_are_black_in_what_is_kept_of_the_wire():
    async with connected(push_token=Secret("the push token")) as (_, client, alice):
        alice.provider._session.post("sendDtmfToneInCallReq", sDstNumber="84905550001", sDtmfDigit="ABCD")
        await client.take("sendDtmfToneInCallReq", sDtmfDigit="ABCD")
        await client.beat()
        kept = " ".join(f"{frame.label} {frame.body}" for frame in alice.provider.trace.frames())
        assert "log in" in kept
        assert kept.count("digit") > 1
        for secret in (PASSWORD, PASS_HASH, "the push token", "ABCD"):
            assert secret not in kept


async def test_the_server_is_asked_for_a_sign_of_life(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "PING_SECONDS", 0.01)
    monkeypatch.setattr(links, "PONG_SECONDS", 1.0)
    async with connected() as (_, client, alice):
        assert alice.running is not None
        client.go_deaf()
        with pytest.raises(ConnectionLost, match="no sign of life"):
            await alice.running


async def test_identity_and_number_are_those_of_the_settings():
    async with vox("ws://127.0.0.1:9/") as alice, vox("ws://127.0.0.1:9/", from_user="") as other:
        assert alice.provider.identity == "alice"
        assert list(alice.provider.numbers) == ["18005550100"]
        assert list(other.provider.numbers) == []

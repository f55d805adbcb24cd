"""The log-in, devices beside each other, and what may be asked before (sections 5 and 11)."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.simulator.vox.conftest import LogIn, Serve
from tests.simulator.vox.tables import rows
from tests.simulator.vox.wire import Message, packet
from tuiphone.simulator.vox import Vox

FROM_SERVER = {5, 81, 83, 187, 193, 205, 241, 249, 293, 311, 313}
REQUESTS = [kind for kind in rows() if kind % 2 and kind not in (7,)]


async def test_a_good_log_in_says_the_time_and_the_bucket(vox: Vox, connect: LogIn) -> None:
    alice = await connect(vox)
    reply = await alice.log_in()
    assert reply.num(2) == 1
    assert reply.text(6) == "vox-sim"
    assert abs(reply.num(9) - time.time() * 1000) < 60_000


def test_the_hash_of_the_protocol() -> None:
    example = "520a220d8e47cd510977040451af943aafe65d68adcc3355ce019b97fa923779"
    assert hashlib.sha256(b"alicepw1").hexdigest() == example


@pytest.mark.parametrize(
    ("user", "how", "code"),
    [
        ("alice", {"password": "pw2"}, 3),
        ("alice", {"password": ""}, 3),
        ("nobody", {"password": "pw1"}, 3),
        ("echo", {"password": ""}, 3),
        ("alice", {"project": "pid_other"}, 12),
        ("alice", {"project": ""}, 12),
    ],
)
async def test_a_bad_log_in_is_refused(vox: Vox, connect: LogIn, user: str, how: dict[str, Any], code: int) -> None:
    phone = await connect(vox, user)
    assert (await phone.log_in(**how)).num(2) == code
    assert await phone.ret(23) == 3, "and nothing may be asked afterwards"


async def test_who_was_refused_may_try_again(vox: Vox, connect: LogIn) -> None:
    alice = await connect(vox)
    assert (await alice.log_in(password="wrong")).num(2) == 3
    assert (await alice.log_in()).num(2) == 1


async def test_before_the_log_in_every_request_is_refused_and_does_nothing(vox: Vox, connect: LogIn) -> None:
    alice, bob = await connect(vox, "alice"), await connect(vox, "bob")
    assert (await bob.log_in()).num(2) == 1
    for kind in REQUESTS:
        assert await alice.ret(kind, [(2, "bob"), (4, "ref")] if kind in (195, 15) else []) == 3, kind
    for kind in (1, 5, 7, 9, 27, 31, 33, 37, 39, 43, 47, 49):
        assert await alice.ret(kind, family=4) == 3, kind
    await bob.settled()
    assert bob.asked == []


@pytest.mark.parametrize("kind", sorted(FROM_SERVER))
async def test_what_only_the_server_asks_is_forbidden_to_clients(vox: Vox, log_in: LogIn, kind: int) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(kind) == 7


async def test_the_rest_is_simply_answered(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(315, [(2, 2)]) == 1
    assert await alice.ret(1) == 7
    assert (await alice.ask(317)).fields.get(4) is None


async def test_the_switches_name_a_stun_and_a_turn_server(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(stun="127.0.0.1:3479", turn="127.0.0.2", turn_user="u", turn_password="p")
    alice = await log_in(vox, "alice")
    server = (await alice.ask(317)).part(4)
    assert (server.text(1), server.num(2), server.text(3), server.num(4)) == ("127.0.0.1", 3479, "127.0.0.2", 3478)
    assert (server.num(5), server.text(6), server.text(7)) == (2, "u", "p")


async def test_an_older_device_hears_of_a_log_in_on_another(vox: Vox, log_in: LogIn) -> None:
    older = await log_in(vox, "alice", device="1")
    await log_in(vox, "alice", device="2")
    assert (await older.expect(311)).part(1).text(1) == "alice"
    assert await older.ret(23) == 1, "it stays logged in"


async def test_the_same_device_on_another_socket_takes_over(vox: Vox, log_in: LogIn) -> None:
    older = await log_in(vox, "alice", device="1")
    newer, bob = await log_in(vox, "alice", device="1"), await log_in(vox, "bob")
    await older.expect(311)
    assert await older.ret(23) == 3
    await bob.call("alice")
    await newer.expect(195)
    await newer.settled()
    assert older.got(195) == []
    assert newer.got(311) == []


async def test_a_second_log_in_on_one_socket_changes_nothing(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert (await alice.log_in()).num(2) == 1
    assert await alice.ret(23) == 1
    await alice.settled()
    assert alice.asked == []


async def test_after_the_log_out_the_socket_stays_and_may_log_in_again(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await bob.call("alice")
    await alice.expect(195)
    await alice.answer(ref, "bob")
    assert await alice.ret(291) == 1
    assert (await bob.expect(199, f4=ref)).part(1).text(1) == "alice"
    assert await alice.ret(23) == 3
    assert (await alice.log_in()).num(2) == 1


async def test_what_a_device_misses_comes_when_it_is_back(serve: Serve, log_in: LogIn, connect: LogIn) -> None:
    vox = await serve()
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await bob.call("alice")
    await alice.expect(195)
    await alice.answer(ref, "bob")
    await alice.break_link()
    assert await bob.end(ref, "alice", "bye") == 1
    again = await log_in(vox, "alice")
    assert (await again.expect(199, f4=ref)).text(7) == "bye"


async def test_a_call_of_a_device_that_stays_away_ends(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(grace_seconds=0.1)
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await bob.call("alice")
    await alice.expect(195)
    await alice.answer(ref, "bob")
    await alice.break_link()
    await bob.expect(199, f4=ref)


async def test_the_socket_can_be_encrypted(
    serve: Serve, connect: LogIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "certificate").write_bytes(certificate.public_bytes(pem))
    vox = await serve(tls_certificate=str(tmp_path / "certificate"), tls_key=str(tmp_path / "key"))
    assert vox.account("alice")["iml_url"].startswith("wss://127.0.0.1:")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate"))
    alice = await connect(vox, "alice")
    assert (await alice.log_in()).num(2) == 1


async def test_types_that_are_switched_off_get_no_reply(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(unanswered="23,61")
    alice = await log_in(vox, "alice")
    headers: Message = [(1, "alice"), (2, "tuiphone"), (3, 999)]
    await alice.socket.send(packet(23, [(1, headers)]))
    await alice.settled()
    assert (0, 24) not in alice.arrivals

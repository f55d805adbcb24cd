"""Redaction: secrets do not get through in any dress, and what is none stays readable."""

import base64
import json
from urllib.parse import quote

import pytest

from tuiphone.core import redact as module
from tuiphone.core.ports import IceServer
from tuiphone.core.redact import BLACK, OVERLAP, learn, redact, redact_start, redacted
from tuiphone.core.secret import Secret

HUSH = "hunter2hunter2"


@pytest.fixture(autouse=True)
def _knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_known", {})
    monkeypatch.setattr(module, "_passing", {})
    monkeypatch.setattr(module, "_forms", ())


@pytest.mark.parametrize(
    "text",
    [
        f"accesstoken={HUSH}",
        f"token = '{HUSH}'",
        f"access_token%3D{HUSH}&x=1",
        f"key_secret={HUSH}",
        f'"tokens": ["{HUSH}", "b"]',
        f'{{"password": {HUSH}}}',
        f'{{\\"accesstoken\\":\\"{HUSH}\\",\\"r\\":0}}',
        f'{{\\\\\\"password\\\\\\":\\\\\\"{HUSH} and more\\\\\\"}}',
        f"Cookie: sid={HUSH}; other=1",
        f"Set-Cookie: a={HUSH}; Secure",
        f'Authorization: Digest username="a", nonce="{HUSH}", response="{HUSH}"',
        f'"data":"REGISTER sip:x\\r\\nAuthorization: Digest u=\\"a\\", r=\\"{HUSH}\\"\\r\\nTo: b"',
        f"sip:alice:{HUSH}@example.net",
        f"turn:alice:{HUSH}@example.net:3478",
        f"https://alice:{HUSH}@x@example.net/path",
        f"https://:{HUSH}@example.net/",
        f"https://example.net/?a=1&sig={HUSH}&b=2",
        f"https://example.net/?sid={HUSH}",
        f"a=ice-pwd:{HUSH}\r\na=ice-ufrag:abcd",
        f'"sdp":"a=ice-ufrag:abcd\\r\\na=ice-pwd:{HUSH}\\r\\n"',
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{HUSH}|2^20",
        f"-----BEGIN RSA PRIVATE KEY-----\n{HUSH}\n-----END RSA PRIVATE KEY-----",
        f"X-Api-Key={HUSH}",
        f"X-Api-Key: {HUSH}-0123456789",
        f"password: {HUSH}-0123456789",
    ],
)
def test_a_secret_is_black_in_every_dress(text: str) -> None:
    assert BLACK in redact(text)
    assert HUSH not in redact(text)
    assert HUSH not in redact(f"before {text}")


def test_the_response_of_a_digest_is_black_and_its_user_is_not() -> None:
    text = 'username="alice", response="0123456789abcdef0123456789abcdef", uri="sip:x"'
    assert redact(text) == f'username="alice", response="{BLACK}", uri="sip:x"'


@pytest.mark.parametrize(
    "text",
    [
        "alice@example.net called +84 90 000 00 01",
        "a=fingerprint:sha-256 AA:BB:CC",
        "sip:alice@example.net:5060",
        "wss://v1.example.net:6899/",
        '{"callId":"call-1","code":180,"reason":"Ringing"}',
        "The token is refused: log in again.",
        "work: token_command: the keyring did not answer in 60 s; unlock it.",
        "password: far too short",
        "the response: 200 OK",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_json_with_secrets_is_still_json() -> None:
    frame = {"a": 'say "password": "x"', "token": HUSH, "list": [{"credential": HUSH, "n": 1}]}
    assert json.loads(redact(json.dumps({"token": HUSH, "b": 1}))) == {"token": BLACK, "b": 1}
    assert redacted(frame)["token"] == BLACK
    assert redacted(frame)["list"] == [{"credential": BLACK, "n": 1}]
    assert frame["token"] == HUSH


async def test_a_secret_that_was_read_is_black_wherever_it_turns_up() -> None:
    secret = 'pä"ss wörd/+='
    await Secret(secret).read()
    coded = base64.b64encode(f"alice:{secret}".encode()).decode()
    for text in (f"it is {secret}!", quote(secret, safe=""), json.dumps(secret), f"Basic {coded}"):
        assert BLACK in redact(text), text
    assert secret not in redact(f"it is {secret}!")


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_of_a_known_secret_leaves_no_piece_of_it(before: str) -> None:
    learn(HUSH)
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        black = redact(f"x {code((before + HUSH + 'zz').encode()).decode()} y")
        longest = max(black.replace(BLACK, " ").split(), key=len)
        assert len(longest) <= 8, black


def test_what_turn_servers_are_given_never_pushes_out_a_password() -> None:
    learn(HUSH)
    for number in range(500):
        IceServer(("turn:x",), "u", f"credential-{number:06}")
    assert redact(f"credential-000499 {HUSH}") == f"{BLACK} {BLACK}"
    assert len(module._forms) < 1000


def test_a_secret_at_the_cut_is_not_kept_in_part() -> None:
    learn(HUSH)
    for limit in range(90, 110):
        kept = redact_start("x" * 95 + HUSH + "y" * 2 * OVERLAP, limit)
        assert "hunt" not in kept
        assert len(kept) <= limit
    assert "hunt" not in str(redacted({"a": "x" * 95 + HUSH + "y" * 2 * OVERLAP}, limit=100))


def test_short_secrets_do_not_black_out_everything() -> None:
    learn("100")
    assert redact("call 100 on 2100") == "call 100 on 2100"


def test_a_copy_is_bounded_however_large_or_deep_the_original_is() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]
    for value in (["x"] * 1_000_000, {"k" * 5000: {str(n): n for n in range(100_000)}}, deep, "y" * 1_000_000):
        assert len(str(redacted(value, limit=1000))) < 60_000

"""The token: what the application's private key makes of it."""

import json
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.providers.azstack.server import private_key, public_key, read_token, settings
from tuiphone.core.errors import AccessDenied
from tuiphone.core.redact import redact
from tuiphone.core.secret import Secret
from tuiphone.providers.azstack import token


def longest(user_id: str, size: int) -> str:
    """Credentials that make the plain text exactly this long."""
    bare = len(token.plain_text(user_id=user_id, credentials="", namespace=""))
    return "x" * (size - bare)


@pytest.mark.parametrize("name", ["alice", "Nguyễn Văn An", 'a"b\\c', "Ольга", "👩‍👩‍👧"])
async def test_it_says_who_we_are_in_the_vendors_order(name: str) -> None:
    made = await token.fresh(
        settings("http://127.0.0.1", user_id=name, user_credentials=Secret("pässword"), namespace="n")
    )
    raw = b64decode(made, validate=True)
    text = private_key().decrypt(raw, padding.PKCS1v15()).decode()
    expected = {"sdkVersion": "2.2.4", "namespace": "n", "azStackUserID": name, "userCredentials": "pässword"}
    assert text == json.dumps(expected, ensure_ascii=False, separators=(",", ":"))


async def test_each_one_is_another_and_none_of_them_stays_in_sight() -> None:
    first, second = [await token.fresh(settings("http://127.0.0.1")) for _ in range(2)]
    assert first != second
    assert read_token(first) == read_token(second)
    assert redact(f"sent {first} there") == "sent ••• there"


def test_a_zero_at_its_beginning_is_kept() -> None:
    key = token.read_key(public_key(1024))
    made = [b64decode(token.encrypt(key, b"{}")) for _ in range(3000)]
    assert {len(raw) for raw in made} == {128}
    # One in 256 begins with a zero, and none of 3000 would be the work of 120,000 runs.
    assert [raw for raw in made if raw[0] == 0]


async def test_it_may_fill_the_block_to_the_last_byte() -> None:
    fits = settings("http://127.0.0.1", user_credentials=Secret(longest("alice", 245)))
    assert list(fits.problems()) == []
    assert len(read_token(await token.fresh(fits))["userCredentials"]) > 100
    over = settings("http://127.0.0.1", user_credentials=Secret(longest("alice", 246)))
    with pytest.raises(
        AccessDenied, match=r"make 246 bytes of token, and the public key takes 245\. Shorten"
    ) as denied:
        await token.fresh(over)
    assert denied.value.__notes__ == ["ERR_UNEXPECTED_DATA"]


async def test_bytes_are_counted_and_not_letters() -> None:
    named = settings("http://127.0.0.1", user_id="ễ" * 60, user_credentials=None)
    with pytest.raises(AccessDenied, match="letters outside English count"):
        await token.fresh(named)


async def test_credentials_that_a_command_gives_are_measured_when_they_are_there() -> None:
    async def source() -> str:
        return "x" * 300

    late = settings("http://127.0.0.1", user_credentials=Secret(source))
    assert list(late.problems()) == []
    with pytest.raises(AccessDenied, match="Shorten them"):
        await token.fresh(late)


def spki(text: str) -> str:
    return "\n".join(text[start : start + 64] for start in range(0, len(text), 64))


def test_the_key_is_read_in_every_form_it_is_copied_in() -> None:
    bare = public_key()
    expected = token.read_key(bare).public_numbers()
    pem = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for form in (f"  {bare}\n", spki(bare), pem, pem.replace("\n", "\r\n"), pem.replace("\n", " ")):
        assert token.read_key(form).public_numbers() == expected


def test_what_is_no_such_key_is_refused_in_words() -> None:
    private = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    other = b64encode(curve.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    for given, says in (
        (private, "stay with your server"),
        (public_key()[:-10] + "!", "not base64"),
        (public_key()[:-8], "not of a public key"),
        (b64encode(b"hello").decode(), "not of a public key"),
        (other, "another kind"),
        (SMALL, "512 bits"),
    ):
        with pytest.raises(token.BadKey, match=says) as refusal:
            token.read_key(given)
        assert str(refusal.value).endswith(".")


SMALL = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALqbHeRLCyOdykC5SDLqI49ArYGYG1mqaH9/GnWjGavZM02fos4lc2w6tCchcUBNtJvGqKwhC5JE"
    "nx3RYoSX2ucCAwEAAQ=="
)
"""A key of 512 bits, which no library makes any more."""

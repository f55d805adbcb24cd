"""The token one logs in with (PROTOCOL.md section 4.3): who we are, encrypted with the application's public key."""

import asyncio
import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import msgspec

from tuiphone.core.errors import AccessDenied
from tuiphone.core.redact import learn
from tuiphone.providers.azstack.requests import SDK_VERSION

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from tuiphone.providers.azstack.settings import Settings

MIN_BITS = 1024
PADDING_BYTES = 11
"""What PKCS#1 v1.5 takes of each block."""
_PEM_LINES = re.compile(r"-----(?:BEGIN|END)[A-Z ]*-----")


class BadKey(ValueError):
    """It is no public key we can use; the text is the sentence for the person."""


def read_key(text: str) -> "RSAPublicKey":
    """An RSA public key from base64 of its SubjectPublicKeyInfo, with PEM's lines around it or without.

    Raises: BadKey
    """
    # Loading the library takes a tenth of a second: only where an account of this vendor exists.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if "PRIVATE KEY" in text:
        raise BadKey("This is a private key, which has to stay with your server. Give the public key.")
    try:
        # A form's field has no lines, so that a PEM may have lost its own.
        der = b64decode("".join(_PEM_LINES.sub("", text).split()), validate=True)
    except ValueError as error:
        raise BadKey("It is not base64. Copy the public key again, whole.") from error
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("It is base64, but not of a public key. Copy the public key again, whole.") from error
    if not isinstance(key, RSAPublicKey):
        raise BadKey("It is a public key of another kind; AZStack's are RSA keys.")
    if key.key_size < MIN_BITS:
        raise BadKey(f"An RSA key of {key.key_size} bits protects nothing; AZStack's have 2048.")
    return key


def plain_text(*, user_id: str, credentials: str, namespace: str) -> bytes:
    """What the token says; the order of its keys and the capital ID are the vendor's."""
    said = {
        "sdkVersion": SDK_VERSION,
        "namespace": namespace,
        "azStackUserID": user_id,
        "userCredentials": credentials,
    }
    return msgspec.json.encode(said)


def room(key: "RSAPublicKey") -> int:
    """Bytes of plain text that fit into the one block there is."""
    return key.key_size // 8 - PADDING_BYTES


def encrypt(key: "RSAPublicKey", text: bytes) -> str:
    """The token, as long as the key's modulus whatever its first bytes are.

    Raises: ValueError when the text does not fit.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return b64encode(key.encrypt(text, PKCS1v15())).decode()


async def fresh(settings: "Settings") -> str:
    """A new token for these settings.

    Raises: AccessDenied when key or credentials do not fit, ConfigError when the credentials cannot be read.
    """
    credentials = "" if settings.user_credentials is None else await settings.user_credentials.read()

    def work() -> str:
        key = read_key(settings.public_key)
        text = plain_text(user_id=settings.user_id, credentials=credentials, namespace=settings.namespace)
        if len(text) > room(key):
            raise BadKey(too_long(len(text), room(key)))
        return encrypt(key, text)

    try:
        token = await asyncio.to_thread(work)
    except BadKey as error:
        denied = AccessDenied(f"There is no token to log in with. {error}")
        denied.add_note("ERR_UNEXPECTED_DATA")
        raise denied from error
    learn(token, passing=True)
    return token


def too_long(size: int, limit: int) -> str:
    """The sentence for a token that the key cannot take."""
    return (
        f"user_id, user_credentials and namespace make {size} bytes of token, and the public key takes {limit}. "
        "Shorten them; letters outside English count two to four times."
    )

"""The key pair of the simulated application, and the tokens that clients encrypt with it (4.3)."""

import base64
import binascii
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tuiphone.simulator.strict_json import parsed

_BITS = 2048
_BYTES = _BITS // 8


class Keys:
    """Made at start; takes a moment, so make it in a thread.

    With a file the pair is kept there, so that accounts stay good when the simulator is started again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._private = _kept(file) if file is not None else _made()
        der = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(der).decode()
        """What clients are configured with."""

    def user_of(self, token: object) -> str | None:
        """The user that a token names; None for any token that is not good, in whichever way."""
        content = parsed(self._decrypted(token))
        if not isinstance(content, dict):
            return None
        name = _name_in(content)
        return name if isinstance(name, str) and name else None

    def _decrypted(self, token: object) -> str:
        # Other padding errors than "it is no text" do not show: the library then gives random bytes.
        try:
            # The vendor's encryption drops leading zeros of what it encrypted.
            raw = base64.b64decode(str(token).encode(), validate=True).rjust(_BYTES, b"\0")
            text = self._private.decrypt(raw, padding.PKCS1v15()).decode("utf-8", "surrogatepass")
            # It also writes each half of a surrogate pair by itself.
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except (ValueError, binascii.Error):
            return ""


def _made() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def _kept(file: Path) -> rsa.RSAPrivateKey:
    if not file.exists():
        text = _made().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.touch(mode=0o600)
        file.write_bytes(text)
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != _BITS:
        raise OSError(f"{file} is no RSA key of {_BITS} bits")
    return key


def _name_in(content: dict[str, Any]) -> object:
    return content["azStackUserID"] if "azStackUserID" in content else content.get("azStackUserId")

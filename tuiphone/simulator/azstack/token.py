"""The key pair of the simulated application, and the tokens that clients encrypt with it (4.3)."""

import base64
import binascii
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tuiphone.simulator.strict_json import parsed

_BITS = 2048
_BYTES = _BITS // 8


class Keys:
    """Made at start; takes a moment, so make it in a thread."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
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


def _name_in(content: dict[str, Any]) -> object:
    return content["azStackUserID"] if "azStackUserID" in content else content.get("azStackUserId")

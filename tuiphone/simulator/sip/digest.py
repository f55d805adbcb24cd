"""Who somebody is, by digest (RFC 3261, section 22; RFC 7616; RFC 8760), as strange as the switches want it."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from tuiphone.simulator.sip.fields import params_of, split_list
from tuiphone.simulator.sip.message import Message

_MOST_NONCES = 5_000
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_HASHES: dict[str, Callable[[bytes], Any]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_OFFERED = {
    "md5": ("MD5",),
    "sha256": ("SHA-256",),
    "both": ("SHA-256", "MD5"),
    "auth-int": ("MD5",),
    "legacy": ("MD5",),
}
_QOPS = {"auth-int": "auth-int", "legacy": ""}
MODES = (*_OFFERED, "none")
"""What the switch may be; `legacy` knows nothing of qop, as RFC 2069 did and some servers still do."""


class Verdict(Enum):
    """What credentials are worth."""

    RIGHT = auto()
    MISSING = auto()
    STALE = auto()
    WRONG = auto()


class Digest:
    """Makes challenges and checks what is answered; knows its nonces and how often each was used."""

    def __init__(self, passwords: dict[str, str], settings: dict[str, Any]) -> None:
        self._passwords = passwords
        self._settings = settings
        self._nonces: dict[str, tuple[float, int, int]] = {}

    def forget(self) -> None:
        """From now on every nonce is stale."""
        self._nonces.clear()

    def challenges(self, *, stale: bool) -> list[str]:
        """The values of WWW-Authenticate or Proxy-Authenticate, the best first."""
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = (time.monotonic(), 0, 0)
        while len(self._nonces) > _MOST_NONCES:
            del self._nonces[next(iter(self._nonces))]
        auth = str(self._settings["auth"])
        qop = _QOPS.get(auth, "auth")
        more = f', qop="{qop}"' if qop else ""
        more += ", stale=true" if stale else ""
        return [
            f'Digest realm="{self._realm}", nonce="{nonce}", opaque="{_opaque(nonce)}", algorithm={algorithm}{more}'
            for algorithm in _OFFERED[auth]
        ]

    def check(self, request: Message, header: str) -> tuple[Verdict, str]:
        """What the credentials of a request are worth, and whose they are."""
        found = [value for value in request.rows(header) if value.lower().startswith("digest ")]
        given = [params_of(split_list(value[len("digest ") :])) for value in found]
        mine = next((one for one in given if one.get("realm") == self._realm), None)
        if mine is None:
            return Verdict.MISSING, ""
        user, nonce, count = mine.get("username", ""), mine.get("nonce", ""), mine.get("nc", "")
        if nonce not in self._nonces:
            return Verdict.STALE, user
        password = self._passwords.get(user)
        expected = None if password is None else self._expected(request, mine, password)
        if expected is None or not hmac.compare_digest(expected.encode(), mine.get("response", "").encode()):
            return Verdict.WRONG, user
        made_at, uses, last = self._nonces[nonce]
        number = int(count, 16) if count else last + 1
        most, seconds = int(self._settings["nonce_uses"]), float(self._settings["nonce_seconds"])
        if number <= last or (most and uses >= most) or time.monotonic() - made_at > seconds:
            return Verdict.STALE, user
        self._nonces[nonce] = (made_at, uses + 1, number)
        return Verdict.RIGHT, user

    @property
    def _realm(self) -> str:
        return str(self._settings["realm"] or self._settings["domain"])

    def _expected(self, request: Message, given: dict[str, str], password: str) -> str | None:
        algorithm, qop, count = given.get("algorithm", "MD5").upper(), given.get("qop", ""), given.get("nc", "")
        auth = str(self._settings["auth"])
        is_count = bool(_COUNT.fullmatch(count)) if qop else not count
        if algorithm not in _OFFERED[auth] or qop != _QOPS.get(auth, "auth") or not is_count:
            return None
        if given.get("uri") != request.uri or given.get("opaque") != _opaque(given["nonce"]):
            return None

        def hashed(text: str) -> str:
            return _HASHES[algorithm](text.encode()).hexdigest()

        first = hashed(f"{given['username']}:{given['realm']}:{password}")
        about = f"{request.method}:{given['uri']}"
        second = hashed(f"{about}:{hashed(request.body)}" if qop == "auth-int" else about)
        if not qop:
            return hashed(f"{first}:{given['nonce']}:{second}")
        return hashed(f"{first}:{given['nonce']}:{count}:{given.get('cnonce', '')}:{qop}:{second}")


def _opaque(nonce: str) -> str:
    """Has to come back as it was (RFC 7616, section 3.3)."""
    return hashlib.sha256(nonce.encode()).hexdigest()[:16]

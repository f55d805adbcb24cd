"""The access token: read from the settings or signed here, and renewed when the server refuses it."""

import binascii
import time
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import jwt
import msgspec

from tuiphone.core.errors import AccessDenied
from tuiphone.providers.oncaller.settings import Settings

LIFETIME_S = 3600


class TokenRefused(AccessDenied):
    """The server does not take this token; another one may do."""


def claims(token: str) -> dict[str, Any]:
    """What a token says of itself, believed by nobody; empty when it cannot be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        said = msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def sign(*, key_sid: str, secret: str, user_id: str, now: float) -> str:
    """A token for this user that is good for an hour (PROTOCOL.md section 4.1)."""
    seconds = int(now)
    payload = {"jti": f"{key_sid}-{seconds}", "iss": key_sid, "exp": seconds + LIFETIME_S, "userId": user_id}
    with warnings.catch_warnings():
        # How long the secret is was the vendor's choice; a warning would only land on the person's terminal.
        warnings.simplefilter("ignore")
        header = {"cty": "stringee-api;v=1"}
        return jwt.encode(payload, secret, algorithm="HS256", headers=header, sort_headers=False)


class Credentials:
    """Gives the token to log in with: the last one that was accepted, until it is refused."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._token: str | None = None
        self.user_id = settings.user_id

    async def current(self) -> str:
        """A token.

        Raises: ConfigError when its command or keyring gives none, AccessDenied when it is somebody else's.
        """
        if self._token is None or self._settings.token is None:
            self._token = await self._fresh()
        return self._token

    async def renewed(self, refused: TokenRefused) -> str:
        """Another token than the one that was refused.

        Raises: AccessDenied when there is none.
        """
        before, self._token = self._token, None
        if self._settings.token is None:
            raise AccessDenied(
                f"{refused} It was signed here a moment ago: check key_sid, key_secret and this computer's clock."
            ) from refused
        fresh = await self._fresh()
        if fresh == before:
            raise AccessDenied(f"{refused}{self._age(fresh)}") from refused
        self._token = fresh
        return fresh

    async def _fresh(self) -> str:
        settings = self._settings
        if settings.token is not None:
            token = (await settings.token.read()).strip()
            named = claims(token).get("userId")
            if isinstance(named, str) and settings.user_id and named != settings.user_id:
                raise AccessDenied(
                    f"The access token is for {named[:80]!r}, but user_id says {settings.user_id!r}. Correct one."
                )
            if isinstance(named, str):
                self.user_id = named[:128]
            return token
        if settings.key_secret is None or settings.key_sid is None or settings.user_id is None:
            raise AccessDenied("There is no access token. Put one into the account's settings.")
        secret = await settings.key_secret.read()
        return sign(key_sid=settings.key_sid, secret=secret, user_id=settings.user_id, now=self._clock())

    def _age(self, token: str) -> str:
        expiry = claims(token).get("exp")
        if isinstance(expiry, int | float) and 0 < expiry < self._clock():
            return f" It expired on {time.strftime('%Y-%m-%d at %H:%M', time.localtime(expiry))}."
        return ""

"""The settings of an AZStack account, and what can be wrong with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.providers.azstack import token
from tuiphone.providers.azstack.journal import LEVELS
from tuiphone.providers.checks import address_problem, number_problems

VENDOR_URL = "https://www.azhub.xyz:9199"
MAX_TEXT = 200
_LIMITS = {
    "request_timeout": (1.0, 600.0),
    "ping_interval": (1.0, 3600.0),
    "ring_seconds": (5.0, 600.0),
    "presence_interval": (5.0, 3600.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach AZStack, as whom, and from which numbers to call; the vendor's names are in brackets."""

    app_id: str = setting("Id of the AZStack application (appId).", example="0123456789abcdef0123456789abcdef")
    public_key: str = setting(
        "RSA public key of the application, as base64 (publicKey); a PEM file's text does as well.",
        example="MIIBIjANBgkqhkiG9w0BAQ...",
    )
    user_id: str = setting("Your name in the application (azStackUserId).", example="test_user_1")
    fullname: str = setting("Your name as others see it (fullname).", example="Test User 1")
    user_credentials: Secret | None = setting(
        "Secret that the application's own server checks (userCredentials), where it does.", default=None, ask=True
    )
    namespace: str = setting("Namespace of the user (namespace), where the application has such.", default="")
    numbers: tuple[str, ...] = setting(
        "Telephone numbers of the application to call from (fromPhoneNumber), the usual one first.",
        default=(),
        example='["84990000000"]',
        ask=True,
    )
    tags: str | None = setting("Words kept with each paid call in AZStack's log (tags).", default=None)
    url: str = setting(
        "Where AZStack is (masterSocketUri of its SDK); the vendor's own servers when left out.",
        default=VENDOR_URL,
        example=VENDOR_URL,
        ask=True,
    )
    request_timeout: float = setting(
        "Seconds AZStack may take to answer (requestTimeout, there in milliseconds).", default=60.0
    )
    ping_interval: float = setting(
        "Seconds between signs of life (intervalPingTime, there in milliseconds).", default=60.0
    )
    ring_seconds: float = setting("Seconds a call may ring here before it counts as not answered.", default=30.0)
    presence_interval: float = setting("Seconds between questions who of the contacts is there.", default=30.0)
    log_level: str = setting(
        "What of this account goes to the log (logLevel): none, error, info, or debug with every packet's name.",
        default="info",
    )
    ice_servers: tuple[IceServer, ...] | None = setting(
        "STUN and TURN servers to use instead of those AZStack names; an empty list for none.", default=None
    )

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        if problem := _url_problem(self.url):
            yield "url", problem
        for key in ("app_id", "user_id", "fullname", "namespace", "tags"):
            yield from self._text_problems(key)
        yield from self._token_problems()
        yield from number_problems(self.numbers)
        for key, (least, most) in _LIMITS.items():
            if not least <= getattr(self, key) <= most:  # which a NaN is not either
                yield key, f"It can be {least:g} to {most:g} seconds, not {getattr(self, key):g}."
        if self.log_level not in LEVELS:
            yield "log_level", f"It can be {', '.join(LEVELS)}, not {self.log_level!r}."

    def _text_problems(self, key: str) -> Iterable[tuple[str, str]]:
        value = getattr(self, key)
        if key in ("app_id", "user_id", "fullname") and not value.strip():
            yield key, "AZStack lets nobody in without it."
        elif value is not None and len(value) > MAX_TEXT:
            yield key, f"It has {len(value)} characters; {MAX_TEXT} are enough."
        elif value is not None and not value.isprintable():
            yield key, "It has characters that nobody can see; type it by hand."

    def _token_problems(self) -> Iterable[tuple[str, str]]:
        if not self.public_key.strip():
            yield "public_key", "AZStack lets nobody in without it."
            return
        try:
            key = token.read_key(self.public_key)
        except token.BadKey as problem:
            yield "public_key", str(problem)
            return
        # Credentials that a command gives are measured when they are there.
        text = token.plain_text(user_id=self.user_id, credentials="", namespace=self.namespace)
        size = len(text) + ((self.user_credentials and self.user_credentials.size) or 0)
        if size > token.room(key):
            yield "user_credentials" if self.user_credentials else "user_id", token.too_long(size, token.room(key))


def _url_problem(url: str) -> str | None:
    # The wire is a WebSocket, and the vendor's client takes its addresses in either form.
    if problem := address_problem(url, "ws" if url.startswith("ws") else "http"):
        return problem
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return f"{url!r} has something after the port; give https://host:port and no more."
    return None

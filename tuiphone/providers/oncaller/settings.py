"""The settings of an OnCaller account and the rules between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.providers.checks import address_problem, number_problems

RESOLUTIONS = ("480x640", "1280x720")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach OnCaller, as whom, and from which numbers to call."""

    addresses: tuple[str, ...] = setting(
        "WebSocket addresses of the servers, tried in turn.",
        default=(),
        example='["wss://v1.stringee.com:6899/"]',
        ask=True,
    )
    api_base_url: str | None = setting(
        "Where to ask for the addresses when none are given.", default=None, example="https://api.stringee.com/"
    )
    token: Secret | None = setting(
        "Access token of your server (a JWT); as token_command, a command that prints a fresh one.",
        default=None,
        ask=True,
    )
    key_sid: str | None = setting(
        "For development: API key SID, to sign tokens here instead of on your server.", default=None, example="SK..."
    )
    key_secret: Secret | None = setting("For development: the API key's secret.", default=None)
    user_id: str | None = setting("Your user id; with a token, the one it was made for.", default=None, example="alice")
    numbers: tuple[str, ...] = setting(
        "Telephone numbers you have bought to call from, the usual one first.",
        default=(),
        example='["84990000000"]',
        ask=True,
    )
    ice_servers: tuple[IceServer, ...] | None = setting(
        "STUN and TURN servers to use instead of those OnCaller names; an empty list for none.", default=None
    )
    video_resolution: str | None = setting(
        "Size of your picture in video calls; as the camera likes when left out.", default=None, example="480x640"
    )
    device_name: str = setting("How your other devices see this one.", default="tuiphone")

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        yield from self._address_problems()
        yield from self._credential_problems()
        yield from number_problems(self.numbers)
        if self.video_resolution is not None and self.video_resolution not in RESOLUTIONS:
            yield "video_resolution", f"It can be {' or '.join(RESOLUTIONS)}, not {self.video_resolution!r}."

    def _address_problems(self) -> Iterable[tuple[str, str]]:
        if not self.addresses and self.api_base_url is None:
            yield "addresses", "Give the server's WebSocket address here, or api_base_url to ask for it."
        for address in self.addresses:
            if problem := address_problem(address, "ws"):
                yield "addresses", problem
        if self.api_base_url is not None and (problem := address_problem(self.api_base_url, "http")):
            yield "api_base_url", problem

    def _credential_problems(self) -> Iterable[tuple[str, str]]:
        pair = (self.key_sid, self.key_secret)
        if self.token is None and pair == (None, None):
            yield "token", "Give an access token, a token_command, or key_sid and key_secret."
        elif self.token is not None and pair != (None, None):
            yield "key_sid", "There is a token as well; keep either the token or key_sid and key_secret."
        elif self.token is None and self.key_secret is None:
            yield "key_secret", "key_sid signs nothing without its key_secret."
        elif self.token is None and self.key_sid is None:
            yield "key_sid", "key_secret is of no use without its key_sid."
        if self.token is None and self.key_secret is not None and not self.user_id:
            yield "user_id", "Tokens signed here have to name a user; give its id."

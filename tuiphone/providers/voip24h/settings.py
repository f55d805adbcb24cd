"""The settings of a Voip24h account, and what can be wrong with them (PROTOCOL.md section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.providers.checks import address_problem
from tuiphone.providers.voip24h.moments import zone_problem
from tuiphone.providers.voip24h.numbers import is_extension

BACKENDS = ("partner", "v3", "dial")
V3_URL = "https://api.voip24h.vn/v3"
DIAL_URL = "https://dial.voip24h.vn"
_LIVE = {"v3": V3_URL, "dial": DIAL_URL}
"""Where the vendor itself offers an interface; the partner API is wherever the partner has it."""
_NEEDS = {
    "partner": ("partner_secret",),
    "v3": ("api_key", "api_secret"),
    "dial": ("dial_voip", "dial_secret"),
}
_WHAT = {
    "partner_secret": "the secret that the partner's API gave you",
    "api_key": "your API key",
    "api_secret": "the secret of your API key",
    "dial_voip": "the key that goes with your PBX (`voip`)",
    "dial_secret": "the secret that goes with dial_voip",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the PBX can be commanded, with what secret, and for which extension."""

    extension: str = setting("Your extension at the PBX.", example="101")
    backend: str = setting(
        "Which of Voip24h's interfaces: partner (by partner_secret), v3 (by api_key and api_secret) or dial (by "
        "dial_voip and dial_secret).",
        default="partner",
        example="partner",
        ask=True,
    )
    base_url: str | None = setting(
        "Scheme and host of the partner's API; for v3 and dial the vendor's own when left out.",
        default=None,
        example="https://api.partner.example",
        ask=True,
    )
    partner_secret: Secret | None = setting("For partner: the secret that the API gave you.", default=None, ask=True)
    sip_account: str | None = setting(
        "Name of the SIP account on the same extension, which carries the sound; without one you talk on your desk "
        "phone.",
        default=None,
        example="desk",
        ask=True,
    )
    auto_answer_dial: bool = setting(
        "When you dial, the PBX calls you first: answer that call by itself, where the sound is here.", default=True
    )
    timezone: str = setting(
        "Time zone of the PBX, as an IANA name; its times say none.",
        default="Asia/Ho_Chi_Minh",
        example="Asia/Ho_Chi_Minh",
    )
    api_key: Secret | None = setting("For v3: your API key.", default=None)
    api_secret: Secret | None = setting("For v3: the secret of your API key.", default=None)
    dial_voip: Secret | None = setting("For dial: the key of your PBX, 40 hexadecimal digits.", default=None)
    dial_secret: Secret | None = setting("For dial: its secret, 32 hexadecimal digits.", default=None)

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        if not is_extension(self.extension):
            yield "extension", f"{self.extension!r} is no extension; it has 1 to 12 digits, like 101."
        if self.backend not in BACKENDS:
            yield "backend", f"It can be {', '.join(BACKENDS[:-1])} or {BACKENDS[-1]}, not {self.backend!r}."
        else:
            yield from self._needs()
        if self._given_url and (problem := _url_problem(self._given_url)):
            yield "base_url", problem
        if problem := zone_problem(self.timezone):
            yield "timezone", problem
        if self.linked is not None and not self.linked.isprintable():
            yield "sip_account", "It is the name of an account, all of whose characters one can see."

    def _needs(self) -> Iterable[tuple[str, str]]:
        if self.backend not in _LIVE and not self._given_url:
            yield "base_url", "The partner's API has an address; give its scheme and host."
        for key in _NEEDS[self.backend]:
            secret: Secret | None = getattr(self, key)
            if secret is None or secret.length == 0:
                yield key, f"The interface {self.backend} lets nobody in without it; give {_WHAT[key]}."

    @property
    def base(self) -> str:
        """Where the interface is, without a slash at its end."""
        return (self._given_url or _LIVE.get(self.backend, "")).rstrip("/")

    @property
    def linked(self) -> str | None:
        """The account that carries the sound; an empty text means none."""
        return (self.sip_account or "").strip() or None

    @property
    def _given_url(self) -> str:
        return (self.base_url or "").strip()


def _url_problem(url: str) -> str | None:
    if problem := address_problem(url, "http"):
        return problem
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        return f"{url!r} has something after a ? or #; leave that out."
    if "/api/v1/partner" in parts.path:
        return "Leave out the path /api/v1/partner/voip24h; it is added."
    return None

"""Which server to connect to next: the addresses of the settings, or those the REST look-up gives."""

from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.trace import Trace
from tuiphone.providers.links import HttpLink, place
from tuiphone.providers.oncaller import codes, wire
from tuiphone.providers.oncaller.settings import Settings
from tuiphone.providers.oncaller.token import TokenRefused

PATIENCE = 2
"""Tries at one address before the next one gets its turn (PROTOCOL.md section 4.4)."""


class Servers:
    """Goes round the list of addresses between tries."""

    def __init__(self, settings: Settings, trace: Trace) -> None:
        self._settings = settings
        self._trace = trace
        self._known = settings.addresses
        self._place = 0
        self._tries = 0

    async def next(self, token: str) -> str:
        """The address for one more try.

        Raises: ConnectionLost, TokenRefused, RequestFailed of the look-up.
        """
        self._tries += 1
        if self._tries > PATIENCE:
            self._place += 1
        looks_up = not self._settings.addresses
        if looks_up and (not self._known or self._place >= len(self._known)):
            self._known = await self._look_up(token)
            self._place = 0
        return self._known[self._place % len(self._known)]

    def reached(self) -> None:
        """The last address was a good one: stay with it."""
        self._tries = 0

    def skip(self) -> None:
        """The last address does not want us now; the next one at once."""
        self._tries = PATIENCE

    async def _look_up(self, token: str) -> tuple[str, ...]:
        base = (self._settings.api_base_url or "").rstrip("/")
        answer = await HttpLink(trace=self._trace).get(
            f"{base}/v2/getStringeeServerAddress", params={"access_token": token}
        )
        if answer.status in (401, 403):
            raise TokenRefused(codes.sentence(codes.LOGIN, -12, f"HTTP {answer.status}"))
        if answer.status != 200 and answer.body:
            raise RequestFailed(-12, codes.sentence(codes.LOGIN, -12, f"HTTP {answer.status}"))
        match wire.addresses_from_wire(answer.json()):
            case int(code):
                raise TokenRefused(codes.sentence(codes.LOGIN, -11, f"r {code}"))
            case None:
                raise ConnectionLost(f"{place(base)} answered nothing that makes sense. Check api_base_url.")
            case ():
                raise ConnectionLost(f"{place(base)} knows no server at present.")
            case addresses:
                return addresses

"""The back end `partner`: the API that the vendor's document describes (PROTOCOL.md section 3)."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from tuiphone.core.errors import AccessDenied, RequestFailed
from tuiphone.core.trace import Trace
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h import wire
from tuiphone.providers.voip24h.api import Api, Reply, off_loop, words
from tuiphone.providers.voip24h.entry import Entry, Listing
from tuiphone.providers.voip24h.settings import Settings
from tuiphone.providers.voip24h.weblinks import mended


class Partner:
    """One URL, to which everything is posted with the partner's secret in its body."""

    def __init__(
        self,
        settings: Settings,
        zone: ZoneInfo,
        trace: Trace,
        warn: Callable[[str], None],
        clock: TheirClock | None = None,
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._warn = warn
        self._api = Api(settings.base, trace, clock)
        self._group_mark = b""
        """Of the last list of everybody's calls."""

    async def calls(self, start: float, end: float) -> Listing:
        """`getUserDate`."""
        return await self._listing(wire.of_user_days(self._settings.extension, start, end, self._zone))

    async def group_calls(self, start: float, end: float) -> Listing | None:
        """`getDate`."""
        reply = await self._ask(wire.of_days(start, end, self._zone), known=self._group_mark)
        if self._group_mark and reply.mark == self._group_mark:
            return None
        found = await self._listed(reply)
        self._group_mark = reply.mark
        return found

    async def all_calls(self) -> Listing:
        """`getUser`."""
        return await self._listing(wire.of_user(self._settings.extension))

    async def call(self, call_id: str) -> Entry | None:
        """`getCallData`, of version 1.1."""
        return wire.entry(await self._asked(wire.of_call(call_id)), self._zone)

    async def recording(self, call_id: str) -> str | None:
        """`recordingDownload`; where that gives nothing, `recordingListen`, which may lead to a web page."""
        try:
            found = wire.link(await self._asked(wire.recording(call_id)))
            refusal: RequestFailed | None = None
        except RequestFailed as error:
            found, refusal = None, error
        if found is None:
            try:
                found = wire.link(await self._asked(wire.recording(call_id, listen=True)))
            except RequestFailed as error:
                raise refusal or error from None
        return None if found is None else mended(found, self._settings.base)

    async def dial(self, phone: str) -> str | None:
        """`makeDial`, which does not say what the call is called."""
        await self._ask(wire.make_dial(self._settings.extension, phone), again=False)
        return None

    async def _listing(self, request: dict[str, Any]) -> Listing:
        return await self._listed(await self._ask(request))

    async def _listed(self, reply: Reply) -> Listing:
        data = reply.body.get("data")
        found = await off_loop(lambda: wire.listing(data, self._zone), data)
        if found is None:
            self._warn("The PBX answered a question for past calls with something else; none are shown.")
            return Listing()
        return found

    async def _asked(self, request: dict[str, Any]) -> Any:
        return (await self._ask(request)).body.get("data")

    async def _ask(self, request: dict[str, Any], *, again: bool = True, known: bytes = b"") -> Reply:
        secret = self._settings.partner_secret
        given = "" if secret is None else await secret.read()
        body = {"requestType": request["requestType"], "partnerSecret": given, "data": request["data"]}
        reply = await self._api.post(wire.PATH, body, again=again, known=known)
        if known and reply.mark == known:
            return reply
        code = wire.resp_code(reply.body)
        if code == wire.SUCCESS:
            return reply
        if code is not None:
            said = words(reply.body.get("respMsg"))
            raise RequestFailed(code, f"The PBX refuses {request['requestType']} ({code}).{said}")
        if reply.status in (401, 403):
            raise AccessDenied(f"{self._api.where} does not let us in (HTTP {reply.status}). Check partner_secret.")
        raise self._api.stranger(reply.status)

"""The back end `v3`: the vendor's own interface of 2022 and later (PROTOCOL.md section 8.1)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tuiphone.core.errors import AccessDenied, NotPossible, RequestFailed
from tuiphone.core.redact import learn
from tuiphone.core.trace import Trace
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h import v3_wire
from tuiphone.providers.voip24h.api import Api, Reply, off_loop, words
from tuiphone.providers.voip24h.entry import MAX_ENTRIES, Entry, Listing, newest_first
from tuiphone.providers.voip24h.moments import clock
from tuiphone.providers.voip24h.settings import Settings
from tuiphone.providers.voip24h.weblinks import mended

log = logging.getLogger(__name__)

PAGE = 100
MAX_PAGES = 50
"""Asked for to answer one question."""
EARLY_SECONDS = 60.0
"""How long before its end a token is used no more."""


class V3:
    """A token lets us in; each question has its own address."""

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
        self._token = ""
        self._good_until = 0.0
        self._renewing = asyncio.Lock()

    async def calls(self, start: float, end: float) -> Listing:
        """`/call/history` of our extension."""
        return await self._history(extension=self._settings.extension, **self._between(start, end))

    async def group_calls(self, start: float, end: float) -> Listing:
        """`/call/history` of all."""
        return await self._history(**self._between(start, end))

    async def all_calls(self) -> Listing:
        """`/call/history` of our extension, without dates."""
        return await self._history(extension=self._settings.extension)

    async def call(self, call_id: str) -> Entry | None:
        """`/call/history` of one id."""
        listing = await self._history(id=_checked(call_id))
        return next((entry for entry in listing.entries if entry.call_id == call_id), None)

    async def recording(self, call_id: str) -> str | None:
        """`/call/recording`."""
        reply = await self._get("/call/recording", {"callId": _checked(call_id)})
        link = v3_wire.recording(reply.body.get("data"))
        return None if link is None else mended(link, self._settings.base)

    async def dial(self, phone: str) -> str | None:
        """`/call/dial`, which does not say what the call is called."""
        form = {"extension": self._settings.extension, "phone": phone}
        await self._with_token(lambda headers: self._api.post_form("/call/dial", form, again=False, headers=headers))
        return None

    # -- small things -----------------------------------------------------------------------------------------------

    def _between(self, start: float, end: float) -> dict[str, str]:
        # Both ends are included.
        return {"dateStart": clock(start, self._zone), "dateEnd": clock(end - 1.0, self._zone)}

    async def _history(self, **wanted: str) -> Listing:
        async with self._api.together() as api:
            return await self._pages(api, wanted)

    async def _pages(self, api: Api, wanted: Mapping[str, str]) -> Listing:
        found: dict[str, Entry] = {}
        offset = 0
        for _ in range(MAX_PAGES):
            asked = {**wanted, "offset": str(offset), "limit": str(PAGE)}
            reply = await self._get("/call/history", asked, api)
            data: Any = reply.body.get("data")
            own = self._settings.extension
            entries = await off_loop(partial(v3_wire.entries, data, self._zone, own), data)
            if entries is None:
                if v3_wire.status(reply.body) is None:
                    raise self._api.stranger(reply.status)
                self._warn("The PBX answered a question for past calls with something else; not all are shown.")
                break
            before = len(found)
            for entry in entries:
                found.setdefault(entry.call_id, entry)
            offset += len(data)
            # A server that repeats itself would be asked for ever.
            if v3_wire.is_last(reply.body, offset, PAGE) or not data or len(found) == before:
                break
            if len(found) >= MAX_ENTRIES:
                return Listing(newest_first(found.values()), is_whole=False)
        else:
            return Listing(newest_first(found.values()), is_whole=False)
        return Listing(newest_first(found.values()))

    async def _get(self, path: str, params: Mapping[str, str], api: Api | None = None) -> Reply:
        return await self._with_token(lambda headers: (api or self._api).get(path, params, headers=headers))

    async def _with_token(self, ask: Callable[[Mapping[str, str]], Awaitable[Reply]]) -> Reply:
        for is_second in (False, True):
            token = await self._valid_token()
            reply = await ask({"Authorization": f"Bearer {token}"})
            if reply.status != 401 and v3_wire.status(reply.body) != 401:
                return self._checked_reply(reply)
            if self._token == token:
                self._good_until = 0.0
            if not is_second:
                log.info("the token is not taken any more; another one is asked for")
        raise AccessDenied("The PBX does not let us in, not even with a new token. Check api_key and api_secret.")

    def _checked_reply(self, reply: Reply) -> Reply:
        if reply.status < 400 and v3_wire.is_good(reply.body):
            return reply
        code = v3_wire.status(reply.body) or reply.status
        said = words(v3_wire.message(reply.body))
        if not said and "data" not in reply.body:
            raise self._api.stranger(reply.status)
        raise RequestFailed(code, f"The PBX refuses that ({code}).{said}")

    async def _valid_token(self) -> str:
        async with self._renewing:
            if time.time() >= self._good_until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        key, secret = self._settings.api_key, self._settings.api_secret
        body = {
            "apiKey": "" if key is None else await key.read(),
            "apiSecret": "" if secret is None else await secret.read(),
            # As texts: the vendor's own examples have them so, and live ones are taken.
            "isLonglive": "false",
        }
        reply = await self._api.post("/authentication", body)
        token = v3_wire.token(reply.body.get("data"), self._zone)
        if token is None:
            said = words(v3_wire.message(reply.body))
            code = v3_wire.status(reply.body)
            if not said and code is None and reply.status not in (401, 403):
                raise self._api.stranger(reply.status)
            for status in (reply.status, code or 0):
                if status == 429 or 500 <= status < 600:
                    raise self._api.stranger(status)
            raise AccessDenied(f"The PBX does not let us in.{said} Check api_key and api_secret.")
        learn(token.text, passing=True)
        now = time.time()
        ends_at = token.ends_at if token.ends_at is not None and token.ends_at > now else now + token.lasts_s
        self._token, self._good_until = token.text, ends_at - EARLY_SECONDS


def _checked(call_id: str) -> str:
    if not v3_wire.is_call_id(call_id):
        raise NotPossible("The PBX does not know that call by such a name, so it cannot be asked for it.")
    return call_id

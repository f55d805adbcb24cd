"""Voip24h's server by sections 3 to 6 and 8 to 11 of its protocol file, on loopback; sections named in this package are
of that file. Settings, as `--set voip24h.KEY=VALUE`: see `switches`."""

import asyncio
import json
import time
from collections import deque
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tuiphone.simulator.extensions import extension_of
from tuiphone.simulator.leg import Leg
from tuiphone.simulator.strict_json import parsed
from tuiphone.simulator.voip24h.calls import Calls
from tuiphone.simulator.voip24h.dial import PATHS as DIAL_PATHS
from tuiphone.simulator.voip24h.dial import Dial
from tuiphone.simulator.voip24h.hooks import Hooks
from tuiphone.simulator.voip24h.partner import PATH, Partner
from tuiphone.simulator.voip24h.recordings import Recordings
from tuiphone.simulator.voip24h.rows import Rows
from tuiphone.simulator.voip24h.seed import sow
from tuiphone.simulator.voip24h.switches import DEFAULTS, FIXED, checked, zone_of
from tuiphone.simulator.voip24h.v3 import PREFIX, V3

MAX_BODY = 64 * 1024
EXTENSION = "137"
"""Whoever has no extension of their own uses this one."""
_MOST_HEARD = 500
_CLOSE_S = 0.3
_PAGE = "<!doctype html><html><head><title>It works!</title></head><body><h1>It works!</h1></body></html>\n"


class Voip24h:
    """The PBX with its three interfaces."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {key: checked(key, value) for key, value in {**DEFAULTS, **settings}.items()}
        self.port = int(self.settings["port"])
        self.rows = Rows(zone_of(str(self.settings["timezone"])), self._now)
        self.calls = Calls(self.rows, self.settings)
        self.heard: deque[dict[str, Any]] = deque(maxlen=_MOST_HEARD)
        """The last requests, without what is secret in them."""
        self._recordings = Recordings(self.rows, self.settings, lambda: self.address)
        self._partner = Partner(self.rows, self.calls, self._recordings, self.settings)
        self.v3 = V3(self.rows, self.calls, self._recordings, self.settings)
        self._dial = Dial(self.rows, self.calls, self._recordings, self.settings)
        self._runner: web.AppRunner | None = None
        sow(self.rows, time.time())

    def use_leg(self, leg: Leg) -> None:
        """Ring SIP devices by this."""
        self.calls.leg = leg

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=MAX_BODY)
        Hooks(self).add_routes(app)
        self._recordings.add_routes(app)
        app.router.add_route("*", "/{path:.*}", self._any)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        return {"url": self.url, "http_url": f"{self.url}/", "secret": str(self.settings["secret"])}

    async def close(self) -> None:
        """End every call and listen no more."""
        await self.calls.close()
        if self._runner:
            await self._runner.cleanup()

    def change(self, key: str, value: Any) -> None:
        """Turn a switch while it runs.

        Raises:
            ValueError: there is no such switch, or it cannot have this value.
        """
        if key in FIXED:
            raise ValueError(f"{key} cannot be changed")
        self.settings[key] = checked(key, value)

    @property
    def address(self) -> str:
        """Host and port as an URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """What clients have as their base."""
        return f"http://{self.address}"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "voip24h",
            "base_url": self.url,
            "partner_secret": self.settings["secret"],
            "extension": extension_of(user) or EXTENSION,
            "timezone": self.settings["timezone"],
            "sip_account": f"{user}-sip",
        }

    def _now(self) -> float:
        return time.time() - float(self.settings["clock_behind"])

    async def _any(self, request: web.Request) -> web.Response:
        try:
            status, said = await self._said(request)
        except web.HTTPRequestEntityTooLarge:
            status, said = 413, self._partner.failure("Request is too large")
        await asyncio.sleep(int(self.settings["sim_delay_ms"]) / 1_000)
        return self._response(status, said)

    async def _said(self, request: web.Request) -> tuple[int, dict[str, Any]]:
        path = request.path
        if path.startswith(f"{PREFIX}/"):
            self._hears(path, **request.query)
            return await self.v3.answer(request)
        if path in DIAL_PATHS:
            self._hears(path, **{k: v for k, v in request.query.items() if k not in ("voip", "secret")})
            if request.method != "GET":
                return 405, {"status": 405, "message": "Method not allowed"}
            return self._dial.answer(path, request.query)
        if path != PATH:
            return 404, self._partner.failure("Not found")
        if request.method != "POST":
            return 405, self._partner.failure("Method not allowed")
        try:
            body = parsed((await request.read()).decode())
        except UnicodeDecodeError:
            body = None
        if not isinstance(body, dict):
            return 400, self._partner.failure("Request is not a JSON object")
        self._hears(path, requestType=body.get("requestType"), data=body.get("data"))
        return 200, self._partner.answer(body)

    def _hears(self, path: str, **what: Any) -> None:
        self.heard.append({"path": path, **what})

    def _response(self, status: int, said: dict[str, Any]) -> web.Response:
        settings = self.settings
        status = int(settings["sim_http_status"]) or status
        match int(settings["sim_garbage"]):
            case 1:
                return web.Response(status=status, text=_PAGE, content_type="text/html")
            case 2:
                return web.Response(status=status)
            case 3 if "data" in said:
                said = {**said, "data": "none"}
            case _:
                pass
        padded = json.dumps(said, ensure_ascii=False, separators=(",", ":")) + " " * int(settings["sim_pad_bytes"])
        response = web.Response(status=status, text=padded, content_type="application/json")
        response.headers["Date"] = formatdate(self._now(), usegmt=True)
        if self.settings["gzip"]:
            response.enable_compression()
        return response

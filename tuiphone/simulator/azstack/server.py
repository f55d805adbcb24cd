"""AZStack's server by sections 17 and 18 of PROTOCOL.md, on loopback. Sections named in this package are of that file.

Settings, as `--set azstack.KEY=VALUE`: see DEFAULTS.
"""

import asyncio
import math
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.azstack import frames
from tuiphone.simulator.azstack.desk import Desk
from tuiphone.simulator.azstack.device import devices
from tuiphone.simulator.azstack.people import People
from tuiphone.simulator.azstack.records import Records
from tuiphone.simulator.azstack.script import PaidTelephone
from tuiphone.simulator.azstack.session import Rules, Session
from tuiphone.simulator.azstack.token import Keys
from tuiphone.simulator.control import Control
from tuiphone.simulator.exchange import Call, Exchange
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.link import Link
from tuiphone.simulator.robots import Robots

DEFAULTS: dict[str, Any] = {
    "port": 9199,
    "app_id": "5f0c1a7e4b9d43d2a6e8c37b10f2d945",
    "ping_interval": 25.0,
    "ping_timeout": 5.0,
    "ring_seconds": 60.0,
    "slave_port": 9000,
    "ice_server": "",
    "ice_username": "",
    "ice_password": "",
    "unanswered": "",
    "key_file": "",
}
"""Times in seconds. `ice_server`: the URL that log-ins are given. `unanswered`: service numbers, with commas, that are
taken for nothing. `key_file`: where the key pair is kept; without one it is another at each start."""

MAX_FRAME = 256 * 1024
MOST_CONNECTIONS = 500
LONGEST_HEARTBEAT_S = 60.0
FULLNAMES = {"alice": "Alice", "bob": "Bob"}
_CLOSE_S = 0.3


class AZStack:
    """The vendor: users' devices on an exchange, with robots, telephones and scripted numbers to call."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {**DEFAULTS, **settings}
        self._check()
        self._unanswered = frozenset(int(one) for one in str(self.settings["unanswered"]).split(",") if one.strip())
        self.port = int(self.settings["port"])
        self.exchange = Exchange(ring_seconds=float(self.settings["ring_seconds"]), grace_seconds=0)
        self.people = People()
        self.robots = Robots(self.exchange, self._call_back)
        self.gateway = Gateway(self.exchange, PaidTelephone)
        self._records = Records(self.exchange)
        self._desk = Desk(self.exchange, self.people, self.gateway, self._records)
        self._rules: Rules | None = None
        self._links: set[Link] = set()
        self._runner: web.AppRunner | None = None
        for name, fullname in FULLNAMES.items():
            self.people.made(name, fullname)
        for name in self.robots.names:
            self.people.made(name, name.capitalize())

    async def start(self) -> dict[str, Any]:
        """Make the key pair and listen; returns what the ready line says.

        Raises:
            OSError: the port is taken.
        """
        file = Path(kept) if (kept := str(self.settings["key_file"])) else None
        self._rules = self._made_rules(await asyncio.to_thread(Keys, file))
        app = web.Application(client_max_size=MAX_FRAME)
        app.router.add_get("/azstack-simulator.json", self._about)
        app.router.add_get("/recordings/{name}", self._records.serve)
        Control(self.exchange, self.gateway, self.robots, self._links_of, _frame_text).add_routes(app)
        app.router.add_get("/socket.io/", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self._records.base_url = self.url
        self.robots.start()
        return {
            "url": self.url,
            "app_id": self.settings["app_id"],
            "public_key": self._rules.keys.public,
            "numbers": {name: user.number for name in FULLNAMES if (user := self.people.named(name))},
        }

    async def close(self) -> None:
        """End every call, close every socket."""
        for call in list(self.exchange.calls.values()):
            if not call.ended:
                self.exchange.hang_up(call.ref, call.caller)
        await asyncio.gather(self.robots.close(), self.gateway.close(), *(link.close() for link in self._links))
        self._desk.close()
        self.exchange.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What clients connect to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        assert self._rules is not None, "the key is made at start"
        known = self.people.made(user, user.capitalize())
        return {
            "provider": "azstack",
            "url": self.url.rstrip("/"),
            "app_id": self.settings["app_id"],
            "public_key": self._rules.keys.public,
            "user_id": user,
            "fullname": known.fullname if known else user,
            "numbers": [known.number] if known else [],
        }

    def _check(self) -> None:
        interval, timeout, ring = (
            float(self.settings[key]) for key in ("ping_interval", "ping_timeout", "ring_seconds")
        )
        if not all(seconds > 0 and math.isfinite(seconds) for seconds in (interval, timeout, ring)):
            raise ValueError("times are seconds above 0")
        if interval + timeout > LONGEST_HEARTBEAT_S:
            raise ValueError(f"ping_interval and ping_timeout are more than {LONGEST_HEARTBEAT_S:g} seconds together")

    def _made_rules(self, keys: Keys) -> Rules:
        given = self.settings
        server = {"url": given["ice_server"], "username": given["ice_username"], "password": given["ice_password"]}
        return Rules(
            keys=keys,
            app_id=str(given["app_id"]),
            slave_ip=self.host,
            slave_port=int(given["slave_port"]),
            ice_servers=[server] if given["ice_server"] else [],
            ping_interval_s=float(given["ping_interval"]),
            ping_timeout_s=float(given["ping_timeout"]),
            unanswered=self._unanswered,
        )

    async def _about(self, _: web.Request) -> web.Response:
        assert self._rules
        return web.json_response({"appId": self._rules.app_id, "publicKey": self._rules.keys.public})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        # A client of the next generation says EIO=4; it finds out by the unasked 40 that this is the older one.
        if request.query.get("transport") != "websocket" or request.query.get("EIO") not in ("3", "4"):
            return web.Response(status=400, text="This server speaks Engine.IO 3 over WebSocket, no polling.\n")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=400, text="The transport is WebSocket, and this request is none.\n")
        if len(self._links) >= MOST_CONNECTIONS:
            return web.Response(status=503, text="There are too many connections.\n")
        assert self._rules
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME + 1, timeout=_CLOSE_S, compress=False)
        await socket.prepare(request)
        link = Link(socket, request.transport)
        session = Session(link, self._rules, self.people, self._desk)
        self._links.add(link)
        try:
            session.open()
            async for message in socket:
                if message.type is WSMsgType.TEXT and not session.take(message.data):
                    break
        finally:
            self._links.discard(link)
            session.end()
            await link.close()
        return socket

    async def _call_back(self, call: Call) -> None:
        user = self.people.named(call.caller.user)
        if call.trickles or user is None:
            await self.robots.call_back(call)
        elif self.exchange.online(user.name):  # a paid call is answered by one: a telephone rings back
            self.gateway.inbound(call.to_number, user.number, user.name)

    def _links_of(self, user: str) -> list[Link]:
        return [device.link for device in devices(self.exchange, self.people.named(user))]


def _frame_text(frame: Any) -> str:
    return frames.packet(int(frame["service"]), frame.get("body", {}))

"""OnCaller's signalling server as far as its web client can tell (PROTOCOL.md), on loopback.

Settings, as `--set oncaller.KEY=VALUE`: see DEFAULTS. To the control calls of all vendors it adds

    POST /sim/topic    {"userId", "message"}         a topic message (service 102)
"""

import asyncio
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.control import Control
from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.oncaller import token
from tuiphone.simulator.oncaller.device import connected
from tuiphone.simulator.oncaller.link import Link
from tuiphone.simulator.oncaller.requests import Requests
from tuiphone.simulator.oncaller.services import TOPIC_PUSH
from tuiphone.simulator.oncaller.session import Session
from tuiphone.simulator.robots import Robots

DEFAULTS: dict[str, Any] = {
    "port": 6899,
    "key_sid": "SK-oncaller-sim",
    "key_secret": "oncaller-sim-secret",
    "project_id": 1001,
    "ping_after_ms": 45000,
    "ring_seconds": 60.0,
    "grace_seconds": 30.0,
    "custom_prefix": "sim-custom:",
    "hotline": "84990000000",
    "unanswered": "",
}
"""`unanswered`: service numbers, with commas, whose requests get no reply."""

MAX_FRAME = 256 * 1024
_CLOSE_S = 0.3


class OnCaller:
    """The vendor: users' devices on an exchange, with robots and a telephone gateway to call."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {**DEFAULTS, **settings}
        self.exchange = Exchange(
            ring_seconds=float(self.settings["ring_seconds"]), grace_seconds=float(self.settings["grace_seconds"])
        )
        self.robots = Robots(self.exchange)
        self.gateway = Gateway(self.exchange)
        self.port = int(self.settings["port"])
        self._requests = Requests(self.exchange, self.gateway, self.settings)
        self._links: set[Link] = set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=MAX_FRAME)
        app.router.add_get("/v2/getStringeeServerAddress", self._address)
        _Control(self.exchange, self.gateway, self.robots, self._links_of).add_routes(app)
        app.router.add_get("/{path:.*}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self.robots.start()
        return {"url": f"ws://{self.address}/", "http_url": f"http://{self.address}/"}

    async def close(self) -> None:
        """End every call, close every socket."""
        for call in list(self.exchange.calls.values()):
            if not call.ended:
                self.exchange.hang_up(call.ref, call.caller)
        await asyncio.gather(self.robots.close(), self.gateway.close(), *(link.close() for link in self._links))
        self.exchange.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def address(self) -> str:
        """Host and port as an URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "oncaller",
            "addresses": [f"ws://{self.address}/"],
            "key_sid": self.settings["key_sid"],
            "key_secret": self.settings["key_secret"],
            "user_id": user,
            "numbers": [self.settings["hotline"]],
            "ice_servers": [],
        }

    def _links_of(self, user: str) -> list[Link]:
        return [device.link for device in connected(self.exchange, user) if device.link]

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404, text="This is tuiphone's simulator; it speaks WebSocket.\n")
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME + 1, timeout=_CLOSE_S)
        await socket.prepare(request)
        link = Link(socket, request.transport)
        session = Session(link, self.exchange, self._requests, self.settings)
        self._links.add(link)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    session.take(message.data)
        finally:
            self._links.discard(link)
            session.end()
            await link.close()
        return socket

    async def _address(self, request: web.Request) -> web.Response:
        code, _ = token.check(
            request.query.get("access_token"), str(self.settings["key_sid"]), str(self.settings["key_secret"])
        )
        servers = {"stringeeServerAddrs": {"web": [{"ip": self.host, "port": self.port}]}}
        reply = {"r": code, "msg": token.MESSAGES[code]} if code else {"r": 0, "data": servers}
        return web.json_response(reply, headers={"Access-Control-Allow-Origin": "*"})


class _Control(Control):
    """One control call more than all vendors have: a topic message (service 102)."""

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if what != "topic":
            return await super().carry_out(what, body)
        push = {"topic": body.get("topic", "news"), "message": body["message"]}
        return self.on_links(body, lambda link: link.send(TOPIC_PUSH, push))

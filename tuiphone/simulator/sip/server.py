"""A SIP registrar and proxy over WebSocket (RFC 3261, RFC 7118) on loopback, with robots to call.

Settings, as `--set sip.KEY=VALUE`: see DEFAULTS.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.link import Link
from tuiphone.simulator.sip.callbook import Callbook
from tuiphone.simulator.sip.digest import Digest
from tuiphone.simulator.sip.floor import Floor
from tuiphone.simulator.sip.flow import Flow, Heardbook
from tuiphone.simulator.sip.people import PASSWORDS, People, cast
from tuiphone.simulator.sip.proxy import Proxy
from tuiphone.simulator.sip.registrar import Registrar
from tuiphone.simulator.sip.switchboard import Switchboard
from tuiphone.simulator.sip.watchers import Watchers

DEFAULTS: dict[str, Any] = {
    "port": 8060,
    "path": "/sip",
    "domain": "phones.example",
    "ring_seconds": 60.0,
    "auth": "both",
    "realm": "",
    "nonce_seconds": 300.0,
    "nonce_uses": 0,
    "wrong_password": 401,
    "min_expires": 1,
    "max_expires": 3600,
    "register_status": 200,
    "register_header": "",
    "retry_after": 0,
    "outbound": 1,
    "flow_timer": 120,
    "gruu": 1,
    "path_header": 1,
    "service_route": 0,
    "record_route": 1,
    "unanswered": "",
    "delay_seconds": 0.0,
    "keep_alive": 1,
    "tls_certificate": "",
    "tls_key": "",
}
"""`auth`: md5, sha256, both, auth-int or none. `nonce_uses`: 0 is as often as one likes. `unanswered`: methods, with
commas, that are passed over, and whose responses are."""

SUBPROTOCOL = "sip"
MAX_FRAME = 256 * 1024
_PONG = "\r\n"
_PING = "\r\n\r\n"
_CLOSE_S = 0.3


class Sip:
    """The server with its users, robots and telephones."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {**DEFAULTS, **settings}
        if self.settings["auth"] not in ("md5", "sha256", "both", "auth-int", "none"):
            raise ValueError(f"auth is {self.settings['auth']}")
        self.port = int(self.settings["port"])
        self.heard = Heardbook()
        self.digest = Digest(PASSWORDS, self.settings)
        self.watchers = Watchers()
        self.registrar = Registrar(self.settings, self.watchers.changed)
        self.callbook = Callbook(self.watchers.changed)
        self.people = People(self.registrar, self.settings)
        self.floor = Floor(str(self.settings["domain"]), cast, self._from_robot)
        self.people.floor = self.floor
        self.proxy = Proxy(lambda: f"SIP/2.0/WS {self.address}", lambda: float(self.settings["ring_seconds"]))
        self.switchboard = Switchboard(
            self.settings,
            address=lambda: self.address,
            digest=self.digest,
            people=self.people,
            registrar=self.registrar,
            proxy=self.proxy,
            floor=self.floor,
            watchers=self.watchers,
            callbook=self.callbook,
            heard=self.heard,
        )
        self._flows: set[Flow] = set()
        self._delayed: set[asyncio.TimerHandle] = set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=MAX_FRAME)
        app.router.add_get("/{path:.*}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self.registrar.server_uri = f"sip:{self.address};transport=ws"
        return {"url": self.url, "http_url": f"http://{self.address}/", "domain": str(self.settings["domain"])}

    async def close(self) -> None:
        """End every call, close every socket."""
        await self.floor.close()
        await asyncio.gather(*(flow.link.close() for flow in self._flows))
        self.forget()
        if self._runner:
            await self._runner.cleanup()

    def forget(self) -> None:
        """Forget all that a server loses when it is started again."""
        self.proxy.close()
        self.registrar.close()
        self.watchers.clear()
        self.callbook.clear()
        self.digest.forget()
        self.switchboard.forget()
        for timer in self._delayed:
            timer.cancel()
        self._delayed.clear()

    @property
    def address(self) -> str:
        """Host and port as an URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where the WebSocket is."""
        return f"ws://{self.address}{self.settings['path']}"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "sip",
            "server": self.url,
            "user": user,
            "domain": self.settings["domain"],
            "password": PASSWORDS.get(user, ""),
            "ice_servers": [],
        }

    def _from_robot(self, message: Any) -> None:
        self.switchboard.received(message, self.floor)

    def _deliver(self, flow: Flow, text: str) -> None:
        seconds = float(self.settings["delay_seconds"])
        if not seconds:
            flow.link.send_raw(text)
            return

        def send() -> None:
            self._delayed.discard(timer)
            if flow.is_there:
                flow.link.send_raw(text)

        timer = asyncio.get_running_loop().call_later(seconds, send)
        self._delayed.add(timer)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        wanted = request.headers.get("Sec-WebSocket-Protocol", "")
        if request.headers.get("Upgrade", "").lower() != "websocket" or request.path != self.settings["path"]:
            return web.Response(status=404, text="This is tuiphone's simulator; it speaks SIP over WebSocket.\n")
        if SUBPROTOCOL not in [one.strip() for one in wanted.split(",")]:
            return web.Response(status=400, text="The sub-protocol sip has to be asked for (RFC 7118, section 4.1).\n")
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, timeout=_CLOSE_S, protocols=(SUBPROTOCOL,))
        await socket.prepare(request)
        flow = Flow(Link(socket, request.transport), self._deliver)
        self._flows.add(flow)
        self.switchboard.opened(flow)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not flow.frozen:
                    self._take(message.data, flow)
        finally:
            self._flows.discard(flow)
            flow.broken()
            self.registrar.broken(flow)
            await flow.link.close()
        return socket

    def _take(self, frame: str | bytes, flow: Flow) -> None:
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        if text == _PING:
            if self.settings["keep_alive"]:
                flow.send_text(_PONG)
        elif text.strip("\r\n"):
            self.switchboard.heard(frame, flow)


Forget = Callable[[], None]

"""A SIP registrar and proxy over WebSocket (RFC 3261, RFC 7118) on loopback, with robots to call."""

import asyncio
import ssl
from functools import partial
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.link import Link
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip.digest import MODES, Digest
from tuiphone.simulator.sip.floor import Floor
from tuiphone.simulator.sip.flow import Flow, Heardbook
from tuiphone.simulator.sip.hooks import Hooks
from tuiphone.simulator.sip.leg import SipLeg
from tuiphone.simulator.sip.message import Message
from tuiphone.simulator.sip.people import LOGINS, PASSWORDS, People, cast
from tuiphone.simulator.sip.proxy import Proxy
from tuiphone.simulator.sip.registrar import Registrar
from tuiphone.simulator.sip.robots import MAILBOX
from tuiphone.simulator.sip.switchboard import Switchboard
from tuiphone.simulator.sip.switches import DEFAULTS, FIXED
from tuiphone.simulator.sip.texts import Texts
from tuiphone.simulator.sip.watchers import Watchers

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
        if self.settings["auth"] not in MODES:
            raise ValueError(f"auth is {self.settings['auth']}")
        self.port = int(self.settings["port"])
        self.heard = Heardbook()
        self.digest = Digest(LOGINS, self.settings)
        self.floor = Floor(
            str(self.settings["domain"]),
            partial(cast, settings=self.settings),
            self._from_robot,
            lambda: float(self.settings["pace"]),
        )
        self.registrar = Registrar(self.settings, lambda user: self.watchers.presence_changed(user))
        self.people = People(self.registrar, self.floor)
        self.watchers = Watchers(
            self.settings,
            via=self._via,
            server_uri=lambda: self.registrar.server_uri,
            is_known=self.people.is_known,
            is_there=self.people.is_there,
        )
        for user in LOGINS:
            self.watchers.mailboxes[user] = (int(self.settings["voicemail"]), 0)
        self.floor.listened = self.watchers.listened
        self.texts = Texts(self.floor)
        self.leg = SipLeg(self.floor, self.people, lambda user: f"sip:{user}@{self.settings['domain']}")
        """For the simulated PBXes."""
        self.is_down = False
        """Refuses sockets, as while it is started again."""
        self.proxy = Proxy(self._via, lambda: float(self.settings["ring_seconds"]))
        self.switchboard = Switchboard(
            self.settings,
            address=lambda: self.address,
            digest=self.digest,
            people=self.people,
            registrar=self.registrar,
            proxy=self.proxy,
            floor=self.floor,
            watchers=self.watchers,
            heard=self.heard,
        )
        self.flows: set[Flow] = set()
        self._delayed: set[asyncio.TimerHandle] = set()
        self._own = Tasks()
        self._runner: web.AppRunner | None = None

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=MAX_FRAME)
        Hooks(self).add_routes(app)
        app.router.add_get("/{path:.*}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls()).start()
        self.port = self._runner.addresses[0][1]
        self._own.start(self._ask_options())
        self.registrar.server_uri = f"sip:{self.address};transport=ws"
        return {"url": self.url, "http_url": f"http://{self.address}/", "domain": str(self.settings["domain"])}

    async def close(self) -> None:
        """End every call, close every socket."""
        self._own.cancel()
        await self._own.finish()
        await self.floor.close()
        await asyncio.gather(*(flow.link.close() for flow in self.flows))
        self.forget()
        if self._runner:
            await self._runner.cleanup()

    def change(self, key: str, value: Any) -> None:
        """Turn a switch while it runs.

        Raises:
            ValueError: there is no such switch, or it cannot have this value.
        """
        if key not in DEFAULTS or key in FIXED:
            raise ValueError(f"{key} cannot be changed")
        if key == "auth" and value not in MODES:
            raise ValueError(f"auth is one of {', '.join(MODES)}")
        self.settings[key] = type(DEFAULTS[key])(value)

    def restart(self, seconds: float) -> None:
        """Drop everybody, forget all, and come back after a while. The robots are somewhere else and go on."""
        self.is_down = True
        for flow in list(self.flows):
            flow.link.drop()
        self.forget()
        self._own.start(self._come_back(seconds))

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.is_down = False

    def forget(self) -> None:
        """Forget all that a server loses when it is started again."""
        self.proxy.close()
        self.registrar.close()
        self.watchers.clear()
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
        return f"{'wss' if self.settings['tls_certificate'] else 'ws'}://{self.address}{self.settings['path']}"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "sip",
            "server": self.url,
            "user": user,
            "domain": self.settings["domain"],
            "password": PASSWORDS.get(user, ""),
            "ice_servers": [],
            "mailbox": MAILBOX,
            "lines": [one for one in PASSWORDS if one != user],
        }

    def _tls(self) -> ssl.SSLContext | None:
        if not self.settings["tls_certificate"]:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.settings["tls_certificate"], self.settings["tls_key"] or None)
        if self.settings["tls_client_ca"]:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.settings["tls_client_ca"])
        return context

    def _via(self) -> str:
        return f"SIP/2.0/{'WSS' if self.settings['tls_certificate'] else 'WS'} {self.address}"

    def _from_robot(self, message: Message) -> None:
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
        if self.is_down:
            return web.Response(status=503, text="Starting again.\n")
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, timeout=_CLOSE_S, protocols=(SUBPROTOCOL,))
        await socket.prepare(request)
        flow = Flow(Link(socket, request.transport), request.transport, self._deliver)
        self.flows.add(flow)
        self.switchboard.opened(flow)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not flow.frozen:
                    self._take(message.data, flow)
        finally:
            self.flows.discard(flow)
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
            flow.received += 1
            if flow.received == int(self.settings["drop_after"]):
                flow.link.drop()

    async def _ask_options(self) -> None:
        while seconds := float(self.settings["options_seconds"]):
            await asyncio.sleep(seconds)
            for user in self.registrar.users():
                for device in self.registrar.of(user):
                    request = self.floor.request("OPTIONS", device.contact, "options")
                    self.floor.tasks.start(self.floor.tell(request))

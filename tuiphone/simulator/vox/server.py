"""Vox's servers as far as the web SDK can tell (PROTOCOL.md), on loopback: IML on one port, accounts on the next.

Settings, as `--set vox.KEY=VALUE`: see DEFAULTS. To the control calls of all vendors, which are on the accounts' port,
it adds

    POST /sim/pstn-in  {"to", "from"}                a telephone calls a user (type 241)
    POST /sim/ask      {"userId", "name", "fields"}  a request of the server to the user's devices
    GET  /sim/digits?callId=                         the keys that the telephone of a call got
"""

import asyncio
import ssl
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.control import Control
from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.link import Link
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.robots import Robots
from tuiphone.simulator.vox import codec
from tuiphone.simulator.vox.calls import Calls
from tuiphone.simulator.vox.codec import FramingError
from tuiphone.simulator.vox.conferences import Conferences
from tuiphone.simulator.vox.device import connected
from tuiphone.simulator.vox.history import History
from tuiphone.simulator.vox.lookups import Lookups
from tuiphone.simulator.vox.people import People
from tuiphone.simulator.vox.rest import Accounts
from tuiphone.simulator.vox.roster import Roster
from tuiphone.simulator.vox.session import Office, Session
from tuiphone.simulator.vox.telephones import EchoTelephone

DEFAULTS: dict[str, Any] = {
    "port": 8989,
    "rest_port": 0,
    "project_id": "pid_demo",
    "auth_token": "sim-token",
    "ring_seconds": 60.0,
    "grace_seconds": 10.0,
    "did": "18005550100",
    "history": 1,
    "history_base": 0,
    "conference_pin": 1234,
    "rest_shape": "data",
    "rest_fails": 0,
    "stun": "",
    "turn": "",
    "turn_user": "",
    "turn_password": "",
    "unanswered": "",
    "tls_certificate": "",
    "tls_key": "",
}
"""`rest_port`: 0 is the one after `port`. `history`: 0 switches it off. `conference_pin`: 0 is another for each.
`stun`, `turn`: host:port. `unanswered`: message types, with commas, that get no reply."""

PASSWORDS = {"alice": "pw1", "bob": "pw2", "carol": "pw3"}
MAX_FRAME = 4 * 1024 * 1024
_MAX_FORM = 64 * 1024
_MOST_PORTS = 65_535
_PACKETS_AT_A_TIME = 50
_CLOSE_S = 0.3


class Vox:
    """The vendor: users' devices on an exchange, with robots, telephones and conferences."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {**DEFAULTS, **settings}
        self.port = int(self.settings["port"])
        self.rest_port = int(self.settings["rest_port"]) or (self.port + 1 if self.port else 0)
        if not 0 <= self.rest_port <= _MOST_PORTS:
            raise ValueError(f"the port of accounts would be {self.rest_port}")
        self.exchange = Exchange(
            ring_seconds=float(self.settings["ring_seconds"]),
            grace_seconds=float(self.settings["grace_seconds"]),
            make_ref=lambda: str(uuid.uuid4()),
            waits_for_devices=True,
        )
        self.robots = Robots(self.exchange)
        self.gateway = Gateway(self.exchange, EchoTelephone)
        self.people = People(PASSWORDS, self.robots.names)
        history = History()
        self.exchange.finished = history.finished
        self.roster = Roster(self.exchange, self.people)
        self.calls = Calls(self.exchange, self.gateway, self.people, history, str(self.settings["did"]))
        self.conferences = Conferences(self.exchange, self.people, int(self.settings["conference_pin"]))
        handlers = {**self.calls.handlers, **self.roster.handlers, **self.conferences.handlers}
        self._office = Office(
            exchange=self.exchange,
            people=self.people,
            history=history,
            roster=self.roster,
            conferences=self.conferences,
            handlers={**handlers, **Lookups(history, self.settings).handlers},
            project_id=str(self.settings["project_id"]),
            unanswered={int(number) for number in str(self.settings["unanswered"]).split(",") if number.strip()},
        )
        self._accounts = Accounts(self.people, self.settings, self.roster.joined, self._deleted)
        self._links: set[Link] = set()
        self._closing = Tasks()
        self._runners: list[web.AppRunner] = []

    async def start(self) -> dict[str, str]:
        """Listen on both ports; returns what the ready line says.

        Raises:
            OSError: a port is taken, or the certificate cannot be read.
        """
        wire = web.Application()
        wire.router.add_get("/{path:.*}", self._socket)
        self.port = await self._listen(wire, self.port, self._tls())
        rest = web.Application(client_max_size=_MAX_FORM)
        self._accounts.add_routes(rest)
        _Control(self).add_routes(rest)
        rest.router.add_get("/sim/digits", self._digits)
        self.rest_port = await self._listen(rest, self.rest_port, None)
        self.robots.start()
        return {"url": self.url, "http_url": f"http://{self._address(self.rest_port)}/", "rest_url": self.rest_url}

    async def close(self) -> None:
        """End every call and conference, close every socket."""
        for call in list(self.exchange.calls.values()):
            if not call.ended:
                self.exchange.hang_up(call.ref, call.caller)
        await asyncio.gather(
            self.conferences.close(),
            self.robots.close(),
            self.gateway.close(),
            *(link.close() for link in self._links),
        )
        self.exchange.close()
        await self._closing.finish()
        for runner in self._runners:
            await runner.cleanup()

    @property
    def url(self) -> str:
        """Where IML is."""
        return f"{'wss' if self.settings['tls_certificate'] else 'ws'}://{self._address(self.port)}/"

    @property
    def rest_url(self) -> str:
        """Where accounts are made."""
        return f"http://{self._address(self.rest_port)}/api/user"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "vox",
            "project_id": self.settings["project_id"],
            "auth_token": self.settings["auth_token"],
            "rest_url": self.rest_url,
            "iml_url": self.url,
            "username": user,
            "password": PASSWORDS.get(user, ""),
            "from_user": self.settings["did"],
        }

    def _address(self, port: int) -> str:
        return f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"

    def _tls(self) -> ssl.SSLContext | None:
        if not self.settings["tls_certificate"]:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.settings["tls_certificate"], self.settings["tls_key"] or None)
        return context

    async def _listen(self, app: web.Application, port: int, tls: ssl.SSLContext | None) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, self.host, port, ssl_context=tls).start()
        return runner.addresses[0][1]

    def links_of(self, user: str) -> list[Link]:
        """The sockets of a user's devices."""
        return [device.link for device in connected(self.exchange, user) if device.link]

    def _deleted(self, user: str) -> None:
        for device in connected(self.exchange, user):
            self.conferences.went(device)
            self.exchange.leave(device)
            if device.link:
                self._closing.start(device.link.close(reason="the user was deleted"))
            device.link = None
        self.roster.came_or_went(user)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404, text="This is tuiphone's simulator; it speaks WebSocket.\n")
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, timeout=_CLOSE_S)
        await socket.prepare(request)
        link = Link(socket, request.transport)
        session = Session(link, self._office)
        self._links.add(link)
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    for number, _ in enumerate(session.take(message.data)):
                        if number % _PACKETS_AT_A_TIME == _PACKETS_AT_A_TIME - 1:
                            await asyncio.sleep(0)
                elif message.type is WSMsgType.TEXT:
                    raise FramingError(codec.NO_BINARY, "a frame of text")
        except FramingError as broken:
            await link.close(broken.code, str(broken))
        finally:
            session.end()
            self._links.discard(link)
            await link.close()
        return socket

    async def _digits(self, request: web.Request) -> web.Response:
        call = self.exchange.calls.get(request.query.get("callId", ""))
        telephone = call.telephone if call else None
        return web.json_response({"digits": telephone.digits if isinstance(telephone, EchoTelephone) else ""})


class _Control(Control):
    """The control calls of all vendors, and two more."""

    def __init__(self, vox: Vox) -> None:
        super().__init__(vox.exchange, vox.gateway, vox.robots, vox.links_of)
        self._vox = vox

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        match what:
            case "pstn-in":
                return {"r": 0, "callId": self._vox.calls.inbound(str(body["to"]), str(body["from"])).ref}
            case "ask":
                devices = connected(self._vox.exchange, str(body["userId"]))
                fields = {str(key): value for key, value in dict(body.get("fields") or {}).items()}
                for device in devices:
                    device.ask(str(body["name"]), str(body.get("of", "")), **fields)
                return {"r": 0, "devices": len(devices)}
            case "push":
                # Raw bytes, as hexadecimal digits.
                frame = bytes.fromhex(str(body["raw"]))
                return self.on_links(body, lambda link: link.send_raw(frame))
            case _:
                return await super().carry_out(what, body)

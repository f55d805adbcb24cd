"""The server of Prostiezvonki as far as its public clients can tell (PROTOCOL.md), on loopback: one WebSocket of each
extension, the recordings that its events link to, and the control calls (`hooks`), all on one port."""

import asyncio
import contextlib
import ssl
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator.extensions import extension_of
from tuiphone.simulator.leg import Leg
from tuiphone.simulator.link import Link
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.prostiezvonki import envelope
from tuiphone.simulator.prostiezvonki.desk import Desk
from tuiphone.simulator.prostiezvonki.envelope import Code, Refusal
from tuiphone.simulator.prostiezvonki.hooks import Hooks
from tuiphone.simulator.prostiezvonki.login import Denied, Login, logged_in
from tuiphone.simulator.prostiezvonki.methods import Methods
from tuiphone.simulator.prostiezvonki.office import Office, Session
from tuiphone.simulator.prostiezvonki.pbx import Pbx
from tuiphone.simulator.prostiezvonki.records import Records
from tuiphone.simulator.prostiezvonki.switches import Switches

MAX_FRAME = 64 * 1024
DENIED, REPLACED = 4008, 4009
REASONS = {
    4001: "License check failed",
    4002: "License is invalid",
    4003: "License expired",
    4004: "License does not fit the connector type",
    4005: "License does not fit the connector version",
    4006: "No license for this client type",
    4007: "Too many users",
    REPLACED: "Another client with this phone number",
}
_PING = b"prostiezvonki"
_EVERYTHING = 127
_MOST_UNANSWERED_PINGS = 2
_CLOSE_S = 0.3


class Prostiezvonki:
    """The vendor: extensions, their calls, and telephones to call and be called by."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.switches = Switches(settings)
        self.port = int(self.switches.values["port"])
        self.office = Office(self.switches)
        self.records = Records(self.switches)
        self.pbx = Pbx(self.switches, self.office, self.records)
        self.desk = Desk(self.switches, self.pbx)
        self.methods = Methods(self.pbx, self.office, self.desk)
        self._links: set[Link] = set()
        self._closing = Tasks()
        self._runner: web.AppRunner | None = None

    def use_leg(self, leg: Leg) -> None:
        """From now on calls ring the devices of extensions that are registered there."""
        self.pbx.use_leg(leg)

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says.

        Raises:
            OSError: the port is taken, or the certificate cannot be read.
        """
        app = web.Application(client_max_size=MAX_FRAME)
        Hooks(
            switches=self.switches,
            office=self.office,
            pbx=self.pbx,
            desk=self.desk,
            methods=self.methods,
            close=self._close,
        ).add_routes(app)
        app.router.add_get("/records/{name}", self.records.serve)
        app.router.add_get("/{path:.*}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls()).start()
        self.port = self._runner.addresses[0][1]
        self.records.base_url = f"{self.http_url}records/"
        return {"url": self.url, "http_url": self.http_url}

    async def close(self) -> None:
        """End every call, close every socket."""
        await self.desk.close()
        await asyncio.gather(self.pbx.close(), self.methods.close(), *(link.close() for link in self._links))
        await self._closing.finish()
        if self._runner:
            await self._runner.cleanup()

    @property
    def address(self) -> str:
        """Host and port as an URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where the WebSocket is; the vendor's clients add their query to this."""
        return f"{'wss' if self._is_tls else 'ws'}://{self.address}"

    @property
    def http_url(self) -> str:
        """Where recordings and control calls are."""
        return f"{'https' if self._is_tls else 'http'}://{self.address}/"

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        extension = extension_of(user) or user
        return {
            "provider": "prostiezvonki",
            "host": self.url,
            "password": self.switches.users.get(extension, ""),
            "extension": extension,
            "broadcast_mask": _EVERYTHING,
            "sip_account": f"{user}-sip",
        }

    @property
    def _is_tls(self) -> bool:
        return bool(self.switches.text("tls_certificate"))

    def _tls(self) -> ssl.SSLContext | None:
        if not self._is_tls:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.switches.text("tls_certificate"), self.switches.text("tls_key") or None)
        return context

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket" or request.path != "/":
            return web.Response(status=404, text="This is tuiphone's simulator; it speaks WebSocket.\n")
        # aiohttp refuses frames of its limit already; and the vendor's clients know no compression.
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME + 1, timeout=_CLOSE_S, autoping=False, compress=False)
        await socket.prepare(request)
        link = Link(socket, request.transport)
        self._links.add(link)
        try:
            try:
                login = logged_in(request.raw_path, self.switches.users)
            except Denied as denied:
                await self._refuse(link, socket, DENIED, str(denied))
                return socket
            if code := self.switches.close_with.get(login.extension):
                await self._refuse(link, socket, code, REASONS.get(code, ""))
                return socket
            await self._serve(login, link, socket)
        finally:
            self._links.discard(link)
            await link.close()
        return socket

    async def _refuse(self, link: Link, socket: web.WebSocketResponse, code: int, reason: str) -> None:
        # A client is let in first and closed a moment later: only so does a browser learn the code (3.1).
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.switches.seconds("refuse_after_s")):
                async for _ in socket:
                    pass  # whatever it says meanwhile
        await link.close(code, reason)

    async def _serve(self, login: Login, link: Link, socket: web.WebSocketResponse) -> None:
        session = Session(login, link, self._is_tls)
        if earlier := self.office.join(session):
            self._closing.start(self._close(earlier, REPLACED))
        unanswered = 0

        async def ping() -> None:
            nonlocal unanswered
            while True:
                await asyncio.sleep(self.switches.seconds("ping_s"))
                if unanswered == _MOST_UNANSWERED_PINGS:
                    link.drop()
                    return
                unanswered += 1
                await socket.ping(_PING)

        pinging = asyncio.create_task(ping())
        try:
            async for message in socket:
                match message.type:
                    case WSMsgType.TEXT:
                        self._take(session, message.data)
                    case WSMsgType.PING:
                        await socket.pong(message.data)
                    case WSMsgType.PONG:
                        unanswered = 0
                    case _:
                        pass  # binary frames mean nothing here
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)
            self.office.leave(session)
            if login.extension not in self.office.sessions:
                self.desk.leave_alone(login.extension)

    def _take(self, session: Session, frame: str) -> None:
        request = envelope.NO_REQUEST
        try:
            request = envelope.request(frame, plain=session.plain)
            data = self.methods.carry_out(session.login.extension, request)
        except Refusal as refusal:
            session.send(envelope.response(refusal.code, request.id or "0", refusal.details, {}))
        else:
            session.send(envelope.response(Code.OK, request.id or "0", "OK", data))

    async def _close(self, session: Session, code: int) -> None:
        self.office.leave(session)
        await session.link.close(code, REASONS.get(code, ""))

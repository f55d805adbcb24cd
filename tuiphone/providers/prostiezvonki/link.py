"""The WebSocket to Prostiezvonki: its opening is the whole log-in; its frames are documents in one of two wrappings
(sections 3 and 4.1)."""

import asyncio
import logging
import ssl

from websockets.exceptions import ConnectionClosed

from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost
from tuiphone.core.trace import Trace
from tuiphone.providers.links import FrameSocket
from tuiphone.providers.prostiezvonki import requests, wire
from tuiphone.providers.prostiezvonki.settings import Settings, password_problem

log = logging.getLogger(__name__)

BINARY = ""
"""What a binary frame says: nothing (section 10)."""


class DocumentSocket(FrameSocket):
    """A WebSocket of text frames with an XML document in each (section 4.1)."""

    is_tls = False

    def _closed(self, error: ConnectionClosed) -> ConnectionLost:
        lost = super()._closed(error)
        if error.rcvd is None or not error.rcvd.reason or error.rcvd_then_sent is False:
            return lost
        # Their English reason is for the log alone (section 9).
        log.info("%s", lost)
        return ConnectionLost(f"{self.where} closed the connection (code {error.rcvd.code}).")

    async def send(self, document: str) -> None:
        """Send one document.

        Raises: ConnectionLost
        """
        frame = wire.wrap(document, is_tls=self.is_tls)
        self._trace.sent(self.where, document, size=len(frame))
        await self.send_frame(frame)

    async def receive(self) -> str:
        """The next document, unread; empty for a binary frame.

        Raises: BadFrame for a frame that has none, after which the link is still good; ConnectionLost
        """
        raw = await self.receive_frame()
        if not isinstance(raw, str):
            self._trace.received(self.where, f"(binary, {len(raw):,} bytes)", size=len(raw))
            return BINARY
        try:
            document = wire.unwrap(raw, is_tls=self.is_tls)
        except BadFrame:
            self._trace.received(self.where, raw, size=len(raw))
            raise
        self._trace.received(self.where, document, size=len(raw))
        return document


async def log_in(settings: Settings, trace: Trace) -> DocumentSocket:
    """Connect with the log-in in the address; whether it is accepted shows only afterwards (section 3.1).

    Raises: AccessDenied for a password that is too long, before anything is sent; ConnectionLost, ConfigError
    """
    password = "" if settings.password is None else await settings.password.read()
    if problem := password_problem(len(password)):
        raise AccessDenied(f"The password was not sent: {problem[0].lower()}{problem[1:]}")
    query = requests.login_query(
        password=password,
        client_type=settings.client_type,
        extension=settings.extension,
        broadcast_mask=settings.broadcast_mask,
        broadcast_group=settings.broadcast_group,
        version=settings.protocol_version,
    )
    socket = await DocumentSocket.open(f"{settings.url}?{query}", trace=trace, tls=await tls_of(settings))
    socket.is_tls = is_tls(settings)
    if not socket.is_tls and not socket.is_loopback:
        log.warning(
            "%s is spoken to in clear text: whoever is on the way can read the password; use wss://", socket.where
        )
    return socket


def is_tls(settings: Settings) -> bool:
    """The connection is secured, and documents go as they are."""
    return settings.url.lower().startswith("wss:")


async def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """How the server's certificate is looked at; None for as always."""
    if settings.verify_tls or not is_tls(settings):
        return None
    context = await asyncio.to_thread(ssl.create_default_context)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

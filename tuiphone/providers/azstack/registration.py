"""Being logged in at AZStack: ask the master which chat server to name, log in on a second connection, stay there."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NoReturn

from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost
from tuiphone.core.trace import Trace
from tuiphone.providers.azstack import errors, requests, token, wire
from tuiphone.providers.azstack.messages import ChatServer, LoggedIn, LoginRefused, Message
from tuiphone.providers.azstack.requests import Service
from tuiphone.providers.azstack.session import Session
from tuiphone.providers.azstack.settings import Settings
from tuiphone.providers.azstack.socket import PacketSocket
from tuiphone.providers.links import CONNECT_SECONDS


class Registration:
    """One user of one application. Both connections go to the same address (section 1), and nothing of one is kept
    for the next but our id."""

    def __init__(
        self,
        settings: Settings,
        *,
        trace: Trace,
        log: logging.Logger,
        online: Callable[[Session], None],
        renumbered: Callable[[int, int], None],
        handle: Callable[[Message], None],
    ) -> None:
        """`online` is told of the session before anything that follows on it is looked at, `renumbered` that AZStack
        knows us by another number than the last time."""
        self._settings = settings
        self._trace = trace
        self._log = log
        self._online = online
        self._renumbered = renumbered
        self._handle = handle
        self._user_id: int | None = None

    async def run(self) -> NoReturn:
        """Log in and stay until the link is lost.

        Raises: ProviderError, ConfigError
        """
        fresh = await token.fresh(self._settings)
        server = await self._chat_server()
        socket = await self._open()
        session = Session(
            socket,
            request_timeout=self._settings.request_timeout,
            ping_interval=self._settings.ping_interval,
            log=self._log,
        )
        reading = asyncio.create_task(session.run(self._handle), name="azstack-session")
        try:
            await self._log_in(session, server, fresh, reading)
            await asyncio.wait([reading])
            return reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await socket.close()

    async def _open(self) -> PacketSocket:
        timeout = min(CONNECT_SECONDS, self._settings.request_timeout)
        try:
            return await PacketSocket.open(self._settings.url, timeout=timeout, trace=self._trace)
        except ConnectionLost as lost:
            raise errors.error("ERR_SOCKET_CONNECT", str(lost)) from lost

    async def _chat_server(self) -> ChatServer:
        socket = await self._open()
        seconds = self._settings.request_timeout
        try:
            async with asyncio.timeout(seconds):
                request = requests.chat_server(self._settings.user_id)
                await socket.send(request.service, request.body)
                return _address_in(*await socket.receive(), socket.where)
        except TimeoutError as error:
            sentence = (
                f"{socket.where} did not say within {seconds:g} seconds which chat server to use. "
                "Check that `url` leads to AZStack, or try again later."
            )
            raise errors.error("ERR_REQUEST_TIMEOUT", sentence) from error
        finally:
            await socket.close()

    async def _log_in(self, session: Session, server: ChatServer, fresh: str, reading: asyncio.Task[Any]) -> None:
        settings = self._settings
        request = requests.authenticate(
            server, token=fresh, fullname=settings.fullname, namespace=settings.namespace, app_id=settings.app_id
        )

        def take(message: Message) -> LoggedIn | None:
            if isinstance(message, LoginRefused):
                code = "" if message.code is None else f" (resultCode {message.code})"
                raise AccessDenied(
                    f"AZStack refused the log-in: {message.detail}{code}. "
                    "Check app_id, public_key, user_id and user_credentials."
                )
            if not isinstance(message, LoggedIn):
                return None
            self._logged_in(session, message)
            return message

        try:
            await session.ask(request, take, reply=Service.LOGGED_IN)
        except ConnectionLost:
            reading.result() if reading.done() else await reading  # which knows better why

    def _logged_in(self, session: Session, said: LoggedIn) -> None:
        session.logged_in(said)
        before, self._user_id = self._user_id, said.user_id
        self._log.info("logged in at %s as user %d", session.where, said.user_id)
        self._online(session)
        if before is not None and before != said.user_id:
            self._renumbered(before, said.user_id)


def _address_in(service: int, body: dict[str, Any] | None, where: str) -> ChatServer:
    if service != Service.CHAT_SERVER:
        sentence = (
            f"{where} answered with service {service} instead of which chat server to use. "
            "Check that `url` leads to AZStack."
        )
        raise errors.error("ERR_SOCKET_UNKNOWN_SERVICE", sentence)
    try:
        for message in wire.decode(service, body):
            if isinstance(message, ChatServer):
                return message
    except BadFrame as error:
        raise errors.error("ERR_SOCKET_PARSE_BODY", f"{where}: {error} Check that `url` leads to AZStack.") from error
    raise errors.error("ERR_SOCKET_PARSE_BODY")

"""Being logged in as one device of one user: find a server, log in, renew the token, stay until the link is lost."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from itertools import count
from typing import Any

from tuiphone.core.errors import AccessDenied, ConnectionLost, RequestFailed
from tuiphone.core.ports import Memory
from tuiphone.core.trace import Trace
from tuiphone.providers.checks import address_problem
from tuiphone.providers.fields import MAX_ID
from tuiphone.providers.links import JsonSocket
from tuiphone.providers.oncaller import codes, requests, wire
from tuiphone.providers.oncaller.messages import LoggedIn, Push, Reply
from tuiphone.providers.oncaller.servers import Servers
from tuiphone.providers.oncaller.session import Session
from tuiphone.providers.oncaller.settings import Settings
from tuiphone.providers.oncaller.token import Credentials, TokenRefused

log = logging.getLogger(__name__)

SILENCE_GRACE_S = 15.0
"""How much longer than its own ping interval the server may be silent (section 4.4)."""
STANDBY_PAUSE_S = 0.5
MAX_STANDBYS = 3


class _Standby(Exception):
    """The server is a standby of this one."""


class Registration:
    """One device of one user. Its ids stay the same over lost links, so that the server knows it again."""

    def __init__(
        self,
        settings: Settings,
        memory: Memory,
        *,
        trace: Trace,
        online: Callable[[Session, LoggedIn], None],
        handle: Callable[[Push], None],
        tick: Callable[[], None],
    ) -> None:
        self.device_id = f"web-{uuid.uuid4()}"
        self._session_id = f"session-{uuid.uuid4()}"
        self._settings = settings
        self._memory = memory
        self._credentials = Credentials(settings)
        self._servers = Servers(settings, trace)
        self._trace = trace
        self._numbers = count(1)
        self._online = online
        self._handle = handle
        self._tick = tick

    @property
    def user_id(self) -> str | None:
        """Who we are, as far as settings, token or server have said."""
        return self._credentials.user_id

    async def run(self, *, tick_s: float) -> None:
        """Connect and stay, calling `tick` every so often; a refused token is replaced by a fresh one, once.

        Raises: ProviderError, ConfigError
        """
        token = await self._credentials.current()
        try:
            await self._run_with(token, tick_s)
        except TokenRefused as refused:
            log.info("%s", refused)
            await self._run_with(await self._credentials.renewed(refused), tick_s)

    async def _run_with(self, token: str, tick_s: float) -> None:
        url = await self._servers.next(token)
        for _ in range(MAX_STANDBYS):
            try:
                return await self._connect(url, token, tick_s)
            except _Standby as elsewhere:
                url = str(elsewhere)
                await asyncio.sleep(STANDBY_PAUSE_S)
        raise ConnectionLost("The servers keep sending us from one to the other.")

    async def _connect(self, url: str, token: str, tick_s: float) -> None:
        socket = await JsonSocket.open(url, secrets=requests.SECRET_KEYS, trace=self._trace)
        session = Session(socket, self._numbers)
        reading = asyncio.create_task(session.run(self._handle), name="oncaller-reader")
        try:
            self._refuse(await self._log_in(session, token, reading))
            while True:
                await asyncio.wait([reading], timeout=tick_s)
                if reading.done():
                    return reading.result()
                self._tick()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await socket.close()

    async def _log_in(self, session: Session, token: str, reading: asyncio.Task[Any]) -> Reply:
        request = requests.login(
            token=token,
            device_id=self.device_id,
            browser_id=self._browser_id(),
            session_id=self._session_id,
            device_name=self._settings.device_name[:MAX_ID],
        )
        try:
            return await session.request(request, on_reply=lambda reply: self._logged_in(session, reply))
        except ConnectionLost:
            return await reading  # which knows better why

    def _logged_in(self, session: Session, reply: Reply) -> None:
        """The link is good from here on; called before the next packet is looked at, which may be a call."""
        if reply.code == 0 and self._someone_else(reply) is None:
            said = wire.logged_in(reply)
            session.silence_s = said.ping_after_ms / 1000 + SILENCE_GRACE_S
            self._credentials.user_id = said.user_id or self._credentials.user_id
            self._servers.reached()
            self._online(session, said)

    def _refuse(self, reply: Reply) -> None:
        """Raise what a log-in that was refused comes to."""
        if reply.code == 0:
            if (other := self._someone_else(reply)) is not None:
                own = self._settings.user_id
                raise AccessDenied(f"The access token is for {other!r}, but user_id says {own!r}. Correct one of them.")
            return
        sentence = codes.sentence(codes.LOGIN, reply.code, reply.message)
        match reply.code:
            case 15:
                url = wire.standby_for(reply)
                if url and address_problem(url, "ws") is None:
                    raise _Standby(url)
                self._servers.skip()
                raise ConnectionLost("The server is only a standby at present.")
            case 6:
                raise TokenRefused(sentence)
            case code if code in codes.LOGIN:
                raise AccessDenied(sentence)
            case code:
                raise RequestFailed(code, sentence)

    def _someone_else(self, reply: Reply) -> str | None:
        user = wire.logged_in(reply).user_id
        return user if user and self._settings.user_id and user != self._settings.user_id else None

    def _browser_id(self) -> str:
        if (kept := self._memory.get("browser_id")) is None:
            kept = f"browser-{uuid.uuid4()}"
            self._memory.set("browser_id", kept)
        return kept

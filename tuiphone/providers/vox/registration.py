"""Being logged in at Vox: connect, log in, stay, log out on leaving (PROTOCOL.md sections 4.3 and 5)."""

import asyncio
import hashlib
import itertools
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, cast

from tuiphone.core.errors import AccessDenied, ConnectionLost, ProviderError, RequestFailed
from tuiphone.core.ports import Memory
from tuiphone.core.redact import learn
from tuiphone.core.trace import Trace
from tuiphone.providers.vox import codes, icelist, vox_pb2
from tuiphone.providers.vox.session import MAX_TRANSACTION, Session
from tuiphone.providers.vox.settings import MAX_DEVICE_ID, Settings, is_device_id
from tuiphone.providers.vox.socket import MAX_FRAME_BYTES, SECRET_KEYS, PacketSocket
from tuiphone.providers.vox.wire import Packet

log = logging.getLogger(__name__)

APP_NAME = "tuiphone"
GOODBYE_SECONDS = 1.0


class Registration:
    """One user of one project, on this device."""

    def __init__(
        self,
        settings: Settings,
        memory: Memory,
        *,
        trace: Trace,
        online: Callable[[Session], None],
        handle: Callable[[Packet], None],
    ) -> None:
        """`online` is told of the session before anything that follows on it is looked at."""
        self._settings = settings
        self._memory = memory
        self._trace = trace
        self._online = online
        self._handle = handle
        # Across connections too: a server may answer late what was asked on the one before.
        self._numbers = itertools.count(random.randrange(1, MAX_TRANSACTION // 2))
        self._replaced: asyncio.Event = asyncio.Event()

    @property
    def device_id(self) -> str:
        """How Vox knows this device: of the settings, or made up once."""
        if self._settings.device_id:
            return self._settings.device_id
        kept = self._memory.get("device_id")
        if kept is None or not is_device_id(kept):
            kept = str(random.randrange(1, MAX_DEVICE_ID))
            self._memory.set("device_id", kept)
        return kept

    async def run(self) -> NoReturn:
        """Log in and stay until the link is lost.

        Raises: ProviderError, ConfigError
        """
        password = await self._settings.password.read()
        push_token = await self._settings.push_token.read() if self._settings.push_token else None
        own_servers = await self._settings.own_ice_servers()
        socket = await PacketSocket.open(
            self._settings.iml_url, secrets=SECRET_KEYS, trace=self._trace, max_bytes=MAX_FRAME_BYTES
        )
        session = Session(socket, user=self._settings.username, numbers=self._numbers)
        session.ice_servers = own_servers
        self._replaced.clear()
        reading = asyncio.create_task(session.run(self._handle), name="vox-session")
        staying: asyncio.Task[None] | None = None
        try:
            await self._log_in(session, password, push_token, reading)
            staying = asyncio.create_task(self._stay(session), name="vox-staying")
            await asyncio.wait({reading, staying}, return_when=asyncio.FIRST_COMPLETED)
            if staying.done():
                staying.result()
            return reading.result()
        finally:
            if staying is not None:
                staying.cancel()
                if not reading.done():
                    await self._log_out(session)
            reading.cancel()
            await asyncio.gather(reading, *filter(None, [staying]), return_exceptions=True)
            await socket.close()

    def logged_in_elsewhere(self) -> None:
        """The server says so (type 311): find out whether it still has us here."""
        self._replaced.set()

    async def _log_in(
        self, session: Session, password: str, push_token: str | None, reading: asyncio.Task[Any]
    ) -> None:
        digest = pass_hash(self._settings.username, password)
        # Whoever has it can log in with it.
        learn(digest)
        request = {
            "sPassHash": digest,
            "sAuth": APP_NAME,
            "stOSName": vox_pb2.WEB,
            "sOSVersion": "-",
            "sAppName": APP_NAME,
            "sDeviceId": self.device_id,
            "sAppDetails": {"sAppName": "", "sCustomerId": "", "sAppId": self._settings.project_id, "sAppSecret": ""},
            **({"sPushDevToken": push_token} if push_token else {}),
        }
        try:
            said = cast("vox_pb2.loginRes", await session.ask("loginReq", **request))
        except RequestFailed as failed:
            if (denied := codes.denial(failed)) is not None:
                raise denied from failed
            raise
        except ConnectionLost:
            reading.result() if reading.done() else await reading  # which knows better why
            raise
        session.set_clock(said.uServerTime)
        session.media_bucket = said.sBucketName
        self._online(session)

    async def _stay(self, session: Session) -> None:
        """Ask for the servers between the peers; and, whenever we may have been replaced, whether we were."""
        own, is_doubtful = session.ice_servers, False
        while True:
            try:
                said = cast("vox_pb2.getStunTurnRes", await session.ask("getStunTurnReq"))
                session.set_ice_servers(icelist.merged(own, icelist.servers(said.stStunTurnInfo)))
            except ProviderError as error:
                session.set_ice_servers(session.ice_servers)
                if is_doubtful and isinstance(error, RequestFailed) and error.code == codes.LOGGED_OUT:
                    raise AccessDenied(
                        f"{session.user} logged in to Vox elsewhere as this very device, which took its place here. "
                        "Give this account another device_id, or switch it on again to take the place back."
                    ) from error
                log.info("no ICE servers from Vox: %s", error)
            await self._replaced.wait()
            self._replaced.clear()
            is_doubtful = True

    async def _log_out(self, session: Session) -> None:
        """Say that we leave; the server may be as slow as it likes about it, we are not."""
        with suppress(ProviderError, TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await session.ask("logoutReq", sPushEnable=False)


def pass_hash(username: str, password: str) -> str:
    """What Vox wants to see of a password."""
    return hashlib.sha256(f"{username}{password}".encode()).hexdigest()

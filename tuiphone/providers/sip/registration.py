"""Being registered: find a server, open a link, register, refresh, stay until the link is lost, and leave properly."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from tuiphone.core.errors import AccessDenied, ConnectionLost, PhoneError, ProviderError, RequestTimeout, TryLater
from tuiphone.core.ports import Memory
from tuiphone.core.trace import Trace
from tuiphone.providers.sip import binding
from tuiphone.providers.sip.agent import Agent, call_id
from tuiphone.providers.sip.binding import Granted
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.instance import identity_of, instance_of, routes_of
from tuiphone.providers.sip.link import SipLink
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.providers.sip.message import Response
from tuiphone.providers.sip.names import own_aor
from tuiphone.providers.sip.opening import opening
from tuiphone.providers.sip.outlook import Outlook
from tuiphone.providers.sip.servers import Servers
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri

log = logging.getLogger(__name__)

REGISTER_SECONDS = 10.0
LEAVE_SECONDS = 2.0
"""How long the server may take to hear that we go."""
REFRESH_AT = 0.8
"""Of the time that was granted."""
SHORTEST_REFRESH_SECONDS = 5.0
"""A server that grants less than this and a bit is asked no more often."""
AGAIN_SECONDS = 10.0
"""Between tries to refresh, while what was granted still holds."""


class Registration:
    """One device of one account. Its instance and Contact stay the same, so that a server knows it again.

    looking up ──> opening ──> registering ──200──> registered ──refresh at 80 %──┐
         ^            │ lost        │ 5xx, silence       │        ^─────200───────┘
         └────────────┴── next ─────┘ 403: AccessDenied  └── lost: ConnectionLost, and the phone tries again
    """

    def __init__(
        self,
        settings: Settings,
        memory: Memory,
        *,
        trace: Trace,
        online: Callable[[], None],
        lost: Callable[[], None],
        leaving: Callable[[], Awaitable[None]] | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        """`leaving` is what has to be said before the registration is taken back."""
        self.is_loopback = False
        """The server is on this machine."""
        self.is_online = False
        self._settings = settings
        self._trace = trace
        self._tell_online, self._tell_lost, self._tell_leaving = online, lost, leaving
        self._servers = Servers(settings, lookup=lookup)
        self._outlook = Outlook(memory)
        self._instance = instance_of(memory)
        self._aor = own_aor(settings)
        identity = identity_of(settings, self._instance)
        self._contact = identity.contact.uri
        self.agent = Agent(identity, note=lambda sentence: trace.note(self._where, sentence))
        self._where = settings.domain
        self._link: SipLink | None = None
        self._call_id = call_id()
        self._expires = settings.expires
        self._with_flow = True
        self._granted = Granted(settings.expires)
        self._granted_at = 0.0
        """Seconds since the epoch, as that clock goes on while the machine sleeps."""
        self._refresh_now = asyncio.Event()
        self._was_online = False
        """The last link got as far as that."""
        self._routes = routes_of(settings)

    def check(self) -> None:
        """Raises: ConnectionLost while not registered"""
        if not self.is_online:
            raise ConnectionLost(f"{self._settings.aor} is not registered now; it is tried again by itself.")

    async def run(self) -> None:
        """Register at the first server that takes us, and stay until the link is lost.

        Raises: ConnectionLost, TryLater, AccessDenied, RequestFailed, RequestTimeout, ConfigError
        """
        self._outlook.begin()
        failures: list[ProviderError] = []
        for server in await self._servers.round():
            try:
                return await self._at(server)
            except (ConnectionLost, RequestTimeout) as error:
                self._outlook.failed(error)
                # Calls may hang on a server that we were registered at: it is the first to be tried again.
                if not self._was_online or isinstance(error, TryLater):
                    self._servers.failed(server, error if isinstance(error, ConnectionLost) else None)
                if self._was_online and isinstance(error, TryLater):
                    # Another server may be content with us although this one wants to be left alone.
                    raise ConnectionLost(str(error)) from error
                if self._was_online:
                    raise
                failures.append(error)
        raise _all_of(failures)

    async def reachable(self) -> None:
        """Return when a server that was out of reach is in reach again."""
        await self._outlook.reachable()

    def stirred(self) -> None:
        """The machine woke, or has other addresses: the link may be dead, the registration too old."""
        if self._link is not None:
            self._link.doubt()
        if time.time() - self._granted_at > REFRESH_AT * self._granted.seconds:
            self._refresh_now.set()

    # -- one server -------------------------------------------------------------------------------------------------

    async def _at(self, server: Server) -> None:
        self._was_online = False
        how = await opening(self._settings)
        link = await SipLink.open(server, how, self._trace, silence_s=self._settings.keep_alive)
        self._link, self._where, self.is_loopback = link, link.where, link.is_loopback
        self._outlook.connected(link.there)
        self.agent.transport = "WSS" if server.url.startswith("wss:") else "WS"
        self.agent.opened(link.send, where=link.where)
        reading = asyncio.create_task(link.run(self.agent.received), name="sip-link")
        keeping = asyncio.create_task(self._keep(server, link), name="sip-registration")
        try:
            await asyncio.wait((reading, keeping), return_when=asyncio.FIRST_COMPLETED)
            # Who waits for an answer hears only that the link is gone; the link knows why.
            (reading if reading.done() else keeping).result()
        except asyncio.CancelledError:
            await self._leave(keeping, reading)
            raise
        finally:
            self._was_online = self.is_online
            self._link = None
            for task in (keeping, reading):
                task.cancel()
            await asyncio.gather(keeping, reading, return_exceptions=True)
            self.agent.lost()
            self._offline()
            await link.close()

    async def _keep(self, server: Server, link: SipLink) -> None:
        await self._register(link)
        self._servers.reached(server)
        self._outlook.registered()
        self._online()
        while True:
            wait = max(SHORTEST_REFRESH_SECONDS, REFRESH_AT * self._granted.seconds)
            await self._until_due(wait)
            await self._refresh(link)

    async def _until_due(self, seconds: float) -> None:
        self._refresh_now.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._refresh_now.wait()

    async def _refresh(self, link: SipLink) -> None:
        """Raises: ProviderError once what was granted is over"""
        while True:
            try:
                return await self._register(link)
            except (AccessDenied, RequestTimeout):
                raise
            except ProviderError as error:
                left = self._granted_at + self._granted.seconds - time.time()
                pause = error.seconds if isinstance(error, TryLater) else AGAIN_SECONDS
                if not self.agent.is_open or left <= pause:
                    raise
                log.warning("%s: not refreshed: %s", self._settings.aor, error)
                await asyncio.sleep(pause)

    async def _register(self, link: SipLink) -> None:
        """Register or refresh.

        Raises: ProviderError, ConfigError
        """
        asked_at = time.time()
        response = await self._ask(self._expires)
        for _ in range(2):
            if response.status == 423 and (longer := binding.at_least(response)) is not None:
                self._expires = max(longer, self._expires)
            elif response.status == 439 and self._with_flow:
                # RFC 5626 section 11.6: what stands before the registrar knows nothing of flows.
                self._with_flow = False
            else:
                break
            response = await self._ask(self._expires)
        if not response.is_success:
            raise binding.refusal(response, aor=self._settings.aor, where=link.where)
        self._granted = binding.granted(response, self._our_contact(self._expires), asked=self._expires)
        self._granted_at = asked_at
        if self._granted.flow_timer is not None:
            link.keep_flow(self._granted.flow_timer)
        self.agent.routes = self._granted.routes or self._routes
        self.agent.identity.contact = NameAddr(None, self._granted.gruu or self._here())

    async def _ask(self, expires: int) -> Response:
        secret = self._settings.password
        self.agent.use_password("" if secret is None else await secret.read())
        try:
            return await self._send(expires)
        except AccessDenied as error:
            if secret is None:
                raise AccessDenied(
                    f"{self._where} wants a password for {self._settings.aor}, and the account has none. Give it one."
                ) from error
            if secret.is_fixed or (fresh := await secret.read()) == self.agent.identity.password:
                raise AccessDenied(f"{self._where}: {error}") from error
            self.agent.use_password(fresh)
            return await self._send(expires)

    async def _send(self, expires: int) -> Response:
        registrar = Uri("sip", host=self._settings.domain)
        request = self.agent.request(
            "REGISTER",
            registrar,
            to=NameAddr(None, self._aor),
            call_id=self._call_id,
            headers=(
                ("Contact", str(self._our_contact(expires))),
                ("Expires", str(expires)),
                ("Supported", binding.SUPPORTED),
            ),
            routes=self._routes,
        )
        return await self.agent.ask(request, timeout=REGISTER_SECONDS)

    async def _leave(self, keeping: "asyncio.Task[None]", reading: "asyncio.Task[None]") -> None:
        """Take the registration back, so that nobody rings a phone that is gone."""
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if not self.is_online or reading.done():
            return
        with contextlib.suppress(PhoneError, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                if self._tell_leaving is not None:
                    await self._tell_leaving()
                await self._send(0)

    # -- small things -----------------------------------------------------------------------------------------------

    def _our_contact(self, expires: int) -> NameAddr:
        urn = f"urn:uuid:{self._instance}"
        return binding.contact(self._contact, instance=urn, expires=expires, with_flow=self._with_flow)

    def _here(self) -> Uri:
        # RFC 5626 section 4.3: the dialog is to stay on the connection it began on.
        return self._contact.with_params(ob=None) if self._granted.is_outbound else self._contact

    def _online(self) -> None:
        self.is_online = True
        self._tell_online()

    def _offline(self) -> None:
        if self.is_online:
            self.is_online = False
            self._tell_lost()


def _all_of(failures: list[ProviderError]) -> ProviderError:
    """What to say when no server took us."""
    first, *others = failures
    if not others:
        return first
    said = " ".join(dict.fromkeys(str(error) for error in failures[:3]))
    waits = [error.seconds for error in failures if isinstance(error, TryLater)]
    return TryLater(said, min(waits)) if len(waits) == len(failures) else ConnectionLost(said)

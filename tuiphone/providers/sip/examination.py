"""Looks at a SIP account from here to the registrar, and leaves everything as it is."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.errors import AccessDenied, PhoneError
from tuiphone.core.trace import Trace
from tuiphone.providers.checkup import bad, clock, good, lifetime, warn, way_to
from tuiphone.providers.links import place
from tuiphone.providers.sip import binding
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.instance import identity_of, routes_of
from tuiphone.providers.sip.link import SipLink
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.providers.sip.message import BadMessage, Response
from tuiphone.providers.sip.opening import Opening, opening
from tuiphone.providers.sip.registration import REGISTER_SECONDS
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri

MAX_SERVERS = 4
"""That are looked at; the settings may name more."""


class Examination:
    """Of one account. Nothing is registered: a REGISTER without Contact only asks (RFC 3261 section 10.2.3)."""

    def __init__(self, settings: Settings, trace: Trace, *, lookup: Lookup | None = None) -> None:
        self._settings = settings
        self._trace = trace
        self._lookup = lookup or Lookup()
        self._was_open = False
        self._has_asked = False
        """The clock was compared."""

    async def run(self) -> AsyncIterator[Finding]:
        """A finding at a time."""
        try:
            how = await opening(self._settings)
        except PhoneError as error:
            yield bad("settings", str(error))
            return
        async for finding in self._own_certificate():
            yield finding
        servers: list[Server] = []
        async for finding in self._servers(servers):
            yield finding
        for server in servers[:MAX_SERVERS]:
            is_open = True
            async for finding in way_to(server.url, tls=how.tls, tls_name=server.tls_name):
                yield finding
                is_open = is_open and finding.verdict is not Verdict.BAD
            if is_open:
                async for finding in self._talk(server, how):
                    yield finding
        if self._was_open and not self._has_asked:
            yield good("clock", f"No server said its time; here it is {formatdate(usegmt=True)}, so compare.")
        if len(servers) > MAX_SERVERS:
            yield warn("server", f"There are {len(servers)}; only the first {MAX_SERVERS} were looked at.")

    async def _own_certificate(self) -> AsyncIterator[Finding]:
        if self._settings.certificate is None:
            return
        finding = await asyncio.to_thread(_own_lifetime, Path(self._settings.certificate).expanduser())
        if finding is not None:
            yield finding

    async def _servers(self, servers: list[Server]) -> AsyncIterator[Finding]:
        if self._settings.addresses:
            servers += [Server(address) for address in self._settings.addresses]
            return
        try:
            found = await self._lookup.servers(self._settings.domain, self._settings.path)
        except PhoneError as error:
            yield bad("DNS", str(error))
            return
        servers += found.servers
        places = ", ".join(place(server.url) for server in found.servers[:MAX_SERVERS])
        is_guess = found.servers[0] == Server(f"wss://{self._settings.domain}:443{self._settings.path}")
        said = f"{found.said}: {places}."
        yield warn("DNS", f"{said} If it is another one, set `server`.") if is_guess else good("DNS", said)

    async def _talk(self, server: Server, how: Opening) -> AsyncIterator[Finding]:
        begun = time.monotonic()
        try:
            link = await SipLink.open(server, how, self._trace, silence_s=self._settings.keep_alive)
        except PhoneError as error:
            yield bad("WebSocket", str(error))
            return
        took = 1000 * (time.monotonic() - begun)
        self._was_open = True
        yield good("WebSocket", f"{link.where} speaks SIP over WebSocket ({took:.0f} ms).")
        agent = Agent(identity_of(self._settings, str(uuid.uuid4())))
        agent.transport = "WSS" if server.url.startswith("wss:") else "WS"
        agent.opened(link.send, where=link.where)
        reading = asyncio.create_task(link.run(agent.received), name="sip-examination")
        # The answer may be long in coming, and the password in being read.
        date, heard_at = link.date, time.time()
        try:
            response = await self._query(agent, reading)
            if said := response.headers.get("Date"):
                date, heard_at = said, time.time()
            yield self._registered(response, link.where)
        except AccessDenied as error:
            wants = "" if self._settings.password else " The account has no password."
            yield bad("registration", f"{link.where}: {error}{wants}")
        except PhoneError as error:
            yield bad("registration", f"{link.where}: {error}")
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            agent.lost()
            await link.close()
        if not self._has_asked and (finding := clock(date, heard_at)) is not None:
            self._has_asked = True
            yield finding

    async def _query(self, agent: Agent, reading: "asyncio.Task[None]") -> Response:
        """Raises: PhoneError"""
        secret = self._settings.password
        agent.use_password("" if secret is None else await secret.read())
        registrar = Uri("sip", host=self._settings.domain)
        request = agent.request(
            "REGISTER", registrar, to=NameAddr(None, agent.identity.aor), routes=routes_of(self._settings)
        )
        asking = asyncio.create_task(agent.ask(request, timeout=REGISTER_SECONDS))
        await asyncio.wait((asking, reading), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            reading.result()
        return asking.result()

    def _registered(self, response: Response, where: str) -> Finding:
        if not response.is_success:
            return bad("registration", str(binding.refusal(response, aor=self._settings.aor, where=where)))
        try:
            count = len(response.contacts)
        except BadMessage:
            return warn(
                "registration", f"{where} knows {self._settings.aor}, and lists its devices as nobody can read."
            )
        devices = {0: "no device is", 1: "one device is"}.get(count, f"{count} devices are")
        return good("registration", f"{where} knows {self._settings.aor} by its password; {devices} registered now.")


def _own_lifetime(file: Path) -> Finding | None:
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # the opening said so already
    return lifetime("own certificate", ends.timestamp(), time.time(), remedy="Ask who gave it to you for another.")

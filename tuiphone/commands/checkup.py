"""`tuiphone doctor --account A`: the way from here to the account's server and back for sound, a line a finding."""

import contextlib
import time
from collections.abc import AsyncIterator

from tuiphone.commands.account import settings_of
from tuiphone.commands.carriers import linked_of, mistake_in
from tuiphone.control.client import RemotePhone
from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import Link
from tuiphone.core.login import NoMemory, log_in_once
from tuiphone.core.provider import Provider
from tuiphone.core.redact import redact
from tuiphone.core.state import AccountState
from tuiphone.providers.registry import find as find_provider
from tuiphone.store.accounts import AccountConfig
from tuiphone.store.paths import Paths

MAX_ADDRESSES = 4


async def look(paths: Paths, account: AccountConfig) -> AsyncIterator[Finding]:
    """Everything about one account whose settings are in order; nothing of it is a secret."""
    async for finding in _look(paths, account):
        yield Finding(finding.verdict, finding.what, redact(finding.said))


async def _look(paths: Paths, account: AccountConfig) -> AsyncIterator[Finding]:
    from tuiphone.media.traversal import look as look_at_traversal
    from tuiphone.providers.checkup import urls_of
    from tuiphone.providers.links import is_loopback

    kind = find_provider(account.provider)
    provider = kind(account.settings, lambda event: None, NoMemory())
    in_engine = await _in_engine(paths, account.name)
    knows_how = False
    async for finding in provider.examine():
        knows_how = True
        yield finding
    if not knows_how:
        async for finding in _plainly(provider, urls_of(account.settings)):
            yield finding
        yield await _logged_in(account, in_engine)
    elif in_engine is not None:
        yield _as_in_engine(in_engine)
    if Capability.MEDIA not in provider.capabilities:
        yield _sound(paths, account)
        return  # no sound of its own takes any way
    hosts = provider.hosts
    servers = getattr(account.settings, "ice_servers", None)
    if servers is None and not knows_how:
        yield Finding(Verdict.GOOD, "STUN", f"{provider.title} names its STUN and TURN servers when a call begins.")
        return
    async for finding in look_at_traversal(servers, is_local=bool(hosts) and all(map(is_loopback, hosts))):
        yield finding


async def _plainly(provider: Provider, urls: tuple[str, ...]) -> AsyncIterator[Finding]:
    """What can be said of any vendor's server."""
    from tuiphone.providers.checkup import clock, date_of, way_to

    if not urls:
        yield Finding(Verdict.WARN, "server", f"The account names no address of {provider.title}'s.")
    finding_of_clock: Finding | None = None
    for url in urls[:MAX_ADDRESSES]:
        is_open = True
        async for finding in way_to(url):
            yield finding
            is_open = is_open and finding.verdict is not Verdict.BAD
        if is_open and finding_of_clock is None:
            finding_of_clock = clock(await date_of(url), time.time())
    if finding_of_clock is not None:
        yield finding_of_clock


async def _logged_in(account: AccountConfig, in_engine: AccountState | None) -> Finding:
    # Logging in a second time would take the line from the phone that runs, at some vendors.
    if in_engine is not None and in_engine.link not in (Link.OFF, Link.BROKEN):
        return _as_in_engine(in_engine)
    kind = find_provider(account.provider)
    try:
        await log_in_once(lambda emit, memory: kind(account.settings, emit, memory))
    except PhoneError as error:
        return Finding(Verdict.BAD, "login", str(error))
    return Finding(Verdict.GOOD, "login", f"{kind.title} let us in.")


def _sound(paths: Paths, account: AccountConfig) -> Finding:
    if (wrong := mistake_in(paths, account, settings_of)) is not None:
        return Finding(Verdict.BAD, "sound", f"On your desk phone only: {wrong}")
    if (linked := linked_of(account)) is None:
        return Finding(Verdict.GOOD, "sound", "No sip_account is named, so you talk on your desk phone.")
    return Finding(Verdict.GOOD, "sound", f"It is carried by the account {linked}; look at that one as well.")


def _as_in_engine(known: AccountState) -> Finding:
    said = f"In the engine that runs, the account is {known.link.value}"
    detail = f": {known.detail}" if known.detail else "."
    verdict = Verdict.GOOD if known.link in (Link.ONLINE, Link.OFF) else Verdict.WARN
    return Finding(verdict, "engine", said + detail)


async def _in_engine(paths: Paths, name: str) -> AccountState | None:
    """How the account stands in a running engine; None where there is none."""
    phone = RemotePhone(paths.socket, screen=False, program="doctor")
    with contextlib.suppress(PhoneError):
        await phone.attach()
        try:
            return phone.state.account(name)
        finally:
            await phone.close()
    return None

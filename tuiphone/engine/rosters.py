"""The rosters of the accounts that keep one at their vendor: read on login, mirrored, and watched for presence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tuiphone.core.capability import Capability
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import ConnectionChanged, ContactsChanged, Link, PresenceChanged, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.model import Address, Contact
from tuiphone.engine.directory import MAX_WATCHED, Presences
from tuiphone.engine.service import Parts

_log = logging.getLogger(__name__)


class Rosters:
    """Follows the accounts; `changed` is called when people look otherwise, `mirrored` when they are others."""

    def __init__(
        self,
        parts: Parts,
        presences: Presences,
        *,
        changed: Callable[[], None],
        mirrored: Callable[[], Awaitable[None]],
    ) -> None:
        self._parts = parts
        self._presences = presences
        self._changed = changed
        self._mirrored = mirrored
        self._due: dict[str, tuple[Contact, ...]] = {}
        """The newest roster of each account, until it is mirrored; older ones are not worth it any more."""
        self._watched: dict[str, frozenset[Address]] = {}
        self._mirroring = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, change: Change) -> None:
        """Follow what the accounts tell."""
        account = change.account
        match change.event:
            case ConnectionChanged(link=Link.ONLINE):
                self._spawn(self._read(account))
            case ConnectionChanged():
                self._watched.pop(account, None)
                if self._presences.forget(account):
                    self._changed()
            case ContactsChanged(contacts):
                self._take(account, contacts)
            case PresenceChanged(who, presence) if change.after.account(account) is not None:
                if self._presences.take(account, who, presence):
                    self._changed()
            case _:
                pass

    def watch_all(self) -> None:
        """There may be new people to watch on every account."""
        for known in self._parts.phone.state.accounts:
            if known.link is Link.ONLINE:
                self._spawn(self._watch(known.account.name))

    async def close(self) -> None:
        """Ask nothing more; what is not mirrored yet is asked for again at the next login."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, account: str, contacts: tuple[Contact, ...]) -> None:
        is_waiting = account in self._due
        self._due[account] = contacts
        if not is_waiting:
            self._spawn(self._mirror(account))

    async def _mirror(self, account: str) -> None:
        async with self._mirroring:
            contacts = self._due.pop(account)
            if await self._parts.contacts.take_roster(account, contacts):
                await self._mirrored()
        await self._watch(account)

    async def _read(self, account: str) -> None:
        if self._can(account, Capability.CONTACTS):
            self._take(account, await self._parts.phone.contacts(account))
        else:
            await self._watch(account)

    async def _watch(self, account: str) -> None:
        """Have the vendor tell of everybody the person knows there."""
        if not self._can(account, Capability.PRESENCE):
            return
        known = await self._parts.contacts.of_account(account, hosts=self._can(account, Capability.DIAL_URI))
        addresses = frozenset(known[:MAX_WATCHED])
        if addresses - self._watched.get(account, frozenset()):
            self._watched[account] = addresses
            try:
                await self._parts.phone.watch(account, addresses)
            except BaseException:
                self._watched.pop(account, None)
                raise

    def _can(self, account: str, needed: Capability) -> bool:
        known = self._parts.phone.state.account(account)
        return known is not None and known.link is Link.ONLINE and needed in known.account.capabilities

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the contacts of an account could not be followed", exc_info=error)

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except PhoneError as error:
            _log.warning("contacts: %s", error)
            self._parts.phone.emit(ProviderFaulted(f"The contacts are not up to date: {error}"))

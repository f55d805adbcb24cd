"""Roster: the accounts that can be used, their links, and which of them makes a call."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from tuiphone.core.capability import Capability
from tuiphone.core.carrier import can_carry
from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible
from tuiphone.core.events import AccountAdded, ConnectionChanged, Link, ProviderEvent, TextReceived
from tuiphone.core.inbox import Inbox
from tuiphone.core.keeper import Keeper
from tuiphone.core.ledger import Ledger
from tuiphone.core.model import Account, Address, address_from_text, names_a_host
from tuiphone.core.provider import Provider
from tuiphone.core.state import AccountState
from tuiphone.core.trace import Trace

MAX_TRACES = 100
Read = TypeVar("Read")
_NOTHING = Capability(0)


class Roster:
    """A Keeper for each account whose settings can be used; what becomes of their links goes into the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._keepers: dict[str, Keeper] = {}
        self._traces: dict[str, Trace] = {}
        """Of accounts that are gone as well: one looks at them while one changes an account's settings."""
        self.inbox: Inbox | None = None
        """Where messages go before they are told of."""

    def add(self, account: Account, make: Callable[[Callable[[ProviderEvent], None]], Provider]) -> Keeper:
        """Take in an account; `make` builds its provider from the emit function. Replaces one of the same name."""
        provider = make(partial(self._told, account.name))
        provider.inbox = partial(self._keep_text, account.name)
        if (before := self._traces.pop(account.name, None)) is not None:
            provider.trace.adopt(before)
        self._traces[account.name] = provider.trace
        while len(self._traces) > MAX_TRACES:
            del self._traces[next(iter(self._traces))]
        account = replace(
            account, identity=provider.identity, numbers=tuple(provider.numbers), linked=provider.linked_account
        )
        self._ledger.emit(account.name, AccountAdded(account))
        keeper = self._keepers[account.name] = Keeper(
            account.name, provider, self._ledger.emit, self._ledger.clock, room=self._room
        )
        return keeper

    def _told(self, account: str, event: ProviderEvent) -> None:
        if isinstance(event, TextReceived) and self.inbox is not None:
            self.inbox.take(account, event, self._ledger.clock())
        else:
            self._ledger.emit(account, event)

    async def _keep_text(self, account: str, text: TextReceived) -> None:
        if self.inbox is None:
            self._ledger.emit(account, text)
        else:
            await self.inbox.keep(account, text, self._ledger.clock())

    async def _room(self) -> None:
        await self._ledger.room()
        if self.inbox is not None:
            await self.inbox.room()

    @property
    def traces(self) -> Mapping[str, Trace]:
        """What went over the wire, by account."""
        return self._traces

    @property
    def linked_accounts(self) -> frozenset[str]:
        """The accounts that carry the sound of others."""
        return frozenset(filter(None, map(self.linked, self._keepers)))

    def linked(self, control: str) -> str | None:
        """The account that has, or had, the sound of this one's calls: it can, unless it is not there."""
        keeper = self._keepers.get(control)
        if keeper is None or (name := keeper.provider.linked_account) is None:
            return None
        if (carrier := self._keepers.get(name)) is None:
            return name
        return name if can_carry(carrier.provider.capabilities, carrier.provider.linked_account) else None

    def find(self, name: str) -> Keeper | None:
        """The keeper of this account, if it can be used."""
        return self._keepers.get(name)

    def keeper(self, name: str) -> Keeper:
        """The keeper of this account. Raises: NotPossible when there is none, with what there is."""
        if (keeper := self._keepers.get(name)) is None:
            state = self._ledger.state.account(name)
            if state is not None:
                raise NotPossible(f"{name} cannot be used: {state.detail}")
            known = ", ".join(known.account.name for known in self._ledger.state.accounts) or "none yet"
            raise NotPossible(f"There is no account {name}; there are: {known}.")
        return keeper

    def provider(self, name: str) -> Provider:
        """The provider of this account. Raises: NotPossible as `keeper`."""
        return self.keeper(name).provider

    def online(self, name: str) -> Provider:
        """The provider of this account, which is registered. Raises: NotPossible, ConnectionLost"""
        provider, state = self.provider(name), self._ledger.state.account(name)
        if state is None:
            raise ConnectionLost(f"{name} is not connected yet; try again in a moment.")
        if state.link is not Link.ONLINE:
            raise ConnectionLost(_not_connected(state))
        return provider

    def retry(self, name: str) -> None:
        """Connect now. Raises: NotPossible when the account is switched off."""
        keeper, state = self.keeper(name), self._ledger.state.account(name)
        if state is not None and state.link is Link.OFF:
            raise NotPossible(_not_connected(state))
        keeper.retry()

    def stirred(self) -> None:
        """The machine woke from sleep, or has other addresses."""
        for keeper in self._keepers.values():
            keeper.stirred()

    def attended(self) -> None:
        """Somebody looks at the calls of the extension groups."""
        for keeper in self._keepers.values():
            keeper.provider.attended()

    async def stop(self, name: str) -> None:
        """Let the account's link go."""
        await self.keeper(name).stop()
        self._ledger.emit(name, ConnectionChanged(Link.OFF))

    async def remove(self, name: str) -> None:
        """Let the account go: from here on nothing can be begun on it."""
        if (keeper := self._keepers.pop(name, None)) is not None:
            await keeper.stop()

    async def stop_all(self) -> None:
        """Let every link go."""
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers.values()))

    def route(self, text: str, account: str | None) -> tuple[str, Address]:
        """Which account calls, and whom: the one asked for, else the first connected one that can.

        Raises: NotPossible, BadAddress
        """
        if account is not None:
            return account, address_from_text(text, self.provider(account).capabilities)
        if not (names := self._by_readiness()):
            raise NotPossible("There is no account to call with; add one with: tuiphone account add")
        if names_a_host(text):
            # Others would call a user of that name at their own vendor, who is somebody else.
            names.sort(key=lambda name: Capability.DIAL_URI not in self._keepers[name].provider.capabilities)
        return self._first(names, lambda capabilities: address_from_text(text, capabilities))

    def route_group(self, people: Iterable[str], account: str | None) -> tuple[str, tuple[Address, ...]]:
        """Which account calls these people together, and who they are; as `route`.

        Raises: NotPossible, BadAddress
        """
        texts = tuple(people)

        def all_of(capabilities: Capability) -> tuple[Address, ...]:
            return tuple(dict.fromkeys(address_from_text(text, capabilities) for text in texts))

        if account is not None:
            if Capability.GROUP not in (capabilities := self.provider(account).capabilities):
                raise NotPossible(f"{account} has no group calls; call one after the other and join the calls.")
            return account, all_of(capabilities)
        if not (names := self._by_readiness(Capability.GROUP)):
            raise NotPossible("No account here has group calls; call one after the other and join the calls.")
        return self._first(names, all_of)

    def _by_readiness(self, needed: Capability = _NOTHING) -> list[str]:
        """The accounts that can be used for this, those that are connected first, and of them those with sound."""
        can = {name: keeper.provider.capabilities for name, keeper in self._keepers.items()}
        usable = [known for known in self._ledger.state.accounts if known.account.name in can]
        usable.sort(key=lambda known: (known.link is not Link.ONLINE, Capability.MEDIA not in can[known.account.name]))
        return [known.account.name for known in usable if needed in can[known.account.name]]

    def _first(self, names: list[str], read: Callable[[Capability], Read]) -> tuple[str, Read]:
        """The first account that can make something of what was typed; else what the first one says of it."""
        refusal: BadAddress | None = None
        for name in names:
            try:
                return name, read(self._keepers[name].provider.capabilities)
            except BadAddress as error:
                refusal = refusal or error
        assert refusal is not None
        raise refusal


def _not_connected(state: AccountState) -> str:
    name, link, detail = state.account.name, state.link, state.detail
    match link:
        case Link.OFF:
            return f"{name} is switched off; switch it on first."
        case Link.FAILED | Link.BROKEN:
            return f"{name} is not connected: {detail or link.value}"
        case _:
            return f"{name} is {link.value}; try again in a moment." + (f" ({detail})" if detail else "")

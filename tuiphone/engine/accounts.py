"""Accounts: reads their files into the phone, and keeps both in line."""

import asyncio
from collections.abc import Callable

from tuiphone.control import accounts
from tuiphone.core.capability import Capability
from tuiphone.core.events import CallEnded, ProviderEvent
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account
from tuiphone.core.provider import Provider
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.providers.registry import find as find_provider
from tuiphone.store import editing
from tuiphone.store.accounts import AccountConfig, BrokenAccount, account_file, load_account, load_accounts
from tuiphone.store.desk import forget as forget_desk
from tuiphone.store.memory import AccountMemory, forget


class AccountService(Service):
    """Answers what is asked of accounts."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._loaded: dict[str, AccountConfig | BrokenAccount] = {}
        """What the account files said when they were read last."""
        self._reading = asyncio.Lock()
        """Two screens may ask for the files to be read again at once."""
        self._postponed: frozenset[str] = frozenset()
        """Accounts whose files changed while they had a call."""
        self._later: set[asyncio.Task[object]] = set()

    @property
    def handlers(self) -> Handlers:
        return {
            accounts.SwitchAccount: self.switch,
            accounts.ReloadAccounts: self.reload,
            accounts.RemoveAccount: self.remove,
        }

    async def start(self) -> None:
        """Hear of calls that end."""
        self.parts.phone.listen(self._after_calls)

    async def close(self) -> None:
        """Read nothing any more."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def _after_calls(self, change: Change) -> None:
        if isinstance(change.event, CallEnded) and change.account in self._postponed:
            # The phone waits for its listeners, and taking an account over waits for the phone.
            task = asyncio.create_task(self.take(), name="accounts-later")
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def take(self, *, at_once: str | None = None) -> tuple[str, ...]:
        """Bring the phone's accounts in line with their files, leaving alone what did not change.

        An account with a call on it goes on as it was until that is over, unless it is to be done `at_once`; returns
        those that do.
        """
        async with self._reading:
            found = {
                account.name: account
                for account in await asyncio.to_thread(load_accounts, self.parts.paths, settings_of)
            }
            changed = [name for name, account in self._loaded.items() if found.get(name) != account]
            talking = {call.id.account for call in self.parts.phone.state.live_calls} - {at_once}
            self._postponed = frozenset(talking.intersection(changed))
            for name in changed:
                if name in self._postponed:
                    continue
                await self.parts.phone.remove_account(name)
                del self._loaded[name]
                if name not in found:
                    await forget(self.parts.database, name)
                    await forget_desk(self.parts.database, name)
            for name, account in found.items():
                if name not in self._loaded:
                    self._loaded[name] = account
                    await self._take_one(account)
            return tuple(sorted(self._postponed))

    async def _take_one(self, account: AccountConfig | BrokenAccount) -> None:
        if isinstance(account, BrokenAccount):
            problem = "\n".join(str(problem) for problem in account.problems)
            nothing = Account(account.name, account.provider or "?", Capability(0))
            self.parts.phone.add_broken_account(nothing, problem)
            return
        provider_class = find_provider(account.provider)
        memory = await AccountMemory.load(self.parts.database, account.name)

        def make(emit: Callable[[ProviderEvent], None]) -> Provider:
            return provider_class(account.settings, emit, memory)

        self.parts.phone.add_account(
            Account(
                account.name,
                account.provider,
                provider_class.capabilities,
                country=account.country,
                auto_answer=account.auto_answer,
                redirect_to=account.redirect_to,
            ),
            make,
            enabled=account.enabled,
        )

    async def switch(self, command: accounts.SwitchAccount) -> None:
        """Switch an account on or off for good."""
        async with self._reading:
            await self.parts.phone.switch_account(command.account, command.on)
            # So that the next reload does not take the account for a changed one.
            self._loaded[command.account] = await asyncio.to_thread(self._switch_in_file, command.account, command.on)

    def _switch_in_file(self, account: str, on: bool) -> AccountConfig | BrokenAccount:
        editing.set_enabled(self.parts.paths, account, on)
        return load_account(account_file(self.parts.paths, account), settings_of)

    async def reload(self, _: accounts.ReloadAccounts) -> accounts.Reloaded:
        """Read the account files again."""
        return accounts.Reloaded(await self.take())

    async def remove(self, command: accounts.RemoveAccount) -> None:
        """Delete an account's file, end its calls and let its link go."""
        await asyncio.to_thread(editing.remove_account, self.parts.paths, command.account)
        await self.take(at_once=command.account)


def settings_of(provider: str) -> type:
    """The Settings of a provider. Raises: ConfigError when there is no such provider."""
    return find_provider(provider).Settings

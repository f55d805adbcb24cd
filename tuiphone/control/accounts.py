"""Accounts: switching, connecting, reading their files."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message


class SwitchAccount(Message, frozen=True):
    """Switch an account on or off; kept in its file."""

    account: str
    on: bool


class RetryAccount(Message, frozen=True):
    """Connect now instead of after the pause, or after refused credentials."""

    account: str


class ReloadAccounts(Message, frozen=True):
    """Read the account files again."""


Command: TypeAlias = SwitchAccount | RetryAccount | ReloadAccounts


class AccountVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def switch_account(self, account: str, on: bool) -> None:
        """Switch an account on or off."""
        await self.request(SwitchAccount(account, on))

    async def retry_account(self, account: str) -> None:
        """Connect now."""
        await self.request(RetryAccount(account))

    async def reload_accounts(self) -> None:
        """Read the account files again."""
        await self.request(ReloadAccounts())

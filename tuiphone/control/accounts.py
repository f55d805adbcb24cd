"""Accounts: switching, connecting, reading their files, and the forms they are made with."""

from typing import Any, Literal, TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, answered

FieldKind: TypeAlias = Literal["text", "secret", "switch", "list"]
FieldValue: TypeAlias = str | bool | tuple[str, ...]


class SwitchAccount(Message, frozen=True):
    """Switch an account on or off; kept in its file."""

    account: str
    on: bool


class RetryAccount(Message, frozen=True):
    """Connect now instead of after the pause, or after refused credentials."""

    account: str


class ReloadAccounts(Message, frozen=True):
    """Read the account files again; the reply is Reloaded."""


class RemoveAccount(Message, frozen=True):
    """Delete an account's file and let its link go; its history stays."""

    account: str


class DescribeProviders(Message, frozen=True):
    """What accounts there can be; the reply is ProviderForms."""


class ReadAccount(Message, frozen=True):
    """What an account's file says, secrets left out; the reply is AccountFile."""

    account: str


class FilledForm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A form somebody filled in; its repr shows no value, because some are secrets."""

    account: str
    provider: str
    values: dict[str, FieldValue]
    """By key of the fields; empty ones may be left out. A secret that is kept is not in it."""
    keep: tuple[str, ...] = ()
    """Secrets that stay as the account's file has them."""
    is_new: bool = True
    """There must be no account of this name yet."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(account={self.account!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("account", self.account)]


class TryAccount(Message, frozen=True):
    """Check a filled form and log in with it once; the reply is Verdict."""

    form: FilledForm


class SaveAccount(Message, frozen=True):
    """Check a filled form, write the account's file, and take it over; the reply is Verdict."""

    form: FilledForm


Command: TypeAlias = (
    SwitchAccount
    | RetryAccount
    | ReloadAccounts
    | RemoveAccount
    | DescribeProviders
    | ReadAccount
    | TryAccount
    | SaveAccount
)


class Reloaded(Message, frozen=True):
    """The files have been read."""

    postponed: tuple[str, ...] = ()
    """Accounts that go on as they were until the call on them is over."""


class FormField(msgspec.Struct, frozen=True, omit_defaults=True):
    """One setting of an account, as a form asks for it."""

    key: str
    kind: FieldKind
    help: str = ""
    example: str = ""
    required: bool = False
    asked: bool = True
    """Most people fill it in; the others can wait behind a key."""
    default: bool = False
    """Of a switch."""


class ProviderForm(msgspec.Struct, frozen=True):
    """A vendor there can be accounts of."""

    name: str
    title: str
    fields: tuple[FormField, ...]


class ProviderForms(Message, frozen=True):
    """All vendors, and in `problems` why one that is installed cannot be used."""

    providers: tuple[ProviderForm, ...]
    problems: tuple[str, ...] = ()


class AccountFile(Message, frozen=True, kw_only=True):
    """What an account's file says."""

    account: str
    path: str
    provider: str | None = None
    values: dict[str, FieldValue] = {}
    """By key of the fields; no secret is in it."""
    kept: tuple[str, ...] = ()
    """Secrets the file has, or names in the keyring."""
    problems: tuple[str, ...] = ()
    """What is wrong with it, a sentence each."""


class Verdict(Message, frozen=True, kw_only=True):
    """What is wrong with a filled form; nothing, when all is empty."""

    mistakes: tuple[tuple[str, str], ...] = ()
    """Key of a field -> sentence."""
    problem: str = ""
    """Why the login failed, or a mistake that belongs to no field."""
    postponed: bool = False
    """It is saved, and taken over when the call on the account is over."""


Result: TypeAlias = Reloaded | ProviderForms | AccountFile | Verdict


class AccountVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def switch_account(self, account: str, on: bool) -> None:
        """Switch an account on or off."""
        await self.request(SwitchAccount(account, on))

    async def retry_account(self, account: str) -> None:
        """Connect now."""
        await self.request(RetryAccount(account))

    async def reload_accounts(self) -> Reloaded:
        """Read the account files again."""
        return answered(await self.request(ReloadAccounts()), Reloaded)

    async def remove_account(self, account: str) -> None:
        """Delete an account's file; its history stays."""
        await self.request(RemoveAccount(account))

    async def describe_providers(self) -> ProviderForms:
        """What accounts there can be."""
        return answered(await self.request(DescribeProviders()), ProviderForms)

    async def read_account(self, account: str) -> AccountFile:
        """What an account's file says."""
        return answered(await self.request(ReadAccount(account)), AccountFile)

    async def try_account(self, form: FilledForm) -> Verdict:
        """Check a filled form and log in with it once."""
        return answered(await self.request(TryAccount(form)), Verdict)

    async def save_account(self, form: FilledForm) -> Verdict:
        """Check a filled form and keep it."""
        return answered(await self.request(SaveAccount(form)), Verdict)

"""The forms accounts are made with: what they ask for, logging in on trial, keeping what was filled in."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec

from tuiphone.control import accounts
from tuiphone.core.errors import ConfigError, PhoneError
from tuiphone.core.events import Link
from tuiphone.core.login import log_in_once
from tuiphone.core.state import PhoneState
from tuiphone.engine.accounts import settings_of
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.providers.registry import find as find_provider
from tuiphone.providers.registry import names as provider_names
from tuiphone.store import forms
from tuiphone.store.accounts import BrokenAccount, account_file, load_account
from tuiphone.store.fields import Field, Kind
from tuiphone.store.mistakes import Mistakes
from tuiphone.store.secrets import has_keyring
from tuiphone.store.toml import read_toml

PATIENCE_SECONDS = 1.0
"""How long a form waits to know whether there is a keyring."""


class AccountFormService(Service):
    """Answers what forms ask; `take` brings the phone in line with the account files."""

    def __init__(self, parts: Parts, take: Callable[[], Awaitable[tuple[str, ...]]]) -> None:
        super().__init__(parts)
        self._take = take
        self._keyring: asyncio.Task[bool] | None = None

    @property
    def handlers(self) -> Handlers:
        return {
            accounts.DescribeProviders: self.describe,
            accounts.ReadAccount: self.read,
            accounts.TryAccount: self.try_form,
            accounts.SaveAccount: self.save_form,
        }

    async def describe(self, _: accounts.DescribeProviders) -> accounts.ProviderForms:
        """What accounts there can be."""
        keyring = await self._has_keyring()
        found: list[accounts.ProviderForm] = []
        problems: list[str] = []
        for name in provider_names():
            try:
                provider = await asyncio.to_thread(find_provider, name)
            except ConfigError as error:
                problems.append(str(error))
            else:
                fields = forms.form_fields(provider.Settings, keyring=keyring)
                found.append(accounts.ProviderForm(name, provider.title, tuple(map(_form_field, fields))))
        return accounts.ProviderForms(tuple(found), tuple(problems))

    async def _has_keyring(self) -> bool:
        # Asked once; a keyring that takes its time is offered from the next form on.
        if self._keyring is None:
            self._keyring = asyncio.create_task(has_keyring(), name="keyring-look")
        await asyncio.wait({self._keyring}, timeout=PATIENCE_SECONDS)
        return self._keyring.done() and self._keyring.result()

    async def close(self) -> None:
        """Wait for no keyring any more."""
        if self._keyring is not None:
            self._keyring.cancel()
            await asyncio.gather(self._keyring, return_exceptions=True)

    async def read(self, command: accounts.ReadAccount) -> accounts.AccountFile:
        """What an account's file says."""
        return await asyncio.to_thread(self._read, command.account)

    def _read(self, name: str) -> accounts.AccountFile:
        file = account_file(self.parts.paths, name)
        account = load_account(file, settings_of)
        problems = tuple(map(str, account.problems)) if isinstance(account, BrokenAccount) else ()
        said = accounts.AccountFile(account=name, path=str(file), provider=account.provider, problems=problems)
        with contextlib.suppress(ConfigError, FileNotFoundError):
            table = read_toml(file).table
            values, kept = forms.shown_values(table, settings_of(str(table.get("provider"))))
            return msgspec.structs.replace(said, values=values, kept=kept)
        return said

    async def try_form(self, command: accounts.TryAccount) -> accounts.Verdict:
        """Check a filled form, and log in with it once."""
        try:
            draft = await self._draft(command.form)
        except Mistakes as mistakes:
            return _verdict(mistakes)
        account = draft.account
        provider, phone = find_provider(account.provider), self.parts.phone
        known = phone.state.account(account.name)
        makes_way = provider.logs_in_alone and known is not None and known.link is Link.ONLINE
        if makes_way and _has_part_in_a_call(phone.state, account.name):
            return accounts.Verdict()  # its call is worth more than a trial
        if makes_way:
            await phone.switch_account(account.name, on=False)
        try:
            await log_in_once(lambda emit, memory: provider(account.settings, emit, memory))
        except PhoneError as error:
            return accounts.Verdict(problem=str(error))
        finally:
            if makes_way:
                await phone.switch_account(account.name, on=True)
        return accounts.Verdict()

    async def save_form(self, command: accounts.SaveAccount) -> accounts.Verdict:
        """Check a filled form, write its file and take it over."""
        try:
            draft = await self._draft(command.form)
        except Mistakes as mistakes:
            return _verdict(mistakes)
        await forms.save(self.parts.paths, draft, is_new=command.form.is_new)
        postponed = await self._take()
        return accounts.Verdict(postponed=command.form.account in postponed)

    async def _draft(self, form: accounts.FilledForm) -> forms.Draft:
        try:
            return await asyncio.to_thread(
                forms.draft,
                self.parts.paths,
                form.account,
                form.provider,
                form.values,
                settings_of,
                keep=form.keep,
                is_new=form.is_new,
            )
        except FileNotFoundError as error:
            raise ConfigError(f"The file of {form.account} is gone; add the account anew.") from error


def _has_part_in_a_call(state: PhoneState, account: str) -> bool:
    """It has a call, be it one that cannot be hung up from here, or tells of one that has its sound elsewhere."""
    return any(account == id.account for call in state.live_calls for id in (call.id, call.control) if id is not None)


def _form_field(field: Field) -> accounts.FormField:
    kinds: dict[Kind, accounts.FieldKind] = {
        Kind.SECRET: "secret",
        Kind.SWITCH: "switch",
        Kind.TEXTS: "list",
        Kind.ICE: "list",
    }
    default = field.default if isinstance(field.default, bool) else False
    return accounts.FormField(
        field.name, kinds.get(field.kind, "text"), field.help, field.example or "", field.required, field.asked, default
    )


def _verdict(mistakes: Mistakes) -> accounts.Verdict:
    """The first mistake of each field, without the key in front, which the form shows beside it."""
    found: dict[str, str] = {}
    for problem in mistakes.problems:
        key = problem.key or ""
        said = str(problem).removeprefix(f"{key}: ")
        found.setdefault(key, said[:1].upper() + said[1:] if said != str(problem) else said)
    return accounts.Verdict(
        mistakes=tuple((key, said) for key, said in found.items() if key), problem=found.get("", "")
    )

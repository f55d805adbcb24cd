"""Which account has the sound of another one's calls, and what is wrong with that, by the files of both."""

from tuiphone.core.carrier import mistake
from tuiphone.core.login import NoMemory
from tuiphone.core.model import Account
from tuiphone.providers.registry import find as find_provider
from tuiphone.store.accounts import AccountConfig, BrokenAccount, SettingsOf, load_accounts
from tuiphone.store.paths import Paths


def linked_of(account: AccountConfig) -> str | None:
    """The account that is to have the sound of this one's calls."""
    provider = find_provider(account.provider)
    return provider(account.settings, lambda event: None, NoMemory()).linked_account


def mistake_in(paths: Paths, account: AccountConfig, settings_of: SettingsOf) -> str | None:
    """Why that account cannot have it, as a sentence; what is wrong with the account itself is said of itself.

    Raises: ConfigError when the folder of the accounts cannot be read.
    """
    if (linked := linked_of(account)) is None:
        return None
    carrier = next((one for one in load_accounts(paths, settings_of) if one.name == linked), None)
    if isinstance(carrier, BrokenAccount):
        return None
    return mistake(account.name, linked, None if carrier is None else _as_account(carrier))


def _as_account(account: AccountConfig) -> Account:
    capabilities = find_provider(account.provider).capabilities
    return Account(account.name, account.provider, capabilities, linked=linked_of(account))

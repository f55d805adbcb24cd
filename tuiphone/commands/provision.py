"""`tuiphone account provision`: users made and deleted at the vendor, for the providers that can."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping

from tuiphone.commands.account import settings_of, tell_engine
from tuiphone.commands.attach import BAD_NUMBER, USAGE, Failed, exit_code_of
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConfigError, PhoneError
from tuiphone.core.login import NoMemory
from tuiphone.core.provider import Provider
from tuiphone.providers.registry import find as find_provider
from tuiphone.store import editing
from tuiphone.store.accounts import BrokenAccount, account_file, load_account
from tuiphone.store.paths import Paths, find
from tuiphone.store.toml import read_toml


def create(options: argparse.Namespace) -> int:
    """Make a user at the vendor, and an account file for them where that is wanted."""
    paths = find(options.profile)
    provider = _provider(paths, options.name)
    user = options.user or provider.identity or ""
    is_own = user == provider.identity
    if options.save is not None:
        _refuse_taken(paths, options.save)
    password = None if is_own else _password(user)
    try:
        changes = asyncio.run(provider.create_user(user, password))
    except PhoneError as error:
        raise Failed(str(error), _exit_code(error)) from error
    print(f"{provider.title} has the user {user} now.")
    name = options.save if is_own or options.save is not None else _asked_for(paths)
    if name:
        _write(paths, options.name, name, changes)
    return 0


def delete(options: argparse.Namespace) -> int:
    """Delete a user at the vendor."""
    provider = _provider(find(options.profile), options.name)
    if not options.yes:
        if not sys.stdin.isatty():
            print("tuiphone: nobody is there to ask whether that is meant; use --yes", file=sys.stderr)
            return USAGE
        if input(f"Delete the user {options.user} at {provider.title}? [y/N] ").strip().lower() not in ("y", "yes"):
            return 0
    try:
        asyncio.run(provider.delete_user(options.user))
    except PhoneError as error:
        raise Failed(str(error), _exit_code(error)) from error
    print(f"{provider.title} has no user {options.user} any more. Account files of theirs stay.")
    return 0


def _provider(paths: Paths, name: str) -> Provider:
    """The provider of this account, not connected. Raises: Failed when it cannot be used for this."""
    file = account_file(paths, name)
    if not file.exists():
        raise Failed(f"There is no account {name}; add one: tuiphone account add {name} --provider P", BAD_NUMBER)
    account = load_account(file, settings_of)
    if isinstance(account, BrokenAccount):
        raise Failed("\n".join(str(problem) for problem in account.problems), BAD_NUMBER)
    kind = find_provider(account.provider)
    if Capability.PROVISION not in kind.capabilities:
        raise Failed(f"{kind.title} lets nobody make or delete users from here.", BAD_NUMBER)
    return kind(account.settings, lambda _: None, NoMemory())


def _password(user: str) -> str:
    """What somebody types twice, or a line of standard input: arguments can be read by everybody on the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password for {user}: ")
    if getpass.getpass("Once more: ") != password:
        raise Failed("These are two passwords; nothing was done.", USAGE)
    return password


def _asked_for(paths: Paths) -> str | None:
    if not sys.stdin.isatty():
        return None
    name = input("Write an account file for this user? Name of the account (empty: none): ").strip()
    if name:
        _refuse_taken(paths, name)
    return name or None


def _refuse_taken(paths: Paths, name: str) -> None:
    try:
        is_taken = account_file(paths, name).exists()
    except ConfigError as error:
        raise Failed(str(error), BAD_NUMBER) from error
    if is_taken:
        raise Failed(f"There is an account {name} already; choose another name.", BAD_NUMBER)


def _write(paths: Paths, source: str, name: str, changes: Mapping[str, object]) -> None:
    replaced = {f"{key}{how}" for key in changes for how in ("", "_command", "_keyring")} | {"enabled"}
    try:
        table = read_toml(account_file(paths, source)).table
        values = {key: value for key, value in table.items() if key not in replaced} | dict(changes)
        given = {key: value for key, value in values.items() if value is not None}
        editing.write_account(paths, name, given, settings_of)
    except (ConfigError, OSError) as error:
        raise Failed(f"The user is there, but no account file was written: {error}", BAD_NUMBER) from error
    print(f"Written: {account_file(paths, name)}")
    asyncio.run(tell_engine(paths))


def _exit_code(error: PhoneError) -> int:
    return BAD_NUMBER if isinstance(error, ConfigError) else exit_code_of(error)

"""`tuiphone account`: account files from the command line, checked before they are written."""

import argparse
import asyncio
import getpass
import sys

from tuiphone.commands.attach import BAD_NUMBER, NOT_CONNECTED, Failed, attached, say, until_registered
from tuiphone.commands.carriers import mistake_in
from tuiphone.control.client import NoEngine, RemotePhone
from tuiphone.core.errors import ConfigError, PhoneError
from tuiphone.core.events import Link
from tuiphone.core.login import log_in_once
from tuiphone.providers.registry import find as find_provider
from tuiphone.providers.registry import names as provider_names
from tuiphone.store import editing
from tuiphone.store.accounts import AccountConfig, BrokenAccount, account_file, load_account, load_accounts
from tuiphone.store.fields import Kind, fields_of
from tuiphone.store.paths import Paths, find


def overview(options: argparse.Namespace) -> int:
    """Say what there is to do with accounts, and which providers there are."""
    print("tuiphone account add|list|check|remove|on|off|status|provision|unprovision, see: tuiphone account --help")
    print("providers:")
    for name in provider_names():
        provider = find_provider(name)
        print(f"  {name}: {provider.title}")
    return 0


def add(options: argparse.Namespace) -> int:
    """Write an account file after checking it."""
    paths = find(options.profile)
    paths.make()
    settings: dict[str, str] = {}
    for pair in options.settings:
        key, equals, value = pair.partition("=")
        if not equals:
            print(f"tuiphone: --set wants KEY=VALUE, not {pair!r}", file=sys.stderr)
            return 2
        settings[key.strip()] = value
    for key in options.ask:
        # Arguments can be read by everybody on the machine (`ps`); this way a secret never is one.
        settings[key] = getpass.getpass(f"{key}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        provider = find_provider(options.provider)
        fields = fields_of(provider.Settings)
        for key in settings.keys() - set(options.ask):
            if key in fields and fields[key].kind is Kind.SECRET:
                print(f"tuiphone: {key} is a secret and `ps` showed it; another time use --ask {key}", file=sys.stderr)
        values = {"provider": options.provider, **editing.values_from_text(provider.Settings, settings)}
        editing.write_account(paths, options.name, values, settings_of, overwrite=options.replace)
    except ConfigError as error:
        raise Failed(str(error), BAD_NUMBER) from error
    print(f"Written: {account_file(paths, options.name)}")
    asyncio.run(tell_engine(paths))
    return 0


def list_all(options: argparse.Namespace) -> int:
    """List accounts: as the engine sees them, or as their files are when there is none."""
    paths = find(options.profile)
    links = asyncio.run(_links(paths))
    found = load_accounts(paths, settings_of)
    for account in found:
        link, detail = links.get(account.name, ("no engine is running", None))
        if isinstance(account, BrokenAccount):
            link, detail = Link.BROKEN.value, "\n".join(str(problem) for problem in account.problems)
        if options.json:
            say({"name": account.name, "provider": account.provider, "link": link, "detail": detail})
        else:
            print(f"{account.name}  {account.provider or '?'}  {link}" + (f": {detail}" if detail else ""))
    if not found and not options.json:
        print("No accounts. Add one: tuiphone account add NAME --provider P --set KEY=VALUE")
    return 0


def check(options: argparse.Namespace) -> int:
    """Read settings, and log in once unless --offline."""
    paths = find(options.profile)
    if options.name is not None:
        file = account_file(paths, options.name)
        if not file.exists():
            names = ", ".join(account.name for account in load_accounts(paths, settings_of)) or "none yet"
            raise Failed(f"There is no account {options.name}; there are: {names}.", BAD_NUMBER)
        accounts = (load_account(file, settings_of),)
    else:
        accounts = load_accounts(paths, settings_of)
    worst = 0
    for account in accounts:
        if isinstance(account, BrokenAccount):
            for problem in account.problems:
                print(problem)
            worst = max(worst, BAD_NUMBER)
            continue
        if (wrong := mistake_in(paths, account, settings_of)) is not None:
            print(f"{account.name}: {wrong}")
            worst = max(worst, BAD_NUMBER)
        elif options.offline:
            print(f"{account.name}: the settings are in order")
        if not options.offline:
            problem = asyncio.run(_log_in_once(paths, account))
            said = problem or "logged in"
            print(said if said.startswith(f"{account.name}:") else f"{account.name}: {said}")
            worst = max(worst, NOT_CONNECTED if problem else 0)
    return worst


def remove(options: argparse.Namespace) -> int:
    """Delete an account's file; its history stays."""
    paths = find(options.profile)
    try:
        editing.remove_account(paths, options.name)
    except ConfigError as error:
        raise Failed(str(error), BAD_NUMBER) from error
    asyncio.run(tell_engine(paths))
    return 0


def status(options: argparse.Namespace) -> int:
    """Have the others at an account's vendor see a status message."""

    async def run() -> None:
        async with attached(options, start=True) as phone:
            await until_registered(phone, options.name)
            await phone.publish_status(options.name, options.text)

    asyncio.run(run())
    return 0


def switch_on(options: argparse.Namespace) -> int:
    """Switch an account on."""
    return _switch(options, on=True)


def switch_off(options: argparse.Namespace) -> int:
    """Switch an account off."""
    return _switch(options, on=False)


def _switch(options: argparse.Namespace, *, on: bool) -> int:
    paths = find(options.profile)

    async def run() -> None:
        phone = RemotePhone(paths.socket, screen=False, program="account")
        try:
            await phone.attach()
        except NoEngine:
            editing.set_enabled(paths, options.name, on)
            return
        try:
            await phone.switch_account(options.name, on)
        finally:
            await phone.close()

    try:
        asyncio.run(run())
    except PhoneError as error:
        raise Failed(str(error), BAD_NUMBER) from error
    return 0


def settings_of(provider: str) -> type:
    """The Settings of a provider. Raises: ConfigError."""
    return find_provider(provider).Settings


async def tell_engine(paths: Paths) -> None:
    """Have a running engine read the files again."""
    phone = RemotePhone(paths.socket, screen=False, program="account")
    try:
        await phone.attach()
    except NoEngine:
        return
    try:
        for name in (await phone.reload_accounts()).postponed:
            print(f"{name} has a call; it goes on as it was until that is over.")
    finally:
        await phone.close()


async def _links(paths: Paths) -> dict[str, tuple[str, str | None]]:
    phone = RemotePhone(paths.socket, screen=False, program="account")
    try:
        await phone.attach()
    except NoEngine:
        return {}
    await phone.close()
    return {known.account.name: (known.link.value, known.detail) for known in phone.state.accounts}


async def _log_in_once(paths: Paths, account: AccountConfig) -> str | None:
    """Log in and leave again; returns what is wrong, or None."""
    provider = find_provider(account.provider)
    if provider.logs_in_alone and (await _links(paths)).get(account.name, ("", None))[0] == Link.ONLINE.value:
        return None  # the engine is logged in, and another log-in would end that
    try:
        await log_in_once(lambda emit, memory: provider(account.settings, emit, memory))
    except PhoneError as error:
        return str(error)
    return None

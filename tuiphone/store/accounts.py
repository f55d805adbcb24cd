"""One TOML file per account, checked against the provider's settings; editing.py writes them."""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tuiphone.core.errors import ConfigError
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.core.secret import Secret
from tuiphone.store import secrets
from tuiphone.store.fields import (
    MAX_TEXT,
    Field,
    Kind,
    Unfit,
    called,
    fields_of,
    fit,
)
from tuiphone.store.mistakes import Mistakes, Problem, about, shown, unknown
from tuiphone.store.paths import Paths
from tuiphone.store.toml import read_toml

SettingsOf: TypeAlias = Callable[[str], type[Any]]
"""Gives the Settings dataclass of a provider. Raises: ConfigError when there is no such provider."""

COMMON = ("provider", "enabled", "country", "auto_answer", "auto_answer_after", "redirect_to")
"""Keys every account may have."""
AUTO_ANSWER_SECONDS = 2.0
MAX_AUTO_ANSWER_SECONDS = 600.0
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """An account whose file is right."""

    name: str
    provider: str
    settings: Any = dataclasses.field(compare=False)
    """The provider's Settings."""
    enabled: bool = True
    country: str | None = None
    """ISO 3166 code by which numbers without + are read."""
    auto_answer: float | None = None
    """Seconds after which the phone itself picks up calls to it; None where a person does."""
    redirect_to: str | None = None
    """Where one key sends a call on that rings or waits."""
    mark: str = dataclasses.field(default="", repr=False)
    """Changes when the file does; a hash, because secrets may stand in the file."""


@dataclass(frozen=True, slots=True)
class BrokenAccount:
    """An account whose file has mistakes; shown as broken while others ring."""

    name: str
    provider: str | None
    problems: tuple[Problem, ...]


def check_name(name: str) -> str:
    """The name, if an account can have it; it becomes a file name.

    Raises: ConfigError.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{shown(name)!r} cannot be the name of an account; use up to 64 letters, digits, dots, _ and -, "
            "and no dot in front."
        )
    return name


def account_file(paths: Paths, name: str) -> Path:
    """Where the settings of this account are. Raises: ConfigError for a name no account can have."""
    return paths.accounts_dir / f"{check_name(name)}.toml"


def load_accounts(paths: Paths, settings_of: SettingsOf) -> tuple[AccountConfig | BrokenAccount, ...]:
    """All accounts by name, the broken ones with everything that is wrong with them.

    Raises: ConfigError when the folder itself cannot be read.
    """
    return tuple(load_account(file, settings_of) for file in account_files(paths))


def account_files(paths: Paths) -> tuple[Path, ...]:
    """The files of all accounts, whatever is in them, by name.

    Raises: ConfigError when the folder itself cannot be read.
    """
    try:
        files = sorted(
            (file for file in paths.accounts_dir.iterdir() if file.suffix == ".toml"), key=lambda file: file.stem
        )
    except FileNotFoundError:
        return ()
    except OSError as error:
        what = error.strerror or error
        raise ConfigError(
            f"The folder {paths.accounts_dir} cannot be read ({what}); correct its permissions."
        ) from error
    # Hidden files are what editors and our own writing leave for a moment.
    return tuple(file for file in files if not file.name.startswith("."))


def load_account(file: Path, settings_of: SettingsOf) -> AccountConfig | BrokenAccount:
    """The account of this file."""
    name = file.stem
    provider: str | None = None
    try:
        check_name(name)
        content = read_toml(file)
        given = content.table.get("provider")
        provider = shown(given) if isinstance(given, str) else None
        account = account_from_table(name, content.table, settings_of, file=file, is_private=content.is_private)
        return dataclasses.replace(account, mark=hashlib.sha256(content.text.encode()).hexdigest())
    except Mistakes as mistakes:
        return BrokenAccount(shown(name), provider, mistakes.problems)
    except FileNotFoundError:
        problem = about(file, None, "it is gone, or a link to nothing; write it again or remove it.")
        return BrokenAccount(shown(name), None, (problem,))
    except ConfigError as error:
        return BrokenAccount(shown(name), None, (about(file, None, f"{error} Rename the file."),))


def account_from_table(
    name: str, table: Mapping[str, object], settings_of: SettingsOf, *, file: Path | None, is_private: bool = True
) -> AccountConfig:
    """The account these values make.

    Raises: Mistakes, all of them.
    """
    problems: list[Problem] = []
    provider, settings_type = _provider(table, settings_of, file, problems)
    enabled = _common(table, "enabled", bool, True, "must be true or false", file, problems)
    country = _common(table, "country", str, None, "must be a country's two letters in quotes", file, problems)
    if isinstance(country, str) and not _COUNTRY.fullmatch(country):
        problems.append(about(file, "country", f'country must be two letters like "VN", not {shown(country)!r}.'))
    auto_answer = _auto_answer(table, file, problems)
    redirect_to = _common(table, "redirect_to", str, None, 'must be a number in quotes, like "100"', file, problems)
    if isinstance(redirect_to, str) and not _is_place(redirect_to):
        what = f"must be a number or a name that calls can go to, at most {MAX_ADDRESS} characters."
        problems.append(about(file, "redirect_to", f"redirect_to {what}"))
    settings = None
    if settings_type is not None:
        settings = _settings(name, table, settings_type, file, is_private, problems)
    if problems or provider is None:
        raise Mistakes(problems)
    return AccountConfig(
        name,
        provider,
        settings,
        enabled,
        country.upper() if country else None,
        auto_answer,
        redirect_to.strip() if redirect_to else None,
    )


def _is_place(text: str) -> bool:
    return 0 < len(text.strip()) <= MAX_ADDRESS and text.isprintable()


def _provider(
    table: Mapping[str, object], settings_of: SettingsOf, file: Path | None, problems: list[Problem]
) -> tuple[str | None, type[Any] | None]:
    provider = table.get("provider")
    if provider is None:
        close = [key for key in table if key.lower() in ("providers", "vendor", "type", "provder", "povider")]
        hint = f"; rename {shown(close[0])} to it." if close else '; add a line like provider = "oncaller".'
        problems.append(about(file, "provider", f"provider is missing{hint}"))
    elif not isinstance(provider, str):
        problems.append(about(file, "provider", f"provider must be a text, not {called(provider)}."))
    else:
        try:
            return provider, settings_of(provider)
        except ConfigError as error:
            problems.append(about(file, "provider", str(error)))
    return None, None


def _auto_answer(table: Mapping[str, object], file: Path | None, problems: list[Problem]) -> float | None:
    on = _common(table, "auto_answer", bool, False, "must be true or false", file, problems)
    after: object = table.get("auto_answer_after", AUTO_ANSWER_SECONDS)
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after <= MAX_AUTO_ANSWER_SECONDS:
        what = f"must be a number of seconds from 0 to {MAX_AUTO_ANSWER_SECONDS:.0f}, like 2."
        problems.append(about(file, "auto_answer_after", f"auto_answer_after {what}"))
        return None
    return float(after) if on else None


def _common(
    table: Mapping[str, object],
    key: str,
    wanted: type,
    default: Any,
    what: str,
    file: Path | None,
    problems: list[Problem],
) -> Any:
    value = table.get(key, default)
    if value is default or isinstance(value, wanted):
        return value
    problems.append(about(file, key, f"{key} {what}, not {called(value)}."))
    return default


def _settings(
    account: str,
    table: Mapping[str, object],
    settings_type: type[Any],
    file: Path | None,
    is_private: bool,
    problems: list[Problem],
) -> Any:
    fields = fields_of(settings_type)
    known = known_keys(fields)
    before = len(problems)
    problems.extend(about(file, shown(key), unknown(key, known)) for key in table if key not in known)
    values: dict[str, Any] = {}
    for field in fields.values():
        try:
            if field.kind is Kind.SECRET:
                secret = _secret(account, field, table)
                if secret is not None:
                    values[field.name] = secret
            elif field.name in table:
                values[field.name] = fit(field, table[field.name])
        except Unfit as unfit:
            problems.append(about(file, field.name, str(unfit)))
        else:
            if field.required and field.name not in values:
                problems.append(about(file, field.name, _missing(field)))
    if not is_private and (open_keys := list(_plain_secrets(values))):
        what = f"{open_keys[0]} is a secret, and others can read this file: chmod 600 {file}"
        problems.append(about(file, open_keys[0], what))
    if len(problems) > before:
        return None
    settings = settings_type(**values)
    for key, sentence in settings.problems() if hasattr(settings, "problems") else ():
        problems.append(about(file, key, sentence))
    return settings


def known_keys(fields: Mapping[str, Field]) -> list[str]:
    """Every key an account with these settings may have."""
    keys = [*COMMON, *fields]
    for name, field in fields.items():
        if field.kind is Kind.SECRET:
            keys += [f"{name}_command", f"{name}_keyring"]
    return keys


def _missing(field: Field) -> str:
    others = f" (or {field.name}_command, or {field.name}_keyring)" if field.kind is Kind.SECRET else ""
    help = f": {field.help}" if field.help else ""
    example = f", for example {field.name} = {field.example}" if field.example else ""
    return f"{field.name} is missing; add it{others}{help}{example}."


def _secret(account: str, field: Field, table: Mapping[str, object]) -> Secret | None:
    key = field.name
    command_key, keyring_key = f"{key}_command", f"{key}_keyring"
    given = [name for name in (key, command_key, keyring_key) if name in table and table[name] is not False]
    if len(given) > 1:
        raise Unfit(f"{key} is given by {' and '.join(given)}; keep one of them.")
    if key in table:
        return Secret(str(fit(field, table[key])))
    if command_key in table:
        return secrets.from_command(_command(command_key, table[command_key]), key=f"{account}: {command_key}")
    match table.get(keyring_key, False):
        case True:
            return secrets.from_keyring(account, key)
        case False:
            return None
        case other:
            raise Unfit(f"{keyring_key} must be true or false, not {called(other)}.")


def _command(key: str, value: object) -> str | tuple[str, ...]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise Unfit(f'{key} must be a command as text or a list of texts, like "pass show phone", not {called(value)}.')
    if not parts or not parts[0].strip():
        raise Unfit(f"{key} is empty; write the command that prints the secret.")
    if any("\0" in part for part in parts):
        raise Unfit(f"{key} has a zero character in it; type it again without.")
    if sum(map(len, parts)) > MAX_TEXT:
        raise Unfit(f"{key} is far too long for a command; put it into a script and name that.")
    return value if isinstance(value, str) else tuple(parts)


def _plain_secrets(values: Mapping[str, Any]) -> Iterable[str]:
    for key, value in values.items():
        match value:
            case Secret(is_fixed=True):
                yield key
            case tuple() if any(getattr(item, "credential", None) for item in value):
                yield key
            case _:
                pass

"""Writes, removes and switches account files, and reads the values somebody typed for one."""

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from tuiphone.core.errors import ConfigError
from tuiphone.store.accounts import AccountConfig, SettingsOf, account_file, account_from_table, known_keys
from tuiphone.store.fields import Field, Unfit, fields_of, from_text, list_from_text, switch_from_text
from tuiphone.store.mistakes import Mistakes, Problem, about, shown, unknown
from tuiphone.store.paths import Paths, make_private
from tuiphone.store.toml import parse_toml, read_toml, sync_directory, write_private, write_toml

_ENABLED = re.compile(r"(?m)^[ \t]*enabled[ \t]*=[ \t]*(true|false)\b")


def write_account(
    paths: Paths, name: str, values: Mapping[str, object], settings_of: SettingsOf, *, overwrite: bool = False
) -> AccountConfig:
    """Check the values, `provider` among them, and write the account's file, readable by its owner alone.

    Raises: Mistakes, all of them; ConfigError when the account is there already or the file cannot be written.
    """
    file = account_file(paths, name)
    account = account_from_table(name, values, settings_of, file=None)
    make_private(file.parent)
    if file.exists() and not overwrite:
        raise ConfigError(f"There is an account {name} already; choose another name, or remove that one first.")
    write_toml(file, {key: value for key, value in values.items() if value is not None})
    return account


def remove_account(paths: Paths, name: str) -> None:
    """Delete the account's file. Raises: ConfigError when there is none, or it cannot be deleted."""
    file = account_file(paths, name)
    try:
        file.unlink()
        sync_directory(file.parent)
    except FileNotFoundError as error:
        raise ConfigError(_no_account(paths, name)) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be removed ({error.strerror}); remove it by hand.") from error


def set_enabled(paths: Paths, name: str, on: bool) -> None:
    """Switch an account on or off in its file, which keeps its comments.

    Raises: ConfigError when there is none, or its file is unreadable or cannot be written.
    """
    file = account_file(paths, name)
    try:
        content = read_toml(file)
    except FileNotFoundError as error:
        raise ConfigError(_no_account(paths, name)) from error
    wanted = {**content.table, "enabled": on}
    if content.table.get("enabled", True) is on:
        return
    word = "true" if on else "false"
    line = f"enabled = {word}\n"
    edited = _ENABLED.sub(f"enabled = {word}", content.text, count=1)
    for text in (edited, line + content.text):
        with contextlib.suppress(Mistakes):
            # A line inside a multi-line text or another table looks the same; what it reads as decides.
            if parse_toml(file, text) == wanted:
                write_private(file, text)
                return
    write_toml(file, wanted)


def _no_account(paths: Paths, name: str) -> str:
    with contextlib.suppress(OSError):
        names = [file.stem for file in paths.accounts_dir.glob("[!.]*.toml")]
        if names:
            return unknown(name, names, "account").replace(" here;", ";")
    return f"There is no account {name}; add one: tuiphone account add {name} --provider P"


def values_from_text(settings_type: type[Any], texts: Mapping[str, str]) -> dict[str, object]:
    """Values for `write_account` from texts that somebody typed, by the type of each setting.

    Raises: Mistakes, all of them.
    """
    fields = fields_of(settings_type)
    known = known_keys(fields)
    problems: list[Problem] = []
    values: dict[str, object] = {}
    for key, text in texts.items():
        try:
            if key not in known:
                raise Unfit(unknown(key, known))
            values[key] = _value_from_text(key, text, fields)
        except Unfit as unfit:
            problems.append(about(None, shown(key), str(unfit)))
    if problems:
        raise Mistakes(problems)
    return values


def _value_from_text(key: str, text: str, fields: Mapping[str, Field]) -> object:
    if key in fields:
        return from_text(fields[key], text)
    if key == "enabled" or key.endswith("_keyring"):
        return switch_from_text(key, text)
    if key.endswith("_command") and text.lstrip().startswith("["):
        return list_from_text(key, text.strip())
    return text.strip()

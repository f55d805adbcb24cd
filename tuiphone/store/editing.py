"""Writes, removes and switches account files, and reads the values somebody typed for one."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tuiphone.core.errors import ConfigError
from tuiphone.store.accounts import AccountConfig, SettingsOf, account_file, account_from_table, known_keys
from tuiphone.store.fields import (
    Field,
    Unfit,
    fields_of,
    from_text,
    list_from_text,
    number_from_text,
    switch_from_text,
)
from tuiphone.store.mistakes import Mistakes, Problem, about, shown, unknown
from tuiphone.store.paths import Paths, make_private
from tuiphone.store.toml import read_toml, sync_directory, write_private, write_toml


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
    if content.table.get("enabled", True) is not on:
        write_private(file, with_value(content.text, None, "enabled", on))


def set_preference(paths: Paths, section: str, key: str, value: object) -> None:
    """Put a value into config.toml, which keeps its comments; None takes it out.

    Raises: ConfigError when the file is unreadable or cannot be written.
    """
    try:
        text = read_toml(paths.config_file).text
    except FileNotFoundError:
        text = ""
    make_private(paths.config_dir)
    write_private(paths.config_file, with_value(text, section, key, value))


def with_value(text: str, section: str | None, key: str, value: object) -> str:
    """The TOML text with this value in this section, or among the keys before any section; None takes it out."""
    import tomlkit
    from tomlkit.items import Table

    document = tomlkit.parse(text)
    place: Any = document
    if section is not None:
        if not isinstance(document.get(section), Table):
            document[section] = tomlkit.table()
        place = document[section]
    if value is None:
        place.pop(key, None)
    elif key in place:
        place[key] = value
    elif section is not None:
        place.add(key, value)
    else:
        # Behind a section's header it would be that section's.
        return tomlkit.dumps({key: value}) + text
    return tomlkit.dumps(document)


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
    if key in ("enabled", "auto_answer") or key.endswith("_keyring"):
        return switch_from_text(key, text)
    if key == "auto_answer_after":
        return number_from_text(key, text)
    if key.endswith("_command") and text.lstrip().startswith("["):
        return list_from_text(key, text.strip())
    return text.strip()

"""Accounts as forms fill them in: what a form shows of a file, and what a filled one makes of it."""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from tuiphone.core.errors import ConfigError
from tuiphone.store import secrets
from tuiphone.store.accounts import AccountConfig, SettingsOf, account_file, account_from_table
from tuiphone.store.editing import with_value
from tuiphone.store.fields import Field, Kind, Unfit, fields_of, from_text
from tuiphone.store.mistakes import Mistakes, Problem, about, shown
from tuiphone.store.paths import Paths, make_private
from tuiphone.store.toml import read_toml, write_private, write_toml

FormValue = str | bool | tuple[str, ...]
COMMON_FIELDS = (
    Field("country", Kind.TEXT, False, "Country whose numbers need no + in front: two letters.", "VN"),
    Field("auto_answer", Kind.SWITCH, False, "Calls to this account are picked up by themselves.", None, False, False),
    Field("auto_answer_after", Kind.NUMBER, False, "Seconds it rings before it is picked up.", "2", None, False),
    Field("redirect_to", Kind.TEXT, False, "Where one key sends a call on that rings or waits.", "100", None, False),
)
"""What every account may have beside its provider's settings; whether it is on is switched elsewhere."""


def form_fields(settings: type[Any], *, keyring: bool) -> tuple[Field, ...]:
    """Everything a form of these settings asks for: first what most people fill in.

    A secret comes with the command that may print it instead, and, where there is one, with the system's keyring.
    """
    own = list(fields_of(settings).values())
    if not any(field.asked for field in own):
        own = [dataclasses.replace(field, asked=True) for field in own]
    found: list[Field] = []
    for field in own:
        found.append(field)
        if field.kind is Kind.SECRET:
            help = f"A command that prints {field.name} on its first line, instead of keeping it here."
            found.append(Field(f"{field.name}_command", Kind.TEXT, False, help, "pass show phone", None, False))
        if field.kind is Kind.SECRET and keyring:
            help = f"Keep {field.name} in the system's keyring instead of the account's file."
            found.append(Field(f"{field.name}_keyring", Kind.SWITCH, False, help, None, False, False))
    return tuple(sorted((*found, *COMMON_FIELDS), key=lambda field: (not field.required, not field.asked)))


def shown_values(table: Mapping[str, object], settings: type[Any]) -> tuple[dict[str, FormValue], tuple[str, ...]]:
    """What a form shows of an account's file, secrets left out, and the names of the secrets there are."""
    fields = {field.name: field for field in form_fields(settings, keyring=True)}
    values: dict[str, FormValue] = {}
    kept: list[str] = []
    for key, value in table.items():
        field = fields.get(key)
        match field.kind if field else None, value:
            case Kind.SECRET, _:
                kept.append(key)
            case ((Kind.TEXT | Kind.WHOLE | Kind.NUMBER), str() | int() | float()) if not isinstance(value, bool):
                values[key] = value if isinstance(value, str) else f"{value:g}"
            case Kind.TEXT, list() if key.endswith("_command"):
                values[key] = json.dumps(value, ensure_ascii=False)
            case Kind.SWITCH, bool():
                values[key] = value
                if key.endswith("_keyring") and value:
                    kept.append(key.removesuffix("_keyring"))
            case ((Kind.TEXTS | Kind.ICE), list()):
                values[key] = tuple(_as_line(item) for item in value)
    return values, tuple(kept)


def _as_line(item: object) -> str:
    # A TURN server's credential stands in a list that is shown; TURN credentials are handed out for that.
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A filled form, checked; nothing is written yet."""

    account: AccountConfig
    """To log in with, on trial."""
    table: dict[str, object]
    """For the file."""
    keyring: dict[str, str] = dataclasses.field(default_factory=dict[str, str], repr=False)
    """Secrets that go into the keyring."""


def draft(
    paths: Paths,
    name: str,
    provider: str,
    values: Mapping[str, FormValue],
    settings_of: SettingsOf,
    *,
    keep: tuple[str, ...] = (),
    is_new: bool,
) -> Draft:
    """The account a filled form makes; what its file has beside the form's fields stays, and the secrets in `keep`.

    Raises: Mistakes, all of them, each with the key of its field; FileNotFoundError when it is not new and not there.
    """
    try:
        file = account_file(paths, name)
    except ConfigError as error:
        raise Mistakes([about(None, "name", str(error))]) from error
    if is_new and file.exists():
        raise Mistakes([about(None, "name", f"There is an account {name} already; choose another name.")])
    before = {} if is_new else read_toml(file).table
    settings = settings_of(provider)
    fields = {field.name: field for field in form_fields(settings, keyring=True)}
    table: dict[str, object] = {"provider": provider}
    table |= {key: value for key, value in before.items() if key not in fields}
    for key in keep:
        if values.get(key) or values.get(f"{key}_command"):
            continue  # something else is in its place now
        table |= {one: before[one] for one in (key, f"{key}_keyring") if one in before}
    table["provider"] = provider
    # An empty list may mean something else than none; a form shows both alike.
    table |= {key: [] for key, value in before.items() if key in fields and value == []}
    problems: list[Problem] = []
    for key, value in values.items():
        try:
            if key in fields and (made := _value(fields[key], value)) is not None:
                table[key] = made
        except Unfit as unfit:
            problems.append(about(None, key, str(unfit)))
    if problems:
        raise Mistakes(problems)
    keyring = _for_keyring(table, fields)
    on_trial = {key: value for key, value in table.items() if key.removesuffix("_keyring") not in keyring}
    account = account_from_table(name, on_trial | keyring, settings_of, file=None)
    rest = {key: value for key, value in table.items() if key not in keyring}
    return Draft(account=account, table=rest, keyring=keyring)


def _for_keyring(table: Mapping[str, object], fields: Mapping[str, Field]) -> dict[str, str]:
    """The secrets that were typed and are to go into the keyring."""
    return {
        name: str(table[name]).strip()
        for name, field in fields.items()
        if field.kind is Kind.SECRET and table.get(f"{name}_keyring") is True and name in table
    }


def _value(field: Field, value: FormValue) -> object:
    """What TOML would have given for it; None for what was left empty or as it is anyway."""
    match field.kind, value:
        case Kind.SWITCH, bool():
            return None if value == bool(field.default) else value
        case ((Kind.TEXTS | Kind.ICE), tuple() | list()):
            return [_item(field, str(item)) for item in value] or None
        case _, str():
            if not value.strip():
                return None
            if field.name == "country":
                return _country(value.strip().upper())
            if field.name.endswith("_command") and value.lstrip().startswith("["):
                return from_text(dataclasses.replace(field, kind=Kind.TEXTS), value)
            return from_text(field, value)
        case _:
            raise Unfit(f"{field.name} must be {field.kind.value}.")


def _country(code: str) -> str:
    import phonenumbers

    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise Unfit(f"country must be the two letters of a country, like VN or US; {shown(code)!r} is none.")
    return code


def _item(field: Field, line: str) -> object:
    if field.kind is not Kind.ICE or not line.startswith("{"):
        return line
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise Unfit(f"{field.name} begins like JSON but is not; write it like stun:HOST:PORT.") from None


async def save(paths: Paths, draft: Draft, *, is_new: bool) -> None:
    """Keep the account: its secrets in the keyring, then its file, which keeps its comments.

    Raises: ConfigError when one of them cannot be written.
    """
    for key, value in draft.keyring.items():
        await secrets.keep_in_keyring(draft.account.name, key, value)
    await asyncio.to_thread(_write, paths, draft, is_new)


def _write(paths: Paths, draft: Draft, is_new: bool) -> None:
    file = account_file(paths, draft.account.name)
    make_private(file.parent)
    if is_new:
        return write_toml(file, draft.table)
    content = read_toml(file)
    text, before = content.text, content.table
    for key in before.keys() - draft.table.keys():
        text = with_value(text, None, key, None)
    for key, value in draft.table.items():
        if before.get(key) != value:
            text = with_value(text, None, key, value)
    return write_private(file, text)

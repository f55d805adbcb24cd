"""Checks values against the fields of a settings dataclass: what fits a type, and how text becomes a value of it."""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tuiphone.core.ports import IceServer
from tuiphone.core.secret import Secret
from tuiphone.store.mistakes import shown, unknown

MAX_TEXT = 16 * 1024
"""Characters of one value; the longest real ones are tokens."""
MAX_LIST = 1000
ICE_SCHEMES = ("stun:", "stuns:", "turn:", "turns:")


class Kind(Enum):
    """The types a settings field may have, as people call them."""

    TEXT = "a text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    SWITCH = "true or false"
    TEXTS = "a list of texts"
    SECRET = "a secret text"
    ICE = "a list of ICE servers"


KINDS: dict[object, Kind] = {
    str: Kind.TEXT,
    int: Kind.WHOLE,
    float: Kind.NUMBER,
    bool: Kind.SWITCH,
    tuple[str, ...]: Kind.TEXTS,
    Secret: Kind.SECRET,
    tuple[IceServer, ...]: Kind.ICE,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: a field of a settings dataclass."""

    name: str
    kind: Kind
    required: bool
    help: str
    example: str | None
    default: object = None
    asked: bool = True
    """Most people fill it in; a form shows it at once."""


class Unfit(Exception):
    """A value that its field cannot take; the text begins with the key."""


def fields_of(settings: type) -> dict[str, Field]:
    """The fields of a settings dataclass by name.

    Raises: TypeError when one has a type that settings cannot have: a mistake in the program.
    """
    hints = typing.get_type_hints(settings)
    found: dict[str, Field] = {}
    for field in dataclasses.fields(settings):
        if not field.init:
            continue
        kind = KINDS.get(_without_none(hints[field.name]))
        if kind is None:
            raise TypeError(f"{settings.__qualname__}.{field.name} has a type that settings cannot have")
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        about = field.metadata
        found[field.name] = Field(
            field.name,
            kind,
            required,
            about.get("help", ""),
            about.get("example"),
            None if required or field.default is dataclasses.MISSING else field.default,
            required or bool(about.get("ask")),
        )
    return found


def _without_none(hint: Any) -> object:
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    others = [part for part in typing.get_args(hint) if part is not type(None)]
    return others[0] if len(others) == 1 else hint


def fit(field: Field, value: object) -> object:
    """The value as the dataclass wants it (a secret stays a text), from what TOML gave.

    Raises: Unfit, with a sentence.
    """
    key = field.name
    match field.kind, value:
        case ((Kind.TEXT | Kind.SECRET), str()):
            return _text(key, value, secret=field.kind is Kind.SECRET)
        case Kind.SWITCH, bool():
            return value
        case Kind.WHOLE, int() if not isinstance(value, bool):
            if abs(value) >= 2**63:
                raise Unfit(f"{key} is far too large a number; correct it.")
            return value
        case Kind.NUMBER, (int() | float()) if not isinstance(value, bool):
            if not math.isfinite(value):
                raise Unfit(f"{key} must be a finite number.")
            return float(value)
        case Kind.TEXTS, list():
            return tuple(_item(key, item) for item in _short_list(key, value))
        case Kind.ICE, list():
            return tuple(_ice_server(key, item) for item in _short_list(key, value))
        case _:
            raise Unfit(f"{key} must be {field.kind.value}, not {called(value)}{_advice(field, value)}")


def _advice(field: Field, value: object) -> str:
    match field.kind, value:
        case ((Kind.TEXT | Kind.SECRET), (int() | float())):
            return "; put it in quotes."
        case Kind.TEXTS, str() if len(value) <= 40:
            return f"; write {field.name} = [{json.dumps(shown(value), ensure_ascii=False)}]."
        case Kind.ICE, str():
            return f'; write {field.name} = ["stun:HOST:PORT"].'
        case ((Kind.WHOLE | Kind.NUMBER | Kind.SWITCH), str()):
            return "; write it without quotes."
        case _:
            return f"; for example {field.name} = {field.example}." if field.example else "."


def called(value: object) -> str:
    """What a TOML value is, in words."""
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return "a date or time"


def _text(key: str, value: str, *, secret: bool = False) -> str:
    if secret:
        value = value.strip()  # a pasted token often brings its line end
        if not value:
            raise Unfit(f"{key} is empty; fill it in, or use {key}_command or {key}_keyring.")
    if len(value) > MAX_TEXT:
        raise Unfit(f"{key} is {len(value):,} characters long; at most {MAX_TEXT:,} make sense.")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise Unfit(f"{key} has line breaks or control characters in it; type it again without them.")
    return value


def _item(key: str, item: object) -> str:
    if not isinstance(item, str):
        raise Unfit(f"{key} must be a list of texts, but has {called(item)} in it; put that in quotes.")
    return _text(key, item)


def _short_list(key: str, value: list[Any]) -> list[Any]:
    if len(value) > MAX_LIST:
        raise Unfit(f"{key} has {len(value):,} entries; at most {MAX_LIST:,} make sense.")
    return value


def _ice_server(key: str, item: object) -> IceServer:
    if isinstance(item, str):
        item = {"urls": item}
    if not isinstance(item, Mapping):
        raise Unfit(f'{key} must hold texts ("stun:HOST:PORT") or tables with urls, not {called(item)}.')
    known = ("urls", "username", "credential")
    for name in item:
        if name not in known:
            raise Unfit(f"{key}: {unknown(str(name), known)}")
    urls = item.get("urls")
    listed = [urls] if isinstance(urls, str) else urls
    if not isinstance(listed, list | tuple) or not listed or not all(isinstance(url, str) for url in listed):
        raise Unfit(f'{key}: urls must be a text like "stun:HOST:PORT", or a list of such.')
    for url in listed:
        _text(key, url)
        if not url.lower().startswith(ICE_SCHEMES) or not url.split(":", 1)[1]:
            raise Unfit(f"{key}: {shown(url)} is no ICE server; it begins with {', '.join(ICE_SCHEMES)}.")
    login: dict[str, str | None] = {}
    for name in ("username", "credential"):
        given = item.get(name)
        if given is not None and not isinstance(given, str):
            raise Unfit(f"{key}: {name} must be a text, not {called(given)}.")
        login[name] = None if given is None else _text(key, given)
    if any(url.lower().startswith("turn") for url in listed) and not all(login.values()):
        raise Unfit(f"{key}: {shown(listed[0])} needs a username and a credential.")
    return IceServer(tuple(listed), login["username"], login["credential"])


def from_text(field: Field, text: str) -> object:
    """What TOML would have given for this text: lists by comma or as JSON, switches by the usual words.

    Raises: Unfit, with a sentence.
    """
    key, typed = field.name, text.strip()
    if len(text) > MAX_TEXT:
        raise Unfit(f"{key} is {len(text):,} characters long; at most {MAX_TEXT:,} make sense.")
    match field.kind:
        case Kind.TEXT | Kind.SECRET:
            return typed
        case Kind.SWITCH:
            return switch_from_text(key, typed)
        case Kind.WHOLE:
            try:
                return int(typed)
            except ValueError:
                raise Unfit(f"{key} must be {field.kind.value}, not {shown(typed)!r}.") from None
        case Kind.NUMBER:
            return number_from_text(key, typed)
        case Kind.TEXTS | Kind.ICE:
            return list_from_text(key, typed)


def switch_from_text(key: str, text: str) -> bool:
    """True or false from the usual words. Raises: Unfit."""
    match text.strip().lower():
        case "true" | "yes" | "on" | "1":
            return True
        case "false" | "no" | "off" | "0":
            return False
        case _:
            raise Unfit(f"{key} must be true or false, not {shown(text)!r}.")


def number_from_text(key: str, text: str) -> float:
    """A number. Raises: Unfit."""
    try:
        return float(text.strip())
    except ValueError:
        raise Unfit(f"{key} must be {Kind.NUMBER.value}, not {shown(text.strip())!r}.") from None


def list_from_text(key: str, text: str) -> list[Any]:
    """A list from JSON, or from texts with commas between them. Raises: Unfit."""
    if not text.startswith(("[", "{")):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit(f"{key} begins like JSON but is not; write it as JSON, or with commas between the parts.") from None
    return value if isinstance(value, list) else [value]

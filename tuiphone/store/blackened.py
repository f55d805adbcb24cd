"""Settings as a report shows them: what kind of value each key has is known, everything else is black."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tuiphone.core.redact import BLACK, is_secret_key, learn, redact
from tuiphone.store.accounts import COMMON
from tuiphone.store.config import SECTIONS
from tuiphone.store.fields import Kind, fields_of

MAX_BYTES = 256 * 1024


def config_lines(file: Path) -> Iterator[str]:
    """config.toml without its comments, commands and addresses that somebody wrote into it."""
    table = _read(file)
    if isinstance(table, str):
        yield table
        return
    for section, content in table.items():
        if not isinstance(content, Mapping):
            yield f"{_name(section)} = {BLACK}  # unknown"
            continue
        yield f"[{_name(section)}]"
        fields = fields_of(SECTIONS[section]) if section in SECTIONS else {}
        for key, value in cast("Mapping[str, Any]", content).items():
            if section == "keys" and isinstance(value, str) and len(value) < 60:
                yield f"{_name(key)} = {redact(value)!r}"
            elif section == "hooks":
                yield f"{_name(key)} = {BLACK}  # what is run is nobody's business"
            else:
                yield _pair(key, value, fields[key].kind if key in fields else None)


def account_lines(file: Path, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """An account's file; `kinds` are those of its provider's settings, none when the provider is not known."""
    table = _read(file)
    if isinstance(table, str):
        yield table
        return
    for key, value in table.items():
        kind = Kind.TEXT if key in COMMON else kinds.get(key)
        if key.endswith("_keyring") and isinstance(value, bool):
            yield f"{_name(key)} is {str(value).lower()}"
        else:
            yield _pair(key, value, kind)


def learn_secrets(file: Path, kinds: Mapping[str, Kind]) -> None:
    """Have everything of this file that is no plain setting blacked out, wherever else it may turn up."""
    table = _read(file)
    if isinstance(table, str):
        return
    for key, value in table.items():
        kind = kinds.get(key)
        if kind is Kind.SECRET or (kind is None and key not in COMMON) or is_secret_key(key):
            for text in _texts(value):
                learn(text)
        elif kind is Kind.ICE and isinstance(value, list):
            for server in cast("list[Any]", value):
                if isinstance(server, Mapping):
                    for text in _texts(cast("Mapping[str, Any]", server).get("credential")):
                        learn(text)


def plain_values(file: Path, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """What this file says under keys that hold no secrets: who somebody is, among others."""
    table = _read(file)
    if isinstance(table, str):
        return {}
    return {
        key: value for key, value in table.items() if kinds.get(key) in (Kind.TEXT, Kind.TEXTS) or key == "redirect_to"
    }


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value.strip()
        case list():
            for item in cast("list[object]", value):
                yield from _texts(item)
        case dict():
            for item in cast("dict[str, object]", value).values():
                yield from _texts(item)
        case _:
            return


def _read(file: Path) -> dict[str, Any] | str:
    """What it says, or a line on why that cannot be told; never its text, which could hold anything."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            return f"# far too large: more than {MAX_BYTES:,} bytes"
        return tomllib.loads(raw.decode())
    except OSError as error:
        return f"# cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError:
        return "# is no UTF-8 text"
    except (tomllib.TOMLDecodeError, RecursionError):
        return "# is no TOML; the doctor's findings say where"


def _pair(key: str, value: object, kind: Kind | None) -> str:
    if kind is None:
        return f"{_name(key)} = {BLACK}  # unknown"
    if kind is Kind.SECRET or is_secret_key(key) or key.endswith("_command"):
        return f"{_name(key)} = {BLACK}"
    if kind is Kind.ICE:
        return f"{_name(key)} = {_ice(value)}"
    return f"{_name(key)} = {_plain(value)}"


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return repr(_address(value))
        case list():
            return f"[{', '.join(_plain(item) for item in cast('list[object]', value)[:50])}]"
        case _:
            return BLACK


def _address(text: str) -> str:
    """An address without its query, where tokens stand; other texts with what looks like a secret blacked out."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return redact(text[:300])
    if parts.scheme and parts.netloc:
        return redact(f"{parts.scheme}://{parts.netloc}{parts.path}{'?' + BLACK if parts.query else ''}"[:300])
    return redact(text[:300])


def _ice(value: object) -> str:
    servers: list[str] = []
    for server in cast("list[Any]", value) if isinstance(value, list) else []:
        if isinstance(server, Mapping):
            urls = _plain(cast("Mapping[str, Any]", server).get("urls"))
            servers.append(f"{{urls = {urls}, username = {BLACK}, credential = {BLACK}}}")
        else:
            servers.append(_plain(server))
    return f"[{', '.join(servers)}]"


def _name(key: str) -> str:
    return redact(key[:60])

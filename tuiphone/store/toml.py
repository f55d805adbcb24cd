"""Reads TOML files that may be anything, and writes them so that a crash leaves the old or the new one, whole."""

import contextlib
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuiphone.core.errors import ConfigError
from tuiphone.store.mistakes import Mistakes, about

MAX_FILE = 1024 * 1024
"""Bytes; a settings file has a thousandth of that."""
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A settings file as it was read."""

    text: str
    table: dict[str, Any]
    is_private: bool
    """Nobody but its owner may read it."""


def read_toml(file: Path) -> TomlFile:
    """Read a settings file.

    Raises: FileNotFoundError; Mistakes for anything else that is wrong with it.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO of that name must not block
        try:
            info = os.fstat(handle)
            raw = _content(handle) if stat.S_ISREG(info.st_mode) else None
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise
    except OSError as error:
        what = f"it cannot be read ({error.strerror}); correct its permissions or its path."
        raise Mistakes([about(file, None, what)]) from error
    if raw is None:
        raise Mistakes([about(file, None, "this is not a file; put a TOML text file in its place.")])
    if len(raw) > MAX_FILE:
        raise Mistakes([about(file, None, "it is larger than 1 MB, which no settings are; restore the right file.")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"line {line} is not UTF-8 text; save the file as UTF-8."
        raise Mistakes([about(file, None, what)]) from error
    return TomlFile(text, parse_toml(file, text), not info.st_mode & 0o077)


def _content(handle: int) -> bytes:
    content = b""
    while len(content) <= MAX_FILE and (piece := os.read(handle, MAX_FILE + 1 - len(content))):
        content += piece
    return content


def parse_toml(file: Path, text: str) -> dict[str, Any]:
    """The tables of this text.

    Raises: Mistakes, with the line the parser stopped at.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise Mistakes([about(file, None, "its values are nested too deeply; write them flat.")]) from error
    except ValueError as error:  # TOMLDecodeError, and int's refusal of thousands of digits
        raise Mistakes([about(file, None, _syntax(str(error), text))]) from error


def _syntax(message: str, text: str) -> str:
    place = _PLACE.search(message)
    if place is None:
        return f"a value is unusable ({message.splitlines()[0][:100]}); correct it."
    line = int(place[1]) if place[1] else text.rstrip().count("\n") + 1
    what = message[: place.start()]
    if what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate")):
        written = text.splitlines()[line - 1].split("=")[0].strip() if text.splitlines() else ""
        return f"{written[:60] or 'a key'} in line {line} is there twice; keep one of them."
    return f"line {line} is not TOML ({what[0].lower()}{what[1:]}); correct it."


def write_toml(file: Path, table: Mapping[str, object]) -> None:
    """Replace the file with these tables.

    Raises: ConfigError when it cannot be written; the old file is intact then.
    """
    import tomlkit

    write_private(file, tomlkit.dumps(table))


def write_private(file: Path, text: str) -> None:
    """Replace the file with this text, readable by its owner alone from the first byte.

    Raises: ConfigError when it cannot be written; the old file is intact then.
    """
    # Replacing a link would cut a settings file off from where its owner keeps it.
    target = file.resolve() if file.is_symlink() else file
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mkstemp makes 0600
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
        temporary = None
        sync_directory(target.parent)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror or error}); make room or allow it.") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def sync_directory(folder: Path) -> None:
    """Make a rename or removal in this directory last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

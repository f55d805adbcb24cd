"""Writes what the history shows into a file, bit by bit: calls come first, and a million records are many."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO, TypeAlias

from tuiphone.core.errors import NotPossible, StoreError
from tuiphone.core.model import CallRecord
from tuiphone.store import export
from tuiphone.store.history import History
from tuiphone.store.landing import land

Named: TypeAlias = Callable[[CallRecord], CallRecord]
PIECE = 500
"""Records read at a time; what is written to the database meanwhile waits some milliseconds for them."""


async def export_history(
    history: History, text: str, to: str, *, replace: bool, accounts: Sequence[str], called: Named
) -> tuple[Path, int, bool]:
    """Write the records that match; returns the file, how many they are, and False when the name was taken.

    The file is there whole or not at all. `called` gives a record the name of its contact.
    Raises: NotPossible, StoreError.
    """
    target = await asyncio.to_thread(_target, to)
    format = export.format_of(target)
    if not replace and await asyncio.to_thread(os.path.lexists, target):
        return target, 0, False
    try:
        file = await asyncio.to_thread(_temporary, target)
        try:
            with file:
                written = await _write(history, text, accounts, called, format, file)
                await asyncio.to_thread(_finish, file)
            done = await asyncio.to_thread(land, Path(file.name), target, replace=replace)
        finally:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(os.unlink, file.name)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target, written, done


async def _write(history: History, text: str, accounts: Sequence[str], called: Named, format: str, file: TextIO) -> int:
    await asyncio.to_thread(file.write, export.head(format))
    written = 0
    ids = await history.ids(text, accounts=accounts)
    for start in range(0, len(ids), PIECE):
        records = await history.records(ids[start : start + PIECE])
        await asyncio.to_thread(file.writelines, export.lines(format, map(called, records), first=not written))
        written += len(records)
    await asyncio.to_thread(file.write, export.tail(format))
    return written


def _target(to: str) -> Path:
    if not to.strip() or "\0" in to:
        raise NotPossible("Where to? Type the name of a file.")
    target = Path(os.path.expanduser(to))
    if not target.is_absolute():
        raise NotPossible(f"{to} depends on where one stands; begin with / or ~/.")
    try:
        if target.is_dir():
            raise NotPossible(f"{target} is a folder; add the name of a file.")
        if not target.parent.is_dir():
            raise NotPossible(f"There is no folder {target.parent}.")
        if target.exists() and not target.is_file():
            raise NotPossible(f"{target} is no ordinary file; choose another name.")
    except OSError as error:
        raise NotPossible(f"{target} cannot be a file: {error.strerror or error}.") from error
    return target


def _temporary(target: Path) -> TextIO:
    # Only its user may read it, as the database itself.
    number, name = tempfile.mkstemp(prefix=".tuiphone-", suffix=".tmp", dir=target.parent)
    os.close(number)
    return open(name, "w", encoding="utf-8", newline="", errors="replace")


def _finish(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())

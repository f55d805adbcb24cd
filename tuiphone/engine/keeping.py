"""Copies of recordings where the person wants them, as they are or as WAV, nothing overwritten unasked; and one in the
place of a recording that was cut off."""

import asyncio
import os
import secrets
import shutil
from pathlib import Path

from tuiphone.core.errors import NotPossible, StoreError
from tuiphone.media import offline
from tuiphone.store.landing import land

WAV = ".wav"
MOST_LOST = 256 * 1024
"""Bytes."""


async def save_as(source: Path, to: str, *, replace: bool) -> tuple[Path, bool]:
    """Where the copy is, and whether it was made: False when something has that name and may not be replaced.

    Raises: NotPossible, StoreError, MediaError.
    """
    target = await asyncio.to_thread(_target, source, to)
    if await asyncio.to_thread(os.path.lexists, target) and not replace:
        return target, False
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        if target.suffix.lower() == source.suffix.lower():
            await asyncio.to_thread(shutil.copyfile, source, temporary)
        else:
            await offline.write_wav(source, temporary)
        return target, await asyncio.to_thread(land, temporary, target, replace=replace)
    except OSError as error:
        raise StoreError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)


async def make_whole(path: Path) -> None:
    """Put a WebM that was cut off right, in its place. Raises: MediaError, StoreError; then it stays as it is."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        await offline.write_whole(path, temporary)
        await asyncio.to_thread(_take_its_place, temporary, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)


def _take_its_place(written: Path, path: Path) -> None:
    # What is lost at the end is a second at most; where more is missing, the copy was not made to the end.
    if written.stat().st_size + MOST_LOST >= path.stat().st_size:
        os.replace(written, path)


def _target(source: Path, to: str) -> Path:
    if not to.strip() or "\0" in to:
        raise NotPossible("Where to? Type the name of a file or of a folder.")
    target = Path(os.path.expanduser(to))
    if not target.is_absolute():
        raise NotPossible(f"{to} depends on where one stands; begin with / or ~/.")
    try:
        if to.endswith("/") or target.is_dir():
            target /= source.name
        if not target.parent.is_dir():
            raise NotPossible(f"There is no folder {target.parent}.")
        if target.exists() and (not target.is_file() or target.samefile(source)):
            what = "is the recording itself" if target.is_file() else "is no file"
            raise NotPossible(f"{target} {what}; choose another name.")
    except OSError as error:
        raise NotPossible(f"{target} cannot be a file ({error.strerror or error}).") from error
    if not target.suffix:
        target = target.with_suffix(source.suffix)
    if target.suffix.lower() not in (source.suffix.lower(), WAV):
        known = WAV if source.suffix.lower() == WAV else f"{source.suffix} or {WAV}"
        raise NotPossible(f"It can be kept as {known}, not as {target.suffix}.")
    return target

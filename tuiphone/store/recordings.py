"""Finds recordings with their side-cars, and names new ones; media's recorder writes both."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, Recording
from tuiphone.store.paths import make_private

SUFFIX = ".ogg"
SUFFIXES = frozenset({".ogg", ".opus", ".mka", ".webm", ".wav"})
MAX_SIDECAR = 64 * 1024
"""Bytes; a longer side-car is not ours."""
MAX_NAME = 40
"""Characters of a peer in a file name."""


def new_path(folder: str | Path, peer: Address, at: float, *, suffix: str = SUFFIX) -> Path:
    """A file that is not there yet, named after the time (seconds since the epoch) and the peer.

    Raises: ConfigError when the folder cannot be made.
    """
    folder = Path(folder)
    make_private(folder)
    stem = f"{time.strftime('%Y-%m-%d_%H-%M-%S', time.localtime(at))}_{_safe(peer.name or peer.text)}"
    file, number = folder / f"{stem}{suffix}", 2
    while file.exists():
        file, number = folder / f"{stem}_{number}{suffix}", number + 1
    return file


def _safe(text: str) -> str:
    # Letters of every script stay; whatever a file system, a shell or an archive could take amiss does not.
    kept = "".join(character if character.isalnum() or character in "+-" else "_" for character in text[:MAX_NAME])
    return kept.strip("_-") or "unknown"


async def list_recordings(folder: str | Path) -> tuple[Recording, ...]:
    """All recordings in the folder, newest first; where a side-car is missing or broken, what the file itself says.

    Raises: StoreError when the folder cannot be read.
    """
    return await asyncio.to_thread(_list, Path(folder))


def _list(folder: Path) -> tuple[Recording, ...]:
    try:
        files = [file for file in folder.iterdir() if file.suffix in SUFFIXES and not file.name.startswith(".")]
    except FileNotFoundError:
        return ()
    except OSError as error:
        what = error.strerror or error
        raise StoreError(f"The recordings in {folder} cannot be read ({what}); correct its permissions.") from error
    found = [recording for file in files if (recording := _recording(file)) is not None]
    return tuple(sorted(found, key=lambda recording: recording.started_at, reverse=True))


def _recording(file: Path) -> Recording | None:
    try:
        changed_at = file.stat().st_mtime
        if not file.is_file():
            return None
    except OSError:  # removed while we look
        return None
    about = _sidecar(file)
    return Recording(
        path=str(file),
        account=_text(about.get("account")) or "",
        peer=_peer(about.get("peer")) or Address(AddressKind.USER, file.stem),
        started_at=_seconds(about.get("started_at")) or changed_at,
        duration_s=_seconds(about.get("duration_s")) or 0.0,
    )


def _sidecar(file: Path) -> dict[str, Any]:
    for name in (file.with_suffix(".json"), file.with_name(f"{file.name}.json")):
        try:
            with name.open("rb") as stream:
                content = stream.read(MAX_SIDECAR + 1)
            about = json.loads(content) if len(content) <= MAX_SIDECAR else None
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(about, dict):
            return about
    return {}


def _peer(value: object) -> Address | None:
    if not isinstance(value, dict):
        return None
    text = _text(value.get("text"))
    if text is None:
        return None
    kind = AddressKind.PHONE if value.get("kind") == AddressKind.PHONE.value else AddressKind.USER
    return Address(kind, text, _text(value.get("name")))


def _text(value: object) -> str | None:
    return value[:1000] if isinstance(value, str) and value else None


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # Beyond the year 9999 no clock of the screen can show it.
    return float(value) if 0 <= value < 253_402_300_800 else None

"""Finds recordings with their side-cars, and names new ones; media's recorder writes both."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, Recording
from tuiphone.store.paths import make_private

SUFFIX = ".ogg"
SUFFIXES = frozenset(
    {".ogg", ".oga", ".opus", ".mka", ".webm", ".wav", ".w64", ".mp3", ".gsm", ".flac", ".m4a", ".aac", ".amr"}
)
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
    return await Library(folder).recordings()


@dataclass(frozen=True, slots=True)
class _Known:
    """A file as it was when it was looked at."""

    stamp: tuple[int, ...]
    recording: Recording


class Library:
    """The recordings in a folder. What was read once is kept until it changes, so that thousands cost little."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._known: dict[str, _Known] = {}
        self._listed: tuple[Recording, ...] = ()
        self._stamp: int | None = None
        self._turn = asyncio.Lock()

    async def recordings(self, *, anew: bool = False) -> tuple[Recording, ...]:
        """All of them, newest first. The files are looked at again when some came or went, or `anew`.

        Raises: StoreError when the folder cannot be read.
        """
        async with self._turn:
            return await asyncio.to_thread(self._look, anew)

    def _look(self, anew: bool) -> tuple[Recording, ...]:
        try:
            stamp = self.folder.stat().st_mtime_ns
            if stamp == self._stamp and not anew:
                return self._listed
            with os.scandir(self.folder) as entries:
                there = {entry.name: entry for entry in entries if not entry.name.startswith(".")}
        except FileNotFoundError:
            self._known, self._listed, self._stamp = {}, (), None
            return ()
        except OSError as error:
            what = error.strerror or error
            folder = self.folder
            raise StoreError(f"The recordings in {folder} cannot be read ({what}); correct its permissions.") from error
        self._known = {
            name: known
            for name, entry in there.items()
            if os.path.splitext(name)[1].lower() in SUFFIXES and (known := self._known_of(entry, there)) is not None
        }
        found = (known.recording for known in self._known.values())
        self._listed = tuple(sorted(found, key=lambda recording: recording.started_at, reverse=True))
        # A folder that changed just now may change again within the same tick of the file system's clock.
        self._stamp = stamp if time.time_ns() - stamp > 2_000_000_000 else None
        return self._listed

    def _known_of(self, entry: "os.DirEntry[str]", there: "Mapping[str, os.DirEntry[str]]") -> _Known | None:
        beside = there.get(f"{entry.name}.json") or there.get(f"{os.path.splitext(entry.name)[0]}.json")
        try:
            if not entry.is_file():
                return None
            info = entry.stat()
            about = beside.stat() if beside is not None else None
        except OSError:  # removed while we look
            return None
        stamp = (info.st_mtime_ns, info.st_size, *(() if about is None else (about.st_mtime_ns, about.st_ino)))
        known = self._known.get(entry.name)
        if known is not None and known.stamp == stamp:
            return known
        recording = _recording(Path(entry.path))
        return None if recording is None else _Known(stamp, recording)


def write_sidecar(file: Path, about: Mapping[str, object]) -> None:
    """Put what is known of a recording beside it, in one piece. Raises: StoreError."""
    target = file.with_name(f"{file.name}.json")
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=file.parent)
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            json.dump(about, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, target)
    except BaseException as error:
        os.unlink(name)
        if not isinstance(error, OSError):
            raise
        raise StoreError(f"{target} cannot be written ({error.strerror or error}).") from error


def read_sidecar(file: Path) -> dict[str, Any]:
    """What stands beside a recording; nothing where there is none or it makes no sense."""
    return _sidecar(file)


def _recording(file: Path) -> Recording | None:
    try:
        info = file.stat()
    except OSError:  # removed while we look
        return None
    about = _sidecar(file)
    return Recording(
        path=str(file),
        account=_text(about.get("account")) or "",
        peer=_peer(about.get("peer")) or Address(AddressKind.USER, file.stem),
        started_at=_seconds(about.get("started_at")) or info.st_mtime,
        duration_s=_seconds(about.get("duration_s")) or 0.0,
        size=info.st_size,
        is_complete=about.get("complete") is not False,
        video=about.get("video") is True,
    )


def _sidecar(file: Path) -> dict[str, Any]:
    # First the one that is written here: it says more than one that came with the file.
    for name in (file.with_name(f"{file.name}.json"), file.with_suffix(".json")):
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

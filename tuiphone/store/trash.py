"""Removed recordings: kept for a week in a folder beside the others, from where the last one comes back.

Each removal is a folder named after its time. The sound moves first and comes back last, so that whenever the engine
dies, the recording is whole in one of the two places.
"""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.errors import StoreError
from tuiphone.store.paths import make_private

FOLDER = ".trash"
KEPT_S = 7 * 24 * 3600.0
_ABOUT = ".about.json"


@dataclass(frozen=True, slots=True)
class Restored:
    """A recording that came back."""

    path: Path
    records: tuple[int, ...]
    """Ids of the history records it belonged to."""


def remove(folder: Path, file: Path, records: tuple[int, ...], *, now: float | None = None) -> None:
    """Put a recording and its side-car into the folder's trash. Raises: StoreError."""
    at = time.time_ns() if now is None else round(now * 1e9)
    place = folder / FOLDER / str(at)
    try:
        make_private(place)
        about = {"records": records, "from": str(file.parent)}
        (place / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        os.rename(file, place / file.name)
        for beside in _sidecars(file):
            if beside.exists():
                os.rename(beside, place / beside.name)
    except OSError as error:
        raise StoreError(f"{file.name} cannot be removed ({error.strerror or error}).") from error


def restore(folder: Path) -> Restored | None:
    """Bring the recording back that was removed last; None when there is none. Raises: StoreError."""
    for place in reversed(_places(folder)):
        try:
            there = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
        except OSError:
            continue
        sounds = [entry for entry in there if entry.suffix != ".json"]
        if not sounds:
            continue
        sound = sounds[0]
        home, records = _about(place)
        target = _free((home if home is not None and home.is_dir() else folder) / sound.name)
        try:
            for beside in _sidecars(sound):
                if beside.exists():
                    os.rename(beside, target.with_name(beside.name.replace(sound.stem, target.stem, 1)))
            os.rename(sound, target)
            shutil.rmtree(place, ignore_errors=True)
        except OSError as error:
            raise StoreError(f"{sound.name} cannot be brought back ({error.strerror or error}).") from error
        return Restored(target, records)
    return None


def empty(folder: Path, *, older_than: float) -> int:
    """Remove for good what was removed before this time; returns how many."""
    old = [place for place in _places(folder) if int(place.name) / 1e9 < older_than]
    for place in old:
        shutil.rmtree(place, ignore_errors=True)
    return len(old)


def _places(folder: Path) -> list[Path]:
    try:
        places = [entry for entry in (folder / FOLDER).iterdir() if entry.name.isdecimal() and entry.is_dir()]
    except OSError:
        return []
    return sorted(places, key=lambda place: int(place.name))


def _sidecars(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}.json"), file.with_suffix(".json")


def _about(place: Path) -> tuple[Path | None, tuple[int, ...]]:
    """Where it was, and whose it was."""
    try:
        about = json.loads((place / _ABOUT).read_bytes())
        home, records = about["from"], tuple(record for record in about["records"] if type(record) is int)
    except (OSError, ValueError, KeyError, TypeError):
        return None, ()
    return Path(home) if isinstance(home, str) else None, records


def _free(file: Path) -> Path:
    candidate, number = file, 2
    while candidate.exists():
        candidate, number = file.with_stem(f"{file.stem}_{number}"), number + 1
    return candidate

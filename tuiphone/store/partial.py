"""What has come of a download so far: a `.part`, what is known of the whole, and who still waits for it."""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Part:
    """The beginning of a file, and what is known of the whole."""

    file: Path
    validator: str | None = None
    """Strong ETag or date of the version it is the beginning of."""
    total: int | None = None

    @classmethod
    def found(cls, file: Path) -> "Part":
        """What is there of this file."""
        try:
            known = json.loads(_state_of(file).read_bytes())
            validator, total = known["validator"], known["total"]
        except (OSError, ValueError, KeyError, TypeError):
            return cls(file)
        part = cls(file)
        part.validator = validator if isinstance(validator, str) else None
        part.total = total if type(total) is int else None
        return part

    @property
    def size(self) -> int:
        """Bytes that have come."""
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    def begin(self, validator: str | None, total: int | None) -> None:
        """Another version from its first byte on. Raises: OSError."""
        # First the old beginning goes: it must never be taken for one of the new version.
        with open(self.file, "wb", opener=private):
            pass
        self.validator, self.total = validator, total
        state = _state_of(self.file)
        temporary = state.with_name(f".{state.name}.tmp")
        with open(temporary, "w", encoding="utf-8", opener=private) as stream:
            json.dump({"validator": validator, "total": total}, stream)
        os.replace(temporary, state)


def private(path: str, flags: int) -> int:
    """Opens for nobody but the user, and never through a link; an opener for `open`."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _state_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.state")


def forget(part: Path) -> None:
    """Remove what has come so far."""
    for file in (part, _state_of(part)):
        file.unlink(missing_ok=True)


def clean(folder: Path, *, older_than: float) -> None:
    """Remove beginnings that nobody went on with since then."""
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < older_than:
                    file.unlink()


def waiting(folder: Path) -> Iterable[int]:
    """Names of the marks in the folder: the history records whose downloads somebody still waits for."""
    with contextlib.suppress(OSError):
        return sorted(int(file.stem) for file in folder.iterdir() if file.suffix == ".wanted" and file.stem.isdecimal())
    return ()

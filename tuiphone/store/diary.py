"""The file of what happened: a line of JSON an entry, private, bounded; it outlives the engine."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tuiphone.core.entry import Entry, Level

MAX_BYTES = 1024 * 1024
"""Of one file; there is one older file of the same size."""


class DiaryFile:
    """Appends entries and reads them again. Every method blocks: call it in a thread. Raises: OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def older(self) -> Path:
        """What was full."""
        return self.path.with_suffix(self.path.suffix + ".1")

    def append(self, entries: Iterable[Entry]) -> None:
        """Write these entries."""
        raw = "".join(f"{_line(entry)}\n" for entry in entries).encode("utf-8", "backslashreplace")
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(handle, 0o600)
            os.write(handle, raw)
            is_full = os.fstat(handle).st_size > MAX_BYTES
        finally:
            os.close(handle)
        if is_full:
            os.replace(self.path, self.older)

    def read(self) -> list[Entry]:
        """What is there, oldest first; lines that are damaged are left out."""
        entries: list[Entry] = []
        for path in (self.older, self.path):
            try:
                with path.open("rb") as file:
                    raw = file.read(2 * MAX_BYTES)
            except FileNotFoundError:
                continue
            entries += [entry for line in raw.splitlines() if (entry := _entry(line)) is not None]
        return entries


def _line(entry: Entry) -> str:
    built = asdict(entry) | {"level": entry.level.value}
    del built["id"]
    return json.dumps({key: value for key, value in built.items() if value not in (None, ())}, ensure_ascii=False)


def _entry(line: bytes) -> Entry | None:
    try:
        built: dict[str, Any] = json.loads(line)
        detail, account, call = (built.get(key) for key in ("detail", "account", "call"))
        return Entry(
            0,
            float(built["at"]),
            Level(built["level"]),
            str(built["text"]),
            None if account is None else str(account),
            None if call is None else str(call),
            None if detail is None else str(detail),
            int(built.get("count", 1)),
            tuple(str(person) for person in built.get("people", ())),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None

"""CallRecords as CSV for spreadsheets and as JSON for programs; times with the offset of the place, as ISO 8601."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tuiphone.core.errors import NotPossible
from tuiphone.core.model import CallRecord

FORMATS = (".csv", ".json")
COLUMNS = (
    "began", "direction", "name", "number", "account", "result", "video", "answered", "ended", "talk_seconds",
    "detail", "note", "recording", "recording_url", "placed_by",
)  # fmt: skip
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ()./-]*")


def format_of(path: Path) -> str:
    """`.csv` or `.json`. Raises: NotPossible for another end."""
    if (suffix := path.suffix.lower()) not in FORMATS:
        raise NotPossible(f"{path.name} should end with .csv or .json, so that it is clear what to write.")
    return suffix


def head(format: str) -> str:
    """What comes before the first record."""
    return _line(COLUMNS) if format == ".csv" else "["


def lines(format: str, records: Iterable[CallRecord], *, first: bool) -> Iterator[str]:
    """The records; `first` when no others came before them."""
    for record in records:
        about = _about(record)
        if format == ".csv":
            yield _line(_guarded(value) for value in about.values())
        else:
            yield ("\n" if first else ",\n") + json.dumps(about, ensure_ascii=False)
        first = False


def tail(format: str) -> str:
    """What comes after the last record."""
    return "" if format == ".csv" else "\n]\n"


def _about(record: CallRecord) -> dict[str, Any]:
    values = (
        _iso(record.started_at),
        "in" if record.incoming else "out",
        record.peer.name,
        record.peer.text,
        record.account,
        record.result.value,
        record.video,
        _iso(record.answered_at),
        _iso(record.ended_at),
        round(record.talk_s, 1),
        record.detail,
        record.note,
        record.recording,
        record.recording_url,
        record.placed_by,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _iso(at: float | None) -> str | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None  # no calendar has this day; a server said so


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(list(cells))
    return text.getvalue()


def _guarded(value: Any) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() if _FORMULA.match(value) and not _NUMBER.fullmatch(value):
            # A spreadsheet would take it for a formula, and names come from the network.
            return f"'{value}"
        case _:
            return value

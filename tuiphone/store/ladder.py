"""A trace as a ladder of text: we at the left, the server at the right, time running down."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

WIDTH = 72
"""Cells between the two sides."""


def ladder(account: str, frames: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line a frame; calls have a letter each, and what went to another server is said."""
    calls: dict[str, int] = {}
    where = ""
    yield f"{account}: {len(frames)} frames, secrets blacked out"
    for frame in frames:
        if frame["where"] != where:
            where = frame["where"]
            yield f"{'':17}us {where[: WIDTH - 4]:>{WIDTH - 4}}"
        at = float(frame["at"])
        clock = time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at * 1000) % 1000:03}"
        letter = " "
        if frame.get("call"):
            letter = chr(ord("A") + calls.setdefault(frame["call"], len(calls)) % 26)
        times = f" ({frame['count']} times)" if frame.get("count", 1) > 1 else ""
        yield f"{clock}  {letter}  {_rung(frame['way'], frame['label'] + times)}"


def _rung(way: str, label: str) -> str:
    match way:
        case "sent":
            return f"|-- {_fit(label, WIDTH - 6, '-')}>|"
        case "received":
            return f"|<- {_fit(label, WIDTH - 5, '-')}|"
        case _:
            return f"|   {_fit(label, WIDTH - 5, ' ')}|"


def _fit(text: str, width: int, fill: str) -> str:
    """The text in so many cells, `fill` behind it; wide letters take two."""
    shown, used = "", 0
    for letter in text:
        letter = letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
        cells = 2 if east_asian_width(letter) in "WF" else 1
        if used + cells > width - 1:
            break
        shown, used = shown + letter, used + cells
    return f"{shown} {fill * (width - used - 1)}"

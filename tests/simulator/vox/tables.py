"""The tables of PROTOCOL.md, read anew: what is in a message, and what of it is required."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROTOCOL = Path(__file__).parents[3] / "tuiphone" / "providers" / "vox" / "PROTOCOL.md"
_ROW = re.compile(r"^ *(\d+) [A-Z0-9_]+ / (\w+): (.+)$", re.MULTILINE)
_PART = re.compile(r"^(\w+): (1 \w+:.+)$", re.MULTILINE)
_FIELD = re.compile(r"(\d+) (\w+):(\w+)(\[\])?(!)?")


@dataclass(frozen=True)
class Field:
    number: int
    name: str
    kind: str
    repeats: bool
    is_required: bool


@cache
def rows() -> dict[int, tuple[str, list[Field]]]:
    """Every message of section 4 by its type."""
    found = {int(row[1]): (row[2], _fields(row[3])) for row in _ROW.finditer(PROTOCOL.read_text(encoding="utf-8"))}
    # Type 83 is written as ranges.
    numbered = [Field(n, f"uCounter{n}", "u32", False, n <= 30) for n in range(2, 50)]
    found[83] = (found[83][0], [Field(1, "stHdrs", "commHdrs", False, True), *numbered])
    return found


@cache
def parts() -> dict[str, list[Field]]:
    """The messages inside messages, section 4.1."""
    return {row[1]: _fields(row[2]) for row in _PART.finditer(PROTOCOL.read_text(encoding="utf-8"))}


def _fields(text: str) -> list[Field]:
    return [Field(int(one[1]), one[2], one[3], bool(one[4]), bool(one[5])) for one in _FIELD.finditer(text)]

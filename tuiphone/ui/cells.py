"""Counts cells as terminals do: rich takes the spacing vowel signs of Indic scripts for no cell, wcwidth for one.

Names such as राहुल वर्मा pushed everything behind them out of line, and off the screen at its right edge.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache

from rich import cells

_load = cells.load_cell_table  # pyright: ignore[reportPrivateImportUsage]


def count_as_terminals() -> None:
    """From now on everything is measured so; to be called before anything is drawn."""
    cells.load_cell_table = _table  # pyright: ignore[reportPrivateImportUsage]
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()


@cache
def _table(unicode_version: str = "auto") -> cells.CellTable:
    table = _load(unicode_version)
    return table._replace(widths=[part for entry in table.widths for part in _without_spacing_marks(entry)])


def _without_spacing_marks(entry: cells.CellSpan) -> Iterator[cells.CellSpan]:
    """The span, less the characters of category Mc: what is in no span is one cell wide."""
    start, end, width = entry
    if width:
        yield entry
        return
    begin: int | None = None
    for code in range(start, end + 1):
        if unicodedata.category(chr(code)) == "Mc":
            if begin is not None:
                yield begin, code - 1, 0
            begin = None
        elif begin is None:
            begin = code
    if begin is not None:
        yield begin, end, 0

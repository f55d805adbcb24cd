"""The lines of a text file that somebody else wrote: of any encoding, any line end, and any length."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tuiphone.core.errors import StoreError

MAX_FILE = 64 * 1024 * 1024
MAX_LINE = 64 * 1024
"""Characters kept of a line; photos and garbage are longer."""
_ENDS = re.compile(r"\r\n|\r|\n")


def lines_of(path: Path) -> Iterator[str]:
    """The file's lines without their ends, what is too long cut off.

    UTF-8, UTF-16 with its mark, and Windows' Western encoding for what is neither.

    Raises: StoreError
    """
    try:
        if not path.is_file():
            raise StoreError(f"{path} is {'no ordinary file' if path.exists() else 'not there'}; check its name.")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise StoreError(f"{path} has {size >> 20:,} MB; at most {MAX_FILE >> 20} MB can be read: split it.")
        with path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(0)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                # Not the codec's own reader, which ends lines at every kind of separator there is.
                with io.TextIOWrapper(raw, "utf-16", "replace", newline="") as text:
                    yield from _lines(text)
            else:
                raw.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
                yield from _lines(raw)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error


def _lines(stream: IO[Any]) -> Iterator[str]:
    begun, is_cut = "", False
    while chunk := stream.readline(MAX_LINE):
        *lines, begun = _ENDS.split(begun + (chunk if isinstance(chunk, str) else _decoded(chunk)))
        if lines and is_cut:
            # The rest of a line that was cut is no line of its own.
            lines, is_cut = lines[1:], False
        yield from lines
        if is_cut:
            begun = ""
        elif len(begun) >= MAX_LINE:
            yield begun
            begun, is_cut = "", True
    if begun:
        yield begun


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")

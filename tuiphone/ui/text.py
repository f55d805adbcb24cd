"""What comes from the network made safe to show: no control characters, nothing invisible, right width.

Markup is kept out by never handing a plain string to Textual: names go into `Content` as they are.
"""

import unicodedata
from collections.abc import Iterable

from rich.cells import cell_len
from textual.content import Content

MAX_LINE = 300
"""Characters kept of a text shown on one line."""
MAX_TEXT = 4000
"""Characters kept of a text shown on many."""
_MAX_MARKS = 3
"""Combining marks kept on one letter; more of them climb over the neighbouring lines."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category that nobody can see."""
_FIRST_FLAG_LETTER = 0x1F1E6


def safe(text: str, limit: int = MAX_LINE) -> str:
    """The text on one line, as something every terminal draws in the same number of cells.

    Control characters become their pictures, bidi overrides and zero-width characters vanish, flags become letters.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[: 4 * limit]):
        shown = _shown(character)
        marks = marks + 1 if shown and unicodedata.category(shown) == "Mn" else 0
        if marks <= _MAX_MARKS:
            kept.append(shown)
    return " ".join("".join(kept).split(" "))[:limit].strip()


def safe_lines(text: str, limit: int = MAX_TEXT) -> str:
    """The text with its line breaks, each line made safe."""
    return "\n".join(safe(line, limit) for line in text[:limit].splitlines())


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return " " if character in "\t\n\r" else chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if _FIRST_FLAG_LETTER <= code < _FIRST_FLAG_LETTER + 26:
        return chr(ord("A") + code - _FIRST_FLAG_LETTER)
    if character in _BLANK or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF or 0xE0100 <= code <= 0xE01EF:
        # Variation selectors and skin tones: terminals disagree on the width of what they make together.
        return ""
    match unicodedata.category(character):
        case "Cc" | "Cs" | "Co" | "Cn":
            return "\ufffd"
        case "Cf" | "Me":
            return ""
        case "Zl" | "Zp" | "Zs":
            return " "
        case _:
            return character


def cut(text: str, width: int) -> str:
    """At most `width` cells of the text, with an ellipsis where something was left out."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    kept: list[str] = []
    used = 0
    for character in text:
        used += cell_len(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: cut, or filled up with spaces."""
    short = cut(text, width)
    space = " " * max(0, width - cell_len(short))
    return space + short if right else short + space


def labelled(pairs: Iterable[tuple[str, Content]], width: int) -> Content:
    """Labels at the left, values beside them, wrapped there; both have to be safe already.

    Where there is no room for that, a label gets a line of its own and the value stands indented below it.
    """
    known = list(pairs)
    width = width or 80
    widest = max(14, width // 2 - 4)
    column = max((cell_len(label) for label, _ in known if cell_len(label) <= widest), default=0) + 2
    room = width - column
    lines: list[Content] = []
    for label, value in known:
        fits_beside = room >= 30 or all(line.cell_length <= room for line in value.split("\n"))
        if cell_len(label) < column and fits_beside:
            first, *rest = wrapped(value, room)
            lines.append(Content.assemble((fit(label, column), "$text-muted"), first))
            lines += [Content.assemble(" " * column, line) for line in rest]
        elif cell_len(label) + 2 + value.cell_length <= width:
            lines.append(Content.assemble((f"{label}  ", "$text-muted"), value))
        else:
            lines.append(Content.styled(cut(label, width), "$text-muted"))
            lines += [Content.assemble("  ", line) for line in wrapped(value, width - 2)]
    return Content("\n").join(lines)


def wrapped(text: Content, width: int) -> list[Content]:
    """The text in lines of at most this width; what has no spaces is broken anywhere."""
    lines: list[Content] = []
    for line in text.split("\n"):
        is_one_word = " " not in line.plain
        lines += line.fold(max(1, width)) if is_one_word else line.wrap(max(1, width))
    return lines or [Content("")]

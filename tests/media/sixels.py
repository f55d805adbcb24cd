"""Reads sixels as a terminal does, on its own account: numbers and characters in, a picture out."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_SEQUENCE = re.compile(rb"(?:\x1b\[(\d+);(\d+)H)?\x1bP(\d*;?\d*;?\d*)q([^\x1b]*)\x1b\\")
_PART = re.compile(rb'"(\d+);(\d+);(\d+);(\d+)|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)')


@dataclass(frozen=True)
class Drawn:
    """One picture, and the row and column of the cursor when it came."""

    row: int
    column: int
    pixels: "np.ndarray[Any, np.dtype[np.uint8]]"
    painted: "np.ndarray[Any, np.dtype[np.bool_]]" = field(repr=False)
    """Which pixels got a colour."""


def drawn(sent: bytes) -> list[Drawn]:
    """Every picture in what a terminal was sent. Raises: AssertionError for what is no sixel."""
    return [_picture(int(row or 0), int(column or 0), data) for row, column, _, data in _SEQUENCE.findall(sent)]


def last_drawn(sent: bytes) -> Drawn | None:
    """The last whole one."""
    end = sent.rfind(b"\x1b\\")
    begin = sent.rfind(b"\x1bP", 0, max(0, end))
    found = drawn(sent[max(0, begin - 12) : end + 2]) if begin >= 0 else []
    return found[-1] if found else None


def _picture(row: int, column: int, data: bytes) -> Drawn:
    head = re.match(rb'"1;1;(\d+);(\d+)', data)
    assert head is not None, data[:40]
    width, height = int(head[1]), int(head[2])
    pixels = np.zeros((height, width, 3), np.uint8)
    painted = np.zeros((height, width), np.bool_)
    colours: dict[int, tuple[int, ...]] = {}
    colour, x, y, at = 0, 0, 0, 0
    while at < len(data):
        part = _PART.match(data, at)
        assert part is not None, data[at : at + 40]
        at = part.end()
        _, _, _, _, register, red, green, blue, count, repeated, once, back, down = part.groups()
        if register is not None:
            colour = int(register)
            if red is not None:
                colours[colour] = tuple(round(int(share) * 255 / 100) for share in (red, green, blue))
        elif back is not None:
            x = 0
        elif down is not None:
            x, y = 0, y + 6
        elif (sign := repeated or once) is not None:
            many = int(count or 1)
            for bit in range(6):
                if sign[0] - 63 >> bit & 1:
                    assert y + bit < height, "below the picture"
                    assert x + many <= width, "beside the picture"
                    pixels[y + bit, x : x + many] = colours[colour]
                    painted[y + bit, x : x + many] = True
            x += many
    return Drawn(row, column, pixels, painted)

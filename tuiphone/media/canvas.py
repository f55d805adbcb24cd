"""Draws what the video window shows: the far sides as a grid, our own picture in the corner, and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np

from tuiphone.media.tiles import places

Image: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
"""Rows of blue, green and red."""
Colour: TypeAlias = tuple[int, int, int]

GROUND: Colour = (24, 18, 14)
PANEL: Colour = (46, 36, 28)
BRIGHT: Colour = (245, 240, 235)
QUIET: Colour = (178, 166, 156)
FRAME: Colour = (120, 104, 92)
OWN_SHARE = 0.24
"""Of the window's width, for our own picture."""
_GAP = 6
_BADGES: tuple[Colour, ...] = ((150, 110, 60), (92, 124, 60), (86, 84, 158), (140, 84, 128), (60, 120, 150))


@dataclass(frozen=True, slots=True)
class Tile:
    """One side of the call as it is to be drawn."""

    name: str
    picture: Image | None
    missing: str | None
    """Said in place of the picture."""


def compose(
    size: tuple[int, int],
    far: Sequence[Tile],
    own: Tile | None,
    *,
    keys: Sequence[tuple[str, str]] = (),
    said: str | None = None,
) -> Image:
    """The whole window, `size` being its width and height; `keys` are explained over it, `said` stands at its foot."""
    width, height = size
    canvas = np.empty((height, width, 3), np.uint8)
    _fill(canvas, GROUND)
    for tile, (left, top, wide, high) in zip(far, places(len(far), width, height, gap=_GAP), strict=True):
        _draw(canvas[top : top + high, left : left + wide], tile, named=len(far) > 1)
    if own is not None:
        _draw_own(canvas, own)
    if said:
        _say(canvas, said)
    if keys:
        _explain(canvas, keys)
    return canvas


def _draw(area: Image, tile: Tile, *, named: bool) -> None:
    if tile.picture is None or tile.missing is not None:
        _fill(area, PANEL)
        _placeholder(area, tile)
        return
    picture = _fit(area, tile.picture)
    if named and tile.name:
        _label(picture, tile.name)


def _fit(area: Image, picture: Image) -> Image:
    height, width = area.shape[:2]
    scale = min(width / picture.shape[1], height / picture.shape[0])
    wide, high = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    left, top = (width - wide) // 2, (height - high) // 2
    how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    place = area[top : top + high, left : left + wide]
    cv2.resize(picture, (wide, high), dst=place, interpolation=how)
    return place


def _fill(area: Image, colour: Colour) -> None:
    # A tenth of the time numpy takes for it.
    cv2.rectangle(area, (0, 0), (area.shape[1], area.shape[0]), colour, cv2.FILLED)


def _placeholder(area: Image, tile: Tile) -> None:
    height, width = area.shape[:2]
    radius = max(8, min(width, height) // 7)
    words = tile.missing or "no picture yet"
    text = max(11, min(26, height // 14, width // 16))
    middle = (width // 2, max(radius + 4, height // 2 - text))
    if height > 150:
        colour = _BADGES[sum(tile.name.encode()) % len(_BADGES)]
        cv2.circle(area, middle, radius, colour, -1, cv2.LINE_AA)
        letter = next((one.upper() for one in tile.name if one.isalnum()), "·")
        _centre(area, letter, middle[0], middle[1] + int(radius * 0.36), int(radius * 1.05), BRIGHT, weight=600)
        below = middle[1] + radius + int(text * 1.9)
        if tile.name:
            _centre(area, tile.name, middle[0], below, text, BRIGHT, weight=600)
            below += int(text * 1.6)
        _centre(area, words, middle[0], below, int(text * 0.9), QUIET)
    else:
        _centre(area, words, middle[0], height // 2 + text // 3, text, QUIET)


def _draw_own(canvas: Image, own: Tile) -> None:
    height, width = canvas.shape[:2]
    wide = min(max(96, int(width * OWN_SHARE)), 360, width // 2)
    shape = own.picture.shape if own.picture is not None else (3, 4)
    high = min(int(wide * shape[0] / shape[1]), height // 2)
    margin = max(6, width // 60)
    left, top = width - wide - margin, height - high - margin
    if left < 2 or top < 2:
        return
    _fill(canvas[top - 2 : top + high + 2, left - 2 : left + wide + 2], FRAME)
    area = canvas[top : top + high, left : left + wide]
    _draw(area, own, named=False)


def _label(area: Image, text: str) -> None:
    height, width = area.shape[:2]
    size = max(12, min(20, height // 18))
    text = _cut(text, size, width - 4 * size)
    wide = _width(text, size) + size
    high = int(size * 1.7)
    _shade(area, 6, height - high - 6, wide, high)
    _write(area, text, 6 + size // 2, height - 6 - int(size * 0.5), size, BRIGHT)


def _say(canvas: Image, text: str) -> None:
    height, width = canvas.shape[:2]
    size = 16
    text = _cut(text, size, width - 40)
    _shade(canvas, 10, height - 42, _width(text, size) + 20, 32)
    _write(canvas, text, 20, height - 20, size, BRIGHT)


def _explain(canvas: Image, keys: Sequence[tuple[str, str]]) -> None:
    height, width = canvas.shape[:2]
    size = max(11, min(18, height // 24))
    row, column = int(size * 1.7), size * 6
    wide = column + max(_width(what, size) for _, what in keys) + 3 * size
    high = row * len(keys) + 2 * size
    left, top = max(0, (width - wide) // 2), max(0, (height - high) // 2)
    _shade(canvas, left, top, wide, high, share=0.18)
    for number, (key, what) in enumerate(keys):
        foot = top + size + row * number + int(row * 0.7)
        _write(canvas, key, left + int(1.5 * size), foot, size, (140, 220, 255), weight=600)
        _write(canvas, what, left + int(1.5 * size) + column, foot, size, BRIGHT)


def _shade(canvas: Image, left: int, top: int, wide: int, high: int, *, share: float = 0.35) -> None:
    area = canvas[max(0, top) : top + high, max(0, left) : left + wide]
    if area.size:
        area[:] = cv2.convertScaleAbs(area, alpha=share)


# -- letters --------------------------------------------------------------------------------------------------------


_faces: list[Any] = []


def _face() -> Any:
    # Made when it is first needed: it unpacks the letters of all scripts.
    if not _faces:
        _faces.append(cv2.FontFace("uni"))  # type: ignore[attr-defined]
    return _faces[0]


def _width(text: str, size: int, weight: int = 400) -> int:
    return cv2.getTextSize((1, 1), text, (0, 0), _face(), size, weight)[2]  # type: ignore[call-overload]


def _write(canvas: Image, text: str, left: int, foot: int, size: int, colour: Colour, *, weight: int = 400) -> None:
    cv2.putText(canvas, text, (left, foot), colour, _face(), size, weight)  # type: ignore[call-overload]


def _centre(area: Image, text: str, middle: int, foot: int, size: int, colour: Colour, *, weight: int = 400) -> None:
    text = _cut(text, size, area.shape[1] - size)
    _write(area, text, middle - _width(text, size, weight) // 2, foot, size, colour, weight=weight)


def _cut(text: str, size: int, room: int) -> str:
    if not text or _width(text, size) <= room:
        return text
    while text and _width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text}…" if text else ""

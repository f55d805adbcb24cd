"""Where the pictures of a call have their places, so that all are as large as they can be."""

import math

Box = tuple[int, int, int, int]
"""Left, top, width and height."""


def places(count: int, width: int, height: int, *, gap: int) -> list[Box]:
    """Of so many pictures, in as many columns as make them largest; `gap` is left between them."""
    if count <= 1:
        return [(0, 0, width, height)] * count

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min(width / columns / 4, height / rows / 3)

    columns = max(range(1, count + 1), key=scale)
    rows = math.ceil(count / columns)
    found: list[Box] = []
    for row in range(rows):
        inside = min(columns, count - row * columns)
        wide, high = (width - gap * (columns - 1)) // columns, (height - gap * (rows - 1)) // rows
        # A last row that is not full stands in the middle.
        begin = (width - inside * wide - (inside - 1) * gap) // 2
        found += [(begin + column * (wide + gap), row * (high + gap), wide, high) for column in range(inside)]
    return [(left, top, max(1, wide), max(1, high)) for left, top, wide, high in found]

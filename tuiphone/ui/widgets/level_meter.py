"""How loud a side of a call is, and how good it sounded: small drawings that repaint alone, ten times a second."""

import math
from collections import deque

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tuiphone.ui.words import quality_colour

BLOCKS = " ▁▂▃▄▅▆▇█"
QUIETEST_DB = -48.0


def loudness(level: float) -> float:
    """A peak from 0 to 1 as the ear takes it: decibels, again from 0 to 1."""
    if level <= 0.0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - 20.0 * math.log10(min(1.0, level)) / QUIETEST_DB))


class LevelTrace(Widget):
    """The last moments of a level as a few upright bars."""

    def __init__(self, *, width: int = 4, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._levels: deque[int] = deque([0] * width, maxlen=width)
        self.styles.width = width

    def add(self, level: float) -> None:
        """One more moment, a peak from 0 to 1."""
        before = tuple(self._levels)
        self._levels.append(math.ceil(loudness(level) * 8))
        if tuple(self._levels) != before:
            self.refresh()

    def render(self) -> Content:
        bars = "".join(BLOCKS[max(1, level)] for level in self._levels)
        return Content.styled(bars, "$success" if any(self._levels) else "$text-muted")


class LevelBar(Widget):
    """A level as one lying bar."""

    level = reactive(0.0)
    off = reactive("")
    """Why there is nothing to show, in a word."""

    def render(self) -> Content:
        width = self.size.width
        if self.off:
            return Content.styled(self.off, "$warning")
        full = round(loudness(self.level) * width)
        loud = max(0, full - int(width * 0.85))
        return Content.assemble(
            ("━" * (full - loud), "$success"), ("━" * loud, "$warning"), ("─" * (width - full), "$text-disabled")
        )


class QualityPlot(Widget):
    """The mean opinion score of the last minute, a bar a second, newest at the right; as high as there is room."""

    SECONDS = 60

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._scores: tuple[float | None, ...] = ()

    def show(self, scores: tuple[float | None, ...]) -> None:
        """Draw these scores, oldest first."""
        if scores != self._scores:
            self._scores = scores
            self.refresh()

    def render(self) -> Content:
        width, rows = max(1, self.size.width), max(1, self.size.height)
        scores = self._scores[-self.SECONDS :]
        # Several seconds share a cell where there are fewer cells than seconds; the worst of them counts.
        share = max(1, math.ceil(self.SECONDS / width))
        groups = [scores[max(0, end - share) : end] for end in range(len(scores), 0, -share)][:width]
        bars: list[tuple[int, str]] = []
        for group in reversed(groups):
            worst = min((score for score in group if score is not None), default=None)
            height = 0 if worst is None else 1 + round((min(4.5, max(1.0, worst)) - 1.0) / 3.5 * (8 * rows - 1))
            bars.append((height, quality_colour(worst)))
        lines: list[Content] = []
        for floor in range(8 * (rows - 1), -1, -8):
            nothing = " " if floor else "·"
            cells = [(BLOCKS[min(8, height - floor)] if height > floor else nothing, colour) for height, colour in bars]
            lines.append(Content.assemble((nothing * (width - len(bars)), "$text-disabled"), *cells))
        return Content("\n").join(lines)

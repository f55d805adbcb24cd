"""The loudness of both sides of a recording from its beginning to its end, with the place that is heard just now."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuiphone.ui.widgets.level_meter import BLOCKS

LABELS = 6
"""Cells before a curve, for whose it is."""


def bars(curve: bytes, width: int, rows: int = 1) -> list[str]:
    """The curve as `rows` lines of `width` block characters, the upper one first; silence is a thin line."""
    if width <= 0 or not curve:
        return [" " * max(0, width)] * rows
    heights: list[int] = []
    for cell in range(width):
        first = cell * len(curve) // width
        last = max(first + 1, (cell + 1) * len(curve) // width)
        heights.append(max(1, round(max(curve[first:last]) * 8 * rows / 255)))
    return ["".join(BLOCKS[min(8, max(0, height - 8 * row))] for height in heights) for row in reversed(range(rows))]


class WaveformView(Widget):
    """One lane for each side. A click says which part of the whole was meant."""

    ALLOW_SELECT = False
    share = reactive(0.0)
    """How much of it has been heard, 0 to 1."""

    class Clicked(Message):
        """Somebody wants to hear it from there on."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lanes: tuple[tuple[str, bytes], ...] = ()
        self._instead = ""
        self._drawn = -1

    def show(self, *lanes: tuple[str, bytes]) -> None:
        """Draw these: whose, and the curve."""
        self._lanes, self._instead = lanes, ""
        self.refresh()

    def say(self, text: str) -> None:
        """There is no curve (yet); say why, already safe."""
        self._lanes, self._instead = (), text
        self.refresh()

    @property
    def _room(self) -> int:
        return max(0, self.size.width - LABELS)

    def _at(self, share: float) -> int:
        return min(self._room - 1, max(0, int(share * self._room)))

    def validate_share(self, share: float) -> float:
        # Between two cells there is nothing new to draw.
        return share if self._at(share) != self._drawn else self.share

    def render(self) -> Content:
        if not self._lanes:
            return Content.styled(self._instead, "$text-muted")
        at = self._drawn = self._at(self.share)
        rows = max(1, self.size.height // len(self._lanes))
        lines: list[Content] = []
        for label, curve in self._lanes:
            for row, line in enumerate(bars(curve, self._room, rows)):
                name = label if row == rows - 1 else ""
                lines.append(
                    Content.assemble(
                        (f"{name:<{LABELS}}", "$text-muted"),
                        (line[:at], "$primary"),
                        (line[at : at + 1], "$primary reverse"),
                        (line[at + 1 :], "$text-muted"),
                    )
                )
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        if self._lanes and event.x >= LABELS and self._room:
            self.post_message(self.Clicked((event.x - LABELS) / self._room))

"""A wire trace as a ladder: time runs down, frames go between us at the left and the server at the right."""

import time

from rich.cells import cell_len
from textual.content import Content

from tuiphone.core.trace import Frame, Way
from tuiphone.ui.text import cut, fit, safe
from tuiphone.ui.widgets.line_list import LineList

MAX_FRAMES = 2000
GAP_SECONDS = 1.0
"""A pause this long stands out."""
CALL_COLOURS = ("$primary", "$success", "$warning", "$accent", "$secondary")
_SHORTEST_ARROW = 3


class Ladder(LineList):
    """A line a frame, oldest first."""

    ENTER = "whole frame"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.frames: list[Frame] = []
        self.call: str | None = None
        """Only frames of this call are shown."""
        self._known: dict[int, Frame] = {}
        self._calls: dict[str, int] = {}

    @property
    def chosen(self) -> Frame | None:
        """The frame under the cursor."""
        return self.frames[self.cursor] if self.cursor < len(self.frames) else None

    @property
    def known(self) -> int:
        """How many frames there are, shown or not."""
        return len(self._known)

    def clear(self) -> None:
        """Nothing is known."""
        self._known, self._calls, self.call = {}, {}, None
        self._show(keep=0)

    def take(self, frames: tuple[Frame, ...]) -> None:
        """New frames, and known ones that changed; who looks at the end follows, anybody else keeps their place."""
        follows = self.cursor >= len(self.frames) - 1
        kept = self.chosen
        for frame in frames:
            self._known[frame.id] = frame
            if frame.call is not None:
                self._calls.setdefault(frame.call, len(self._calls))
        while len(self._known) > MAX_FRAMES:
            del self._known[next(iter(self._known))]
        before = len(self.frames)
        self._show(keep=None if follows or kept is None else kept.id)
        if follows and len(self.frames) != before:
            self.scroll_end(animate=False)

    def only(self, call: str | None) -> None:
        """Show the frames of one call, or all."""
        kept = self.chosen
        self.call = call
        self._show(keep=kept.id if kept is not None else None)

    def _show(self, keep: int | None) -> None:
        self.frames = [frame for frame in self._known.values() if self.call is None or frame.call == self.call]
        last = len(self.frames) - 1
        at = last if keep is None else next((n for n, frame in enumerate(self.frames) if frame.id >= keep), last)
        self.set_count(len(self.frames), keep=at)

    def letter_of(self, call: str) -> str:
        """A letter for each call, in the order in which they appeared."""
        return chr(ord("A") + self._calls.get(call, 0) % 26)

    def colour_of(self, call: str) -> str:
        """The colour of the call; its letter says the same."""
        return CALL_COLOURS[self._calls.get(call, 0) % len(CALL_COLOURS)]

    def draw(self, index: int, width: int) -> Content:
        frame = self.frames[index]
        since = frame.at - self.frames[index - 1].at if index else None
        clock, gap = columns_of(width)
        colour = self.colour_of(frame.call) if frame.call else ""
        mark = f"{self.letter_of(frame.call)} " if frame.call else "  "
        stands_out = since is not None and since >= GAP_SECONDS
        head = Content.assemble(
            (f" {fit(_clock(frame.at, clock), clock)}", "$text-muted"),
            (fit(pause(since), gap, right=True), "bold $warning" if stands_out else "$text-muted"),
            (f" {mark}", f"{colour} bold"),
        )
        return Content.assemble(head, rung(frame, width - head.cell_length, colour))


def columns_of(width: int) -> tuple[int, int]:
    """How wide the time and the pause before it are; a narrow window goes without the pause, then with less time."""
    return (12, 8) if width >= 64 else (12, 0) if width >= 48 else (8, 0)


def rung(frame: Frame, width: int, colour: str) -> Content:
    """The line between us and the server."""
    times = f" ×{frame.count}" if frame.count > 1 else ""
    room = max(1, width - 2)
    if frame.way is Way.NOTE:
        said = cut(safe(f"{frame.label}{times}"), max(1, room - 2))
        tone = "$text-muted" if frame.label.startswith(("connected", "closed by us")) else "$warning"
        dots = "·" * max(0, room - cell_len(said) - 2)
        return Content.assemble("│", (f" {said} ", tone), (dots, "$text-muted"), "│")
    said = cut(safe(f"{frame.label}{times}"), max(1, room - _SHORTEST_ARROW - 2))
    line = "─" * max(0, room - cell_len(said) - 3)
    if frame.way is Way.SENT:
        return Content.assemble("│", (f" {said} ", colour), (f"{line}▶", colour or "$text-muted"), "│")
    return Content.assemble("│", (f"◀{line}", colour or "$text-muted"), (f" {said} ", colour), "│")


def heading(width: int, where: str) -> Content:
    """What stands at either side; `where` is already safe."""
    clock, gap = columns_of(width)
    left = " " * (1 + clock + gap + 3)
    return Content.styled(f"{left}us {fit(where, max(1, width - len(left) - 3), right=True)}", "bold $text-muted")


def pause(seconds: float | None) -> str:
    """Time since the frame before, as short as it can be said."""
    if seconds is None:
        return ""
    if seconds < 0.9995:
        return f"+{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 99.95:
        return f"+{seconds:.1f} s"
    return f"+{seconds / 60:.0f} min" if seconds < 5400 else f"+{seconds / 3600:.0f} h"


def _clock(at: float, width: int) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(at))
    return f"{clock}.{int(at * 1000) % 1000:03}" if width >= 12 else clock

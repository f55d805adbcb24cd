"""Pictures as sixels: whether the terminal has them, and one after the other as fast as it takes them.

A terminal that has them says so itself, over SSH too, and every terminal answers that question in turn. So it is asked
behind every picture as well: the next one is not painted before the last was drawn, and none pile up on a slow line.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tuiphone.ui import kitty, terminal
from tuiphone.ui.answers import ASK_CELL, ASK_COLOURS, ASK_WHAT, TerminalAnswered
from tuiphone.ui.painter import Canvas, Painter, PainterGone

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

HAS_SIXELS = 4
COLOURS = 252
"""A picture has so many; a terminal with fewer would show others in their place."""
ANSWER_SECONDS = 3.0
DRAWN_SECONDS = 2.0
"""After so long without an answer the last picture is taken for drawn."""
LAST_SECONDS = 0.5
USUAL_CELL = (10, 20)
"""Of the VT340, and of terminals that imitate one."""
CELLS = range(2, 200)
MOST_AREA = 960 * 720
MOST_AREA_SSH = 480 * 360


class Sixel:
    """The pictures of the terminal as sixels; `cell` is None as long as there can be none."""

    def __init__(self, app: "TuiPhone", environment: Mapping[str, str]) -> None:
        self._app = app
        self._environment = environment
        self._painter = Painter()
        self._is_far = "SSH_CONNECTION" in environment
        self._cell: tuple[int, int] | None = None
        self._canvases: tuple[Canvas, ...] = ()
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()
        self._answers: list[TerminalAnswered] = []
        self._owed = 0
        """Answers that are under way."""
        self._has_painter = self._is_painting = self._is_silent = False
        self._turn = 0
        self.shown = 0
        """Pictures handed to the terminal so far."""

    # -- what the terminal can --------------------------------------------------------------------------------------

    def heard(self, answer: TerminalAnswered) -> None:
        """The terminal answered."""
        self._answers.append(answer)
        if answer.what is not None:
            self._owed = max(0, self._owed - 1)
            self._answered.set()

    async def _ask(self, question: str, seconds: float) -> list[TerminalAnswered] | None:
        """What it says; None when it says nothing."""
        self._answers.clear()
        self._answered.clear()
        self._owed += 1
        self._app.write(question + ASK_WHAT)
        try:
            # Not wait_for, which loses a cancellation that comes together with the event.
            async with asyncio.timeout(seconds):
                await self._answered.wait()
        except TimeoutError:
            self._owed = 0
            return None
        return list(self._answers)

    async def _is_there(self) -> bool:
        if not terminal.is_able(self._environment) or "STY" in self._environment:
            return False
        said = await self._ask("", ANSWER_SECONDS)
        if said is None or not any(HAS_SIXELS in (answer.what or ()) for answer in said):
            return False
        # tmux speaks for itself there. It has pictures of its own where the terminal around it has them too; handed
        # through to that, they would be somewhere else, and stay there when another window is shown.
        return "TMUX" not in self._environment or await terminal.tmux_has_sixels(self._environment)

    async def _learn_more(self) -> bool:
        """How large a cell is; False when there are too few colours."""
        said = await self._ask(ASK_COLOURS + ASK_CELL, ANSWER_SECONDS)
        self._is_silent = said is None
        said = said or []
        cells = [a.cell for a in said if a.cell is not None and a.cell[0] in CELLS and a.cell[1] in CELLS]
        self._cell = cells[-1] if cells else USUAL_CELL
        return all(answer.colours is None or answer.colours >= COLOURS for answer in said)

    # -- showing ----------------------------------------------------------------------------------------------------

    @property
    def cell(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels, where pictures can be shown."""
        return (kitty.cell_pixels() or self._cell) if self._has_painter else None

    @property
    def most_area(self) -> int:
        """Pixels at most; more would take too long to be painted, and to come over a line."""
        return MOST_AREA_SSH if self._is_far else MOST_AREA

    @property
    def is_ready(self) -> bool:
        """The last picture was drawn."""
        return not self._is_painting and not self._wanted.is_set()

    def show(self, canvases: Sequence[Canvas]) -> None:
        """Have the newest pictures drawn there."""
        self._canvases = tuple(canvases)
        self._wanted.set()

    def clear(self) -> None:
        """What is being painted is not wanted any more."""
        self._turn += 1
        self._wanted.clear()

    async def run(self, *, forced: bool) -> None:
        """Show pictures until this is cancelled, if the terminal has them or it is `forced`; `end` follows."""
        if not (forced or await self._is_there()) or not (await self._learn_more() or forced):
            return
        try:
            await self._painter.open()
            self._has_painter = True
            while True:
                self._is_painting = False
                await self._wanted.wait()
                self._is_painting = True
                self._wanted.clear()
                await self._paint()
        except PainterGone:
            pass  # characters stand in
        finally:
            self._has_painter = self._is_painting = False
            self.clear()

    async def end(self) -> None:
        """Leave no painter behind."""
        painter, self._painter = self._painter, Painter()
        await painter.close()

    async def _paint(self) -> None:
        turn = self._turn
        # What comes over a line is better small than fine.
        drawn = await self._painter.paint(self._canvases, grain=not self._is_far)
        if drawn and turn == self._turn:
            self.shown += 1
            if self._is_silent:
                self._app.write(drawn)
            else:
                await self._ask(drawn, DRAWN_SECONDS)

    @property
    def is_owed(self) -> bool:
        """An answer is under way."""
        return self._owed > 0

    async def settle(self) -> None:
        """Before the app leaves the terminal: an answer that comes later would be read by the shell."""
        self.clear()
        if self.is_owed:
            self._answered.clear()
            try:
                async with asyncio.timeout(LAST_SECONDS):
                    await self._answered.wait()
            except TimeoutError:
                pass

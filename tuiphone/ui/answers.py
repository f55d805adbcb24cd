"""What the terminal answers when it is asked what it can: taken out of what is read as keys, which Textual would take
it for.

An answer may come in pieces. What is left of one whose beginning the parser has seen is turned into the answer to
another question, which it knows and drops.
"""

import re

from textual.message import Message

ASK_WHAT = "\x1b[c"
"""Primary device attributes (DEC STD 070; xterm, "Send Device Attributes"): every terminal answers, in turn."""
ASK_CELL = "\x1b[16t"
"""The size of a cell in pixels (xterm, window manipulation 16)."""
ASK_COLOURS = "\x1b[?1;1;0S"
"""How many colours a picture has (xterm, XTSMGRAPHICS)."""

_WHOLE = re.compile(r"\x1b\[(?:\?(?P<what>[\d;]*)c|6;(?P<cell>\d+;\d+)t|\?(?P<colours>[\d;]*)S)")
_MANY = re.compile(r"1;0;(\d+)")
"""How a terminal says how many colours it has, and not that it will not say so."""
_BEGUN = re.compile(r"\x1b\[(?:\?[\d;]*|6;[\d;]*)\Z")
"""The end of a piece that no key begins with."""
_LONGEST = 256
_ENDING = {"\x1b": "[?0;0$y", "\x1b[": "?0;0$y"}
"""Makes an answer of what the parser has seen already: of a mode that nobody asked about."""


class TerminalAnswered(Message):
    """The terminal answered; what it did not speak of is None."""

    def __init__(
        self,
        *,
        what: frozenset[int] | None = None,
        cell: tuple[int, int] | None = None,
        colours: int | None = None,
    ) -> None:
        super().__init__()
        self.what = what
        """What it is and can, by number; 4 is sixels."""
        self.cell = cell
        """Width and height of a cell in pixels."""
        self.colours = colours


class AnswerFilter:
    """Takes answers out of what the terminal sends, in pieces of any size."""

    def __init__(self) -> None:
        self._passed = ""
        """The end of what was handed on: a key, or else the beginning of an answer."""
        self._held = ""
        """What is the beginning of an answer, or goes on from there."""

    def clean(self, data: str) -> tuple[str, list[TerminalAnswered]]:
        """The piece without answers, and those."""
        passed = self._passed
        answers: list[TerminalAnswered] = []

        def take(found: re.Match[str]) -> str:
            answers.append(_answer(found))
            return passed + _ENDING[passed] if passed and found.start() == 0 else ""

        seen = _WHOLE.sub(take, passed + self._held + data)
        begun = _BEGUN.search(seen)
        if begun is not None and len(begun[0]) < _LONGEST:
            end = max(begun.start(), len(passed))
            self._held = seen[end:]
            self._passed = passed if begun.start() < len(passed) else ""
            return seen[len(passed) : end], answers
        self._held = ""
        self._passed = next((begin for begin in _ENDING if seen.endswith(begin)), "")
        return seen[len(passed) :], answers


def _answer(found: re.Match[str]) -> TerminalAnswered:
    if (what := found["what"]) is not None:
        return TerminalAnswered(what=frozenset(int(number) for number in what.split(";") if 0 < len(number) < 5))
    if (cell := found["cell"]) is not None:
        height, width = (int(size[:5]) for size in cell.split(";"))
        return TerminalAnswered(cell=(width, height))
    said = _MANY.fullmatch(found["colours"])
    return TerminalAnswered(colours=int(said[1][:9]) if said else None)

"""Recordings, a line each; any stretch of a long list is fetched when it comes into view."""

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from tuiphone.control.recordings import RecordingLine
from tuiphone.core.model import AddressKind, Download, Playback
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import cut, fit, safe
from tuiphone.ui.widgets.line_list import LineList
from tuiphone.ui.widgets.progress import progress

PAGE = 200


def key_of(line: RecordingLine) -> object:
    """What stays the same of a recording while the list changes around it."""
    return line.path if line.path is not None else line.record


class RecordingTable(LineList):
    """Shows what it has; says which page it wants."""

    ENTER = "play"

    class Wants(Message):
        """Lines from this one on are in view and not there."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.now = 0.0
        self.playback: Playback | None = None
        self.downloads: dict[int, Download] = {}
        """By the id of the history record."""
        self.countries: dict[str, str | None] = {}
        """Account -> country, by which its numbers are written."""
        self._there: dict[int, RecordingLine] = {}

    @property
    def chosen(self) -> RecordingLine | None:
        """The recording under the cursor."""
        return self._there.get(self.cursor)

    def begin(self, offset: int, lines: tuple[RecordingLine, ...], total: int) -> None:
        """Another list, of which this is a page; the cursor stays on its recording if that is in it."""
        kept = key_of(self.chosen) if self.chosen else None
        self._there = dict(enumerate(lines, offset))
        at = next((at for at, line in self._there.items() if key_of(line) == kept), None)
        self.set_count(total, keep=self.cursor if at is None or kept is None else at)
        self._look()

    def add(self, offset: int, lines: tuple[RecordingLine, ...]) -> None:
        """Another page of the same list."""
        self._there.update(enumerate(lines, offset))
        self.redraw()
        self._look()

    def line_at(self, path: str) -> RecordingLine | None:
        """The recording in this file, if it is among those that are there."""
        return next((line for line in self._there.values() if line.path == path), None)

    @property
    def page_in_view(self) -> int:
        """Where the page begins that is looked at."""
        return int(self.cursor) // PAGE * PAGE

    def _look(self) -> None:
        first, last = int(self.scroll_offset.y), int(self.scroll_offset.y) + max(1, self.size.height)
        for index in (self.cursor, *range(first, min(last, self.count))):
            if index < self.count and index not in self._there:
                self.post_message(self.Wants(index // PAGE * PAGE))
                return

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        self._look()

    def enter_label(self) -> str:
        return "download" if self.chosen is not None and self.chosen.path is None else self.ENTER

    def can_choose(self) -> bool:
        return self.chosen is not None

    def draw(self, index: int, width: int) -> Content:
        line = self._there.get(index)
        if line is None:
            return Content.styled(fit("   …", width), "$text-muted")
        columns = columns_of(width)
        name, number = self._names(line)
        symbol, colour = self._mark(line)
        talk = words.length(line.duration_s) if line.duration_s else ""
        return Content.assemble(
            (f" {symbol} ", colour),
            fit(name, columns["name"] - 1),
            " ",
            (fit(number, columns["number"]), "$text-muted"),
            (fit(cut(safe(line.account), columns["account"] - 1), columns["account"]), "$text-muted"),
            fit(words.when(line.started_at, self.now), columns["when"]),
            fit(talk, columns["duration"], right=True),
            "  ",
            self._about(line, columns["about"]),
        )

    def _names(self, line: RecordingLine) -> tuple[str, str]:
        country = self.countries.get(line.account)
        number = pretty(line.peer.text, country) if line.peer.kind is AddressKind.PHONE else line.peer.text
        name = safe(line.peer.name or "")
        return (name, safe(number)) if name else (safe(number), "")

    def _mark(self, line: RecordingLine) -> tuple[str, str]:
        if self.playback is not None and line.path == self.playback.path:
            return ("‖", "$warning") if self.playback.paused else ("▶", "$success")
        if line.is_live:
            return "●", "$error"
        return ("◆", "$primary") if line.path is not None else ("↓", "$text-muted")

    def _about(self, line: RecordingLine, width: int) -> Content:
        download = self.downloads.get(line.record) if line.record is not None else None
        if line.path is None and download is not None:
            if download.problem:
                return Content.styled(fit("did not come", width), "$error")
            return progress(download.done, download.total, width)
        if line.is_live:
            return Content.styled(fit("recording…", width), "$error")
        note = safe(line.note or "")
        if line.path is None:
            return Content.styled(fit(f"at the server · {note}" if note else "at the server", width), "$text-muted")
        if line.video:
            note = f"video · {note}" if note else "video"
        return Content(fit(note, width))


def columns_of(width: int) -> dict[str, int]:
    """How wide each column is; at 80 cells there is none for the account, and the name gets what is left."""
    wide = width >= 92
    fixed = {
        "number": 18 if width >= 66 else 0,
        "account": 12 if wide else 0,
        "when": 16,
        "duration": 7,
        "about": 28 if wide else 13 if width >= 56 else 0,
    }
    return fixed | {"name": max(8, width - sum(fixed.values()) - 3 - 2)}


def heading(width: int) -> Content:
    """The titles over the columns."""
    columns = columns_of(width)
    titles = Content.assemble(
        "   ",
        fit("Name", columns["name"]),
        fit("Number", columns["number"]),
        fit("Account", columns["account"]),
        fit("When", columns["when"]),
        fit("Length", columns["duration"], right=True),
        "  ",
        fit("Note", columns["about"]),
    )
    return titles if cell_len(titles.plain) <= width else Content("")

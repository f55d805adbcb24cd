"""Past calls, a line each. Only a few pages are here at a time; any line is asked for when it comes into view."""

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from tuiphone.core.model import AddressKind, CallRecord
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import cut, fit, safe
from tuiphone.ui.widgets.line_list import LineList

PAGE = 100
MAX_PAGES = 12
"""Pages kept; those not seen for longest go first."""
AHEAD = 40
"""Lines beyond the window that are asked for before one scrolls there."""


class HistoryTable(LineList):
    """Shows what it has; says what it lacks."""

    ENTER = "call back"

    class Lacks(Message):
        """Lines from this number on come into view and are not here."""

        def __init__(self, start: int) -> None:
            super().__init__()
            self.start = start

    class AtEnd(Message):
        """The cursor is on the last line."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.now = 0.0
        self.playing: str | None = None
        """Path of the recording that plays."""
        self.countries: dict[str, str | None] = {}
        """Account -> country, by which its numbers are written."""
        self._pages: dict[int, tuple[CallRecord, ...]] = {}
        self._asked: set[int] = set()

    @property
    def chosen(self) -> CallRecord | None:
        """The record under the cursor."""
        return self.record(self.cursor)

    def record(self, index: int) -> CallRecord | None:
        """The record of a line, if it is here."""
        page = self._pages.get(index // PAGE, ())
        return page[index % PAGE] if 0 <= index % PAGE < len(page) else None

    @property
    def loaded(self) -> tuple[CallRecord, ...]:
        """All records that are here."""
        return tuple(record for page in self._pages.values() for record in page)

    def fill(self, start: int, records: tuple[CallRecord, ...], total: int, *, keep: int | None) -> None:
        """Begin anew with this page of so many lines; the cursor goes to the record `keep`, or to the top."""
        self._pages, self._asked = {start // PAGE: records}, set()
        at = next((start + at for at, record in enumerate(records) if record.id == keep), None)
        moved = 0 if at is None else at - self.cursor
        before = self.scroll_offset.y
        self.set_count(total, keep=0 if at is None else at)
        if at is None:
            self.scroll_to(y=0, animate=False, force=True)
        elif before:
            # What is new came in above: the line stays where it is on the screen.
            self.scroll_to(y=before + moved, animate=False, force=True)
        self._look()

    def put(self, start: int, records: tuple[CallRecord, ...]) -> None:
        """One more page."""
        self._pages[start // PAGE] = records
        self._asked.discard(start // PAGE)
        while len(self._pages) > MAX_PAGES:
            del self._pages[self._farthest()]
        self.redraw()
        self.post_message(self.Moved(self, self.cursor))

    def forget_asked(self) -> None:
        """What was asked for does not come."""
        self._asked.clear()

    def _farthest(self) -> int:
        middle = (self.scroll_offset.y + self.size.height // 2) // PAGE
        return max((page for page in self._pages if page != self.cursor // PAGE), key=lambda page: abs(page - middle))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        self._look()
        if self.count and after == self.count - 1:
            self.post_message(self.AtEnd())

    def on_resize(self) -> None:
        super().on_resize()
        self._look()

    def _look(self) -> None:
        """Say which lines in view, and a little around, are not here."""
        if not self.count:
            return
        top = self.scroll_offset.y
        first, last = max(0, top - AHEAD), min(self.count - 1, top + self.size.height + AHEAD)
        for page in {*range(first // PAGE, last // PAGE + 1), self.cursor // PAGE}:
            if page not in self._pages and page not in self._asked:
                self._asked.add(page)
                self.post_message(self.Lacks(page * PAGE))

    def draw(self, index: int, width: int) -> Content:
        record = self.record(index)
        if record is None:
            return Content.styled(fit(" …", width), "$text-muted")
        name, number = self._names(record)
        columns = columns_of(width)
        colour = words.record_colour(record)
        talk = words.length(record.talk_s) if record.answered_at is not None else ""
        mark, mark_colour = self._mark(record)
        return Content.assemble(
            (f" {words.record_symbol(record)} ", colour),
            (fit(name, columns["name"] - 1), "" if record.seen else "bold"),
            " ",
            (fit(number, columns["number"]), "$text-muted"),
            (fit(cut(safe(record.begun_with), columns["account"] - 1), columns["account"]), "$text-muted"),
            fit(words.when(record.started_at, self.now), columns["when"]),
            fit(talk, columns["duration"], right=True),
            (f" {mark}", mark_colour),
            ("¶ " if record.note else "  ", "$accent"),
            (fit(words.result(record), columns["result"]), colour),
        )

    def _mark(self, record: CallRecord) -> tuple[str, str]:
        if record.recording:
            return ("▶", "$success") if record.recording == self.playing else ("●", "$error")
        return ("○", "$error") if record.recording_url else (" ", "")

    def _names(self, record: CallRecord) -> tuple[str, str]:
        country = self.countries.get(record.begun_with)
        number = pretty(record.peer.text, country) if record.peer.kind is AddressKind.PHONE else record.peer.text
        name = safe(record.peer.name or "")
        return (name, safe(number)) if name else (safe(number) or "anonymous", "")


def columns_of(width: int) -> dict[str, int]:
    """How wide each column is; at 80 cells there is none for the account, and the name gets what is left."""
    fixed = {"number": 18, "when": 16, "duration": 7, "result": 13, "account": 0 if width < 92 else 12}
    if width < 66:
        fixed |= {"number": 0, "when": 16 if width >= 48 else 0, "duration": 7 if width >= 38 else 0}
    return fixed | {"name": max(8, width - sum(fixed.values()) - 3 - 4)}


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
        "    ",
        fit("Result", columns["result"]),
    )
    return titles if cell_len(titles.plain) <= width else Content("")

"""Past calls, a line each, fetched page by page as one scrolls."""

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from tuiphone.core.model import AddressKind, CallRecord
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList

AHEAD = 60
"""Lines left below the window when the next page is asked for."""


class HistoryTable(LineList):
    """Shows what it has; says when it wants more."""

    ENTER = "call back"

    class WantsMore(Message):
        """The end of what is loaded comes into view."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.records: list[CallRecord] = []
        self.has_all = True
        self.now = 0.0
        self.playing: int | None = None
        """Id of the record whose recording plays."""
        self.countries: dict[str, str | None] = {}
        """Account -> country, by which its numbers are written."""

    @property
    def chosen(self) -> CallRecord | None:
        """The record under the cursor."""
        return self.records[self.cursor] if self.cursor < len(self.records) else None

    def fill(self, records: tuple[CallRecord, ...], total: int) -> None:
        """Begin anew with this page; the cursor stays on its record if that is still there."""
        kept = self.chosen.id if self.chosen else None
        self.records = list(records)
        self.has_all = len(self.records) >= total or not records
        at = next((at for at, record in enumerate(self.records) if record.id == kept), 0)
        self.set_count(len(self.records), keep=at)

    def extend(self, records: tuple[CallRecord, ...], total: int) -> None:
        """Add the next page."""
        self.records += records
        self.has_all = len(self.records) >= total or not records
        self.set_count(len(self.records))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        self._look_ahead()

    def _look_ahead(self) -> None:
        end = max(self.cursor, self.scroll_offset.y + self.size.height)
        if not self.has_all and end + AHEAD > len(self.records):
            self.post_message(self.WantsMore())

    def draw(self, index: int, width: int) -> Content:
        record = self.records[index]
        name, number = self._names(record)
        columns = columns_of(width)
        result = record.result.value if not record.lost_at_crash else "lost in a crash"
        colour = words.record_colour(record)
        talk = words.length(record.talk_s) if record.answered_at is not None else ""
        mark = "▶" if record.id == self.playing else "●" if record.recording else " "
        return Content.assemble(
            (f" {words.record_symbol(record)} ", colour),
            (fit(name, columns["name"] - 1), "" if record.seen else "bold"),
            " ",
            (fit(number, columns["number"]), "$text-muted"),
            (fit(safe(record.account), columns["account"]), "$text-muted"),
            fit(words.when(record.started_at, self.now), columns["when"]),
            fit(talk, columns["duration"], right=True),
            (f" {mark}", "$success" if mark == "▶" else "$error"),
            " ",
            (fit(result, columns["result"]), colour),
        )

    def _names(self, record: CallRecord) -> tuple[str, str]:
        country = self.countries.get(record.account)
        number = pretty(record.peer.text, country) if record.peer.kind is AddressKind.PHONE else record.peer.text
        name = safe(record.peer.name or "")
        return (name, safe(number)) if name else (safe(number), "")


def columns_of(width: int) -> dict[str, int]:
    """How wide each column is; at 80 cells there is none for the account, and the name gets what is left."""
    fixed = {"number": 18, "when": 16, "duration": 7, "result": 13, "account": 0 if width < 92 else 12}
    return fixed | {"name": max(8, width - sum(fixed.values()) - 3 - 3)}


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
        "   ",
        fit("Result", columns["result"]),
    )
    return titles if cell_len(titles.plain) <= width else Content("")

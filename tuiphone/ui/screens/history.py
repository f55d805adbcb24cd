"""History: past calls of all accounts, filtered as one types, called back, played."""

import shlex
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input

from tuiphone.control.history import HistoryPage as Found
from tuiphone.core.model import CallRecord
from tuiphone.core.state import PhoneState
from tuiphone.ui import words
from tuiphone.ui.screens.page import Page
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.history_table import HistoryTable, heading
from tuiphone.ui.widgets.plain import Plain

PAGE = 200
MAX_FILTER = 200
DEBOUNCE_SECONDS = 0.12


@dataclass(frozen=True, slots=True)
class Filter:
    """What the filter line says."""

    text: str = ""
    missed: bool = False
    account: str | None = None


def filter_from_text(typed: str) -> Filter:
    """Read the filter line: `missed`, `account:NAME` in any order, the rest is looked for in names and numbers."""
    rest: list[str] = []
    missed, account = False, None
    try:
        words_typed = shlex.split(typed)
    except ValueError:
        # An open quotation mark: it is still being typed.
        words_typed = typed.split()
    for word in words_typed:
        if word.lower() == "missed":
            missed = True
        elif word.lower().startswith("account:") and len(word) > len("account:"):
            account = word[len("account:") :]
        else:
            rest.append(word)
    return Filter(" ".join(rest), missed, account)


class HistoryPage(Page):
    """The list, a line to filter it, a line that says how much there is."""

    NAME = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", priority=True, id="history.filter"),
        Binding("p", "play", "play", id="history.play", tooltip="Play the recording, or stop it"),
        Binding("escape", "leave", "back", show=False, id="history.leave"),
        Binding("down,enter", "to_list", "list", show=False, id="history.list"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._filter = Filter()
        self._asked = 0
        self._is_loading = False
        self._ended: frozenset[object] = frozenset()
        self._typing: Timer | None = None
        self._stopping: Timer | None = None
        self._total = 0

    def compose(self) -> ComposeResult:
        with Horizontal(id="history-top"):
            yield Field(
                id="filter", placeholder="filter: a name, a number, missed, account:NAME", max_length=MAX_FILTER
            )
            yield Plain("", id="history-count")
        yield Plain("", id="history-heading")
        yield HistoryTable(id="history-table")
        yield Plain("", id="history-empty")

    def opened(self) -> None:
        self.take_focus(self.query_one(HistoryTable))
        self.load()
        if self.app.state.missed:
            self.app.do(self.app.phone.see_missed())

    def on_resize(self) -> None:
        table = self.query_one(HistoryTable)
        self.query_one("#history-heading", Plain).update(heading(self.size.width - 1))
        table.redraw()

    def show(self, state: PhoneState) -> None:
        self.query_one(HistoryTable).countries = {known.account.name: known.account.country for known in state.accounts}
        over = frozenset(call.id for call in state.calls if not call.is_live)
        if over - self._ended and self.display:
            self.load()
        self._ended = over
        if state.missed and self.display:
            self.app.do(self.app.phone.see_missed())

    # -- loading ------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Ask for the first page; answers to earlier questions no longer count."""
        self._asked += 1
        asked, wanted = self._asked, self._filter
        self._is_loading = True
        question = self.app.phone.history(wanted.text, account=wanted.account, missed=wanted.missed, limit=PAGE)
        self.app.do(question, lambda found: self._fill(asked, found), failed=self._failed)

    def _fill(self, asked: int, found: Found) -> None:
        if asked != self._asked:
            return
        self._is_loading = False
        table = self.query_one(HistoryTable)
        table.now = self.app.now()
        table.fill(found.records, found.total)
        self._count(found.total)

    @on(HistoryTable.WantsMore)
    def _more(self) -> None:
        table = self.query_one(HistoryTable)
        if self._is_loading or table.has_all or not table.records:
            return
        self._is_loading = True
        asked, wanted = self._asked, self._filter
        question = self.app.phone.history(
            wanted.text, account=wanted.account, missed=wanted.missed, before=table.records[-1].id, limit=PAGE
        )
        self.app.do(question, lambda found: self._extend(asked, found), failed=self._failed)

    def _extend(self, asked: int, found: Found) -> None:
        if asked != self._asked:
            return
        self._is_loading = False
        table = self.query_one(HistoryTable)
        # `total` is of what is older than what we have.
        table.extend(found.records, max(self._total, len(table.records)))

    def _failed(self) -> None:
        self._is_loading = False

    def _count(self, total: int) -> None:
        self._total = total
        self.query_one("#history-count", Plain).update(words.counted(total, "call"))
        empty = self.query_one("#history-empty", Plain)
        empty.display = not total
        is_filtered = self._filter != Filter()
        empty.update(
            "No call matches the filter; esc clears it." if is_filtered else "No calls yet. They will stand here."
        )
        self.query_one("#history-heading").display = bool(total)
        self.refresh_bindings()

    # -- filter -------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#filter")
    def _filter_typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._apply_filter)

    def _apply_filter(self) -> None:
        wanted = filter_from_text(self.query_one("#filter", Field).value)
        if wanted != self._filter:
            self._filter = wanted
            self.load()

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a filter has at most {MAX_FILTER}.")

    def action_filter(self) -> None:
        self.take_focus(self.query_one("#filter", Field))

    def action_to_list(self) -> None:
        self.query_one(HistoryTable).focus()

    @on(HistoryTable.LeftAtTop)
    def _back_to_filter(self) -> None:
        self.query_one("#filter", Field).focus()

    def action_leave(self) -> None:
        field, table = self.query_one("#filter", Field), self.query_one(HistoryTable)
        if table.playing is not None:
            self._stop()
        elif field.value:
            field.value = ""
        else:
            table.focus()

    # -- doing --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        table = self.query_one(HistoryTable)
        match action:
            case "play":
                return table.has_focus and (table.playing is not None or bool(table.chosen and table.chosen.recording))
            case "to_list":
                return not table.has_focus
            case "filter":
                return table.has_focus
            case _:
                return True

    @on(HistoryTable.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(HistoryTable.Chosen)
    def _call_back(self) -> None:
        if (record := self.query_one(HistoryTable).chosen) is not None:
            self.app.desk.dial(record.peer.text, account=record.account)

    def action_play(self) -> None:
        table = self.query_one(HistoryTable)
        if table.playing is not None:
            return self._stop()
        if (record := table.chosen) is not None and record.recording:
            self.app.do(self.app.phone.play(record.id), lambda _: self._playing(record))

    def _playing(self, record: CallRecord) -> None:
        self._mark(record.id)
        self.app.say(f"Playing the call with {words.who(record.peer, 60)}; p stops it.")
        # The engine does not tell when a recording has been played; it is as long as the call was.
        self._stopping = self.set_timer(record.talk_s + 1.0, lambda: self._mark(None))

    def _stop(self) -> None:
        self._mark(None)
        self.app.do(self.app.phone.stop_playing())

    def _mark(self, record: int | None) -> None:
        if self._stopping is not None:
            self._stopping.stop()
            self._stopping = None
        table = self.query_one(HistoryTable)
        table.playing = record
        table.redraw()
        self.refresh_bindings()

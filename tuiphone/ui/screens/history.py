"""History: past calls of all accounts, filtered as one types, called back, played, noted, exported."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tuiphone.control.history import Fetched
from tuiphone.control.history import HistoryPage as Found
from tuiphone.core.filters import MAX_FILTER
from tuiphone.core.model import Download
from tuiphone.core.state import PhoneState
from tuiphone.ui import records, words
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import cut, safe
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.filter_field import FilterField
from tuiphone.ui.widgets.history_table import PAGE, HistoryTable, heading
from tuiphone.ui.widgets.plain import Plain

DEBOUNCE_SECONDS = 0.1
HINT = "a name, a number, missed, account:work, from:today, min:60s"


class HistoryPage(Page):
    """A line to filter with, the list, and what is known of the call under the cursor."""

    NAME = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", priority=True, id="history.filter", tooltip="Type what to look for"),
        Binding(
            "p",
            "play",
            "play",
            id="history.play",
            tooltip="Play the recording, or fetch it first",
        ),
        Binding("o", "crm", "their page", priority=True, id="history.crm", tooltip="Open their page, or copy its link"),
        Binding("n", "note", "note", priority=True, id="history.note", tooltip="Write a note on the call"),
        Binding(
            "x", "export", "export", priority=True, id="history.export", tooltip="Write what is shown to CSV or JSON"
        ),
        Binding(
            "delete,d",
            "remove",
            "delete",
            priority=True,
            id="history.delete",
            tooltip="Delete the call from the history",
        ),
        Binding("escape", "leave", "clear", id="history.leave", tooltip="Clear the filter, or stop the recording"),
        Binding("down,enter", "to_list", "to the list", priority=True, id="history.list"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._filter = ""
        self._asked = 0
        self._changes = -1
        self._typing: Timer | None = None
        self._found = Found((), 0)
        self._is_loaded = False
        self._is_fetching = False
        self._downloads: tuple[Download, ...] = ()

    def compose(self) -> ComposeResult:
        with Horizontal(id="history-top"):
            yield FilterField(self._accounts, id="filter", placeholder=HINT)
            yield Plain("", id="history-count")
        yield Plain("", id="history-heading")
        yield Plain("", id="history-empty")
        yield HistoryTable(id="history-table")
        yield Plain("", id="history-detail")

    def opened(self) -> None:
        self.take_focus(self.query_one(HistoryTable))
        self.load()

    def on_resize(self) -> None:
        self._show_heading()
        self.set_class(self.size.height < 16, "-low")
        self.set_class(self.size.height >= 30, "-high")
        self.query_one(HistoryTable).redraw()
        self._show_detail()

    def show(self, state: PhoneState) -> None:
        table = self.query_one(HistoryTable)
        countries = {known.account.name: known.account.country for known in state.accounts}
        playing = state.playback.path if state.playback is not None else None
        if state.downloads != self._downloads:
            self._downloads = state.downloads
            self._show_detail()
            self.refresh_bindings()
        if (countries, playing) != (table.countries, table.playing):
            table.countries, table.playing = countries, playing
            table.redraw()
            self.refresh_bindings()
        if self.display and self._is_loaded and state.changes_of("history") != self._changes:
            self.load()
        self._see_missed()

    def tick(self, now: float) -> None:
        # "14:02" becomes "yesterday 14:02" while one looks.
        table = self.query_one(HistoryTable)
        if words.day(now, table.now) != words.day(now, now):
            table.now = now
            table.redraw()

    @property
    def _is_in_list(self) -> bool:
        # Not `has_focus`, which comes a moment later than the next key of a quick hand.
        return self.screen.focused is self.query_one(HistoryTable)

    def _accounts(self) -> tuple[str, ...]:
        here = {record.account for record in self.query_one(HistoryTable).loaded}
        return tuple(sorted(here | {known.account.name for known in self.app.state.accounts}))

    # -- loading ------------------------------------------------------------------------------------------------

    def load(self, *, from_top: bool = False) -> None:
        """Ask for the page under the cursor anew; answers to earlier questions no longer count."""
        self._asked += 1
        self._changes = self.app.state.changes_of("history")
        asked, kept = self._asked, self.query_one(HistoryTable).chosen
        around = None if from_top or kept is None else kept.id
        question = self.app.phone.history(self._filter, around=around, limit=PAGE)
        self.app.do(question, lambda found: self._fill(asked, found, around))

    def _fill(self, asked: int, found: Found, kept: int | None) -> None:
        if asked != self._asked or not self.is_attached:
            return
        self._found, self._is_loaded = found, True
        table = self.query_one(HistoryTable)
        table.now = self.app.now()
        table.fill(found.start, found.records, found.total, keep=kept)
        self._show_count()
        self._show_detail()
        self._see_missed()

    @on(HistoryTable.Lacks)
    def _ask_page(self, message: HistoryTable.Lacks) -> None:
        asked, table = self._asked, self.query_one(HistoryTable)

        def came(found: Found) -> None:
            if asked != self._asked:
                return
            if found.total != table.count:
                # Calls came or went meanwhile; every line may be another one now.
                return self.load()
            table.put(message.start, found.records)

        question = self.app.phone.history(self._filter, start=message.start, limit=PAGE)
        self.app.do(question, came, failed=table.forget_asked)

    @on(HistoryTable.AtEnd)
    def _fetch_older(self) -> None:
        if not self._found.has_older or self._is_fetching:
            return
        self._is_fetching = True
        self._show_count()
        self.app.do(self.app.phone.fetch_older(), self._fetched, failed=lambda: self._fetched(None))

    def _fetched(self, fetched: Fetched | None) -> None:
        self._is_fetching = False
        if fetched is not None:
            for problem in fetched.problems:
                self.app.say_not_now(safe(problem))
        # What is new is told as any change of the history is; that nothing is, too.
        if self.is_attached and (fetched is None or not fetched.added):
            self.load()

    def _see_missed(self) -> None:
        """Missed calls count as seen once the list with them has been on the screen, with nothing over it."""
        is_shown = self.display and self._is_loaded and self.app.screen is self.screen
        has_them = not self._filter or any(not record.seen for record in self._found.records)
        if is_shown and self.app.state.missed and has_them:
            self.app.do(self.app.phone.see_missed())

    # -- what is to be seen -------------------------------------------------------------------------------------

    def _show_count(self) -> None:
        total = self._found.total
        said = words.counted(total, "call") + (", fetching older…" if self._is_fetching else "")
        self.query_one("#history-count", Plain).update(said)
        # The list stays, though empty: what has the focus must not go away.
        self.query_one("#history-empty").display = not total
        self.query_one("#history-detail").display = bool(total)
        empty = (
            "No call matches the filter; esc clears it."
            if self._filter.strip()
            else "No calls yet. They will stand here."
        )
        self.query_one("#history-empty", Plain).update(empty)
        self._show_heading()
        self.refresh_bindings()

    def _show_heading(self) -> None:
        line = self.query_one("#history-heading", Plain)
        problems = " ".join(map(safe, self._found.problems))
        line.set_class(bool(problems), "-bad")
        titles = heading(self.size.width - 1) if self._found.total else Content("")
        line.update(cut(f" {problems}", self.size.width - 2) if problems else titles)

    def _show_detail(self) -> None:
        record = self.query_one(HistoryTable).chosen
        detail = self.query_one("#history-detail", Plain)
        if record is None:
            detail.update("")
        else:
            known = self.app.state.account(record.begun_with)
            country = known.account.country if known else None
            is_low = self.has_class("-low")
            detail.update(records.details(record, self.app.state, country, note_first=is_low))

    # -- filter -------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#filter")
    def _filter_typed(self) -> None:
        self.refresh_bindings()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._apply_filter)

    def _apply_filter(self) -> None:
        wanted = self.query_one("#filter", Field).value.strip()
        if wanted != self._filter:
            self._filter = wanted
            # Without a filter, the call that was found is shown among its neighbours.
            self.load(from_top=bool(wanted))

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a filter has at most {MAX_FILTER}.")

    def action_filter(self) -> None:
        self.take_focus(self.query_one("#filter", Field))

    def action_to_list(self) -> None:
        self.take_focus(self.query_one(HistoryTable))

    @on(HistoryTable.LeftAtTop)
    def _back_to_filter(self) -> None:
        self.query_one("#filter", Field).focus()

    def action_leave(self) -> None:
        field, table = self.query_one("#filter", Field), self.query_one(HistoryTable)
        if table.playing is not None and self._is_in_list:
            self.app.do(self.app.phone.stop_playing())
        elif field.value:
            field.value = ""
        else:
            table.focus()

    # -- doing --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_attached:
            return False
        table = self.query_one(HistoryTable)
        record = table.chosen if self._is_in_list else None
        match action:
            case "play":
                return record is not None and (bool(table.playing) or records.may_be_heard(record, self.app.state))
            case "crm":
                return record is not None and self.app.crm.is_for(record.peer)
            case "note" | "remove":
                return record is not None
            case "export":
                return self._is_in_list and table.count > 0
            case "to_list":
                return not self._is_in_list
            case "filter":
                return self._is_in_list
            case "leave":
                has_text = bool(self.query_one("#filter", Field).value)
                return has_text or not self._is_in_list or table.playing is not None
            case _:
                return True

    @on(HistoryTable.Moved)
    def _moved(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(HistoryTable.Chosen)
    def _call_back(self) -> None:
        if (record := self.query_one(HistoryTable).chosen) is not None:
            # Accounts may be gone since; then the first one that can calls.
            found = (one for one in (record.begun_with, record.account) if self.app.state.account(one) is not None)
            account = next(found, None)
            self.app.handset.dial(record.peer.text, account=account)

    def action_play(self) -> None:
        table = self.query_one(HistoryTable)
        if table.playing is not None:
            self.app.do(self.app.phone.stop_playing())
        elif (record := table.chosen) is not None:
            download = records.download_of(record, self.app.state)
            if download is not None and download.problem is None:
                return self.app.do(self.app.phone.stop_fetching(record.id))
            who = words.who(record.peer, 60)
            said = f"Playing the call with {who}; p stops it."
            if record.recording is None:
                said = f"Fetching the recording of the call with {who}; it plays when it is here. p stops it."
            self.app.do(self.app.phone.play(record.id), lambda _: self.app.say(said))

    def action_note(self) -> None:
        if (record := self.query_one(HistoryTable).chosen) is not None:
            records.note(self.app, record)

    def action_crm(self) -> None:
        if (record := self.query_one(HistoryTable).chosen) is not None:
            account = record.control_account or record.account
            self.app.crm.open(record.peer, account, incoming=record.incoming)

    def action_remove(self) -> None:
        if (record := self.query_one(HistoryTable).chosen) is not None:
            records.remove(self.app, record)

    def action_export(self) -> None:
        records.export(self.app, self._filter, self._found.total)

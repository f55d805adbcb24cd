"""The log page's list of what happened, with the line that filters it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tuiphone.control.logbook import MAX_ENTRIES, LogPage
from tuiphone.core.entry import Level
from tuiphone.core.state import PhoneState
from tuiphone.ui import clip, words
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.log_table import LogTable, in_full
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_FILTER = 200
DEBOUNCE_SECONDS = 0.12


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the filter line says."""

    text: str = ""
    account: str | None = None
    level: Level = Level.INFO

    def written(self) -> str:
        """As it stands in the line."""
        account = f"account:{self.account}" if self.account else ""
        level = f"level:{self.level.value}" if self.level is not Level.INFO else ""
        return " ".join(part for part in (level, account, self.text) if part)


def filter_from_text(typed: str) -> LogFilter:
    """Read the filter line: `level:warning`, `account:NAME`, the rest is looked for in what is said."""
    found, rest = LogFilter(), []
    levels = {level.value: level for level in Level}
    for word in typed.split():
        key, _, value = word.partition(":")
        if key.lower() == "account" and value:
            found = replace(found, account=value)
        elif key.lower() == "level" and value.lower().rstrip("s") in levels:
            found = replace(found, level=levels[value.lower().rstrip("s")])
        else:
            rest.append(word)
    return replace(found, text=" ".join(rest))


class JournalView(Widget):
    """Asks page by page, follows what happens, keeps its place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", priority=True, id="log.filter"),
        Binding("t", "trace", "wire", id="log.trace", tooltip="What went over an account's wire"),
        Binding("l", "level", "level", id="log.level", tooltip="Everything, warnings and errors, errors only"),
        Binding("a", "account", "account", id="log.account", tooltip="One account after the other, then all"),
        Binding("y,c", "copy", "copy", id="log.copy", tooltip="Copy the entry under the cursor"),
        Binding("Y,C", "copy_all", "copy all", show=False, id="log.copy_all", tooltip="Copy all that is listed"),
        Binding("b", "report", "bug report", id="log.report", tooltip="Write an archive for whoever helps"),
        Binding("escape", "leave", "back", show=False, id="log.leave"),
        Binding("down,enter", "to_list", "list", show=False, id="log.list"),
    ]

    class WantsTrace(Message):
        """The wire of an account is to be seen."""

        def __init__(self, account: str) -> None:
            super().__init__()
            self.account = account

    class WantsReport(Message):
        """A bug report is to be written."""

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._filter = LogFilter()
        self._asked = 0
        self._is_loading = False
        self._is_stale = False
        self._changes = -1
        self._total = 0
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="log-top"):
            yield Field(
                id="log-filter", placeholder="filter: words, account:NAME, level:warning", max_length=MAX_FILTER
            )
            yield Plain("", id="log-count")
        yield Plain("", id="log-empty")
        yield LogTable(id="log-table")

    @property
    def table(self) -> LogTable:
        """The list."""
        return self.query_one(LogTable)

    def on_resize(self) -> None:
        self.table.redraw()

    def show(self, state: PhoneState) -> None:
        """Draw this state; ask again when something happened."""
        self.table.says_account = len(state.accounts) > 1
        if state.changes_of("log") != self._changes:
            self._changes = state.changes_of("log")
            self.renew()

    def tick(self, now: float) -> None:
        """A second has passed."""
        self.table.now = now

    # -- loading ------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Ask for the first page, and begin at its top; answers to earlier questions no longer count."""
        self._asked += 1
        asked = self._asked
        self._is_loading = True
        self._ask(None, lambda page: self._fill(asked, page))

    def renew(self) -> None:
        """Ask for the first page again; several wishes while one is under way come to one more."""
        if self._is_loading:
            self._is_stale = True
            return
        asked = self._asked
        self._is_loading = True
        self._ask(None, lambda page: self._renewed(asked, page))

    def _ask(self, before: int | None, then: Callable[[LogPage], None]) -> None:
        wanted = self._filter
        question = self.app.phone.read_log(
            wanted.text, account=wanted.account, level=wanted.level, before=before, limit=MAX_ENTRIES
        )
        self.app.do(question, then, failed=self._failed)

    def _fill(self, asked: int, page: LogPage) -> None:
        if asked == self._asked and self.is_attached:
            self.table.now = self.app.now()
            self.table.fill(page.entries, page.total)
            self._loaded(page.total)

    def _renewed(self, asked: int, page: LogPage) -> None:
        if asked == self._asked and self.is_attached:
            self.table.now = self.app.now()
            self.table.renew(page.entries, page.total)
            self._loaded(page.total)

    @on(LogTable.WantsMore)
    def _more(self) -> None:
        if self._is_loading or self.table.has_all or not self.table.entries:
            return
        self._is_loading = True
        asked = self._asked
        self._ask(self.table.entries[-1].id, lambda page: self._extend(asked, page))

    def _extend(self, asked: int, page: LogPage) -> None:
        if asked == self._asked and self.is_attached:
            self.table.extend(page.entries, page.total)
            self._loaded(page.total)

    def _loaded(self, total: int) -> None:
        self._is_loading = False
        self._total = total
        self.query_one("#log-count", Plain).update(words.counted(total, "entry", "entries"))
        empty = self.query_one("#log-empty", Plain)
        # The list stays where it is, empty or not: it has the focus.
        empty.display = not total
        is_filtered = self._filter != LogFilter()
        empty.update("Nothing fits the filter; esc clears it." if is_filtered else "Nothing has happened yet.")
        self.refresh_bindings()
        if self._is_stale:
            self._is_stale = False
            self.renew()

    def _failed(self) -> None:
        self._is_loading = self._is_stale = False

    # -- filter -------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#log-filter")
    def _filter_typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._apply_filter)

    def _apply_filter(self) -> None:
        wanted = filter_from_text(self.query_one("#log-filter", Field).value)
        if wanted != self._filter:
            self._filter = wanted
            self.load()

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a filter has at most {MAX_FILTER}.")

    def _use(self, wanted: LogFilter) -> None:
        self.query_one("#log-filter", Field).value = wanted.written()
        self._filter = wanted
        self.load()

    def action_level(self) -> None:
        levels = list(Level)
        after = levels[(levels.index(self._filter.level) + 1) % len(levels)]
        self._use(replace(self._filter, level=after))

    def action_account(self) -> None:
        names: list[str | None] = [None, *(known.account.name for known in self.app.state.accounts)]
        at = names.index(self._filter.account) if self._filter.account in names else 0
        self._use(replace(self._filter, account=names[(at + 1) % len(names)]))

    def action_filter(self) -> None:
        self.screen.set_focus(self.query_one("#log-filter", Field))

    def action_to_list(self) -> None:
        self.focus_list()

    def focus_list(self) -> None:
        """Send keys to the list."""
        self.screen.set_focus(self.table)

    @on(LogTable.LeftAtTop)
    def _back_to_filter(self) -> None:
        self.query_one("#log-filter", Field).focus()

    def action_leave(self) -> None:
        field = self.query_one("#log-filter", Field)
        if field.value:
            field.value = ""
            self._use(LogFilter())
        self.focus_list()

    # -- doing --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "copy" | "copy_all":
                return self.table.has_focus and self.table.chosen is not None
            case "trace":
                return bool(self.app.state.accounts)
            case "account":
                return len(self.app.state.accounts) > 1
            case "to_list":
                return not self.table.has_focus
            case "filter":
                return self.table.has_focus or not self.query_one("#log-filter", Field).has_focus
            case _:
                return True

    @on(LogTable.Chosen)
    def _read(self) -> None:
        from tuiphone.ui.screens.reading import ReadDialog

        if (entry := self.table.chosen) is not None:
            self.app.push_screen(ReadDialog("What happened", in_full(entry), entry.detail or "", what="The entry"))

    def action_copy(self) -> None:
        if (entry := self.table.chosen) is not None:
            clip.copy(self.app, "\n".join(part for part in (in_full(entry), entry.detail) if part), "The entry")

    def action_copy_all(self) -> None:
        shown = "\n".join(in_full(entry).replace("\n", "  ") for entry in self.table.entries)
        clip.copy(self.app, shown, f"What is listed ({words.counted(len(self.table.entries), 'entry', 'entries')})")

    def action_report(self) -> None:
        self.post_message(self.WantsReport())

    def action_trace(self) -> None:
        names = [known.account.name for known in self.app.state.accounts]
        entry = self.table.chosen
        if entry is not None and entry.account in names:
            self.post_message(self.WantsTrace(entry.account))
        elif self._filter.account in names:
            self.post_message(self.WantsTrace(self._filter.account))
        elif len(names) == 1:
            self.post_message(self.WantsTrace(names[0]))
        elif names:
            from tuiphone.ui.widgets.picker import Option

            options = tuple(Option(name, safe(name)) for name in names)
            self.app.choose("Whose wire?", options, None, self._chosen_wire)

    def _chosen_wire(self, account: str | None) -> None:
        if account is not None:
            self.post_message(self.WantsTrace(account))

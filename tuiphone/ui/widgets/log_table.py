"""What happened, a line an entry, newest first; keeps its place while new ones come."""

import time

from textual.content import Content
from textual.message import Message

from tuiphone.core.entry import Entry, Level
from tuiphone.ui import words
from tuiphone.ui.text import cut, fit, safe
from tuiphone.ui.widgets.line_list import LineList

AHEAD = 60
"""Lines left below the window when the next page is asked for."""
SYMBOL = {Level.INFO: "·", Level.WARNING: "!", Level.ERROR: "✕"}
COLOUR = {Level.INFO: "$text-muted", Level.WARNING: "$warning", Level.ERROR: "$error"}


class LogTable(LineList):
    """Shows what it has; says when it wants more."""

    ENTER = "details"
    ONE_CLICK = False

    class WantsMore(Message):
        """The end of what is loaded comes into view."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.has_all = True
        self.now = 0.0
        self.says_account = False
        """There is more than one account."""

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def fill(self, entries: tuple[Entry, ...], total: int) -> None:
        """Begin anew with this page, at its top."""
        self.entries = list(entries)
        self.has_all = len(entries) >= total
        self.set_count(len(self.entries), keep=0)
        self.scroll_to(y=0, animate=False)

    def renew(self, entries: tuple[Entry, ...], total: int) -> None:
        """Take in a newer first page; who looks at the top follows, anybody else keeps their place."""
        kept, y = self.chosen, self.scroll_offset.y
        follows = self.cursor == 0 and y == 0
        known = self.entries
        overlaps = bool(entries) and bool(known) and entries[-1].id <= known[0].id
        older = [entry for entry in known if overlaps and entry.id < entries[-1].id]
        self.entries = [*entries, *older]
        self.has_all = len(self.entries) >= total
        at = 0 if follows or kept is None else self._place_of(kept)
        moved = at - self.cursor
        self.set_count(len(self.entries), keep=at)
        if not follows:
            self.scroll_to(y=max(0, y + moved), animate=False, force=True, immediate=True)

    def _place_of(self, entry: Entry) -> int:
        """Where it is now; one that happened again went to the top, and its place is taken by what was below."""
        return next((at for at, each in enumerate(self.entries) if each.id <= entry.id), max(0, len(self.entries) - 1))

    def extend(self, entries: tuple[Entry, ...], total: int) -> None:
        """Add the next page."""
        last = self.entries[-1].id if self.entries else None
        self.entries += [entry for entry in entries if last is None or entry.id < last]
        self.has_all = not entries or len(self.entries) >= total
        self.set_count(len(self.entries))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        self._look_ahead()

    def _look_ahead(self) -> None:
        end = max(self.cursor, self.scroll_offset.y + self.size.height)
        if not self.has_all and end + AHEAD > len(self.entries):
            self.post_message(self.WantsMore())

    def draw(self, index: int, width: int) -> Content:
        entry = self.entries[index]
        account = (14 if width >= 100 else 9) if self.says_account and width >= 60 else 0
        times = f" ×{entry.count}" if entry.count > 1 else ""
        colour = COLOUR[entry.level]
        clock = 12 if width >= 40 else 5
        room = width - (1 + clock + 1) - 2 - (account + 1 if account else 0) - len(times)
        return Content.assemble(
            (f" {fit(moment(entry.at, self.now) if clock > 5 else words.clock(entry.at), clock)} ", "$text-muted"),
            (f"{SYMBOL[entry.level]} ", colour),
            (fit(safe(entry.account or ""), account), "$text-muted"),
            " " if account else "",
            (cut(safe(entry.text), room), "" if entry.level is Level.INFO else colour),
            (times, "$text-muted"),
        )


def moment(at: float, now: float) -> str:
    """When it was: to the second today, the day before that."""
    then, today = time.localtime(at), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M:%S", then)
    return f"{then.tm_mday} {words.MONTHS[then.tm_mon - 1]} {words.clock(at)}"


def in_full(entry: Entry) -> str:
    """An entry's head, as one copies it: when, how bad, whose, and the sentence."""
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
    times = f", {entry.count} times in a row, the last one then" if entry.count > 1 else ""
    call = f", call {safe(entry.call)}" if entry.call else ""
    whose = f", {safe(entry.account)}" if entry.account else ""
    return f"{clock}, {entry.level.value}{whose}{call}{times}\n{safe(entry.text, 500)}"

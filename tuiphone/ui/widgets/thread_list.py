"""Who there are messages with: two lines each, the latest first, fetched page by page."""

from textual.content import Content
from textual.message import Message

from tuiphone.control.texts import Conversation
from tuiphone.ui import words
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList
from tuiphone.ui.widgets.text_lines import preview

AHEAD = 20
"""Conversations left below the window when the next page is asked for."""


class ThreadList(LineList):
    """Shows what it has; says when it wants more."""

    ENTER = "open"
    ONE_CLICK = True
    ROWS = 2

    class WantsMore(Message):
        """The end of what is loaded comes into view."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.threads: list[Conversation] = []
        self.has_all = True
        self.now = 0.0
        self.open: str | None = None
        """The person whose messages are shown."""

    @property
    def chosen(self) -> Conversation | None:
        """The conversation under the cursor."""
        return self.threads[self.cursor] if self.cursor < len(self.threads) else None

    def fill(self, threads: tuple[Conversation, ...], total: int, *, keep: str | None) -> None:
        """Begin anew with these; the cursor goes to the person `keep`, if they are still there."""
        self.threads = list(threads)
        self.has_all = len(self.threads) >= total or not threads
        at = next((at for at, one in enumerate(self.threads) if one.person == keep), 0)
        self.set_count(len(self.threads), keep=at)

    def extend(self, threads: tuple[Conversation, ...]) -> None:
        """Add the next page."""
        known = {one.person for one in self.threads}
        self.threads += [one for one in threads if one.person not in known]
        self.has_all = not threads
        self.set_count(len(self.threads))

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        self._look_ahead()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def _look_ahead(self) -> None:
        end = max(self.cursor, (self.scroll_offset.y + self.size.height) // self.ROWS)
        if not self.has_all and end + AHEAD > len(self.threads):
            self.post_message(self.WantsMore())

    def draw(self, index: int, width: int) -> Content:
        one = self.threads[index]
        text = one.found or one.last
        when = words.day(text.at, self.now) if text is not None else ""
        count = f" {one.unread if one.unread < 1000 else '999+'} " if one.unread else ""
        mark = "●" if one.unread else "#" if one.is_topic else "▸" if one.person == self.open else " "
        name = words.who(one.peer, width)
        first = Content.assemble(
            (f"{mark} ", "$warning" if one.unread else "$text-muted"),
            (fit(name, width - 4 - len(when) - len(count)), "bold" if one.unread else ""),
            (count, "$warning bold"),
            (f" {when}", "$text-muted"),
            " ",
        )
        account = f" {safe(one.account, 12)}" if width >= 24 else ""
        said = preview(text, width - 3 - len(account)) if text is not None else fit("no messages yet", width - 3)
        second = Content.assemble(("  " + said, "$text-muted"), (account, "$accent"), " ")
        return Content("\n").join([first, second])

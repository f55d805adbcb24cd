"""The messages of one person, scrolled to the end; a stretch of them is held, and more fetched at either end."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tuiphone.core.model import TextMessage
from tuiphone.ui.widgets.text_lines import Line, Setting, lay_out

MAX_HELD = 400
"""Messages held at once."""
AHEAD = 15
"""Lines left before either end of what is held when more is asked for."""


class ConversationView(ScrollView, can_focus=True):
    """Draws the messages it was given. With the focus there is a cursor that goes from message to message."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "the message before", show=False, id="texts.up"),
        Binding("down", "move(1)", "the next message", show=False, id="texts.down"),
        Binding("pageup", "page(-1)", "a page up", show=False, id="texts.page_up"),
        Binding("pagedown", "page(1)", "a page down", show=False, id="texts.page_down"),
        Binding("home", "first", "the first message", show=False, id="texts.first"),
        Binding("end", "last", "the last message", show=False, id="texts.last"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"texts--cursor"}
    DEFAULT_CSS = """
    ConversationView { overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    class WantsOlder(Message):
        """The beginning of what is held comes into view, and there is more before it."""

    class WantsNewer(Message):
        """The end of what is held comes into view, and there is more after it."""

    class WantsEnd(Message):
        """The person wants to see the first message of all, or the last."""

        def __init__(self, *, first: bool) -> None:
            super().__init__()
            self.first = first

    class Moved(Message):
        """Another message is under the cursor, or other lines are in view."""

    class LeftAtBottom(Message):
        """`down` was pressed on the last message."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.texts: list[TextMessage] = []
        self.is_first = self.is_last = True
        self.cursor: int | None = None
        """Id of the message keys act on."""
        self.new_from: int | None = None
        self.marked: tuple[str, ...] = ()
        self.now = 0.0
        self._lines: list[Line] = []
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._sticks = True

    # -- what is shown ------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> TextMessage | None:
        """The message under the cursor."""
        return next((text for text in self.texts if text.id == self.cursor), None)

    @property
    def is_at_end(self) -> bool:
        """The newest message is in view."""
        return self.is_last and self.scroll_offset.y >= self.max_scroll_y

    def fill(self, texts: Iterable[TextMessage], *, is_first: bool, is_last: bool, at: int | None = None) -> None:
        """Show these messages and no others, from the end, or with the message `at` in view."""
        self.texts, self.is_first, self.is_last = list(texts), is_first, is_last
        self.cursor = at
        self._sticks = at is None
        self.redraw()
        if at is not None:
            self._show_cursor()

    def add_older(self, texts: Iterable[TextMessage], *, is_first: bool) -> None:
        """Put these before the first one; what is in view stays where it is."""
        older = list(texts)
        self.texts, self.is_first = older + self.texts, is_first
        if len(self.texts) > MAX_HELD:
            del self.texts[MAX_HELD:]
            self.is_last = False
        self._redraw_around(self._in_view())

    def add_newer(self, texts: Iterable[TextMessage], *, is_last: bool) -> None:
        """Put these after the last one; what is in view stays where it is."""
        anchor = self._in_view()
        self.texts, self.is_last = [*self.texts, *texts], is_last
        if len(self.texts) > MAX_HELD:
            del self.texts[: len(self.texts) - MAX_HELD]
            self.is_first = False
        self._redraw_around(anchor)

    def renew(self, texts: Iterable[TextMessage], *, is_first: bool) -> None:
        """The newest messages are these now; those before them stay. At the end one stays at the end."""
        newest = list(texts)
        anchor = self._in_view()
        begin = newest[0].id if newest else 0
        kept = [text for text in self.texts if text.id < begin]
        if not newest or (self.texts and self.texts[-1].id < begin):
            # Nothing is left, or so much is new that it does not join on to what is held.
            kept, self.is_first = [], is_first
        elif not kept:
            self.is_first = is_first
        self.texts, self.is_last = [*kept, *newest], True
        self._redraw_around(None if self._sticks else anchor)

    def stick(self) -> None:
        """Be at the end from now on."""
        self._sticks = True
        self.redraw()

    def redraw(self) -> None:
        """Lay everything out anew."""
        width = self.scrollable_content_region.width
        several = len({text.account for text in self.texts}) > 1
        setting = Setting(width, self.now, self.new_from, several, self.marked)
        self._lines = lay_out(self.texts, setting) if width > 0 else []
        self._strips.clear()
        if self.cursor is not None and all(text.id != self.cursor for text in self.texts):
            self.cursor = self.texts[-1].id if self.texts else None
        self.virtual_size = Size(width, len(self._lines))
        if self._sticks:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)
        self.refresh()
        if self._lines:
            self._look_ahead()

    def _in_view(self) -> tuple[int, int] | None:
        """The first message in view and how many lines of it, or before it, are above the window."""
        top = self.scroll_offset.y
        for at in range(top, len(self._lines)):
            if (id := self._lines[at].text) is not None:
                return id, top - self._first_line(id)
        return None

    def _redraw_around(self, anchor: tuple[int, int] | None) -> None:
        sticks, self._sticks = self._sticks, anchor is None
        self.redraw()
        self._sticks = sticks
        if anchor is not None:
            id, above = anchor
            self.scroll_to(y=self._first_line(id) + above, animate=False, immediate=True, force=True)

    def _first_line(self, id: int) -> int:
        return next((at for at, line in enumerate(self._lines) if line.text == id), 0)

    # -- drawing ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """A line of the window."""
        width = self.scrollable_content_region.width
        # Few messages stand at the bottom, where one writes.
        index = y + self.scroll_offset.y - max(0, self.scrollable_content_region.height - len(self._lines))
        if not 0 <= index < len(self._lines):
            return Strip.blank(width, self.visual_style.rich_style)
        line = self._lines[index]
        is_cursor = self.has_focus and line.text is not None and line.text == self.cursor
        if (strip := self._strips.get((index, is_cursor))) is None:
            style = self.get_visual_style("texts--cursor") if is_cursor else self.visual_style
            # The colours of a line are chosen for the page's background, not for the cursor's.
            content = Content(line.content.plain) if is_cursor else line.content
            strips = Visual.to_strips(self, content, width, 1, style, pad=True)
            strip = strips[0] if strips else Strip.blank(width, style.rich_style)
            self._strips[index, is_cursor] = strip
        return strip

    def notify_style_update(self) -> None:
        """Colours changed: a theme, or the focus."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self._redraw_around(None if self._sticks else self._in_view())

    def on_focus(self) -> None:
        if self.cursor is None and self.texts:
            self.cursor = self.texts[-1].id
        self.refresh()
        self.post_message(self.Moved())

    def on_blur(self) -> None:
        self.refresh()
        self.post_message(self.Moved())

    # -- moving -------------------------------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._sticks = self.is_last and new_value >= self.max_scroll_y
        self._look_ahead()
        self.post_message(self.Moved())

    def _look_ahead(self) -> None:
        top = self.scroll_offset.y
        if not self.is_first and top < AHEAD:
            self.post_message(self.WantsOlder())
        elif not self.is_last and top + self.size.height + AHEAD > len(self._lines):
            self.post_message(self.WantsNewer())

    def action_move(self, step: int) -> None:
        ids = [text.id for text in self.texts]
        at = ids.index(self.cursor) + step if self.cursor in ids else len(ids) - 1
        if at >= len(ids) and self.is_last:
            self.post_message(self.LeftAtBottom())
        if ids:
            self.cursor = ids[min(max(0, at), len(ids) - 1)]
            self._show_cursor()

    def _show_cursor(self) -> None:
        lines = [at for at, line in enumerate(self._lines) if line.text == self.cursor]
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if lines and (lines[0] < top or lines[-1] >= top + height):
            # A message longer than the window shows its beginning when one comes from above, else its end.
            y = lines[0] if lines[0] < top and len(lines) <= height else lines[-1] - height + 1
            self.scroll_to(y=max(0, y - (1 if lines[0] < top else 0)), animate=False, immediate=True, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, pages: int) -> None:
        height = max(1, self.scrollable_content_region.height - 1)
        self.scroll_to(y=self.scroll_offset.y + pages * height, animate=False, immediate=True, force=True)
        shown = [line.text for line in self._lines[self.scroll_offset.y :][:height] if line.text is not None]
        if shown and self.cursor not in shown:
            self.cursor = shown[0] if pages < 0 else shown[-1]
        self.refresh()

    def action_first(self) -> None:
        if not self.is_first:
            self.post_message(self.WantsEnd(first=True))
        elif self.texts:
            self.cursor = self.texts[0].id
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
            self.refresh()

    def action_last(self) -> None:
        if not self.is_last:
            self.post_message(self.WantsEnd(first=False))
        elif self.texts:
            self.cursor = self.texts[-1].id
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y - max(0, self.scrollable_content_region.height - len(self._lines))
        if 0 <= index < len(self._lines) and (id := self._lines[index].text) is not None:
            self.cursor = id
            self._show_cursor()

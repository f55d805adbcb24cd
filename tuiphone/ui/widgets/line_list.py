"""A list with a cursor whose lines are drawn as they scroll into view, so that their number costs nothing."""

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

SLIP_SECONDS = 0.7
Item = TypeVar("Item")


def picked(items: Sequence[Item], index: int) -> Item | None:
    """The item of the line that was chosen; None when the list has become shorter while the key was on its way."""
    return items[index] if index < len(items) else None


class Slip:
    """Whether the line under the cursor has become another one just now: a key on its way is not meant for it."""

    def __init__(self) -> None:
        self._at = -SLIP_SECONDS

    def note(self) -> None:
        """It has, now."""
        self._at = monotonic()

    @property
    def is_fresh(self) -> bool:
        """It has, a moment ago."""
        return monotonic() - self._at < SLIP_SECONDS


class LineList(ScrollView, can_focus=True):
    """Base of all lists; a subclass says how many lines there are (`set_count`) and draws each (`draw`)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "up", "up", show=False, id="list.up"),
        Binding("down", "down", "down", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "a page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "a page down", show=False, id="list.page_down"),
        Binding("home", "first", "first line", show=False, id="list.first"),
        Binding("end", "last", "last line", show=False, id="list.last"),
        Binding("enter", "choose", "choose", id="list.choose"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--hover"}
    ENTER: ClassVar[str] = "choose"
    """What enter does, for the footer."""
    ONE_CLICK: ClassVar[bool] = False
    """One click chooses; else it takes two, because what is chosen is called."""
    ROWS: ClassVar[int] = 1
    """Rows of the terminal each line takes; `draw` puts a line break between them."""
    DEFAULT_CSS = """
    LineList { overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    cursor = reactive(0, repaint=False)
    hovered: reactive[int | None] = reactive(None, repaint=False)

    class LineMessage(Message):
        """Says which line of which list."""

        def __init__(self, sender: "LineList", index: int) -> None:
            super().__init__()
            self.list = sender
            self.index = index

        @property
        def control(self) -> "LineList":
            """The list, for `@on` with a selector."""
            return self.list

    class Chosen(LineMessage):
        """A line was chosen with enter, or clicked."""

    class Moved(LineMessage):
        """The cursor is on another line."""

    class LeftAtTop(LineMessage):
        """`up` was pressed on the first line."""

    class LeftAtBottom(LineMessage):
        """`down` was pressed on the last line."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._count = 0
        self._lines: dict[tuple[int, bool, bool], list[Strip]] = {}

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self._count

    def set_count(self, count: int, *, keep: int | None = None) -> None:
        """The lines are others now; the cursor goes to `keep`, or stays if it can."""
        self._count = count
        self.virtual_size = Size(self.scrollable_content_region.width, count * self.ROWS)
        wanted = self.cursor if keep is None else keep
        self.cursor = min(max(0, wanted), max(0, count - 1))
        self.redraw()

    def redraw(self) -> None:
        """Draw every line anew."""
        self._lines.clear()
        self.refresh()

    def draw(self, index: int, width: int) -> Content:
        """One line; called for those in view only."""
        raise NotImplementedError

    # -- drawing ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """A line of the window."""
        width = self.scrollable_content_region.width
        index, row = divmod(y + self.scroll_offset.y, self.ROWS)
        if index >= self._count:
            return Strip.blank(width, self.visual_style.rich_style)
        is_cursor, is_hovered = index == self.cursor, index == self.hovered
        if (strips := self._lines.get((index, is_cursor, is_hovered))) is None:
            if len(self._lines) > 1000:
                self._lines.clear()
            style = self.visual_style
            if is_cursor:
                style = self.get_visual_style("line-list--cursor")
            elif is_hovered:
                style = self.get_visual_style("line-list--hover")
            content = self.draw(index, width)
            if is_cursor and self.has_focus:
                # The colours of a line are chosen for the page's background, not for the cursor's.
                content = Content(content.plain)
            strips = Visual.to_strips(self, content, width, self.ROWS, style, pad=True)
            self._lines[index, is_cursor, is_hovered] = strips
        return strips[row] if row < len(strips) else Strip.blank(width, self.visual_style.rich_style)

    def notify_style_update(self) -> None:
        """Colours changed: a theme, or the focus."""
        super().notify_style_update()
        self._lines.clear()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self._count * self.ROWS)
        self.redraw()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    # -- moving -------------------------------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        return min(max(0, cursor), max(0, self._count - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        self._refresh_line(before)
        self._refresh_line(after)
        if self._count:
            self.scroll_to_region(Region(0, after * self.ROWS, 1, self.ROWS), animate=False)
        self.post_message(self.Moved(self, after))

    def watch_hovered(self, before: int | None, after: int | None) -> None:
        for index in (before, after):
            if index is not None:
                self._refresh_line(index)

    def _refresh_line(self, index: int) -> None:
        width = self.scrollable_content_region.width
        self.refresh(Region(0, index * self.ROWS - self.scroll_offset.y, width, self.ROWS))

    def action_up(self) -> None:
        if self.cursor == 0:
            self.post_message(self.LeftAtTop(self, 0))
        self.cursor -= 1

    def action_down(self) -> None:
        if self.cursor == self._count - 1:
            self.post_message(self.LeftAtBottom(self, self.cursor))
        self.cursor += 1

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, self.scrollable_content_region.height // self.ROWS - 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self._count - 1

    def enter_label(self) -> str:
        """What enter does with the line under the cursor, for the footer."""
        return self.ENTER

    def can_choose(self) -> bool:
        """Whether enter would do something with the line under the cursor."""
        return self._count > 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.can_choose() if action == "choose" else True

    def action_choose(self) -> None:
        if self.can_choose():
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        index = (event.y + self.scroll_offset.y) // self.ROWS
        if 0 <= index < self._count:
            self.cursor = index
            if event.chain == 2 or self.ONE_CLICK:
                self.action_choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        index = (event.y + self.scroll_offset.y) // self.ROWS
        self.hovered = index if 0 <= index < self._count else None

    def on_leave(self) -> None:
        self.hovered = None

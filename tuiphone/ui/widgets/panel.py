"""A panel whose text is laid out by its width, which is one less as soon as there is a scrollbar."""

from textual.containers import VerticalScroll
from textual.message import Message


class Panel(VerticalScroll, can_focus=False):
    """What is known of something, as labels and values that the page wraps."""

    class LaidOut(Message):
        """The width is known, or is another one."""

    def on_resize(self) -> None:
        self.post_message(self.LaidOut())

"""Where a message is written: enter sends it, alt+enter begins another line, a paste keeps its lines."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tuiphone.core.model import MAX_MESSAGE

_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks that turn the direction of writing, over the end of the field."""
_OURS = {"up", "f6", "f7"}
"""Keys of a TextArea that mean something else here."""


class MessageField(TextArea, inherit_bindings=False):
    """A TextArea that lets the phone's alt keys through and refuses what is too long."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: a TextArea takes enter for itself before bindings are looked at.
        Binding("enter", "send", "send", priority=True, id="write.send", tooltip="Send what was written"),
        Binding(
            "alt+enter,shift+enter,ctrl+j",
            "new_line",
            "new line",
            priority=True,
            id="write.line",
            tooltip="Begin another line",
        ),
        Binding("up", "up", "messages", show=False, id="write.up", tooltip="To the messages, from the first line"),
        *(
            binding
            for binding in TextArea.BINDINGS
            if isinstance(binding, Binding) and not _OURS & set(binding.key.split(","))
        ),
    ]

    class Sent(Message):
        """Enter was pressed on something that can be sent; the field is empty now."""

        text = ""

    class LeftAtTop(Message):
        """`up` was pressed on the first line."""

    class Refused(Message):
        """Something was pasted that is too long; the field stays as it was."""

        def __init__(self, length: int) -> None:
            super().__init__()
            self.length = length

    def __init__(self, *, id: str) -> None:
        super().__init__(
            id=id, compact=True, highlight_cursor_line=False, placeholder="write a message; enter sends it"
        )

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Letters with alt are the phone's."""
        return not key.startswith("alt+") and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key.startswith("alt+"):
            # Textual gives alt+m the character m, and a TextArea would type it.
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = event.text.replace("\r\n", "\n").replace("\r", "\n").translate(_TURNING)
        # A megabyte would be laid out and drawn before anybody counted it.
        if len(self.text) + len(event.text) > MAX_MESSAGE:
            event.stop()
            event.prevent_default()
            self.post_message(self.Refused(len(self.text) + len(event.text)))

    def action_send(self) -> None:
        # By way of the field's own queue: letters typed before enter belong to the message, those after it do not.
        self.post_message(self.Sent())

    def on_message_field_sent(self, event: Sent) -> None:
        text = self.text.strip("\n")
        if text.strip() and len(text) <= MAX_MESSAGE:
            event.text = text
            self.load_text("")
        else:
            event.stop()

    def action_new_line(self) -> None:
        self.call_later(self._begin_line)

    def _begin_line(self) -> None:
        self._replace_via_keyboard("\n", *self.selection)

    def action_up(self) -> None:
        if self.cursor_at_first_line and not self.text:
            self.post_message(self.LeftAtTop())
        else:
            self.action_cursor_up()

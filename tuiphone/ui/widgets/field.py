"""A line to type in that lets the phone's alt keys through and refuses what nobody types."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input


async def edit_now(field: Widget, event: events.Key) -> None:
    """Do what the key does in the field at once.

    Textual sends keys that are bound up to the app first, and what was typed or pasted behind them would come in front:
    a backspace took the wrong letter away when a slow line brought several keys at once.
    """
    bindings = field._bindings.key_to_bindings.get(event.key, ())
    # Keys with an id are ours, and may have been moved elsewhere.
    if (own := next((binding for binding in bindings if binding.id is None), None)) is not None:
        event.stop()
        event.prevent_default()
        await field.run_action(own.action)


class Field(Input, inherit_bindings=False):
    """An Input for numbers, names and filters. What enter does is up to the page or dialog it is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"
    ]

    class Refused(Message):
        """Something was pasted that is too long for the field; the field stays as it was."""

        def __init__(self, field: "Field", length: int) -> None:
            super().__init__()
            self.field = field
            self.length = length

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Letters with alt are the phone's."""
        return not key.startswith("alt+") and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key.startswith("alt+"):
            # Textual gives alt+m the character m, and an Input would type it.
            event.prevent_default()
        else:
            await edit_now(self, event)

    def _on_paste(self, event: events.Paste) -> None:
        # A megabyte would be laid out and drawn before max_length cut it.
        if self.max_length is not None and len(event.text.strip()) > self.max_length:
            event.stop()
            event.prevent_default()
            self.post_message(self.Refused(self, len(event.text)))

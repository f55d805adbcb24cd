"""A long text to read: an entry of the log, a frame of a trace."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll

from tuiphone.ui import clip
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import safe_lines
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.plain import Plain

MAX_SHOWN = 40_000


class ReadDialog(Dialog):
    """Shows a text and copies it; what it is about stands above it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,c", "copy", "copy", id="reading.copy"),
        Binding("escape,enter,q", "leave", "close", id="reading.leave"),
    ]

    def __init__(self, title: str, about: str, text: str, *, what: str) -> None:
        """`title` and `about` are already safe; `what` names the whole in a sentence, for example `The entry`."""
        super().__init__()
        self._title = title
        self._about = about
        self._text = text
        self._what = what

    def compose(self) -> ComposeResult:
        with Vertical(classes="box widest"):
            with VerticalScroll(id="reading"):
                yield Plain(self._about, id="reading-about")
                yield Plain(safe_lines(self._text, MAX_SHOWN), id="reading-text")
            with Horizontal(classes="answers"):
                yield KeyButton("reading.copy", "Copy")
                yield KeyButton("reading.leave", "Close")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = self._title.replace("[", "\\[")
        self.query_one("#reading-text").display = bool(self._text)
        self.query_one("#reading").focus()

    def action_copy(self) -> None:
        clip.copy(self.app, "\n".join(part for part in (self._about, self._text) if part), self._what)

    def action_leave(self) -> None:
        self.dismiss(None)


def pretty(body: str) -> str:
    """JSON with a line for each value, texts of many lines as such; anything else as it is."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return "\n".join(_lines(value, 0))


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from _named(f"{indent}{key}:", inner, depth)
        case list() if value:
            for inner in value:
                yield from _named(f"{indent}-", inner, depth)
        case _:
            yield f"{indent}{json.dumps(value, ensure_ascii=False)}"


def _named(name: str, value: Any, depth: int) -> Iterator[str]:
    match value:
        case dict() | list() if value:
            yield name
            yield from _lines(value, depth + 1)
        case str() if "\n" in value:
            yield name
            indent = "  " * (depth + 1)
            yield from (f"{indent}{line}" for line in value.splitlines())
        case _:
            yield f"{name} {json.dumps(value, ensure_ascii=False)}"

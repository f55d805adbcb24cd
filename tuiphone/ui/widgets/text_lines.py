"""Messages as lines of a conversation: ours at the right, theirs at the left, days and what is new between them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from tuiphone.core.model import TextMessage, TextStatus
from tuiphone.ui import words
from tuiphone.ui.text import MAX_TEXT, fit, safe, safe_lines, wrapped

TOGETHER_SECONDS = 180.0
"""Messages of one side that are no further apart share a heading."""
MAX_LINES = 200
"""Lines of one message that are shown."""
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and the message it belongs to; None for what stands between messages."""

    content: Content
    text: int | None = None
    """Id."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the lines depend on beside the messages."""

    width: int
    now: float
    new_from: int | None = None
    """Id of the first message that was new when the conversation was opened."""
    says_account: bool = False
    """They went over several accounts."""
    marked: tuple[str, ...] = ()
    """Words of a search."""


def lay_out(texts: Iterable[TextMessage], setting: Setting) -> list[Line]:
    """All lines of these messages, oldest first."""
    lines: list[Line] = []
    before: TextMessage | None = None
    day = ""
    for text in texts:
        if (this := words.long_day(text.at, setting.now)) != day:
            lines.append(_between(this, setting.width, "$text-muted"))
            before, day = None, this
        if text.id == setting.new_from:
            lines.append(_between("new", setting.width, "$warning"))
            before = None
        if before is None or not _belong_together(before, text):
            if before is not None:
                lines.append(Line(Content("")))
            lines += _side(text, wrapped(_heading(text, setting), _room(setting.width)), setting.width)
        lines += _side(text, _body(text, setting), setting.width)
        if text.status is TextStatus.FAILED and text.detail:
            why = wrapped(Content.styled(safe(text.detail), "$error"), _room(setting.width))
            lines += _side(text, why, setting.width)
        before = text
    return lines


def _belong_together(before: TextMessage, text: TextMessage) -> bool:
    same = ("incoming", "account", "call", "status", "detail", "peer")
    return text.at - before.at < TOGETHER_SECONDS and all(getattr(before, each) == getattr(text, each) for each in same)


def _room(width: int) -> int:
    return max(10, min(width - 2, max(30, width * 4 // 5)))


def _side(text: TextMessage, block: list[Content], width: int) -> Iterator[Line]:
    # A block keeps its lines under each other and goes to its side as a whole.
    widest = max((line.cell_length for line in block), default=0)
    indent = " " if text.incoming else " " * max(1, width - widest - 1)
    for line in block:
        yield Line(Content.assemble(indent, line), text.id)


def _between(label: str, width: int, colour: str) -> Line:
    dashes = max(0, width - len(label) - 4)
    left = dashes // 2
    return Line(Content.styled(f" {'─' * left} {label} {'─' * (dashes - left)}"[:width], colour))


def _heading(text: TextMessage, setting: Setting) -> Content:
    clock = words.clock(text.at)
    also = " · in a call" if text.call is not None else ""
    if setting.says_account:
        also += f" · {safe(text.account, 20)}"
    if text.incoming:
        room = max(4, _room(setting.width) - len(clock) - 2 - len(also))
        return Content.assemble(
            (words.who(text.peer, room), "$primary bold"), (f"  {clock}", "$text-muted"), (also, "$text-muted")
        )
    colour = words.TEXT_COLOUR.get(text.status, "$text-muted")
    return Content.assemble((f"You  {clock}{also}  ", "$text-muted"), (words.text_status(text.status), colour))


def _body(text: TextMessage, setting: Setting) -> list[Content]:
    shown = safe_lines(readable(text.text)) or "(nothing that can be shown)"
    body = Content(shown)
    for found in _marks(shown, setting.marked):
        body = body.stylize("underline bold", *found)
    lines = wrapped(body, _room(setting.width))
    is_cut = len(text.text) > MAX_TEXT or len(lines) > MAX_LINES
    if is_cut:
        lines = [
            *lines[:MAX_LINES],
            Content.styled(f"… {len(text.text):,} characters; y copies them all", "$text-muted"),
        ]
    return lines


def _marks(shown: str, marked: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for word in marked:
        for match in re.finditer(re.escape(word), shown, re.IGNORECASE):
            yield match.span()


def readable(text: str) -> str:
    """A JSON object or list as lines one can read; anything else as it is."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return "\n".join(_outline(value, 0)) or text


def _outline(value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    match value:
        case dict() if depth < _DEPTH:
            for key, inner in value.items():
                if _is_plain(inner):
                    yield f"{indent}{key}: {_plain(inner)}"
                else:
                    yield f"{indent}{key}:"
                    yield from _outline(inner, depth + 1)
        case list() if depth < _DEPTH:
            for inner in value:
                if _is_plain(inner):
                    yield f"{indent}- {_plain(inner)}"
                else:
                    yield f"{indent}-"
                    yield from _outline(inner, depth + 1)
        case _:
            yield f"{indent}{_plain(value)}"


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list) or not value


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def preview(text: TextMessage, width: int) -> str:
    """A message on one line, in exactly so many cells."""
    line = safe(" ".join(readable(text.text[:1000]).split()), 2 * width + 8) or "(nothing that can be shown)"
    if not text.incoming:
        line = f"{words.TEXT_SYMBOL[text.status]} {line}"
    return fit(line, width)

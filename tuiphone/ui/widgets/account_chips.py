"""The top line: every account with a symbol and a word for its state, and the time."""

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuiphone.core.events import Link
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import board, disturb, lines, words
from tuiphone.ui.text import cut, safe, safe_lines
from tuiphone.ui.widgets.plain import Plain

WIDE = 100
"""Columns from which there is room for whole words."""
SEPARATORS = "-_.@/"


class Chip(Widget, can_focus=True):
    """One account."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "open accounts", id="chip.open")]

    label = reactive("", layout=True)

    class Opened(Message):
        """The person wants to see this account."""

        def __init__(self, account: str) -> None:
            super().__init__()
            self.account = account

    class Asked(Message):
        """The chip got or lost the focus; `reason` is what to say of it."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, known: AccountState) -> None:
        super().__init__()
        self.known = known

    def show(self, known: AccountState, label: str) -> None:
        """Draw this state with this text; an account that is well needs no focus."""
        changed = known.link is not self.known.link
        self.known, self.label = known, label
        self.can_focus = known.link is not Link.ONLINE
        self.tooltip = Content(self.reason) if known.detail else None
        if changed:
            self.refresh()

    @property
    def reason(self) -> str:
        """The whole sentence about the account."""
        known = self.known
        first = safe_lines(known.detail or "").partition("\n")[0]
        return f"{safe(known.account.name)}: {known.link.value}{f'. {first}' if first else '.'}"

    def render(self) -> Content:
        link = self.known.link
        text = "$text-muted" if link is Link.OFF else ""
        return Content.assemble((words.LINK_SYMBOL[link], words.LINK_COLOUR[link]), " ", (self.label, text))

    def action_open(self) -> None:
        self.post_message(self.Opened(self.known.account.name))

    def on_click(self) -> None:
        self.action_open()

    def on_focus(self) -> None:
        self.post_message(self.Asked(self.reason))

    def on_blur(self) -> None:
        self.post_message(self.Asked(""))


class TopBar(Widget):
    """Name, chips and clock, and below them, while a chip has the focus, its reason."""

    def __init__(self) -> None:
        super().__init__()
        self._state = PhoneState()
        self._now = 0.0

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Plain("tuiphone", id="brand")
            yield Horizontal(id="chips")
            yield Plain("", id="disturb")
            yield Plain("", id="clock")
        yield Plain("", id="reason")

    def show(self, state: PhoneState, now: float) -> None:
        """Draw the accounts."""
        self._state = state
        if self._names() != [known.account.name for known in state.accounts]:
            self.call_next(self._rebuild)
        self.tick(now)

    def tick(self, now: float) -> None:
        """A second has passed: seconds left until the next try, and the clock."""
        self._now = now
        # Before the engine has answered nobody knows the time.
        self.query_one("#clock", Plain).update(words.clock(now) if now else "")
        mark = disturb.mark(self._state.do_not_disturb, now, is_wide=self.size.width >= WIDE)
        quiet = self.query_one("#disturb", Plain)
        quiet.update(mark)
        quiet.display = bool(mark)
        accounts = self._state.accounts
        if self._names() != [known.account.name for known in accounts]:
            return
        room = self.size.width - 18 - (cell_len(mark) + 2 if mark else 0)
        labels = fitting([(known, words.link_words(known, now)) for known in accounts], room)
        for chip, known, label in zip(self.query(Chip), accounts, labels, strict=True):
            chip.show(known, label)

    def _names(self) -> list[str]:
        return [chip.known.account.name for chip in self.query(Chip)]

    async def _rebuild(self) -> None:
        chips = self.query_one("#chips")
        await chips.remove_children()
        await chips.mount_all([Chip(known) for known in self._state.accounts])
        self.tick(self._now)

    def on_resize(self) -> None:
        self.tick(self._now)

    def on_chip_asked(self, message: Chip.Asked) -> None:
        reason = self.query_one("#reason", Plain)
        reason.update(message.reason)
        reason.display = bool(message.reason)


def fitting(accounts: list[tuple[AccountState, str]], width: int) -> list[str]:
    """The fullest labels that fit side by side: with provider and words, with words, names alone, names cut."""
    full, plain, names, marks = [], [], [], []
    for known, state in accounts:
        name, provider = safe(known.account.name, 40), safe(known.account.provider, 40)
        is_well = known.link is Link.ONLINE
        mark = lines.mark(known) + board.mark(known)
        full.append(f"{name}·{provider}" + ("" if is_well else f" ({state})") + mark)
        plain.append(name + ("" if is_well else f" ({state})") + mark)
        seconds = state.removeprefix("reconnecting in ").removeprefix("reconnecting, ")
        names.append((name if seconds == state else f"{name} {seconds}") + mark)
        marks.append(lines.mark(known) + board.mark(known, short=True))
    for labels in (full, plain, names):
        if sum(cell_len(label) + 4 for label in labels) <= width:
            return labels
    short = told_apart([safe(known.account.name, 40) for known, _ in accounts])
    rooms = shared_out([cell_len(name) for name in short], width - sum(cell_len(mark) + 4 for mark in marks))
    return [cut(name, max(3, room)) + mark for name, room, mark in zip(short, rooms, marks, strict=True)]


def told_apart(names: list[str]) -> list[str]:
    """The names without what they have in common with others at their beginning, up to a hyphen or the like."""
    ends = [[0, *(at for at, character in enumerate(name) if character in SEPARATORS)] for name in names]
    told: list[str] = []
    for name, own in zip(names, ends, strict=True):
        others = [other for other in names if other is not name]
        common = max(at for at in own if at == 0 or any(_begins(other, name[:at]) for other in others))
        told.append(f"…{name[common + 1 :]}" if common and name[common + 1 :] else name)
    return told


def _begins(name: str, head: str) -> bool:
    return name == head or (name.startswith(head) and name[len(head)] in SEPARATORS)


def shared_out(needs: list[int], room: int) -> list[int]:
    """How much of the room each gets: what it needs, or as much as the others that need more."""
    given = dict.fromkeys(range(len(needs)), 0)
    left = room
    for done, index in enumerate(sorted(given, key=needs.__getitem__)):
        given[index] = min(needs[index], max(0, left) // (len(needs) - done))
        left -= given[index]
    return list(given.values())

"""Calls and people on one line each: the last calls, and suggestions while one types."""

from dataclasses import dataclass

from textual.content import Content

from tuiphone.control.history import Suggestion
from tuiphone.core.model import AddressKind, CallRecord
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to call, with what is shown of them; texts already safe."""

    to: str
    """What to dial."""
    account: str
    name: str
    number: str
    at: float
    symbol: str
    colour: str
    calls: int = 0
    kind: AddressKind = AddressKind.PHONE


def from_record(record: CallRecord, country: str | None = None) -> Person:
    """A past call, to be called again."""
    number = pretty(record.peer.text, country) if record.peer.kind is AddressKind.PHONE else record.peer.text
    name, colour = safe(record.peer.name or ""), words.record_colour(record)
    symbol, kind = words.record_symbol(record), record.peer.kind
    return Person(record.peer.text, record.begun_with, name, safe(number), record.started_at, symbol, colour, kind=kind)


def from_suggestion(found: Suggestion, country: str | None = None) -> Person:
    """Somebody the typed text may mean."""
    number = pretty(found.peer.text, country) if found.peer.kind is AddressKind.PHONE else found.peer.text
    name = safe(found.peer.name or "")
    colour, kind = "$text-muted", found.peer.kind
    return Person(found.peer.text, found.account, name, safe(number), found.last_at, "·", colour, found.calls, kind)


class PeopleList(LineList):
    """A short list of people."""

    ENTER = "call"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.people: tuple[Person, ...] = ()
        self._now = 0.0

    def show(self, people: tuple[Person, ...], now: float) -> None:
        """Show these people; `now` decides what is today."""
        is_same = people == self.people
        self.people, self._now = people, now
        self.set_count(len(people), keep=self.cursor if is_same else 0)

    def draw(self, index: int, width: int) -> Content:
        person = self.people[index]
        is_wide = width >= 70
        when = (words.when if is_wide else words.day)(person.at, self._now) if person.at else ""
        when_width, account_width = (16, 13) if is_wide else (10, 0)
        room = width - 4 - when_width - account_width
        name_width = max(8, room - 18) if room >= 30 else room // 2
        # Without a name the number is the name.
        name, number = (person.name, person.number) if person.name else (person.number, "")
        return Content.assemble(
            (f" {person.symbol} ", person.colour),
            fit(name, name_width - 1),
            " ",
            (fit(number, room - name_width), "$text-muted"),
            (fit(f" {person.account}", account_width), "$text-muted"),
            (fit(when, when_width, right=True), "$text-muted"),
            " ",
        )

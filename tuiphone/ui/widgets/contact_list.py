"""People, a line each, with how they are; of a long list only the pages around the window are here."""

from collections import OrderedDict

from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from tuiphone.control.contacts import ContactGroup, ContactLine, ContactsPage
from tuiphone.core.model import AddressKind, Availability, Contact, ContactAddress, Presence
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.line_list import LineList

PAGE = 100
"""People asked for at once."""
KEPT_PAGES = 12
PRESENCE_SYMBOL = {Availability.ONLINE: "●", Availability.OFFLINE: "○", Availability.UNKNOWN: "·"}
PRESENCE_COLOUR = {
    Availability.ONLINE: "$success",
    Availability.OFFLINE: "$text-muted",
    Availability.UNKNOWN: "$text-muted",
}


def presence_words(presence: Presence) -> str:
    """How somebody is, with what they say of it; safe."""
    word = "" if presence.availability is Availability.UNKNOWN and presence.note else presence.availability.value
    return ": ".join(filter(None, (word, safe(presence.note or ""))))


class ContactList(LineList):
    """Shows the pages it has; says which one it wants."""

    ENTER = "call"

    class WantsPage(Message):
        """Somebody from this row on comes into view."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.countries: dict[str, str | None] = {}
        """Account -> country, by which its numbers are written."""
        self.country: str | None = None
        """That of numbers that are of no account."""
        self.total = 0
        self.marked: dict[int, Contact] = {}
        """Those to be called together, by their ids, in the order in which they were marked."""
        self._groups: tuple[ContactGroup, ...] = ()
        self._headings: tuple[int, ...] = ()
        """The lines that are titles of groups."""
        self._pages: OrderedDict[int, tuple[ContactLine, ...]] = OrderedDict()
        self._wanted: set[int] = set()

    # -- which line is what -------------------------------------------------------------------------------------

    @property
    def chosen(self) -> ContactLine | None:
        """The person under the cursor, if they are here."""
        return self._person(self.row_of(self.cursor)) if self.count else None

    def row_of(self, line: int) -> int:
        """How many people stand above this line."""
        return line - sum(heading < line for heading in self._headings)

    def line_of(self, row: int) -> int:
        """Where the person of this row stands."""
        line = row
        for heading in self._headings:
            line += heading <= line
        return line

    def _person(self, row: int) -> ContactLine | None:
        page = self._pages.get(row // PAGE, ())
        return page[row % PAGE] if row % PAGE < len(page) else None

    # -- what it shows ------------------------------------------------------------------------------------------

    @property
    def first_page(self) -> int:
        """The row at which the page begins that is at the top of the window."""
        return self.row_of(self.scroll_offset.y) // PAGE * PAGE

    def fill(self, found: ContactsPage, offset: int, *, grouped: bool, at: int | None) -> None:
        """Begin anew with the people from row `offset` on; the cursor goes to row `at`, or stays on its line."""
        self._pages.clear()
        self._wanted.clear()
        self.total, self._groups = found.total, found.groups if grouped else ()
        headings: list[int] = []
        line = 0
        for group in self._groups:
            headings.append(line)
            line += group.count + 1
        self._headings = tuple(headings)
        self.extend(found, offset)
        self.set_count(self.total + len(headings), keep=None if at is None else self.line_of(at))

    def extend(self, found: ContactsPage, offset: int) -> None:
        """Take in people of the same list, from row `offset` on."""
        for start in range(0, len(found.lines), PAGE):
            page = (offset + start) // PAGE
            self._pages[page] = found.lines[start : start + PAGE]
            self._pages.move_to_end(page)
            self._wanted.discard(page)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        self.redraw()

    def forget_wishes(self) -> None:
        """What was asked for does not come; ask again when it is looked at."""
        self._wanted.clear()

    def draw(self, index: int, width: int) -> Content:
        if index in self._headings:
            group = self._groups[self._headings.index(index)]
            return Content.styled(fit(f" {_title(group)} ({group.count:,})", width), "$text-muted bold")
        row = self.row_of(index)
        if (line := self._person(row)) is None:
            page = row // PAGE
            if page not in self._wanted:
                self._wanted.add(page)
                self.post_message(self.WantsPage(page * PAGE))
            return Content.styled(fit("    …", width), "$text-muted")
        return self._draw_person(line, width)

    def _draw_person(self, line: ContactLine, width: int) -> Content:
        contact, presence = line.contact, line.presence
        columns = columns_of(width)
        symbol, colour, how = " ", "", ""
        if presence is not None:
            symbol, colour = PRESENCE_SYMBOL[presence.availability], PRESENCE_COLOUR[presence.availability]
            how = presence_words(presence)
        number = self.number(contact, contact.addresses[0]) if contact.addresses else ""
        more = f"+{len(contact.addresses) - 1}" if len(contact.addresses) > 1 else ""
        return Content.assemble(
            (f"{'✓' if contact.id in self.marked else ' '}{'★' if contact.favourite else ' '} ", "$warning"),
            (symbol, colour),
            " ",
            fit(safe(contact.name) or number, columns["name"] - 1),
            " ",
            (fit(number, columns["number"]), "$text-muted"),
            (fit(more, columns["more"]), "$text-muted"),
            (fit(how, columns["how"]), colour),
            (fit(f" {safe(contact.account or '')}", columns["book"]), "$text-muted"),
        )

    def number(self, contact: Contact, one: ContactAddress) -> str:
        """An address as people of its country write it; safe."""
        country = self.countries.get(one.account or contact.account or "") or self.country
        is_phone = one.address.kind is AddressKind.PHONE
        return safe(pretty(one.address.text, country) if is_phone else one.address.text)

    # -- marking ------------------------------------------------------------------------------------------------

    def toggle_mark(self) -> None:
        """Mark the person under the cursor, or no longer; the cursor goes on to the next one."""
        if (line := self.chosen) is not None:
            if self.marked.pop(line.contact.id, None) is None:
                self.marked[line.contact.id] = line.contact
            self.redraw()
            self.action_down()

    def unmark(self) -> None:
        """Nobody is marked any more."""
        self.marked.clear()
        self.redraw()

    # -- moving: titles are stepped over ------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        cursor = super().validate_cursor(cursor)
        if cursor in self._headings:
            cursor += 1 if cursor >= self.cursor or cursor == 0 else -1
        return super().validate_cursor(cursor)

    def watch_cursor(self, before: int, after: int) -> None:
        super().watch_cursor(before, after)
        if after - 1 in self._headings:
            self.scroll_to_region(Region(0, after - 1, 1, 2), animate=False)

    def on_resize(self) -> None:
        super().on_resize()
        # What is told of the person below the list takes more or fewer lines for each of them.
        if self.count:
            self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)

    def action_up(self) -> None:
        if self.cursor <= self.line_of(0):
            self.post_message(self.LeftAtTop(self, self.cursor))
        else:
            super().action_up()

    def can_choose(self) -> bool:
        return self.chosen is not None and bool(self.chosen.contact.addresses)


def _title(group: ContactGroup) -> str:
    if group.favourite:
        return "Favourites"
    return f"Roster of {safe(group.account, 40)}" if group.account is not None else "Address book"


def columns_of(width: int) -> dict[str, int]:
    """How wide each column is; the name gets what is left."""
    is_wide = width >= 92
    fixed = {"number": 20, "more": 4, "how": 28 if is_wide else 18, "book": 14 if is_wide else 0}
    if width < 64:
        fixed |= {"how": 0 if width < 44 else 12, "number": min(20, max(0, width // 2 - 5))}
    return fixed | {"name": max(2, width - 5 - sum(fixed.values()))}

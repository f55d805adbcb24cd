"""Contacts: the address book and the accounts' rosters in one list, searched as one types, with who is there."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tuiphone.control.contacts import ContactLine
from tuiphone.control.contacts import ContactsPage as Found
from tuiphone.core.state import PhoneState
from tuiphone.ui import groups, people, words
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import labelled, safe, safe_lines
from tuiphone.ui.widgets.contact_list import (
    PAGE,
    PRESENCE_COLOUR,
    PRESENCE_SYMBOL,
    ContactList,
    presence_words,
)
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.panel import Panel
from tuiphone.ui.widgets.plain import Plain

MAX_SEARCH = 200
DEBOUNCE_SECONDS = 0.08
"""How long typing has to pause before the search is asked for."""
LOW = 14
"""Lines of the page below which the list needs them all."""
NOBODY = """\
No contacts yet.

a puts somebody in, i reads a file of vCards or CSV.
The people an account's server keeps come by themselves."""


class ContactsPage(Page):
    """A line to search with, the list, and everything about the person under the cursor."""

    NAME = "contacts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c", "together", "call together", id="contacts.together", tooltip="Call those who are marked, in one call"
        ),
        Binding("slash", "search", "search", priority=True, id="contacts.search", tooltip="Find a name or a number"),
        Binding("a", "add", "add", id="contacts.add", tooltip="A new contact"),
        Binding("e", "edit", "edit", id="contacts.edit", tooltip="Change the contact"),
        Binding("delete", "remove", "remove", id="contacts.remove", tooltip="Remove the contact, if you mean it"),
        Binding("f", "favourite", "favourite", id="contacts.favourite", tooltip="Favourites stand first"),
        Binding("m", "message", "message", id="contacts.message", tooltip="Write to the contact"),
        Binding("v", "video", "video call", id="contacts.video", tooltip="Call with video"),
        Binding("space", "mark", "mark", id="contacts.mark", tooltip="Choose several people to call together"),
        Binding("g", "group", "group", id="contacts.group", tooltip="Group the list by where people are kept, or not"),
        Binding("i", "import", "import", id="contacts.import", tooltip="Read a file of vCards or CSV"),
        Binding("x", "export", "export", id="contacts.export", tooltip="Write vCards or CSV"),
        Binding("d", "merge", "merge doubles", id="contacts.merge", tooltip="Make one of those with the same number"),
        Binding("escape", "leave", "back", show=False, id="contacts.leave"),
        Binding("down,enter", "to_list", "list", show=False, id="contacts.list"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text = ""
        self._grouped = False
        self._asked = 0
        self._changes = -1
        self._is_loaded = False
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="contacts-top"):
            yield Field(id="contacts-search", placeholder="search: a name or a number", max_length=MAX_SEARCH)
            yield Plain("", id="contacts-count")
        yield ContactList(id="contacts-list")
        yield Plain("", id="contacts-empty")
        with Panel(id="contact-about"):
            yield Plain("", id="contact-text")

    @property
    def _list(self) -> ContactList:
        return self.query_one(ContactList)

    def opened(self) -> None:
        self.take_focus(self._list)
        self.load()

    def on_resize(self) -> None:
        self.call_after_refresh(self._describe)

    def show(self, state: PhoneState) -> None:
        contacts = self._list
        countries = {known.account.name: known.account.country for known in state.accounts}
        country = people.country_of(state, None)
        if (countries, country) != (contacts.countries, contacts.country):
            contacts.countries, contacts.country = countries, country
            contacts.redraw()
            self._describe()
        if state.changes_of("contacts") != self._changes and self.display:
            self.load()

    # -- loading ------------------------------------------------------------------------------------------------

    def load(self, *, anew: bool = False) -> None:
        """Ask for what is in view; answers to earlier questions no longer count. `anew` goes back to the top."""
        if not self.app.phone.is_attached:
            return
        self._asked += 1
        self._changes = self.app.state.changes_of("contacts")
        asked, contacts = self._asked, self._list
        chosen = contacts.chosen
        keep = chosen.contact.id if chosen is not None and not anew else None
        offset = 0 if anew else contacts.first_page
        # What is in view may begin on one page and end on the next.
        limit = PAGE if anew else 2 * PAGE
        question = self.app.phone.contacts(self._text, grouped=self._grouped, offset=offset, limit=limit, keep=keep)
        self.app.do(question, lambda found: self._fill(asked, found, offset, anew), failed=contacts.forget_wishes)

    def _fill(self, asked: int, found: Found, offset: int, anew: bool) -> None:
        if asked != self._asked:
            return
        self._is_loaded = True
        at = 0 if anew else found.at
        self._list.fill(found, offset, grouped=self._grouped, at=at)
        self._count()
        empty = self.query_one("#contacts-empty", Plain)
        empty.update("Nobody matches; esc clears the search." if self._text else NOBODY)
        empty.display = not found.total
        # Not hidden: without a focus in it the page would hear no keys.
        self.set_class(not found.total, "-empty")
        self._describe()

    @on(ContactList.WantsPage)
    def _more(self, event: ContactList.WantsPage) -> None:
        asked = self._asked
        question = self.app.phone.contacts(self._text, grouped=self._grouped, offset=event.offset, limit=PAGE)
        self.app.do(question, lambda found: self._extend(asked, found, event.offset), failed=self._list.forget_wishes)

    def _extend(self, asked: int, found: Found, offset: int) -> None:
        if asked == self._asked:
            self._list.extend(found, offset)
            self._describe()

    def _count(self) -> None:
        contacts = self._list
        marked = f", {len(contacts.marked)} marked" if contacts.marked else ""
        self.query_one("#contacts-count", Plain).update(words.counted(contacts.total, "contact") + marked)

    # -- the person under the cursor ----------------------------------------------------------------------------

    @on(Panel.LaidOut)
    @on(ContactList.Moved)
    def _describe(self) -> None:
        line = self._list.chosen
        about = self.query_one("#contact-about")
        about.display = line is not None and self.size.height >= LOW
        if line is not None:
            about.border_title = safe(line.contact.name, 60).replace("[", "\\[")
            width = about.scrollable_content_region.width
            self.query_one("#contact-text", Plain).update(labelled(self._about(line), width))
        self.refresh_bindings()

    def _about(self, line: ContactLine) -> list[tuple[str, Content]]:
        contact, state = line.contact, self.app.state
        rows: list[tuple[str, Content]] = []
        for one in contact.addresses:
            account = f"  from {safe(one.account, 40)}" if one.account else ""
            number = people.number_of(state, contact, one)
            rows.append((safe(one.label or "", 30) or "number", Content.assemble(number, (account, "$text-muted"))))
        if (presence := line.presence) is not None:
            symbol, colour = PRESENCE_SYMBOL[presence.availability], PRESENCE_COLOUR[presence.availability]
            rows.append(("presence", Content.assemble((f"{symbol} ", colour), presence_words(presence))))
        if contact.account is not None:
            rows.append(("kept in", Content(f"the roster of {safe(contact.account, 40)}")))
        if contact.note:
            rows.append(("note", Content(safe_lines(contact.note))))
        return rows

    # -- searching ----------------------------------------------------------------------------------------------

    @on(Input.Changed, "#contacts-search")
    def _typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._search)

    def _search(self) -> None:
        wanted = self.query_one("#contacts-search", Field).value.strip()
        if wanted != self._text:
            self._text = wanted
            self.load(anew=True)

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a search has at most {MAX_SEARCH}.")

    def action_search(self) -> None:
        self.take_focus(self.query_one("#contacts-search", Field))

    def action_to_list(self) -> None:
        self._search()
        self._list.focus()

    @on(ContactList.LeftAtTop)
    def _back_to_search(self) -> None:
        self.query_one("#contacts-search", Field).focus()

    def action_leave(self) -> None:
        field = self.query_one("#contacts-search", Field)
        if self._list.has_focus and self._list.marked:
            self._list.unmark()
            return self._marked()
        if field.value:
            field.value = ""
        self._list.focus()

    def action_group(self) -> None:
        self._grouped = not self._grouped
        self.load()

    # -- doing --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        contacts = self._list
        chosen = contacts.chosen.contact if contacts.chosen is not None else None
        in_search = self.query_one("#contacts-search", Field).has_focus
        match action:
            case "to_list":
                return in_search
            case "search":
                return not in_search
            case "edit" | "remove" | "favourite":
                return chosen is not None and not in_search
            case "message":
                return chosen is not None and not in_search and bool(people.textable(self.app.state, chosen))
            case "mark":
                known = any(groups.has_groups(known) for known in self.app.state.accounts)
                return known and chosen is not None and not in_search
            case "together":
                return bool(contacts.marked) and not in_search
            case "video":
                return chosen is not None and not in_search and people.can_video(self.app.state, chosen)
            case "export" | "merge" | "group":
                return bool(contacts.total) and not in_search
            case "add" | "import":
                return not in_search
            case _:
                return True

    @on(ContactList.Chosen)
    def _call(self) -> None:
        if (line := self._list.chosen) is not None:
            people.call(self.app, line.contact)

    def action_video(self) -> None:
        if self._list.marked:
            return self._call_together(video=True)
        if (line := self._list.chosen) is not None:
            people.call(self.app, line.contact, video=True)

    def action_mark(self) -> None:
        self._list.toggle_mark()
        self._marked()

    def action_together(self) -> None:
        self._call_together(video=False)

    def _call_together(self, *, video: bool) -> None:
        if groups.call_together(self.app, tuple(self._list.marked.values()), video=video):
            self._list.unmark()
            self._marked()

    def _marked(self) -> None:
        self._count()
        self.refresh_bindings()

    def action_message(self) -> None:
        if (line := self._list.chosen) is not None:
            people.write_to(self.app, line.contact)

    def action_add(self) -> None:
        people.edit(self.app, None)

    def action_edit(self) -> None:
        if (line := self._list.chosen) is not None:
            people.edit(self.app, line.contact)

    def action_remove(self) -> None:
        if (line := self._list.chosen) is not None:
            people.remove(self.app, line.contact)

    def action_favourite(self) -> None:
        if (line := self._list.chosen) is not None:
            self.app.do(self.app.phone.mark_favourite(line.contact.id, not line.contact.favourite))

    def action_import(self) -> None:
        people.import_file(self.app)

    def action_export(self) -> None:
        people.export(self.app, self._text, self._list.total)

    def action_merge(self) -> None:
        people.merge(self.app)

"""Dial: whom to call, from which account, and the last calls."""

from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from tuiphone.core.capability import Action, Capability
from tuiphone.core.errors import BadAddress
from tuiphone.core.events import Link
from tuiphone.core.model import BETWEEN, MAX_ADDRESS, Address, AddressKind, CallRecord, address_from_text, names_a_host
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import groups, lines, words
from tuiphone.ui.numbers import as_typed, pretty
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import cut, safe
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.keypad import Keypad
from tuiphone.ui.widgets.line_board import LineBoard
from tuiphone.ui.widgets.line_list import picked
from tuiphone.ui.widgets.people_list import PeopleList, Person, from_record
from tuiphone.ui.widgets.picker import Option, Picker
from tuiphone.ui.widgets.plain import Plain

SHOWN_CALLS = 5
REMEMBERED_CALLS = 50
"""How far `up` goes back."""
LINK_SECONDS = 0.7
"""An enter that was on its way when a link filled the field in was not meant for that number."""
_DIALS = Capability.DIAL_USER | Capability.DIAL_PHONE

NO_ACCOUNT = """\
There is no account yet.

To try tuiphone without one:
  tuiphone demo

To add yours: f7, then a."""


class DialPage(Page):
    """The first page."""

    NAME = "dial"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "dial", "call", id="dial.audio", tooltip="An audio call"),
        Binding("alt+v", "dial(True)", "video call", id="dial.video", tooltip="A video call"),
        Binding("up", "recall(1)", "last number", id="dial.up", tooltip="The number called last, then the one before"),
        Binding("down", "down", "list", show=False, id="dial.down", tooltip="To the list below"),
        Binding("escape", "clear", "clear", show=False, id="dial.clear", tooltip="Empty the field"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._chosen_account: str | None = None
        self._records: tuple[CallRecord, ...] = ()
        self._recalled = -1
        self._filled_at = -LINK_SECONDS
        self._changes = 0
        """How often the history had changed when the last calls were asked for."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="dial-top"):
            yield Field(id="number", placeholder="number or name", max_length=MAX_ADDRESS)
            yield Picker("From", id="from")
            yield Picker("Number", id="caller")
        yield Plain("", id="dial-hint")
        with Horizontal(id="dial-body"):
            with Vertical(id="dial-lists"):
                yield Plain("Last calls", id="dial-title")
                yield PeopleList(id="people")
                yield Plain("Lines", id="lines-title")
                yield LineBoard(id="lines")
                yield Plain(NO_ACCOUNT, id="dial-empty")
                yield Plain("", id="dial-note")
            yield Keypad(id="dial-keypad")

    def on_mount(self) -> None:
        self.query_one("#number").border_title = "Call"
        self.opened()

    def opened(self) -> None:
        self.take_focus(self.query_one("#number", Field))
        self.load_calls()

    def load_calls(self) -> None:
        """Ask for the last calls."""
        if self.app.phone.is_attached:
            self._changes = self.app.state.changes_of("history")
            self.app.do(self.app.phone.history(limit=REMEMBERED_CALLS), lambda page: self._loaded(page.records))

    def _loaded(self, records: tuple[CallRecord, ...]) -> None:
        self._records = records
        if self._is_whole and not self.typed.strip():
            self._show_last_calls()

    # -- drawing ------------------------------------------------------------------------------------------------

    def show(self, state: PhoneState) -> None:
        callers = [known for known in state.accounts if known.account.capabilities & _DIALS]
        names = [known.account.name for known in callers]
        if self._chosen_account not in names:
            self._chosen_account = None
        online = (known.account.name for known in callers if known.link is Link.ONLINE)
        picked = self._chosen_account or next(online, names[0] if names else None)
        picker = self.query_one("#from", Picker)
        picker.show(tuple(_option(known) for known in callers), picked)
        picker.display = bool(callers)
        numbers = self.account.account.numbers if self.account else ()
        caller = self.query_one("#caller", Picker)
        shown = tuple(Option(number, safe(pretty(number, self._country))) for number in numbers)
        caller.show(shown, caller.value if caller.value in numbers else next(iter(numbers), None))
        caller.display = len(numbers) > 1
        self.query_one("#dial-empty").display = self.app.has_engine and not state.accounts
        self.query_one("#dial-title").display = bool(state.accounts)
        self.query_one("#people").display = bool(state.accounts)
        watched = lines.all_lines(state)
        self.query_one("#lines-title").display = self.query_one("#lines").display = bool(watched)
        self.query_one(LineBoard).show(watched)
        self.set_class(bool(watched), "-lines")
        self._show_note(state)
        self._show_hint()
        if self.display and state.changes_of("history") != self._changes:
            self.load_calls()
        if not self.typed.strip():
            self._show_last_calls()

    @property
    def _is_whole(self) -> bool:
        """Answers may come while the app is being taken down, a widget at a time."""
        return all(self.query(part) for part in ("#number", "#dial-title", "#people"))

    def _show_note(self, state: PhoneState) -> None:
        lines: list[Content] = []
        if (welcome := self.app.welcome_line) and not self.typed:
            lines.append(Content.styled(welcome, "$text-muted"))
        if state.sound.problem:
            lines.append(Content.styled(safe(state.sound.problem), "$warning"))
        self.query_one("#dial-note", Plain).update(Content("\n").join(lines))

    def _show_last_calls(self) -> None:
        self.query_one("#dial-title", Plain).update("Last calls" if self._records else "No calls yet")
        people = tuple(from_record(record, self._country) for record in self._records[:SHOWN_CALLS])
        self.query_one(PeopleList).show(people, self.app.now())

    def _show_suggestions(self, people: tuple[Person, ...]) -> None:
        if self._is_whole and self.typed.strip():
            self.query_one("#dial-title", Plain).update("Suggestions" if people else "Nobody called before")
            self.query_one(PeopleList).show(people, self.app.now())

    def say(self, text: str, *, bad: bool = False) -> None:
        """A sentence under the number field; already safe."""
        hint = self.query_one("#dial-hint", Plain)
        hint.set_class(bad, "-bad")
        hint.update(text)

    def _show_hint(self) -> None:
        if self.app.handset.is_dialling:
            return self.say("calling…")
        typed, known = self.typed.strip(), self.account
        if not typed or known is None:
            return self.say("")
        if people := groups.typed_people(typed, known):
            return self.say(cut(f"calls {groups.names_of(people)} together", 70))
        try:
            self.say(self._described(address_from_text(typed, known.account.capabilities)))
        except BadAddress:
            # It is not finished yet; refusing waits for enter.
            self.say(safe(as_typed(typed, self._country)))

    def _described(self, to: Address) -> str:
        if to.kind is AddressKind.PHONE:
            shown = pretty(to.text, self._country)
            # A number that is not complete yet is grouped as far as it goes.
            return f"calls {cut(safe(shown if shown != to.text else as_typed(to.text, self._country)), 40)}"
        return f"calls the user {cut(safe(to.text), 40)}"

    # -- what is chosen -----------------------------------------------------------------------------------------

    @property
    def typed(self) -> str:
        """What stands in the number field."""
        return self.query_one("#number", Field).value

    @property
    def _sought(self) -> str:
        """Whom suggestions are for: of several people the last."""
        return self.typed.rpartition(BETWEEN)[2] if groups.has_groups(self.account) else self.typed

    @property
    def account(self) -> AccountState | None:
        """The account to call from."""
        name = self.query_one("#from", Picker).value
        return self.app.state.account(name) if name else None

    @property
    def _country(self) -> str | None:
        return self.account.account.country if self.account else None

    @on(Picker.Changed)
    def _picked(self, event: Picker.Changed) -> None:
        if event.picker.id == "from":
            self._chosen_account = event.picker.value
            self.show(self.app.state)
            self.refresh_bindings()

    @on(Picker.Opened)
    def _open_picker(self, event: Picker.Opened) -> None:
        event.stop()
        picker = event.picker
        title = "Call from" if picker.id == "from" else "Show which number"

        def chosen(value: str | None) -> None:
            picker.choose(value)
            # What is typed next is a number.
            self.take_focus(self.query_one("#number", Field))

        self.app.choose(title, picker.options, picker.value, chosen)

    # -- typing -------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typing(self, event: Input.Changed) -> None:
        self._show_hint()
        self.refresh_bindings()
        if event.value.strip():
            self.app.suggest(self._sought, self._show_suggestions)
        else:
            self._recalled = -1
            self._show_last_calls()
        self._show_note(self.app.state)

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.say(f"That is {event.length:,} characters long; a number or a name has at most {MAX_ADDRESS}.", bad=True)

    @on(Keypad.Pressed)
    def _pressed(self, event: Keypad.Pressed) -> None:
        field = self.query_one("#number", Field)
        field.insert_text_at_cursor(event.digit)
        field.focus()

    @on(PeopleList.Chosen, "#people")
    def _redial(self, event: PeopleList.Chosen) -> None:
        if (person := picked(self.query_one(PeopleList).people, event.index)) is None:
            return
        if self._sought != self.typed:
            # One more of those that are called together; who calls them presses enter in the field.
            field = self.query_one("#number", Field)
            field.value = f"{self.typed.rpartition(BETWEEN)[0]}{BETWEEN} {person.to}"
            field.cursor_position = len(field.value)
            field.focus()
            return
        self.app.handset.dial(person.to, account=person.account or None)

    @on(PeopleList.LeftAtTop, "#people")
    def _back_to_field(self) -> None:
        self.query_one("#number", Field).focus()

    @on(PeopleList.LeftAtBottom, "#people")
    def _to_lines(self) -> None:
        board = self.query_one(LineBoard)
        if board.count:
            board.focus()

    @on(LineBoard.LeftAtTop, "#lines")
    def _back_to_people(self) -> None:
        people = self.query_one(PeopleList)
        (people if people.count else self.query_one("#number", Field)).focus()

    @on(LineBoard.Chosen, "#lines")
    def _line_chosen(self, event: LineBoard.Chosen) -> None:
        lines.choose(self.app, self.query_one(LineBoard), event.index)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        in_field = self.query_one("#number", Field).has_focus
        if action in ("recall", "down", "clear"):
            return in_field
        if action == "dial" and parameters:
            focused = self.app.handset.focused
            wants_camera = focused is not None and Action.CAMERA in self.app.handset.allowed(focused)
            known = self.account
            has_video = known is not None and Capability.VIDEO in known.account.capabilities
            return has_video and in_field and not (wants_camera and not self.typed)
        return in_field if action == "dial" else True

    def fill(self, text: str) -> None:
        """Put a number there that came from outside; the person has to call it."""
        if names_a_host(text):
            # Others would call a user of that name at their own vendor, who is somebody else.
            can = [known for known in self.app.state.accounts if Capability.DIAL_URI in known.account.capabilities]
            can.sort(key=lambda known: known.link is not Link.ONLINE)
            if can and (self.account is None or Capability.DIAL_URI not in self.account.account.capabilities):
                self._chosen_account = can[0].account.name
                self.show(self.app.state)
        field = self.query_one("#number", Field)
        field.value = safe(text, MAX_ADDRESS)
        field.cursor_position = len(field.value)
        self._filled_at = monotonic()
        self.take_focus(field)

    def action_dial(self, video: bool = False) -> None:
        if monotonic() - self._filled_at < LINK_SECONDS:
            return self.say("That number came just now from a link; press enter again to call it.")
        known = self.account
        if known is None:
            return self.say("There is no account to call from; f7, then a adds one.", bad=True)
        people = groups.typed_people(self.typed, known) or (self.typed,)
        if (trouble := groups.trouble_with(people, known.account.capabilities)) is not None:
            return self.say(safe(trouble), bad=True)
        caller = self.query_one("#caller", Picker)
        self.app.handset.dial(
            self.typed.strip(),
            account=known.account.name,
            video=video,
            caller=caller.value if caller.display else None,
        )

    def action_recall(self, step: int) -> None:
        ours = list(dict.fromkeys(record.peer.text for record in self._records if not record.incoming))
        if ours:
            self._recalled = min(self._recalled + step, len(ours) - 1)
            field = self.query_one("#number", Field)
            field.value = ours[self._recalled]
            field.cursor_position = len(field.value)

    def action_down(self) -> None:
        people = self.query_one(PeopleList)
        if self._recalled > 0:
            self.action_recall(-1)
        elif people.count:
            people.focus()
        else:
            self._to_lines()

    def action_clear(self) -> None:
        self.query_one("#number", Field).value = ""


def _option(known: AccountState) -> Option:
    label = f"{safe(known.account.name)}·{safe(known.account.provider)}"
    return Option(known.account.name, label, words.LINK_SYMBOL[known.link], words.LINK_COLOUR[known.link])

"""Questions over the screen: leaving, a lost engine, one line of text, one among several."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tuiphone.core.capability import Capability
from tuiphone.core.commands import MAX_FAREWELL
from tuiphone.core.errors import BadAddress, PhoneError
from tuiphone.core.model import MAX_ADDRESS, address_from_text
from tuiphone.ui.text import fit, safe_lines
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.line_list import LineList, picked
from tuiphone.ui.widgets.people_list import PeopleList, Person
from tuiphone.ui.widgets.picker import Option
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


class Dialog(ModalScreen[Any]):
    """Base: a box in the middle with a title; escape leaves it."""

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...


class QuitDialog(Dialog):
    """Asks what is to become of the phone; the result is `quit`, `detach` or None for staying."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave('quit')", "quit", id="quit.quit"),
        Binding("k", "leave('detach')", "keep the phone running", id="quit.keep"),
        Binding("escape", "leave('')", "stay", id="quit.stay"),
    ]

    def __init__(self, question: str, quit_label: str) -> None:
        super().__init__()
        self._question = question
        self._quit_label = quit_label

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Plain(self._question, classes="question")
            yield KeyButton("quit.quit", self._quit_label, kind="bad")
            yield KeyButton("quit.keep", "Keep the phone running; tuiphone shows it again")
            yield KeyButton("quit.stay", "Stay")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = "Leave tuiphone?"

    def action_leave(self, how: str) -> None:
        self.dismiss(how or None)


class EngineGoneDialog(Dialog):
    """Says that the engine ended and why; starts it again, or leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,s", "restart", "start it again", id="engine.start"),
        Binding("q", "leave", "quit", id="engine.quit"),
    ]

    def __init__(self, reason: str, *, can_start: bool) -> None:
        super().__init__()
        self._reason = reason
        self._can_start = can_start

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Plain("", id="gone-reason", classes="question")
            if self._can_start:
                yield KeyButton("engine.start", "Start it again", kind="good")
            yield KeyButton("engine.quit", "Quit")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = "The phone's engine is gone"
        self.say(self._reason)

    def say(self, text: str) -> None:
        """Show another sentence: that it is starting, or why it did not."""
        hint = "" if self._can_start else "\n\nStart it with: tuiphone engine"
        self.query_one("#gone-reason", Plain).update(safe_lines(text) + hint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._can_start if action == "restart" else True

    def action_restart(self) -> None:
        self.say("Starting the phone's engine…")
        self.run_worker(self._restart(), exclusive=True)

    async def _restart(self) -> None:
        try:
            await self.app.start_engine()
        except PhoneError as error:
            self.say(str(error))
        else:
            # First the dialog goes, then the new engine is looked at: something may ring there already.
            self.dismiss()
            self.app.attached()

    def action_leave(self) -> None:
        self.app.exit("lost")


class Confirm(Dialog):
    """A question; the result is True, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "no", id="confirm.no"),
    ]

    def __init__(self, title: str, question: str, *, yes: str) -> None:
        """`question` is already safe; `yes` says what happens then, for example `Remove it`."""
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Plain(self._question, classes="question")
            with Horizontal(classes="answers"):
                yield KeyButton("confirm.yes", self._yes, kind="bad")
                yield KeyButton("confirm.no", "No")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = Content(self._title)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(True if answer else None)


class Prompt(Dialog):
    """One line of text; `check` returns the sentence that refuses it, or None. The result is the text, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "OK", id="prompt.submit"),
        Binding("escape", "leave", "leave", id="prompt.leave"),
        Binding("down", "down", "suggestions", show=False, id="prompt.down"),
    ]

    def __init__(
        self,
        title: str,
        *,
        placeholder: str,
        check: Callable[[str], str | None],
        hint: Callable[[str], str] | None = None,
        suggests: bool = False,
        first: tuple[Person, ...] = (),
        max_length: int = MAX_ADDRESS,
        value: str = "",
    ) -> None:
        """`first` are people suggested before all others; `value` is what stands in the field already."""
        super().__init__()
        self._title = title
        self._placeholder = placeholder
        self._check = check
        self._hint = hint
        self._suggests = suggests
        self._first = first
        self._max_length = max_length
        self._value = value
        self.person: Person | None = None
        """Who was suggested and chosen, where the text is theirs."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            options = {"placeholder": self._placeholder, "max_length": self._max_length, "select_on_focus": False}
            yield Field(self._value, **options)
            yield Plain("", id="hint")
            if self._suggests:
                yield PeopleList(id="suggested")
            with Horizontal(classes="answers"):
                yield KeyButton("prompt.submit", "OK", kind="good")
                yield KeyButton("prompt.leave", "Cancel")

    def on_key(self, event: events.Key) -> None:
        """What a quick hand typed before the field had the focus goes there all the same."""
        if event.is_printable and not event.key.startswith("alt+") and isinstance(self.focused, Field | None):
            for field in list(self.query(Field))[:1]:
                event.stop()
                field.insert_text_at_cursor(event.character or "")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = Content(self._title)
        if self._suggests:
            self.app.suggest("", self._suggested)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._say(self._hint(event.value) if self._hint else "")
        if self._suggests:
            self.app.suggest(event.value, self._suggested)

    def _suggested(self, people: tuple[Person, ...]) -> None:
        # A dialog that is about to go has lost some of its widgets already.
        for field, listed in zip(self.query(Field), self.query(PeopleList), strict=False):
            typed = field.value.casefold()
            first = [one for one in self._first if typed in f"{one.name} {one.number} {one.to}".casefold()]
            known = {one.to for one in first}
            others = [one for one in people if one.to not in known]
            listed.show((*first, *others), self.app.now())

    @on(Field.Refused)
    def _refused(self, event: Field.Refused) -> None:
        self._say(f"That is {event.length:,} characters long; at most {self._max_length} fit.", bad=True)

    def action_submit(self) -> None:
        typed = self.query_one(Field).value
        if (refusal := self._check(typed)) is not None:
            self._say(refusal, bad=True)
        else:
            self.dismiss(typed)

    @on(PeopleList.Chosen)
    def _picked(self, event: PeopleList.Chosen) -> None:
        if (person := picked(self.query_one(PeopleList).people, event.index)) is not None:
            self.person = person
            self.dismiss(person.to)

    @on(PeopleList.LeftAtTop)
    def _back_to_field(self) -> None:
        self.query_one(Field).focus()

    def _say(self, text: str, *, bad: bool = False) -> None:
        hint = self.query_one("#hint", Plain)
        hint.update(safe_lines(text))
        hint.set_class(bad, "-bad")

    def action_down(self) -> None:
        for people in self.query(PeopleList):
            if people.count:
                people.focus()

    def action_leave(self) -> None:
        self.dismiss(None)


def transfer_prompt(
    capabilities: Capability,
    name: str,
    *,
    verb: str = "Transfer",
    question: str = "to",
    first: tuple[Person, ...] = (),
) -> Prompt:
    """Asks whom to hand the call with `name` (already safe) to; `first` are suggested before all others."""

    def refusal(text: str) -> str | None:
        try:
            address_from_text(text, capabilities)
        except BadAddress as error:
            return str(error)
        return None

    return Prompt(f"{verb} {name} {question}", placeholder="number or name", check=refusal, suggests=True, first=first)


def info_prompt() -> Prompt:
    """Asks for a side message."""
    return Prompt(
        "Side message",
        placeholder='text, or JSON such as {"key": "value"}',
        check=lambda text: None if text.strip() else "Nothing to send: type something first.",
        hint=lambda text: "Goes out as JSON." if is_json(text) else "Goes out as plain text." if text.strip() else "",
        max_length=4000,
    )


def farewell_prompt(name: str) -> Prompt:
    """Asks why the call ends."""
    return Prompt(
        f"Hang up on {name}, saying why",
        placeholder="one line that they see",
        check=lambda text: None if text.strip() else "Type why, or leave with esc and hang up without a word.",
        max_length=MAX_FAREWELL,
    )


def is_json(text: str) -> bool:
    """Whether the text is a JSON object, list or other value; a bare word or number is taken as text."""
    return not isinstance(payload_from_text(text), str)


def payload_from_text(text: str) -> Any:
    """What a typed side message is sent as."""
    typed = text.strip()
    if typed[:1] in ("{", "["):
        try:
            return json.loads(typed)
        except (ValueError, RecursionError):
            return typed
    return typed


class Choice(Dialog):
    """One among several; the result is its value, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", id="choice.leave")]

    def __init__(self, title: str, options: tuple[Option, ...], value: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._options = options
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield OptionLines(self._options, self._value)
            yield KeyButton("choice.leave", "Close")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = Content(self._title)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(self._options[event.index].value or None)

    def action_leave(self) -> None:
        self.dismiss(None)


class OptionLines(LineList):
    """The options of a Choice."""

    ONE_CLICK = True

    def __init__(self, options: tuple[Option, ...], value: str | None) -> None:
        super().__init__()
        self._options = options
        self._at = next((at for at, option in enumerate(options) if option.value == value), 0)
        self.styles.height = min(12, max(1, len(options)))

    def on_mount(self) -> None:
        self.set_count(len(self._options), keep=self._at)

    def draw(self, index: int, width: int) -> Content:
        option = self._options[index]
        if not option.value and not option.symbol:
            return Content.styled(fit(option.label, width), "$text-muted")
        return Content.assemble(" ", option.line(width - 2), " ")

"""A form over the screen: fields to fill in, checked and saved by whoever opened it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import clamp
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tuiphone.core.errors import PhoneError
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import fit, safe_lines
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.lines_field import LinesField
from tuiphone.ui.widgets.picker import Option, Picker
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.toggle import Toggle

Value: TypeAlias = str | bool | tuple[str, ...]
"""What a field holds: a text or the value of a choice, yes or no, or several lines."""
Values: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form; texts are already safe."""

    key: str
    label: str
    help: str = ""
    """A sentence shown while the field has the focus."""
    kind: Literal["text", "secret", "switch", "choice", "list"] = "text"
    value: Value = ""
    required: bool = False
    choices: tuple[Option, ...] = ()
    """For `choice`."""
    placeholder: str = ""
    more: bool = False
    """Hidden until the person asks for more fields."""
    max_length: int = 1000


@dataclass(frozen=True, slots=True)
class FormResult:
    """What came of submitting: nothing wrong, and the dialog is dismissed with `value`; or what to correct."""

    mistakes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Key of a field -> sentence."""
    problem: str = ""
    """A sentence about the whole."""
    value: Any = True
    can_force: bool = False
    """Whether the person may have it saved all the same."""

    @property
    def is_good(self) -> bool:
        """The form is done."""
        return not self.mistakes and not self.problem


Submit: TypeAlias = Callable[[Values], Awaitable[FormResult]]


FRAME_LINES = 4
"""Border and padding of the box."""
ANSWER_LINES = 2


class FormLine(KeyButton, can_focus=True):
    """A button one can get to with tab; enter and space press it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "do it", show=False, id="button.press", tooltip="Do what the button says")
    ]

    def action_press(self) -> None:
        self.on_click()


class FormRow(Vertical):
    """A label with its field, and below it what is wrong with what was typed."""

    def __init__(self, entry: Entry, label_width: int) -> None:
        super().__init__(classes=f"form-row -{entry.kind}")
        self.entry = entry
        self._label_width = label_width
        self.control = _control(entry)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="form-line"):
            label = Plain("", classes="form-label")
            label.styles.width = self._label_width
            yield label
            yield self.control
        yield Plain("", classes="form-mistake")

    def on_mount(self) -> None:
        self.display = not self.entry.more
        self._draw_label(False)

    def on_descendant_focus(self) -> None:
        self._draw_label(True)

    def on_descendant_blur(self) -> None:
        self._draw_label(False)

    def _draw_label(self, focused: bool) -> None:
        star = "*" if self.entry.required else " "
        text = fit(f"{'▸' if focused else ' '} {self.entry.label}", self._label_width - 2)
        self.query_one(".form-label", Plain).update(
            Content.assemble((text, "bold" if focused else ""), (star, "$warning"))
        )

    @property
    def value(self) -> Value:
        """What the field holds now."""
        match self.control:
            case Input() as one:
                return one.value if self.entry.kind == "secret" else one.value.strip()
            case LinesField() as several:
                return several.lines
            case Picker() as picker:
                return picker.value or ""
            case Toggle() as toggle:
                return toggle.value
            case _:
                raise AssertionError(self.control)

    def say(self, mistake: str) -> None:
        """Show what is wrong with it, or that nothing is."""
        line = self.query_one(".form-mistake", Plain)
        line.update(safe_lines(mistake))
        line.display = bool(mistake)
        if mistake:
            self.display = True


def _control(entry: Entry) -> Widget:
    match entry.kind:
        case "switch":
            return Toggle(bool(entry.value))
        case "choice":
            picker = Picker(entry.label)
            picker.show(entry.choices, str(entry.value) if entry.value else None)
            return picker
        case "list":
            lines = entry.value if isinstance(entry.value, tuple) else ()
            return LinesField(lines, max_length=entry.max_length, placeholder=entry.placeholder)
        case _:
            is_secret = entry.kind == "secret"
            return Field(
                str(entry.value),
                placeholder=entry.placeholder,
                password=is_secret,
                max_length=entry.max_length,
                # What cannot be seen is typed anew, not added to.
                select_on_focus=is_secret,
            )


class FormDialog(Dialog):
    """Fields below each other; the result is what `submit` returned as `value`, or None when the person left.

    `submit` gets the value of every field by key. While it runs the form says so and takes no keys but escape, which
    stops it; a PhoneError out of it is shown as its problem. Leaving a form that was changed takes a second escape.
    `force` does what `submit` does without its checks; it is offered after a result with `can_force`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="form.save"),
        Binding("escape", "leave", "leave", id="form.leave"),
        # What moves the focus has priority: from a quick hand the next letter comes before it would have moved.
        Binding(
            "enter",
            "next",
            "next field",
            show=False,
            priority=True,
            id="form.next",
            tooltip="To the next field; saves at last",
        ),
        Binding("tab", "move(1)", "the next field", show=False, priority=True, id="form.forward"),
        Binding("shift+tab", "move(-1)", "the field before", show=False, priority=True, id="form.back"),
        Binding("up", "step(-1)", "the field above", show=False, priority=True, id="form.up"),
        Binding("down", "step(1)", "the field below", show=False, priority=True, id="form.down"),
        Binding("ctrl+o", "more", "more settings", show=False, id="form.more", tooltip="Show all fields of a form"),
        Binding("ctrl+y", "force", "save all the same", show=False, id="form.force"),
    ]

    def __init__(
        self,
        title: str,
        entries: tuple[Entry, ...],
        submit: Submit,
        *,
        save: str = "Save",
        doing: str = "Saving…",
        intro: str = "",
        force: Submit | None = None,
        force_label: str = "Save all the same",
    ) -> None:
        super().__init__()
        self._title = title
        self._entries = entries
        self._submit = submit
        self._force = force
        self._save = save
        self._doing = doing
        self._intro = intro
        self._force_label = force_label
        self._busy: Timer | None = None
        self._seconds = 0
        self._back_to: Widget | None = None
        self._asked_to_leave = False
        self._done: FormResult | None = None
        self._is_over = False

    def compose(self) -> ComposeResult:
        width = min(26, max((len(entry.label) for entry in self._entries), default=0) + 5)
        with Vertical(classes="box form"):
            if self._intro:
                yield Plain(safe_lines(self._intro), classes="question")
            with VerticalScroll(id="form-fields", can_focus=False):
                for entry in self._entries:
                    yield FormRow(entry, width)
                if hidden := sum(entry.more for entry in self._entries):
                    yield FormLine("form.more", f"{hidden} more settings", id="form-more")
            yield Plain("", id="form-hint")
            with Horizontal(classes="answers"):
                yield FormLine("form.save", self._save, kind="good", id="form-save")
                if self._force is not None:
                    yield FormLine("form.force", self._force_label, kind="bad", id="form-force")
                yield FormLine("form.leave", "Cancel", id="form-leave")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = Content(self._title)
        self._before = self.values
        for button in self.query("#form-force"):
            button.display = False
        self._fit()
        first = next((row for row in self._rows if row.display), None)
        if first is not None:
            self.set_focus(first.control)

    def on_resize(self, _: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        """Give the fields the lines the rest of the box leaves; beyond that they scroll."""
        fields = self.query_one("#form-fields")
        fields.set_class(self.app.size.width < 50, "-narrow")
        intro = sum(widget.outer_size.height for widget in self.query(".question"))
        hint = max(2, self.query_one("#form-hint").size.height) + 1
        box = int(self.app.size.height * 0.95) - FRAME_LINES
        room = clamp(box - intro - hint - ANSWER_LINES, 1, 200)
        if fields.styles.max_height is None or fields.styles.max_height.value != room:
            fields.styles.max_height = room
            if self.focused is not None:
                self.call_after_refresh(self.focused.scroll_visible, animate=False)

    @property
    def _rows(self) -> list[FormRow]:
        return list(self.query(FormRow))

    @property
    def values(self) -> Values:
        """What the fields hold now, by key."""
        return {row.entry.key: row.value for row in self._rows}

    # -- saving -------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        values = self.values
        needed = {
            row.entry.key: "This is needed."
            for row in self._rows
            if row.entry.required and row.entry.kind != "switch" and not values[row.entry.key]
        }
        if needed:
            self._show(FormResult(needed))
        else:
            self._begin(self._submit)

    def action_force(self) -> None:
        if self._force is not None and any(button.display for button in self.query("#form-force")):
            self._begin(self._force)

    def _begin(self, submit: Submit) -> None:
        if self._busy is None and self._done is None and not self._is_over:
            self._asked_to_leave = False
            self._back_to, self._seconds = self.focused, 0
            self._busy = self.set_interval(1.0, self._count)
            self._enable(False)
            # Textual takes the focus from a field that cannot be used any more only with the next turn.
            self.set_focus(None)
            self._say(self._under_way())
            self.run_worker(self._run(submit), group="submit", exclusive=True)

    def _count(self) -> None:
        self._seconds += 1
        self._say(self._under_way())

    def _under_way(self) -> str:
        waited = f" {self._seconds} s," if self._seconds else ""
        return f"{self._doing}{waited} esc stops it"

    async def _run(self, submit: Submit) -> None:
        try:
            result = await submit(self.values)
        except PhoneError as error:
            result = FormResult(problem=str(error))
        self._rest()
        if result.is_good:
            self._done = result
            self._leave_when_on_top()
        else:
            self._show(result)

    def _rest(self) -> None:
        """Nothing is under way any more."""
        if self._busy is not None:
            self._busy.stop()
            self._busy = None
        self._say("")
        self._enable(True)
        if self._back_to is not None:
            self.set_focus(self._back_to)

    def _enable(self, on: bool) -> None:
        self.query_one("#form-fields").disabled = not on
        for button in self.query(".answers FormLine"):
            button.disabled = not on

    def on_screen_resume(self) -> None:
        self._leave_when_on_top()

    def _leave_when_on_top(self) -> None:
        # A call may ring over the form meanwhile; dismissing would close the popup instead.
        if (done := self._done) is not None and self.app.screen is self:
            self._done, self._is_over = None, True
            self.dismiss(done.value)

    def _show(self, result: FormResult) -> None:
        wrong = [row for row in self._rows if result.mistakes.get(row.entry.key)]
        for row in self._rows:
            row.say(result.mistakes.get(row.entry.key, ""))
        if any(row.entry.more for row in wrong):
            self._show_more()
        for button in self.query("#form-force"):
            button.display = result.can_force
        known = {row.entry.key for row in wrong}
        others = [sentence for key, sentence in result.mistakes.items() if key not in known]
        self._say("\n".join(filter(None, (result.problem, *others))), bad=True)
        if wrong:
            self.set_focus(wrong[0].control)
            self.call_after_refresh(wrong[0].scroll_visible, animate=False)

    # -- moving -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action, self.focused:
            case "next", focused:
                return isinstance(focused, Field)
            case "step", LinesField() as lines:
                return lines.is_at_edge(parameters[0] == -1)
            case _:
                return True

    def action_next(self) -> None:
        last = next((row.control for row in reversed(self._rows) if row.display), None)
        if last is not None and last is self.focused:
            # Letters typed before this enter may still be on their way to the field.
            last.call_later(self.action_save)
        else:
            self.action_move(1)

    def action_step(self, step: int) -> None:
        self.action_move(step)

    def action_move(self, step: int) -> None:
        if step < 0:
            self.focus_previous()
        else:
            self.focus_next()

    def action_more(self) -> None:
        hidden = [row for row in self._rows if not row.display]
        self._show_more()
        if hidden:
            self.set_focus(hidden[0].control)

    def _show_more(self) -> None:
        for row in self._rows:
            row.display = True
        for line in self.query("#form-more"):
            line.display = False

    def action_leave(self) -> None:
        if self._busy is not None:
            self.workers.cancel_group(self, "submit")
            self._rest()
            self._say("Stopped; nothing has been saved.", bad=True)
        elif self.values != self._before and not self._asked_to_leave:
            self._asked_to_leave = True
            self._say(f"Nothing is saved yet. esc once more leaves it, {self._save_key} saves.", bad=True)
        else:
            self.dismiss(None)

    @property
    def _save_key(self) -> str:
        return self.query_one("#form-save", FormLine).key

    # -- saying -------------------------------------------------------------------------------------------------

    @on(events.DescendantFocus)
    def _explain(self) -> None:
        row = next((row for row in self._rows if row.control is self.focused), None)
        hint = self.query_one("#form-hint", Plain)
        if self._busy is None and not hint.has_class("-bad"):
            hint.update(safe_lines(row.entry.help) if row else "")
            self.call_after_refresh(self._fit)

    @on(Input.Changed)
    @on(LinesField.Changed)
    @on(Picker.Changed)
    @on(Toggle.Changed)
    def _edited(self) -> None:
        self._asked_to_leave = False
        if self._busy is None and self.values != self._before:
            self.query_one("#form-hint").remove_class("-bad")
            self._explain()

    @on(Picker.Opened)
    def _open_picker(self, event: Picker.Opened) -> None:
        event.stop()
        picker = event.picker
        self.app.choose(str(picker.border_title), picker.options, picker.value, picker.choose)

    @on(Field.Refused)
    @on(LinesField.Refused)
    def _refused(self, event: Field.Refused | LinesField.Refused) -> None:
        room = event.field.max_length or 0
        self._say(f"That is {event.length:,} characters long; at most {room:,} fit.", bad=True)

    def _say(self, text: str, *, bad: bool = False) -> None:
        hint = self.query_one("#form-hint", Plain)
        hint.set_class(bad and bool(text), "-bad")
        hint.update(safe_lines(text))
        if not text:
            self._explain()
        # A long sentence takes lines from the fields, never from the buttons.
        self.call_after_refresh(self._fit)

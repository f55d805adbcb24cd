"""In call: everything about the call in focus, and the keys for it."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Digits

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Action, Capability
from tuiphone.core.model import AddressKind
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import labelled, safe, safe_lines
from tuiphone.ui.verbs import TALKING
from tuiphone.ui.widgets.keypad import Keypad
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.sound_panel import SoundPanel

DIGITS = frozenset("0123456789*#")
SHOWN_DIGITS = 20


class CallPage(Page, can_focus=True):
    """One call; opens by itself when one is dialled or answered, and goes when it is over."""

    NAME = "call"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(verb.letter, f"app.call({verb.name!r})", verb.name, tooltip=verb.tooltip, id=f"call.{verb.name}")
            for verb in TALKING
        ),
        Binding("s", "app.audio", "audio", id="call.audio", tooltip="The sound devices in use"),
        Binding("up", "app.turn(-1)", "call before", show=False, id="call.before", tooltip="Focus the call before"),
        Binding("down", "app.turn(1)", "next call", show=False, id="call.next", tooltip="Focus the next call"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._call: Call | None = None
        self._keypad_wanted = False
        self._sent: dict[CallId, str] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(id="call-head"):
            with Vertical(id="call-who"):
                yield Plain("", id="call-name")
                yield Plain("", id="call-number")
                yield Plain("", id="call-state")
            yield Digits("00:00", id="call-timer")
        yield Plain("", id="call-problem")
        with Horizontal(id="call-body"):
            yield SoundPanel(id="sound")
            with VerticalScroll(id="call-side", can_focus=False):
                yield Plain("", id="call-facts")
            with Vertical(id="call-pad"):
                yield Keypad()
                yield Plain("", id="call-sent")

    def on_mount(self) -> None:
        self.query_one("#call-side").border_title = "About the call"
        self.query_one("#call-pad").border_title = "Keypad"

    def opened(self) -> None:
        self.take_focus(self)

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self.show(self.app.state))

    # -- drawing ------------------------------------------------------------------------------------------------

    def show(self, state: PhoneState) -> None:
        call = self.app.desk.focused
        if call is None:
            return
        if self._call is None or self._call.id != call.id:
            self._keypad_wanted = False
        self._call = call
        known = state.account(call.id.account)
        capabilities = known.account.capabilities if known else Capability(0)
        self.query_one("#call-name", Plain).update(Content(words.who(call.peer, 80)))
        self.query_one("#call-number", Plain).update(self._number(call, known.account.country if known else None))
        self.query_one("#call-state", Plain).update(_state(call, Capability.MEDIA in capabilities))
        self.query_one("#call-timer", Digits).set_class(call.state is CallState.ENDED, "-over")
        self.query_one("#call-facts", Plain).update(
            _facts(call, self.query_one("#call-side").scrollable_content_region.width)
        )
        problem = self.query_one("#call-problem", Plain)
        problem.update(self._problem(call, state))
        problem.display = bool(call.detail or state.sound.problem)
        sound = self.query_one(SoundPanel)
        sound.display = Capability.MEDIA in capabilities
        sound.show(call, self.app.scores_of(call.id))
        pad = self._keypad_wanted and Action.DTMF in self.app.desk.allowed(call)
        self.query_one("#call-pad").display = pad
        self.query_one("#call-side").display = not pad
        self._show_sent()
        self.tick(self.app.now())

    def tick(self, now: float) -> None:
        if (call := self._call) is not None:
            end = call.ended_at or now
            self.query_one("#call-timer", Digits).update(words.length(end - (call.answered_at or call.started_at)))

    def meters(self, meters: dict[CallId, MediaStats]) -> None:
        if self._call is not None and (stats := meters.get(self._call.id)) is not None:
            self.query_one(SoundPanel).meter(stats)
            self.query_one(SoundPanel).plot(self.app.scores_of(self._call.id))

    def _number(self, call: Call, country: str | None) -> Content:
        number = pretty(call.peer.text, country) if call.peer.kind is AddressKind.PHONE else call.peer.text
        kind = "video call" if call.video else "call"
        way = "from" if call.direction is CallDirection.OUTGOING else "to"
        known = self.app.state.account(call.id.account)
        is_news = call.caller and call.caller not in (call.id.account, known.account.identity if known else None)
        ours = f" ({safe(pretty(call.caller or '', country), 40)})" if is_news else ""
        return Content.assemble(
            f"{safe(number)}  ·  " if call.peer.name else "",
            (f"{kind} {way} {safe(call.id.account, 40)}{ours}", "$text-muted"),
        )

    def _problem(self, call: Call, state: PhoneState) -> Content:
        if call.detail:
            return Content.styled(safe(call.detail), "$warning")
        if state.sound.problem:
            return Content.styled(safe(state.sound.problem), "$warning")
        return Content("")

    # -- digits -------------------------------------------------------------------------------------------------

    def toggle_keypad(self) -> None:
        """Show the keypad in place of what is known of the call, or put it away."""
        self._keypad_wanted = not self._keypad_wanted
        self.show(self.app.state)

    def on_key(self, event: events.Key) -> None:
        if event.character is not None and event.character in DIGITS:
            event.stop()
            self._press(event.character)
        elif event.key == "escape" and self._keypad_wanted:
            event.stop()
            self.toggle_keypad()

    @on(Keypad.Pressed)
    def _pressed(self, event: Keypad.Pressed) -> None:
        self._press(event.digit)

    def _press(self, digit: str) -> None:
        call = self._call
        if call is None or Action.DTMF not in self.app.desk.allowed(call):
            return self.app.say_not_now("Digits cannot be sent in this call now.")
        self.query_one(Keypad).flash(digit)
        self._sent[call.id] = (self._sent.get(call.id, "") + digit)[-SHOWN_DIGITS:]
        self._show_sent()
        self.app.do(self.app.phone.dtmf(call.id, digit))

    def _show_sent(self) -> None:
        sent = self._sent.get(self._call.id, "") if self._call else ""
        self.query_one("#call-sent", Plain).update(f"sent {' '.join(sent)}" if sent else "")
        self.query_one(SoundPanel).sent(sent)


def _state(call: Call, has_media: bool) -> Content:
    parts: list[tuple[str, str]] = [(f"{words.call_symbol(call)} {words.call_words(call)}", words.call_colour(call))]
    if (media := words.media_words(call, has_media)) is not None:
        parts.append((f"  ·  {media}", "$warning"))
    if call.muted_by_peer and call.is_live:
        parts.append(("  ·  they muted themselves", "$warning"))
    return Content.assemble(*parts)


def _facts(call: Call, width: int) -> Content:
    pairs = [(safe(label, 60), Content(safe(value))) for label, value in call.facts]
    if call.recording:
        pairs.append(("recording", Content(safe(call.recording.rsplit("/", 1)[-1]))))
    parts: list[Content] = []
    if call.notices:
        said = [Content.assemble(("‹ ", "$accent"), safe_lines(notice, 300)) for notice in reversed(call.notices)]
        parts.append(Content("\n").join([Content.styled("Side messages", "$text-muted"), *said]))
    if pairs:
        parts.append(labelled(pairs, width))
    return Content("\n\n").join(parts) if parts else Content.styled("Nothing more is known of it.", "$text-muted")

"""The calls that live, a line each, on every page: who, how long, how it sounds, and buttons for it."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tuiphone.core.call import Call, CallId, CallState
from tuiphone.core.model import AddressKind
from tuiphone.core.ports import MediaStats
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import fit, safe
from tuiphone.ui.verbs import BY_NAME
from tuiphone.ui.widgets.level_meter import LevelTrace
from tuiphone.ui.widgets.plain import Plain

_TALKING_BUTTONS = ("mute", "hold", "hangup")
_RINGING_BUTTONS = ("answer", "reject")
_WHO = 20
"""Cells for the symbol, the duration and enough of a name to know whose it is; the rest makes way for them."""
_BUTTONS = 13
_QUALITY = 10
_TRACE = 5
"""Cells of each of the others, with the space before it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the left part of a line is drawn from."""

    call: Call
    country: str | None
    duration: str
    mark: str
    """Whether the call is in focus, where there are several."""


class Who(Widget):
    """State, duration, name, number and account, as much of it as there is room for."""

    facts: reactive[Facts | None] = reactive(None)

    def render(self) -> Content:
        if self.facts is None:
            return Content("")
        call, width = self.facts.call, self.size.width
        number = pretty(call.peer.text, self.facts.country) if call.peer.kind is AddressKind.PHONE else call.peer.text
        name, number = safe(call.peer.name or ""), safe(number)
        if not name:
            name, number = number, ""
        room = width - 9 - len(self.facts.mark)
        account_width = 11 if room >= 26 else 0
        number_width = 18 if room - account_width >= 34 else 0
        return Content.assemble(
            (self.facts.mark, "bold $accent"),
            (f"{words.call_symbol(call)} ", words.call_colour(call)),
            (fit(self.facts.duration, 7), "bold"),
            (fit(name, room - number_width - account_width - 1), "bold"),
            " ",
            (fit(number, number_width), "$text-muted"),
            (fit(safe(call.id.account), account_width), "$text-muted"),
        )


class CallLine(Widget):
    """One call."""

    ALLOW_SELECT = False

    class Clicked(Message):
        """The line was clicked; `verb` is the button, if it was one."""

        def __init__(self, call: CallId, verb: str | None) -> None:
            super().__init__()
            self.call = call
            self.verb = verb

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call
        self._now = 0.0
        self._country: str | None = None
        self._verbs: frozenset[str] = frozenset()
        self._mark = ""
        self._is_elsewhere = False
        self.flags_width = 0

    def compose(self) -> ComposeResult:
        yield Who()
        yield LevelTrace(classes="mine")
        yield LevelTrace(classes="theirs")
        yield Plain("", classes="quality")
        yield Plain("", classes="flags")
        buttons = Plain("", classes="buttons")
        buttons.auto_links = False
        yield buttons

    def show(
        self,
        call: Call,
        now: float,
        country: str | None,
        verbs: frozenset[str],
        *,
        number: int,
        is_focused: bool | None,
        is_elsewhere: bool = False,
    ) -> None:
        """Draw this call; `verbs` are the keys that would do something; it is in focus, or not, or the only one.

        `number` is what alt and a digit reach it by; `is_elsewhere`: it is on another telephone.
        """
        self._is_elsewhere = is_elsewhere
        self.call, self._now, self._country, self._verbs = call, now, country, verbs
        digit = str(number) if number <= 9 else " "
        self._mark = "" if is_focused is None else f"{digit}{'›' if is_focused else ' '}"
        if is_focused and not self.has_class("-focused"):
            self.call_after_refresh(self.scroll_visible, animate=False)
        self.set_class(bool(is_focused), "-focused")
        if self.is_mounted:
            self._draw()

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        call = self.call
        quality = self.query_one(".quality", Plain)
        if not self._sounds:
            quality.update(self._said())
            quality.add_class("-wide")
        elif quality.has_class("-wide"):
            quality.update("")
            quality.remove_class("-wide")
        flags = self.query_one(".flags", Plain)
        flags.styles.width = self.flags_width
        flags.update(_flags(call))
        self.query_one(".buttons", Plain).update(self._buttons(self._verbs))
        self._give_way()
        self.tick(self._now)

    def on_resize(self) -> None:
        self._give_way()

    def _give_way(self) -> None:
        """Leave out what there is no room for: meters first, then in words how it is, then buttons, which keys are."""
        has_meters = self.call.state is CallState.ACTIVE and not self._is_elsewhere
        if (width := self.size.width) == 0:
            # Not laid out yet; what there is no reason for is not even there until then.
            for trace in self.query(LevelTrace):
                trace.display = has_meters
            return
        if not self.query(".buttons"):
            return  # being removed
        has_buttons = bool(self._buttons(self._verbs).plain)
        left = width - _WHO - len(self._mark) - self.flags_width
        buttons = self.query_one(".buttons", Plain)
        if has_buttons:
            buttons.display = left >= _BUTTONS
            left -= _BUTTONS
        quality = self.query_one(".quality", Plain)
        quality.display = left >= _QUALITY
        if quality.has_class("-wide"):
            quality.styles.max_width = min(34, max(1, left - 1))
            quality.styles.min_width = min(19, max(1, left - 1))
            left -= cell_len(self._said().plain) + 1
        else:
            quality.styles.max_width = quality.styles.min_width = None
            left -= _QUALITY
        if not has_buttons:
            # Empty, they only have others line up.
            buttons.display = left >= _BUTTONS
        for trace in self.query(LevelTrace):
            trace.display = has_meters and left >= 2 * _TRACE

    def tick(self, now: float) -> None:
        """A second has passed."""
        self._now = now
        if self.call.reconnecting_since is not None:
            for quality in self.query(".quality").results(Plain):
                quality.update(self._said())
        duration = words.length(_duration(self.call, now))
        # A line that is being removed has lost its parts already, and is still counted as mounted.
        for who in self.query(Who):
            who.facts = Facts(self.call, self._country, duration, self._mark)

    @property
    def _sounds(self) -> bool:
        """How it sounds is worth more than its state."""
        call = self.call
        is_quiet = call.held_by_peer or call.pending is not None or call.reconnecting_since is not None
        return call.state is CallState.ACTIVE and not is_quiet and not self._is_elsewhere

    def _said(self) -> Content:
        said = words.call_words(self.call, self._now, is_elsewhere=self._is_elsewhere)
        return Content.styled(said, words.call_colour(self.call))

    def meter(self, stats: MediaStats) -> None:
        """How it sounds now; only the small widgets repaint."""
        self.query_one(".mine", LevelTrace).add(stats.microphone_level)
        self.query_one(".theirs", LevelTrace).add(stats.far_level)
        quality = self.query_one(".quality", Plain)
        if not quality.has_class("-wide"):
            said = Content.styled(words.quality_words(stats.mos), words.quality_colour(stats.mos))
            quality.update(said)

    def _buttons(self, verbs: frozenset[str]) -> Content:
        names = _RINGING_BUTTONS if self.call.state is CallState.INCOMING else _TALKING_BUTTONS
        parts: list[Content | str] = []
        for name in names:
            if name in verbs:
                button = Content.styled(f"[{BY_NAME[name].letter}]", "$primary")
                parts += [" ", button.stylize(Style.from_meta({"verb": name}))]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.call.id, event.style.meta.get("verb")))


class CallStrip(VerticalScroll, can_focus=False):
    """All calls; hidden while there are none."""

    BORDER_TITLE = "Calls"

    def line_of(self, id: CallId) -> CallLine | None:
        """The line of this call."""
        return next((line for line in self.query(CallLine) if line.call.id == id), None)

    def sync(self, calls: tuple[Call, ...]) -> None:
        """Have a line for each of these calls."""
        wanted = {call.id for call in calls}
        renamed = {call.control: call for call in calls if call.control is not None and self.line_of(call.id) is None}
        for line in self.query(CallLine):
            if (call := renamed.pop(line.call.id, None)) is not None:
                line.call = call
        for line in self.query(CallLine):
            if line.call.id not in wanted:
                line.remove()
        self.mount_all([CallLine(call) for call in calls if self.line_of(call.id) is None])
        # As wide on every line, so that what stands before it lines up.
        flags = max((_flags(call).cell_length for call in calls), default=0)
        for line in self.query(CallLine):
            line.flags_width = flags
        self.display = bool(calls)

    def meters(self, meters: dict[CallId, MediaStats]) -> None:
        """How the calls sound now."""
        for line in self.query(CallLine):
            if line.is_mounted and (stats := meters.get(line.call.id)) is not None:
                line.meter(stats)


def _flags(call: Call) -> Content:
    parts: list[tuple[str, str]] = []
    if call.recording:
        parts.append((" ●REC", "$error bold"))
    if call.auto_answered:
        parts.append((" auto", "$warning"))
    if call.conference:
        parts.append((" conf", "$accent bold"))
    if call.muted:
        parts.append((" muted", "$warning"))
    if call.camera:
        parts.append((" ◉CAM", "$accent"))
    return Content.assemble(*parts)


def _duration(call: Call, now: float) -> float:
    """Seconds of conversation, or of ringing while there is none."""
    return (call.ended_at or now) - (call.answered_at or call.started_at)

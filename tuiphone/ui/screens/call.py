"""In call: everything about the call in focus, and the keys for it."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Digits

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import HANG_UP_THERE, Action, Capability
from tuiphone.core.commands import MAX_DTMF
from tuiphone.core.model import AddressKind
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState
from tuiphone.core.withheld import is_withheld
from tuiphone.ui import groups, joining, words
from tuiphone.ui.joining import company
from tuiphone.ui.numbers import pretty
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import labelled, safe, safe_lines
from tuiphone.ui.verbs import TALKING
from tuiphone.ui.widgets.customer_card import CustomerCard
from tuiphone.ui.widgets.keypad import Keypad
from tuiphone.ui.widgets.panel import Panel
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.sound_panel import SoundPanel
from tuiphone.ui.widgets.terminal_video import TerminalVideo

DIGITS = frozenset("0123456789*#")
SHOWN_DIGITS = 20
ROOM_FOR_A_CARD = 30
"""Lines of the page from which on the customer card has a place of its own."""
_PAUSES = str.maketrans("pPwW;", ",,,,,")
"""How address books write a pause in a number."""
_SEPARATORS = frozenset(" \t\r\n().-/+")


class CallPage(Page, can_focus=True):
    """One call; opens by itself when one is dialled or answered, and goes when it is over."""

    NAME = "call"
    # With priority: the keys typed right after one that asks for something go into the answer, not to the other side.
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                verb.keys,
                f"app.call({verb.name!r})",
                verb.name,
                priority=True,
                tooltip=verb.tooltip,
                id=f"call.{verb.name}",
            )
            for verb in TALKING
        ),
        Binding(
            "s", "app.audio", "audio", priority=True, id="call.audio", tooltip="Choose microphone, speaker and ringer"
        ),
        Binding("p", "app.picture", "picture", priority=True, id="call.picture", tooltip="Show the video or not"),
        Binding(
            "P,shift+p",
            "app.move_picture",
            "move picture",
            show=False,
            priority=True,
            id="call.move_picture",
            tooltip="Show the video in the terminal, or in its window",
        ),
        Binding(
            "d", "card", "card", priority=True, id="call.card", tooltip="Show who they are and what there was, or not"
        ),
        Binding("o", "crm", "their page", priority=True, id="call.crm", tooltip="Open their page, or copy its link"),
        Binding("pageup", "scroll_card(-1)", "card up", show=False, id="call.card_up"),
        Binding("pagedown", "scroll_card(1)", "card down", show=False, id="call.card_down"),
        Binding("escape", "back", "back", id="call.back", tooltip="Put the keypad away, or end the consultation"),
        Binding("up", "app.turn(-1)", "call before", show=False, id="call.before", tooltip="Focus the call before"),
        Binding("down", "app.turn(1)", "next call", show=False, id="call.next", tooltip="Focus the next call"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._call: Call | None = None
        self._keypad_wanted = False
        self._card_wanted: bool | None = None
        """None: where there is room."""
        self._sent: dict[CallId, str] = {}
        self._waiting: dict[CallId, str] = {}
        """Digits typed while others are on their way, which go out together after them."""
        self._sending: set[CallId] = set()

    def compose(self) -> ComposeResult:
        with Horizontal(id="call-head"):
            with Vertical(id="call-who"):
                yield Plain("", id="call-name")
                yield Plain("", id="call-number")
                yield Plain("", id="call-state")
            yield Digits("00:00", id="call-timer")
        yield Plain("", id="call-problem")
        with Horizontal(id="call-body"):
            yield TerminalVideo(id="call-picture")
            yield SoundPanel(id="sound")
            with Panel(id="call-side"):
                yield Plain("", id="call-facts")
            with Vertical(id="call-pad"):
                yield Keypad()
                yield Plain("", id="call-sent")
        with Vertical(id="call-card-room"):
            yield CustomerCard(id="call-card")

    def on_mount(self) -> None:
        self.query_one("#call-side").border_title = "About the call"
        self.query_one("#call-pad").border_title = "Keypad"
        self.query_one("#call-card").border_title = "Who they are"

    def opened(self) -> None:
        self.take_focus(self)

    def on_resize(self, event: events.Resize) -> None:
        # Where there is room, a second of the last minute has a cell of its own, and a score three lines.
        self.set_class(event.size.width >= 112, "-wide")
        self.set_class(event.size.height >= 24, "-tall")
        self.set_class(event.size.width >= 112 and event.size.height >= ROOM_FOR_A_CARD, "-roomy")
        self.call_after_refresh(lambda: self.show(self.app.state))

    # -- drawing ------------------------------------------------------------------------------------------------

    def show(self, state: PhoneState) -> None:
        call = self.app.handset.focused
        if call is None:
            return
        if self._call is None or self._call.id not in (call.id, call.control):
            self._keypad_wanted, self._card_wanted = False, None
        self._call = call
        known = state.account(call.id.account)
        capabilities = known.account.capabilities if known else Capability(0)
        self.query_one("#call-name", Plain).update(Content(words.who(call.peer, 80)))
        self.query_one("#call-number", Plain).update(self._number(call, known.account.country if known else None))
        self.query_one("#call-state", Plain).update(self._state(call, state, Capability.MEDIA in capabilities))
        self.query_one("#call-timer", Digits).set_class(call.state is CallState.ENDED, "-over")
        problem = self.query_one("#call-problem", Plain)
        problem.update(self._problem(call, state))
        problem.display = bool(call.detail or call.camera_problem or state.sound.problem)
        pictures = self.app.pictures
        seen = pictures.place == "terminal" and pictures.call is not None and pictures.call.id == call.id
        self.set_class(seen, "-picture")
        sound = self.query_one(SoundPanel)
        sound.display = Capability.MEDIA in capabilities and (not seen or self.has_class("-wide"))
        sound.show(call, self.app.scores_of(call.id))
        self._show_card(call, known.account.country if known else None, seen)
        pad = self._keypad_wanted and Action.DTMF in self.app.handset.allowed(call)
        self.query_one("#call-pad").display = pad
        self.query_one("#call-side").display = not pad and not seen
        self._show_facts()
        self._show_sent()
        self.tick(self.app.now())

    def _show_card(self, call: Call, country: str | None, seen: bool) -> None:
        """The customer card: below the rest where there is room, else by its key in the place of the rest."""
        by_itself = self.has_class("-roomy") and not seen
        is_wanted = by_itself if self._card_wanted is None else self._card_wanted
        card = self.app.cards.of(call) if is_wanted and self._may_have_card(call) else None
        is_shown = card is not None and (by_itself or not self._keypad_wanted)
        if is_shown != self.has_class("-card"):
            self.set_class(is_shown, "-card")
            self.refresh_bindings()
        if card is not None and is_shown:
            self.query_one(CustomerCard).show(card, call, country, self.app.now())

    def _may_have_card(self, call: Call | None) -> bool:
        return call is not None and not call.is_group and not is_withheld(call.peer)

    def action_card(self) -> None:
        self._card_wanted = not self.has_class("-card")
        if self._card_wanted and not self.has_class("-roomy"):
            self._keypad_wanted = False
        self.query_one(CustomerCard).scroll_home(animate=False)
        self.show(self.app.state)

    def action_scroll_card(self, pages: int) -> None:
        card = self.query_one(CustomerCard)
        card.scroll_relative(y=pages * max(1, card.size.height - 1), animate=False)

    def action_crm(self) -> None:
        if self._call is not None:
            self.app.crm.open_for(self._call)

    @on(Panel.LaidOut)
    def _show_facts(self) -> None:
        width = self.query_one(Panel).scrollable_content_region.width
        if self._call is not None and width:
            self.query_one("#call-facts", Plain).update(_facts(self._call, width))

    def tick(self, now: float) -> None:
        if (call := self._call) is not None:
            end = call.ended_at or now
            timer, length = (
                self.query_one("#call-timer", Digits),
                words.length(end - (call.answered_at or call.started_at)),
            )
            if timer.value != length:
                timer.update(length)
            if call.reconnecting_since is not None:
                self.query_one("#call-state", Plain).update(self._state(call, self.app.state, has_media=True))

    def meters(self, meters: dict[CallId, MediaStats]) -> None:
        if self._call is not None and (stats := meters.get(self._call.id)) is not None:
            self.query_one(SoundPanel).meter(stats)
            self.query_one(SoundPanel).plot(self.app.scores_of(self._call.id))

    def _state(self, call: Call, state: PhoneState, has_media: bool) -> Content:
        return _state(call, state, has_media, self.app.now())

    def _number(self, call: Call, country: str | None) -> Content:
        number = pretty(call.peer.text, country) if call.peer.kind is AddressKind.PHONE else call.peer.text
        kind = ("group " if call.is_group else "") + ("video call" if call.video else "call")
        way = "from" if call.direction is CallDirection.OUTGOING else "to"
        account = words.account_of(call)
        side = words.own_side(call, self.app.state)
        ours = f" ({safe(pretty(side, country), 40)})" if side else ""
        if call.picked_up_for is not None:
            ours += f", picked up for {words.who(call.picked_up_for, 40)}"
        return Content.assemble(
            f"{safe(number)}  ·  " if call.peer.name else "",
            (f"{kind} {way} {account}{ours}", "$text-muted"),
        )

    def _problem(self, call: Call, state: PhoneState) -> Content:
        if call.detail:
            return Content.styled(safe(call.detail), "$warning")
        for trouble in (call.camera_problem, state.sound.problem):
            if trouble:
                return Content.styled(safe(trouble), "$warning")
        return Content("")

    # -- digits -------------------------------------------------------------------------------------------------

    def toggle_keypad(self) -> None:
        """Show the keypad in place of what is known of the call, or put it away."""
        self._keypad_wanted = not self._keypad_wanted
        self.show(self.app.state)

    def on_key(self, event: events.Key) -> None:
        # A terminal's alt+2 comes with the character 2, and is the call of that number.
        if event.character is not None and event.character in DIGITS and not event.key.startswith("alt+"):
            event.stop()
            self._press(event.character)
        elif event.key in self.app.key_of("call.conference").split(",") and self._call is not None:
            self._do_not_join(self._call, event)
        elif event.key in self.app.key_of("call.hangup").split(",") and self._is_elsewhere:
            event.stop()
            self.app.say_not_now(HANG_UP_THERE)

    @property
    def _is_elsewhere(self) -> bool:
        return self._call is not None and self._call.is_live and self.app.state.is_elsewhere(self._call)

    def _do_not_join(self, call: Call, event: events.Key) -> None:
        """The key came through because there is nothing for it to do."""
        if (why := joining.why_apart(call)) is not None:
            event.stop()
            self.app.say_not_now(why)

    def on_paste(self, event: events.Paste) -> None:
        """Digits of a paste go out as if they had been typed, at a pace the other side can follow."""
        event.stop()
        text = event.text[: 4 * MAX_DTMF].translate(_PAUSES)
        digits = "".join(one for one in text if one not in _SEPARATORS)
        if set(digits) - DIGITS - {","} or not digits.strip(","):
            self.app.say_not_now("What was pasted is not all digits; nothing was sent.")
        elif len(digits) > MAX_DTMF or len(event.text) > 4 * MAX_DTMF:
            self.app.say_not_now(f"At most {MAX_DTMF} digits can be pasted into a call; nothing was sent.")
        else:
            self._press(digits)

    @property
    def _is_consultation(self) -> bool:
        call = self.app.handset.focused
        return call is not None and call.is_live and call.consults is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "back":
                return self._keypad_wanted or self._covers or self._is_consultation
            case "card":
                return self._may_have_card(self._call)
            case "scroll_card":
                return self.has_class("-card")
            case "crm":
                return (
                    self._call is not None and self._may_have_card(self._call) and self.app.crm.is_for(self._call.peer)
                )
            case _:
                return True

    @property
    def _covers(self) -> bool:
        """The card is shown in the place of the rest."""
        return self.has_class("-card") and not self.has_class("-roomy")

    def action_back(self) -> None:
        call = self.app.handset.focused
        if self._keypad_wanted:
            self.toggle_keypad()
        elif self._covers:
            self.action_card()
        elif call is not None and self._is_consultation:
            self.app.handset.act("hangup", call.id)

    @on(Keypad.Pressed)
    def _pressed(self, event: Keypad.Pressed) -> None:
        self._press(event.digit)

    def _press(self, digits: str) -> None:
        call = self._call
        if call is None or Action.DTMF not in self.app.handset.allowed(call):
            return self.app.say_not_now("Digits cannot be sent in this call now.")
        self.query_one(Keypad).flash(digits[0])
        self._waiting[call.id] = (self._waiting.get(call.id, "") + digits)[:MAX_DTMF]
        self._send(call.id)

    def _send(self, id: CallId) -> None:
        if id in self._sending or not (digits := self._waiting.pop(id, "")):
            return
        self._sending.add(id)
        self._sent[id] = (self._sent.get(id, "") + digits)[-SHOWN_DIGITS:]
        self._show_sent()

        def done(_: object = None) -> None:
            self._sending.discard(id)
            self._send(id)

        def failed() -> None:
            # What was typed after them makes no sense without them.
            self._waiting.pop(id, None)
            self._sending.discard(id)

        self.app.do(self.app.phone.dtmf(id, digits), done, failed=failed)

    def _show_sent(self) -> None:
        sent = self._sent.get(self._call.id, "") if self._call else ""
        self.query_one("#call-sent", Plain).update(f"sent {' '.join(sent)}" if sent else "")
        self.query_one(SoundPanel).sent(sent)


def _state(call: Call, state: PhoneState, has_media: bool, now: float) -> Content:
    said = f"{words.call_symbol(call)} {words.call_words(call, now)}"
    parts: list[tuple[str, str]] = [(said, words.call_colour(call))]
    if with_them := company(state.conference, call.id):
        parts.append((f"  ·  in conference with {with_them}", "$accent"))
    if call.is_group and call.is_live:
        parts.append((f"  ·  {groups.count(call)}", "$accent"))
    if call.consults is not None and call.is_live:
        about = state.call(CallId(call.id.account, call.consults))
        if about is not None and about.is_live:
            parts.append((f"  ·  asked before {words.who(about.peer, 40)} is handed over", "$accent"))
    if (place := words.place_words(call, state)) is not None:
        parts.append((f"  ·  {place}", "$text-muted"))
    if (media := words.media_words(call, has_media)) is not None:
        parts.append((f"  ·  {media}", "$warning"))
    if (camera := words.camera_words(call)) is not None:
        colour = "$warning" if call.camera_problem else "$accent" if call.camera else "$text-muted"
        parts.append((f"  ·  {camera}", colour))
    if call.referral is not None:
        parts.append((f"  ·  wants you to call {words.who(call.referral.to, 40)}", "$accent"))
    if call.muted_by_peer and call.is_live:
        parts.append(("  ·  they muted themselves", "$warning"))
    return Content.assemble(*parts)


def _facts(call: Call, width: int) -> Content:
    pairs = [(safe(label, 60), Content(safe(value))) for label, value in call.facts]
    if call.answered_as_asked:
        pairs.insert(0, ("answered", Content.styled("by itself: the caller asked for it", "$warning")))
    if call.note:
        pairs.insert(0, ("note", Content(safe_lines(call.note))))
    if call.recording:
        pairs.append(("recording", Content(safe(call.recording.rsplit("/", 1)[-1]))))
    parts: list[Content] = []
    if call.is_group:
        parts.append(Content("\n").join([Content.styled("In the call", "$text-muted"), groups.lines(call)]))
    if call.notices:
        said = [Content.assemble(("‹ ", "$accent"), safe_lines(notice, 300)) for notice in reversed(call.notices)]
        parts.append(Content("\n").join([Content.styled("Side messages", "$text-muted"), *said]))
    if pairs:
        parts.append(labelled(pairs, width))
    return Content("\n\n").join(parts) if parts else Content.styled("Nothing more is known of it.", "$text-muted")

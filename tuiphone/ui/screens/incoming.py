"""The incoming-call popup, over any page and any dialog. Several calls queue; the oldest is shown."""

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tuiphone.core.call import Call, CallDirection, CallState
from tuiphone.core.desk import forward_place
from tuiphone.core.model import AddressKind
from tuiphone.core.state import PhoneState
from tuiphone.ui import card_text, groups, keys, words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import cut, safe
from tuiphone.ui.verbs import RINGING
from tuiphone.ui.widgets.customer_card import CustomerCard
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

GUARD_SECONDS = 0.4
"""Keys are not heard so soon after the popup came up: somebody was typing."""
PAUSE_SECONDS = 0.25
SHORT_CARD_FROM = 24
"""Lines of the terminal from which on a few lines of the customer card have room."""
MAX_GUARD_SECONDS = 1.5
"""Whoever types on without a pause is not heard for so long."""
MAX_PLACE = 12
"""Characters of where one key sends the call."""
MANY = 5
"""More buttons than these have no room beside each other."""
BAD = ("reject", "busy")
_LABELS = {
    "answer": "Answer",
    "answer_video": "With video",
    "reject": "Reject",
    "busy": "Busy",
    "forward": "Forward",
    "send_on": "Send on",
    "silence": "Silence",
}


class KeyGuard:
    """Keeps keys from a screen that came up while somebody was typing: those right after, and those typed on."""

    def __init__(self) -> None:
        self._up_at = self._last_key_at = 0.0

    def begin(self) -> None:
        """The screen is up, or shows something else now."""
        self._up_at = self._last_key_at = monotonic()

    def hear(self, event: events.Key) -> None:
        """Swallow a key that was meant for what is below."""
        since = event.time - self._up_at
        paused = event.time - self._last_key_at >= PAUSE_SECONDS
        self._last_key_at = event.time
        if since < GUARD_SECONDS or (not paused and since < MAX_GUARD_SECONDS):
            event.stop()
            event.prevent_default()


class IncomingPopup(ModalScreen[None]):
    """Shows whoever rings; keys are plain letters here."""

    # Where its keys have no room beside each other, and where what is said above them would push them out.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (78, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (17, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(verb.letter, f"act({verb.name!r})", verb.name, tooltip=verb.tooltip, id=f"call.{verb.name}")
            for verb in RINGING
        ),
        Binding("escape", "act('silence')", "silence", show=False, id="call.later"),
        Binding("d", "card", "card", id="ringing.card", tooltip="Show all that is known of the caller, or less of it"),
        Binding("o", "crm", "their page", id="ringing.crm", tooltip="Open the caller's page, or copy its link"),
        Binding("up,pageup", "scroll_card(-1)", "card up", show=False, id="ringing.card_up"),
        Binding("down,pagedown", "scroll_card(1)", "card down", show=False, id="ringing.card_down"),
    ]

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self) -> None:
        super().__init__()
        self.call: Call | None = None
        self._guard = KeyGuard()
        self._is_whole = False
        """All of the card is shown."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Plain("", id="caller-name")
            yield Plain("", id="caller-number")
            yield Plain("", id="caller-call")
            yield Plain("", id="caller-earlier")
            yield CustomerCard(id="caller-card")
            yield Plain("", id="caller-keys")
            yield Plain("", id="caller-more")
            with Horizontal(classes="answers"):
                for verb in RINGING:
                    kind = "good" if verb.name.startswith("answer") else "bad" if verb.name in BAD else "plain"
                    yield KeyButton(f"call.{verb.name}", _LABELS[verb.name], kind=kind, id=f"do-{verb.name}")

    def on_screen_resume(self) -> None:
        self.show(self.app.state)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._redraw()

    def show(self, state: PhoneState) -> None:
        """Draw this state; without a call that rings the popup goes."""
        waiting = [call for call in state.calls if self.app.handset.rings_loudly(call)]
        waiting.sort(key=state.is_elsewhere)
        if not waiting:
            # dismiss() takes away whatever is on top; under another dialog the popup goes when that has gone.
            if self.app.screen is self:
                self.dismiss()
            return
        call = waiting[0]
        if self.call is None or self.call.id not in (call.id, call.control):
            self._guard.begin()
            self._is_whole = False
        self.call = call
        known = state.account(call.id.account)
        country = known.account.country if known else None
        number = pretty(call.peer.text, country) if call.peer.kind is AddressKind.PHONE else call.peer.text
        kind = "Video call" if call.video else "Audio call"
        if call.is_group:
            kind, number = f"Group call, {kind.split()[0].lower()},", f"with {groups.company(call)}"
        box = self.query_one(".box")
        is_ours = call.direction is CallDirection.OUTGOING
        box.border_title = "Your own call" if is_ours else "Incoming call"
        self._say("#caller-name", Content.styled(words.who(call.peer, 80), "bold"))
        self._say("#caller-number", Content(safe(number) if call.peer.name or call.is_group else ""))
        side = words.own_side(call, state)
        called = f" ({safe(pretty(side, country), 40)})" if side else ""
        pending = f"  {words.call_words(call)}" if call.pending is not None else ""
        self._say(
            "#caller-call",
            Content.assemble(
                f"{kind} {'from' if is_ours else 'to'} {words.account_of(call)}{called}", (pending, "$warning")
            ),
        )
        self._show_card(call, country)
        self._say("#caller-more", Content.styled(_more(call, waiting, state), "$warning"))
        verbs = self.app.handset.verbs(call)
        box.set_class(bool({"forward", "busy"} & verbs), "-wide")
        if (place := forward_place(state, call)) is not None:
            self.query_one("#do-send_on", KeyButton).relabel(f"To {cut(safe(place), MAX_PLACE)}")
        self.set_class(sum(verb.name in verbs for verb in RINGING) > MANY, "-many")
        for verb in RINGING:
            self.query_one(f"#do-{verb.name}").display = verb.name in verbs
        self.refresh_bindings()

    def _say(self, selector: str, content: Content) -> None:
        widget = self.query_one(selector, Plain)
        widget.display = bool(content.plain)
        widget.update(content)

    def _show_card(self, call: Call, country: str | None) -> None:
        card = None if call.is_group else self.app.cards.of(call)
        whole, now = self.query_one("#caller-card", CustomerCard), self.app.now()
        whole.display = self._is_whole and card is not None
        short = Content("")
        if card is not None and self._is_whole:
            whole.show(card, call, country, now)
        elif card is not None:
            has_room = self.app.size.height >= SHORT_CARD_FROM
            width = self.query_one(".box").scrollable_content_region.width or 56
            short = card_text.short(card, now, width) if has_room else Content(card_text.summary(card, now))
        self.set_class(self._is_whole, "-card")
        self._say("#caller-earlier", short)
        self._say("#caller-keys", Content.styled(self._card_keys(call), "$text-muted"))

    def _card_keys(self, call: Call) -> str:
        """What the keys of the card do, in a line; a link has one of its own where there is room for that."""
        width = self.query_one(".box").scrollable_content_region.width or 56
        said = [f"{self._key('ringing.card')} {'less' if self._is_whole else 'all of it'}"] if self._has_card else []
        if not call.is_group and self.app.crm.is_for(call.peer):
            link = safe(self.app.crm.link_of(call) or "the link to their page")
            apart = "\n" if self.app.size.height > SHORT_CARD_FROM else " "
            does = "opens their page" if self.app.crm.has_desktop else f"copies{apart}{link}"
            said.append(f"{self._key('ringing.crm')} {does}")
        return "\n".join(cut(line, width) for line in "  ·  ".join(said).split("\n"))

    def _key(self, id: str) -> str:
        return keys.shown(self.app.key_of(id))

    def _redraw(self) -> None:
        if self.is_attached:
            self.show(self.app.state)

    # -- keys ---------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Swallow what was meant for the field below: keys right after the popup, and those typed on from there."""
        self._guard.hear(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "act":
            return self.call is not None and str(parameters[0]) in self.app.handset.verbs(self.call)
        match action:
            case "card":
                return self._has_card
            case "scroll_card":
                return self._is_whole
            case "crm":
                return self.call is not None and not self.call.is_group and self.app.crm.is_for(self.call.peer)
            case _:
                return True

    @property
    def _has_card(self) -> bool:
        """Something is known, so that it can be shown."""
        card = self.app.cards.known(self.call.id) if self.call is not None else None
        return card is not None and not card.withheld

    def action_card(self) -> None:
        self._is_whole = not self._is_whole
        self.query_one(CustomerCard).scroll_home(animate=False)
        self._redraw()

    def action_scroll_card(self, pages: int) -> None:
        card = self.query_one(CustomerCard)
        card.scroll_relative(y=pages * max(1, card.size.height - 1), animate=False)

    def action_crm(self) -> None:
        if self.call is not None:
            self.app.crm.open_for(self.call)

    def action_act(self, verb: str) -> None:
        if self.call is not None and self.call.state is CallState.INCOMING:
            self.app.handset.act(verb, self.call.id)


def _more(call: Call, waiting: list[Call], state: PhoneState) -> str:
    parts: list[str] = []
    if (place := words.place_words(call, state)) is not None:
        parts.append(place)
    elif call.direction is CallDirection.OUTGOING:
        parts.append("The PBX rings you first: answer, and it calls them.")
    talking = next((other for other in state.live_calls if other.state is CallState.ACTIVE), None)
    if talking is not None and not state.is_elsewhere(call):
        whom = "the conference" if talking.conference else words.who(talking.peer, 40)
        parts.append(f"Answering puts {whom} on hold.")
    if len(waiting) > 1:
        parts.append(f"{words.counted(len(waiting) - 1, 'more call')} waiting.")
    return " ".join(parts)

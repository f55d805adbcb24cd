"""TuiPhone: bindings, the one update handler, what is in focus; drawing is the screens' business."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from time import time
from typing import ClassVar, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tuiphone.control.client import News, NoEngine, RemotePhone
from tuiphone.control.links import Opened
from tuiphone.control.protocol import Alert, Meters, Preferences, StateChanged
from tuiphone.control.texts import Conversations
from tuiphone.core.call import Call, CallId
from tuiphone.core.desk import has_desk
from tuiphone.core.errors import PhoneError
from tuiphone.core.model import Address
from tuiphone.core.state import PhoneState
from tuiphone.ui import board, cells, disturb, keys, leaving, lines, numbers, own_presence, paste, present
from tuiphone.ui.answers import TerminalAnswered
from tuiphone.ui.attention import Attention
from tuiphone.ui.cards import Cards
from tuiphone.ui.commands import PhoneCommands
from tuiphone.ui.crm import CrmPages
from tuiphone.ui.handset import Handset
from tuiphone.ui.palettes import Palettes
from tuiphone.ui.pictures import Pictures
from tuiphone.ui.present import Notice
from tuiphone.ui.questions import Questions
from tuiphone.ui.scores import Scores
from tuiphone.ui.screens.dialpad import DialPage
from tuiphone.ui.screens.incoming import IncomingPopup
from tuiphone.ui.screens.main import MainScreen
from tuiphone.ui.text import safe
from tuiphone.ui.verbs import BY_NAME, TALKING
from tuiphone.ui.widgets.line_list import LineList
from tuiphone.ui.widgets.people_list import Person, from_suggestion
from tuiphone.ui.widgets.picker import Option

T = TypeVar("T")
SUGGEST_SECONDS = 0.08
"""How long typing has to pause before suggestions are asked for."""


class TuiPhone(App[str]):
    """A screen for the phone of an engine.

    Returns `quit`, `detached`, or `lost` when the engine ended and nobody wanted another.
    """

    TITLE = "tuiphone"
    CSS_PATH = "tuiphone.tcss"
    COMMANDS = {PhoneCommands}
    # Keys that change where the next key goes have priority: they act before that one is looked at.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "help", id="app.help", tooltip="All keys"),
        Binding("f2", "open('dial')", "dial", priority=True, id="page.dial", tooltip="Dial a number or a name"),
        Binding("f3", "open('contacts')", "contacts", priority=True, id="page.contacts", tooltip="People"),
        Binding("f4", "open('history')", "history", priority=True, id="page.history", tooltip="Past calls"),
        Binding(
            "f5", "open('recordings')", "recordings", priority=True, id="page.recordings", tooltip="Recorded calls"
        ),
        Binding("f6", "open('messages')", "messages", priority=True, id="page.messages", tooltip="Text messages"),
        Binding(
            "f7",
            "open('accounts')",
            "accounts",
            priority=True,
            id="page.accounts",
            tooltip="Accounts and how they stand",
        ),
        Binding("f8", "open('log')", "log", priority=True, id="page.log", tooltip="What happened"),
        Binding("f9", "open('call')", "call", priority=True, id="page.call", tooltip="The call in focus"),
        Binding(
            "f10,alt+b",
            "open('desk')",
            "desk",
            priority=True,
            id="page.desk",
            tooltip="Calls of your group: who waits, who was missed",
        ),
        *(
            Binding(verb.alt_keys, f"call({verb.name!r})", verb.name, tooltip=verb.tooltip, id=f"any.{verb.name}")
            for verb in TALKING
        ),
        Binding("alt+s", "audio", "audio", show=False, id="any.audio", tooltip="Choose microphone, speaker and ringer"),
        Binding("alt+p", "picture", "picture", show=False, id="any.picture", tooltip="Show the video or not"),
        Binding(
            "alt+P,alt+shift+p",
            "move_picture",
            "move picture",
            show=False,
            id="any.move_picture",
            tooltip="Show the video in the terminal, or in its window",
        ),
        Binding("alt+up", "turn(-1)", "call before", show=False, id="any.before", tooltip="Focus the call before"),
        Binding("alt+down", "turn(1)", "next call", show=False, id="any.next", tooltip="Focus the next call"),
        Binding("ctrl+t", "theme", "theme", show=False, id="app.theme", tooltip="Choose the colours"),
        Binding(
            "alt+d", "disturb", "do not disturb", show=False, id="app.disturb", tooltip="Let no call ring, for a while"
        ),
        Binding("alt+g", "pick_up", "pick up", id="app.pick_up", tooltip="Take what rings at a watched line, or waits"),
        Binding(
            "alt+l", "mailbox", "voicemail", id="app.mailbox", tooltip="Call the mailbox and hear what waits there"
        ),
        Binding(
            "alt+o", "presence", "how you are", show=False, id="app.presence", tooltip="What others are told of you"
        ),
        *(
            Binding(
                f"alt+{number}",
                f"focus_call({number})",
                f"call {number}",
                show=False,
                id=f"any.call_{number}",
                tooltip=f"Focus call {number} of the strip",
            )
            for number in range(1, 10)
        ),
        Binding("alt+z", "detach", "detach", show=False, id="app.detach", tooltip="Leave; the phone runs on"),
        Binding("ctrl+q", "leave", "quit", show=False, priority=True, id="app.quit", tooltip="Quit tuiphone"),
        Binding("ctrl+p", "command_palette", "commands", show=False, priority=True, id="app.palette"),
    ]

    state: reactive[PhoneState] = reactive(PhoneState, bindings=True, init=False)

    class Told(Message):
        """The engine told something."""

        def __init__(self, news: News) -> None:
            super().__init__()
            self.news = news

    class LineBroke(Message):
        """The line to the engine ended, and nobody here ended it."""

    def __init__(
        self, phone: RemotePhone, *, launch: Callable[[], Awaitable[None]] | None, now: Callable[[], float] = time
    ) -> None:
        paste.guard()
        cells.count_as_terminals()
        super().__init__()
        self.phone = phone
        self.now = now
        self.moved_keys: dict[str, str] = {}
        self.palettes = Palettes(self)
        self.palettes.begin()
        self.handset = Handset(self)
        self.pictures = Pictures(self)
        self.questions = Questions(self)
        self.cards = Cards(self)
        self.crm = CrmPages(self)
        self.is_leaving = False
        """The line to the engine may end now."""
        self.has_engine = False
        """There was a line to an engine, so that the state says something."""
        self.opening: str | None = None
        """A number to have on the Dial page once there is an engine."""
        self._launch = launch
        self._preferences = Preferences()
        self._came_from = "dial"
        self._scores = Scores()
        self._telling: set[tuple[str, str]] = set()
        """Notices on their way to the screen."""
        self._main = MainScreen()
        self._popup: IncomingPopup | None = None
        self.attention = Attention(self)

    def get_default_screen(self) -> MainScreen:
        return self._main

    # -- the engine ---------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"on-colour": "#10151c"}

    def on_mount(self) -> None:
        with suppress(NotImplementedError, RuntimeError):
            # SIGHUP needs no handler: dying of it closes the line and nothing else, which is detaching.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.action_detach)
        self.attention.begin()
        self.call_after_refresh(lambda: self.run_worker(self._begin()))

    async def on_unmount(self) -> None:
        self.attention.end()
        await self.pictures.end()

    def write(self, sequence: str) -> None:
        """Tell the terminal something that is not drawn; between two frames, never inside one."""
        if not self.is_headless and self._driver is not None:
            self._driver.write(sequence)

    def on_terminal_answered(self, answer: TerminalAnswered) -> None:
        self.pictures.sixel.heard(answer)

    @property
    def is_behind(self) -> bool:
        """The terminal has not taken yet what was drawn before; over a slow line, what can wait should."""
        waiting = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return waiting is not None and waiting.qsize() > 0

    async def _begin(self) -> None:
        try:
            if not self.phone.is_attached:
                await self._attach_or_launch()
        except PhoneError as error:
            self.engine_is_gone(str(error))
        else:
            self.attached()
        await asyncio.to_thread(numbers.load)
        self.redraw()

    async def _attach_or_launch(self) -> None:
        try:
            await self.phone.attach()
        except NoEngine:
            if self._launch is None:
                raise
            self._main.say_starting()
            await self._launch()
            await self.phone.attach()

    def attached(self) -> None:
        """There is a line to an engine: take over its settings, show its phone, and listen."""
        self.has_engine = True
        if (welcome := self.phone.welcome) is not None:
            self._preferences = welcome.preferences
        wanted = self._preferences
        for problem in wanted.problems:
            self.tell(present.of_mistake(problem))
        if wanted.themes_dir is not None:
            self.palettes.load(wanted.themes_dir)
        if wanted.theme is not None:
            self.palettes.use(wanted.theme)
        if wanted.keys:
            self.moved_keys, problems = keys.check(wanted.keys, keys.catalogue())
            for problem in problems:
                self.tell(present.of_mistake(problem))
            self.set_keymap(self.moved_keys)
        self.run_worker(self._listen(), name="news")
        self.attention.follow(wanted)
        self.crm.follow(wanted)
        self.pictures.wish = wanted.picture
        self._take(self.phone.state, is_first=True)
        self._main.page.opened()
        if self.handset.focused is not None:
            self.call_later(self.action_open, "call")
        if (number := self.opening) is not None:
            self.opening = None
            self.call_later(self.open_number, number)

    async def _listen(self) -> None:
        async for item in self.phone.news():
            self.post_message(self.Told(item))
        if self.is_leaving:
            return
        # An engine that ended says so, unless it was killed; one that is there dropped us, who were too slow.
        if self.phone.farewell is None:
            with suppress(PhoneError):
                await self.phone.attach()
                self.attached()
                self.say_not_now("The line to the phone's engine broke, and is up again.")
                return
        self.post_message(self.LineBroke())

    def on_tui_phone_told(self, message: Told) -> None:
        match message.news:
            case StateChanged() if self.phone.state is not self.state:
                # The newest there is: whoever draws each of a flood falls ever further behind.
                self._take(self.phone.state)
            case Meters():
                self._scores.take(self.phone.meters, self.now())
                self._main.meters(self.phone.meters)
            case Alert() as alert if alert.page != self._main.page.NAME:
                self.tell(present.of_alert(alert))
            case Opened(to):
                self.call_later(self.open_number, to)
            case _:
                pass

    def on_tui_phone_line_broke(self) -> None:
        had_calls = bool(self.state.live_calls)
        self.has_engine = False
        self._take(PhoneState(), silently=True, is_first=True)
        lost = " The calls that were up are lost." if had_calls else ""
        self.engine_is_gone((self.phone.farewell or "The phone's engine has ended unexpectedly.") + lost)

    def engine_is_gone(self, reason: str) -> None:
        """Say so over any screen, and offer to start it again."""
        from tuiphone.ui.screens.dialogs import EngineGoneDialog

        self.push_screen(EngineGoneDialog(reason, can_start=self._launch is not None))

    async def start_engine(self) -> None:
        """Start an engine and connect to it; `attached` comes next. Raises: PhoneError."""
        assert self._launch is not None
        await self._launch()
        await self.phone.attach()

    # -- the state ----------------------------------------------------------------------------------------------

    def _take(self, after: PhoneState, *, silently: bool = False, is_first: bool = False) -> None:
        """The one place where a new state arrives."""
        before, self.state = self.state, after
        rings = self.handset.take(before, after)
        if not silently:
            for notice in present.of_ringing_over(before, after, self.handset.ours):
                self.tell(notice)
            if after.unread > before.unread and not is_first and self._main.page.NAME != "messages":
                self.do(self.phone.conversations(unread=True, limit=1), self._tell_of_texts)
        self.attention.take(before, after, rings=rings, is_first=is_first)
        if self._main.page.NAME == "call" and self.handset.focused is None:
            self.call_later(self.action_open, self._came_from)
        self.pictures.take(after)
        self.cards.take(after)
        self.crm.take(before, after, is_first=is_first)
        self.redraw()
        self.show_popup()
        self.questions.take(after)

    def _tell_of_texts(self, unread: Conversations) -> None:
        for conversation in unread.found:
            self.tell(present.of_text(conversation, self.key_of("page.messages")))

    @property
    def page_name(self) -> str:
        """The page that is open."""
        return self._main.page.NAME

    def redraw(self) -> None:
        """Draw the present state anew."""
        self._main.show(self.state)

    def show_popup(self) -> None:
        """Have the popup up while something rings, showing the newest state."""
        if self._popup is not None and self._popup.is_mounted:
            self._popup.show(self.state)
        elif self._popup is None and any(self.handset.rings_loudly(call) for call in self.state.calls):
            self._popup = IncomingPopup()
            self.push_screen(self._popup, self._popup_closed)

    @property
    def is_ringing(self) -> bool:
        """The popup of a call is up; nothing comes over it."""
        return self._popup is not None

    def _popup_closed(self, _: None) -> None:
        self._popup = None
        # Something may have begun to ring while it closed.
        self.show_popup()
        self.questions.take(self.state)

    def scores_of(self, id: CallId) -> tuple[float | None, ...]:
        """How good the call sounded, a score a second, oldest first."""
        return self._scores.of(id)

    @property
    def welcome_line(self) -> str:
        """The line of the settings for the empty Dial page."""
        return safe(self._preferences.welcome or "")

    # -- doing --------------------------------------------------------------------------------------------------

    def do(
        self,
        work: Awaitable[T],
        then: Callable[[T], object] | None = None,
        *,
        failed: Callable[[], object] | None = None,
    ) -> None:
        """Have the phone do something without waiting for it; what goes wrong is told."""
        self.run_worker(self._do(work, then, failed), group="phone")

    async def _do(
        self, work: Awaitable[T], then: Callable[[T], object] | None, failed: Callable[[], object] | None
    ) -> None:
        try:
            result = await work
        except PhoneError as error:
            if failed is not None:
                failed()
            if (notice := present.of_error(error)) is not None:
                self.tell(notice)
        else:
            if then is not None:
                then(result)

    def tell(self, notice: Notice) -> None:
        """Show a notice, unless it is to be seen already: a key that repeats is answered once."""
        told = notice.text, notice.title
        if told in self._telling or any((shown.message, shown.title) == told for shown in self._notifications):
            return
        self._telling.add(told)
        self.notify(notice.text, title=notice.title, severity=notice.severity, timeout=notice.seconds, markup=False)
        self.call_later(lambda: self._telling.discard(told))

    def say(self, text: str) -> None:
        """Say a sentence, already safe."""
        self.tell(Notice(text))

    def say_not_now(self, text: str) -> None:
        """Say why something was not done, already safe."""
        self.tell(Notice(text, "warning"))

    async def open_number(self, number: str) -> None:
        """Have this number on the Dial page, ready to be called; the person does that."""
        await self.action_open("dial")
        self._main.query_one(DialPage).fill(number)

    def clear_number(self) -> None:
        """What was typed has been called."""
        self._main.query_one(DialPage).action_clear()

    def open_messages(self, address: Address, account: str | None = None) -> None:
        """Open the conversation with somebody on the Messages page, begun or not."""

        async def begin() -> None:
            from tuiphone.ui.screens.messages import MessagesPage

            await self.action_open("messages")
            self._main.query_one(MessagesPage).start(address, account)

        self.call_later(begin)

    def show_keypad(self, call: Call) -> None:
        """Open the In-call page with its keypad, or put the keypad away."""

        async def toggle() -> None:
            from tuiphone.ui.screens.call import CallPage

            await self.action_open("call")
            self._main.query_one(CallPage).toggle_keypad()

        self.call_later(toggle)

    def suggest(self, text: str, then: Callable[[tuple[Person, ...]], None]) -> None:
        """Ask whom the text may mean, once typing pauses; an earlier question is dropped."""
        # The function, not a coroutine: an app that quits before the worker begins would leave one unawaited.
        self.run_worker(partial(self._suggest, text, then), group="suggest", exclusive=True)

    async def _suggest(self, text: str, then: Callable[[tuple[Person, ...]], None]) -> None:
        if text:
            await asyncio.sleep(SUGGEST_SECONDS)
        with suppress(PhoneError):
            found = (await self.phone.suggest(text)).found
            known = {state.account.name: state.account.country for state in self.state.accounts}
            then(tuple(from_suggestion(one, known.get(one.account)) for one in found))

    def choose(
        self, title: str, options: tuple[Option, ...], value: str | None, then: Callable[[str | None], None]
    ) -> None:
        """Let the person choose one of several."""
        from tuiphone.ui.screens.dialogs import Choice

        self.push_screen(Choice(title, options, value), then)

    # -- keys ---------------------------------------------------------------------------------------------------

    def key_of(self, id: str) -> str:
        """The key or keys of a binding, as the settings moved it."""
        if id in self.moved_keys:
            return self.moved_keys[id]
        return next((key.binding.key for key in keys.catalogue() if key.id == id), "")

    def label_of(self, binding: Binding) -> str:
        """What a key does just now, for the footer."""
        place, _, name = (binding.id or "").partition(".")
        if binding.id == "page.history" and self.state.missed:
            return f"history ({self.state.missed} missed)"
        if binding.id == "page.messages" and self.state.unread:
            return f"messages ({self.state.unread} new)"
        if binding.id == "page.desk":
            return board.label(self.state)
        if place == self._main.page.NAME and (said := self._main.page.key_label(name)) is not None:
            return said
        if binding.id == "app.pick_up":
            return lines.pick_up_label(self.state)
        if binding.id == "app.mailbox":
            return lines.mailbox_label(self.state)
        if binding.id == "list.choose" and isinstance(self.focused, LineList):
            return self.focused.enter_label()
        if place in ("call", "any", "ringing") and (verb := BY_NAME.get(name)) is not None:
            call = self.handset.meant_by(verb.name)
            return verb.label(call) if call is not None else binding.description
        return binding.description

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action, parameters:
            case "call", (str() as verb,):
                call = self.handset.meant_by(verb)
                return call is not None and verb in self.handset.verbs(call)
            case "disturb", _:
                return self.screen in (self._main, self._popup)
            case "theme", _:
                return self.screen is self._main
            case "pick_up", _:
                return self.screen is self._main and lines.can_take(self.state)
            case "mailbox", _:
                return self.screen is self._main and bool(lines.mailboxes(self.state))
            case "presence", _:
                return self.screen is self._main and bool(own_presence.publishing(self.state))
            case "picture" | "move_picture", _:
                return self.pictures.call is not None
            case "open", ("desk",):
                return has_desk(self.state)
            case ("open", ("call",)) | ("turn", _):
                return self.handset.focused is not None
            case "focus_call", (int() as number,):
                return number <= len(self.state.calls)
            case _:
                return True

    def action_call(self, verb: str) -> None:
        if (call := self.handset.meant_by(verb)) is not None:
            self.handset.act(verb, call.id)

    async def action_open(self, name: str) -> None:
        page = self._main.page.NAME
        if name == "call":
            if page != "call":
                self._came_from = page
            self.handset.keep_focus()
        await self._main.open(name)

    def action_turn(self, step: int) -> None:
        self.handset.turn(step)

    def action_disturb(self) -> None:
        disturb.ask(self)

    def action_pick_up(self) -> None:
        lines.pick_up(self)

    def action_mailbox(self) -> None:
        lines.call_mailbox(self)

    def action_presence(self) -> None:
        own_presence.ask(self)

    def action_picture(self) -> None:
        self.pictures.toggle()

    def action_move_picture(self) -> None:
        self.pictures.move()

    def action_focus_call(self, number: int) -> None:
        self.handset.focus_nth(number)

    def action_audio(self) -> None:
        from tuiphone.ui.screens.audio import AudioDialog

        if not any(isinstance(screen, AudioDialog) for screen in self.screen_stack):
            self.push_screen(AudioDialog())

    def action_help(self) -> None:
        from tuiphone.ui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_theme(self) -> None:
        self.palettes.choose()

    def action_help_quit(self) -> None:
        self.say("ctrl+q quits; alt+z leaves and keeps the phone running.")

    def action_leave(self) -> None:
        leaving.ask(self)

    def action_detach(self) -> None:
        leaving.leave(self, "detach")

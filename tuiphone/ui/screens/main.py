"""The frame: accounts and clock on top, the calls strip, one page, and the footer."""

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen

from tuiphone.core.call import CallId
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState
from tuiphone.ui.screens.dialpad import DialPage
from tuiphone.ui.screens.page import Page
from tuiphone.ui.verbs import RINGING
from tuiphone.ui.widgets.account_chips import Chip, TopBar
from tuiphone.ui.widgets.call_strip import CallLine, CallStrip
from tuiphone.ui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

_ALT = {"busy": "alt+B,alt+shift+b"}
"""Where alt with the letter is another key."""


def _make(name: str) -> Page:
    # The other pages are imported when they are first opened, to keep them out of the way of the first frame.
    page: type[Page] = getattr(import_module(f"tuiphone.ui.screens.{name}"), f"{name.capitalize()}Page")
    return page(id=name)


class MainScreen(Screen[None]):
    """The one screen under all dialogs; pages are made when they are first opened and kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            _ALT.get(verb.name, f"alt+{verb.letter}"),
            f"app.call({verb.name!r})",
            verb.name,
            tooltip=verb.tooltip,
            id=f"ringing.{verb.name}",
        )
        for verb in RINGING
    ]

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self) -> None:
        super().__init__()
        self.page: Page = DialPage(id="dial")
        """The page that is open."""

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Container(id="strip-frame"):
            yield CallStrip(id="strip")
        with Container(id="pages"):
            yield self.page
        yield KeyBar()

    def on_mount(self) -> None:
        self.call_after_refresh(self.show, self.app.state)
        self.set_interval(1.0, self._tick)

    def on_screen_resume(self) -> None:
        self.refresh_bindings()

    @property
    def is_up(self) -> bool:
        """Everything is there to be drawn on; while the app closes, news still come and the widgets are gone."""
        return self.is_mounted and self.app.is_running

    async def open(self, name: str) -> None:
        """Bring a page to the front, under any dialog there may be."""
        known = {page.id: page for page in self.query(Page)}
        if (page := known.get(name)) is None:
            page = _make(name)
            page.display = False
            await self.query_one("#pages").mount(page)
        for other in known.values():
            other.display = other is page
        page.display = True
        self.page = page
        page.show(self.app.state)
        page.tick(self.app.now())
        page.opened()
        self.refresh_bindings()

    def show(self, state: PhoneState) -> None:
        """Draw this state."""
        if not self.is_up:
            return
        now = self.app.now()
        self.query_one(TopBar).show(state, now)
        strip = self.query_one(CallStrip)
        strip.sync(state.calls)
        focused = self.app.handset.focused
        for number, call in enumerate(state.calls, 1):
            if (line := strip.line_of(call.id)) is not None:
                known = state.account(call.id.account)
                country = known.account.country if known else None
                is_focused = None if len(state.calls) == 1 else focused is not None and focused.id == call.id
                verbs, is_there = self.app.handset.verbs(call), state.is_elsewhere(call)
                line.show(call, now, country, verbs, number=number, is_focused=is_focused, is_elsewhere=is_there)
        self.page.show(state)
        # Under a dialog Textual does not tell the footer that keys mean something else now.
        self.query_one(KeyBar).refresh()

    def say_starting(self) -> None:
        """There is no engine yet; say that one is coming."""
        self.query_one(DialPage).say("Starting the phone…")

    def meters(self, meters: dict[CallId, MediaStats]) -> None:
        """How the calls sound now; only small widgets repaint."""
        if not self.is_up:
            return
        self.query_one(CallStrip).meters(meters)
        self.page.meters(meters)

    def _tick(self) -> None:
        if not self.is_up:
            return
        now = self.app.now()
        self.query_one(TopBar).tick(now)
        for line in self.query(CallLine):
            if line.is_mounted:
                line.tick(now)
        self.page.tick(now)

    @on(CallLine.Clicked)
    def _line_clicked(self, message: CallLine.Clicked) -> None:
        if message.verb is None:
            self.app.handset.look_at(message.call)
        else:
            self.app.handset.act(message.verb, message.call)

    @on(Chip.Opened)
    async def _chip_opened(self, message: Chip.Opened) -> None:
        await self.open("accounts")
        self.page.select(message.account)

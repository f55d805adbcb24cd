"""Where the video of a call is shown: in a window, in the terminal, or nowhere; and the asking for it meanwhile."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiphone.control.pictures import Side
from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import PhoneError
from tuiphone.core.state import PhoneState
from tuiphone.ui import kitty, words
from tuiphone.ui.sixel import Sixel
from tuiphone.ui.text import safe
from tuiphone.ui.video_window import VideoWindow, has_display

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

ASK_SECONDS = 1.0
WINDOW_RATE = 30.0
WINDOW_SIZE = (1280, 720)
TERMINAL_RATE = 10.0
SSH_RATE = 5.0
"""Pictures a second in a terminal at the other end of a line; each is up to 60 kB."""
_NAME = 60


class Pictures:
    """The pictures of the call in focus, as this screen shows them."""

    def __init__(self, app: "TuiPhone", environment: Mapping[str, str] | None = None) -> None:
        self.place: str | None = None
        """Where pictures are shown now: `window`, `terminal` or nowhere."""
        self.sides: tuple[Side, ...] = ()
        """Who may be seen, while pictures are shown in the terminal."""
        self.wish = "auto"
        """Of the settings: auto, window, terminal, sixel, blocks or off."""
        self._app = app
        self._environment = dict(os.environ if environment is None else environment)
        self.sixel = Sixel(app, self._environment)
        self._room: tuple[int, int] | None = None
        self._changed = asyncio.Event()
        self._call: CallId | None = None
        self._chosen: dict[CallId, str] = {}
        """Where the person wants the picture of a call, in spite of the settings."""
        self._no_window = False
        self._running: asyncio.Task[None] | None = None

    @property
    def rate(self) -> float:
        """Pictures a second in the terminal, at most."""
        return SSH_RATE if "SSH_CONNECTION" in self._environment else TERMINAL_RATE

    @property
    def kind(self) -> str:
        """How the terminal shows pictures: `kitty` and `sixel`, or in `blocks`, characters that look like them."""
        if self.wish not in ("blocks", "sixel") and kitty.is_there(self._environment):
            return "kitty"
        return "sixel" if self.sixel.cell is not None else "blocks"

    # -- which, and where ---------------------------------------------------------------------------------------

    def take(self, state: PhoneState) -> None:
        """The phone is like this now."""
        self._chosen = {id: place for id, place in self._chosen.items() if state.call(id) is not None}
        call = self.call
        place = self._place_for(call) if call is not None else None
        if (call.id if call is not None else None, place) != (self._call, self.place):
            self._go_to(call, place)
        self._changed.set()

    @property
    def call(self) -> Call | None:
        """The call whose picture could be shown: the one in focus, else one that is shown already."""
        focused = self._app.handset.focused
        if focused is not None and has_picture(focused):
            return focused
        shown = self._app.state.call(self._call) if self._call is not None else None
        return shown if shown is not None and has_picture(shown) else None

    def _place_for(self, call: Call) -> str | None:
        wish = self._chosen.get(call.id, self.wish)
        if wish == "auto":
            wish = "window" if has_display(self._environment) and not self._no_window else "terminal"
        return None if wish == "off" else "terminal" if wish in ("blocks", "sixel") else wish

    def toggle(self) -> None:
        """Show the picture, or no longer; the call goes on either way."""
        if (call := self.call) is None:
            return self._app.say_not_now("This call has no picture.")
        if self.place is not None:
            self._chosen[call.id] = "off"
        else:
            self._chosen[call.id] = self.wish if self.wish != "off" else "auto"
        self.take(self._app.state)

    def move(self) -> None:
        """From the window into the terminal, or the other way."""
        if (call := self.call) is None:
            return self._app.say_not_now("This call has no picture.")
        if self.place != "window" and not has_display(self._environment):
            return self._app.say_not_now(
                "There is no display here for a video window; the picture stays in the terminal."
            )
        self._chosen[call.id] = "terminal" if self.place == "window" else "window"
        self.take(self._app.state)

    def _go_to(self, call: Call | None, place: str | None) -> None:
        before, self._running = self._running, None
        self._call, self.place, self.sides = (call.id if call is not None else None), place, ()
        if call is not None and place is not None:
            self._running = asyncio.create_task(self._show(call.id, place, before), name="pictures")
        elif before is not None:
            _stop(before)
            self._running = before
        if self._app.is_running:
            self._app.call_later(self._app.redraw)

    async def end(self) -> None:
        """The app goes: no window stays behind, and nothing that the shell would read."""
        if (running := self._running) is not None:
            _stop(running)
            await asyncio.gather(running, return_exceptions=True)
        await self.sixel.settle()

    # -- showing ------------------------------------------------------------------------------------------------

    def offer_room(self, room: tuple[int, int] | None) -> None:
        """So many pixels can be seen in the terminal; None while nothing can."""
        if room != self._room:
            self._room = room
            self._changed.set()

    async def _show(self, id: CallId, place: str, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            _stop(before)
            await asyncio.gather(before, return_exceptions=True)
        try:
            if place == "window":
                await self._show_in_window(id)
            else:
                await self._show_in_terminal(id)
        except PhoneError as error:
            call = self._app.state.call(id)
            if self._app.phone.is_attached and call is not None and call.is_live:
                self._app.say_not_now(f"No picture: {safe(str(error))}")
                self._chosen[id] = "off"
                self._app.call_later(self.take, self._app.state)

    async def _show_in_window(self, id: CallId) -> None:
        window = VideoWindow(self._window_told, log=self._log)
        viewer = secrets.token_hex(8)
        try:
            if (problem := await window.open()) is not None:
                self._no_window = True
                self._chosen[id] = "terminal"
                self._app.say_not_now(f"{problem} The picture is shown in the terminal.")
                self._app.call_later(self.take, self._app.state)
                return
            width, height = WINDOW_SIZE
            while (call := self._app.state.call(id)) is not None and call.is_live:
                sides = await self._ask(id, viewer, WINDOW_RATE, width, height)
                window.show(f"{words.who(call.peer, _NAME)} - tuiphone", self._folder, sides)
                await self._pause()
        finally:
            await window.close()
            await self._leave(viewer)

    async def _show_in_terminal(self, id: CallId) -> None:
        viewer = secrets.token_hex(8)
        painting = None
        if self.kind == "blocks" and self.wish != "blocks":
            painting = asyncio.create_task(self.sixel.run(forced=self.wish == "sixel"), name="sixels")
        try:
            while (call := self._app.state.call(id)) is not None and call.is_live:
                if (room := self._room) is not None:
                    self.sides = await self._ask(id, viewer, self.rate, *room)
                elif self.sides:
                    self.sides = ()
                    await self._leave(viewer)
                await self._pause()
        finally:
            if painting is not None:
                painting.cancel()
                await asyncio.gather(painting, return_exceptions=True)
                await self.sixel.end()
            await self._leave(viewer)

    async def _ask(self, id: CallId, viewer: str, rate: float, width: int, height: int) -> tuple[Side, ...]:
        # A terminal that reads the memory itself cannot turn it round.
        mirrored = self.place == "terminal" and self.kind == "kitty"
        found = await self._app.phone.watch(id, viewer=viewer, rate=rate, width=width, height=height, mirrored=mirrored)
        return tuple(
            Side(safe(side.name, _NAME), side.memory, side.mine, None if side.missing is None else safe(side.missing))
            for side in found.sides
        )

    async def _pause(self) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            # Not wait_for, which loses a cancellation that comes together with the event.
            async with asyncio.timeout(ASK_SECONDS):
                await self._changed.wait()

    async def _leave(self, viewer: str) -> None:
        with suppress(PhoneError):
            await self._app.phone.unwatch(viewer)

    def _window_told(self, said: dict[str, Any]) -> None:
        match said:
            case {"closed": True} | {"ended": True} if self._call is not None and self.place == "window":
                self._chosen[self._call] = "off"
                key = self._app.key_of("any.picture")
                self._app.say(f"The picture is off; the call goes on. {key} shows it again.")
                self.take(self._app.state)
            case {"kept": str(path)}:
                self._app.say(f"The picture is kept in {safe(path)}.")
            case {"failed": str(sentence)}:
                self._app.say_not_now(safe(sentence))
            case _:
                pass

    @property
    def _folder(self) -> str:
        welcome = self._app.phone.welcome
        return str(Path(welcome.recordings) / "pictures") if welcome is not None else ""

    @property
    def _log(self) -> str | None:
        welcome = self._app.phone.welcome
        return str(Path(welcome.log_file).with_name("viewer.log")) if welcome is not None else None


def _stop(running: "asyncio.Task[None]") -> None:
    """Once: a second time would end what is done at its end, and leave a process behind."""
    if not running.cancelling():
        running.cancel()


def has_picture(call: Call) -> bool:
    """Whether there is something to be seen in this call."""
    return call.is_live and call.is_answered and (call.video or call.camera)

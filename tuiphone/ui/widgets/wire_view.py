"""The wire trace of an account on the log page: the ladder, what it is of, and what can be done with it."""

import os
import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from tuiphone.control.logbook import Saved, TracePage
from tuiphone.core.trace import Frame, Way
from tuiphone.ui import clip, words
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.ladder import Ladder, heading
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

FOLLOW_SECONDS = 0.5
_ARROWS = {Way.SENT: "-->", Way.RECEIVED: "<--", Way.NOTE: "   "}


class WireView(Widget):
    """Follows the wire while it is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f", "only", "this call", id="wire.only", tooltip="Only the frames of the call under the cursor, or all"
        ),
        Binding("a", "account", "account", id="wire.account", tooltip="The wire of the next account"),
        Binding("y,c", "copy", "copy", id="wire.copy", tooltip="Copy the frame under the cursor"),
        Binding("Y,C", "copy_all", "copy all", show=False, id="wire.copy_all", tooltip="Copy the ladder as text"),
        Binding("x", "save", "save", id="wire.save", tooltip="Write the trace into a file, for Wireshark too"),
        Binding("t,escape", "leave", "log", id="wire.leave", tooltip="Back to what happened"),
    ]

    class Left(Message):
        """The list of what happened is to be seen again."""

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.account = ""
        self._version = 0
        self._is_asking = False
        self._following: Timer | None = None
        self._where = ""

    def compose(self) -> ComposeResult:
        yield Plain("", id="wire-about")
        yield Plain("", id="wire-heading")
        yield Plain("", id="wire-empty")
        yield Ladder(id="ladder")

    @property
    def ladder(self) -> Ladder:
        """The list."""
        return self.query_one(Ladder)

    def on_mount(self) -> None:
        self._following = self.set_interval(FOLLOW_SECONDS, self._follow, pause=not self.account)

    def on_resize(self) -> None:
        self._say()
        self.ladder.redraw()

    def open(self, account: str) -> None:
        """Show the wire of this account from now on."""
        self.account, self._version, self._where = account, 0, ""
        self.ladder.clear()
        self._say()
        self.screen.set_focus(self.ladder)
        if self._following is not None:
            self._following.resume()
        self._ask()

    def close(self) -> None:
        """Ask no more."""
        if self._following is not None:
            self._following.pause()

    def _follow(self) -> None:
        if self.app.has_engine and not self._is_asking:
            self._ask()

    def _ask(self) -> None:
        account = self.account
        self._is_asking = True
        question = self.app.phone.read_trace(account, after=self._version)
        self.app.do(question, lambda page: self._take(account, page), failed=self._failed)

    def _take(self, account: str, page: TracePage) -> None:
        self._is_asking = False
        if account != self.account or not self.is_attached:
            return
        if page.version < self._version:
            # Another engine, which begins anew.
            self._version = 0
            self.ladder.clear()
            return
        self._version = page.version
        if page.frames:
            self._where = page.frames[-1].where
            self.ladder.take(page.frames)
            self._say()
            self.refresh_bindings()

    def _failed(self) -> None:
        self._is_asking = False
        self.close()

    def _say(self) -> None:
        ladder = self.ladder
        shown = words.counted(len(ladder.frames), "frame")
        only = f" · call {ladder.letter_of(ladder.call)} only, of {ladder.known}" if ladder.call else ""
        self.query_one("#wire-about", Plain).update(
            f" Wire of {safe(self.account, 40)} · {shown}{only} · secrets are black"
        )
        self.query_one("#wire-heading", Plain).update(heading(self.size.width - 1, safe(self._where, 60)))
        empty = self.query_one("#wire-empty", Plain)
        empty.display = not ladder.frames
        empty.update("Nothing went over this wire yet. Switch the account on, and it stands here.")

    # -- doing --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        frame = self.ladder.chosen
        match action:
            case "only":
                return self.ladder.call is not None or (frame is not None and frame.call is not None)
            case "copy" | "copy_all" | "save":
                return frame is not None
            case "account":
                return len(self.app.state.accounts) > 1
            case _:
                return True

    @on(Ladder.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    def action_only(self) -> None:
        ladder = self.ladder
        ladder.only(None if ladder.call is not None or ladder.chosen is None else ladder.chosen.call)
        self._say()

    def action_account(self) -> None:
        names = [known.account.name for known in self.app.state.accounts]
        at = names.index(self.account) + 1 if self.account in names else 0
        self.open(names[at % len(names)])

    def action_leave(self) -> None:
        if self.ladder.call is not None:
            return self.action_only()
        self.close()
        self.post_message(self.Left())

    @on(Ladder.Chosen)
    def _read(self) -> None:
        if (frame := self.ladder.chosen) is not None:
            self.app.do(self.app.phone.read_frame(self.account, frame.id), self._show)

    def _show(self, frame: Frame) -> None:
        from tuiphone.ui.screens.reading import ReadDialog, pretty

        title = {Way.SENT: "A frame we sent", Way.RECEIVED: "A frame that came", Way.NOTE: "The link"}[frame.way]
        self.app.push_screen(ReadDialog(title, as_line(frame), pretty(frame.body), what="The frame"))

    def action_copy(self) -> None:
        if (frame := self.ladder.chosen) is not None:
            self.app.do(self.app.phone.read_frame(self.account, frame.id), self._copy)

    def _copy(self, frame: Frame) -> None:
        clip.copy(self.app, "\n".join(part for part in (as_line(frame), frame.body) if part), "The frame")

    def action_copy_all(self) -> None:
        frames = self.ladder.frames
        clip.copy(self.app, "\n".join(map(as_line, frames)), f"The ladder ({words.counted(len(frames), 'frame')})")

    def action_save(self) -> None:
        from tuiphone.ui.screens.dialogs import Prompt

        name = time.strftime("tuiphone-trace-%Y%m%d-%H%M%S.txt", time.localtime(self.app.now()))
        self.app.push_screen(
            Prompt(
                "Save the trace as",
                placeholder="a file; .pcap is for Wireshark and sngrep, .json for programs",
                check=lambda typed: None if typed.strip() else "Name a file first.",
                max_length=1000,
                value=name,
            ),
            self._save,
        )

    def _save(self, name: str | None) -> None:
        if name is not None:
            file = os.path.abspath(os.path.expanduser(name.strip()))
            self.app.do(self.app.phone.save_trace(self.account, file, call=self.ladder.call), self._saved)

    def _saved(self, saved: Saved) -> None:
        self.app.say(f"Saved: {safe(saved.file)} ({saved.size:,} bytes), with the secrets black.")


def as_line(frame: Frame) -> str:
    """A frame's head, as one copies it."""
    clock = time.strftime("%H:%M:%S", time.localtime(frame.at)) + f".{int(frame.at * 1000) % 1000:03}"
    times = f" ({frame.count} times)" if frame.count > 1 else ""
    call = f"  [{safe(frame.call, 80)}]" if frame.call else ""
    size = f"  {frame.size:,} characters" if frame.size else ""
    return f"{clock} {_ARROWS[frame.way]} {safe(frame.where, 80)}  {safe(frame.label)}{times}{size}{call}"

"""A bug report: asks what is to be in it, shows that, and where it goes, before anything is written."""

import os
import time
from typing import TYPE_CHECKING, ClassVar

import textual
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from tuiphone.control.logbook import ReportContents, Saved
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import fit, safe
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.picker import Option
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_PATH = 1000
STAND_INS, NAMES = "stand-ins", "names"


def begin(app: "TuiPhone") -> None:
    """Ask, look, show, write."""

    def chosen(what: str | None) -> None:
        if what is not None:
            app.say("Putting the report together; this takes a few seconds.")
            question = app.phone.read_report(anonymous=what == STAND_INS, terminal=terminal_of(app))
            app.do(question, lambda contents: _show(app, contents, anonymous=what == STAND_INS))

    options = (
        Option(STAND_INS, "Stand-ins for names and telephone numbers"),
        Option(NAMES, "Names and numbers as they are"),
    )
    app.choose("Bug report, without secrets in any case", options, STAND_INS, chosen)


def _show(app: "TuiPhone", contents: ReportContents, *, anonymous: bool) -> None:
    def written(file: str | None) -> None:
        if file is not None:
            work = app.phone.save_report(file, anonymous=anonymous, terminal=terminal_of(app))
            app.do(work, lambda saved: _saved(app, saved))

    app.push_screen(ReportDialog(contents, anonymous=anonymous), written)


def _saved(app: "TuiPhone", saved: Saved) -> None:
    app.say(f"Written: {safe(saved.file)} ({saved.size:,} bytes).")


def terminal_of(app: "TuiPhone") -> dict[str, str]:
    """What is known of this terminal; no secrets are in these."""
    known = {name: os.environ.get(name, "") for name in ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL")}
    facts = {
        "program": "app",
        "textual": textual.__version__,
        "size": f"{app.size.width}x{app.size.height}",
        "colours": app.console.color_system or "none",
        "theme": app.theme,
        "inside": "tmux" if os.environ.get("TMUX") else "ssh" if os.environ.get("SSH_CONNECTION") else "",
    }
    return {name: value[:200] for name, value in (facts | known).items() if value}


class ReportDialog(Dialog):
    """What will be in the report, and where it goes; the result is the file, absolute, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "write it", id="report.write"),
        Binding("escape", "leave", "leave", id="report.leave"),
        Binding("up", "scroll(-1)", "up", show=False, id="report.up"),
        Binding("down", "scroll(1)", "down", show=False, id="report.down"),
    ]

    def __init__(self, contents: ReportContents, *, anonymous: bool) -> None:
        super().__init__()
        self._contents = contents
        self._anonymous = anonymous

    def compose(self) -> ComposeResult:
        names = "Names and numbers have stand-ins." if self._anonymous else "Names and numbers stay as they are."
        with Vertical(classes="box widest"):
            yield Plain(f"Secrets are blacked out. {names} This will be in it:", classes="question")
            with VerticalScroll(id="report-parts", can_focus=False):
                yield Plain(self._listed())
            name = time.strftime("tuiphone-report-%Y%m%d-%H%M%S.zip", time.localtime(self.app.now()))
            yield Field(name, placeholder="where to write it", max_length=MAX_PATH, select_on_focus=False)
            yield Plain("", id="report-hint")
            with Horizontal(classes="answers"):
                yield KeyButton("report.write", "Write it", kind="good")
                yield KeyButton("report.leave", "Cancel")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = "Bug report"
        self._say("")
        self.query_one(Field).focus()

    def _listed(self) -> Content:
        lines = [
            Content.assemble(
                fit(safe(part.name), 33), (f"{part.size:>9,}", "$text-muted"), "  ", (safe(part.about), "$text-muted")
            )
            for part in self._contents.parts
        ]
        return Content("\n").join(lines)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._say("")

    def _say(self, problem: str) -> None:
        hint = self.query_one("#report-hint", Plain)
        hint.update(problem or f"In {safe(os.path.dirname(self._file()))}, for you alone.")
        hint.set_class(bool(problem), "-bad")

    def _file(self) -> str:
        return os.path.abspath(os.path.expanduser(self.query_one(Field).value.strip() or "."))

    def action_submit(self) -> None:
        file = self._file()
        if not self.query_one(Field).value.strip() or os.path.isdir(file):
            self._say("Name a file first.")
        elif os.path.exists(file):
            self._say("That is there already; give another name.")
        elif not os.path.isdir(os.path.dirname(file)):
            self._say("There is no such folder.")
        else:
            self.dismiss(file)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#report-parts", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)

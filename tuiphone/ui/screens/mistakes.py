"""What is wrong with an account's file, after it was edited."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll

from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import safe, safe_lines
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.plain import Plain


class MistakesDialog(Dialog):
    """What is wrong with an account's file; the result is True for editing it again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,enter", "answer(True)", "edit again", id="mistakes.edit"),
        Binding("escape", "answer(False)", "leave it so", id="mistakes.leave"),
    ]

    def __init__(self, account: str, problems: tuple[str, ...], until_then: str) -> None:
        """`until_then` says what becomes of the account meanwhile; already safe."""
        super().__init__()
        self._account = account
        self._problems = problems
        self._until_then = until_then

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            with VerticalScroll(id="mistakes"):
                yield Plain("\n".join(f"· {safe_lines(problem)}" for problem in self._problems), id="mistakes-text")
            yield Plain(self._until_then, classes="question")
            with Horizontal(classes="answers"):
                yield KeyButton("mistakes.edit", "Edit again", kind="good")
                yield KeyButton("mistakes.leave", "Leave it so")

    def on_mount(self) -> None:
        count = len(self._problems)
        what = "a mistake" if count == 1 else f"{count} mistakes"
        self.query_one(".box").border_title = f"{safe(self._account, 30)} has {what}".replace("[", "\\[")

    def action_answer(self, again: bool) -> None:
        self.dismiss(again or None)

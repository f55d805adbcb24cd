"""The clipboard: text goes there through the terminal, which may refuse it without a word."""

from typing import TYPE_CHECKING

from tuiphone.ui.words import counted

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_COPIED = 50_000
"""Characters; terminals throw longer ones away as a whole (OSC 52)."""


def copy(app: "TuiPhone", text: str, what: str) -> None:
    """Copy a text and say so; `what` begins a sentence, for example `The entry`."""
    app.copy_to_clipboard(text[:MAX_COPIED])
    if len(text) > MAX_COPIED:
        app.say_not_now(
            f"{what} is long: only the first {MAX_COPIED:,} characters are copied. Save it as a file instead."
        )
    else:
        app.say(f"{what} is copied, if the terminal allows it ({counted(len(text), 'character')}).")

"""Alt with a digit or with enter as a key: Textual takes the one for the sign an American Macintosh keyboard has in its
place, and the other for enter alone."""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser

ESCAPE = "\x1b"
"""What a terminal sends before the character of a key that is pressed with alt (xterm, "metaSendsEscape")."""
ENTERS = {
    f"{ESCAPE}\r": "alt+enter",
    f"{ESCAPE}[27;3;13~": "alt+enter",
    f"{ESCAPE}[27;2;13~": "shift+enter",
}
"""As terminals send them; the longer ones with xterm's "modifyOtherKeys"."""


class AltDigits(XTermParser):
    """Textual's parser of what the terminal sends, with alt+0 to alt+9, alt+enter and shift+enter."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if len(sequence) == 2 and sequence[0] == ESCAPE and sequence[1] in "0123456789":
            yield events.Key(f"alt+{sequence[1]}", sequence[1])
        elif sequence in ENTERS:
            yield events.Key(ENTERS[sequence], None)
        else:
            yield from super()._sequence_to_key_events(sequence, alt)

"""Alt and a digit as a key: Textual takes them for the signs an American Macintosh keyboard has in their place."""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser

ESCAPE = "\x1b"
"""What a terminal sends before the character of a key that is pressed with alt (xterm, "metaSendsEscape")."""


class AltDigits(XTermParser):
    """Textual's parser of what the terminal sends, with alt+0 to alt+9."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if len(sequence) == 2 and sequence[0] == ESCAPE and sequence[1] in "0123456789":
            yield events.Key(f"alt+{sequence[1]}", sequence[1])
        else:
            yield from super()._sequence_to_key_events(sequence, alt)

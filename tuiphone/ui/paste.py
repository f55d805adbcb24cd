"""Keeps what is pasted text: Textual reads what follows an escape character inside a paste as keys, and a key may
hang up or dial. A byte that is no UTF-8 is left out: Textual ends the app with it. A terminal that is gone ends the
app, which would go on reading nothing as fast as it can."""

import codecs
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

from textual.drivers import linux_driver
from textual.message import Message

from tuiphone.ui.alt_digits import AltDigits
from tuiphone.ui.answers import AnswerFilter

START, END = "\x1b[200~", "\x1b[201~"
"""What a terminal puts around a paste (xterm, "Bracketed Paste Mode")."""
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
for _kept in "\t\n\r":
    del _CONTROLS[ord(_kept)]


class PasteFilter:
    """Takes control characters out of pastes and leaves everything else as it comes, in pieces of any size."""

    def __init__(self) -> None:
        self._pasting = False
        self._tail = ""
        """The last characters outside a paste; its start may come in two pieces."""
        self._held = ""
        """What may be the beginning of the end of a paste."""

    def clean(self, data: str) -> str:
        """The piece without what a paste must not have."""
        out: list[str] = []
        while data:
            if self._pasting:
                data = self._held + data
                at = data.find(END)
                if at < 0:
                    cut = next((n for n in range(len(END) - 1, 0, -1) if data.endswith(END[:n])), 0)
                    self._held = data[len(data) - cut :]
                    out.append(data[: len(data) - cut].translate(_CONTROLS))
                    break
                out += data[:at].translate(_CONTROLS), END
                data, self._held, self._pasting = data[at + len(END) :], "", False
            else:
                seen = self._tail + data
                at = seen.find(START)
                if at < 0:
                    self._tail = seen[1 - len(START) :]
                    out.append(data)
                    break
                begins = at + len(START) - len(self._tail)
                out.append(data[:begins])
                data, self._tail, self._pasting = data[begins:], "", True
        return "".join(out)


class GuardedParser(AltDigits):
    """Textual's parser of what the terminal sends, behind the filters."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._filter = PasteFilter()
        self._answers = AnswerFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse a piece; an empty one is the end."""
        if not data:
            return super().feed(data)
        cleaned, answers = self._answers.clean(self._filter.clean(data))
        return chain(super().feed(cleaned) if cleaned else (), answers)


class GuardedDecoder:
    """Leaves out what is no text of this encoding, and tells the end of the terminal, which is read as nothing."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("ignore")

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text of these bytes. Raises: EOFError."""
        # SIGHUP ends the app before that, but not one that was told to outlive it.
        if not data and not final:
            raise EOFError("The terminal is gone.")
        return self._decoder.decode(data, final)


def _decoder_of(encoding: str) -> Callable[[], GuardedDecoder]:
    return partial(GuardedDecoder, encoding)


def guard() -> None:
    """From now on the terminal is read through the filter; the driver has no other place for it."""
    linux_driver.getincrementaldecoder = _decoder_of  # pyright: ignore[reportPrivateImportUsage]
    linux_driver.XTermParser = GuardedParser  # pyright: ignore[reportPrivateImportUsage]

"""What is wrong in a settings file, as sentences that name file and key; all of them at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file."""

    file: Path | None
    """None for values that are in no file yet."""
    key: str | None
    """None when the file as a whole is unreadable."""
    sentence: str
    """For the person: file and key are in it."""

    def __str__(self) -> str:
        return self.sentence


class Mistakes(ConfigError):
    """One or more mistakes in settings; the text has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.sentence for problem in self.problems))


def about(file: Path | None, key: str | None, what: str) -> Problem:
    """A problem whose sentence begins with the file, where there is one, and with the key unless `what` does."""
    if key is not None and not what.startswith((f"{key} ", f"{key}: ")):
        what = f"{key}: {what}"
    if file is None:
        return Problem(None, key, what)
    short = f"{file.parent.name}/{file.name}" if file.parent.name == "accounts" else file.name
    return Problem(file, key, f"{shown(short, 80)}: {what}")


def unknown(key: str, known: Iterable[str], what: str = "setting", *, prefix: str = "") -> str:
    """Says that there is no such key, and which one was probably meant."""
    names = sorted(known)
    close = difflib.get_close_matches(key[:64].lower(), names, n=1, cutoff=0.6)
    said = f"{prefix}{shown(key)} is no {what} here"
    if close:
        return f"{said}; did you mean {close[0]}?"
    return f"{said}; there are {', '.join(names)}." if names else f"{said}; remove it."


def shown(text: str, limit: int = 60) -> str:
    """A text somebody wrote, short and without control characters."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"

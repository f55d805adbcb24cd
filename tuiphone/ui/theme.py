"""Loads the palettes of `themes/*.toml`; a palette is data: a name, colours, and variables of Textual by name."""

import dataclasses
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path

from textual.theme import Theme

log = logging.getLogger(__name__)

DEFAULT = "midnight"
FEW_COLOURS = "terminal"
"""For terminals of sixteen colours: the terminal's own."""
_FIELDS = {field.name for field in dataclasses.fields(Theme)}


def folder() -> Path:
    """Where the bundled palettes are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load(where: Path | None = None) -> Iterator[Theme]:
    """Every palette that can be read; one that cannot is logged and left out."""
    for path in sorted((where or folder()).glob("*.toml")):
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            yield Theme(**{key: value for key, value in values.items() if key in _FIELDS})
        except (OSError, ValueError, TypeError) as error:
            log.warning("the theme %s cannot be used: %s", path, error)


def choose(wanted: str | None, known: set[str], *, few_colours: bool) -> tuple[str, str | None]:
    """Which theme to use, and what to say when it is not the wanted one."""
    usual = FEW_COLOURS if few_colours and FEW_COLOURS in known else DEFAULT
    if wanted is None or wanted in known:
        return wanted or usual, None
    return usual, f"There is no theme {wanted}; there are: {', '.join(sorted(known))}."

"""Loads the palettes of `themes/*.toml` and the user's own; a palette is data: a name, colours, Textual's variables."""

import dataclasses
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

DEFAULT = "midnight"
FEW_COLOURS = "terminal"
"""For terminals of sixteen colours: the terminal's own."""
MAX_FILE = 64 * 1024
MAX_THEMES = 200
"""Files of a folder that are looked at."""
_FIELDS = {field.name for field in dataclasses.fields(Theme)}
_PLAIN = {"name": str, "dark": bool, "ansi": bool, "luminosity_spread": float, "text_alpha": float, "variables": dict}
"""Fields that are no colours."""
_STYLES = {"bold", "dim", "italic", "none", "not", "reverse", "strike", "underline"}


@dataclass(frozen=True, slots=True)
class Unusable:
    """A palette that was left out."""

    sentence: str


def folder() -> Path:
    """Where the bundled palettes are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load(where: Path | None = None) -> Iterator[Theme | Unusable]:
    """Every palette of this folder, or of the bundled ones; one that cannot be used is told instead."""
    for path in sorted((where or folder()).glob("*.toml"))[:MAX_THEMES]:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_FILE + 1)
            if len(content) > MAX_FILE:
                raise ValueError("it is far too large")
            yield _theme(path, tomllib.loads(content.decode("utf-8-sig")))
        except OSError as error:
            yield Unusable(f"The theme {path.name} cannot be read: {error.strerror or error}.")
        except (ValueError, RecursionError) as error:
            yield Unusable(f"The theme {path.name} cannot be used: {error}.")


def _theme(path: Path, values: dict[str, Any]) -> Theme:
    # What Textual cannot take would end the app when the theme is put on, not now.
    values = {"name": path.stem} | values
    if "primary" not in values:
        raise ValueError('primary is missing; write for example primary = "#5aa9e6"')
    for key, value in values.items():
        if key not in _FIELDS:
            raise ValueError(f"there is no {key[:40]} in a theme")
        kind = _PLAIN.get(key)
        if kind is None:
            _check_colour(key, value)
        elif not isinstance(value, kind):
            raise ValueError(f"{key} is not as it should be")
    for key, value in values.get("variables", {}).items():
        if key.endswith("-style"):
            if not isinstance(value, str) or not set(value.split()) <= _STYLES:
                raise ValueError(f"{key[:40]} is no text style; write for example bold or reverse")
        else:
            _check_colour(key, value)
    name = values["name"].strip()
    if not name or len(name) > 40 or not name.isprintable():
        raise ValueError("its name has at most 40 printable characters")
    return Theme(**{**values, "name": name})


def _check_colour(key: str, value: object) -> None:
    try:
        if not isinstance(value, str):
            raise ColorParseError("not a text")
        Color.parse(value.split()[0] if value.strip() else value)
    except ColorParseError:
        raise ValueError(f'{key[:40]} is no colour; write for example {key[:40]} = "#5aa9e6"') from None


def choose(wanted: str | None, known: set[str], *, few_colours: bool) -> tuple[str, str | None]:
    """Which theme to use, and what to say when it is not the wanted one."""
    usual = FEW_COLOURS if few_colours and FEW_COLOURS in known else DEFAULT
    if wanted is None or wanted in known:
        return wanted or usual, None
    return usual, f"There is no theme {wanted}; there are: {', '.join(sorted(known))}."

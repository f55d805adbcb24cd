"""Whether two texts are one number: PBXes put a prefix before it, or write the country in another way. Pure."""

# pyright: strict

SAME_DIGITS = 9
"""So many at the end decide, where both are that long."""
LONG_DIGITS = 5
"""Shorter ones are extensions."""


def is_same(one: str, other: str) -> bool:
    """The same number, one of them with a prefix perhaps; extensions have to be alike."""
    shorter, longer = sorted((_digits(one), _digits(other)), key=len)
    if len(shorter) < LONG_DIGITS:
        return shorter == longer != ""
    return longer.endswith(shorter[-SAME_DIGITS:])


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isdecimal())

"""Telephone numbers as people of a country write them; the library for it is read in the background."""

from functools import lru_cache
from typing import Any

_library: Any = None


def load() -> None:
    """Read the numbering plans; meant for a thread, after the first frame. Until then numbers show as they are."""
    global _library
    import phonenumbers

    phonenumbers.format_number(phonenumbers.parse("+12015550123"), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    _library = phonenumbers


def pretty(number: str, country: str | None = None) -> str:
    """The number with its groups apart; what is no number comes back as it is."""
    return _pretty(number, country) if _library is not None else number


@lru_cache(maxsize=2048)
def _pretty(number: str, country: str | None) -> str:
    if not number.startswith("+") and not (country and number.isdecimal()):
        return number
    try:
        parsed = _library.parse(number, country)
    except _library.NumberParseException:
        return number
    # Of what is no number of that country's plan the library drops digits: 84000387212 would be 0387212.
    if not _library.is_valid_number(parsed):
        return number
    formats = _library.PhoneNumberFormat
    return _library.format_number(parsed, formats.INTERNATIONAL if number.startswith("+") else formats.NATIONAL)


def as_typed(text: str, country: str | None = None) -> str:
    """A number that is still being typed, grouped as far as it goes."""
    digits = "".join(character for character in text if character.isdecimal() or character == "+")
    if _library is None or len(digits) < 3 or not (digits.startswith("+") or country):
        return text
    formatter = _library.AsYouTypeFormatter(country or "ZZ")
    shown = text
    for character in digits:
        shown = formatter.input_digit(character)
    return shown

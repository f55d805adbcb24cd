"""Telephone numbers brought to one form, so that 0901..., +84901... and 0084 901 ... are the same number.

The library of numbering plans is read when the first number is looked at; `load` does it beforehand, in a thread.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tuiphone.core.model import Address

MIN_DIGITS = 7
"""Shorter ones are extensions, which belong to an account and to no country."""
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015/\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")


def load(countries: Iterable[str | None] = ()) -> None:
    """Read the library and the plans of these countries."""
    for country in {None, *countries}:
        e164("0900000000", country)


def digits_of(text: str) -> str | None:
    """The number without its separators; None for what is no number."""
    if text[:4].lower() == "tel:":
        text = text[4:].split(";", 1)[0]
    bare = _SEPARATORS.sub("", text)
    # Digits of other scripts are digits for `isdecimal`, and int() knows them all.
    if not bare.isascii():
        bare = "".join(str(int(character)) if character.isdecimal() else character for character in bare)
    return bare if _NUMBER.fullmatch(bare) else None


@lru_cache(maxsize=32768)
def e164(number: str, country: str | None) -> str | None:
    """`+84901234567` for a number as people of this country write it; None where that cannot be told."""
    bare = digits_of(number)
    if bare is None:
        return None
    import phonenumbers

    forms = [bare, f"+{bare[2:]}"] if bare.startswith("00") else [bare]
    for form in forms:
        if not form.startswith("+") and country is None:
            continue
        try:
            parsed = phonenumbers.parse(form, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def key_of(address: Address, country: str | None, account: str | None) -> str:
    """What two forms of the same address have in common; users and extensions are apart by account."""
    bare = digits_of(address.text)
    if bare is not None and (bare.startswith("+") or len(bare) >= MIN_DIGITS):
        return e164(bare, country) or f"#{bare}"
    return f"@{account or ''}/{bare or address.text.strip().casefold()}"


def keys_of(address: Address, country: str | None, account: str | None) -> tuple[str, ...]:
    """The keys under which a contact with this address may be kept, the closest first."""
    first = key_of(address, country, account)
    return (first, f"@/{first.partition('/')[2]}") if first.startswith("@") and account else (first,)


@lru_cache(maxsize=32768)
def national(number: str) -> str:
    """The digits of an E.164 number as its country dials them, `0901234567`; the number where there are none."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return digits_of(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)) or number


@dataclass(frozen=True, slots=True)
class Countries:
    """By which country the numbers of each account are read, and those of no account."""

    default: str | None = None
    by_account: Mapping[str, str] = field(default_factory=dict)

    def of(self, account: str | None) -> str | None:
        """The country of an account's numbers."""
        return self.by_account.get(account or "", self.default)

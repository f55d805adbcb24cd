"""Whether two addresses are the same caller, however each vendor writes numbers; pure."""

import re
from functools import lru_cache

from tuiphone.core.model import Address
from tuiphone.core.withheld import is_withheld

SAME_DIGITS = 9
"""How many digits at the end tell a number: country codes and trunk prefixes come and go before them."""
MIN_DIGITS = 7
"""Shorter ones are extensions, which are alike when they are equal."""
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_NUMBER = re.compile(r"[+0-9][0-9\s().\-/]*", re.ASCII)


@lru_cache(maxsize=4096)
def number_key(address: Address) -> str | None:
    """What two ways to write the same number have in common; None for a number that is withheld."""
    if is_withheld(address):
        return None
    text = address.text.strip().casefold()
    digits = _NO_DIGITS.sub("", text) if _NUMBER.fullmatch(text) else ""
    return digits[-SAME_DIGITS:] if len(digits) >= MIN_DIGITS else digits or text


def are_alike(one: Address, other: Address) -> bool:
    """The same number, as far as can be told; withheld numbers are like no other."""
    key = number_key(one)
    return key is not None and key == number_key(other)

"""Whether two texts are one number, as a PBX writes it and as it was dialled (section 14). Pure."""

# pyright: strict

from tuiphone.core.alike import are_alike
from tuiphone.core.model import Address, AddressKind

LOCAL_DIGITS = 5
"""Shorter ones are extensions."""
PREFIX_DIGITS = 2
"""For an outside line."""


def is_same(one: str, other: str) -> bool:
    """As everywhere, and a local number with the prefix that a PBX puts before it."""
    if are_alike(Address(AddressKind.PHONE, one), Address(AddressKind.PHONE, other)):
        return True
    shorter, longer = sorted((one, other), key=len)
    is_local = len(shorter) >= LOCAL_DIGITS and shorter.isascii() and shorter.isdecimal()
    return is_local and len(longer) - len(shorter) <= PREFIX_DIGITS and longer.endswith(shorter)

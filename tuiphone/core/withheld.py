"""Callers who do not say who they are: what stands in the place of their number names nobody."""

from tuiphone.core.model import Address

_WORDS = frozenset(["", "anonymous", "withheld", "unknown", "restricted", "private", "unavailable"])
"""What vendors, gateways and PBXs put there (RFC 3323 section 4.1.1.3 has `anonymous`)."""


def is_withheld(address: Address) -> bool:
    """The address is a word for having none, so that two calls from it need not be of the same person."""
    user, _, host = address.text.strip().casefold().partition("@")
    return user in _WORDS and host in ("", "anonymous.invalid")

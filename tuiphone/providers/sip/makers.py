"""Names that nobody can guess: tags, branches, Call-IDs (RFC 3261 sections 8.1.1 and 19.3)."""

# pyright: strict

import secrets

COOKIE = "z9hG4bK"
"""How a branch that names its transaction begins (section 8.1.1.7)."""


def tag() -> str:
    """A new tag; who could guess it could end a call with it."""
    return secrets.token_hex(8)


def branch() -> str:
    """A new name for a transaction."""
    return COOKIE + secrets.token_hex(12)


def call_id() -> str:
    """A new Call-ID; it says nothing of the machine."""
    return secrets.token_hex(16)

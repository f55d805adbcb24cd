"""The page of a customer database that belongs to a caller: a link of the settings with the call put in; pure."""

import re
from typing import Literal, TypeAlias
from urllib.parse import quote

PLACEHOLDERS = ("number", "account", "direction")
"""What of a call can stand in the link, in braces."""
MAX_NUMBER = 128
"""Characters of a number that is put in."""
CrmWhen: TypeAlias = Literal["ringing", "answered", "key"]
"""When the page opens: with a call that comes in, when it is answered, or only by the key."""
_BRACED = re.compile(r"\{([^{}]*)\}")


def placeholders_in(template: str) -> tuple[str, ...]:
    """The names between braces, in order."""
    return tuple(_BRACED.findall(template))


def link_of(template: str, *, number: str, account: str, incoming: bool) -> str | None:
    """The link for a call; None where the number is none that could stand in one.

    What comes from the network is encoded, whole: it can add nothing to the link (RFC 3986 section 2.1).
    """
    # Dots are not encoded, and browsers read a part of a path that is nothing else as a step back.
    if not number.strip(".") or len(number) > MAX_NUMBER:
        return None
    values = {"number": number, "account": account, "direction": "incoming" if incoming else "outgoing"}
    return _BRACED.sub(lambda match: quote(values.get(match[1], ""), safe="", errors="replace"), template)

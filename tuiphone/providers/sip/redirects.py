"""Where a 3xx sends a call of ours (RFC 3261 section 8.1.3.4): the best contact first, never a place it has been."""

# pyright: strict

from collections.abc import Iterable
from dataclasses import replace

from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.uri import Key, Uri

MAX_REDIRECTS = 5
"""Places that one call may be sent to, one after the other."""
MAX_CONTACTS = 10
"""Of one response."""


class Redirects:
    """Of one call: where it has been, and where it may still go."""

    def __init__(self, first: Uri) -> None:
        self._been: set[Key] = {_plain(first).key()}
        self._waiting: list[NameAddr] = []
        self._left = MAX_REDIRECTS

    def sent_to(self, contacts: Iterable[NameAddr]) -> None:
        """A response names these; the best of them are tried before what was named earlier."""
        usable = [one for one in contacts if one.uri.scheme in ("sip", "sips", "tel")][:MAX_CONTACTS]
        self._waiting[:0] = sorted(usable, key=_preference, reverse=True)
        del self._waiting[2 * MAX_CONTACTS :]

    def next(self) -> NameAddr | None:
        """Where to go now; None when everything has been tried, or enough."""
        while self._waiting and self._left:
            contact = self._waiting.pop(0)
            # What the redirecting side puts into the request besides its address is not its to say.
            uri = _plain(contact.uri)
            if uri.key() not in self._been:
                self._been.add(uri.key())
                self._left -= 1
                return replace(contact, uri=uri)
        return None


def _plain(uri: Uri) -> Uri:
    return replace(uri.without("method"), password=None, headers=())


def _preference(contact: NameAddr) -> float:
    value = next((value for name, value in contact.params if name.lower() == "q"), None)
    try:
        return min(max(float(value or "1"), 0.0), 1.0)
    except ValueError:
        return 0.0

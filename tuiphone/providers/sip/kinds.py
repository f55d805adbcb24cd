"""The two kinds of messages, and what they have in common (RFC 3261 section 7)."""

# pyright: strict

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import CSeq, NameAddr, Via, Word, whole
from tuiphone.providers.sip.headers import Headers
from tuiphone.providers.sip.uri import Uri

if TYPE_CHECKING:
    from functools import cached_property as lazy
else:

    class lazy:
        """A property that is worked out once; the standard library's locks each time until Python 3.12."""

        def __init__(self, work: Any) -> None:
            self._work = work
            self.__doc__ = work.__doc__

        def __get__(self, instance: Any, owner: Any) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self._work.__name__] = self._work(instance)
            return value


MAX_HOPS = 255
MAKES_DIALOG = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY"})
"""Methods that can begin a dialog."""
_CALL_ID = re.compile(r"[^\s,;]{1,512}")


@dataclass(frozen=True)
class Message:
    """What requests and responses have in common; fields are read when they are asked for, once."""

    headers: Headers = field(kw_only=True, default_factory=Headers)
    body: bytes = field(kw_only=True, default=b"")

    @lazy
    def call_id(self) -> str:
        """The dialog's or registration's own name. Raises: BadMessage"""
        found = self._needed("Call-ID").strip()
        if not _CALL_ID.fullmatch(found):
            raise BadMessage("The Call-ID cannot be read.")
        return found

    @lazy
    def cseq(self) -> CSeq:
        """The number and method. Raises: BadMessage"""
        return CSeq.parse(self._needed("CSeq"))

    @lazy
    def from_(self) -> NameAddr:
        """Who asks. Raises: BadMessage"""
        return NameAddr.parse(self._needed("From"))

    @lazy
    def to(self) -> NameAddr:
        """Who was asked. Raises: BadMessage"""
        return NameAddr.parse(self._needed("To"))

    @lazy
    def vias(self) -> tuple[Via, ...]:
        """The hops, newest first. Raises: BadMessage"""
        return tuple(Via.parse(each) for each in self.headers.values("Via"))

    @property
    def via(self) -> Via:
        """The newest hop. Raises: BadMessage"""
        if not self.vias:
            raise BadMessage("There is no Via.")
        return self.vias[0]

    @lazy
    def contacts(self) -> tuple[NameAddr, ...]:
        """Where the sender can be reached directly; none for `*`. Raises: BadMessage"""
        return self._addresses("Contact")

    @property
    def contact(self) -> NameAddr | None:
        """The first of the contacts. Raises: BadMessage"""
        return self.contacts[0] if self.contacts else None

    @lazy
    def record_routes(self) -> tuple[NameAddr, ...]:
        """Proxies that want to stay on the way. Raises: BadMessage"""
        return self._addresses("Record-Route")

    @lazy
    def supported(self) -> frozenset[str]:
        """Extensions the sender knows, in small letters."""
        return self.tags("Supported")

    @lazy
    def required(self) -> frozenset[str]:
        """Extensions the sender insists on, in small letters."""
        return self.tags("Require")

    @lazy
    def content_type(self) -> str | None:
        """The kind of the body in small letters, without parameters; None when nobody said."""
        value = self.headers.get("Content-Type")
        return None if value is None else "".join(value.partition(";")[0].lower().split()) or None

    @property
    def expires(self) -> int | None:
        """Seconds; None when nobody said. Raises: BadMessage"""
        value = self.headers.get("Expires")
        return None if value is None else whole(value, "Expires")

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def tags(self, name: str) -> frozenset[str]:
        """A field that lists words, in small letters."""
        return frozenset(value.lower() for value in self.headers.values(name))

    def word(self, name: str) -> Word | None:
        """A field that is a word with parameters. Raises: BadMessage"""
        value = self.headers.get(name)
        return None if value is None else Word.parse(value)

    def address(self, name: str) -> NameAddr | None:
        """The first address of a field, as Refer-To or P-Asserted-Identity. Raises: BadMessage"""
        values = self.headers.values(name)
        return NameAddr.parse(values[0]) if values else None

    def _addresses(self, name: str) -> tuple[NameAddr, ...]:
        values = self.headers.values(name)
        return () if values == ["*"] else tuple(NameAddr.parse(each) for each in values)

    def _needed(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise BadMessage(f"There is no {name}.")
        return value


@dataclass(frozen=True)
class Request(Message):
    """Somebody asks for something."""

    method: str
    uri: Uri

    @lazy
    def max_forwards(self) -> int | None:
        """How many hops are left; None when nobody said. Raises: BadMessage"""
        value = self.headers.get("Max-Forwards")
        return None if value is None else whole(value, "Max-Forwards", MAX_HOPS)


@dataclass(frozen=True)
class Response(Message):
    """The answer to a request; one below 200 is not the last."""

    status: int
    reason: str

    @property
    def is_final(self) -> bool:
        """No other answer follows."""
        return self.status >= 200

    @property
    def is_success(self) -> bool:
        """It was done."""
        return 200 <= self.status < 300

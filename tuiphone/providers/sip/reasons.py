"""Why something ended, as Reason headers say it (RFC 3326, RFC 9366)."""

# pyright: strict

from collections.abc import Iterable
from dataclasses import dataclass

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import Word
from tuiphone.providers.sip.message import Headers

MAX_TEXT = 120
MAX_REASONS = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """One value of such a header."""

    protocol: str
    """`SIP`, `Q.850` or another, as the RFC spells it."""
    cause: int | None = None
    text: str | None = None
    """What the writer says in words; from the network."""

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        text = "" if self.text is None else f';text="{self.text}"'
        return f"{self.protocol}{cause}{text}"


def parse(headers: Headers) -> tuple[Reason, ...]:
    """The reasons of a message; what cannot be read is left out."""
    found: list[Reason] = []
    try:
        values = headers.values("Reason")[:MAX_REASONS]
    except BadMessage:
        return ()
    for value in values:
        try:
            said = Word.parse(value)
        except BadMessage:
            continue
        cause = said.param("cause") or ""
        number = int(cause) if cause.isascii() and cause.isdecimal() and len(cause) <= 3 else None
        found.append(Reason(said.value, number, plain(said.param("text") or "") or None))
    return tuple(found)


def plain(said: str) -> str:
    """Words from the network as one short line."""
    return "".join(character for character in said if character.isprintable()).strip()[:MAX_TEXT]


def find(reasons: Iterable[Reason], protocol: str) -> Reason | None:
    """The first of this protocol with a cause."""
    wanted = protocol.lower()
    return next((one for one in reasons if one.protocol.lower() == wanted and one.cause is not None), None)

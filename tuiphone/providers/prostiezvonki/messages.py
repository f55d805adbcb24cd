"""What the server of Prostiezvonki says, as values; wire.py makes them."""

# pyright: strict

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias


class Kind(IntEnum):
    """The types of events (section 6); also the bits of the mask that asks for those of other extensions."""

    OFFERED = 1
    RINGING = 2
    FINISHED = 4
    DIALLED = 8
    FAR_ANSWERED = 16
    TAKEN = 32
    ORDERED = 64
    SMS_HANDED = 128
    SMS_STATUS = 256


@dataclass(frozen=True, slots=True)
class Side:
    """A call as one employee has it."""

    employee: str
    """The extension; empty where nobody said."""
    party: str
    """Who is at the far side."""
    incoming: bool

    def turned(self) -> "Side":
        """The same call as the far side has it, where that is an employee too."""
        return Side(self.party, self.employee, not self.incoming)


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call came to the PBX, rings, was dialled, or was answered: every type of a call but its end."""

    kind: Kind
    call_id: str
    caller: str
    called: str
    line: str | None = None
    late: bool = False
    """We were not connected when it happened (`missed`)."""
    more: tuple[tuple[str, str], ...] = ()
    """Attributes that nobody documented."""

    def side(self, own: str) -> Side:
        """Whose call it is: who calls has dialled, who is called rings."""
        if self.kind in (Kind.DIALLED, Kind.FAR_ANSWERED):
            return Side(self.caller, self.called, incoming=False)
        return Side(self.called, self.caller, incoming=True)


@dataclass(frozen=True, slots=True)
class Finished:
    """A call is over."""

    call_id: str
    caller: str
    called: str
    talk_s: float | None = None
    """Seconds of conversation; 0 when nobody answered, None where the server does not say."""
    outgoing: bool | None = None
    """None where the server does not say."""
    started_at: float | None = None
    ended_at: float | None = None
    """Seconds since the epoch by the PBX's clock."""
    record: str | None = None
    """Link to the recording, http or ftp."""
    line: str | None = None
    late: bool = False
    more: tuple[tuple[str, str], ...] = ()

    def side(self, own: str) -> Side:
        """Whose call it was: direction 0 is the call of `to`, 1 that of `from`; without one, ours where we called."""
        if own == self.caller if self.outgoing is None else self.outgoing:
            return Side(self.caller, self.called, incoming=False)
        return Side(self.called, self.caller, incoming=True)


@dataclass(frozen=True, slots=True)
class SmsHanded:
    """The telephone that sends texts was given one."""

    call_id: str
    sender: str
    to: str


@dataclass(frozen=True, slots=True)
class SmsStatus:
    """What became of a text."""

    call_id: str
    sender: str
    to: str
    result: int | None
    """0 it is being sent, 1 it was; anything else, nonsense too, that it was not."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request; a server may leave it out."""

    code: int
    request_id: int
    details: str


@dataclass(frozen=True, slots=True)
class Strange:
    """An event of a type that does not concern us, or that nobody documented."""

    type: str


Told: TypeAlias = CallTold | Finished
"""What is about a call."""
Message: TypeAlias = Told | SmsHanded | SmsStatus | Response | Strange

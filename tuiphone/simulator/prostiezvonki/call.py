"""One side of a call at the PBX, and what events say of it (6)."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum

from tuiphone.simulator.leg import LegCall
from tuiphone.simulator.prostiezvonki.office import LIVE, Type

INCOMING, OUTGOING = "0", "1"


class State(Enum):
    """Where a call is.

    outgoing:          DIALING ─▶ CALLING ─▶ TALKING ─▶ OVER
    incoming: OFFERED ─▶ RINGING ─────────▶ TALKING ─▶ OVER
                            ▲───── moved ──────┘
    """

    OFFERED = "offered"
    """It waits at the PBX, and nobody's telephone rings."""
    DIALING = "dialing"
    """The extension's own telephone rings; there is no event of that."""
    CALLING = "calling"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call goes where timers stand in for people."""

    answer_after_s: float | None
    """None where nobody answers."""
    talk_s: float
    ring_s: float
    offer_s: float = 0.0
    """0 where it rings at once."""


@dataclass(eq=False, slots=True)
class Call:
    """A call of one extension; a call between two of them is two, bound by `other`."""

    id: str
    extension: str
    """Where it is, or would be routed to while it is offered."""
    peer: str
    outgoing: bool
    manner: Manner
    state: State
    line: str = ""
    generated: bool = False
    """A client made it up by events; nothing happens to it unasked."""
    internal: bool = False
    """The peer is an extension, where the call has its other side."""
    other: "Call | None" = None
    leg: LegCall | None = None
    started_at: float = field(default_factory=time.time)
    answered_at: float | None = None
    routed: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """It was answered, or is over."""
    taken_by: str | None = None
    """Who routed it while it was offered; for a moment nobody else may."""
    taken_until: float = 0.0
    moves_to: str | None = None
    part: asyncio.Task[None] | None = None
    """What goes on at its present extension; cancelled when it ends or moves."""

    @property
    def is_over(self) -> bool:
        """Whether it is no more."""
        return self.state is State.OVER

    @property
    def owners(self) -> Collection[str]:
        """The extensions whose call it is; empty for everybody's."""
        return () if self.state is State.OFFERED else (self.extension,)

    @property
    def unwatched_by(self) -> str | None:
        """Who is at the other side of a call between extensions, and hears of it by the events of that side."""
        return self.peer if self.internal else None

    def answer(self) -> None:
        """It was answered now."""
        self.state = State.TALKING
        self.answered_at = time.time()
        self.settled.set()

    def move(self, extension: str) -> None:
        """It is a new call to another extension, under its old number."""
        self.extension, self.outgoing, self.moves_to = extension, False, None
        self.state, self.started_at, self.answered_at, self.leg = State.RINGING, time.time(), None, None

    def event(self, kind: Type) -> dict[str, str]:
        """The attributes of an event of this kind."""
        said = {"type": str(kind.value), "callID": self.id}
        said["from"] = self.extension if self.outgoing else self.peer
        if kind is not Type.OFFER:
            # A call that went before it was routed has been to nobody.
            said["to"] = self.peer if self.outgoing else "" if self.state is State.OFFERED else self.extension
        if self.line and not self.outgoing:
            said["line"] = self.line
        return said

    def finished(self, record: str) -> dict[str, str]:
        """The attributes of its end, now."""
        now = time.time()
        # Who talked for less than half a second did talk: 0 is how clients know a missed call (6).
        talked = max(1, round(now - self.answered_at)) if self.answered_at else 0
        return {
            **self.event(Type.FINISHED),
            "start": str(int(self.started_at)),
            "end": str(int(now)),
            "duration": str(talked),
            "direction": OUTGOING if self.outgoing else INCOMING,
            "record": record,
            "missed": LIVE,
        }

"""A call of our extension as far as the PBX tells of it (section 7); every one of them ends some day."""

import asyncio
from collections.abc import Callable
from enum import Enum

from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallRang, CallStarted, Facts, ProviderEvent
from tuiphone.core.model import Address

START_SECONDS = 15.0
"""How long the PBX may take to begin with what we asked for."""
RING_SECONDS = 180.0
"""How long a call may ring without another word of it."""
TALK_SECONDS = 8 * 3600.0
"""The same of one that goes on."""
SENT_ON_SECONDS = 5.0
"""How long the PBX may take to tell of a call that it said it sent on."""


MAX_FACTS = 24
"""Beyond these, what an event says without a meaning is nothing new."""


class Stage(Enum):
    """Where a call stands."""

    ASKED = "asked for"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class OwnCall:
    """It is born by CallStarted and ends exactly once, by CallEnded."""

    def __init__(
        self,
        ref: str,
        peer: Address,
        emit: Callable[[ProviderEvent], None],
        *,
        incoming: bool,
        forget: Callable[["OwnCall"], None],
    ) -> None:
        self.ref = ref
        self.peer = peer
        self.incoming = incoming
        self.call_id: str | None = None
        """The PBX's name of it, once that is known."""
        self.stage = Stage.ASKED
        self.sent_on: Address | None = None
        """To whom we asked the PBX to hand it."""
        self.told_at: float | None = None
        """When the PBX told of it first, by our clock."""
        self.over = asyncio.Event()
        self._emit = emit
        self._forget = forget
        self._facts: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_talking(self) -> bool:
        """It was answered."""
        return self.stage is Stage.TALKING

    def begin(self, caller: str, facts: Facts) -> None:
        """Tell of it."""
        self._facts = dict(facts)
        direction = CallDirection.INCOMING if self.incoming else CallDirection.OUTGOING
        self._emit(CallStarted(self.ref, self.peer, direction, caller=caller, facts=facts))

    def begins_within(self, otherwise: str, reason: EndReason = EndReason.FAILED) -> None:
        """The PBX has to say something of it soon; `otherwise` is the sentence it ends with."""
        self._in_time(START_SECONDS, reason, otherwise)

    def describe(self, facts: Facts) -> None:
        """Tell what was not known of it."""
        fresh = [pair for pair in facts if self._facts.get(pair[0]) != pair[1]]
        fresh = [pair for pair in fresh if pair[0] in self._facts or len(self._facts) < MAX_FACTS]
        if fresh:
            self._facts.update(fresh)
            self._emit(CallDescribed(self.ref, tuple(fresh)))

    def rings(self) -> None:
        """It rings, here or at the far end."""
        if self.stage is Stage.ASKED:
            self.stage = Stage.RINGING
            if not self.incoming:
                self._emit(CallRang(self.ref))
        if self.stage is Stage.RINGING:
            reason = EndReason.MISSED if self.incoming else EndReason.NO_ANSWER
            self._in_time(RING_SECONDS, reason, "The PBX told nothing more of the call.")

    def answered(self) -> None:
        """Somebody picked up: we, or the far end of a call of ours."""
        if self.stage in (Stage.ASKED, Stage.RINGING):
            self.stage = Stage.TALKING
            self._emit(CallAnswered(self.ref))
            self._in_time(TALK_SECONDS, EndReason.LOST, "The PBX told nothing of the call for eight hours.")

    def refused(self, why: str) -> None:
        """The PBX does not do what we asked for."""
        if self.stage is Stage.ASKED:
            self.end(EndReason.FAILED, why)

    def handed_over(self) -> None:
        """The PBX said that it sends the call on; what it tells next is awaited, and not for long."""
        self._in_time(SENT_ON_SECONDS, EndReason.TRANSFERRED, self._whereto())

    def gone_on(self) -> None:
        """The call is with whom we sent it to."""
        self.end(EndReason.TRANSFERRED, self._whereto())

    def end(self, reason: EndReason, detail: str | None = None) -> None:
        """The call is over; only the first end counts."""
        if self.stage is not Stage.OVER:
            self.leave()
            self._emit(CallEnded(self.ref, reason, detail))

    def leave(self) -> None:
        """Tell nothing more of it, not even its end."""
        self.stage = Stage.OVER
        self._no_hurry()
        self.over.set()
        self._forget(self)

    def _whereto(self) -> str | None:
        return None if self.sent_on is None else f"Sent on to {self.sent_on.text}."

    def _in_time(self, seconds: float, reason: EndReason, otherwise: str | None) -> None:
        self._no_hurry()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end, reason, otherwise)

    def _no_hurry(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

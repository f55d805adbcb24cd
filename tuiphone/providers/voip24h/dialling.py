"""Calls that the PBX was asked to place for us: shown at once, ended by their row in its list, or after a while.

The interface that dials tells nothing further of a call, and its list has it only when it is over. The call itself is
at a phone of the extension, and goes on there whatever is shown here (PROTOCOL.md sections 7.3 and 7.4).
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tuiphone.core.alike import are_alike
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, PhoneError
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted, ProviderEvent
from tuiphone.core.model import Address
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.entry import Entry, ending

LOOK_SECONDS = 120.0
"""How long a call is shown whose end nobody tells."""
EARLY_SECONDS, LATE_SECONDS = 20.0, 180.0
"""How much earlier and later than our dialling its row may say that it began: the two clocks differ, and some PBXs
count from when the other side is rung. An earlier call to the same number is another one."""
ASKED_SECONDS = 8.0
"""How long dialling waits for the PBX's word: the time in which it has to ring us counts from there."""
MAX_DIALS = 50
PREFIX = "dial-"
ACCEPTED = ("Status", "accepted by the PBX")
UNSURE = "Nobody knows whether the PBX took the call; if it did, your phone rings."
GOES_ON = "The PBX has not listed its end yet; if you talk, it goes on at the phone that took it."


@dataclass(slots=True, eq=False)
class Dialled:
    """One call that the PBX was asked for."""

    ref: str
    to: Address
    phone: str
    """As it is sent."""
    at: float
    """Seconds since the epoch."""
    call_id: str | None = None
    """Once its row was found, or from the beginning where the interface says it."""
    is_over: bool = False
    """It is shown no more."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class Dialling:
    """All of them; they outlive a lost link."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None], *, is_linked: bool = False) -> None:
        """`is_linked`: the sound of these calls may be in another account, which knows better when they are answered
        and over."""
        self._extension = extension
        self._is_linked = is_linked
        self._emit = emit
        self._dials: dict[str, Dialled] = {}

    @property
    def waiting(self) -> tuple[Dialled, ...]:
        """Those whose row is worth looking for every few seconds."""
        return tuple(dialled for dialled in self._dials.values() if not dialled.is_over)

    @property
    def times(self) -> tuple[float, ...]:
        """When those were asked for."""
        return tuple(dialled.at for dialled in self.waiting)

    def begin(self, backend: Backend, to: Address, phone: str) -> str:
        """Show the call and ask the PBX for it; returns its ref."""
        dialled = Dialled(f"{PREFIX}{uuid.uuid4().hex[:12]}", to, phone, time.time())
        self._dials[dialled.ref] = dialled
        self._make_room()
        extension = ("Extension", self._extension)
        self._emit(CallStarted(dialled.ref, to, CallDirection.OUTGOING, caller=self._extension, facts=(extension,)))
        dialled.timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._too_long, dialled)
        dialled.task = asyncio.create_task(self._ask(backend, dialled), name="voip24h-dial")
        return dialled.ref

    async def asked(self, ref: str) -> None:
        """Come back when the PBX has said what it makes of this call; soon in any case."""
        if (dialled := self._dials.get(ref)) is not None and dialled.task is not None:
            await asyncio.wait({dialled.task}, timeout=ASKED_SECONDS)

    def hang_up(self, ref: str) -> None:
        """The person is done with it."""
        if (dialled := self._dials.get(ref)) is None or dialled.is_over:
            return self._emit(CallEnded(ref, EndReason.CANCELLED))
        if dialled.task is not None:
            dialled.task.cancel()
        self._end(
            dialled, EndReason.CANCELLED, "What the PBX has begun by now goes on until you hang up at your phone."
        )

    def settle(self, entries: Iterable[Entry]) -> frozenset[str]:
        """These rows are new: each ends the call of ours that it tells of. Returns the ids of those that do."""
        ours: set[str] = set()
        for entry in entries:
            if not entry.incoming and (dialled := self._of(entry)) is not None:
                dialled.call_id = entry.call_id
                ours.add(entry.call_id)
                reason, detail = ending(entry)
                if entry.is_talk and not self._is_linked and not dialled.is_over:
                    # Nobody here hears it; how long one talked stands in the vendor's record.
                    self._emit(CallAnswered(dialled.ref))
                    reason = EndReason.OVER
                self._end(dialled, reason, detail)
        return frozenset(ours)

    def knows(self, entry: Entry) -> bool:
        """The row can be that of a call of ours."""
        return not entry.incoming and self._of(entry) is not None

    def called(self, ref: str) -> str | None:
        """What the PBX calls the call of this ref, where that is known."""
        dialled = self._dials.get(ref)
        return None if dialled is None else dialled.call_id

    def give_up(self) -> None:
        """The account is let go: nothing of this is followed any further."""
        for dialled in self._dials.values():
            if dialled.task is not None and not dialled.task.done():
                dialled.task.cancel()
                self._end(dialled, EndReason.LOST, UNSURE)
            self._end(dialled, EndReason.ELSEWHERE, GOES_ON)

    # -- small things -----------------------------------------------------------------------------------------------

    async def _ask(self, backend: Backend, dialled: Dialled) -> None:
        try:
            # Its row may have come before the answer, and then it is named already.
            dialled.call_id = await backend.dial(dialled.phone) or dialled.call_id
        except ConnectionLost as error:
            self._end(dialled, EndReason.LOST, f"{UNSURE} {error}")
        except PhoneError as error:
            self._end(dialled, EndReason.FAILED, str(error))
        else:
            if not dialled.is_over:
                self._emit(CallDescribed(dialled.ref, facts=(ACCEPTED,)))

    def _of(self, entry: Entry) -> Dialled | None:
        """The call this row tells of; of several the one that was dialled nearest to it."""
        fitting = [
            dialled
            for dialled in self._dials.values()
            if (
                dialled.call_id == entry.call_id
                if dialled.call_id is not None
                else are_alike(dialled.to, entry.who)
                and dialled.at - EARLY_SECONDS <= entry.started_at <= dialled.at + LATE_SECONDS
            )
        ]
        return min(fitting, key=lambda dialled: abs(dialled.at - entry.started_at), default=None)

    def _too_long(self, dialled: Dialled) -> None:
        self._end(dialled, EndReason.ELSEWHERE, GOES_ON)

    def _end(self, dialled: Dialled, reason: EndReason, detail: str) -> None:
        if dialled.timer is not None:
            dialled.timer.cancel()
        if not dialled.is_over:
            dialled.is_over = True
            self._emit(CallEnded(dialled.ref, reason, detail))

    def _make_room(self) -> None:
        while len(self._dials) > MAX_DIALS:
            oldest = self._dials.pop(next(iter(self._dials)))
            self._end(oldest, EndReason.ELSEWHERE, GOES_ON)

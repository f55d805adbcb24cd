"""The calls of our own extension: what the PBX tells of them, which of them we asked for, and what they left behind
(sections 7 and 14)."""

import time
import uuid
from collections import deque
from collections.abc import Callable

from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded, CallInterrupted, Facts, ProviderEvent, ProviderFaulted, RecordLogged
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Memory
from tuiphone.providers.prostiezvonki.call import START_SECONDS, OwnCall, Stage
from tuiphone.providers.prostiezvonki.messages import CallTold, Finished, Kind, Side, Told
from tuiphone.providers.prostiezvonki.names import PastNames
from tuiphone.providers.prostiezvonki.numbers import is_same
from tuiphone.providers.prostiezvonki.records import corrected, facts_of, record_of
from tuiphone.providers.refs import Refs
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.unseen import Unseen

MAX_CALLS = 50
AGREE_SECONDS = 5.0
"""How far beginning and end of a call may disagree about the PBX's clock."""
NOT_STARTED = (
    "The PBX did not start the call: nobody picked up at extension {}, or it is not registered there. Try again."
)
NOT_PICKED_UP = "The PBX did not send the call to this extension; somebody else may have had it first."


def peer_of(number: str) -> Address:
    """Who is at the far side."""
    return Address(AddressKind.PHONE, number or "anonymous")


class Calls:
    """Those that go on, and the names of those that are over."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        self._own = extension
        self._emit = emit
        self._refs = Refs()
        self._calls: dict[str, OwnCall] = {}
        self._by_id: dict[str, OwnCall] = {}
        self._past = PastNames(memory)
        self.clock = TheirClock(f"the PBX of extension {extension}", memory)
        self._unseen = Unseen(lambda sentence: emit(ProviderFaulted(sentence)))
        self._given_up: deque[tuple[str, float]] = deque(maxlen=MAX_CALLS)
        """Numbers of dials that were taken back, and until when the PBX may still begin with them."""

    def find(self, ref: str) -> OwnCall | None:
        """The call of this ref, if it goes on."""
        return self._calls.get(ref)

    def goes_on(self, call_id: str) -> bool:
        """Our extension has a part in the call of this name."""
        return call_id in self._by_id

    def was_ours(self, call_id: str) -> bool:
        """It is ours, or was not long ago."""
        return call_id in self._by_id or self._past.is_recent(call_id)

    # -- what we ask for --------------------------------------------------------------------------------------------

    def dial(self, to: Address) -> OwnCall:
        """A call that the PBX is going to be asked for; it has no name yet."""
        call = self._new(f"dial-{uuid.uuid4().hex[:12]}", to, incoming=False)
        call.begin(self._own, ())
        call.begins_within(NOT_STARTED.format(self._own))
        return call

    def pick_up(self, call_id: str, party: str, facts: Facts) -> OwnCall:
        """A call of somebody else's that the PBX is going to be asked to send here."""
        call = self._new(self._refs.of(call_id), peer_of(party), incoming=True)
        self._name(call, call_id)
        call.begin(self._own, facts)
        call.begins_within(NOT_PICKED_UP)
        return call

    # -- what is told -----------------------------------------------------------------------------------------------

    def take(self, told: Told) -> None:
        """What the PBX tells of any call."""
        side, call = told.side(self._own), self._by_id.get(told.call_id)
        if isinstance(told, Finished):
            self._finished(told, side, call)
        elif told.kind is Kind.OFFERED:
            return
        elif side.employee == self._own:
            self._progressed(told, side, call)
        elif call is not None:
            self._elsewhere(told, side, call)

    def _compare(self, told: Finished, call: OwnCall) -> None:
        """How far the PBX's clock is from ours, by a call that was seen from its beginning to its end."""
        if call.told_at is None or told.started_at is None or told.ended_at is None:
            return
        at_begin, at_end = call.told_at - told.started_at, time.time() - told.ended_at
        # A call that was with a machine before it rang began earlier, and an end may be told later: both do not agree.
        if abs(at_begin - at_end) <= AGREE_SECONDS:
            self.clock.learn(at_end)

    def _progressed(self, told: CallTold, side: Side, call: OwnCall | None) -> None:
        is_dial = told.kind is Kind.DIALLED and self._waiting_for(side) is not None
        if call is not None and is_dial and (call.is_talking or call.incoming):
            reason = EndReason.LOST if call.is_talking else EndReason.MISSED
            call.end(reason, "The PBX was started anew; it told nothing more of the call.")
            call = None
        call = call or self._awaited(told.call_id, side) or self._born(told, side)
        if call is None:
            return
        if call.told_at is None and not told.late:
            call.told_at = time.time()
        call.describe(facts_of(told))
        if told.kind in (Kind.FAR_ANSWERED, Kind.TAKEN):
            call.answered()
        else:
            call.rings()

    def _born(self, told: CallTold, side: Side) -> OwnCall | None:
        """A call we did not ask for. What is told late is no news, nor what comes after the end of a call, unless it
        comes back from somebody else."""
        is_after = self._past.is_recent(told.call_id) and told.kind not in (Kind.RINGING, Kind.DIALLED)
        if told.late or is_after or len(self._calls) >= MAX_CALLS or self._was_given_up(told, side):
            return None
        call = self._new(self._refs.of(told.call_id), peer_of(side.party), incoming=side.incoming)
        self._name(call, told.call_id)
        call.begin(self._own, facts_of(told))
        return call

    def _elsewhere(self, told: CallTold, side: Side, call: OwnCall) -> None:
        """Another extension has a part in a call of ours."""
        if call.sent_on is not None:
            call.gone_on()
        elif not call.incoming:
            # A call from one employee to another goes by one name for both.
            if told.kind is Kind.TAKEN:
                call.answered()
            elif told.kind is Kind.RINGING:
                call.rings()
        elif told.kind is Kind.TAKEN and not call.is_talking:
            call.end(EndReason.ELSEWHERE, f"Answered at {side.employee}." if side.employee else None)

    def _finished(self, told: Finished, side: Side, call: OwnCall | None) -> None:
        if call is None and side.party == self._own and self._past.is_kept(told.call_id):
            # One name for both sides of a call between employees, of which the other's end is told.
            side = side.turned()
        is_ours = side.employee == self._own
        if call is None and is_ours:
            call = None if self._past.is_recent(told.call_id) else self._awaited(told.call_id, side)
        if not is_ours and (call is None or (call.incoming and call.stage is Stage.ASKED)):
            # Of a call we are about to be sent, this is the end at who had it before.
            return
        ref = call.ref if call is not None else self._past.ref_of(told.call_id)
        incoming = side.incoming if call is None else call.incoming
        peer = peer_of(side.party) if call is None else call.peer
        if call is not None and not told.late:
            self._compare(told, call)
        told = corrected(told, self.clock.behind)
        talked = bool(told.talk_s)
        if call is None:
            reason = None
        elif call.sent_on is not None:
            reason = EndReason.TRANSFERRED
        elif call.incoming and talked and self._own not in (side.employee, side.party) and not call.is_talking:
            reason = EndReason.ELSEWHERE
        elif talked or call.is_talking:
            reason = EndReason.OVER
        else:
            reason = EndReason.MISSED if call.incoming else EndReason.NO_ANSWER
        if call is not None and reason is not None:
            call.describe(facts_of(told))
            if talked and reason is EndReason.OVER:
                call.answered()
            if reason is EndReason.TRANSFERRED:
                call.gone_on()
            else:
                call.end(reason)
        if call is None and not self._past.is_told_of(told.call_id) and not self._unseen.take():
            return
        self._emit(RecordLogged(record_of(told, ref, peer, incoming=incoming, reason=reason, now=time.time())))

    # -- the link ---------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """The account was switched off, which ends its calls for whoever sees them; none may end once more later."""
        for call in list(self._calls.values()):
            call.leave()
        self._unseen.say()

    def interrupted(self, on: bool) -> None:
        """Nobody tells of the calls at present, or somebody does again."""
        self._past.link_lost()
        for call in list(self._calls.values()):
            self._emit(CallInterrupted(call.ref, on))

    def give_up(self, why: str) -> None:
        """Nobody is going to tell of the calls any more."""
        for call in list(self._calls.values()):
            call.end(EndReason.LOST, why)

    def cancel(self, ref: str) -> bool:
        """End a call that the PBX has not begun, as far as it is ours to end; False where it has."""
        call = self._calls.get(ref)
        if call is None:
            self._emit(CallEnded(ref, EndReason.HUNG_UP))
        elif call.incoming or call.stage is not Stage.ASKED:
            return False
        else:
            self._given_up.append((call.peer.text, time.monotonic() + 2 * START_SECONDS))
            call.end(EndReason.CANCELLED, "Your telephone may ring all the same; the PBX cannot be told to stop.")
        return True

    def _was_given_up(self, told: CallTold, side: Side) -> bool:
        """The PBX begins with a dial that was taken back meanwhile: nothing to show, unless somebody talks in it."""
        now = time.monotonic()
        given_up = any(is_same(number, side.party) and now < until for number, until in self._given_up)
        return given_up and told.kind is Kind.DIALLED

    # -- small things -----------------------------------------------------------------------------------------------

    def _new(self, ref: str, peer: Address, *, incoming: bool) -> OwnCall:
        call = OwnCall(ref, peer, self._emit, incoming=incoming, forget=self._over)
        self._calls[ref] = call
        return call

    def _awaited(self, call_id: str, side: Side) -> OwnCall | None:
        """The oldest call that we asked for and that this can be; it has a name from here on."""
        found = self._waiting_for(side)
        if found is not None:
            self._name(found, call_id)
            self._past.keep(call_id, found.ref)
        return found

    def _waiting_for(self, side: Side) -> OwnCall | None:
        waiting = [call for call in self._calls.values() if call.call_id is None and not side.incoming]
        return next((call for call in waiting if is_same(call.peer.text, side.party)), None)

    def _name(self, call: OwnCall, call_id: str) -> None:
        call.call_id = call_id
        self._by_id[call_id] = call

    def _over(self, call: OwnCall) -> None:
        self._calls.pop(call.ref, None)
        if call.call_id is not None:
            self._by_id.pop(call.call_id, None)
            self._past.add(call.call_id, call.ref)

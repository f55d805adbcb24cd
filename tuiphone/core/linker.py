"""Linker: events of accounts that are linked with each other, taken as events of the calls they are about."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tuiphone.core import joint, linking
from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.events import (
    AccountRemoved,
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallMerged,
    CallStarted,
    CallUnlinked,
    DeskCallGone,
    Link,
    PhoneEvent,
    ProviderFaulted,
    TextReceived,
    TextStatusChanged,
)
from tuiphone.core.ledger import Emitted
from tuiphone.core.linking import Foreign, Joined, Leg, Links, Told, Unwanted
from tuiphone.core.model import Address
from tuiphone.core.roster import Roster
from tuiphone.core.state import PhoneState


@dataclass(slots=True)
class Asking:
    """A dial that a control account is being asked for."""

    account: str
    to: Address
    call: CallId | None = None
    """What the account told of then."""


class Linker:
    """Translates events before they are taken. What is to be refused unseen is told to `refuse`."""

    def __init__(self, roster: Roster, *, refuse: Callable[[CallId], None]) -> None:
        self._roster = roster
        self._refuse = refuse
        self._links = Links()
        self._askings: list[Asking] = []
        self._to_answer: set[CallId] = set()

    # -- what the phone asks and tells ----------------------------------------------------------------------------

    def linked(self, control: str, state: PhoneState) -> str | None:
        """The account that has the sound of this one's calls now: it is there, registered, and can pick up."""
        name = self._roster.linked(control)
        known = None if name is None or self._roster.find(name) is None else state.account(name)
        return None if known is None or known.link is not Link.ONLINE else name

    @contextmanager
    def asking(self, account: str, to: Address) -> Generator[Asking]:
        """The control account is asked for a call to this address: the next one that it tells of is it."""
        asking = Asking(account, to)
        self._askings.append(asking)
        try:
            yield asking
        finally:
            self._askings.remove(asking)

    def accepted(self, call: CallId, at: float) -> None:
        """The PBX took the dial; it has its time to ring us from here."""
        self._links = linking.accepted(self._links, call, at)

    def cancel(self, call: CallId) -> None:
        """The person takes the dial back: what rings for it is refused."""
        self._links = linking.cancelled(self._links, call)

    def handed_on(self, control: CallId, to: Address | None) -> None:
        """The PBX is asked to transfer the call to this address; None: it did not."""
        self._links = joint.handed_on(self._links, control, to)

    def takes_up(self, call: CallId) -> bool:
        """Whether this call, which has just begun, is to be picked up by the phone itself; asked once."""
        if call not in self._to_answer:
            return False
        self._to_answer.discard(call)
        return True

    # -- events ---------------------------------------------------------------------------------------------------

    def translate(self, account: str, event: PhoneEvent, state: PhoneState, at: float) -> tuple[Emitted, ...]:
        """The events to take in place of this one."""
        as_it_is = ((account, event),)
        match event:
            case AccountRemoved():
                self._links = linking.without(self._links, account)
                return as_it_is
            case CallStarted(ref) if state.call(id := CallId(account, ref)) is None:
                if (keeper := self._roster.find(account)) is not None and keeper.provider.linked_account is not None:
                    return self._told(id, event, state, at)
                return self._rung(id, event, state, at) if self._carries(account) else as_it_is
            case TextReceived() | TextStatusChanged() | DeskCallGone():
                # Their refs name a message, or a call at the desk, which becomes one of ours under the same name.
                return as_it_is
            case _:
                ref = getattr(event, "ref", None)
                return as_it_is if not isinstance(ref, str) else self._on_call(CallId(account, ref), event, state)

    def _on_call(self, id: CallId, event: PhoneEvent, state: PhoneState) -> tuple[Emitted, ...]:
        as_it_is = ((id.account, event),)
        call = state.call(id)
        if (pair := linking.pair_of(self._links, id)) is not None:
            self._links, events = joint.attached(self._links, id, event, state.call(pair.into))
            return tuple((pair.into.account, each) for each in events)
        match event:
            case CallMerged():
                return as_it_is
            case CallUnlinked() if any(asking.call == id for asking in self._askings):
                return ()  # the PBX has not even taken the dial yet
            case CallUnlinked():
                before, self._links = self._links, linking.dropped(self._links, id)
                if call is None or call.awaits is None:
                    return ()
                return ((id.account, linking.not_rung(before, call) or event),)
            case CallAnswered() if linking.waits(self._links, id):
                # It was picked up, and not here.
                self._links = linking.dropped(self._links, id)
                return ((id.account, CallUnlinked(id.ref)), (id.account, event))
            case CallEnded() if call is not None and call.control is not None:
                return ((id.account, joint.ending(self._links, call, event)),)
            case CallEnded(_, EndReason.LOST, str(why)) if self._may_ring_yet(id, call):
                # Its time to ring us is running, and is what ends it.
                self._links = linking.doubted(self._links, id, why)
                return ((id.account, ProviderFaulted(why, id.ref)),)
            case CallEnded():
                self._links = linking.dropped(self._links, id)
                return as_it_is
            case _:
                return as_it_is

    def _may_ring_yet(self, id: CallId, call: Call | None) -> bool:
        """It is a dial that waits, of which nothing is known but that it was asked for."""
        is_asked = call is not None and call.awaits is not None and call.state is CallState.DIALING
        return is_asked and linking.waits(self._links, id)

    def _told(self, id: CallId, event: CallStarted, state: PhoneState, at: float) -> tuple[Emitted, ...]:
        """A control account tells of a call."""
        if (pair := linking.pair_of(self._links, id)) is not None:
            if state.call(pair.into) is not None:
                return self._on_call(id, event, state)
            # That one is long over; PBXs that are started anew count their calls from the beginning.
            self._links = linking.parted(self._links, id)
        linked, asking = self.linked(id.account, state), self._asking(id.account, event)
        if linked is None:
            return ((id.account, replace(event, facts=(*event.facts, self._why_not_here(id.account, state)))),)
        provider = self._roster.provider(id.account)
        ours = filter(None, (provider.identity, self._roster.provider(linked).identity))
        told = Told(
            id,
            linked,
            event.peer,
            event.direction,
            at,
            is_dial=asking is not None,
            answers=provider.answers_dial,
            own=frozenset(filter(None, (linking.key_of(Address(event.peer.kind, text)) for text in ours))),
        )
        self._links, into = linking.tell(self._links, told)
        if into is None:
            waits = told.is_dial or event.direction is CallDirection.INCOMING
            return ((id.account, replace(event, awaits=linked) if waits else event),)
        if (call := state.call(into)) is not None and call.control is not None:
            return ()  # another account told of the same call before
        described = CallDescribed(into.ref, event.facts)
        if call is not None and linking.key_of(call.peer) is None:
            described = replace(described, peer=event.peer)
        return ((id.account, CallMerged(id.ref, into)), (into.account, described))

    def _why_not_here(self, control: str, state: PhoneState) -> tuple[str, str]:
        name = self._roster.provider(control).linked_account or ""
        known = state.account(name)
        how = "does not exist" if known is None else f"is {known.link.value}"
        how = "is no SIP account" if known is not None and known.link is Link.ONLINE else how
        return "Sound", f"not here: {name} {how}"

    def _rung(self, id: CallId, event: CallStarted, state: PhoneState, at: float) -> tuple[Emitted, ...]:
        """An account that carries the sound of others tells of a call."""
        leg = Leg(id, event.peer, event.direction, at)
        up = frozenset(call.id for call in state.live_calls if _is_up(call) and not state.is_elsewhere(call))
        self._links, decision = linking.ring(self._links, leg, up)
        match decision:
            case Foreign():
                return ((id.account, event),)
            case Unwanted():
                self._refuse(id)
                return ()
            case Joined(told, answers, also):
                if told.is_dial:
                    event = replace(event, peer=told.peer)
                if answers:
                    self._to_answer.add(id)
                    event = replace(event, direction=CallDirection.OUTGOING)
                merged = tuple((control.account, CallMerged(control.ref, id)) for control in (told.call, *also))
                # Their call first takes our name, so that there is one call, and one row of it, at any moment.
                return (merged[0], (id.account, event), *merged[1:])

    def _asking(self, account: str, event: CallStarted) -> Asking | None:
        for asking in self._askings:
            is_it = asking.account == account and asking.call is None and _is_same(asking.to, event.peer)
            if is_it and event.direction is CallDirection.OUTGOING:
                asking.call = CallId(account, event.ref)
                return asking
        return None

    def _carries(self, account: str) -> bool:
        return account in self._roster.linked_accounts


def _is_same(one: Address, other: Address) -> bool:
    return linking.key_of(one) == linking.key_of(other)


def _is_up(call: Call) -> bool:
    """Somebody is talking or calling; not what rings, and not a dial whose own call is still to come."""
    return call.state is not CallState.INCOMING and call.awaits is None

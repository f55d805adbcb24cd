"""The operator's desk: calls to the extension group that are not ours, and when a missed one is done with; pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuiphone.core.alike import are_alike, number_key
from tuiphone.core.capability import Capability
from tuiphone.core.linking import key_of
from tuiphone.core.model import MAX_ADDRESS, Address, DeskCall, DeskState

if TYPE_CHECKING:
    from tuiphone.core.call import Call
    from tuiphone.core.state import PhoneState

MAX_DESK = 200
"""Calls of one account's extension group that are kept; the oldest missed ones make way, and nobody who waits."""
MAX_REF = 128
MAX_LINE = 64
MAX_NAME = 200
LAST_SECOND = 253_402_300_799.0
"""Of the year 9999: no calendar goes on."""
SAME_CALL_SECONDS = 90.0
"""Two accounts at one PBX tell of the same missed call; their clocks may be so far apart."""
_ORDER = {DeskState.WAITING: 0, DeskState.RINGING: 1, DeskState.MISSED: 2}


# -- one account's -------------------------------------------------------------------------------------------------


def with_desk_call(desk: tuple[DeskCall, ...], call: DeskCall) -> tuple[DeskCall, ...]:
    """The desk with this call in it, in the place of one of its ref."""
    if len(call.ref) > MAX_REF or not 0 <= call.since <= LAST_SECOND:
        return desk
    line = None if call.line is None else call.line[:MAX_LINE]
    call = replace(call, peer=_short(call.peer), at=None if call.at is None else _short(call.at), line=line)
    if any(known.ref == call.ref for known in desk):
        return tuple(call if known.ref == call.ref else known for known in desk)
    together = (*desk, call)
    if len(together) <= MAX_DESK:
        return together
    oldest = min(missed(together), key=lambda known: known.since, default=call)
    return tuple(known for known in together if known is not oldest)


def _short(address: Address) -> Address:
    if len(address.text) <= MAX_ADDRESS and len(address.name or "") <= MAX_NAME:
        return address
    return replace(address, text=address.text[:MAX_ADDRESS], name=address.name and address.name[:MAX_NAME])


def without_desk_call(desk: tuple[DeskCall, ...], ref: str) -> tuple[DeskCall, ...]:
    """The desk without the call of this ref."""
    return tuple(known for known in desk if known.ref != ref)


def is_told_as(call: DeskCall, ref: str, peer: Address) -> bool:
    """Our own call of this ref and peer is the one the desk told of; only a number that is shown tells another ref."""
    key = key_of(peer)
    return ref == call.ref or (key is not None and key == key_of(call.peer))


def without_link(desk: tuple[DeskCall, ...]) -> tuple[DeskCall, ...]:
    """What is known while nobody tells: who waits and rings is not, who was missed is."""
    return missed(desk)


def missed(desk: tuple[DeskCall, ...]) -> tuple[DeskCall, ...]:
    """Those nobody took."""
    return tuple(call for call in desk if call.state is DeskState.MISSED)


def without_reached(desk: tuple[DeskCall, ...], who: Address, at: float) -> tuple[DeskCall, ...]:
    """The desk when somebody of the group, or we, talked with this number at that time: calls it missed before are
    done with, whoever called whom."""
    if not any(call.state is DeskState.MISSED for call in desk):
        return desk
    return tuple(
        call for call in desk if call.state is not DeskState.MISSED or call.since > at or not are_alike(call.peer, who)
    )


def still_missed(calls: Iterable[DeskCall], talks: Iterable[tuple[Address, float]]) -> tuple[DeskCall, ...]:
    """Those of these missed calls whose number nobody talked with later; `talks`: with whom, and when.

    For vendors that tell of missed calls and of talks in one list.
    """
    last: dict[str, float] = {}
    for who, at in talks:
        if (key := number_key(who)) is not None:
            last[key] = max(at, last.get(key, -math.inf))
    return tuple(call for call in calls if last.get(number_key(call.peer) or "", -math.inf) < call.since)


# -- of all accounts together --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A line of the desk: a call that waits or rings, or all missed ones of one number."""

    account: str
    call: DeskCall
    """Of missed ones the newest."""
    times: int = 1
    """How often they were missed."""
    all: tuple[tuple[str, DeskCall], ...] = ()
    """Every call it stands for, with its account."""

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same while other lines come and go."""
        number = number_key(self.call.peer)
        if self.call.state is DeskState.MISSED and number is not None:
            return "missed", number
        return self.account, self.call.ref


def desk_rows(state: "PhoneState") -> tuple[DeskRow, ...]:
    """Who waits, longest first; who rings; and who was missed, the last one first."""
    live: dict[tuple[str, ...], DeskRow] = {}
    lost: dict[tuple[str, ...], list[tuple[str, DeskCall]]] = {}
    for known in state.accounts:
        for call in known.desk:
            row = DeskRow(known.account.name, call, all=((known.account.name, call),))
            if call.state is DeskState.MISSED:
                lost.setdefault(row.key, []).append(row.all[0])
            else:
                # Two extensions at one PBX are told of the same call.
                live.setdefault((known.account.provider, call.ref, number_key(call.peer) or ""), row)
    rows = sorted(live.values(), key=lambda row: (_ORDER[row.call.state], row.call.since))
    rows += sorted(map(_together, lost.values()), key=lambda row: -row.call.since)
    return tuple(rows)


def _together(calls: list[tuple[str, DeskCall]]) -> DeskRow:
    newest_first = tuple(sorted(calls, key=lambda one: -one[1].since))
    (account, call), *older = newest_first
    times, counted = 1, {account: call.since}
    for name, one in older:
        told_by_others = [at for other, at in counted.items() if other != name]
        if not any(abs(at - one.since) <= SAME_CALL_SECONDS for at in told_by_others):
            times += 1
        counted[name] = one.since
    return DeskRow(account, call, times, newest_first)


def has_desk(state: "PhoneState") -> bool:
    """An account tells of its extension group, or told of it once."""
    return any(known.desk or Capability.REDIRECT in known.account.capabilities for known in state.accounts)


def forward_place(state: "PhoneState", call: "Call") -> str | None:
    """Where one key sends this call on that rings here."""
    # The account that sends it on reads what stands there, so its own comes first.
    accounts = (state.handed_on_by(call, Capability.FORWARD), call.id, call.control)
    return redirect_place(state, *(None if one is None else one.account for one in accounts))


def redirect_place(state: "PhoneState", *accounts: str | None) -> str | None:
    """Where one key sends a call on, as the first of these accounts that says so has it."""
    found = (state.account(name) for name in accounts if name is not None)
    return next((known.account.redirect_to for known in found if known is not None and known.account.redirect_to), None)

"""Who rings, who rings quietly, who is refused and who is answered unasked: pure, decided anew for every call."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from tuiphone.core.call import Call, CallDirection, CallState
from tuiphone.core.model import Address
from tuiphone.core.state import PhoneState

FOREVER = 253_402_300_799.0
"""The end of a do-not-disturb that lasts until somebody ends it: the last second of the year 9999."""

IsAmong: TypeAlias = Callable[[Address, str, tuple[str, ...]], bool]
"""Whether this address, as this account sees it, is one of those somebody wrote down, in whatever form."""


class Treatment(Enum):
    """What becomes of a call that comes in."""

    RING = "rings"
    QUIET = "rings quietly"
    REFUSE = "is refused as busy"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person set for calls that come in; `is_favourite` and `is_among` know people and numbers."""

    is_among: IsAmong
    is_favourite: Callable[[Address, str], bool]
    refuse: bool = False
    """Do not disturb refuses calls instead of letting them ring quietly."""
    allowed: tuple[str, ...] = ()
    """Who rings all the same."""
    favourites_ring: bool = True
    answered: tuple[str, ...] = ()
    """Whose calls are picked up by the phone itself, on any account."""
    answer_after: float = 2.0
    answer_muted: bool = False
    """With the microphone closed."""
    answer_in_call: bool = False
    """Also while another call is up, which is put on hold then."""


@dataclass(frozen=True, slots=True)
class PickUp:
    """How the phone picks up a call by itself."""

    after_s: float
    muted: bool
    asked: bool = False
    """The caller wants it, and no rule of the person's for this call."""


def may_disturb(state: PhoneState, at: float) -> bool:
    """Calls may ring at this time; an end that has passed counts before anybody says so."""
    return state.do_not_disturb is None or state.do_not_disturb <= at


def treatment(state: PhoneState, peer: Address, account: str, at: float, rules: Rules) -> Treatment:
    """How a call of `peer` to this account is to be taken now."""
    if may_disturb(state, at) or rules.is_among(peer, account, rules.allowed):
        return Treatment.RING
    if rules.favourites_ring and rules.is_favourite(peer, account):
        return Treatment.RING
    return Treatment.REFUSE if rules.refuse else Treatment.QUIET


def picks_up(state: PhoneState, call: Call, at: float, rules: Rules) -> PickUp | None:
    """How the phone picks this call up by itself; None where that is left to a person.

    Never while nobody wants to be disturbed, even by callers who may ring; never a call that somebody silenced, or
    has begun to answer or refuse; never beside another call, unless the rules say so. What a caller wants is done
    beside no other call at all, and for none that the person dialled and the PBX begins with us.
    """
    if call.state is not CallState.INCOMING or call.silenced or call.pending is not None:
        return None
    if not may_disturb(state, at):
        return None
    others = [other for other in state.live_calls if other.id != call.id and other.state is not CallState.INCOMING]
    wish = call.answer_wish
    if wish is not None and not others and call.direction is CallDirection.INCOMING:
        return PickUp(wish.after_s, wish.muted or rules.answer_muted, asked=True)
    if others and not rules.answer_in_call:
        return None
    known = state.account(call.id.account)
    after = None if known is None else known.account.auto_answer
    if after is None and rules.is_among(call.peer, call.id.account, rules.answered):
        after = rules.answer_after
    return None if after is None else PickUp(after, rules.answer_muted)

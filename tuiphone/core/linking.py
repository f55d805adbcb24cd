"""Which call of a linked SIP account is one with which call of the account that commands the PBX; pure.

our dial          control account: CallStarted ──> waits ──INVITE in time, of the right caller──> one call
                                                     └── none in time ──> over, or on at the desk phone alone
a call to us      told by either account first, by the other within the same time ──────────────> one call
"""

from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from tuiphone.core.alike import number_key
from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.events import CallEnded
from tuiphone.core.model import Address

WINDOW_SECONDS = 10.0
"""How far apart two accounts may tell of one call, and how long the PBX may take to ring us for a dial."""
LOCAL_DIGITS = 5
"""A number this long is a subscriber's, and a PBX may write more digits before it; shorter ones are extensions."""
NOT_RUNG = "The PBX did not ring this extension (is it registered here?)"
MAX_REMEMBERED = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """A call that a control account told of, and that its linked account may have the sound of."""

    call: CallId
    linked: str
    """The account with the sound."""
    peer: Address
    direction: CallDirection
    at: float
    is_dial: bool = False
    """We asked for it, so the PBX rings us first."""
    answers: bool = True
    """The phone picks that up by itself."""
    own: frozenset[str] = frozenset()
    """What else the PBX may show as its caller: our extension."""
    spoiled: bool = False
    """Somebody else's call came first: nothing is picked up by itself any more."""
    cancelled: bool = False
    """The person hung up before the PBX rang us."""
    doubt: str | None = None
    """Why nobody knows whether the PBX took the dial: what rings for it is the person's to pick up."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A call of a linked account."""

    call: CallId
    peer: Address
    direction: CallDirection
    at: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A control account's call and the call that it is one with."""

    control: CallId
    into: CallId
    reason: EndReason | None = None
    """Why it is over as the PBX says."""
    detail: str | None = None
    taken_there: bool = False
    """The PBX says that it was answered."""


@dataclass(frozen=True, slots=True)
class Links:
    """What is remembered to tell which calls are one; older things are forgotten."""

    told: tuple[Told, ...] = ()
    """Those that are no other account's yet."""
    legs: tuple[Leg, ...] = ()
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreign:
    """The call has to do with no other: it rings, or is made, as any."""


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The call is for a dial that was taken back: it is to be refused and not to be seen."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The call is one with this one; `answers`: it is to be picked up by the phone itself."""

    told: Told
    answers: bool = False
    also: tuple[CallId, ...] = field(default=())
    """Other control accounts' calls that are one with it as well."""


Decision: TypeAlias = Foreign | Unwanted | Joined


# -- a call begins ------------------------------------------------------------------------------------------------


def tell(links: Links, told: Told) -> tuple[Links, CallId | None]:
    """A control account tells of a call; returns the linked account's call that it is one with, if that came first."""
    links = _recent(links, told.at)
    if told.is_dial:
        return replace(links, told=_newest(links.told, told)), None
    taken_by_it = {pair.into for pair in links.pairs if pair.control.account == told.call.account}
    fitting = [leg for leg in links.legs if leg.call not in taken_by_it and _is_one(told, leg)]
    if not fitting:
        return replace(links, told=_newest(links.told, told)), None
    into = _best(fitting, told.peer, told.at).call
    return _paired(links, told.call, into), into


def ring(links: Links, leg: Leg, up: frozenset[CallId] = frozenset()) -> tuple[Links, Decision]:
    """A linked account's call begins, while these are up: beside others none is picked up for the person."""
    links = _recent(links, leg.at)
    dials = [one for one in links.told if one.is_dial and _is_rung_for(one, leg)]
    found = dials + [one for one in links.told if not one.is_dial and _is_one(one, leg)]
    told = _best(found, leg.peer, leg.at) if found else None
    if told is not None and told.cancelled:
        return replace(links, told=tuple(one for one in links.told if one is not told)), Unwanted()
    links = replace(links, legs=_newest(links.legs, leg))
    if told is None:
        return _spoiled(links, leg), Foreign()
    links = _spoiled(_paired(links, told.call, leg.call), leg)
    # Other accounts may tell of the same call as what it has become, or as what the PBX makes of it.
    become = replace(leg, peer=told.peer, direction=told.direction)
    links = replace(links, legs=_newest(links.legs, become))
    others = [one for one in links.told if not one.is_dial and one.call.account != told.call.account]
    also = tuple(one.call for one in others if _is_one(one, become) or _is_one(one, leg))
    for control in also:
        links = _paired(links, control, leg.call)
    is_certain = len(dials) == 1 or key_of(leg.peer) == key_of(told.peer)
    is_alone = not up.difference((told.call, *also))
    is_sure = is_certain and told.doubt is None
    answers = told.is_dial and told.answers and is_sure and is_alone and not told.spoiled
    return links, Joined(told, answers, also)


def _spoiled(links: Links, leg: Leg) -> Links:
    """For dials that still wait, whatever rings next is not the first to ring since."""
    if leg.direction is not CallDirection.INCOMING:
        return links
    told = tuple(replace(one, spoiled=one.spoiled or one.linked == leg.call.account) for one in links.told)
    return replace(links, told=told)


def _is_rung_for(dial: Told, leg: Leg) -> bool:
    """The PBX rings us because of this dial (7.3): it shows whom we dialled, ourselves or nobody as the caller."""
    if leg.direction is not CallDirection.INCOMING or dial.linked != leg.call.account or not _in_time(dial.at, leg.at):
        return False
    shown = key_of(leg.peer)
    if shown is None:
        # Of a dial that was taken back nobody is refused who may be somebody else.
        return not dial.cancelled
    return _is_number_of(shown, key_of(dial.peer)) or shown in dial.own


def _is_one(told: Told, leg: Leg) -> bool:
    """Both are told of the same call: same way, same time, and same number where both know it."""
    if told.linked != leg.call.account or told.direction is not leg.direction or not _in_time(told.at, leg.at):
        return False
    keys = key_of(told.peer), key_of(leg.peer)
    return None in keys or _is_number_of(*keys)


def _is_number_of(one: str | None, other: str | None) -> bool:
    """The same number, be it that one side leaves out the code of the town."""
    shorter, longer = sorted((one or "", other or ""), key=len)
    is_local = len(shorter) >= LOCAL_DIGITS and shorter.isdecimal() and longer.isdecimal()
    return shorter == longer or (is_local and longer.endswith(shorter))


Candidate = TypeVar("Candidate", Told, Leg)


def _best(candidates: list[Candidate], peer: Address, at: float) -> Candidate:
    """The number decides, then the nearest in time; of the same number, what we dialled goes first."""
    key = key_of(peer)

    def rank(one: Candidate) -> tuple[bool, bool, float]:
        is_other = key is None or key_of(one.peer) != key
        is_dial = isinstance(one, Told) and one.is_dial
        return is_other, not is_other and not is_dial, abs(at - one.at)

    return min(candidates, key=rank)


def key_of(peer: Address) -> str | None:
    """What tells a number; None for one that is withheld. Extensions are the same at whatever host."""
    return number_key(replace(peer, text=peer.text.removeprefix("sip:").partition("@")[0]))


# -- what becomes of it -------------------------------------------------------------------------------------------


def accepted(links: Links, call: CallId, at: float) -> Links:
    """The PBX took the dial: its time to ring us counts from here."""
    return replace(links, told=tuple(replace(one, at=at) if one.call == call else one for one in links.told))


def cancelled(links: Links, call: CallId) -> Links:
    """The person hung up while the dial waited."""
    return replace(links, told=tuple(replace(one, cancelled=True) if one.call == call else one for one in links.told))


def doubted(links: Links, call: CallId, why: str) -> Links:
    """Whether the PBX took the dial is not known; it may ring us yet."""
    return replace(links, told=tuple(replace(one, doubt=why) if one.call == call else one for one in links.told))


def dropped(links: Links, call: CallId) -> Links:
    """The control account's call is over, or was answered elsewhere; a dial that was taken back is remembered."""
    return replace(links, told=tuple(one for one in links.told if one.call != call or one.cancelled))


def without(links: Links, account: str) -> Links:
    """The account is no more."""
    return Links(
        tuple(one for one in links.told if account not in (one.call.account, one.linked)),
        tuple(one for one in links.legs if one.call.account != account),
        tuple(one for one in links.pairs if account not in (one.control.account, one.into.account)),
    )


def waits(links: Links, call: CallId) -> bool:
    """This call of a control account may still become one with another."""
    return any(one.call == call and not one.cancelled for one in links.told)


def parted(links: Links, control: CallId) -> Links:
    """This call of a control account is part of no other."""
    gone = {pair.into for pair in links.pairs if pair.control == control}
    legs = tuple(leg for leg in links.legs if leg.call not in gone)
    return replace(links, legs=legs, pairs=tuple(pair for pair in links.pairs if pair.control != control))


def pair_of(links: Links, control: CallId) -> Pair | None:
    """What this call of a control account has become part of."""
    return next((pair for pair in links.pairs if pair.control == control), None)


def not_rung(links: Links, call: Call) -> CallEnded | None:
    """How a dial ends for which the PBX did not ring us in time; None when it goes on elsewhere."""
    if call.state is not CallState.DIALING:
        return None
    doubt = next((one.doubt for one in links.told if one.call == call.id), None)
    if doubt is not None:
        return CallEnded(call.id.ref, EndReason.LOST, doubt)
    return CallEnded(call.id.ref, EndReason.FAILED, NOT_RUNG)


def _paired(links: Links, control: CallId, into: CallId) -> Links:
    told = tuple(one for one in links.told if one.call != control)
    return replace(links, told=told, pairs=_newest(links.pairs, Pair(control, into)))


def _recent(links: Links, at: float) -> Links:
    return replace(
        links,
        told=tuple(one for one in links.told if _in_time(one.at, at)),
        legs=tuple(one for one in links.legs if _in_time(one.at, at)),
    )


def _newest(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    return (*items, item)[-MAX_REMEMBERED:]


def _in_time(one: float, other: float) -> bool:
    # Either way round: a clock may be set back.
    return abs(one - other) < WINDOW_SECONDS

"""Whether a vendor's record and a row of ours are the same call, and what the vendor knows better of it; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from tuiphone.core.alike import are_alike
from tuiphone.core.model import Account, Address, CallRecord, RecordResult
from tuiphone.core.withheld import is_withheld

SAME_REF_SECONDS = 12 * 3600.0
"""Vendors whose references are numbers begin again some day."""
AGAIN_SECONDS = 3600.0
"""How far a record may be from a row that it was paired with before: their clock was set, or is known better now."""
APART_SECONDS = 90.0
"""How far the two clocks may be apart; a vendor may also count from the answer on."""
TALK_SECONDS = 15.0
"""How far the lengths may be apart, beside a quarter of the longer one."""

Likeness: TypeAlias = tuple[bool, bool, bool, float]
"""The smaller, the more alike: other references, another direction, a contradiction, seconds between them."""


@dataclass(frozen=True, slots=True)
class Kin:
    """What an account's server may tell of beside the calls that we had on the account itself."""

    linked: str | None = None
    """The account that carries the sound of its calls."""
    identity: str | None = None
    """Our extension: the PBX may give it as the caller when it rings us to place a call of ours."""
    is_blind: bool = False
    """Nobody here hears its calls, so that its server alone knows whether one talked, and how long."""


NO_KIN = Kin()


def likeness(ours: CallRecord, theirs: CallRecord, *, same_peer: bool, kin: Kin = NO_KIN) -> Likeness | None:
    """How much a row of ours and a vendor's record are alike; None where they tell of two calls.

    `same_peer`: their addresses are one, in whatever form they are written.
    """
    is_linked = ours.account != theirs.account
    if is_linked and not _is_of_kin(ours, theirs, kin):
        return None
    apart = abs(ours.started_at - theirs.started_at)
    ref = ours.ref if not is_linked else ours.control_ref if ours.control_account == theirs.account else None
    if ref and ref == theirs.ref and apart <= SAME_REF_SECONDS:
        return (False, False, False, apart)
    turned = _is_turned(ours, theirs)
    same_peer = same_peer or (is_linked and _names_nobody_else(ours, theirs, kin))
    # Without a country two ways to write a number are two numbers; whoever only commands calls knows no other way.
    same_peer = same_peer or (kin.is_blind and are_alike(ours.peer, theirs.peer))
    came_before = bool(theirs.ref) and ours.vendor_ref == theirs.ref and apart <= AGAIN_SECONDS
    is_near = came_before or apart <= APART_SECONDS
    if not same_peer or not is_near or (ours.incoming != theirs.incoming and not turned):
        return None
    contradicts = _contradicts(ours, theirs, is_linked=is_linked, kin=kin)
    if contradicts and not is_linked and not came_before:
        return None
    return (not came_before, turned, contradicts, apart)


def _is_of_kin(ours: CallRecord, theirs: CallRecord, kin: Kin) -> bool:
    return ours.control_account == theirs.account or (kin.linked is not None and ours.account == kin.linked)


def _is_turned(ours: CallRecord, theirs: CallRecord) -> bool:
    """We saw it as the PBX ringing us, and it was placed from here all the same: by another program, say."""
    is_unclaimed = ours.account != theirs.account and ours.control_account is None
    return is_unclaimed and ours.incoming and not theirs.incoming


def _names_nobody_else(ours: CallRecord, theirs: CallRecord, kin: Kin) -> bool:
    if is_withheld(ours.peer) or is_withheld(theirs.peer) or are_alike(ours.peer, theirs.peer):
        return True
    return _is_turned(ours, theirs) and ours.peer.text.partition("@")[0] == kin.identity


def _contradicts(ours: CallRecord, theirs: CallRecord, *, is_linked: bool, kin: Kin) -> bool:
    if ours.ended_at is None or ours.lost_at_crash:
        return False  # nobody here saw its end
    if ours.result is RecordResult.ELSEWHERE:
        return False  # to the vendor it is a call like any other
    if kin.is_blind and not is_linked:
        return False
    if is_linked and not theirs.incoming:
        # The PBX calls the other side when we have picked up.
        return theirs.talk_s > ours.ended_at - ours.started_at + TALK_SECONDS
    we_talked, they_talked = ours.result is RecordResult.ANSWERED, theirs.result is RecordResult.ANSWERED
    if we_talked and they_talked and theirs.answered_at is not None and theirs.ended_at is not None:
        rang = max(0.0, (ours.answered_at or ours.started_at) - ours.started_at)
        longer = max(ours.talk_s, theirs.talk_s)
        return abs(ours.talk_s - theirs.talk_s) > max(TALK_SECONDS, longer / 4) + rang
    return we_talked != they_talked


def corrected(ours: CallRecord, theirs: CallRecord, kin: Kin = NO_KIN) -> CallRecord:
    """Our row with what its twin knows better: who was called, whether they answered, and how long one talked.

    A call that is not over stays as it is; so does whatever was heard here from its answer to its end.
    """
    is_linked = ours.account != theirs.account
    ended_at = ours.ended_at
    if ended_at is None or not (is_linked or kin.is_blind):
        return ours
    if turned := _is_turned(ours, theirs):
        result = RecordResult.ANSWERED if ours.answered_at is not None else RecordResult.NOT_ANSWERED
        peer = _named(theirs.peer, ours.peer)
        ours = replace(ours, incoming=False, peer=peer, result=result, seen=True, placed_by=theirs.account)
    # Of any other call than those that the PBX began with us, it was heard here when it was answered and put down.
    if is_linked and ours.placed_by is None and not ours.lost_at_crash:
        return ours
    # Whoever took a call back before it rang was not put off by a busy line, although the PBX says so of our refusal.
    is_open = ours.lost_at_crash or ours.result in (RecordResult.ANSWERED, RecordResult.ELSEWHERE)
    if theirs.result is not RecordResult.ANSWERED and not is_open:
        return ours
    lasted = (theirs.ended_at or theirs.started_at) - theirs.started_at
    if ours.lost_at_crash:
        ended_at = max(ended_at, ours.started_at + lasted)
    elif not is_linked:
        ended_at = ours.started_at + lasted
    if theirs.result is RecordResult.ANSWERED:
        # A vendor that does not tell how long one talked tells of no seconds.
        talk = theirs.talk_s or ours.talk_s
        answered_at = max(ours.started_at, ended_at - talk)
    else:
        answered_at = None
    # How it ended is known from our own end of it, unless that was another end.
    detail = theirs.detail if turned or theirs.result is not ours.result else ours.detail
    return replace(ours, result=theirs.result, answered_at=answered_at, ended_at=ended_at, detail=detail)


def _named(peer: Address, before: Address) -> Address:
    return replace(peer, name=before.name) if peer.name is None and peer.text == before.text else peer


def at_vendor(record: CallRecord) -> CallRecord:
    """The record as the server that may have its recording knows it."""
    if record.control_account is not None:
        return replace(record, account=record.control_account, ref=record.vendor_ref or record.control_ref or "")
    return replace(record, ref=record.vendor_ref or record.ref)


def at_vendors(record: CallRecord, accounts: Iterable[Account]) -> tuple[CallRecord, ...]:
    """The record as each server knows it that may have its recording: that of the account that commanded the call, then
    those of others that command the same extension, which know it by number and time alone."""
    first = at_vendor(record)
    if record.control_account is None:
        return (first,)
    names = (one.name for one in accounts if one.linked == record.account and one.name != first.account)
    others = (replace(first, account=name, ref="", control_account=name) for name in names)
    return (first, *(replace(other, control_ref=None, vendor_ref=None, recording_url=None) for other in others))

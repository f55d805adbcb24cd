"""Whether a vendor's record and one of ours are the same call; pure."""

from tuiphone.core.model import CallRecord, RecordResult

SAME_REF_SECONDS = 12 * 3600.0
"""Vendors whose references are numbers begin again some day."""
APART_SECONDS = 90.0
"""How far the two clocks may be apart; a vendor may also count from the answer on."""
TALK_SECONDS = 15.0
"""How far the lengths may be apart, beside a quarter of the longer one."""


def is_twin(ours: CallRecord, theirs: CallRecord, *, same_peer: bool) -> bool:
    """Whether both tell of one call; `same_peer`: their addresses are one, in whatever form they are written."""
    if ours.account != theirs.account:
        return False
    apart = abs(ours.started_at - theirs.started_at)
    if ours.ref and ours.ref == theirs.ref and apart <= SAME_REF_SECONDS:
        return True
    return ours.incoming == theirs.incoming and same_peer and apart <= APART_SECONDS and not _contradict(ours, theirs)


def _contradict(ours: CallRecord, theirs: CallRecord) -> bool:
    if ours.ended_at is None or ours.lost_at_crash:
        return False  # nobody here saw its end
    if ours.result is RecordResult.ELSEWHERE:
        return False  # to the vendor it is a call like any other
    we_talked, they_talked = ours.result is RecordResult.ANSWERED, theirs.result is RecordResult.ANSWERED
    if we_talked and they_talked and theirs.answered_at is not None and theirs.ended_at is not None:
        rang = max(0.0, (ours.answered_at or ours.started_at) - ours.started_at)
        longer = max(ours.talk_s, theirs.talk_s)
        return abs(ours.talk_s - theirs.talk_s) > max(TALK_SECONDS, longer / 4) + rang
    return we_talked != they_talked

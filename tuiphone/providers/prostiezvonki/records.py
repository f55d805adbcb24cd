"""What a told call comes to in the history, and the facts that its page shows (sections 6 and 14). Pure."""

from dataclasses import replace
from urllib.parse import urlsplit

from tuiphone.core.call import EndReason
from tuiphone.core.events import Facts
from tuiphone.core.model import Address, CallRecord, RecordResult
from tuiphone.providers.prostiezvonki.messages import CallTold, Finished

AHEAD_SECONDS = 86_400.0
"""A time of the PBX further ahead than this is none."""


def facts_of(told: CallTold | Finished) -> Facts:
    """What there is to say of a call beside its state."""
    facts: list[tuple[str, str]] = [("Call id", told.call_id)]
    if told.line:
        facts.append(("Line", told.line))
    if isinstance(told, Finished):
        if told.outgoing is not None:
            facts.append(("Direction at the PBX", "outgoing" if told.outgoing else "incoming"))
        if told.talk_s is not None:
            facts.append(("Talk at the PBX", f"{told.talk_s:.0f} s"))
        if (link := ftp_link(told)) is not None:
            facts.append(("Recording", link))
    if told.late:
        facts.append(("Told late", "we were not connected when it happened"))
    return (*facts, *told.more)


def ftp_link(told: Finished) -> str | None:
    """A recording that has to be fetched by other means than ours; without the password that it may hold."""
    if told.record is None or not told.record.lower().startswith("ftp://"):
        return None
    try:
        parts = urlsplit(told.record)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return f"ftp://{host}{parts.path}" if host else None


def corrected(told: Finished, behind: float) -> Finished:
    """The end of a call with its times by our clock, which is so far ahead of the PBX's."""
    if not behind:
        return told
    started_at = None if told.started_at is None else told.started_at + behind
    return replace(told, started_at=started_at, ended_at=None if told.ended_at is None else told.ended_at + behind)


def recording_url(told: Finished) -> str | None:
    """A recording that can be fetched."""
    if told.record is None or not told.record.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(told.record)
        is_sound = parts.hostname and parts.username is None and parts.password is None
    except ValueError:
        return None
    return told.record if is_sound else None


def record_of(
    told: Finished, ref: str, peer: Address, *, incoming: bool, reason: EndReason | None, now: float
) -> CallRecord:
    """The call as history shows it. `reason` is why it ended here; None for one that is only told of."""
    ended_at = told.ended_at if told.ended_at is not None and told.ended_at <= now + AHEAD_SECONDS else None
    started_at = told.started_at if told.started_at is not None and told.started_at <= now + AHEAD_SECONDS else None
    talk = told.talk_s or 0.0
    if ended_at is None:
        ended_at = now if started_at is None else started_at + talk
    if started_at is None or started_at > ended_at:
        started_at = ended_at - talk
    result = _result(told, incoming=incoming, reason=reason)
    detail = ftp_link(told)
    return CallRecord(
        id=0,
        account="",
        ref=ref,
        peer=peer,
        incoming=incoming,
        video=False,
        started_at=started_at,
        answered_at=max(started_at, ended_at - talk) if talk and result is RecordResult.ANSWERED else None,
        ended_at=ended_at,
        result=result,
        detail=None if detail is None else f"Recording by FTP: {detail}",
        recording_url=recording_url(told),
    )


def _result(told: Finished, *, incoming: bool, reason: EndReason | None) -> RecordResult:
    if reason is EndReason.ELSEWHERE:
        return RecordResult.ELSEWHERE
    if told.talk_s or (told.talk_s is None and reason is EndReason.OVER):
        return RecordResult.ANSWERED
    if reason is EndReason.TRANSFERRED and incoming:
        return RecordResult.ELSEWHERE
    return RecordResult.MISSED if incoming else RecordResult.NOT_ANSWERED

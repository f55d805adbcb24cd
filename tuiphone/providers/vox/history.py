"""The calls that Vox's servers remember, as records of ours (PROTOCOL.md section 10)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from tuiphone.core.errors import RequestFailed
from tuiphone.core.events import ProviderEvent, ProviderFaulted, RecordLogged
from tuiphone.core.model import MAX_ADDRESS, Address, AddressKind, CallRecord, RecordResult
from tuiphone.providers.fields import MAX_ID
from tuiphone.providers.vox import codes, vox_pb2
from tuiphone.providers.vox.session import Session

MAX_PAGE = 100
MAX_PAGES = 50
"""Asked for in one go to get to where somebody scrolled to."""
OVERLAP = 2
"""Entries asked for once more at the edge of a page: nothing says whether a server counts from 0 or 1."""
TOLERANCE_SECONDS = 1.0
"""Who asks for the next page may be a little generous about where it begins."""

TYPES: Mapping[int, str] = {
    vox_pb2.VOICE: "Audio",
    vox_pb2.VIDEO: "Video",
    vox_pb2.LIVE_LOCATION: "Live-Location",
    vox_pb2.PSTN: "PSTN",
}
STATUSES: Mapping[int, str] = {vox_pb2.MISSED: "Missed", vox_pb2.ANSWERED: "Answered"}
"""The vendor's words."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where a page ended."""

    began_at: float
    """When the oldest call of it began."""
    offset: int
    """How many entries the server has up to there."""
    calls: frozenset[tuple[str, float]]
    """Refs and beginnings of its calls."""


class History:
    """Asks for past calls page by page, and tells of those that other devices of ours took."""

    def __init__(self, emit: Callable[[ProviderEvent], None]) -> None:
        self._emit = emit
        self._edge: _Edge | None = None
        self._base = 0
        """What the server calls its first entry."""
        self._is_off = False

    def open(self) -> None:
        """There is another connection."""
        self._edge = None

    async def page(self, session: Session, *, before: float | None, limit: int) -> tuple[CallRecord, ...]:
        """Calls that began before this time, newest first.

        Raises: RequestFailed, RequestTimeout, ConnectionLost
        """
        size = max(1, min(limit, MAX_PAGE))
        edge = self._edge_before(before)
        offset = 0 if edge is None else max(0, edge.offset - OVERLAP)
        known = frozenset() if edge is None else edge.calls
        found: dict[tuple[str, float], CallRecord] = {}
        for _ in range(MAX_PAGES):
            said = await self._ask(session, size, offset)
            if said is None:
                return ()
            entries = list(said.stCallHistoryList)[:MAX_PAGE]
            for entry in entries:
                record = _record(entry, session)
                if before is None or record.started_at < before:
                    found.setdefault((record.ref, record.started_at), record)
            offset += len(entries)
            if found.keys() - known or not entries or 0 < said.sTotalNumberOfEntries <= offset:
                break
        records = tuple(sorted(found.values(), key=lambda record: record.started_at, reverse=True))
        if records:
            self._edge = _Edge(records[-1].started_at, offset, frozenset(found))
        return records

    def _edge_before(self, before: float | None) -> "_Edge | None":
        """Where the page before ended, if this is the one after it, or a later one."""
        edge = self._edge
        return None if before is None or edge is None or before > edge.began_at + TOLERANCE_SECONDS else edge

    async def _ask(self, session: Session, size: int, offset: int) -> vox_pb2.getCallHistoryListRes | None:
        """A page; None when the history is off, which is said once."""
        try:
            said = await session.ask("getCallHistoryListReq", sPageSize=size, sOffset=offset + self._base)
        except RequestFailed as failed:
            if failed.code == codes.meaning(codes.INVALID_FIELD).code and not offset and not self._base:
                self._base = 1
                return await self._ask(session, size, offset)
            if failed.code != codes.meaning(codes.HISTORY_OFF).code:
                raise
            if not self._is_off:
                self._is_off = True
                self._emit(ProviderFaulted(failed.detail))
            return None
        self._is_off = False
        return cast("vox_pb2.getCallHistoryListRes", said)

    def handled_elsewhere(self, said: vox_pb2.callInfoSyncReq, session: Session) -> None:
        """Another device of ours took this call, or refused it (type 313)."""
        record = _record(said, session)
        if record.incoming:
            was_answered = said.eStatus == vox_pb2.ANSWERED
            record = replace(
                record,
                answered_at=None,
                result=RecordResult.ELSEWHERE if was_answered else RecordResult.REJECTED,
                detail=f"{'Answered' if was_answered else 'Refused'} on another device of yours.",
            )
        self._emit(RecordLogged(record))


def _record(said: vox_pb2.callHistory | vox_pb2.callInfoSyncReq, session: Session) -> CallRecord:
    incoming = said.eDirection == vox_pb2.INCOMING
    peer = (said.ssrcMobNu if incoming else said.sDstMobNu)[:MAX_ADDRESS]
    kind = AddressKind.PHONE if said.eCallType == vox_pb2.PSTN else AddressKind.USER
    result = _result(said, incoming=incoming)
    started_at = session.our_time(said.ullStartTime)
    answered_at = session.our_time(said.ullAnswerTime) if said.ullAnswerTime else started_at
    return CallRecord(
        id=0,
        account="",
        ref=said.sCallID[:MAX_ID],
        peer=Address(kind, peer or "anonymous"),
        incoming=incoming,
        video=said.eCallType == vox_pb2.VIDEO,
        started_at=started_at,
        answered_at=answered_at if result is RecordResult.ANSWERED else None,
        ended_at=session.our_time(said.ullEndTime) if said.ullEndTime else None,
        result=result,
        detail=f"{TYPES.get(said.eCallType, 'Unknown')} call at Vox: {STATUSES.get(said.eStatus, 'Unknown')}",
    )


def _result(said: vox_pb2.callHistory | vox_pb2.callInfoSyncReq, *, incoming: bool) -> RecordResult:
    match said.eStatus:
        case vox_pb2.ANSWERED:
            return RecordResult.ANSWERED
        case vox_pb2.MISSED:
            return RecordResult.MISSED if incoming else RecordResult.NOT_ANSWERED
        case _:
            return RecordResult.ANSWERED if said.ullAnswerTime else RecordResult.FAILED

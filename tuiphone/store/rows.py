"""Calls and CallRecords as rows of the table `calls`, and the text a search looks at."""

import unicodedata
from sqlite3 import Connection
from typing import Any

from tuiphone.core.call import Call, CallDirection, EndReason
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult

MAX_QUERY = 200
"""Characters of a search that count; nobody types more."""
MAX_STORED = 1000
"""Characters kept of a name, an address or a reason: they come from the network."""
COLUMNS = (
    "id, account, ref, kind, peer, name, incoming, video, started_at, answered_at, ended_at, result, detail, "
    "recording, seen, lost_at_crash, note, recording_url"
)

_DIGITS = frozenset("0123456789")


def result_of(call: Call) -> RecordResult:
    """How a call is listed; one that is not over yet, as if it ended now without another word."""
    if call.is_answered:
        return RecordResult.ANSWERED
    incoming = call.direction is CallDirection.INCOMING
    match call.reason:
        case EndReason.ELSEWHERE | EndReason.TRANSFERRED if incoming:
            return RecordResult.ELSEWHERE
        case EndReason.ELSEWHERE:
            return RecordResult.ELSEWHERE
        case EndReason.BUSY:
            return RecordResult.BUSY
        case EndReason.REJECTED:
            return RecordResult.REJECTED
        case EndReason.HUNG_UP if incoming:
            return RecordResult.REJECTED
        case EndReason.FAILED | EndReason.BAD_NUMBER | EndReason.NO_CREDIT:
            return RecordResult.FAILED
        case EndReason.UNREACHABLE | EndReason.LOST if not incoming:
            return RecordResult.FAILED
        case _:
            # A link lost while it rang is a missed call as well: somebody wanted to speak.
            return RecordResult.MISSED if incoming else RecordResult.NOT_ANSWERED


def words(text: str) -> tuple[str, ...]:
    """The parts of a search, each of which has to be found; a number's separators do not count."""
    found: list[str] = []
    for word in folded(text[:MAX_QUERY]).split():
        digits = "".join(character for character in word if character not in "()-./")
        found.append(digits if digits and digits.lstrip("+") and _DIGITS.issuperset(digits.lstrip("+")) else word)
    return tuple(found)


def folded(text: str) -> str:
    """Text without case and accents, so that `nguyen` finds Nguyễn."""
    parts = unicodedata.normalize("NFD", clean(text).casefold())
    return "".join(character for character in parts if not unicodedata.combining(character)).replace("đ", "d")


def clean(text: str) -> str:
    """Text as the database can take it."""
    # A lone surrogate, which JSON can carry, is refused by SQLite: the call would be lost for its caller's name.
    return text[:MAX_STORED].encode("utf-8", "replace").decode().replace("\0", "")


def _optional(text: str | None) -> str | None:
    return None if text is None else clean(text)


def save(connection: Connection, call: Call) -> None:
    """Insert or update the row of this call."""
    result = result_of(call)
    values = _peer_values(call.peer) | {
        "account": call.id.account,
        "ref": clean(call.id.ref),
        "incoming": call.direction is CallDirection.INCOMING,
        "video": call.video,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "alive_at": call.answered_at,
        "result": result.value,
        # What is wrong with a live call is not why it ended.
        "detail": None if call.reason is None else clean(call.detail or call.reason.value),
        "recording": _optional(call.recording),
        "note": _optional(call.note),
        "seen": result is not RecordResult.MISSED,
    }
    # The end of a call knows its recording no more, and must not rub it out.
    _insert(
        connection,
        values,
        "DO UPDATE SET kind = excluded.kind, peer = excluded.peer, name = excluded.name, folded = excluded.folded, "
        "video = excluded.video, answered_at = excluded.answered_at, ended_at = excluded.ended_at, "
        "alive_at = coalesce(alive_at, excluded.alive_at), result = excluded.result, detail = excluded.detail, "
        "recording = coalesce(excluded.recording, recording), note = excluded.note, seen = excluded.seen",
    )


def add(connection: Connection, record: CallRecord) -> int:
    """Insert a finished record unless it is known; returns how many are new, 1 or 0."""
    values = _peer_values(record.peer) | {
        "account": record.account,
        "ref": clean(record.ref),
        "incoming": record.incoming,
        "video": record.video,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at or record.answered_at or record.started_at,
        "result": record.result.value,
        "detail": _optional(record.detail),
        "recording": _optional(record.recording),
        "seen": record.seen,
        "lost_at_crash": record.lost_at_crash,
        "note": _optional(record.note),
        "recording_url": _optional(record.recording_url),
    }
    return _insert(connection, values, "DO NOTHING")


def _peer_values(peer: Address) -> dict[str, Any]:
    return {
        "kind": peer.kind.value,
        "peer": clean(peer.text),
        "name": _optional(peer.name),
        "folded": folded(f"{peer.name or ''}\n{peer.text}"),
    }


def _insert(connection: Connection, values: dict[str, Any], conflict: str) -> int:
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    return connection.execute(
        f"INSERT INTO calls ({names}) VALUES ({marks}) ON CONFLICT (account, ref, started_at) {conflict}", values
    ).rowcount


def record_of(row: tuple[Any, ...]) -> CallRecord:
    """The record of a row with COLUMNS."""
    (
        id,
        account,
        ref,
        kind,
        peer,
        name,
        incoming,
        video,
        started,
        answered,
        ended,
        result,
        detail,
        path,
        seen,
        lost,
        note,
        url,
    ) = row
    return CallRecord(
        id=id,
        account=account,
        ref=ref,
        peer=Address(AddressKind(kind), peer, name),
        incoming=bool(incoming),
        video=bool(video),
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        result=RecordResult(result),
        detail=detail,
        recording=path,
        seen=bool(seen),
        lost_at_crash=bool(lost),
        note=note,
        recording_url=url,
    )

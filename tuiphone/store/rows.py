"""Calls and CallRecords as rows of the table `calls`, and the words a search looks at."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from tuiphone.core.call import Call, CallDirection, EndReason
from tuiphone.core.filters import digits_in, folded
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.twins import NO_KIN, Kin, corrected

MAX_QUERY = 200
"""Characters of a search that count; nobody types more."""
MAX_NOTE = 2000
"""Characters kept of a note."""
MAX_URL = 4000
"""Characters of a link; a longer one is no use cut off."""
LINKS = ("http://", "https://")
MAX_STORED = 1000
"""Characters kept of a name, an address or a reason: they come from the network."""
COLUMNS = (
    "id, account, ref, kind, peer, name, incoming, video, started_at, answered_at, ended_at, result, detail, "
    "recording, seen, lost_at_crash, note, recording_url, control_account, control_ref, vendor_ref, "
    "placed_by"
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


def clean(text: str, limit: int = MAX_STORED) -> str:
    """Text as the database can take it."""
    # A lone surrogate, which JSON can carry, is refused by SQLite: the call would be lost for its caller's name.
    return text[:limit].encode("utf-8", "replace").decode().replace("\0", "")


def _optional(text: str | None) -> str | None:
    return None if text is None else clean(text)


def link_of(url: str | None) -> str | None:
    """A vendor's link if it is one; anything but http and https is not kept."""
    sound = url is not None and len(url) <= MAX_URL and url.isprintable() and url.lower().startswith(LINKS)
    return url if sound else None


def save(connection: Connection, call: Call) -> None:
    """Insert or update the row of this call."""
    result = result_of(call)
    values = _values(connection, call.peer, call.note) | {
        "account": call.id.account,
        "ref": clean(call.id.ref),
        "incoming": call.came_in,
        "video": call.video,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "alive_at": call.answered_at,
        "result": result.value,
        # What is wrong with a live call is not why it ended.
        "detail": None if call.reason is None else clean(call.detail or call.reason.value),
        "recording": _optional(call.recording),
        "seen": result is not RecordResult.MISSED,
        "control_account": None if call.control is None else call.control.account,
        "control_ref": None if call.control is None else clean(call.control.ref),
    }
    # The end of a call knows its recording no more, and must not rub it out.
    _insert(
        connection,
        values,
        "DO UPDATE SET kind = excluded.kind, peer = excluded.peer, name = excluded.name, folded = excluded.folded, "
        "video = excluded.video, answered_at = excluded.answered_at, ended_at = excluded.ended_at, "
        "alive_at = coalesce(alive_at, excluded.alive_at), result = excluded.result, detail = excluded.detail, "
        "recording = coalesce(excluded.recording, recording), note = excluded.note, seen = excluded.seen, "
        "peer_words = excluded.peer_words, note_words = excluded.note_words, "
        "control_account = coalesce(excluded.control_account, control_account), "
        "control_ref = coalesce(excluded.control_ref, control_ref)",
    )


def add(connection: Connection, record: CallRecord) -> int:
    """Insert a finished record unless it is known; returns how many are new, 1 or 0."""
    values = _values(connection, record.peer, record.note) | {
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
        "recording_url": link_of(record.recording_url),
        "vendor_ref": clean(record.ref),
    }
    return _insert(connection, values, "DO NOTHING")


def merge(connection: Connection, ours: CallRecord, record: CallRecord, kin: Kin = NO_KIN) -> None:
    """Keep what a vendor's record says beyond the row of the same call, or knows better."""
    if ours.account != record.account and ours.control_account not in (None, record.account):
        # The one that commanded it tells of it too, and knows better; but it may have no recording.
        connection.execute(
            "UPDATE calls SET recording_url = :url WHERE id = :id AND recording_url IS NULL AND :url IS NOT NULL",
            {"id": ours.id, "url": link_of(record.recording_url)},
        )
        return
    connection.execute(
        "UPDATE calls SET vendor_ref = :ref, recording_url = coalesce(:url, recording_url) "
        "WHERE id = :id AND (vendor_ref IS NOT :ref OR recording_url IS NOT coalesce(:url, recording_url))",
        {"id": ours.id, "ref": clean(record.ref), "url": link_of(record.recording_url)},
    )
    if ours.account != record.account and ours.control_account is None:
        connection.execute(
            "UPDATE calls SET control_account = ?, control_ref = ? WHERE id = ?",
            (record.account, clean(record.ref), ours.id),
        )
    if (better := corrected(ours, record, kin)) != ours:
        _correct(connection, better)


def _correct(connection: Connection, record: CallRecord) -> None:
    values = _values(connection, record.peer, record.note) | {
        "incoming": record.incoming,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "result": record.result.value,
        "detail": _optional(record.detail),
        "seen": record.seen,
        "placed_by": record.placed_by,
    }
    changes = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE calls SET {changes} WHERE id = :id", values | {"id": record.id})


def unite(connection: Connection, parts: Iterable[Call], call: Call) -> None:
    """The rows of these become the one of `call`, which they turned out to be; what is known of either is kept."""
    # The one whose sound is here has most to tell.
    known_parts = sorted(parts, key=lambda part: part.id != call.id)
    found = [row for part in known_parts if (row := _row_of(connection, part))]
    first = next((part for part in known_parts if part.direction is CallDirection.OUTGOING), call)
    for id, *known in found[1:]:
        connection.execute("DELETE FROM calls WHERE id = ?", (id,))
        connection.execute(
            "UPDATE calls SET recording = coalesce(recording, ?), recording_url = coalesce(recording_url, ?), "
            "vendor_ref = coalesce(vendor_ref, ?) WHERE id = ?",
            (*known, found[0][0]),
        )
    if found:
        connection.execute(
            "UPDATE calls SET account = ?, ref = ?, started_at = ?, incoming = ?, placed_by = coalesce(placed_by, ?) "
            "WHERE id = ?",
            (
                *_key_of(call),
                call.came_in,
                None if first.id == call.id else clean(first.id.account),
                found[0][0],
            ),
        )
    save(connection, call)


def _row_of(connection: Connection, call: Call) -> tuple[Any, ...] | None:
    # References begin again with every start: only the time tells that a row is of this call.
    where = "account = ? AND ref = ? AND started_at = ?"
    return connection.execute(
        f"SELECT id, recording, recording_url, vendor_ref FROM calls WHERE {where}", _key_of(call)
    ).fetchone()


def _key_of(call: Call) -> tuple[str, str, float]:
    return clean(call.id.account), clean(call.id.ref), call.started_at


def is_told_of(connection: Connection, call: Call) -> bool:
    """The row of this call has a record of the vendor with it; or there is no such row."""
    row = _row_of(connection, call)
    return row is None or row[3] is not None


def set_note(connection: Connection, id: int, note: str | None) -> bool:
    """Write what the person says about a call; whether there is such a call."""
    return bool(
        connection.execute(
            "UPDATE calls SET note = ?, note_words = ? WHERE id = ?",
            (*_note(connection, note), id),
        ).rowcount
    )


def remove(connection: Connection, id: int) -> bool:
    """Delete a call, and what a search would find of it; whether there was such a call."""
    row = connection.execute("SELECT peer_words, note_words FROM calls WHERE id = ?", (id,)).fetchone()
    connection.execute("DELETE FROM calls WHERE id = ?", (id,))
    for words_id in row or ():
        connection.execute(
            "DELETE FROM words WHERE id = :id AND NOT EXISTS (SELECT 1 FROM calls WHERE peer_words = :id) "
            "AND NOT EXISTS (SELECT 1 FROM calls WHERE note_words = :id)",
            {"id": words_id},
        )
    return row is not None


def _values(connection: Connection, peer: Address, note: str | None) -> dict[str, Any]:
    number = digits_in(peer.text)
    searched = folded("\n".join((peer.name or "", peer.text, *([number] if number != peer.text else []))))
    text, note_words = _note(connection, note)
    return {
        "kind": peer.kind.value,
        "peer": clean(peer.text),
        "name": _optional(peer.name),
        "folded": searched,
        "peer_words": _words_id(connection, searched),
        "note": text,
        "note_words": note_words,
    }


def _note(connection: Connection, note: str | None) -> tuple[str | None, int | None]:
    kept = clean(note or "", MAX_NOTE).strip()
    return kept or None, _words_id(connection, folded(kept, MAX_NOTE))


def _words_id(connection: Connection, searched: str) -> int | None:
    if not searched.strip():
        return None
    connection.execute("INSERT OR IGNORE INTO words (folded) VALUES (?)", (searched,))
    return connection.execute("SELECT id FROM words WHERE folded = ?", (searched,)).fetchone()[0]


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
        control_account,
        control_ref,
        vendor_ref,
        placed_by,
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
        control_account=control_account,
        control_ref=control_ref,
        vendor_ref=vendor_ref,
        placed_by=placed_by,
    )

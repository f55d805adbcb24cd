"""Finds the row that tells of the same call as a vendor's record."""

from sqlite3 import Connection

from tuiphone.core.model import CallRecord
from tuiphone.core.twins import APART_SECONDS, SAME_REF_SECONDS, is_twin
from tuiphone.store import numbers, rows

# The plus keeps SQLite from looking through all calls of the account.
_CANDIDATES = f"""
SELECT {rows.COLUMNS}, vendor_ref FROM calls
WHERE started_at BETWEEN :at - {APART_SECONDS} AND :at + {APART_SECONDS} AND +account = :account
    AND incoming = :incoming AND (vendor_ref IS NULL OR vendor_ref = :ref)
UNION ALL
SELECT {rows.COLUMNS}, vendor_ref FROM calls
WHERE account = :account AND ref = :ref AND ref != '' AND abs(started_at - :at) <= {SAME_REF_SECONDS}
    AND (vendor_ref IS NULL OR vendor_ref = :ref)
"""


def twin_of(connection: Connection, record: CallRecord, country: str | None) -> int | None:
    """The nearest row that tells of the same call and has no other record of the vendor yet."""
    ref = rows.clean(record.ref)
    best: tuple[float, int] | None = None
    values = {"account": record.account, "ref": ref, "incoming": record.incoming, "at": record.started_at}
    for *columns, vendor_ref in connection.execute(_CANDIDATES, values).fetchall():
        ours = rows.record_of(tuple(columns))
        apart = abs(ours.started_at - record.started_at)
        # Without a reference only the time says that this record came before.
        is_another = vendor_ref == "" and apart > 1.0
        if is_another or (best is not None and apart >= best[0]):
            continue
        if is_twin(ours, record, same_peer=_is_same_peer(ours, record, country)):
            best = (apart, ours.id)
    return None if best is None else best[1]


def _is_same_peer(ours: CallRecord, theirs: CallRecord, country: str | None) -> bool:
    if ours.peer.text == theirs.peer.text:
        return True
    first, second = (numbers.key_of(record.peer, country, ours.account) for record in (ours, theirs))
    return first == second

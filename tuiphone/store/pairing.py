"""Finds the row that tells of the same call as a vendor's record."""

from collections.abc import Callable
from sqlite3 import Connection

from tuiphone.core.model import CallRecord
from tuiphone.core.twins import AGAIN_SECONDS, APART_SECONDS, NO_KIN, SAME_REF_SECONDS, Kin, Likeness, likeness
from tuiphone.store import numbers, rows

# The plus keeps SQLite from looking through all calls of the account.
_CANDIDATES = f"""
SELECT {rows.COLUMNS} FROM calls
WHERE started_at BETWEEN :at - {APART_SECONDS} AND :at + {APART_SECONDS}
    AND (+account = :account OR +account = :linked OR +control_account = :account)
    AND (vendor_ref IS NULL OR vendor_ref = :ref OR control_account != :account)
UNION
SELECT {rows.COLUMNS} FROM calls
WHERE account = :account AND ref = :ref AND ref != '' AND abs(started_at - :at) <= {SAME_REF_SECONDS}
    AND (vendor_ref IS NULL OR vendor_ref = :ref)
UNION
SELECT {rows.COLUMNS} FROM calls
WHERE started_at BETWEEN :at - {AGAIN_SECONDS} AND :at + {AGAIN_SECONDS}
    AND +account = :account AND vendor_ref = :ref AND vendor_ref != ''
UNION
SELECT {rows.COLUMNS} FROM calls
WHERE control_account = :account AND started_at BETWEEN :at - {SAME_REF_SECONDS} AND :at + {SAME_REF_SECONDS}
    AND control_ref = :ref AND ref != '' AND (vendor_ref IS NULL OR vendor_ref = :ref)
"""


def twin_of(
    connection: Connection, record: CallRecord, country_of: Callable[[str], str | None], kin: Kin = NO_KIN
) -> CallRecord | None:
    """The row that is most like it, tells of the same call and has no other record of the vendor yet."""
    ref = rows.clean(record.ref)
    best: tuple[Likeness, CallRecord] | None = None
    values = {"account": record.account, "linked": kin.linked, "ref": ref, "at": record.started_at}
    for columns in connection.execute(_CANDIDATES, values).fetchall():
        ours = rows.record_of(columns)
        # Without a reference only the time says that this record came before.
        if ours.vendor_ref == "" and abs(ours.started_at - record.started_at) > 1.0:
            continue
        alike = likeness(ours, record, same_peer=_is_same_peer(ours, record, country_of), kin=kin)
        if alike is not None and (best is None or alike < best[0]):
            best = (alike, ours)
    return None if best is None else best[1]


def _is_same_peer(ours: CallRecord, theirs: CallRecord, country_of: Callable[[str], str | None]) -> bool:
    if ours.peer.text == theirs.peer.text:
        return True
    country = country_of(theirs.account) or country_of(ours.account)
    first, second = (numbers.key_of(record.peer, country, ours.account) for record in (ours, theirs))
    return first == second

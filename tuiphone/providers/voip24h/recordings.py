"""Which of the PBX's recordings belongs to a row of the history, and where it is (PROTOCOL.md section 5)."""

from collections.abc import Callable

from tuiphone.core.alike import are_alike, number_key
from tuiphone.core.model import CallRecord
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.dialling import PREFIX
from tuiphone.providers.voip24h.entry import Entry

APART_SECONDS = 300.0
"""How far the PBX's time of a call may be from ours."""


async def link_of(backend: Backend, record: CallRecord, called: Callable[[str], str | None]) -> str | None:
    """Where the recording of this call can be fetched; None where there is no such call.

    `called` knows what the PBX calls the calls that were dialled of late. Raises: as the back end, NotPossible
    """
    ref = record.control_ref if record.control_account is not None else record.ref
    call_id = record.vendor_ref or ref or ""
    if not call_id or call_id.startswith(PREFIX):
        call_id = called(call_id) or await _looked_for(backend, record) or ""
    return await backend.recording(call_id) if call_id else None


async def _looked_for(backend: Backend, record: CallRecord) -> str | None:
    """The id of the call that this row of ours tells of, by its number and time."""
    listing = await backend.calls(record.started_at - APART_SECONDS, record.started_at + APART_SECONDS)
    fitting = [entry for entry in listing.entries if _fits(entry, record)]
    nearest = min(fitting, key=lambda entry: abs(entry.started_at - record.started_at), default=None)
    return None if nearest is None else nearest.call_id


def _fits(entry: Entry, record: CallRecord) -> bool:
    # Two withheld numbers are not alike elsewhere; here their time has to do.
    is_same = are_alike(entry.who, record.peer) or (not entry.peer and number_key(record.peer) is None)
    is_near = abs(entry.started_at - record.started_at) <= APART_SECONDS
    return is_same and is_near and entry.incoming == record.incoming

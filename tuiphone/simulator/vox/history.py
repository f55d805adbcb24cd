"""What is known of every call beside the exchange's own: times, reasons, and the history made of them (section 10)."""

from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.exchange import Call
from tuiphone.simulator.vox.codes import ANSWERED, INCOMING, MISSED, OUTGOING, PHONE, VIDEO, VOICE
from tuiphone.simulator.vox.people import now_ms

MOST_ENTRIES = 2_000


@dataclass(slots=True)
class Entry:
    """One call."""

    ref: str
    caller: str
    callee: str
    kind: int
    started_ms: int
    answered_ms: int = 0
    ended_ms: int = 0
    end_status: int = 0
    end_reason: str = ""
    is_recorded: bool = False
    did: str = ""
    media_server: str = ""

    @property
    def status(self) -> int:
        """`callStatus`."""
        return ANSWERED if self.answered_ms else MISSED


class History:
    """All calls, the newest last."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def of(self, call: Call) -> Entry:
        """What is known of a call."""
        entry = self._entries.get(call.ref)
        if entry is None:
            kind = PHONE if call.telephone else VIDEO if call.video else VOICE
            callee = call.callee if call.telephone is call.caller else call.to_number
            entry = self._entries[call.ref] = Entry(call.ref, call.from_number, callee, kind, now_ms())
            if call.telephone:
                entry.did, entry.media_server = call.to_number, "media-sim-1"
            while len(self._entries) > MOST_ENTRIES:
                del self._entries[next(iter(self._entries))]
        if call.answered_at:
            entry.answered_ms = int(call.answered_at * 1000)
        return entry

    def finished(self, call: Call) -> None:
        """Note the end."""
        self.of(call).ended_ms = now_ms()

    def page(self, user: str, other: str, size: int, skipped: int) -> tuple[list[dict[str, Any]], int]:
        """The user's calls that are over, newest first, as the wire has them; and how many there are in all."""
        theirs = [
            one
            for one in reversed(self._entries.values())
            if one.ended_ms and user in (one.caller, one.callee) and (not other or other in (one.caller, one.callee))
        ]
        return [_item(user, one) for one in theirs[skipped : skipped + size]], len(theirs)


def _item(user: str, entry: Entry) -> dict[str, Any]:
    return {
        "sMobNu": user,
        "sCallID": entry.ref,
        "ssrcMobNu": entry.caller,
        "sDstMobNu": entry.callee,
        "eCallType": entry.kind,
        "eDirection": OUTGOING if entry.caller == user else INCOMING,
        "eStatus": entry.status,
        "ullStartTime": entry.started_ms,
        "ullEndTime": entry.ended_ms,
        "ullAnswerTime": entry.answered_ms or None,
    }

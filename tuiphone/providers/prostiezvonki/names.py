"""The PBX's names of calls that are over, and what they are called here (section 14)."""

import json
from collections import OrderedDict, deque

from tuiphone.core.ports import Memory

MAX_PAST = 500
MAX_KEPT = 100
"""Calls we dialled whose name is remembered over a restart, for what the PBX tells late."""
KEPT = "dialled"
MAX_TOLD = 5
"""So often the end of one call may be told; a PBX tells it again when the recording is ready."""


class PastNames:
    """A PBX that was started anew may give a name once more."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._refs: OrderedDict[str, str] = OrderedDict(self._kept())
        self._recent: deque[str] = deque(maxlen=MAX_PAST)
        self._told: dict[str, int] = {}
        """How often the end was told of those that are named here."""

    def is_recent(self, call_id: str) -> bool:
        """A call of this name ended on this connection."""
        return call_id in self._recent

    def is_kept(self, call_id: str) -> bool:
        """A call of this name was ours before this connection."""
        return call_id in self._refs and not self.is_recent(call_id)

    def ref_of(self, call_id: str) -> str:
        """What a call that is over was called here; its own name where nobody knows."""
        return self._refs.get(call_id, call_id)

    def add(self, call_id: str, ref: str) -> None:
        """The call is over."""
        self._recent.append(call_id)
        self._told.pop(call_id, None)
        self._refs[call_id] = ref
        self._refs.move_to_end(call_id)
        while len(self._refs) > MAX_PAST:
            forgotten, _ = self._refs.popitem(last=False)
            self._told.pop(forgotten, None)

    def is_told_of(self, call_id: str) -> bool:
        """The end of this call is told once more; whether it was a call of ours, and not told of without end."""
        if call_id not in self._refs:
            return False
        self._told[call_id] = self._told.get(call_id, 0) + 1
        return self._told[call_id] <= MAX_TOLD

    def keep(self, call_id: str, ref: str) -> None:
        """A call that we dialled has got its name; it may end while nobody here listens."""
        self._memory.set(KEPT, json.dumps([*self._kept(), (call_id, ref)][-MAX_KEPT:]))

    def link_lost(self) -> None:
        """What ended before is told no more, except as late."""
        self._recent.clear()

    def _kept(self) -> list[tuple[str, str]]:
        """What was remembered, whatever became of it on the disk."""
        try:
            pairs = json.loads(self._memory.get(KEPT) or "[]")
            return [(call_id, ref) for call_id, ref in pairs if isinstance(call_id, str) and isinstance(ref, str)]
        except (ValueError, TypeError):
            return []

"""The listener of the phone that writes history, an incoming call before it may ring."""

import asyncio
import time
from collections.abc import Callable

from tuiphone.core.call import Call, CallDirection, CallId
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallMerged,
    CallNoted,
    CallRecorded,
    CallStarted,
    TalkBegan,
)
from tuiphone.core.ledger import Change
from tuiphone.store.history import History

HEARTBEAT_SECONDS = 10.0
"""How much of a call's length a crash may cost."""


class Journal:
    """Keeps the history in step with the phone.

    An incoming call is on the disk, as missed, when its CallStarted returns: the phone lets it ring only afterwards.
    Everything else is queued, because dialing must not wait for a disk; when the queue is long, as behind a disk that
    hangs, the phone waits, and with it whoever reads from a network.
    """

    def __init__(
        self, history: History, *, clock: Callable[[], float] = time.time, heartbeat_s: float = HEARTBEAT_SECONDS
    ) -> None:
        self._history = history
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._live: set[CallId] = set()
        self._heart: asyncio.Task[None] | None = None

    async def __call__(self, change: Change) -> None:
        """Write what this change means for the history. Raises: StoreError."""
        await self._history.room()
        match change.event:
            case CallStarted(ref):
                call = _changed(change, ref)
                if call is not None and call.direction is CallDirection.INCOMING:
                    await self._history.save(call)
                elif call is not None:
                    self._history.save_later(call)
            case CallAnswered(ref):
                if (call := _changed(change, ref)) is not None:
                    self._history.save_later(call)
                    self._live.add(call.id)
                    self._beat()
            case CallEnded(ref):
                if (call := _changed(change, ref)) is not None:
                    self._history.save_later(call)
                    self._live.discard(call.id)
                    self._beat()
            case CallMerged(ref, into):
                if (call := _changed(change, ref)) is not None:
                    one = frozenset({CallId(change.account, ref), into})
                    self._history.unite_later((part for part in change.before.calls if part.id in one), call)
                    if not self._live.isdisjoint(one):
                        self._live = (self._live - one) | {call.id}
            case CallNoted(ref, note):
                call = _changed(change, ref)
                if call is not None and call.is_live:
                    self._history.save_later(call)
                elif call is not None:
                    # Its vendor may have told more of it since its end, which must not be rubbed out.
                    await self._history.note_call(call.id, note)
            case CallDescribed(ref) | CallRecorded(ref) | TalkBegan(ref):
                if (call := _changed(change, ref)) is not None:
                    self._history.save_later(call)
            case _:
                pass

    def _beat(self) -> None:
        # No task while nobody talks: an idle engine does not wake up.
        if self._live and self._heart is None:
            self._heart = asyncio.get_running_loop().create_task(self._beats())
        elif not self._live and self._heart is not None:
            self._heart.cancel()
            self._heart = None

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            self._history.beat_later(self._clock())

    async def close(self) -> None:
        """Stop the heartbeat; the database's `close` writes what is waiting."""
        self._live.clear()
        self._beat()


def _changed(change: Change, ref: str) -> Call | None:
    id = CallId(change.account, ref)
    call = change.after.call(id)
    return None if call == change.before.call(id) else call

"""Switchboard: which media each call has, from its birth to its end, and what is being recorded of it."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import MediaError, PhoneError
from tuiphone.core.events import CallRecorded, PhoneEvent, ProviderFaulted
from tuiphone.core.ports import CallMedia, MediaChange, MediaFactory, MediaStats, View

log = logging.getLogger(__name__)

PathOf: TypeAlias = Callable[[Call], str]
"""Gives the file that a call is recorded to."""


class Switchboard:
    """The media of all calls. What a media reports by itself goes to `changed`, with the call it belongs to."""

    def __init__(
        self,
        factory: MediaFactory | None,
        *,
        changed: Callable[[CallId, MediaChange], None],
        emit: Callable[[str, PhoneEvent], None],
        clock: Callable[[], float],
    ) -> None:
        self._factory = factory
        self._changed = changed
        self._emit = emit
        self._clock = clock
        self._media: dict[CallId, CallMedia] = {}
        self._wishes: dict[CallId, PathOf] = {}
        """Calls to record once they are answered."""
        self._recorded: set[CallId] = set()
        """Calls that are being recorded right now."""
        self._closings: set[asyncio.Task[None]] = set()

    def make(self, *, video: bool) -> CallMedia | None:
        """Media for one new call; None where there is none to be had."""
        if self._factory is None:
            return None

        def tell(change: MediaChange) -> None:
            # A call of ours has no id before the vendor has given it one.
            id = next((key for key, value in self._media.items() if value is media), None)
            if id is not None:
                self._changed(id, change)

        media = self._factory.create(video=video, changed=tell)
        return media

    def plug(self, id: CallId, media: CallMedia) -> None:
        """This call has this media, unless it has one."""
        self._media.setdefault(id, media)

    def get(self, id: CallId) -> CallMedia | None:
        """The media of this call, while it lives."""
        return self._media.get(id)

    async def drop(self, media: CallMedia) -> None:
        """Give back what became of no call."""
        if media not in self._media.values():
            await media.close()

    def rename(self, id: CallId, into: CallId) -> None:
        """The call has another name from now on; what it was to be recorded to goes with it."""
        if (wish := self._wishes.pop(id, None)) is not None:
            self._wishes[into] = wish

    def unplug(self, id: CallId) -> None:
        """The call is over: its recording is finished, everything is given back."""
        self._wishes.pop(id, None)
        self._recorded.discard(id)
        if (media := self._media.pop(id, None)) is not None:
            # Awaited by `close`, never cancelled: it finishes the recording.
            closing = asyncio.create_task(media.close(), name="media-closing")
            self._closings.add(closing)
            closing.add_done_callback(self._unplugged)

    def stats(self, id: CallId) -> MediaStats | None:
        """How this call sounds, or sounded up to its end while listeners hear of that."""
        media = self._media.get(id)
        return None if media is None else media.stats()

    def views(self, id: CallId) -> tuple[View, ...]:
        """Who may be seen in this call."""
        media = self._media.get(id)
        return () if media is None else media.views()

    def meters(self, calls: Iterable[Call]) -> Iterator[tuple[CallId, MediaStats]]:
        """How these calls sound right now."""
        for call in calls:
            if (stats := self.stats(call.id)) is not None:
                yield call.id, stats

    async def close(self) -> None:
        """Finish what is being given back, and give back the rest."""
        await asyncio.gather(*self._closings, return_exceptions=True)
        await asyncio.gather(*(media.close() for media in self._media.values()))
        self._media.clear()

    # -- recording ----------------------------------------------------------------------------------------------

    def wish(self, id: CallId, path_of: PathOf) -> None:
        """Record this call from its answer on."""
        self._wishes[id] = path_of

    def forgo(self, id: CallId) -> None:
        """Do not, after all."""
        self._wishes.pop(id, None)

    def grant(self, call: Call) -> None:
        """The call was answered: begin what was wished for; that this fails is told, and ends nothing."""
        path_of = self._wishes.pop(call.id, None)
        if path_of is None or not call.is_live:
            return
        try:
            self.record(call, path_of(call))
        except PhoneError as error:
            self._emit(call.id.account, ProviderFaulted(f"The call is not being recorded: {error}", call.id.ref))

    def record(self, call: Call, path: str) -> None:
        """Record from now on, unless it is being recorded. Raises: MediaError."""
        media = self._media.get(call.id)
        if media is None:
            raise MediaError("This call has no sound here, so there is nothing to record.")
        if call.id in self._recorded:
            return
        peer = {"kind": call.peer.kind.value, "text": call.peer.text, "name": call.peer.name}
        media.record(path, {"account": call.id.account, "peer": peer, "started_at": self._clock()})
        self._recorded.add(call.id)
        self._emit(call.id.account, CallRecorded(call.id.ref, path))

    async def stop_recording(self, id: CallId) -> None:
        """Finish the recording."""
        if (media := self._media.get(id)) is not None:
            await media.stop_recording()
        self._recorded.discard(id)
        self._emit(id.account, CallRecorded(id.ref, None))

    def recording_failed(self, id: CallId, problem: str) -> None:
        """The recording ended by itself; the call goes on."""
        self._recorded.discard(id)
        self._emit(id.account, CallRecorded(id.ref, None))
        self._emit(id.account, ProviderFaulted(problem, id.ref))

    def _unplugged(self, closing: asyncio.Task[None]) -> None:
        self._closings.discard(closing)
        if not closing.cancelled() and (error := closing.exception()) is not None:
            log.error("media did not close as it should", exc_info=error)

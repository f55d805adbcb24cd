"""Recordings: the list, playing, fetching, keeping elsewhere, removing and taking that back."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tuiphone.control import protocol, recordings
from tuiphone.core.call import CallId
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallEnded,
    CallRecorded,
    ConnectionChanged,
    Link,
    ListChanged,
    PlaybackChanged,
    ProviderFaulted,
)
from tuiphone.core.ledger import Change
from tuiphone.engine.downloads import Downloads
from tuiphone.engine.keeping import save_as
from tuiphone.engine.loudness import Loudness
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.engine.shelf import Shelf, with_live
from tuiphone.store import trash
from tuiphone.store.recorded import Recorded
from tuiphone.store.recordings import read_sidecar

log = logging.getLogger(__name__)

FINISH_SECONDS, LOOK_SECONDS = 12.0, 0.1
"""How long a recording may take to be complete after its call, and how often that is looked at."""


class RecordingService(Service):
    """Answers what is asked of recordings, and lists them anew when one came or went."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._recorded = Recorded(parts.database)
        self._shelf = Shelf(parts, self._recorded)
        self._downloads = Downloads(parts, self._recorded, lambda: self._shelf.folder, self._download_over)
        self._to_play: int | None = None
        """The record whose recording is to be heard as soon as it is here."""
        self._loudness = Loudness(parts.player.learn_duration)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def handlers(self) -> Handlers:
        return {
            recordings.ReadRecordings: self.read,
            recordings.ReadWaveform: self.waveform,
            recordings.Play: self.play,
            recordings.PlayFile: self.play_file,
            recordings.PausePlaying: self.pause,
            recordings.SeekPlaying: self.seek,
            recordings.SpeedPlaying: self.set_speed,
            recordings.StopPlaying: self.stop_playing,
            recordings.FetchRecording: self.fetch,
            recordings.StopFetching: self.stop_fetching,
            recordings.SaveRecording: self.save,
            recordings.RemoveRecording: self.remove,
            recordings.RestoreRecording: self.restore,
        }

    async def start(self) -> None:
        """Listen to the phone, empty the trash of what is old, and go on with downloads."""
        self.parts.player.changed = lambda playback: self.parts.phone.emit(PlaybackChanged(playback))
        self.parts.phone.listen(self._heard)
        self._spawn(self._begin())

    async def _begin(self) -> None:
        folder = self._shelf.folder
        await asyncio.to_thread(lambda: trash.empty(folder, older_than=time.time() - trash.KEPT_S))
        await self._downloads.resume()
        await self._loudness.mend(await self._shelf.cut_off())

    async def close(self) -> None:
        """Stop what is under way; downloads go on with the next engine."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._downloads.close()
        await self._loudness.close()

    # -- the list -----------------------------------------------------------------------------------------------

    async def read(self, query: recordings.ReadRecordings) -> recordings.RecordingPage:
        """A page of recordings."""
        found = await self._shelf.find(query.text)
        limit, offset = max(1, min(query.limit, protocol.MAX_PAGE)), max(0, query.offset)
        live = self._live
        page = tuple(with_live(line, live) for line in found[offset : offset + limit])
        return recordings.RecordingPage(page, len(found))

    @property
    def _live(self) -> frozenset[str]:
        return frozenset(call.recording for call in self.parts.phone.state.calls if call.recording is not None)

    async def _known(self, path: str) -> recordings.RecordingLine:
        """The recording in this file: no other file is touched. Raises: NotPossible."""
        if (line := await self._shelf.line_of(path)) is None:
            raise NotPossible("That recording is no longer there.")
        return line

    # -- playing ------------------------------------------------------------------------------------------------

    async def waveform(self, query: recordings.ReadWaveform) -> recordings.Waveform:
        """How loud a recording is."""
        line = await self._known(query.path)
        measured = await self._loudness.of(Path(query.path), mend=not line.duration_s and query.path not in self._live)
        about = await asyncio.to_thread(read_sidecar, Path(query.path))
        is_ours = about.get("left") == "me"
        return recordings.Waveform(measured.duration_s, measured.left, measured.right, is_ours)

    async def play(self, command: recordings.Play) -> None:
        """Play the recording of a history record; one that is still at the vendor is fetched first."""
        record = await self.parts.history.get(command.record)
        if record is None:
            raise NotPossible("That call is no longer in the history.")
        path, self._to_play = record.recording, None
        is_here = path is not None and await asyncio.to_thread(Path(path).is_file)
        if not is_here and self._shelf.may_be_fetched(record):
            self._downloads.begin(record)
            self._to_play = record.id
        elif path is not None:
            await self._play(path, 0.0, record.talk_s)
        else:
            raise NotPossible("There is no recording of that call, here or at the vendor.")

    def _download_over(self, record: int, is_here: bool) -> None:
        if record == self._to_play:
            self._to_play = None
            if is_here:
                self._spawn(self._play_what_came(record))

    async def _play_what_came(self, record: int) -> None:
        try:
            await self.play(recordings.Play(record))
        except PhoneError as error:
            self.parts.phone.emit(ProviderFaulted(f"The recording is here, but cannot be heard: {error}"))

    async def play_file(self, command: recordings.PlayFile) -> None:
        """Play a recording."""
        line = await self._known(command.path)
        self._to_play = None
        await self._play(command.path, max(0.0, command.position_s), line.duration_s)

    async def _play(self, path: str, position_s: float, duration_s: float) -> None:
        known = self._loudness.duration_of(Path(path)) or duration_s or None
        await self.parts.player.play(path, position_s=position_s, duration_s=known)

    async def pause(self, command: recordings.PausePlaying) -> None:
        """Let the playback stand still, or go on."""
        self._playing()
        self.parts.player.pause(command.on)

    async def seek(self, command: recordings.SeekPlaying) -> None:
        """Go on from there."""
        self._playing()
        self.parts.player.seek(command.position_s)

    async def set_speed(self, command: recordings.SpeedPlaying) -> None:
        """Play so many times as fast."""
        self._playing()
        self.parts.player.set_speed(command.speed)

    def _playing(self) -> None:
        if self.parts.player.path is None:
            raise NotPossible("Nothing is being played.")

    async def stop_playing(self, _: recordings.StopPlaying) -> None:
        """Stop the playback."""
        self._to_play = None
        await self.parts.player.stop()

    # -- fetching, keeping, removing ----------------------------------------------------------------------------

    async def fetch(self, command: recordings.FetchRecording) -> None:
        """Fetch a recording from its vendor."""
        record = await self.parts.history.get(command.record)
        if record is None:
            raise NotPossible("That call is no longer in the history.")
        if record.recording is not None and await asyncio.to_thread(Path(record.recording).is_file):
            raise NotPossible("That recording is here already.")
        self._downloads.begin(record)

    async def stop_fetching(self, command: recordings.StopFetching) -> None:
        """Stop fetching."""
        if command.record == self._to_play:
            self._to_play = None
        await self._downloads.stop(command.record)

    async def save(self, command: recordings.SaveRecording) -> recordings.RecordingSaved:
        """Copy a recording, or write it as WAV."""
        await self._known(command.path)
        target, done = await save_as(Path(command.path), command.to, replace=command.replace)
        return recordings.RecordingSaved(str(target), done)

    async def remove(self, command: recordings.RemoveRecording) -> None:
        """Put a recording into the trash."""
        await self._known(command.path)
        if command.path in self._live:
            raise NotPossible("This call is being recorded right now; stop that first.")
        if self.parts.player.path == command.path:
            await self.parts.player.stop()
        records = await self._recorded.owners(command.path)
        await asyncio.to_thread(trash.remove, self._shelf.folder, Path(command.path), records)
        await self._recorded.detach(command.path)
        self._changed_all()

    async def restore(self, _: recordings.RestoreRecording) -> recordings.RecordingRestored:
        """Bring back what was removed last."""
        found = await asyncio.to_thread(trash.restore, self._shelf.folder)
        if found is None:
            return recordings.RecordingRestored(None)
        for record in found.records:
            await self._recorded.attach(record, str(found.path))
        self._changed_all()
        return recordings.RecordingRestored(str(found.path))

    def _changed_all(self) -> None:
        # The history shows which calls have a recording; the list of recordings follows from that.
        self._shelf.spoil()
        self.parts.phone.emit(ListChanged("history"))

    # -- what happens -------------------------------------------------------------------------------------------

    async def _heard(self, change: Change) -> None:
        match change.event:
            case CallRecorded(ref) | CallEnded(ref):
                before = change.before.call(CallId(change.account, ref))
                now = change.after.call(CallId(change.account, ref))
                was, path = before and before.recording, now and now.recording
                if was is not None and path is None:
                    self._spawn(self._until_complete(was))
                elif was != path or isinstance(change.event, CallEnded):
                    self._changed()
            case ListChanged("history" | "contacts") | AccountAdded() | AccountRemoved():
                self._downloads.account_came()
                self._changed()
            case ConnectionChanged(link=Link.ONLINE):
                self._downloads.account_is_online(change.account)
            case _:
                pass

    def _changed(self) -> None:
        self._shelf.spoil()
        self.parts.phone.emit(ListChanged("recordings"))

    async def _until_complete(self, path: str) -> None:
        """The recorder's thread writes the end of the file after the call's; then its length is known."""
        self._changed()
        for _ in range(round(FINISH_SECONDS / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            if (await asyncio.to_thread(read_sidecar, Path(path))).get("complete"):
                break
        self._changed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PhoneError as error:
            log.warning("recordings: %s", error)

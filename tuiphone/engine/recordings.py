"""Recordings: where they go, and playing them."""

from tuiphone.control import recordings
from tuiphone.core.errors import NotPossible
from tuiphone.engine.service import Handlers, Service


class RecordingService(Service):
    """Answers what is asked of recordings."""

    @property
    def handlers(self) -> Handlers:
        return {recordings.Play: self.play, recordings.StopPlaying: self.stop_playing}

    async def play(self, command: recordings.Play) -> None:
        """Play the recording of a history record."""
        found = await self.parts.history.get(command.record)
        if found is None or found.recording is None:
            raise NotPossible("That call was not recorded.")
        await self.parts.player.play(found.recording)

    async def stop_playing(self, _: recordings.StopPlaying) -> None:
        """Stop the playback."""
        await self.parts.player.stop()

"""One sound file at a time through the speaker: play, pause, seek, stop."""

import asyncio
from pathlib import Path
from typing import Protocol

from tuiphone.media.soundfile import SoundFile


class Playing(Protocol):
    """What is being played."""

    def stop(self) -> None:
        """Play it no longer."""
        ...


class Stage(Protocol):
    """What the Player needs of the mixer."""

    def play(self, source: SoundFile) -> Playing:
        """Let this be heard."""
        ...


class Player:
    """Plays one file at a time through the mixer's speaker."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._file: SoundFile | None = None
        self._playing: Playing | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def path(self) -> str | None:
        """The file that is played or paused."""
        return str(self._file.path) if self._file else None

    @property
    def is_playing(self) -> bool:
        """It can be heard: neither paused nor over."""
        return self._playing is not None

    @property
    def position_s(self) -> float:
        """How far it got."""
        return self._file.position_s if self._file else 0.0

    @property
    def duration_s(self) -> float | None:
        """How long it is, where the file says so."""
        return self._file.duration_s if self._file else None

    async def play(self, path: str) -> None:
        """Play this file from its beginning, in place of any other. Raises: MediaError."""
        file = SoundFile(Path(path))
        await file.open()
        await self.stop()
        self._file = file
        self._ended.clear()
        self.pause(False)

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        if on and self._playing is not None:
            self._playing.stop()
            self._playing = None
            self._unwatch()
        elif not on and self._playing is None and self._file is not None:
            self._playing = self._stage.play(self._file)
            self._watch = asyncio.create_task(self._until_over(self._file))

    def seek(self, position_s: float) -> None:
        """Go on from there."""
        if self._file is not None:
            self._file.seek(position_s)

    async def wait(self) -> None:
        """Until it is over or was stopped."""
        await self._ended.wait()

    async def stop(self) -> None:
        """Stop playing and forget the file."""
        self.pause(True)
        if self._file is not None:
            self._file.close()
            self._file = None
        self._ended.set()

    async def _until_over(self, file: SoundFile) -> None:
        await file.over.wait()
        self._watch = None
        await self.stop()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

"""One sound file at a time through the speaker: play, pause, seek, faster and slower, stop."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tuiphone.core.model import Playback
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
        self.changed: Callable[[Playback | None], None] | None = None
        """Called when it starts, stands still, goes on, jumps, changes its speed, and ends; not while it plays on."""
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

    @property
    def speed(self) -> float:
        """Seconds of the file in a second."""
        return self._file.speed if self._file else 1.0

    async def play(self, path: str, *, position_s: float = 0.0, duration_s: float | None = None) -> None:
        """Play this file in place of any other. `duration_s` counts where the file does not say. Raises: MediaError."""
        file = SoundFile(Path(path))
        await file.open()
        file.duration_s = file.duration_s or duration_s
        if position_s:
            file.seek(position_s)
        self._leave()
        self._file = file
        self._ended.clear()
        self.pause(False)

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        if on and self._playing is not None:
            self._halt()
            self._tell()
        elif not on and self._playing is None and self._file is not None:
            self._playing = self._stage.play(self._file)
            self._watch = asyncio.create_task(self._until_over(self._file))
            self._tell()

    def seek(self, position_s: float) -> None:
        """Go on from there."""
        if self._file is not None:
            self._file.seek(position_s)
            self._tell()

    def set_speed(self, speed: float) -> None:
        """Go on so many times as fast, at the same pitch."""
        if self._file is not None:
            self._file.set_speed(speed)
            self._tell()

    def learn_duration(self, path: str, duration_s: float) -> None:
        """The file that plays does not say how long it is; somebody has found out."""
        if self._file is not None and self.path == path and self._file.duration_s is None:
            self._file.duration_s = duration_s
            self._tell()

    async def wait(self) -> None:
        """Until it is over or was stopped."""
        await self._ended.wait()

    async def stop(self) -> None:
        """Stop playing and forget the file."""
        if self._file is not None:
            self._leave()
            self._tell()

    def _halt(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _leave(self) -> None:
        self._halt()
        if self._file is not None:
            self._file.close()
            self._file = None
        self._ended.set()

    async def _until_over(self, file: SoundFile) -> None:
        await file.over.wait()
        self._watch = None
        await self.stop()

    def _tell(self) -> None:
        if self.changed is None:
            return
        file = self._file
        self.changed(
            None
            if file is None
            else Playback(
                path=str(file.path),
                duration_s=file.duration_s,
                position_s=file.position_s,
                at=time.time(),
                speed=file.speed,
                paused=self._playing is None,
            )
        )

"""Recordings: playing them."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, Number


class Play(Message, frozen=True):
    """Play the recording of a history record through the speaker."""

    record: Number


class StopPlaying(Message, frozen=True):
    """Stop the playback."""


Command: TypeAlias = Play | StopPlaying


class RecordingVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def play(self, record: int) -> None:
        """Play the recording of a history record."""
        await self.request(Play(record))

    async def stop_playing(self) -> None:
        """Stop the playback."""
        await self.request(StopPlaying())

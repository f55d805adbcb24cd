"""Recordings: the list of them, playing, fetching, keeping elsewhere, removing."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.model import Address

LONG_SECONDS = 700.0
"""Longer than reading a whole file may take."""


class ReadRecordings(Message, frozen=True, kw_only=True):
    """Ask for a page of recordings, newest first; the reply is RecordingPage."""

    text: str = ""
    """Words that must all be in name, number, account, date or note."""
    offset: Number = 0
    limit: Number = 100


class ReadWaveform(Message, frozen=True):
    """Ask how loud a recording is from its beginning to its end; the reply is Waveform."""

    path: str


class Play(Message, frozen=True):
    """Play the recording of a history record through the speaker; one at the vendor is fetched first, and plays when it
    is here. How far that is stands in the state."""

    record: Number


class PlayFile(Message, frozen=True):
    """Play a recording through the speaker, from there on."""

    path: str
    position_s: float = 0.0


class PausePlaying(Message, frozen=True):
    """Let the playback stand still, or go on."""

    on: bool


class SeekPlaying(Message, frozen=True):
    """Go on from this second of the recording."""

    position_s: float


class SpeedPlaying(Message, frozen=True):
    """Play so many times as fast, from 0.5 to 2, at the same pitch."""

    speed: float


class StopPlaying(Message, frozen=True):
    """Stop the playback."""


class FetchRecording(Message, frozen=True):
    """Fetch the recording of a history record from its vendor; how far it is stands in the state."""

    record: Number


class StopFetching(Message, frozen=True):
    """Stop fetching; what has come is kept for a later try."""

    record: Number


class SaveRecording(Message, frozen=True, kw_only=True):
    """Copy a recording to a place of one's choice, as WAV if its name ends so; the reply is RecordingSaved."""

    path: str
    to: str
    replace: bool = False
    """Overwrite what is there."""


class RemoveRecording(Message, frozen=True):
    """Put a recording into the trash, where it stays for a week."""

    path: str


class RestoreRecording(Message, frozen=True):
    """Bring back what was removed last; the reply is RecordingRestored."""


class RecordingLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recording: a file here, or one that is still at a vendor."""

    path: str | None = None
    """None for one at a vendor."""
    record: int | None = None
    """Id of the history record, where there is one."""
    account: str
    peer: Address
    incoming: bool | None = None
    started_at: float
    duration_s: float = 0.0
    """0 where it is not known yet."""
    size: int = 0
    note: str | None = None
    is_live: bool = False
    """It is being recorded right now."""
    video: bool = False
    """It has a picture."""


class RecordingPage(Message, frozen=True):
    """Recordings, newest first, and how many match in all."""

    recordings: tuple[RecordingLine, ...]
    total: int


class Waveform(Message, frozen=True):
    """Loudness from the beginning to the end, a byte for each of a few hundred points."""

    duration_s: float
    left: bytes
    """What we said; everything, in a recording with one side."""
    right: bytes | None = None
    """What they said."""
    is_ours: bool = False
    """Recorded here, so that it is known who is left and who is right."""


class RecordingSaved(Message, frozen=True):
    """Where it is now; `done` is False when something is there already and stays."""

    path: str
    done: bool


class RecordingRestored(Message, frozen=True):
    """What came back; None when there was nothing to bring back."""

    path: str | None


Command: TypeAlias = (
    ReadRecordings
    | ReadWaveform
    | Play
    | PlayFile
    | PausePlaying
    | SeekPlaying
    | SpeedPlaying
    | StopPlaying
    | FetchRecording
    | StopFetching
    | SaveRecording
    | RemoveRecording
    | RestoreRecording
)
Result: TypeAlias = RecordingPage | Waveform | RecordingSaved | RecordingRestored


class RecordingVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def recordings(self, text: str = "", *, offset: int = 0, limit: int = 100) -> RecordingPage:
        """A page of recordings, newest first."""
        command = ReadRecordings(text=text, offset=offset, limit=limit)
        return answered(await self.request(command), RecordingPage)

    async def waveform(self, path: str) -> Waveform:
        """How loud a recording is; takes seconds for a long one that was not asked for before."""
        return answered(await self.request(ReadWaveform(path), timeout=LONG_SECONDS), Waveform)

    async def play(self, record: int) -> None:
        """Play the recording of a history record, or begin to fetch it and play it then."""
        await self.request(Play(record))

    async def play_file(self, path: str, position_s: float = 0.0) -> None:
        """Play a recording from there on."""
        await self.request(PlayFile(path, position_s))

    async def pause_playing(self, on: bool) -> None:
        """Let the playback stand still, or go on."""
        await self.request(PausePlaying(on))

    async def seek_playing(self, position_s: float) -> None:
        """Go on from there."""
        await self.request(SeekPlaying(position_s))

    async def speed_playing(self, speed: float) -> None:
        """Play so many times as fast."""
        await self.request(SpeedPlaying(speed))

    async def stop_playing(self) -> None:
        """Stop the playback."""
        await self.request(StopPlaying())

    async def fetch_recording(self, record: int) -> None:
        """Fetch a recording from its vendor; returns when that has begun."""
        await self.request(FetchRecording(record))

    async def stop_fetching(self, record: int) -> None:
        """Stop fetching."""
        await self.request(StopFetching(record))

    async def save_recording(self, path: str, to: str, *, replace: bool = False) -> RecordingSaved:
        """Copy a recording, or write it as WAV."""
        command = SaveRecording(path=path, to=to, replace=replace)
        return answered(await self.request(command, timeout=LONG_SECONDS), RecordingSaved)

    async def remove_recording(self, path: str) -> None:
        """Put a recording into the trash."""
        await self.request(RemoveRecording(path))

    async def restore_recording(self) -> str | None:
        """Bring back what was removed last."""
        return answered(await self.request(RestoreRecording()), RecordingRestored).path

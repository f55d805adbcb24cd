"""A phone with recordings that plays, fetches and loses them as the engine would, without any sound."""

import math
from dataclasses import replace
from typing import Any

import msgspec

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, HELP_DESK, NOW, OLGA, SATO, state
from tuiphone.control.recordings import RecordingLine, RecordingPage, RecordingSaved, Waveform
from tuiphone.core.model import Address, AddressKind, Download, Playback
from tuiphone.core.state import PhoneState


def recording(id: int, peer: Address = AN, ago: float = 3600.0, **more: Any) -> RecordingLine:
    values = {"path": f"/r/{id}.ogg", "record": id, "account": "work", "duration_s": 83.0} | more
    return RecordingLine(peer=peer, started_at=NOW - ago, **values)


def at_vendor(id: int, peer: Address = AN, ago: float = 3600.0, **more: Any) -> RecordingLine:
    return recording(id, peer, ago, path=None, **more)


RECORDINGS = (
    recording(9, AN, 120, is_live=True, duration_s=0.0),
    recording(8, AN, 600, note="Agreed on the price"),
    at_vendor(7, OLGA, 5400, duration_s=312.0),
    recording(6, HELP_DESK, 9000, duration_s=1290.0),
    at_vendor(5, SATO, 90_000, account="home", duration_s=41.0),
    recording(4, SATO, 180_000, account="home"),
    at_vendor(3, Address(AddressKind.PHONE, "0912345678"), 700_000, duration_s=8.0),
    recording(2, Address(AddressKind.USER, "x", "[red]\x1b[2Jevil"), 900_000, duration_s=7322.0),
    recording(1, OLGA, 40_000_000),
)


def curve(seed: float) -> bytes:
    """Somebody talks now and then."""
    return bytes(
        round(max(0.0, math.sin(at / 9 * seed) + math.sin(at / 23 + seed)) * 110 * (0.7 + 0.3 * math.sin(at * 2.1)))
        for at in range(400)
    )


class RecordingPhone(FakePhone):
    """Has these recordings."""

    def __init__(self, lines: tuple[RecordingLine, ...] = RECORDINGS, phone: PhoneState | None = None) -> None:
        super().__init__(phone or state())
        self.lines = lines
        self.taken: set[str] = set()
        """Files that exist where something is to be saved."""
        self._removed: list[RecordingLine] = []

    def playing(self, playback: Playback | None) -> None:
        """This is played now."""
        self.tell(replace(self.state, playback=playback))

    def downloading(self, *downloads: Download) -> None:
        """These are on their way."""
        self.tell(replace(self.state, downloads=downloads))

    def list_changed(self) -> None:
        """There are other recordings now."""
        lists = dict(self.state.lists)
        lists["recordings"] = lists.get("recordings", 0) + 1
        self.tell(replace(self.state, lists=tuple(lists.items())))

    async def recordings(self, text: str = "", *, offset: int = 0, limit: int = 100) -> RecordingPage:
        await self._did("recordings", text, offset)
        found = [
            line for line in self.lines if text.lower() in f"{line.peer.name} {line.peer.text} {line.note}".lower()
        ]
        return RecordingPage(tuple(found[offset : offset + limit]), len(found))

    async def waveform(self, path: str) -> Waveform:
        await self._did("waveform", path)
        return Waveform(83.0, curve(1.3), curve(0.8), is_ours=True)

    async def play_file(self, path: str, position_s: float = 0.0) -> None:
        await self._did("play_file", path)
        line = next(line for line in self.lines if line.path == path)
        self.playing(Playback(path, line.duration_s or None, position_s, NOW))

    async def pause_playing(self, on: bool) -> None:
        await self._did("pause_playing", on)
        self._moved(paused=on)

    async def seek_playing(self, position_s: float) -> None:
        await self._did("seek_playing", round(position_s, 1))
        self._moved(position_s=position_s)

    async def speed_playing(self, speed: float) -> None:
        await self._did("speed_playing", speed)
        self._moved(speed=speed)

    async def stop_playing(self) -> None:
        await self._did("stop_playing")
        self.playing(None)

    async def save_recording(self, path: str, to: str, *, replace: bool = False) -> RecordingSaved:
        await self._did("save_recording", path, to, replace)
        return RecordingSaved(to, replace or to not in self.taken)

    async def remove_recording(self, path: str) -> None:
        await self._did("remove_recording", path)
        self._removed += [line for line in self.lines if line.path == path]
        self.lines = tuple(line for line in self.lines if line.path != path)
        self.list_changed()

    async def restore_recording(self) -> str | None:
        await self._did("restore_recording")
        if not self._removed:
            return None
        line = self._removed.pop()
        self.lines = tuple(sorted((*self.lines, line), key=lambda one: one.started_at, reverse=True))
        self.list_changed()
        return line.path

    async def fetch_recording(self, record: int) -> None:
        await self._did("fetch_recording", record)
        self.downloading(Download(record, "x", 0, None))

    def came(self, record: int) -> None:
        """It has been fetched."""
        self.lines = tuple(
            msgspec.structs.replace(line, path=f"/r/{record}.mp3") if line.record == record else line
            for line in self.lines
        )
        self.downloading()
        self.list_changed()

    def _moved(self, **changes: Any) -> None:
        assert self.state.playback is not None
        self.playing(replace(self.state.playback, **changes))
